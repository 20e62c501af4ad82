//! What a key does after loading: changes live or at a restart, and prints so that it reads back.

use super::super::table::KEYS;
use super::super::{Origin, diff_restart_only};
use super::Site;

/// A changed value for every key.
const CHANGED: &[(&str, &str)] = &[
    ("ACHEI_CONTENT__DIR", "w \"x\" \n"),
    ("ACHEI_CONTENT__LOCALES", "['en', 'zh-Hans']"),
    ("ACHEI_CONTENT__LOCALE_IN_URL", "never"),
    ("ACHEI_CONTENT__EXCLUDE", "['a\\b', '*\"']"),
    ("ACHEI_CONTENT__URL_BASE", "/w"),
    ("ACHEI_CONTENT__URL_STYLE", "html"),
    ("ACHEI_CONTENT__ANCHOR_STYLE", "python-markdown"),
    ("ACHEI_CONTENT__MAX_PAGE_BYTES", "1_000"),
    ("ACHEI_INDEX__DIR", "2024"),
    ("ACHEI_INDEX__WRITER_MEMORY_BYTES", "20000000"),
    ("ACHEI_SERVER__LISTEN", "localhost:0"),
    ("ACHEI_SERVER__ALLOWED_ORIGINS", "[]"),
    ("ACHEI_SERVER__PUBLIC_URL", "https://a"),
    ("ACHEI_SERVER__UI_LANGUAGE", "es"),
    ("ACHEI_SERVER__MAX_CONNECTIONS", "2"),
    ("ACHEI_SERVER__HEADER_TIMEOUT_MS", "2"),
    ("ACHEI_SERVER__REQUEST_TIMEOUT_MS", "3"),
    ("ACHEI_SERVER__IDLE_TIMEOUT_MS", "4"),
    ("ACHEI_SERVER__DRAIN_TIMEOUT_MS", "0"),
    ("ACHEI_SERVER__SEARCH_THREADS", "1"),
    ("ACHEI_SERVER__SEARCH_QUEUE", "0"),
    ("ACHEI_SERVER__SEARCH_TIMEOUT_MS", "6"),
    ("ACHEI_WATCH__MODE", "off"),
    ("ACHEI_WATCH__DEBOUNCE_MS", "0"),
    ("ACHEI_WATCH__POLL_INTERVAL_MS", "7"),
    ("ACHEI_WATCH__RESCAN_INTERVAL_S", "8"),
    ("ACHEI_SEARCH__SYNONYMS", "[['a', 'b # c']]"),
    ("ACHEI_SEARCH__SYNONYMS_ONE_WAY", "[{from='a', to=['b', 'c d']}]"),
    ("ACHEI_SEARCH__DEFAULT_SYNONYMS", "false"),
    ("ACHEI_SEARCH__PINS", "[{query='a', path='b'}, {query='ç', path='d'}]"),
    ("ACHEI_SEARCH__BOOSTS", "[{path='a/**', factor=2}, {path='\"ç', factor=0.125}]"),
    ("ACHEI_INSIGHTS__FILE", "i.db"),
    ("ACHEI_INSIGHTS__RETENTION_DAYS", "9"),
    ("ACHEI_INSIGHTS__QUERIES", "hashed"),
    ("ACHEI_ACCESS__DEFAULT", "closed"),
    ("ACHEI_ACCESS__RULES", "[{path='a/**', groups=['x']}, {tag='b', groups=['*', 'y']}]"),
    ("ACHEI_ACCESS__WIKIJS_RULES_FILE", "r.json"),
    ("ACHEI_ACCESS__IDENTITY", "jwt"),
    ("ACHEI_ACCESS__TRUSTED_PROXIES", "['10.0.0.0/8', '::1']"),
    ("ACHEI_ACCESS__GROUPS_HEADER", "x-g"),
    ("ACHEI_ACCESS__JWT_ALGORITHM", "ES256"),
    ("ACHEI_ACCESS__JWT_KEY_FILE", "k"),
    ("ACHEI_ACCESS__JWT_ISSUER", "i"),
    ("ACHEI_ACCESS__JWT_AUDIENCE", "a"),
    ("ACHEI_ACCESS__JWT_COOKIE", "c"),
    ("ACHEI_ACCESS__JWT_GROUPS_CLAIM", "g"),
    ("ACHEI_ACCESS__TOKEN_KEY_FILE", "s"),
    ("ACHEI_ADMIN__TOKEN_FILE", "t"),
    ("ACHEI_LOG__FORMAT", "json"),
    ("ACHEI_LOG__LEVEL", "debug"),
];

