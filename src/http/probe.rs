//! Whether the interface answers, asked from within.
//!
//! Its own file because it must not go by a connection: where all of them are taken, by a flood or by slow clients, the
//! next one waits, and a daemon that is only busy would be taken for one that hangs.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use tower::ServiceExt;

use super::layers::FromWithin;
use super::{Services, router};

/// Asks through all layers, and looks at the accept loop.
pub struct Probe {
    router: Router,
    services: Arc<Services>,
}

impl Probe {
    /// Over the same services as the interface.
    pub fn new(services: Arc<Services>) -> Self {
        Self { router: router(Arc::clone(&services)), services }
    }

    /// Whether `/healthz` is answered, and well.
    pub async fn answers(&self) -> bool {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = axum::http::Uri::from_static("/healthz");
        request.extensions_mut().insert(FromWithin);
        let Ok(response) = self.router.clone().oneshot(request).await;
        response.status() == StatusCode::OK
    }

    /// Grows while the accept loop turns, connections or none.
    pub fn turns(&self) -> u64 {
        self.services.turns.load(Ordering::Relaxed)
    }
}
