//! `GET /`: the search page, rendered here so that it needs no script; and the files it is made of.
//!
//! Its own file because it is the one endpoint for people: it speaks their language, and tells errors on the page
//! to those who ask for HTML. Addresses of our own are relative, so that it works behind a path prefix.

use std::sync::LazyLock;

use axum::Extension;
use axum::extract::State;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::Shared;
use super::etag::{Match, Tag, hex};
use super::guard::Deadline;
use super::identity::snapshot;
use super::language::Language;
use super::narrow;
use super::params;
use super::problem::{Code, Problem};
use super::search::{ask, request_of};
use super::texts::Texts;
use super::values::Values;
use super::view::{Outcome, View};
use crate::access::Reader;
use crate::search::SearchRequest;

/// Nothing inline, nothing from elsewhere, no frame around us.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// A file compiled in, served under a name that changes with its content.
pub(super) struct Asset {
    name: &'static str,
    extension: &'static str,
    kind: &'static str,
    content: &'static str,
    digest: LazyLock<String>,
}

/// The style sheet of the search page.
pub(super) static STYLE: Asset = Asset {
    name: "page",
    extension: "css",
    kind: "text/css; charset=utf-8",
    content: include_str!("../../web/page.css"),
    digest: LazyLock::new(|| digest(STYLE.content)),
};

/// The icon of the search page and of the browser's search bar.
pub(super) static ICON: Asset = Asset {
    name: "icon",
    extension: "svg",
    kind: "image/svg+xml; charset=utf-8",
    content: include_str!("../../web/icon.svg"),
    digest: LazyLock::new(|| digest(ICON.content)),
};

/// What makes the search page search as you type.
pub(super) static SCRIPT: Asset = Asset {
    name: "page",
    extension: "js",
    kind: "text/javascript; charset=utf-8",
    content: include_str!("../../web/page.js"),
    digest: LazyLock::new(|| digest(SCRIPT.content)),
};

static ASSETS: [&Asset; 3] = [&STYLE, &ICON, &SCRIPT];

fn digest(content: &str) -> String {
    hex(&Sha256::digest(content.as_bytes()), 6)
}

impl Asset {
    /// Relative to the root of the interface.
    pub(super) fn path(&self) -> String {
        format!("assets/{}.{}.{}", self.name, *self.digest, self.extension)
    }
}

/// A file of the search page
///
/// Named after its content, hence kept for ever.
#[utoipa::path(get, path = "/assets/{name}", tag = "site",
    responses((status = 200, description = "The file.", body = String, content_type = "text/css")))]
pub(super) async fn asset(uri: Uri) -> Result<Response, Problem> {
    let asked = uri.path().trim_start_matches('/');
    let asset = ASSETS.iter().find(|asset| asset.path() == asked).ok_or_else(|| Problem::new(Code::NotFound))?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.kind)),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    Ok((headers, asset.content).into_response())
}

/// The search page
///
/// Takes the parameters of `GET /search`. Errors are pages too for those who accept HTML, else problem documents.
#[utoipa::path(get, path = "/", tag = "site",
    responses((status = 200, description = "The page.", body = String, content_type = "text/html")))]
pub(super) async fn home(
    State(services): State<Shared>,
    Extension(deadline): Extension<Deadline>,
    Extension(reader): Extension<Reader>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let live = services.live();
    let (language, by_reader) = Language::of_reader(&live, &headers);
    let query = uri.query().unwrap_or_default();
    let answered = answer(&services, (deadline, &reader), query, &headers, language).await;
    let for_people =
        headers.get_all(ACCEPT).iter().any(|kinds| kinds.as_bytes().windows(9).any(|kind| kind == b"text/html"));
    let mut response = match answered {
        Ok(response) => response,
        Err(problem) if for_people => told(&problem, query, language),
        Err(problem) => problem.into_response(),
    };
    if by_reader {
        response.headers_mut().append(VARY, HeaderValue::from_static("Accept-Language"));
    }
    response
}

async fn answer(
    services: &Shared,
    (deadline, reader): (Deadline, &Reader),
    query: &str,
    headers: &HeaderMap,
    language: Language,
) -> Result<Response, Problem> {
    let values = Values::from_query(params::SEARCH, query)?;
    let request = request_of(&values);
    let live = services.live();
    let view = |outcome, elsewhere| View {
        texts: Texts::of(language),
        language,
        request: &request,
        outcome,
        elsewhere,
        search: None,
    };
    if view(Outcome::Start, None).asks_nothing() {
        let tag = Tag::of(&["/", env!("CARGO_PKG_VERSION"), &live.digest, language.tag(), query]);
        if tag.matched(headers) != Match::None {
            return Ok(tag.not_modified());
        }
        let mut response = page(view(Outcome::Start, None).html());
        tag.mark(response.headers_mut());
        return Ok(response);
    }
    let snapshot = snapshot(services, &live, reader, deadline).await?;
    let tag = Tag::of_answer(&snapshot, &live, &["/", language.tag(), query]);
    // With insights a page tells which search it answers, so that each is a page of its own.
    let kept = services.insights.is_some();
    if !kept && tag.matched(headers) != Match::None {
        return Ok(tag.not_modified());
    }
    let counted = SearchRequest { facets: narrow::FACETS.to_vec(), ..request.clone() };
    let (found, note) = ask(services, &live, &snapshot, counted, deadline).await?;
    let mut elsewhere = None;
    if found.total == 0 && narrow::is_narrowed(&request) {
        let wide = SearchRequest { limit: 1, ..narrow::everywhere(&request) };
        elsewhere = Some(ask(services, &live, &snapshot, wide, deadline).await?.0.total);
    }
    let search = note.kept.as_ref().map(|(id, _)| super::insights::written(*id));
    let mut response = page(View { search, ..view(Outcome::Found(&found), elsewhere) }.html());
    if kept {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    } else {
        tag.mark(response.headers_mut());
    }
    response.extensions_mut().insert(note);
    Ok(response)
}

/// A problem as a page; its own headers stay, but for the kind.
fn told(problem: &Problem, query: &str, language: Language) -> Response {
    let texts = Texts::of(language);
    // What was typed stays in the box, where it may be mended.
    let q = super::query::pairs(query).find(|(name, _)| name == "q").map(|(_, text)| text).unwrap_or_default();
    let request = SearchRequest { q, ..Default::default() };
    let (words, detail) = match problem.code {
        Code::NotReady => (texts.not_ready, ""),
        _ => (texts.failed, problem.detail()),
    };
    let html = View {
        texts,
        language,
        request: &request,
        outcome: Outcome::Failed(words, detail),
        elsewhere: None,
        search: None,
    }
    .html();
    let mut response = page(html);
    *response.status_mut() = problem.status();
    for (name, value) in problem.clone().into_response().headers() {
        if name != CONTENT_TYPE {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

fn page(html: String) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    (headers, html).into_response()
}
