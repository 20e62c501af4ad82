//! `GET /status`, `/healthz`, `/readyz` and `/metrics`: how the daemon is.
//!
//! Its own file because operators read these: never cached, never for other origins, and page names only for the admin.

use axum::Extension;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::admin::Caller;
use super::guard::Deadline;
use super::identity::public_status;
use super::memory::resident_bytes;
use super::problem::{Code, Problem};
use super::search::json;
use crate::index::{SkippedFile, State as IndexState, WatcherStatus};
use crate::page::Timestamp;

const NO_STORE: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));
const TEXT: &str = "text/plain; charset=utf-8";

/// How the daemon is.
#[derive(Serialize, ToSchema)]
pub(super) struct Status {
    /// Of the binary.
    version: &'static str,
    /// In one word.
    state: IndexState,
    /// Why it is degraded, in words.
    reason: Option<String>,
    /// The published index state; 0 before the first.
    generation: u64,
    /// Pages that can be found.
    pages: u64,
    /// Their sections.
    sections: u64,
    /// Size of the index on disk.
    index_bytes: u64,
    /// Memory of the process, mapped files among it; null where the system does not tell, and to guests where pages are
    /// hidden.
    resident_bytes: Option<u64>,
    /// When the published state was committed.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_commit: Option<Timestamp>,
    /// When directory and index were last compared in full.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_reconcile: Option<Timestamp>,
    /// Pages that the last periodic comparison found changed though no event had told.
    drift: u64,
    /// Changes noticed and not yet published.
    pending_changes: u64,
    /// Since start.
    uptime_seconds: f64,
    /// The bound address.
    listen: String,
    /// How changes are noticed.
    watcher: WatcherStatus,
    /// Files not in the index, or not whole.
    skipped_count: usize,
    /// These files with reasons; only with the admin token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    skipped: Option<Vec<SkippedFile>>,
}

/// How the daemon is
///
/// Numbers for everyone; with the admin token also the skipped files with reasons.
#[utoipa::path(get, path = "/status", tag = "operations", security((), ("admin" = [])),
    responses((status = 200, description = "How the daemon is.", body = Status)))]
pub(super) async fn status(
    State(services): State<Shared>,
    Extension(deadline): Extension<Deadline>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = services.live().admin.caller(&headers);
    if caller == Caller::Refused {
        return Err(Problem::new(Code::Unauthorized));
    }
    let (status, hides) = match caller {
        Caller::Admin => (services.index.status(), false),
        Caller::Guest | Caller::Refused => public_status(&services, deadline).await?,
    };
    let body = Status {
        version: env!("CARGO_PKG_VERSION"),
        state: status.state,
        reason: status.reason,
        generation: status.generation,
        pages: status.pages,
        sections: status.sections,
        index_bytes: status.index_bytes,
        resident_bytes: resident_bytes().filter(|_| !hides),
        last_commit: status.last_commit,
        last_reconcile: status.last_reconcile,
        drift: status.drift,
        pending_changes: status.pending_changes,
        uptime_seconds: services.started.elapsed().as_secs_f64(),
        listen: services.listen.to_string(),
        watcher: status.watcher,
        skipped_count: status.skipped.len(),
        skipped: (caller == Caller::Admin).then_some(status.skipped),
    };
    let mut response = json(&body)?;
    response.headers_mut().insert(NO_STORE.0, NO_STORE.1);
    Ok(response)
}

/// Alive
///
/// Answers as long as the process does.
#[utoipa::path(get, path = "/healthz", tag = "operations",
    responses((status = 200, description = "Alive.", body = String, content_type = "text/plain")))]
pub(super) async fn healthz() -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static(TEXT)), NO_STORE], "ok\n").into_response()
}

/// Ready
///
/// 503 until the first complete reconcile since start, then 200 for the life of the process.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses((status = 200, description = "Ready.", body = String, content_type = "text/plain")))]
pub(super) async fn readyz(State(services): State<Shared>) -> Result<Response, Problem> {
    if services.index.status().ready { Ok(healthz().await) } else { Err(Problem::new(Code::NotReady)) }
}

/// Metrics
///
/// Numbers in the text format of Prometheus. Where pages are hidden from guests, those that count them come with the
/// admin token alone.
#[utoipa::path(get, path = "/metrics", tag = "operations", security((), ("admin" = [])),
    responses((status = 200, description = "Metrics.", body = String, content_type = "text/plain")))]
pub(super) async fn metrics(
    State(services): State<Shared>,
    Extension(deadline): Extension<Deadline>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (status, hides) = match services.live().admin.caller(&headers) {
        Caller::Admin => (services.index.status(), false),
        // A scraper may show anything, as before there were rules: it is told what guests are.
        Caller::Guest | Caller::Refused => public_status(&services, deadline).await?,
    };
    let resident = resident_bytes().filter(|_| !hides);
    let mut text = super::metrics::render(&services.metrics, &status, services.started.elapsed(), resident);
    if hides {
        text = super::metrics::without_counts_of_pages(&text);
    }
    if let Some(insights) = &services.insights {
        super::insights::render(insights, &mut text);
    }
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Ok(([(CONTENT_TYPE, kind), NO_STORE], text).into_response())
}
