//! The routes of Algolia's clients: `DocSearch` and `InstantSearch` work unchanged when they are pointed here.
//!
//! Its own room because it speaks another's language: requests are read (`request`, `filter`), asked like any search,
//! and answered as records (`record`, `markup`, `response`). Any index name, application id and key is taken; queries
//! come under any content type.

mod filter;
mod markup;
mod record;
mod request;
mod response;

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCESS_CONTROL_REQUEST_HEADERS, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value as Json;

use self::request::{Asked, AskedFacet, Fields};
use self::response::{Answer, Found, FoundValues, Results};
use super::etag::{Match, Tag};
use super::guard::Deadline;
use super::identity::snapshot;
use super::layers::SearchNote;
use super::limits;
use super::problem::Problem;
use super::search::{ask, json};
use super::services::Live;
use super::{Services, Shared, body};
use crate::access::Reader;
use crate::index::Snapshot;

/// Where the index stands in a path cut at its slashes.
const INDEX: usize = 3;
/// Where the facet stands.
const FACET: usize = 5;

/// What the fuzz target of this room asks of the readers here: whatever comes, numbers stay within their bounds.
#[cfg(any(test, fuzzing))]
pub(super) fn fuzz(query: &str, members: Option<Vec<(String, Json)>>) {
    let asked = |fields: &Fields| {
        if let Ok(asked) = Asked::read("wiki", fields) {
            let request = asked.request();
            assert!(request.q.len() <= super::params::MAX_QUERY_BYTES);
            assert!((1..=100).contains(&request.limit) && request.offset <= 10_000);
            assert!(request.conditions.iter().map(Vec::len).sum::<usize>() <= 200);
            assert!(asked.pages(usize::MAX / 2) <= 10_001);
        }
        let _ = AskedFacet::read("wiki", "tag", fields);
    };
    asked(&Fields::of_query(query));
    if let Some(members) = members {
        let _ = several("wiki", members.clone());
        asked(&Fields::new(members));
    }
}

/// Whether a path belongs here.
pub(super) fn is_ours(path: &str) -> bool {
    path.starts_with("/1/")
}

/// A query of either kind, read.
enum Query {
    Search(Box<Asked>),
    Values(Box<AskedFacet>),
}

impl Query {
    /// One of several, of the kind that its `type` names.
    fn one_of_several(index: &str, members: Vec<(String, Json)>) -> Result<Self, Problem> {
        let fields = Fields::new(members);
        if fields.text("type").is_some_and(|kind| kind == "facet") {
            let facet = fields.text("facet").unwrap_or_default();
            return Ok(Self::Values(Box::new(AskedFacet::read(index, &facet, &fields)?)));
        }
        Ok(Self::Search(Box::new(Asked::read(index, &fields)?)))
    }
}

/// What one call works with: one configuration and one index state, for all of its queries.
struct Call<'a> {
    services: &'a Services,
    live: Arc<Live>,
    snapshot: Arc<Snapshot>,
    deadline: Deadline,
}

impl<'a> Call<'a> {
    async fn new(services: &'a Services, reader: &Reader, deadline: Deadline) -> Result<Self, Problem> {
        let live = services.live();
        let snapshot = snapshot(services, &live, reader, deadline).await?;
        Ok(Self { services, live, snapshot, deadline })
    }

    async fn search(&self, asked: Asked) -> Result<(Found, SearchNote), Problem> {
        let (answer, note) = ask(self.services, &self.live, &self.snapshot, asked.request(), self.deadline).await?;
        Ok((Found::new(asked, &answer), note))
    }

    async fn values(&self, asked: AskedFacet) -> Result<(FoundValues, SearchNote), Problem> {
        let request = asked.over.request();
        let (answer, note) = ask(self.services, &self.live, &self.snapshot, request, self.deadline).await?;
        Ok((FoundValues::new(&asked, &answer), note))
    }

    async fn answer(&self, query: Query) -> Result<(Answer, SearchNote), Problem> {
        Ok(match query {
            Query::Search(asked) => {
                let (found, note) = self.search(*asked).await?;
                (Answer::Found(Box::new(found)), note)
            }
            Query::Values(asked) => {
                let (values, note) = self.values(*asked).await?;
                (Answer::Values(values), note)
            }
        })
    }
}

/// Several queries
///
/// What Algolia's clients send for every keystroke. `requests` holds up to 20 queries, each with the members of
/// `/1/indexes/{index}/query` and an `indexName`; with `type: "facet"` those of a search among values, and `facet`. All
/// are answered from one index state. Errors also carry `message`.
#[utoipa::path(post, path = "/1/indexes/{index}/queries", tag = "algolia",
    responses((status = 200, description = "Results, in the order of the requests.", body = Results)))]
pub(super) async fn queries(
    State(services): State<Shared>,
    Extension(deadline): Extension<Deadline>,
    Extension(reader): Extension<Reader>,
    request: Request,
) -> Result<Response, Problem> {
    let index = segment(request.uri(), INDEX);
    let members = members(request.into_body(), deadline).await?;
    // Read before any is asked: a call that is refused costs no search.
    let queries = several(&index, members)?;
    let call = Call::new(&services, &reader, deadline).await?;
    let (mut results, mut first) = (Vec::with_capacity(queries.len()), None);
    for query in queries {
        let (answer, note) = call.answer(query).await?;
        results.push(answer);
        first.get_or_insert(note);
    }
    posted(&Results { results }, first)
}

