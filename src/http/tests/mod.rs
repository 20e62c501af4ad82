//! Tests of the whole router, without a socket, and of the accept loop, with one.
//!
//! [`Site`] is the only place that builds an index: all else asks as a client does.

mod algolia;
mod cors;
mod documented;
mod headers;
mod insights;
mod logged;
mod params;
mod refused;
pub(super) mod scripted;
mod scripts;
mod site_pages;
mod socket;
mod stop;
mod values;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::Value as Json;
use tower::ServiceExt;

use super::{AdminToken, Live, Services, recorder, router};
use crate::config::{InsightsConfig, SearchConfig, Secret, ServerConfig, UiLanguage};
use crate::insights::Insights;
use crate::{index, search};

/// The admin token of every test.
pub(super) const TOKEN: &str = "a-token-for-tests";

/// The interface over an index with a few pages.
pub(super) struct Site {
    pub(super) services: Arc<Services>,
    pub(super) router: Router,
}

/// What was answered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Site {
    /// As configured by default.
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    /// As configured otherwise.
    pub(super) fn with(change: impl FnOnce(&mut Live)) -> Self {
        Self::over(index(1), change)
    }

    /// Before there is an index.
    pub(super) fn without_index() -> Self {
        Self::over(index::Handle::for_tests(None), |_| {})
    }

    /// Over the index in its n-th state.
    pub(super) fn at_generation(generation: u64) -> Self {
        Self::over(index(generation), |_| {})
    }

    /// With insights in a file.
    pub(super) fn keeping(file: &std::path::Path) -> Self {
        let config = InsightsConfig {
            file: Some(file.to_owned()),
            retention_days: 90,
            queries: crate::config::QueryPolicy::Masked,
        };
        Self::made(index(1), |_| {}, Insights::start(&config).expect("a thread"))
    }

    fn over(index: index::Handle, change: impl FnOnce(&mut Live)) -> Self {
        Self::made(index, change, None)
    }

    fn made(index: index::Handle, change: impl FnOnce(&mut Live), insights: Option<Insights>) -> Self {
        let mut live = live();
        change(&mut live);
        let address = SocketAddr::from(([127, 0, 0, 1], 7370));
        let services = Arc::new(Services::new(index, live, address, handle()).with_insights(insights));
        Self { router: router(Arc::clone(&services)), services }
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("the router never fails");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Asks with headers (`name: value`) and a body.
    pub(super) async fn ask(&self, method: &str, target: &str, headers: &[&str], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(target);
        for header in headers {
            let (name, value) = header.split_once(": ").expect("name: value");
            request = request.header(name, value);
        }
        self.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }

    pub(super) async fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, &[], "").await
    }

    pub(super) async fn admin(&self, method: &str, target: &str, body: &str) -> Answer {
        self.ask(method, target, &[&format!("authorization: Bearer {TOKEN}")], body).await
    }
}

impl Answer {
    pub(super) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).expect("UTF-8")
    }

    /// All values of a header, joined.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self.headers.get_all(name).iter().map(|value| value.to_str().expect("text")).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Asserts a whole problem document of this status and code.
    pub(super) fn assert_problem(&self, status: u16, code: &str, what: &str) {
        assert_eq!(self.status.as_u16(), status, "{what}: {:?}", self.body);
        assert_eq!(self.header("content-type").as_deref(), Some("application/problem+json"), "{what}");
        assert_eq!(self.header("cache-control").as_deref(), Some("no-store"), "{what}");
        let json = self.json();
        assert_eq!(
            (json["status"].as_u64(), json["code"].as_str()),
            (Some(status.into()), Some(code)),
            "{what}: {json}"
        );
        for member in ["type", "title", "detail"] {
            assert!(json[member].as_str().is_some_and(|text| !text.is_empty()), "{what}: {json}");
        }
        assert_eq!(self.header("retry-after").is_some(), status == 503, "{what}");
    }
}

/// The one recorder of the process.
fn handle() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| recorder().expect("the first recorder")).clone()
}

fn index(generation: u64) -> index::Handle {
    index::Handle::for_tests(Some(generation))
}

/// What counts where a test says nothing else.
pub(super) fn live() -> Live {
    Live {
        server: ServerConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            allowed_origins: vec!["*".to_owned()],
            public_url: String::new(),
            ui_language: UiLanguage::Auto,
            max_connections: 64,
            header_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(2),
            idle_timeout: Duration::from_secs(15),
            drain_timeout: Duration::from_secs(5),
            search_threads: 2,
            search_queue: 8,
            search_timeout: Duration::from_millis(500),
        },
        search: search::Settings::new(&SearchConfig::default(), Duration::from_millis(500)),
        admin: AdminToken::new(&Secret(TOKEN.to_owned())),
        pins: Vec::new(),
        access: super::Access::default(),
        default_locale: "pt-br".to_owned(),
        digest: "configured".to_owned(),
    }
}

/// A documented path with its parameters filled in.
pub(super) fn filled(path: &str) -> String {
    let path = path.replace("{path}", "Cadastros/VPN.md").replace("{id}", "1").replace("{name}", "x.css");
    path.replace("{index}", "*").replace("{facet}", "tag")
}

/// Every documented path with its methods, parameters of paths filled in.
pub(super) fn documented_paths() -> BTreeMap<String, Vec<&'static str>> {
    let document = super::openapi();
    document
        .paths
        .paths
        .iter()
        .map(|(path, item)| {
            let methods = [("GET", item.get.is_some()), ("POST", item.post.is_some())];
            (filled(path), methods.into_iter().filter(|(_, has)| *has).map(|(method, _)| method).collect())
        })
        .collect()
}
