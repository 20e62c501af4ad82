//! `GET /pages/{path}` and `GET /related`: what the index knows of one page.
//!
//! Its own file because both are about a page that may not be there. Paths are names in the index, never on disk:
//! `..` is a name like any other, and no page has it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::Shared;
use super::engine;
use super::etag::{Match, Tag};
use super::guard::Deadline;
use super::identity::snapshot;
use super::params;
use super::problem::{Code, Problem};
use super::query::decode;
use super::search::json;
use super::values::Values;
use crate::access::Reader;
use crate::search::{PageView, RelatedResponse};

/// A page
///
/// What the index knows of a page: title, language, tags, headings with anchors, links and backlinks.
/// The path may hold slashes, and be in any Unicode normalization form.
#[utoipa::path(get, path = "/pages/{*path}", tag = "pages", responses((status = 200, description = "The page.", body = PageView)))]
pub(super) async fn page(
    State(services): State<Shared>,
    Extension(deadline): Extension<Deadline>,
    Extension(reader): Extension<Reader>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let path = decode(uri.path().strip_prefix("/pages/").unwrap_or_default());
    let live = services.live();
    let snapshot = snapshot(&services, &live, &reader, deadline).await?;
    let tag = Tag::of_answer(&snapshot, &live, &["/pages", &path]);
    // Only a page that is there was ever answered with this tag; `*` must wait to see whether it is.
    let matched = tag.matched(&headers);
    if matched == Match::Same {
        return Ok(tag.not_modified());
    }
    let view = services.gate.run(deadline.0, move || engine::page(&snapshot, &path)).await?;
    answer(view, &tag, matched)
}

/// Related pages
///
/// Pages like this one, likest first.
#[utoipa::path(get, path = "/related", tag = "pages", responses((status = 200, description = "Pages like it.", body = RelatedResponse)))]
pub(super) async fn related(
    State(services): State<Shared>,
    Extension(deadline): Extension<Deadline>,
    Extension(reader): Extension<Reader>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = uri.query().unwrap_or_default();
    let values = Values::from_query(params::RELATED, query)?;
    let path = values.text("path").unwrap_or_default();
    let limit = values.count("limit").unwrap_or_else(|| params::default_count(params::RELATED, "limit"));
    let live = services.live();
    let snapshot = snapshot(&services, &live, &reader, deadline).await?;
    let tag = Tag::of_answer(&snapshot, &live, &["/related", query]);
    let matched = tag.matched(&headers);
    if matched == Match::Same {
        return Ok(tag.not_modified());
    }
    let snapshot = Arc::clone(&snapshot);
    let view = services.gate.run(deadline.0, move || engine::related(&snapshot, &path, limit)).await?;
    answer(view, &tag, matched)
}

/// 200 with what was found, 304 where the asker is content with anything, else 404.
fn answer(found: Option<impl serde::Serialize>, tag: &Tag, matched: Match) -> Result<Response, Problem> {
    let found = found.ok_or_else(|| Problem::new(Code::PageNotFound))?;
    if matched == Match::Any {
        return Ok(tag.not_modified());
    }
    let mut response = json(&found)?;
    tag.mark(response.headers_mut());
    Ok(response)
}