/// One query, in the body
///
/// Members: `query`, `page` (from 0), `hitsPerPage` (20, at most 100), `facets`, `maxValuesPerFacet`, `facetFilters`,
/// `filters`, `highlightPreTag`, `highlightPostTag`, `attributesToSnippet`, `attributesToRetrieve`; or all of them
/// url-encoded in `params`. Others, and values that cannot be read, count as absent.
#[utoipa::path(post, path = "/1/indexes/{index}/query", tag = "algolia",
    responses((status = 200, description = "Results.", body = Found)))]
pub(super) async fn query_posted(
    State(services): State<Shared>,
    Extension(deadline): Extension<Deadline>,
    Extension(reader): Extension<Reader>,
    request: Request,
) -> Result<Response, Problem> {
    let index = segment(request.uri(), INDEX);
    let asked = Asked::read(&index, &Fields::new(members(request.into_body(), deadline).await?))?;
    let (found, note) = Call::new(&services, &reader, deadline).await?.search(asked).await?;
    posted(&found, Some(note))
}

/// One query, in the address
///
/// As `POST`, with the members as parameters.
#[utoipa::path(get, path = "/1/indexes/{index}/query", tag = "algolia",
    responses((status = 200, description = "Results.", body = Found)))]
pub(super) async fn query(
    State(services): State<Shared>,
    Extension(deadline): Extension<Deadline>,
    Extension(reader): Extension<Reader>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (index, query) = (segment(&uri, INDEX), uri.query().unwrap_or_default());
    let asked = Asked::read(&index, &Fields::of_query(query))?;
    let call = Call::new(&services, &reader, deadline).await?;
    let tag = Tag::of_answer(&call.snapshot, &call.live, &["/1/indexes", &index, query]);
    if tag.matched(&headers) != Match::None {
        return Ok(tag.not_modified());
    }
    let (found, note) = call.search(asked).await?;
    let mut response = json(&found)?;
    tag.mark(response.headers_mut());
    response.extensions_mut().insert(note);
    Ok(response)
}

/// Search among values
///
/// The values of `tag`, `lang` or `category` with a word that begins like `facetQuery`, over the results of the query that
/// the other members or `params` describe. At most `maxFacetHits` (10, at most 100). Another facet has no values.
#[utoipa::path(post, path = "/1/indexes/{index}/facets/{facet}/query", tag = "algolia",
    responses((status = 200, description = "Values, most frequent first.", body = FoundValues)))]
pub(super) async fn facet_values(
    State(services): State<Shared>,
    Extension(deadline): Extension<Deadline>,
    Extension(reader): Extension<Reader>,
    request: Request,
) -> Result<Response, Problem> {
    let (index, facet) = (segment(request.uri(), INDEX), segment(request.uri(), FACET));
    let fields = Fields::new(members(request.into_body(), deadline).await?);
    let asked = AskedFacet::read(&index, &facet, &fields)?;
    let (values, note) = Call::new(&services, &reader, deadline).await?.values(asked).await?;
    posted(&values, Some(note))
}

/// The queries of a body with several.
fn several(index: &str, members: Vec<(String, Json)>) -> Result<Vec<Query>, Problem> {
    let refused = || {
        Problem::field("requests", format!("requests must be a list of at most {} objects", limits::FACADE_REQUESTS))
    };
    let requests = match members.into_iter().find(|(name, _)| name == "requests") {
        Some((_, Json::Array(requests))) if requests.len() <= limits::FACADE_REQUESTS => requests,
        _ => return Err(refused()),
    };
    let read = |request| match request {
        Json::Object(members) => Query::one_of_several(index, members.into_iter().collect()),
        _ => Err(refused()),
    };
    requests.into_iter().map(read).collect()
}

/// The members of a body; one without any asks for everything.
async fn members(body: Body, deadline: Deadline) -> Result<Vec<(String, Json)>, Problem> {
    let bytes = body::read(body, limits::FACADE_BODY_BYTES, deadline.0).await?;
    if bytes.trim_ascii().is_empty() { Ok(Vec::new()) } else { body::members(&bytes) }
}

/// A part of the path, decoded; the router has seen that it is there.
fn segment(uri: &Uri, place: usize) -> String {
    super::query::decode(uri.path().split('/').nth(place).unwrap_or_default())
}

/// A JSON answer that nobody keeps.
fn posted(answer: &impl Serialize, note: Option<SearchNote>) -> Result<Response, Problem> {
    let mut response = json(answer)?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(note) = note {
        response.extensions_mut().insert(note);
    }
    Ok(response)
}

/// Adds the headers that clients may send: the usual ones, and whatever else begins with `x-algolia-`.
pub(super) fn allow_headers(asked: &HeaderMap, allowed: &mut String) {
    for name in ["x-algolia-api-key", "x-algolia-application-id", "x-algolia-agent"] {
        allowed.extend([", ", name]);
    }
    let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let asked = asked.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter().filter_map(|names| names.to_str().ok());
    for name in asked.flat_map(|names| names.split(',')).map(|name| name.trim().to_ascii_lowercase()) {
        if name.starts_with("x-algolia-") && plain(&name) && !allowed.split(", ").any(|known| known == name) {
            allowed.extend([", ", &name]);
        }
    }
}

/// Makes an error one that Algolia's clients can show: a problem document with `message`.
pub(super) fn worded(response: Response) -> Response {
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    let body = Body::from(problem.json_with_message());
    let (parts, _) = response.into_parts();
    Response::from_parts(parts, body)
}
