//! Insights over HTTP: who may read them, what is counted, and what clicks cannot do.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use serde_json::Value as Json;
use tempfile::TempDir;

use super::{Site, TOKEN};
use crate::http::limits::CLICKS;

/// A site that keeps insights in a directory of its own.
fn keeping() -> (TempDir, PathBuf, Site) {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("insights.db");
    let site = Site::keeping(&file);
    (dir, file, site)
}

impl Site {
    /// What was kept, when all is written.
    async fn kept(&self) -> Json {
        self.services.insights().expect("insights").flush();
        self.admin("GET", "/insights?format=json", "").await.json()["report"].take()
    }

    /// The name that an answer has for clicks.
    async fn searched(&self, target: &str) -> String {
        self.get(target).await.header("x-achei-search").expect("a name")
    }

    async fn click(&self, query: &str) {
        let answer = self.ask("POST", &format!("/click?{query}"), &[], "PING").await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0), "{query}");
        assert_eq!(answer.header("cross-origin-resource-policy").as_deref(), Some("cross-origin"));
    }
}

fn basic(name: &str, password: &str) -> String {
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
    format!("authorization: Basic {encoded}")
}

/// Names and counts of a table.
fn rows(table: &Json) -> Vec<(&str, u64)> {
    let row = |row: &'_ Json| row["searches"].as_u64().unwrap_or(0);
    let rows = table.as_array().expect("a table").iter();
    rows.map(|one| (one["name"].as_str().unwrap_or(""), row(one))).collect()
}

#[tokio::test]
async fn off_there_is_nothing_of_it() {
    let site = Site::new();
    site.ask("POST", "/click?id=00000000000000000000000000000001&n=1", &[], "").await.assert_problem(
        404,
        "not_found",
        "a click",
    );
    for target in ["/search?q=vpn", "/?q=vpn"] {
        let answer = site.get(target).await;
        assert_eq!((answer.header("x-achei-search"), answer.header("etag").is_some()), (None, true), "{target}");
        assert!(!answer.text().contains("ping="), "{target}");
    }
    assert!(!site.get("/metrics").await.text().contains("achei_insights"));
    let page = site.admin("GET", "/insights", "").await;
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(text.contains("[insights] file") && text.contains("id=\"health\"") && !text.contains("id=\"top\""));
}

