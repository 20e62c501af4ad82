//! `POST /click`: what readers opened, told by anybody.
//!
//! Its own file because it is the one route that everybody may write to. What can be said is a place among hits and an
//! id that only an answer of this process has given; and what one client, and all together, may say in a while is bounded, in
//! memory that never grows. What is too much is dropped like what is unknown: beacons read no answer.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use super::guard::Deadline;
use super::layers::{CORP, network};
use super::limits::{ALL_CLICKS, CLICK_BODY_BYTES, CLICKS, ClickRate};
use super::problem::{Code, Problem};
use super::values::Values;
use super::{Shared, body, params};
use crate::insights::{Answer, SearchId};

/// Clients are told apart by as many buckets; two that share one share its rate.
const BUCKETS: usize = 4096;
/// No hit stands further behind.
const MAX_POSITION: usize = 10_100;

/// How many clicks may still be told.
pub(super) struct Beacons {
    keys: RandomState,
    buckets: Mutex<(Bucket, Box<[Bucket]>)>,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f32,
    since: Instant,
}

impl Bucket {
    fn take(&mut self, rate: ClickRate, now: Instant) -> bool {
        let won = now.duration_since(self.since).as_secs_f32() * rate.each_second;
        self.left = (self.left + won).min(rate.at_once);
        self.since = now;
        let may = self.left >= 1.0;
        if may {
            self.left -= 1.0;
        }
        may
    }
}

impl Beacons {
    pub(super) fn new() -> Self {
        let full = |rate: ClickRate| Bucket { left: rate.at_once, since: Instant::now() };
        let buckets = Mutex::new((full(ALL_CLICKS), vec![full(CLICKS); BUCKETS].into()));
        Self { keys: RandomState::new(), buckets }
    }

    /// Whether a click from `network` is taken. Whoever sends too many uses up what is theirs, not what is everybody's.
    fn admit(&self, network: &str, now: Instant) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, each) = &mut *buckets;
        let own = self.keys.hash_one(network) as usize % BUCKETS;
        each.get_mut(own).is_some_and(|own| own.take(CLICKS, now)) && all.take(ALL_CLICKS, now)
    }
}

/// A hit was opened
///
/// What the widget and the search page tell: `id` is that of an answer (its header `x-achei-search`), `n` the place of the
/// hit from 1, `found` what the reader said of it all. An id that is unknown or too old changes nothing and is no error, nor
/// does a click too many. 404 where insights are off.
#[utoipa::path(post, path = "/click", tag = "site", responses((status = 204, description = "Noted, or not.")))]
pub(super) async fn click(
    State(services): State<Shared>,
    Extension(deadline): Extension<Deadline>,
    request: Request,
) -> Result<Response, Problem> {
    let insights = services.insights.as_ref().ok_or_else(|| Problem::new(Code::NotFound))?;
    let values = Values::from_query(params::CLICK, request.uri().query().unwrap_or_default())?;
    let network = network(&request);
    body::read(request.into_body(), CLICK_BODY_BYTES, deadline.0).await?;
    let id = values.text("id").filter(|id| id.len() == 32).and_then(|id| SearchId::from_str_radix(&id, 16).ok());
    let position = values.count("n").filter(|n| (1..=MAX_POSITION).contains(n)).map(|n| n as u32);
    let answer = match values.choice("found") {
        Some("yes") => Some(Answer::Yes),
        Some("no") => Some(Answer::No),
        _ => None,
    };
    if let Some(id) = id.filter(|_| position.is_some() || answer.is_some()) {
        if services.beacons.admit(&network, Instant::now()) {
            insights.told(id, position, answer);
        } else {
            insights.refused();
        }
    }
    // A beacon from another site is no CORS request; without this its page is told of a failure.
    let headers =
        [(CACHE_CONTROL, HeaderValue::from_static("no-store")), (CORP, HeaderValue::from_static("cross-origin"))];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Seen to fail with `admit` always true.
    #[test]
    fn one_client_cannot_use_up_what_is_for_all_and_all_together_are_bounded() {
        let (beacons, now) = (Beacons::new(), Instant::now());
        let taken = (0..10_000).filter(|_| beacons.admit("one", now)).count();
        assert_eq!(taken, CLICKS.at_once as usize);
        let others = (0..10_000).filter(|n| beacons.admit(&n.to_string(), now)).count();
        assert_eq!(taken + others, ALL_CLICKS.at_once as usize);
        let later = now + Duration::from_secs(2);
        let again = (0..100).filter(|_| beacons.admit("one", later)).count();
        assert_eq!(again, 2 * CLICKS.each_second as usize);
    }
}
