//! Wrong tokens: counted, and answered late once there are many.
//!
//! Its own file because it stands around every route that may answer 401 and looks at nothing else: the right token is
//! never delayed, however many wrong ones come, and the answer stays 401 with the same body.

use std::sync::{Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::{Instant, sleep};

use super::Shared;
use super::limits::{REFUSAL_DELAY, REFUSALS_AT_ONCE};
use super::metrics::REFUSED;

/// How many wrong tokens may still be refused at once.
pub(super) struct Refusals(Mutex<(f64, Instant)>);

impl Refusals {
    pub(super) fn new() -> Self {
        Self(Mutex::new((f64::from(REFUSALS_AT_ONCE), Instant::now())))
    }

    /// Takes note of one; whether it has to wait.
    fn count(&self, now: Instant) -> bool {
        let mut bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, since) = *bucket;
        let left = (left + now.duration_since(since).as_secs_f64()).min(f64::from(REFUSALS_AT_ONCE));
        *bucket = ((left - 1.0).max(0.0), now);
        left < 1.0
    }
}

/// Counts answers that refuse a token, and delays those beyond a few.
pub(super) async fn slowed(State(services): State<Shared>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.status() == StatusCode::UNAUTHORIZED {
        metrics::counter!(REFUSED).increment(1);
        if services.refusals.count(Instant::now()) {
            sleep(REFUSAL_DELAY).await;
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_few_at_once_and_then_one_a_second() {
        let refusals = Refusals::new();
        let now = Instant::now();
        assert!((0..REFUSALS_AT_ONCE).all(|_| !refusals.count(now)));
        assert!((0..1000).all(|_| refusals.count(now)));
        let later = now + Duration::from_secs(2);
        assert_eq!([refusals.count(later), refusals.count(later), refusals.count(later)], [false, false, true]);
        let much_later = now + Duration::from_secs(3600);
        assert!((0..REFUSALS_AT_ONCE).all(|_| !refusals.count(much_later)));
        assert!(refusals.count(much_later));
    }
}