/// Seen to fail with `require_or_basic` in the place of `require` on the routes of `/reindex`.
#[tokio::test]
async fn basic_opens_this_page_and_nothing_else() {
    let (_dir, _file, site) = keeping();
    let challenge = "Basic realm=\"achei insights\", charset=\"UTF-8\"";
    for right in [basic("editora", TOKEN), basic("", TOKEN), format!("authorization: Bearer {TOKEN}")] {
        let page = site.ask("GET", "/insights", &[&right], "").await;
        assert_eq!((page.status.as_u16(), page.header("cache-control").as_deref()), (200, Some("no-store")));
        assert!(page.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
        assert!(page.header("access-control-allow-origin").is_none());
    }
    let right = basic("editora", TOKEN);
    for headers in [
        vec![],
        vec![basic("editora", "wrong")],
        vec![basic("editora", "")],
        vec![basic(TOKEN, "editora")],
        vec![format!("authorization: Basic {TOKEN}")],
        vec!["authorization: Basic".to_owned()],
        vec![right.clone(), right.clone()],
        vec![right.replace("Basic", "Bearer")],
    ] {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let answer = site.ask("GET", "/insights?format=json", &headers, "").await;
        answer.assert_problem(401, "unauthorized", &format!("{headers:?}"));
        assert!(answer.header("www-authenticate").is_some_and(|value| value.contains(challenge)), "{headers:?}");
    }
    for (method, target) in [("POST", "/reindex"), ("GET", "/reindex/1")] {
        let answer = site.ask(method, target, &[&right], "").await;
        answer.assert_problem(401, "unauthorized", target);
        assert!(answer.header("www-authenticate").is_none_or(|value| !value.contains("Basic")), "{target}");
    }
    assert_eq!(site.ask("POST", "/insights", &[&right], "").await.status, 405);
}

/// As the search page asks while somebody types, and the widget. Seen to fail with `goes_on` always false.
#[tokio::test]
async fn a_search_is_counted_once() {
    let (_dir, _file, site) = keeping();
    for (client, targets) in [
        ("page", &["/?q=b", "/?q=bole", "/?q=boleto", "/?q=boleto&offset=10", "/?q=boleto"][..]),
        ("widget", &["/search?q=v&limit=8", "/search?q=vp&limit=8", "/search?q=vpn&limit=8"]),
        // Without a hit the page asks once more without its filters.
        ("narrowed", &["/?q=multa&category=Vazia"]),
        ("lists", &["/search", "/?sort=updated", "/suggest?q=vp", "/related?path=x.md"]),
    ] {
        for target in targets {
            site.ask("GET", target, &[&format!("user-agent: {client}")], "").await;
        }
    }
    let kept = site.kept().await;
    assert_eq!(rows(&kept["top"]), [("boleto", 1), ("multa", 1), ("vpn", 1)]);
    assert_eq!(rows(&kept["empty"]), [("multa", 1)]);
}

/// Seen to fail without `Escaped` in the rows of queries without result.
#[tokio::test]
async fn what_was_typed_is_text_wherever_it_is_shown() {
    let (_dir, _file, site) = keeping();
    let typed = "q=%3Cscript%3Ealert(1)%3C/script%3E%22%27%3E%3Cimg%20src=x%20onerror=y%3E";
    let hostile = ["<script", "<img src", "\"'>"];
    site.get(&format!("/?{typed}")).await;
    site.get(&format!("/?{typed}%20b&category=Vazia&lang=%3Cscript%3E")).await;
    site.get("/?q=nada%20%3Cscript%3E&category=%3Cscript%3E").await;
    site.get("/?q=nada").await;
    let kept = site.kept().await;
    let all = site.admin("GET", "/insights?format=json", "").await.json();
    let proposals = all["proposals"].as_array().expect("proposals");
    let proposal = proposals.iter().find(|one| one["query"] == "nada").expect("a proposal");
    assert_eq!(proposal["synonym"], "[\"nada\", \"configuração vpn\"],");
    assert!(rows(&kept["top"])[0].0.starts_with("<script>"), "{kept}");
    for target in ["/insights", "/insights?lang=%3Cscript%3E%22", "/insights?area=%22%3E%3Cscript%3E"] {
        let html = site.admin("GET", target, "").await.text();
        for part in hostile {
            assert!(!html.contains(part), "{target}: {part}");
        }
    }
    assert!(site.admin("GET", "/insights", "").await.text().contains("&lt;script&gt;"));
    let csv = site.admin("GET", "/insights?table=top&format=csv", "").await;
    assert_eq!(csv.header("content-type").as_deref(), Some("text/csv; charset=utf-8"));
    assert!(csv.header("content-disposition").is_some_and(|value| value.starts_with("attachment")));
}

#[tokio::test]
async fn clicks_say_only_what_an_answer_allows() {
    let (_dir, _file, site) = keeping();
    let page = site.get("/?q=vpn").await;
    let id = page.header("x-achei-search").expect("a name");
    assert!(page.text().contains(&format!("ping=\"click?id={id}&amp;n=1\"")), "{}", page.text());
    assert_eq!(page.header("cache-control").as_deref(), Some("no-store"));
    // Forged, malformed, of no place: no error, no change.
    let forged = format!("{:032x}", u128::from_str_radix(&id, 16).expect("hexadecimal") ^ 1);
    for query in [
        format!("id={forged}&n=1"),
        format!("id={}&n=1", &id[1..]),
        format!("id=+{}&n=1", &id[1..]),
        format!("id={id}"),
        format!("id={id}&n=0"),
        "id=%00&n=1".to_owned(),
        "n=1".to_owned(),
        String::new(),
    ] {
        site.click(&query).await;
    }
    assert_eq!(site.kept().await["counts"]["opened"], 0);
    for query in ["n=10101", "n=-1", "n=1e9", "found=perhaps"] {
        let answer = site.ask("POST", &format!("/click?id={id}&{query}"), &[], "").await;
        assert_eq!(answer.status, 422, "{query}");
    }
    let large = site.ask("POST", &format!("/click?id={id}&n=1"), &[], &"x".repeat(65)).await;
    assert_eq!(large.status, 413);
    site.click(&format!("id={id}&n=3&found=no")).await;
    site.click(&format!("id={id}&n=1&found=yes")).await;
    let counts = site.kept().await["counts"].take();
    let of = |name: &str| counts[name].as_f64().expect("a number");
    assert_eq!((of("searches"), of("opened"), of("position"), of("no"), of("yes")), (1.0, 1.0, 3.0, 1.0, 0.0));
}

/// Seen to fail with `admit` always true.
#[tokio::test]
async fn clicks_that_come_too_fast_are_dropped_and_counted() {
    let (_dir, _file, site) = keeping();
    let id = site.searched("/search?q=vpn").await;
    for _ in 0..CLICKS.at_once as usize {
        site.click("id=00000000000000000000000000000001&n=1").await;
    }
    // The time that the clicks took won back a few.
    for _ in 0..200 {
        site.click(&format!("id={id}&n=1")).await;
    }
    let refused = site.services.insights().expect("insights").health().refused.load(Ordering::Relaxed);
    assert!(refused > 0);
    let metrics = site.get("/metrics").await.text();
    assert!(metrics.contains(&format!("achei_insights_refused_total {refused}\n")), "{metrics}");
    // Others are not kept from theirs.
    let own = site.searched("/search?q=boleto").await;
    let elsewhere = ["x-forwarded-for: 203.0.113.9"];
    assert_eq!(site.ask("POST", &format!("/click?id={own}&n=2"), &elsewhere, "").await.status, 204);
    let top = site.kept().await["top"].take();
    let boleto = top.as_array().expect("a table").iter().find(|row| row["name"] == "boleto").expect("kept");
    assert_eq!(boleto["opened"], 1);
}

/// Seen to fail when a garbled file is not set aside.
#[tokio::test]
async fn a_database_that_cannot_be_read_is_told_and_searches_go_on() {
    let (dir, file, site) = keeping();
    assert_eq!(site.kept().await["counts"]["searches"], 0);
    // Another file under its name, without the journal, from which it could still be read.
    let other = dir.path().join("other");
    std::fs::write(&other, "no database, but long enough to be looked at. ".repeat(200)).expect("written");
    for end in ["-wal", "-shm"] {
        std::fs::remove_file(dir.path().join(format!("insights.db{end}"))).expect("a journal");
    }
    std::fs::rename(&other, &file).expect("renamed");
    let page = site.admin("GET", "/insights", "").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("class=\"note\"") && page.text().contains("id=\"health\""));
    site.admin("GET", "/insights?table=top&format=csv", "").await.assert_problem(500, "internal", "a table");
    assert_eq!(site.get("/search?q=vpn").await.status, 200);
    // The next write sets it aside and begins anew.
    assert_eq!(rows(&site.kept().await["top"]), [("vpn", 1)]);
}
