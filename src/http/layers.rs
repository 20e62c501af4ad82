//! What every answer has: a request id, security headers, a log line, counts; and CORS where others may read.
//!
//! Its own file because these rules hold for all routes and no handler should know of them.
//! Neither query texts nor addresses nor tokens reach the log, and route labels are templates, so that a client
//! cannot make labels.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ALLOW, CACHE_CONTROL,
    CONNECTION, CONTENT_TYPE, HOST, ORIGIN, REFERRER_POLICY, TRANSFER_ENCODING, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::algolia;
use super::identity::Peer;
use super::limits;
use super::metrics::{self, Observed};
use super::problem::{Code, PROBLEM_JSON, Problem};
use crate::insights::{Search, SearchId};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Names an answer, for clicks.
const X_ACHEI_SEARCH: HeaderName = HeaderName::from_static("x-achei-search");
pub(super) const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Names requests: random at start, counted from there.
pub(super) struct RequestIds {
    prefix: u32,
    next: AtomicU64,
}

impl RequestIds {
    pub(super) fn new() -> Self {
        // Without randomness ids of two runs may be alike, which no one relies on.
        Self { prefix: getrandom::u32().unwrap_or_default(), next: AtomicU64::new(0) }
    }

    fn next(&self) -> String {
        format!("{:08x}-{:x}", self.prefix, self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// The client's id if it is short and plain, else a new one.
    fn of(&self, headers: &HeaderMap) -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let mut given = headers.get_all(X_REQUEST_ID).iter();
        match (given.next().and_then(|id| id.to_str().ok()), given.next()) {
            (Some(id), None) if (1..=limits::REQUEST_ID_BYTES).contains(&id.len()) && id.bytes().all(plain) => {
                id.to_owned()
            }
            _ => self.next(),
        }
    }
}

/// What a search tells of itself: lengths and numbers to the log, the rest to the insights where they are on.
#[derive(Clone, Debug)]
pub(super) struct SearchNote {
    pub(super) query_bytes: usize,
    pub(super) query_words: usize,
    pub(super) total: usize,
    pub(super) generation: u64,
    pub(super) kept: Option<(SearchId, Search)>,
}

/// Marks the watchdog's own questions: no line in the log and no count, as nobody asked.
#[derive(Clone, Copy)]
pub(super) struct FromWithin;

/// Request id, head limits, security headers, log line and counts.
pub(super) async fn outermost(State(services): State<Shared>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = services.request_ids.of(request.headers());
    let method = known_method(request.method());
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "-".to_owned(), |path| path.as_str().to_owned());
    let chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let within = request.extensions().get::<FromWithin>().is_some();
    let client = services.insights.as_ref().map(|_| client(&request));
    let mut response = match check_head(&request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    seal(response.headers_mut());
    if chunked {
        // The HTTP library drops a length that stands beside the chunks. RFC 9112, 6.1: such a connection ends, so that what
        // somebody else takes for a part of this body is never a request here.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    let ms = (elapsed.as_secs_f64() * 1e5).round() / 100.0;
    let note = response.extensions_mut().remove::<SearchNote>();
    let kept = note.as_ref().and_then(|note| note.kept.clone());
    if let (Some(insights), Some(client), Some((search_id, search))) = (&services.insights, client, kept)
        && insights.record(&client, search_id, search)
        && let Ok(value) = HeaderValue::from_str(&super::insights::written(search_id))
    {
        response.headers_mut().insert(X_ACHEI_SEARCH, value);
    }
    if within {
        tracing::debug!(route, status, ms, "asked from within");
        return response;
    }
    let note = note.as_ref();
    let found = note.filter(|note| note.query_words > 0).map(|note| note.total);
    metrics::observe(&Observed { route: &route, method, status, elapsed, total: found });
    let (query_bytes, query_words) = (note.map(|note| note.query_bytes), note.map(|note| note.query_words));
    let (total, generation) = (note.map(|note| note.total), note.map(|note| note.generation));
    tracing::info!(method, route, status, ms, id, query_bytes, query_words, total, generation, "request");
    response
}

/// What tells clients apart behind one proxy or none: hashed at once, with a key that no one knows.
fn client(request: &Request) -> String {
    let header = |name: &str| request.headers().get(name).map_or(&b""[..], HeaderValue::as_bytes);
    format!("{} {:?} {:?}", network(request), header("x-forwarded-for"), header("user-agent"))
}

/// Where a request comes from: the connection, and the last address that a proxy added, which clients cannot choose if
/// there is one.
pub(super) fn network(request: &Request) -> String {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let forwarded = request.headers().get_all("x-forwarded-for").iter().next_back();
    let last = forwarded.and_then(|addresses| addresses.as_bytes().rsplit(|byte| *byte == b',').next());
    format!("{peer:?} {:?}", last.map(<[u8]>::trim_ascii))
}

/// A method's name if it is one of the usual: any token may stand there.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "OTHER",
    }
}

