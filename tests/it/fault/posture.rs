//! Tokens, origins, headers and the log: what a daemon on a public port shows of itself.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::site::{Site, page};

/// Every address, with what it may be asked by.
const ADDRESSES: [(&str, &str); 17] = [
    ("GET", "/search?q=a"),
    ("POST", "/search"),
    ("GET", "/suggest?q=a"),
    ("GET", "/pages/home.md"),
    ("GET", "/related?path=home.md"),
    ("GET", "/openapi.json"),
    ("GET", "/"),
    ("GET", "/opensearch.xml"),
    ("GET", "/achei.js"),
    ("GET", "/pagefind/pagefind.js"),
    ("GET", "/status"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("POST", "/reindex"),
    ("GET", "/reindex/1"),
    ("POST", "/1/indexes/x/query"),
];

/// Seen to fail with `require` letting everybody pass, and without the counter of refusals.
#[test]
fn s01_nothing_starts_without_the_token() {
    let site = Site::small().config("[watch]\nmode = \"off\"\n").start();
    let token = site.token();
    let bearer = format!("Bearer {token}");
    let (prefix, longer, basic) = (&bearer[..bearer.len() - 1], format!("{bearer}0"), format!("Basic {token}"));
    let long = format!("Bearer {}", "a".repeat(8000));
    let (generation, mut bodies) = (site.generation(), BTreeSet::new());
    for headers in [
        &[][..],
        &[("authorization", "")],
        &[("authorization", "Bearer")],
        &[("authorization", "Bearer ")],
        &[("authorization", prefix)],
        &[("authorization", longer.as_str())],
        &[("authorization", basic.as_str())],
        &[("authorization", token.as_str())],
        &[("authorization", long.as_str())],
        &[("authorization", bearer.as_str()), ("authorization", bearer.as_str())],
        &[("proxy-authorization", bearer.as_str())],
        &[("cookie", bearer.as_str())],
        &[("x-admin-token", token.as_str())],
    ] {
        for (method, path) in [("POST", "/reindex"), ("POST", "/reindex?wait=true"), ("GET", "/reindex/1")] {
            let answer = site.send(method, path, headers, "{\"rebuild\": true}");
            assert_eq!(answer.status, 401, "{method} {path} {headers:?}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{headers:?}");
            assert_eq!(answer.header("access-control-allow-origin"), "");
            assert_eq!(answer.header("cache-control"), "no-store");
            bodies.insert(answer.body);
        }
    }
    for query in [format!("token={token}"), format!("authorization=Bearer%20{token}"), format!("access_token={token}")]
    {
        assert_eq!(site.send("POST", &format!("/reindex?{query}"), &[], "").status, 401);
    }
    assert_eq!(bodies.len(), 1, "one body for all: {bodies:?}");
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let answer = site.send(method, "/reindex", &[("authorization", &bearer)], "");
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method}");
    }
    assert_eq!(site.get_as_admin("/reindex/1").status, 404, "no job was ever made");
    assert_eq!(site.generation(), generation);
    assert!(!site.log().contains(&token));
    // They are counted.
    let metrics = site.get("/metrics").body;
    let refused = metrics.lines().find_map(|line| line.strip_prefix("achei_refused_tokens_total ")).unwrap();
    assert!(refused.parse::<f64>().unwrap() >= bodies.len() as f64 * 42.0, "{refused}");
}

/// Digests are compared, and only by what takes as long for any two: this reads the source, since time cannot be asserted.
/// Seen to fail with `self.0 == digest` in `admits`.
#[test]
fn s02_tokens_are_compared_in_constant_time() {
    let source = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/admin.rs")).unwrap();
    let code = source.split("#[cfg(test)]").next().unwrap();
    let admits = code.split("fn admits").nth(1).unwrap().split("\n    }").next().unwrap();
    assert!(admits.contains("Sha256::digest(token)") && admits.contains("ct_eq"), "{admits}");
    for early in ["==", "!=", ".eq(", "starts_with", "cmp(", "if "] {
        assert!(!admits.contains(early), "{early} ends early: {admits}");
    }
    assert_eq!(code.matches("self.0").count(), 1, "the digest is used in `admits` alone");
    assert!(!code.contains("derive(Debug)") || !code.contains("derive(Debug)]\npub struct AdminToken"));
}

