//! What stands around every handler: a deadline, a net for panics, and no body where none belongs.
//!
//! Its own file because it keeps invariant 7: a request costs bounded time, and a panic costs one answer.

use std::any::Any;
use std::collections::HashSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, timeout_at};
use tower_http::catch_panic::CatchPanicLayer;

use super::problem::{Code, Problem};
use super::{Services, Shared, documented};

/// When a request must have arrived, and a search must have ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(pub(super) Instant);

/// The routes that have GET, by template.
static READABLE: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let document = documented().into_openapi();
    document.paths.paths.into_iter().filter(|(_, item)| item.get.is_some()).map(|(path, _)| path).collect()
});

/// What handlers get beyond the deadline to say themselves what took too long.
const GRACE: Duration = Duration::from_millis(250);

/// Guards routes that answer within `server.request_timeout`.
pub(super) fn bounded(routes: Router<Shared>, services: &Arc<Services>) -> Router<Shared> {
    routes.layer(CatchPanicLayer::custom(panicked)).layer(from_fn_with_state(Arc::clone(services), within_deadline))
}

/// Guards routes that may wait: only the arrival of a request has a deadline.
pub(super) fn unbounded(routes: Router<Shared>, services: &Arc<Services>) -> Router<Shared> {
    routes.layer(CatchPanicLayer::custom(panicked)).layer(from_fn_with_state(Arc::clone(services), with_deadline))
}

async fn within_deadline(State(services): State<Shared>, request: Request, next: Next) -> Response {
    let deadline = Instant::now() + services.live().server.request_timeout;
    match timeout_at(deadline + GRACE, guarded(deadline, request, next)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Code::Timeout).into_response(),
    }
}

async fn with_deadline(State(services): State<Shared>, request: Request, next: Next) -> Response {
    let deadline = Instant::now() + services.live().server.request_timeout;
    guarded(deadline, request, next).await
}

async fn guarded(deadline: Instant, mut request: Request, next: Next) -> Response {
    let gets = matches!(*request.method(), Method::GET | Method::HEAD) && !request.body().is_end_stream();
    // Where nothing can be got the method is at fault, not the body.
    if gets && request.extensions().get::<MatchedPath>().is_some_and(|path| READABLE.contains(path.as_str())) {
        return Problem::new(Code::PayloadTooLarge).into_response();
    }
    request.extensions_mut().insert(Deadline(deadline));
    next.run(request).await
}

/// What the panic said stays out of the answer, and out of the log: it may quote a query.
fn panicked(_payload: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Problem::new(Code::Internal).into_response()
}
