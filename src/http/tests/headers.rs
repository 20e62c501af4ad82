//! Entity tags, security headers, request ids, compression and counts.

use super::{Site, documented_paths, live, scripts};

/// Every address that is answered with an entity tag.
pub(super) const TAGGED: [&str; 10] = [
    "/search?q=a",
    "/suggest?q=a",
    "/pages/Cadastros/VPN.md",
    "/related?path=Cadastros/VPN.md",
    "/openapi.json",
    "/",
    "/?q=a",
    "/1/indexes/wiki/query?query=a",
    "/achei.js",
    "/pagefind/pagefind.js",
];

#[tokio::test]
async fn who_has_it_is_not_sent_it_again() {
    let site = Site::new();
    for path in TAGGED {
        let full = site.get(path).await;
        let tag = full.header("etag").expect(path);
        assert_eq!((full.status.as_u16(), full.header("cache-control").as_deref()), (200, Some("no-cache")), "{path}");
        assert_eq!(site.get(path).await.header("etag").as_deref(), Some(tag.as_str()), "{path}");
        let opaque = tag.trim_start_matches("W/");
        for value in [tag.clone(), opaque.to_owned(), format!("\"x\", {tag}"), "*".to_owned()] {
            let again = site.ask("GET", path, &[&format!("if-none-match: {value}")], "").await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{path} {value}");
            assert_eq!(again.header("etag").as_deref(), Some(tag.as_str()), "{path}");
            assert_eq!(again.header("cache-control").as_deref(), Some("no-cache"), "{path}");
        }
        let other = site.ask("GET", path, &["if-none-match: \"x\""], "").await;
        assert_eq!(other.status, 200, "{path}");
    }
    // What would panic is not even run.
    let tag = site.get("/search?q=a").await.header("etag").expect("a tag");
    assert_eq!(site.ask("GET", "/search?q=panic", &["if-none-match: *"], "").await.status, 304);
    assert_eq!(site.ask("GET", "/search?q=panic", &[&format!("if-none-match: {tag}")], "").await.status, 500);
    for path in ["/pages/x.md", "/related?path=x.md"] {
        assert_eq!(site.ask("GET", path, &["if-none-match: *"], "").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_tag_covers_what_the_answer_depends_on() {
    let site = Site::new();
    let tag = async |site: &Site, path: &str| site.get(path).await.header("etag").expect("a tag");
    let first = tag(&site, "/search?q=a").await;
    assert_ne!(tag(&site, "/search?q=b").await, first);
    assert_ne!(tag(&site, "/search?q=a&limit=5").await, first);
    assert_ne!(tag(&site, "/suggest?q=a").await, first);
    assert_ne!(tag(&Site::at_generation(2), "/search?q=a").await, first);
    site.services.reload(super::Live { digest: "other".to_owned(), ..live() });
    assert_ne!(tag(&site, "/search?q=a").await, first);
    site.services.reload(live());
    assert_eq!(tag(&site, "/search?q=a").await, first);
    let spanish = site.ask("GET", "/?q=a", &["accept-language: es"], "").await.header("etag");
    assert_ne!(spanish, site.get("/?q=a").await.header("etag"));
}

#[tokio::test]
async fn every_answer_is_sealed_and_named() {
    let site = Site::new();
    let mut targets: Vec<String> = documented_paths().into_keys().collect();
    targets.extend(["/nope", "/search?limit=0", "/search?q=panic"].map(str::to_owned));
    for target in targets {
        for method in ["GET", "DELETE", "OPTIONS"] {
            let answer = site.ask(method, &target, &[], "").await;
            let what = format!("{method} {target}");
            assert_eq!(answer.header("x-content-type-options").as_deref(), Some("nosniff"), "{what}");
            assert_eq!(answer.header("referrer-policy").as_deref(), Some("no-referrer"), "{what}");
            let script = answer.status == 200 && scripts::PATHS.contains(&target.as_str());
            let readers = if script { "cross-origin" } else { "same-site" };
            assert_eq!(answer.header("cross-origin-resource-policy").as_deref(), Some(readers), "{what}");
            assert_eq!(answer.header("server"), None, "{what}");
            assert!(answer.header("x-request-id").is_some_and(|id| !id.is_empty()), "{what}");
            let kind = answer.header("content-type").expect(&what);
            assert!(kind.contains("json") || kind.ends_with("charset=utf-8"), "{what}: {kind}");
        }
    }
}

#[tokio::test]
async fn request_ids_of_clients_are_taken_when_plain() {
    let site = Site::new();
    let long = "a".repeat(65);
    for (id, taken) in
        [("abc-DEF_09", true), ("a b", false), ("a\"b", false), ("", false), ("é", false), (long.as_str(), false)]
    {
        let answer = site.ask("GET", "/healthz", &[&format!("x-request-id: {id}")], "").await;
        assert_eq!(answer.header("x-request-id").as_deref() == Some(id), taken, "{id}");
    }
    let ids = [site.get("/healthz").await.header("x-request-id"), site.get("/healthz").await.header("x-request-id")];
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn large_bodies_are_compressed_for_who_asks() {
    let site = Site::new();
    for encoding in ["gzip", "br"] {
        let header = format!("accept-encoding: {encoding}");
        let answer = site.ask("GET", "/openapi.json", &[&header], "").await;
        assert_eq!(answer.header("content-encoding").as_deref(), Some(encoding));
        assert!(answer.header("vary").is_some_and(|vary| vary.to_lowercase().contains("accept-encoding")));
        let small = site.ask("GET", "/suggest", &[&header], "").await;
        assert_eq!(small.header("content-encoding"), None);
    }
    assert_eq!(site.get("/openapi.json").await.header("content-encoding"), None);
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let site = Site::new();
    for (path, methods) in documented_paths() {
        if methods.contains(&"GET") {
            let (head, get) = (site.ask("HEAD", &path, &[], "").await, site.get(&path).await);
            assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
            assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
            assert_eq!(head.header("etag"), get.header("etag"), "{path}");
        }
    }
}

#[tokio::test]
async fn metrics_count_by_template() {
    let site = Site::new();
    for target in ["/pages/secret-name.md", "/nope/secret-name", "/search?q=nada", "/search?q=secret-query"] {
        site.get(target).await;
    }
    site.ask("SECRETMETHOD", "/search", &[], "").await;
    let answer = site.get("/metrics").await;
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")));
    let text = answer.text();
    assert!(!text.to_lowercase().contains("secret"), "{text}");
    for line in [
        "# TYPE achei_http_requests_total counter",
        "# TYPE achei_http_request_duration_seconds histogram",
        "# TYPE achei_searches_rejected_total counter",
        "# TYPE achei_searches_without_hits_total counter",
        "# TYPE achei_pages gauge",
        "achei_generation 1",
        "achei_skipped_files 1",
        "achei_ready 1",
        "achei_state{state=\"ready\"} 1",
        "achei_state{state=\"degraded\"} 0",
        "achei_watcher_mode{mode=\"off\"} 1",
        "achei_http_requests_total{route=\"/pages/{*path}\",method=\"GET\",status=\"404\"}",
        "method=\"OTHER\",status=\"405\"",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    let named = text.lines().filter(|line| line.starts_with("# HELP")).count();
    assert_eq!(named, text.lines().filter(|line| line.starts_with("# TYPE")).count(), "{text}");
}
