//! Who may read from other origins, and who may not.

use super::headers::TAGGED;
use super::{Site, TOKEN, documented_paths, live, scripts};

#[tokio::test]
async fn any_origin_reads_but_never_the_admin_side() {
    let site = Site::new();
    for path in
        TAGGED.into_iter().filter(|path| !path.starts_with("/?") && *path != "/" && !scripts::PATHS.contains(path))
    {
        for headers in [&["origin: https://a.example"][..], &["origin: null"], &[]] {
            let answer = site.ask("GET", path, headers, "").await;
            assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"), "{path}");
            assert!(
                answer.header("access-control-expose-headers").is_some_and(|names| names.contains("etag")),
                "{path}"
            );
            assert!(!answer.header("vary").unwrap_or_default().contains("Origin"), "{path}");
            assert_eq!(answer.header("access-control-allow-credentials"), None);
        }
    }
    // Errors can be read too.
    for target in ["/search?limit=0", "/search?q=panic", "/pages/x.md"] {
        let answer = site.ask("GET", target, &["origin: https://a.example"], "").await;
        assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"), "{target}");
    }
    let answer = site.ask("DELETE", "/search", &["origin: https://a.example"], "").await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin").as_deref()), (405, Some("*")));
    let bearer = format!("authorization: Bearer {TOKEN}");
    for path in ["/reindex", "/reindex/1", "/status", "/metrics"] {
        for method in ["GET", "POST", "OPTIONS"] {
            let headers = ["origin: https://a.example", "access-control-request-method: POST", &bearer];
            let answer = site.ask(method, path, &headers, "").await;
            assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{method} {path}");
            assert!(method != "OPTIONS" || answer.status == 405, "{path}");
        }
    }
}

#[tokio::test]
async fn listed_origins_are_matched_whole() {
    let listed = "https://wiki.example";
    let site = Site::with(|live| {
        live.server.allowed_origins = vec!["https://other.example".into(), listed.into()];
    });
    for (origin, allowed) in [
        (Some(listed), true),
        (Some("https://wiki.example.evil"), false),
        (Some("https://evil-wiki.example"), false),
        (Some("https://wiki.example:444"), false),
        (Some("http://wiki.example"), false),
        (Some("https://WIKI.example"), false),
        (Some("null"), false),
        (Some("*"), false),
        (None, false),
    ] {
        let header = origin.map(|origin| format!("origin: {origin}"));
        let headers: Vec<&str> = header.iter().map(String::as_str).collect();
        for (method, path) in
            [("GET", "/search"), ("GET", "/search?limit=0"), ("POST", "/search"), ("DELETE", "/search")]
        {
            let answer = site.ask(method, path, &headers, "").await;
            let echoed = answer.header("access-control-allow-origin");
            assert_eq!(echoed.as_deref(), origin.filter(|_| allowed), "{method} {path} {origin:?}");
            assert!(answer.header("vary").is_some_and(|vary| vary.contains("Origin")), "{method} {path} {origin:?}");
        }
    }
    let twice = [format!("origin: {listed}"), format!("origin: {listed}")];
    let answer = site.ask("GET", "/search", &[&twice[0], &twice[1]], "").await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    // A reload counts at once.
    site.services.reload(live());
    assert_eq!(site.get("/search").await.header("access-control-allow-origin").as_deref(), Some("*"));
}

#[tokio::test]
async fn preflights_are_answered_where_others_may_read() {
    let site = Site::new();
    for (path, methods) in documented_paths() {
        let headers = [
            "origin: https://a.example",
            "access-control-request-method: POST",
            "access-control-request-headers: content-type",
        ];
        let answer = site.ask("OPTIONS", &path, &headers, "").await;
        let read = ["/search", "/suggest", "/pages/Cadastros/VPN.md", "/related", "/openapi.json", "/click"];
        let read = read.contains(&path.as_str()) || path.starts_with("/1/");
        assert_eq!(answer.status.as_u16(), if read { 204 } else { 405 }, "{path}");
        if read {
            let allowed = answer.header("access-control-allow-methods").expect("methods");
            assert_eq!(allowed.contains("POST"), methods.contains(&"POST"), "{path}");
            assert!(answer.header("access-control-allow-headers").is_some_and(|names| names.contains("content-type")));
            assert_eq!(answer.header("access-control-max-age").as_deref(), Some("600"));
        }
    }
}