fn check_head(request: &Request) -> Result<(), Problem> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let headers = request.headers();
    // "name: value\r\n"
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let twice = |name| headers.get_all(name).iter().nth(1).is_some();
    if target > limits::TARGET_BYTES {
        Err(Problem::new(Code::UriTooLong))
    } else if headers.len() > limits::HEADERS || bytes > limits::HEADER_BYTES {
        Err(Problem::new(Code::HeadersTooLarge))
    } else if twice(HOST) {
        // Two programs that read this head differently see two different requests.
        Err(Problem::new(Code::BadRequest))
    } else {
        Ok(())
    }
}

/// The security headers of every answer; a handler may have set its own, wider one.
pub(super) fn seal(headers: &mut HeaderMap) {
    for (name, value) in SEAL {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// What [`seal`] adds.
pub(super) const SEAL: [(HeaderName, &str); 3] =
    [(X_CONTENT_TYPE_OPTIONS, "nosniff"), (REFERRER_POLICY, "no-referrer"), (CORP, "same-site")];

/// Makes a problem document of what the router refused by itself, and keeps its `Allow`.
pub(super) async fn problems(request: Request, next: Next) -> Response {
    let to_algolia_client = algolia::is_ours(request.uri().path());
    let response = told_as_problem(next.run(request).await);
    if to_algolia_client { algolia::worded(response) } else { response }
}

fn told_as_problem(response: Response) -> Response {
    let status = response.status();
    let told = |value: &HeaderValue| value.as_bytes().starts_with(PROBLEM_JSON.as_bytes()) || is_html(value);
    if !(status.is_client_error() || status.is_server_error()) || response.headers().get(CONTENT_TYPE).is_some_and(told)
    {
        return response;
    }
    let mut problem = Problem::new(Code::of_status(status)).into_response();
    for name in [ALLOW, VARY, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS] {
        for value in response.headers().get_all(&name) {
            problem.headers_mut().append(name.clone(), value.clone());
        }
    }
    problem
}

fn is_html(value: &HeaderValue) -> bool {
    value.as_bytes().starts_with(b"text/html")
}

/// Whatever no route has.
pub(super) async fn not_found() -> Problem {
    Problem::new(Code::NotFound)
}

/// CORS for the endpoints that others may read: `*` or exact origins, no credentials.
pub(super) async fn cors(State(services): State<Shared>, request: Request, next: Next) -> Response {
    let live = services.live();
    let allowed = Allowed::of(&live.server.allowed_origins, request.headers());
    let preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(ORIGIN)
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let to_algolia_client = algolia::is_ours(path);
    let posts = matches!(path, "/search" | "/click") || to_algolia_client;
    let mut allowed_headers = String::from("content-type, if-none-match");
    if to_algolia_client {
        algolia::allow_headers(request.headers(), &mut allowed_headers);
    }
    let mut response = if preflight {
        let mut response = StatusCode::NO_CONTENT.into_response();
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    if allowed.by_origin {
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
    if let Some(origin) = allowed.origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if preflight {
            let methods = if posts { "GET, HEAD, POST, OPTIONS" } else { "GET, HEAD, OPTIONS" };
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
            if let Ok(allowed) = HeaderValue::try_from(allowed_headers) {
                headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
            }
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        } else {
            let exposed = HeaderValue::from_static("etag, retry-after, x-request-id, x-achei-search");
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
    response
}

/// What a request's origin may do.
struct Allowed {
    /// The value of `Access-Control-Allow-Origin`.
    origin: Option<HeaderValue>,
    /// Whether another origin, or none, would be answered differently.
    by_origin: bool,
}

impl Allowed {
    fn of(origins: &[String], headers: &HeaderMap) -> Self {
        if origins.iter().any(|origin| origin == "*") {
            return Self { origin: Some(HeaderValue::from_static("*")), by_origin: false };
        }
        let mut given = headers.get_all(ORIGIN).iter();
        let single = given.next().filter(|_| given.next().is_none());
        let origin = single.filter(|given| origins.iter().any(|origin| origin.as_bytes() == given.as_bytes()));
        Self { origin: origin.cloned(), by_origin: !origins.is_empty() }
    }
}