/// A thousand valid triggers at once, also while one runs. Seen to fail with each submission making a job of its own: there
/// are then as many jobs as triggers.
#[test]
fn s03_a_thousand_triggers_are_a_few_jobs() {
    let site = Site::small().start();
    let (base, token) = (site.base().to_owned(), site.token());
    let ids: BTreeSet<String> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let config = ureq::Agent::config_builder().http_status_as_error(false);
                    let agent: ureq::Agent = config.build().into();
                    let trigger = |_| {
                        let request =
                            agent.post(format!("{base}/reindex")).header("authorization", format!("Bearer {token}"));
                        let mut answer = request.send("{\"rebuild\": true}").unwrap();
                        assert_eq!(answer.status().as_u16(), 202);
                        let job: serde_json::Value =
                            serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
                        assert_eq!(
                            answer.headers()["location"].to_str().unwrap(),
                            format!("/reindex/{}", job["id"].as_str().unwrap())
                        );
                        job["id"].as_str().unwrap().to_owned()
                    };
                    (0..125).map(trigger).collect::<Vec<_>>()
                })
            })
            .collect();
        asked.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    site.settle();
    assert!(ids.len() < 500, "{} jobs for 1,000 triggers", ids.len());
    for id in ids.iter().rev().take(5) {
        assert_eq!(site.get_as_admin(&format!("/reindex/{id}")).json()["state"], "done");
    }
    site.assert_equals_directory(&[]);
}

/// Seen to fail with origins compared by `starts_with` and by `ends_with`, and without `Vary`.
#[test]
fn s04_origins_are_matched_whole_and_never_open_the_admin_side() {
    let listed = "https://wiki.example.org";
    let site = Site::small()
        .config(&format!("[server]\nallowed_origins = [\"{listed}\", \"http://localhost:8080\"]\n"))
        .start();
    let bearer = format!("Bearer {}", site.token());
    for (origin, allowed) in [
        (listed, true),
        ("http://localhost:8080", true),
        ("https://wiki.example.org.evil", false),
        ("https://evil-wiki.example.org", false),
        ("evil-https://wiki.example.org", false),
        ("wiki.example.org", false),
        ("https://wiki.example.org:444", false),
        ("https://wiki.example.org/", false),
        ("http://wiki.example.org", false),
        ("https://WIKI.example.org", false),
        ("https://wiki.example.org, https://evil.example", false),
        ("https://wiki.example.org@evil.example", false),
        ("https://wiki.example.org\u{a0}", false),
        ("http://localhost:80801", false),
        ("null", false),
        ("*", false),
        ("file://", false),
        ("", false),
    ] {
        for (method, path) in ADDRESSES {
            let preflight =
                [("origin", origin), ("access-control-request-method", "POST"), ("authorization", bearer.as_str())];
            for (method, headers) in
                [(method, &preflight[..1]), ("OPTIONS", &preflight[..2]), ("OPTIONS", &preflight[..])]
            {
                let answer = site.send(method, path, headers, "{}");
                let what = format!("{method} {path} from {origin:?}");
                let granted = answer.header("access-control-allow-origin");
                let read = !["/status", "/metrics", "/reindex", "/healthz", "/readyz", "/opensearch.xml"]
                    .iter()
                    .any(|own| path.starts_with(own))
                    && path != "/";
                let script = ["/achei.js", "/pagefind/pagefind.js"].contains(&path);
                if !read {
                    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{what}");
                } else if script {
                    assert!(matches!(granted, "*" | ""), "{what}: {granted}");
                } else {
                    assert_eq!(granted, if allowed { origin } else { "" }, "{what}");
                    assert!(
                        answer.header("vary").to_lowercase().contains("origin")
                            || answer.headers.get_all("vary").iter().any(|vary| vary == "Origin"),
                        "{what}"
                    );
                }
                assert_eq!(answer.header("access-control-allow-credentials"), "", "{what}");
            }
        }
    }
    // A form of another site can send, and starts nothing.
    for kind in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"] {
        let headers = [("origin", "https://evil.example"), ("content-type", kind)];
        assert_eq!(site.send("POST", "/reindex", &headers, "{\"rebuild\": true}").status, 401, "{kind}");
    }
}

