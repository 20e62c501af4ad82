//! Readers over HTTP: who is believed, what each is answered, and that no answer is given to the wrong one.

use std::fs;

use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::site::{Answer, Site, page};

const RULE: &str = "[[access.rules]]\npath = \"Interno/\"\ngroups = [\"equipe\"]\n";
const TEAM: (&str, &str) = ("x-groups", "n2, Equipe");
const KEY: &str = "0123456789abcdef0123456789abcdef";

fn header_identity(proxies: &str) -> String {
    format!("[access]\nidentity = \"header\"\ntrusted_proxies = [{proxies}]\n{RULE}")
}

fn wiki(config: &str) -> Site {
    Site::new()
        .config(config)
        .page("home.md", &page("Início", "Aberta a todos, zqaberto. [x](/Interno/Senhas)"))
        .page("Interno/Senhas.md", &page("Senhas do cofre", "Só da equipe, zqsegredo. [x](/home)"))
        .start()
}

fn found(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["total"].as_u64().unwrap()
}

fn refused(site: &Site) -> u64 {
    let metrics = site.get("/metrics").body;
    let line = metrics.lines().find(|line| line.starts_with("achei_identities_refused_total")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn a_guest_is_told_of_no_hidden_page_by_any_route() {
    let site = wiki(&header_identity("\"127.0.0.1\""));
    let ask = |path: &str, who: &[(&str, &str)]| site.send("GET", path, who, "");
    for (path, told) in [
        ("/search?q=zqsegredo", "Senhas.md"),
        ("/search?q=cofre&facets=category", "Interno"),
        ("/search?q=&facets=category", "Interno"),
        ("/search?q=zqsegred", "zqsegredo"),
        ("/suggest?q=senh", "Senhas"),
        ("/pages/Interno/Senhas.md", "Senhas do cofre"),
        ("/pages/home.md", "Senhas.md"),
        ("/related?path=home.md", "Senhas"),
        ("/?q=zqsegredo", "Interno"),
        ("/1/indexes/wiki/query?query=zqsegredo", "Interno"),
    ] {
        let (guest, member) = (ask(path, &[]), ask(path, &[TEAM]));
        assert!(member.body.contains(told), "{path}: {}", member.body);
        assert!(!guest.body.contains(told), "{path}: {}", guest.body);
    }
    assert_eq!(ask("/pages/Interno/Senhas.md", &[]).status, 404);
    let queries = json!({"requests": [{"query": ""}]}).to_string();
    let hits = |who: &[(&str, &str)]| {
        let answer = site.send("POST", "/1/indexes/*/queries", who, &queries);
        answer.json()["results"][0]["nbHits"].as_u64()
    };
    assert_eq!((hits(&[]), hits(&[TEAM])), (Some(1), Some(2)));
    let posted = |who: &[(&str, &str)]| found(&site.send("POST", "/search", who, r#"{"q": "zqsegredo"}"#));
    assert_eq!((posted(&[]), posted(&[TEAM])), (0, 1));

    let admin = site.get_as_admin("/status").json();
    assert_eq!((site.status()["pages"].as_u64(), admin["pages"].as_u64()), (Some(1), Some(2)));
    assert_eq!(site.status()["index_bytes"], 0);
    let (public, private) = (site.get("/metrics").body, site.get_as_admin("/metrics").body);
    for counter in ["achei_pages_parsed_total", "achei_reconcile_changes_total"] {
        assert!(!public.contains(counter) && private.contains(counter), "{counter}");
    }
    assert!(public.contains("\nachei_pages 1\n") && private.contains("\nachei_pages 2\n"));
}

#[test]
fn no_cache_gives_one_readers_answer_to_another() {
    let site = wiki(&header_identity("\"127.0.0.0/8\""));
    for path in
        ["/search?q=zqaberto", "/?q=zqaberto", "/pages/home.md", "/suggest?q=in", "/1/indexes/w/query?query=zqaberto"]
    {
        let (guest, member) = (site.get(path), site.send("GET", path, &[TEAM], ""));
        assert_ne!(guest.header("etag"), member.header("etag"), "{path}");
        for answer in [&guest, &member] {
            let varies =
                answer.headers.get_all("vary").iter().any(|value| value.to_str().unwrap().contains("x-groups"));
            assert!(varies, "{path}: {:?}", answer.headers);
            assert!(answer.header("cache-control").contains("private"), "{path}: {:?}", answer.headers);
        }
        let tag = ("if-none-match", member.header("etag"));
        assert_eq!(site.send("GET", path, &[tag], "").status, 200, "{path}: of another reader");
        assert_eq!(site.send("GET", path, &[tag, TEAM], "").status, 304, "{path}: their own");
    }
}

#[test]
fn a_groups_header_counts_from_trusted_proxies_once_and_alone() {
    let site = wiki(&header_identity("\"10.0.0.0/8\", \"::1\""));
    let asked = |who: &[(&str, &str)]| found(&site.send("GET", "/search?q=zqsegredo", who, ""));
    assert_eq!((asked(&[TEAM]), refused(&site)), (0, 1), "from elsewhere");
    assert_eq!(asked(&[TEAM, ("x-forwarded-for", "10.0.0.1"), ("forwarded", "for=10.0.0.1")]), 0);
    site.write_config(&header_identity("\"127.0.0.1\""));
    site.signal("HUP");
    site.until("the proxy is trusted", |_| asked(&[TEAM]) == 1);
    assert_eq!(asked(&[("x-groups", "rh")]), 0, "in another group");
    let before = refused(&site);
    assert_eq!((asked(&[("x-groups", "rh"), TEAM]), refused(&site)), (0, before + 1), "two headers");
}

#[test]
fn rules_change_with_a_signal_and_no_page_is_read_again() {
    let site = wiki(RULE);
    let parsed = || {
        let metrics = site.get_as_admin("/metrics").body;
        metrics.lines().find(|line| line.starts_with("achei_pages_parsed_total")).unwrap().to_owned()
    };
    let before = parsed();
    assert!(before.ends_with(" 2"), "{before}");
    assert_eq!(found(&site.get("/search?q=zqsegredo")), 0);
    for (config, hidden, open) in [
        (String::new(), 1, 1),
        ("[access]\ndefault = \"closed\"\n".to_owned(), 0, 0),
        ("[[access.rules]]\npath = \"home.md\"\ngroups = []\n".to_owned(), 1, 0),
        ("[access]\nwikijs_rules_file = \"not-there.json\"\n".to_owned(), 0, 0),
        (RULE.to_owned(), 0, 1),
    ] {
        site.write_config(&config);
        site.signal("HUP");
        site.until(&config, |site| {
            (found(&site.get("/search?q=zqsegredo")), found(&site.get("/search?q=zqaberto"))) == (hidden, open)
        });
    }
    assert_eq!(parsed(), before);
}

#[test]
fn tokens_come_in_a_cookie_or_as_a_bearer() {
    let site = Site::new();
    fs::write(site.dir().join("key"), KEY).unwrap();
    let site = site
        .config(&format!(
            "[access]\nidentity = \"jwt\"\njwt_algorithm = \"HS256\"\njwt_key_file = \"key\"\njwt_cookie = \"jwt\"\n\
             token_key_file = \"key\"\n{RULE}"
        ))
        .page("home.md", &page("Início", "Aberta a todos, zqaberto."))
        .page("Interno/Senhas.md", &page("Senhas do cofre", "Só da equipe, zqsegredo."))
        .start();
    assert!(site.log().contains("others may read the secret of identities"), "{}", site.log());
    let signed = |claims: &Value, key: &str| {
        encode(&Header::default(), claims, &EncodingKey::from_secret(key.as_bytes())).unwrap()
    };
    let good = signed(&json!({"exp": 4_000_000_000_u64, "groups": ["equipe"]}), KEY);
    let old = signed(&json!({"exp": 1_000_000_000, "groups": ["equipe"]}), KEY);
    let forged = signed(&json!({"exp": 4_000_000_000_u64, "groups": ["equipe"]}), "another key, and long enough, too.");
    let asked = |who: &[(&str, &str)]| found(&site.send("GET", "/search?q=zqsegredo", who, ""));
    let (cookie, bearer) = (|token: &str| format!("a=b; jwt={token}"), |token: &str| format!("Bearer {token}"));
    assert_eq!(asked(&[("cookie", &cookie(&good))]), 1);
    assert_eq!(asked(&[("authorization", &bearer(&good))]), 1);
    assert_eq!(asked(&[]), 0);
    assert_eq!(refused(&site), 0);
    for token in [&old, &forged, "x"] {
        assert_eq!(asked(&[("cookie", &cookie(token))]), 0, "{token}");
        assert_eq!(asked(&[("authorization", &bearer(token))]), 0, "{token}");
    }
    assert_eq!(asked(&[("cookie", &format!("jwt={good}; jwt={good}"))]), 0, "two of them");
    assert_eq!(asked(&[("authorization", &bearer(&old)), ("cookie", &cookie(&good))]), 0, "the header stands first");
    assert_eq!(refused(&site), 8);
    // A search token of our own is for another audience: here it names nobody.
    let ours = site.expect(0, &["token", "--groups", "equipe"]);
    assert_eq!(asked(&[("authorization", &bearer(ours.trim()))]), 0);
    site.write_config(&format!("[access]\nidentity = \"token\"\ntoken_key_file = \"key\"\n{RULE}"));
    site.signal("HUP");
    site.until("search tokens count", |_| asked(&[("authorization", &bearer(ours.trim()))]) == 1);
    assert_eq!(asked(&[("authorization", &bearer(&good))]), 0);
    assert_eq!(asked(&[("cookie", &cookie(ours.trim()))]), 0, "no cookie is named");
}