const LIVE: [&str; 26] = [
    "content.exclude",
    "server.allowed_origins",
    "server.public_url",
    "server.ui_language",
    "watch.debounce_ms",
    "watch.poll_interval_ms",
    "watch.rescan_interval_s",
    "search.synonyms",
    "search.synonyms_one_way",
    "search.default_synonyms",
    "search.pins",
    "search.boosts",
    "access.default",
    "access.rules",
    "access.wikijs_rules_file",
    "access.identity",
    "access.trusted_proxies",
    "access.groups_header",
    "access.jwt_algorithm",
    "access.jwt_key_file",
    "access.jwt_issuer",
    "access.jwt_audience",
    "access.jwt_cookie",
    "access.jwt_groups_claim",
    "access.token_key_file",
    "log.level",
];

#[test]
fn every_key_has_a_variable_and_reloads_live_or_needs_a_restart() {
    assert_eq!(CHANGED.len(), KEYS.len());
    let site = Site::new("");
    let old = site.load(&[]).unwrap().config;
    assert_eq!(diff_restart_only(&old, &old), Vec::<&str>::new());
    for (key, change) in KEYS.iter().zip(CHANGED) {
        assert_eq!(key.variable(), change.0);
        let loaded = site.load(&[*change]).unwrap();
        let new = loaded.config.clone();
        assert_ne!(old, new, "{}", change.0);
        let origin = Origin::Environment(change.0.to_owned());
        assert_eq!(loaded.origin(&key.path()), Some(&origin));
        let merged = old.with_runtime_part_of(&new);
        if LIVE.contains(&key.path().as_str()) {
            assert_eq!(diff_restart_only(&old, &new), Vec::<&str>::new());
            assert_eq!(merged, new);
        } else {
            assert_eq!(diff_restart_only(&old, &new), [key.path()]);
            assert_eq!(merged, old);
        }
        let shipped = include_str!("../../../config.toml");
        let comment = shipped.split(&format!("\n{} =", key.name)).collect::<Vec<_>>();
        let live = comment[..comment.len() - 1].iter().any(|c| c.rsplit("\n\n").next().unwrap().contains("(live)"));
        assert_eq!(live, LIVE.contains(&key.path().as_str()), "{} in the shipped file", key.path());
    }
    let new = site.load(&[("ACHEI_ADMIN_TOKEN", "12345678")]).unwrap().config;
    assert_eq!(diff_restart_only(&old, &new), ["ACHEI_ADMIN_TOKEN"]);
}

#[test]
fn print_reads_back_to_the_same_and_shows_no_secret() {
    let token = ("ACHEI_ADMIN_TOKEN", "do-not-print-me");
    let changed: Vec<_> = CHANGED.iter().copied().chain([token]).collect();
    let shipped = Site::new("[log]\nlevel = \"warn\"\n");
    for env in [vec![], vec![token], changed] {
        let loaded = shipped.load(&env).unwrap();
        let printed = loaded.print();
        assert!(!printed.contains("do-not-print-me"));
        assert!(!format!("{loaded:?}").contains("do-not-print-me"));
        assert_eq!(printed.contains("# ACHEI_ADMIN_TOKEN is set"), env.contains(&token));
        let elsewhere = Site::new(&printed);
        let token: Vec<_> = env.iter().copied().filter(|v| *v == token).collect();
        let again = elsewhere.load(&token).unwrap();
        assert_eq!(again.config, loaded.config, "{printed}");
        assert!(again.settings.iter().all(|(_, s)| matches!(s.origin, Origin::File { .. })));
    }
    let printed = shipped.load(&[]).unwrap().print();
    assert!(
        printed.ends_with("[log]\nformat = \"text\" # default\nlevel = \"warn\" # file config.toml:2\n"),
        "{printed}"
    );
}
