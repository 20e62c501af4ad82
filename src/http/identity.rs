//! Who asks, and what index state that reader sees.
//!
//! Its own file because both must be decided once for all handlers: each takes the state from here, and a state holds no
//! page that its reader may not find. A broken or expired identity is a guest, counted, never an error.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, COOKIE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;

use super::guard::Deadline;
use super::metrics;
use super::problem::{Code, Problem};
use super::services::Live;
use super::{Services, Shared};
use crate::access::{Policy, Reader, Verifier};
use crate::index::{IndexStatus, Snapshot};

/// States kept at once: as many kinds of readers are answered without counting anew.
const MAX_VIEWS: usize = 64;

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// How readers say who they are.
#[derive(Debug, Default)]
#[allow(clippy::large_enum_variant, reason = "there is one of it in a process")]
pub enum Identity {
    /// Not at all.
    #[default]
    None,
    /// In a header, that counts from these networks only.
    Header {
        /// Its name.
        name: String,
        /// Where the proxies are.
        proxies: Vec<IpNet>,
    },
    /// In a signed token.
    Token {
        /// Reads it; none where its key cannot be used: then everybody is a guest.
        verifier: Option<Verifier>,
        /// The cookie that is read where there is no `Authorization`; empty: none.
        cookie: String,
    },
}

/// Who may find what, and how readers say who they are.
#[derive(Debug, Default)]
pub struct Access {
    /// The rules.
    pub policy: Policy,
    /// How readers say who they are.
    pub identity: Identity,
}

impl Identity {
    /// Who asks, and whether a claim of theirs did not hold.
    fn reader(&self, headers: &HeaderMap, peer: Option<IpAddr>) -> (Reader, bool) {
        let guest = |refused| (Reader::guest(), refused);
        match self {
            Self::None => guest(false),
            Self::Header { name, proxies } => {
                let mut values = headers.get_all(name).iter();
                let Some(value) = values.next() else { return guest(false) };
                let trusted = peer.is_some_and(|peer| {
                    let peer = peer.to_canonical();
                    proxies.iter().any(|network| network.contains(&peer))
                });
                // Two headers: one of them may be the reader's own.
                match (value.to_str(), values.next(), trusted) {
                    (Ok(groups), None, true) => (Reader::of(groups.split(',')), false),
                    _ => guest(true),
                }
            }
            Self::Token { verifier, cookie } => match token(headers, cookie) {
                Ok(None) => guest(false),
                Ok(Some(token)) => match verifier.as_ref().and_then(|verifier| verifier.reader(token)) {
                    Some(reader) => (reader, false),
                    None => guest(true),
                },
                Err(()) => guest(true),
            },
        }
    }
}

/// The one token of a request; several are an error, since nobody can tell which one is meant.
fn token<'a>(headers: &'a HeaderMap, cookie: &str) -> Result<Option<&'a str>, ()> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    if let Some(value) = given.next() {
        let text = value.to_str().map_err(|_| ())?;
        let (scheme, token) = text.split_once(' ').ok_or(())?;
        let single = given.next().is_none();
        return if single && scheme.eq_ignore_ascii_case("bearer") { Ok(Some(token.trim())) } else { Err(()) };
    }
    if cookie.is_empty() {
        return Ok(None);
    }
    let mut found = None;
    for value in headers.get_all(COOKIE) {
        for pair in value.to_str().unwrap_or_default().split(';') {
            if let Some((name, value)) = pair.trim().split_once('=')
                && name == cookie
                && found.replace(value).is_some()
            {
                return Err(());
            }
        }
    }
    Ok(found)
}

/// Tells handlers who asks, and shared caches that the answer is for one reader.
pub(super) async fn layer(State(services): State<Shared>, mut request: Request, next: Next) -> Response {
    let live = services.live();
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let (reader, refused) = live.access.identity.reader(request.headers(), peer);
    if refused {
        metrics::identity_refused();
    }
    request.extensions_mut().insert(reader);
    let mut response = next.run(request).await;
    let vary = match &live.access.identity {
        Identity::None => return response,
        Identity::Header { name, .. } => name.clone(),
        Identity::Token { cookie, .. } if cookie.is_empty() => "authorization".to_owned(),
        Identity::Token { .. } => "authorization, cookie".to_owned(),
    };
    let headers = response.headers_mut();
    if let Ok(vary) = HeaderValue::try_from(vary) {
        headers.append(VARY, vary);
    }
    if headers.get(CACHE_CONTROL).is_some_and(|value| value == "no-cache") {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    response
}

/// Index states as kinds of readers see them, for one generation and one configuration.
#[derive(Default)]
pub(super) struct Views(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    of: String,
    views: HashMap<String, Arc<Snapshot>>,
}

impl Views {
    fn get(&self, of: &str, class: &str) -> Option<Arc<Snapshot>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.of == of { kept.views.get(class).cloned() } else { None }
    }

    fn put(&self, of: String, class: String, view: &Arc<Snapshot>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.of != of || kept.views.len() >= MAX_VIEWS {
            *kept = Kept { of, views: HashMap::new() };
        }
        kept.views.insert(class, Arc::clone(view));
    }
}

/// The published index state as a reader sees it, or 503.
pub(super) async fn snapshot(
    services: &Services,
    live: &Arc<Live>,
    reader: &Reader,
    deadline: Deadline,
) -> Result<Arc<Snapshot>, Problem> {
    let whole = services.index.snapshot().ok_or_else(|| Problem::new(Code::NotReady))?;
    if live.access.policy.is_open() && !whole.names_groups() {
        return Ok(whole);
    }
    // A state that was compacted says the same; its segments as they were are no longer held for its sake.
    let of = format!("{} {} {} {}", whole.identity(), whole.generation(), whole.segments().len(), live.digest);
    let class = reader.class();
    if let Some(view) = services.views.get(&of, &class) {
        return Ok(view);
    }
    let (rules, who, name) = (Arc::clone(live), reader.clone(), class.clone());
    let view = services
        .gate
        .run(deadline.0, move || Ok(whole.seen_by(&name, |page| rules.access.policy.may_find(page, &who))?))
        .await?;
    let view = Arc::new(view);
    services.views.put(of, class, &view);
    Ok(view)
}

/// The whole index state, hidden pages included: for whoever has shown the admin token.
pub(super) fn whole(services: &Services) -> Option<Arc<Snapshot>> {
    services.index.snapshot()
}

/// What anybody may know of the state of the index, and whether that is less than all: nothing that counts hidden pages.
pub(super) async fn public_status(services: &Services, deadline: Deadline) -> Result<(IndexStatus, bool), Problem> {
    let mut status = services.index.status();
    let live = services.live();
    let hides = services.index.snapshot().is_some_and(|whole| !live.access.policy.is_open() || whole.names_groups());
    if hides {
        let view = snapshot(services, &live, &Reader::guest(), deadline).await?;
        (status.pages, status.sections) = (view.pages(), view.sections());
        (status.index_bytes, status.pending_changes, status.drift) = (0, 0, 0);
        status.skipped.clear();
        // Reasons name numbers of pages, and files.
        let untold = |reason: Option<String>| reason.map(|_| "told with the admin token".to_owned());
        status.reason = untold(status.reason.take());
        status.watcher.reason = untold(status.watcher.reason.take());
    }
    Ok((status, hides))
}
