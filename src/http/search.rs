//! `GET` and `POST /search`, `GET /suggest`: from checked parameters to what the engine answers.
//!
//! Its own file because both methods of `/search` must read and answer alike; the search page asks through here too.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::etag::{Match, Tag};
use super::guard::Deadline;
use super::identity::snapshot;
use super::layers::SearchNote;
use super::limits;
use super::params;
use super::problem::{Code, Problem};
use super::services::Live;
use super::values::Values;
use super::{Services, Shared, body, opensearch};
use crate::access::Reader;
use crate::index::Snapshot;
use crate::insights::{Insights, NOTED_HITS, Search};
use crate::search::{Facet, SearchRequest, SearchResponse, Sort, SuggestRequest, SuggestResponse, Typos};

/// A JSON answer.
pub(super) fn json(body: &impl Serialize) -> Result<Response, Problem> {
    let bytes = serde_json::to_vec(body).map_err(|cause| {
        tracing::error!(%cause, "an answer could not be written as JSON");
        Problem::new(Code::Internal)
    })?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], bytes).into_response())
}

/// What a request asks of the engine; bounds are checked already.
pub(super) fn request_of(values: &Values) -> SearchRequest {
    let count = |name| values.count(name).unwrap_or_else(|| params::default_count(params::SEARCH, name));
    SearchRequest {
        q: values.text("q").unwrap_or_default(),
        limit: count("limit"),
        offset: count("offset"),
        lang: values.text("lang"),
        tags: values.texts("tag"),
        category: values.text("category"),
        updated_after: values.moment("updated_after"),
        updated_before: values.moment("updated_before"),
        sort: match values.choice("sort") {
            Some("updated") => Sort::Updated,
            Some("title") => Sort::Title,
            _ => Sort::Relevance,
        },
        facets: values
            .choices("facets")
            .into_iter()
            .filter_map(|name| match name {
                "lang" => Some(Facet::Lang),
                "tag" => Some(Facet::Tag),
                "category" => Some(Facet::Category),
                _ => None,
            })
            .collect(),
        conditions: Vec::new(),
        facet_values: SearchRequest::default().facet_values,
        typos: if values.choice("typos") == Some("off") { Typos::Off } else { Typos::Auto },
        snippet_chars: count("snippet_chars"),
        explain: values.flag("explain"),
    }
}

/// Asks the engine when its turn has come; the note is for the log.
pub(super) async fn ask(
    services: &Services,
    live: &Arc<Live>,
    snapshot: &Arc<Snapshot>,
    request: SearchRequest,
    deadline: Deadline,
) -> Result<(SearchResponse, SearchNote), Problem> {
    let query_bytes = request.q.len();
    let query_words = request.q.split_whitespace().count();
    // Later pages of results and lists without a query are no new searches.
    let asked = services.insights.as_ref().filter(|_| query_words > 0 && request.offset == 0).map(|_| request.clone());
    let (live, snapshot) = (Arc::clone(live), Arc::clone(snapshot));
    let answer =
        services.gate.run(deadline.0, move || super::engine::search(&snapshot, &live.search, &request)).await?;
    let kept = asked.zip(Insights::new_id()).map(|(request, id)| (id, noted(request, &answer)));
    let note = SearchNote { query_bytes, query_words, total: answer.total, generation: answer.generation, kept };
    Ok((answer, note))
}

/// What the insights take of a search.
fn noted(request: SearchRequest, answer: &SearchResponse) -> Search {
    Search {
        query: request.q,
        lang: request.lang.unwrap_or_default(),
        category: request.category.unwrap_or_default(),
        total: answer.total as u64,
        relaxed: answer.relaxed,
        took_us: (answer.took_ms * 1000.0) as u64,
        first: answer.hits.iter().take(NOTED_HITS).map(|hit| hit.path.clone()).collect(),
    }
}

/// Search
///
/// Ranked results: one hit a page, with its best section. An empty `q` lists pages by `updated`, newest first.
#[utoipa::path(get, path = "/search", tag = "search", responses((status = 200, description = "Results.", body = SearchResponse)))]
pub(super) async fn search(
    State(services): State<Shared>,
    Extension(deadline): Extension<Deadline>,
    Extension(reader): Extension<Reader>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = uri.query().unwrap_or_default();
    let request = request_of(&Values::from_query(params::SEARCH, query)?);
    let live = services.live();
    let snapshot = snapshot(&services, &live, &reader, deadline).await?;
    let tag = Tag::of_answer(&snapshot, &live, &["/search", query]);
    if tag.matched(&headers) != Match::None {
        return Ok(tag.not_modified());
    }
    let (answer, note) = ask(&services, &live, &snapshot, request, deadline).await?;
    let mut response = json(&answer)?;
    tag.mark(response.headers_mut());
    response.extensions_mut().insert(note);
    Ok(response)
}

/// Search, the query in the body
///
/// As `GET /search`, for callers who keep queries out of proxy logs. Numbers and booleans are themselves, `tag` and
/// `facets` lists or texts. Read as JSON whatever the content type says; at most 1 MiB.
#[utoipa::path(post, path = "/search", tag = "search", responses((status = 200, description = "Results.", body = SearchResponse)))]
pub(super) async fn search_posted(
    State(services): State<Shared>,
    Extension(deadline): Extension<Deadline>,
    Extension(reader): Extension<Reader>,
    request: Request,
) -> Result<Response, Problem> {
    let bytes = body::read(request.into_body(), limits::BODY_BYTES, deadline.0).await?;
    let request = request_of(&Values::from_json(params::SEARCH, body::members(&bytes)?)?);
    let live = services.live();
    let snapshot = snapshot(&services, &live, &reader, deadline).await?;
    let (answer, note) = ask(&services, &live, &snapshot, request, deadline).await?;
    let mut response = json(&answer)?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(note);
    Ok(response)
}

/// Complete
///
/// Completions while typing: pages and sections, best first.
#[utoipa::path(get, path = "/suggest", tag = "search", responses((status = 200, description = "Completions.",
    content((SuggestResponse = "application/json"), (opensearch::Completions = "application/x-suggestions+json")))))]
pub(super) async fn suggest(
    State(services): State<Shared>,
    Extension(deadline): Extension<Deadline>,
    Extension(reader): Extension<Reader>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = uri.query().unwrap_or_default();
    let values = Values::from_query(params::SUGGEST, query)?;
    let request = SuggestRequest {
        q: values.text("q").unwrap_or_default(),
        limit: values.count("limit").unwrap_or_else(|| params::default_count(params::SUGGEST, "limit")),
        lang: values.text("lang"),
    };
    let live = services.live();
    let snapshot = snapshot(&services, &live, &reader, deadline).await?;
    let for_browsers = values.choice("format") == Some("opensearch");
    let base = if for_browsers { opensearch::base(&services, &live, &headers) } else { String::new() };
    let tag = Tag::of_answer(&snapshot, &live, &["/suggest", query, &base]);
    if tag.matched(&headers) != Match::None {
        return Ok(tag.not_modified());
    }
    let settings = Arc::clone(&live);
    let answer =
        services.gate.run(deadline.0, move || super::engine::suggest(&snapshot, &settings.search, &request)).await?;
    let mut response = if for_browsers { opensearch::completions(answer, &base)? } else { json(&answer)? };
    tag.mark(response.headers_mut());
    Ok(response)
}
