//! What is refused, and in which words.

use axum::body::Body;
use axum::http::Request;

use super::{Site, TOKEN, documented_paths};

#[tokio::test]
async fn addresses_without_a_route_are_problems() {
    let site = Site::new();
    for target in [
        "/nope",
        "/search/",
        "/search/x",
        "/pages",
        "/pages/",
        "//",
        "//search",
        "/../etc/passwd",
        "/%2e%2e/search",
        "/SEARCH",
        "/reindex/",
        "/reindex/1/2",
        "/assets/",
        "/assets/page.css",
        "/assets/../page.css",
        "/%00",
        "/achei",
    ] {
        site.get(target).await.assert_problem(404, "not_found", target);
    }
}

#[tokio::test]
async fn other_methods_are_405_with_allow_and_without_a_token() {
    let site = Site::new();
    for (path, methods) in documented_paths() {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "BREW"] {
            let answer = site.ask(method, &path, &[], "").await;
            let what = format!("{method} {path}");
            if methods.contains(&method) {
                assert_ne!(answer.status.as_u16(), 405, "{what}");
                continue;
            }
            answer.assert_problem(405, "method_not_allowed", &what);
            let allow = answer.header("allow").expect(&what);
            for method in &methods {
                assert!(allow.contains(method), "{what}: {allow}");
            }
        }
    }
}

#[tokio::test]
async fn limits_at_n_and_beyond() {
    let site = Site::new();
    let fill = |bytes: usize| format!("/search?x={}", "a".repeat(bytes - "/search?x=".len()));
    assert_eq!(site.get(&fill(16_384)).await.status, 200);
    site.get(&fill(16_385)).await.assert_problem(414, "uri_too_long", "a long address");

    let many = |count: usize| (0..count).map(|n| format!("x-{n}: 1")).collect::<Vec<_>>();
    let ask = async |headers: Vec<String>| {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        site.ask("GET", "/search", &headers, "").await
    };
    assert_eq!(ask(many(64)).await.status, 200);
    ask(many(65)).await.assert_problem(431, "headers_too_large", "many headers");
    let large = |bytes: usize| vec![format!("x: {}", "a".repeat(bytes - 5))];
    assert_eq!(ask(large(16_384)).await.status, 200);
    ask(large(16_385)).await.assert_problem(431, "headers_too_large", "large headers");

    let padded = |bytes: usize| format!("{{\"q\":\"a\"{}}}", " ".repeat(bytes - 9));
    assert_eq!(site.ask("POST", "/search", &[], &padded(1_048_576)).await.status, 200);
    site.ask("POST", "/search", &[], &padded(1_048_577)).await.assert_problem(413, "payload_too_large", "a large body");

    let padded = |bytes: usize| format!("{{{}}}", " ".repeat(bytes - 2));
    assert_eq!(site.admin("POST", "/reindex", &padded(1 << 20)).await.status, 202);
    site.admin("POST", "/reindex", &padded((1 << 20) + 1)).await.assert_problem(
        413,
        "payload_too_large",
        "a large body",
    );

    for path in ["/search", "/status", "/", "/healthz", "/openapi.json"] {
        site.ask("GET", path, &[], "x").await.assert_problem(413, "payload_too_large", path);
    }
    site.ask("GET", "/reindex", &[], "x").await.assert_problem(405, "method_not_allowed", "no GET there");
    let word = |bytes: usize| format!("/search?q={}", "a".repeat(bytes));
    assert_eq!(site.get(&word(512)).await.status, 200);
    site.get(&word(513)).await.assert_problem(422, "invalid_parameter", "a long query");
    site.get(&word(513).replace("search", "suggest")).await.assert_problem(422, "invalid_parameter", "a long query");
}

