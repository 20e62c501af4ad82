//! `POST /reindex` and `GET /reindex/{id}`: jobs, behind the admin token.
//!
//! Its own file because only these change anything. The token is asked for before a byte of the body is read.

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::Response;
use serde_json::Value as Json;

use super::guard::Deadline;
use super::limits;
use super::params;
use super::problem::{Code, Problem};
use super::query::decode;
use super::search::json;
use super::values::Values;
use super::{Shared, body};
use crate::index::{Job, Reindex, SubmitError};
use crate::page::has_markdown_extension;

/// Reindex
///
/// Queues a job, or joins the one that waits, which then widens. The body may be empty; it is read as JSON whatever
/// the content type says; at most 1 MiB.
#[utoipa::path(post, path = "/reindex", tag = "admin", security(("admin" = [])), responses(
    (status = 202, description = "The job is queued; ask for it at `Location`.", body = Job,
        headers(("Location" = String, description = "`/reindex/{id}`"))),
    (status = 200, description = "With `wait`: the job has ended, well or not.", body = Job)))]
pub(super) async fn submit(
    State(services): State<Shared>,
    Extension(deadline): Extension<Deadline>,
    uri: Uri,
    request: Request,
) -> Result<Response, Problem> {
    services.live().admin.require(request.headers())?;
    let wait = Values::from_query(params::REINDEX, uri.query().unwrap_or_default())?.flag("wait");
    let bytes = body::read(request.into_body(), limits::BODY_BYTES, deadline.0).await?;
    let job = services.index.submit(wanted(&bytes)?).map_err(|error| match error {
        SubmitError::Stopping => Problem::new(Code::Stopping),
        SubmitError::BadPath { .. } => Problem::path("paths"),
    })?;
    if wait {
        let ended = services.index.wait(&job.id).await.ok_or_else(|| Problem::new(Code::Internal))?;
        return answer(&ended, StatusCode::OK);
    }
    let mut response = answer(&job, StatusCode::ACCEPTED)?;
    let location = HeaderValue::from_str(&format!("/reindex/{}", job.id)).map_err(|_| Problem::new(Code::Internal))?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// A job
///
/// How far a reindex is. The last 100 are kept until restart.
#[utoipa::path(get, path = "/reindex/{id}", tag = "admin", security(("admin" = [])),
    responses((status = 200, description = "The job.", body = Job)))]
pub(super) async fn job(State(services): State<Shared>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    services.live().admin.require(&headers)?;
    let id = decode(uri.path().strip_prefix("/reindex/").unwrap_or_default());
    let job = services.index.job(&id).ok_or_else(|| Problem::new(Code::JobNotFound))?;
    answer(&job, StatusCode::OK)
}

fn answer(job: &Job, status: StatusCode) -> Result<Response, Problem> {
    let mut response = json(job)?;
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What a body asks for.
fn wanted(bytes: &[u8]) -> Result<Reindex, Problem> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Reindex::All);
    }
    let (mut paths, mut rebuild) = (None, None);
    for (name, value) in body::members(bytes)? {
        match name.as_str() {
            "paths" if paths.is_none() => paths = Some(paths_of(value)?),
            "rebuild" if rebuild.is_none() => match value {
                Json::Bool(flag) => rebuild = Some(flag),
                _ => return Err(Problem::field("rebuild", "rebuild must be true or false")),
            },
            "paths" => return Err(Problem::field("paths", "paths may be given once only")),
            "rebuild" => return Err(Problem::field("rebuild", "rebuild may be given once only")),
            _ => {}
        }
    }
    match (paths, rebuild) {
        (Some(_), Some(true)) => Err(Problem::field("paths", "paths and rebuild cannot go together")),
        (None, Some(true)) => Ok(Reindex::Rebuild),
        (Some(paths), _) => Ok(Reindex::Paths(paths)),
        (None, _) => Ok(Reindex::All),
    }
}