/// Seen to fail without `seal`, with `Cross-Origin-Resource-Policy: cross-origin` everywhere, and with errors that may be kept.
#[test]
fn s05_headers_hold_nothing_of_the_request_and_seal_every_answer() {
    let site = Site::small().start();
    let hostile = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example"),
        ("x-original-url", "/reindex"),
        ("x-rewrite-url", "/status"),
        ("referer", "https://evil.example/"),
        ("user-agent", "evil.example"),
        ("x-http-method-override", "DELETE"),
    ];
    for (method, path) in ADDRESSES.into_iter().chain([
        ("GET", "/nope-evil.example"),
        ("GET", "/search?limit=evil.example"),
        ("GET", "/pages/evil.example.md"),
        ("DELETE", "/search"),
        ("GET", "/search?q=evil.example%0d%0aset-cookie:x"),
    ]) {
        for headers in [&[][..], &hostile] {
            let answer = site.send(method, path, headers, "{}");
            let what = format!("{method} {path}");
            for (name, value) in &answer.headers {
                assert!(!value.to_str().unwrap_or("evil.example").contains("evil.example"), "{what}: {name}");
            }
            let by_host = path == "/opensearch.xml" || path.contains("q=evil") || path.contains("/nope");
            assert!(by_host || !answer.body.contains("evil.example"), "{what}: {}", answer.body);
            let cross = answer.status == 200 && ["/achei.js", "/pagefind/pagefind.js"].contains(&path);
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cross-origin-resource-policy", if cross { "cross-origin" } else { "same-site" }),
                ("server", ""),
                ("set-cookie", ""),
                ("x-powered-by", ""),
            ] {
                assert_eq!(answer.header(name), value, "{what}: {name}");
            }
            let kind = answer.header("content-type");
            assert!(kind.contains("json") || kind.ends_with("charset=utf-8"), "{what}: {kind}");
            let kept = answer.header("cache-control");
            if answer.status >= 400
                || path.starts_with("/status")
                || path.starts_with("/reindex")
                || path.starts_with("/metrics")
            {
                assert_eq!(kept, "no-store", "{what}");
            } else if kept == "no-cache" {
                assert!(!answer.header("etag").is_empty(), "{what}");
            }
        }
    }
    let policy = site.get("/").header("content-security-policy").to_owned();
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    for loose in ["unsafe-inline", "unsafe-eval", "data:", "*", "http:"] {
        assert!(!policy.contains(loose), "{loose} in {policy}");
    }
}

/// A run of everything that may fail, with words that must not be logged in all of it. Seen to fail with the address of a
/// request in place of its route.
#[test]
fn s06_the_log_holds_no_query_no_address_no_token() {
    let site = Site::small().page("Quebrada.md", "---\ntitle: [segredo\n---\n\nzqquebrada\n").start();
    let token = site.token();
    let secret = "segredodocliente";
    for path in [
        "/search?q=",
        "/suggest?q=",
        "/?q=",
        "/related?path=",
        "/pages/",
        "/",
        "/search?limit=",
        "/search?tag=",
        "/1/indexes/x/query?query=",
        "/assets/",
        "/reindex/",
    ] {
        site.get(&format!("{path}{secret}"));
    }
    for (path, body) in [
        ("/search", "{\"q\": \"segredodocliente\"}"),
        ("/search", "segredodocliente"),
        ("/1/indexes/segredodocliente/queries", "{\"requests\": [{\"query\": \"segredodocliente\"}]}"),
        ("/reindex", "segredodocliente"),
    ] {
        site.send("POST", path, &[], body);
    }
    let agents = [
        ("user-agent", secret),
        ("referer", secret),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-request-id", "plain-id"),
        ("authorization", "Bearer segredodocliente"),
        ("cookie", secret),
    ];
    for (method, path) in ADDRESSES {
        site.send(method, path, &agents, "{}");
    }
    site.reindex("?wait=true", "{\"paths\": [\"segredodocliente.md\"]}");
    site.get_as_admin("/status");
    let log = site.log();
    for word in [secret, "203.0.113.7", &token] {
        assert!(!log.contains(word), "{word} in the log:\n{log}");
    }
    let port = site.address();
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("json");
        if line["message"] != "listening" {
            assert!(!line.to_string().replace(port, "").contains("127.0.0.1"), "a client's address: {line}");
        }
        for (name, value) in line.as_object().unwrap() {
            assert!(
                value.as_str().is_none_or(|text| text.len() <= 256 && !text.contains(char::is_control)),
                "{name}: {value}"
            );
        }
    }
    assert!(log.contains("plain-id"), "what was asked can be found again by its id");
}

/// Seen to fail with the mode not looked at, and with short tokens taken in silence.
#[test]
fn s01_a_token_that_others_may_read_or_guess_is_warned_of() {
    for (mode, token, words) in [
        (0o644, "um-segredo-bem-longo-1234", "chmod 600"),
        (0o600, "curto-123", "guessed"),
        (0o600, "um-segredo-bem-longo-1234", ""),
    ] {
        let site = Site::small().config("[admin]\ntoken_file = \"token\"\n");
        let path = site.dir().join("token");
        fs::write(&path, token).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let site = site.start();
        let warned = site.log().lines().any(|line| line.contains("\"WARN\""));
        assert_eq!(warned, !words.is_empty(), "{mode:o} {token}: {}", site.log());
        assert!(site.log().contains(words) && !site.log().contains(token), "{}", site.log());
    }
    // What is made is for nobody else, whatever the umask.
    let site = Site::new().page("a.md", &page("A", "zqa")).start();
    assert_eq!(fs::metadata(site.index().join("admin.token")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(site.token().len() >= 32);
    let mut named = site.command(&["serve", "--admin-token", "x"]);
    assert_eq!(named.output().unwrap().status.code(), Some(2), "never on the command line");
}
