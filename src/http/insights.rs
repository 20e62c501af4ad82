//! `GET /insights`: what readers miss, for editors.
//!
//! Its own file because it stands apart from all other routes: the page also takes the admin token as the password of
//! HTTP Basic, so that a browser can open it (it changes nothing), and it looks at more than one search's worth of things.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::identity;
use super::insights_view::View;
use super::language::Language;
use super::limits::INSIGHTS_TIME;
use super::problem::{Code, Problem};
use super::search::json;
use super::services::Live;
use super::values::Values;
use super::{Services, Shared, params};
use crate::index::Snapshot;
use crate::insights::{Filter, Insights, Report, Row, SearchId, Table};
use crate::search::{Ailment, SearchError, SearchRequest, health, stale};

/// Nothing but our own style sheet and icon.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Queries without result for which near words are looked for.
const PROPOSED: usize = 20;
/// How long near words are looked for, all in all.
const PROPOSING: Duration = Duration::from_secs(3);

/// What could have been meant by a query without result.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Proposal {
    /// As it was asked.
    pub(super) query: String,
    /// Pages that it finds now.
    pub(super) now: usize,
    /// The nearest words that find something.
    pub(super) nearest: Option<String>,
    /// The page that these find first.
    pub(super) path: Option<String>,
    /// A line for `search.synonyms`.
    pub(super) synonym: Option<String>,
    /// A line for the page's front matter.
    pub(super) alias: Option<String>,
}

/// Everything on the page.
#[derive(Serialize, ToSchema)]
pub(super) struct Everything {
    /// Whether searches are kept at all.
    pub(super) on: bool,
    /// Whether the database could not be read: then the report is empty.
    pub(super) unreadable: bool,
    /// What was searched.
    #[schema(value_type = Object)]
    pub(super) report: Report,
    /// For the queries without result.
    pub(super) proposals: Vec<Proposal>,
    /// What can be mended.
    pub(super) health: Vec<Ailment>,
}

/// What readers miss
///
/// A page for editors, also as JSON (`format=json`), a table also as CSV (`table=empty&format=csv`). Also takes the admin
/// token as the password of HTTP Basic, with any name. Where insights are off it shows content health alone.
#[utoipa::path(get, path = "/insights", tag = "admin", security(("admin" = []), ("basic" = [])),
    responses((status = 200, description = "The page, or a table.",
        content((String = "text/html"), (Everything = "application/json"), (String = "text/csv")))))]