fn paths_of(value: Json) -> Result<Vec<String>, Problem> {
    let wrong = || Problem::field("paths", "paths must be a list of texts");
    let Json::Array(items) = value else {
        return Err(wrong());
    };
    items
        .into_iter()
        .map(|item| match item {
            Json::String(path) if names_page_or_folder(&path) => Ok(path),
            Json::String(_) => Err(Problem::path("paths")),
            _ => Err(wrong()),
        })
        .collect()
}

/// A Markdown file, or a folder: a last segment without extension, or a `/` at the end.
fn names_page_or_folder(path: &str) -> bool {
    let within = !path.is_empty() && !path.starts_with(['/', '\\']) && !path.contains('\0');
    let upward = path.split(['/', '\\']).any(|segment| segment == "..");
    let last = path.rsplit('/').next().unwrap_or(path);
    let extended = last.rsplit_once('.').is_some_and(|(stem, _)| !stem.is_empty());
    within && !upward && (!extended || has_markdown_extension(last))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bodies_say_what_is_wanted() {
        let paths = |list: &[&str]| Reindex::Paths(list.iter().map(|&path| path.to_owned()).collect());
        for (body, expected) in [
            ("", Reindex::All),
            (" \n", Reindex::All),
            ("{}", Reindex::All),
            (r#"{"other": [1, {"x": null}]}"#, Reindex::All),
            (r#"{"rebuild": false}"#, Reindex::All),
            (r#"{"rebuild": true}"#, Reindex::Rebuild),
            (
                r#"{"paths": ["a.md", "A/B.MARKDOWN", "Pasta", "v1.2/", ".x"]}"#,
                paths(&["a.md", "A/B.MARKDOWN", "Pasta", "v1.2/", ".x"]),
            ),
            (r#"{"paths": ["a..b.md"], "rebuild": false}"#, paths(&["a..b.md"])),
            (r#"{"paths": []}"#, paths(&[])),
        ] {
            assert_eq!(wanted(body.as_bytes()), Ok(expected), "{body}");
        }
    }

    #[test]
    fn bad_bodies_are_told_apart() {
        for body in ["[]", "1", "null", "{", "\"x\"", "a=b", "{}{}"] {
            assert_eq!(wanted(body.as_bytes()).expect_err(body).status(), 400, "{body}");
        }
        for (body, code) in [
            (json!({"paths": "a.md"}), Code::InvalidField),
            (json!({"paths": [1]}), Code::InvalidField),
            (json!({"paths": null}), Code::InvalidField),
            (json!({"rebuild": 1}), Code::InvalidField),
            (json!({"rebuild": "true"}), Code::InvalidField),
            (json!({"rebuild": null}), Code::InvalidField),
            (json!({"paths": ["a.md"], "rebuild": true}), Code::InvalidField),
            (json!({"paths": [], "rebuild": true}), Code::InvalidField),
            (json!({"paths": ["../a.md"]}), Code::InvalidPath),
            (json!({"paths": ["A/../a.md"]}), Code::InvalidPath),
            (json!({"paths": ["A/.."]}), Code::InvalidPath),
            (json!({"paths": ["A\\..\\a.md"]}), Code::InvalidPath),
            (json!({"paths": ["/etc/passwd"]}), Code::InvalidPath),
            (json!({"paths": ["/a.md"]}), Code::InvalidPath),
            (json!({"paths": ["a.txt"]}), Code::InvalidPath),
            (json!({"paths": ["ok.md", "v1.2"]}), Code::InvalidPath),
            (json!({"paths": ["a.md\u{0}"]}), Code::InvalidPath),
            (json!({"paths": [""]}), Code::InvalidPath),
        ] {
            assert_eq!(wanted(body.to_string().as_bytes()).expect_err("a problem").code, code, "{body}");
        }
        assert!(wanted(br#"{"rebuild": false, "rebuild": true}"#).is_err());
    }
}