#[tokio::test]
async fn without_the_token_nothing_starts_and_all_failures_look_alike() {
    let site = Site::new();
    let right = format!("authorization: Bearer {TOKEN}");
    let longer = format!("{right}x");
    let basic = format!("authorization: Basic {TOKEN}");
    let prefix = right[..right.len() - 1].to_owned();
    let mut bodies = Vec::new();
    for (method, path) in [("POST", "/reindex"), ("POST", "/reindex?wait=true"), ("GET", "/reindex/1")] {
        for headers in [
            &[][..],
            &["authorization: "],
            &["authorization: Bearer"],
            &[&longer],
            &[&basic],
            &[&prefix],
            &[&right, &right],
        ] {
            // A body that would be refused too must not be looked at.
            let answer = site.ask(method, path, headers, if method == "POST" { "[" } else { "" }).await;
            let what = format!("{method} {path} {headers:?}");
            answer.assert_problem(401, "unauthorized", &what);
            assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")), "{what}");
            assert_eq!(answer.header("access-control-allow-origin"), None, "{what}");
            bodies.push(answer.body);
        }
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    site.ask("POST", &format!("/reindex?token={TOKEN}"), &[], "").await.assert_problem(
        401,
        "unauthorized",
        "in the query",
    );
    site.admin("GET", "/reindex/1", "").await.assert_problem(404, "job_not_found", "nothing was started");
}

#[tokio::test]
async fn reindex_answers_as_the_contract_says() {
    let site = Site::new();
    let queued = site.admin("POST", "/reindex", "").await;
    assert_eq!(queued.status, 202);
    let id = queued.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(queued.header("location"), Some(format!("/reindex/{id}")));
    assert_eq!(queued.header("cache-control").as_deref(), Some("no-store"));
    let job = site.admin("GET", &format!("/reindex/{id}"), "").await;
    assert_eq!((job.status.as_u16(), job.json()["id"].as_str()), (200, Some(id.as_str())));
    assert!(job.json()["counts"]["total"].is_u64());
    let waited = site.admin("POST", "/reindex?wait=true", "{\"rebuild\": true}").await;
    assert_eq!((waited.status.as_u16(), waited.json()["state"].as_str()), (200, Some("done")));
    assert_eq!(site.admin("POST", "/reindex?wait=false&x=1", "{}").await.status, 202);
    let text = ["content-type: text/plain", &format!("authorization: bearer {TOKEN}")];
    assert_eq!(site.ask("POST", "/reindex", &text, "{\"paths\": [\"A/b.md\", \"A\"]}").await.status, 202);

    site.admin("POST", "/reindex?wait=1", "").await.assert_problem(422, "invalid_parameter", "wait");
    site.admin("POST", "/reindex?wait=true&wait=true", "").await.assert_problem(422, "invalid_parameter", "wait twice");
    site.admin("POST", "/reindex", "[]").await.assert_problem(400, "invalid_json", "a list");
    site.admin("POST", "/reindex", "{\"paths\": [\"../a.md\"]}").await.assert_problem(422, "invalid_path", "upward");
    site.admin("POST", "/reindex", "{\"paths\": [1]}").await.assert_problem(422, "invalid_field", "a number");
}

#[tokio::test]
async fn status_tells_page_names_to_the_admin_only() {
    let site = Site::new();
    let public = site.get("/status").await;
    let json = public.json();
    assert_eq!(public.status, 200);
    assert_eq!(json.get("skipped"), None);
    assert_eq!((json["skipped_count"].as_u64(), json["listen"].as_str()), (Some(1), Some("127.0.0.1:7370")));
    for member in
        ["version", "state", "generation", "pages", "sections", "index_bytes", "pending_changes", "uptime_seconds"]
    {
        assert!(!json[member].is_null(), "{member}");
    }
    assert_eq!(json["resident_bytes"].is_u64(), cfg!(target_os = "linux"));
    for member in ["reason", "last_commit", "last_reconcile", "watcher"] {
        assert!(json.get(member).is_some(), "{member}");
    }
    assert_eq!(public.header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(site.admin("GET", "/status", "").await.json()["skipped"][0]["path"], "secreta.md");
    let right = format!("authorization: Bearer {TOKEN}");
    site.ask("GET", "/status", &["authorization: Bearer x"], "").await.assert_problem(401, "unauthorized", "wrong");
    site.ask("GET", "/status", &[&right, &right], "").await.assert_problem(401, "unauthorized", "twice");
    for path in ["/search", "/healthz", "/metrics", "/", "/suggest"] {
        assert_eq!(
            site.ask("GET", path, &["authorization: Bearer x", "authorization: y"], "").await.status,
            200,
            "{path}"
        );
    }
}

#[tokio::test]
async fn before_there_is_an_index() {
    let site = Site::without_index();
    for path in ["/search", "/search?q=a", "/suggest?q=a", "/pages/a.md", "/related?path=a.md", "/readyz", "/?q=a"] {
        site.get(path).await.assert_problem(503, "not_ready", path);
    }
    site.ask("POST", "/search", &[], "{}").await.assert_problem(503, "not_ready", "POST /search");
    for path in ["/", "/healthz", "/status", "/metrics", "/openapi.json", "/opensearch.xml"] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
    assert_eq!(Site::new().get("/readyz").await.status, 200);
}

#[tokio::test]
async fn a_panicking_handler_costs_one_answer() {
    let site = Site::new();
    let routes = axum::Router::new().route("/boom", axum::routing::get(async || -> String { panic!("secret words") }));
    let guarded = super::super::guard::bounded(routes, &site.services).with_state(site.services.clone());
    let broken = Site { router: guarded, services: site.services };
    for _ in 0..2 {
        let answer = broken.get("/boom").await;
        answer.assert_problem(500, "internal", "a panic");
        assert!(!answer.text().contains("secret"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_without_an_end_is_ended() {
    let site = Site::new();
    let routes = axum::Router::new().route("/rest", axum::routing::get(std::future::pending::<String>));
    let guarded = super::super::guard::bounded(routes.clone(), &site.services).with_state(site.services.clone());
    let bounded = Site { router: guarded, services: site.services.clone() };
    bounded.get("/rest").await.assert_problem(503, "timeout", "no end");
    let guarded = super::super::guard::unbounded(routes, &site.services).with_state(site.services.clone());
    let unbounded = Site { router: guarded, services: site.services };
    let long = std::time::Duration::from_secs(3600);
    assert!(tokio::time::timeout(long, unbounded.get("/rest")).await.is_err(), "a wait has no limit");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_408() {
    struct Never;
    impl axum::body::HttpBody for Never {
        type Data = axum::body::Bytes;
        type Error = std::convert::Infallible;
        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
            std::task::Poll::Pending
        }
    }
    let site = Site::new();
    for path in ["/search", "/reindex?wait=true"] {
        let request = Request::post(path).header("authorization", format!("Bearer {TOKEN}"));
        let answer = site.send(request.body(Body::new(Never)).expect("a request")).await;
        answer.assert_problem(408, "request_timeout", path);
    }
}