pub(super) async fn insights(State(services): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let answered = answer(&services, uri.query().unwrap_or_default(), &headers).await;
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    if response.status() == StatusCode::UNAUTHORIZED {
        let basic = HeaderValue::from_static("Basic realm=\"achei insights\", charset=\"UTF-8\"");
        response.headers_mut().append(WWW_AUTHENTICATE, basic);
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn answer(services: &Shared, query: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let live = services.live();
    live.admin.require_or_basic(headers)?;
    let values = Values::from_query(params::INSIGHTS, query)?;
    let filter = Filter {
        days: match values.choice("period") {
            Some("day") => 1,
            Some("month") => 30,
            Some("quarter") => 90,
            Some("year") => 365,
            _ => 7,
        },
        lang: values.text("lang").map(|text| text.to_lowercase()),
        area: values.text("area").map(|text| text.to_lowercase()),
    };
    let table = values.choice("table").and_then(Table::of);
    let format = values.choice("format").unwrap_or("html");
    let (language, _) = Language::of_reader(&live, headers);
    let snapshot = identity::whole(services);
    let (services, asked) = (Arc::clone(services), filter.clone());
    let deadline = tokio::time::Instant::now() + INSIGHTS_TIME;
    let gather = {
        let services = Arc::clone(&services);
        move || gathered(&services, snapshot.as_ref(), &asked)
    };
    let everything = services.desk.run(deadline, gather).await?;
    if everything.unreadable && (table.is_some() || format == "csv") {
        return Err(Problem::new(Code::Internal));
    }
    let (kind, text) = match (format, table) {
        ("csv", table) => ("text/csv; charset=utf-8", everything.report.csv(table.unwrap_or(Table::Empty))),
        ("json", Some(table)) => return json(&everything.report.table(table)),
        ("json", None) => return json(&everything),
        _ => ("text/html; charset=utf-8", View { language, filter: &filter, everything: &everything }.html()),
    };
    let mut response = ([(CONTENT_TYPE, HeaderValue::from_static(kind))], text).into_response();
    if format == "csv" {
        let attachment = HeaderValue::from_static("attachment; filename=\"achei-insights.csv\"");
        response.headers_mut().insert(CONTENT_DISPOSITION, attachment);
    } else {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    Ok(response)
}

/// Reads the database and the index.
fn gathered(services: &Services, snapshot: Option<&Arc<Snapshot>>, filter: &Filter) -> Result<Everything, Problem> {
    let live = services.live();
    let (report, unreadable) = match services.insights.as_ref().map(|insights| Report::read(insights.file(), filter)) {
        None => (Report::default(), false),
        Some(Ok(report)) => (report, false),
        Some(Err(error)) => {
            tracing::error!(%error, "the insights could not be read");
            (Report::default(), true)
        }
    };
    let (mut proposals, mut ailments) = (Vec::new(), Vec::new());
    if let Some(snapshot) = snapshot {
        proposals = proposed(&report, snapshot, &live);
        let failed = |error: SearchError| {
            tracing::error!(%error, "content health could not be looked at");
            Problem::new(Code::Internal)
        };
        let often: Vec<(String, u64)> = report.found.iter().map(|row| (row.name.clone(), row.searches)).collect();
        let now_ms = time::OffsetDateTime::now_utc().unix_timestamp() * 1000;
        ailments = stale(snapshot, &often, now_ms).map_err(failed)?;
        let look = || health(snapshot, &live.pins);
        ailments.extend_from_slice(&services.desk.health(snapshot.generation(), &live.digest, look).map_err(failed)?);
    }
    Ok(Everything { on: services.insights.is_some(), unreadable, report, proposals, health: ailments })
}

/// What could have been meant by the most frequent queries without result, as far as there is time.
fn proposed(report: &Report, snapshot: &Arc<Snapshot>, live: &Live) -> Vec<Proposal> {
    let until = Instant::now() + PROPOSING;
    let ask = |q: &str| {
        let request = SearchRequest { q: q.to_owned(), limit: 1, ..SearchRequest::default() };
        super::engine::search(snapshot, &live.search, &request).ok().filter(|_| Instant::now() < until)
    };
    let propose = |row: &Row| {
        let now = ask(&row.name)?;
        let nearest = now.did_you_mean.filter(|_| now.total == 0);
        let path = nearest.as_deref().and_then(ask).and_then(|found| Some(found.hits.first()?.path.clone()));
        let quoted = |text: &str| toml::Value::from(text).to_string();
        Some(Proposal {
            synonym: nearest.as_deref().map(|near| format!("[{}, {}],", quoted(&row.name), quoted(near))),
            alias: path.is_some().then(|| format!("aliases: [{}]", quoted(&row.name))),
            query: row.name.clone(),
            now: now.total,
            nearest,
            path,
        })
    };
    report.empty.iter().take(PROPOSED).map_while(propose).collect()
}

/// How an id is written.
pub(super) fn written(id: SearchId) -> String {
    format!("{id:032x}")
}

/// What Prometheus reads of the insights.
pub(super) fn render(insights: &Insights, text: &mut String) {
    use std::fmt::Write as _;
    let health = insights.health();
    for (name, kind, help, value) in [
        ("achei_insights_kept_total", "counter", "Searches kept.", health.kept.load(Ordering::Relaxed)),
        (
            "achei_insights_dropped_total",
            "counter",
            "Searches and clicks lost.",
            health.dropped.load(Ordering::Relaxed),
        ),
        (
            "achei_insights_refused_total",
            "counter",
            "Clicks that came too fast.",
            health.refused.load(Ordering::Relaxed),
        ),
        (
            "achei_insights_failing",
            "gauge",
            "Whether the insights cannot be written.",
            u64::from(health.failing.load(Ordering::Relaxed)),
        ),
    ] {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
    }
}
