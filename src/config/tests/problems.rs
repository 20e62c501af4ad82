//! What is wrong: every problem at once, with its place and what is nearest.

use super::super::Overrides;
use super::{Site, problems};

#[test]
fn all_problems_are_reported_at_once() {
    let file = "\
[content]
lang = \"pt\"
locales = [
  \"pt-br\",
  7,
  \"PT-BR\",
]
dir = wiki
[server]
listen = \"here\"
search_threads = 1.5
debounce_ms = 3
[log]
format = \"jsn\"
";
    let env =
        [("ACHEI_WATCH__MOD", "poll"), ("ACHEI_INDEX__WRITER_MEMORY_BYTES", "1"), ("ACHEI_ADMIN_TOKEN", "\u{1b}short")];
    let flags = Overrides { log_format: Some("xml\n".into()), listen: Some(String::new()), ..Overrides::default() };
    let errors = Site::new(file).load_with(&flags, &env).unwrap_err();
    let expected = "\
config.toml:2: unknown key `content.lang`: did you mean `content.locales`?
config.toml:5: `content.locales`: expected a string, found an integer
config.toml:6: `content.locales`: \"PT-BR\" is there twice
config.toml:8: invalid TOML at column 7: string values must be quoted, expected literal string
config.toml:10: `server.listen`: \"here\" is not an address with a port such as \"127.0.0.1:7370\", \"[::1]:7370\" or \"localhost:7370\"
config.toml:11: `server.search_threads`: expected an integer from 0 to 1024, found a float
config.toml:12: unknown key `server.debounce_ms`: did you mean `watch.debounce_ms`?
config.toml:14: `log.format`: \"jsn\" is none of text, json; did you mean `json`?
ACHEI_ADMIN_TOKEN: the admin token is refused: shorter than 8 characters
ACHEI_INDEX__WRITER_MEMORY_BYTES: `index.writer_memory_bytes`: 1 is not from 15000000 to 4000000000
ACHEI_WATCH__MOD: unknown variable: did you mean `ACHEI_WATCH__MODE`?
--listen: `server.listen`: \"\" is not an address with a port such as \"127.0.0.1:7370\", \"[::1]:7370\" or \"localhost:7370\"
--log-format: `log.format`: \"xml\\n\" is none of text, json; the nearest known one is `json`";
    assert_eq!(errors.to_string(), expected);
}

#[test]
fn what_is_unknown_names_what_is_nearest() {
    for (file, line, near) in [
        ("[content]\nlocale = 1", 2, "did you mean `content.locales`?"),
        ("[content]\nlocalesinurl = 1", 2, "did you mean `content.locale_in_url`?"),
        ("[content]\nexcludes = 1", 2, "did you mean `content.exclude`?"),
        ("[contents]\ndirectory = 1", 2, "did you mean `content.dir`?"),
        ("[index]\nmax_page_bytes = 1", 2, "did you mean `content.max_page_bytes`?"),
        ("[serve]\nport = 1", 2, "`server."),
        ("[watch]\ndebounce = 1", 2, "did you mean `watch.debounce_ms`?"),
        ("[watch]\nzzz = 1", 2, "the nearest known one is `watch."),
        ("[serch]\nsynonims = 1", 2, "did you mean `search.synonyms`?"),
        ("[admin]\ntoken = \"hush-hush\"", 2, "did you mean `admin.token_file`?"),
        ("\n[serach]\n[log]", 2, "did you mean `search`?"),
        ("listen = 1", 1, "in no section: did you mean `server.listen`?"),
        ("content = 1", 1, "expected a section `[content]`, found an integer"),
        ("[[content]]\ndir = 1", 1, "expected a section `[content]`, found an array"),
        ("[[search.pins]]\nqery = 1\npath = \"a\"\nquery = \"b\"", 2, "unknown key `qery`: did you mean `query`?"),
        ("[watch]\nmode = \"Poll\"", 2, "\"Poll\" is none of auto, native, poll, off; did you mean `poll`?"),
        ("[log]\nlevel = \"inof\"", 2, "did you mean `info`?"),
    ] {
        let found = problems(file, &[]);
        let at = format!("config.toml:{line}: ");
        assert!(found.iter().any(|p| p.starts_with(&at) && p.contains(near)), "{file}: {found:#?}");
        assert!(!found.concat().contains("hush"));
    }
    for (variable, near) in [
        ("ACHEI_SERVER__LISEN", "`ACHEI_SERVER__LISTEN`"),
        ("ACHEI_SERVER__DEBOUNCE_MS", "`ACHEI_WATCH__DEBOUNCE_MS`"),
        ("ACHEI_server__listen", "`ACHEI_SERVER__LISTEN`"),
        ("ACHEI_SERVER__LISTEN__X", "`ACHEI_SERVER__LISTEN`"),
        ("ACHEI__LISTEN", "`ACHEI_SERVER__LISTEN`"),
        ("ACHEI_ADMIN__TOKEN", "`ACHEI_ADMIN_TOKEN`"),
    ] {
        let found = problems("", &[(variable, "hush")]);
        assert_eq!(found, [format!("{variable}: unknown variable: did you mean {near}?")]);
    }
}

/// A key, a part of the message, and the values that get it.
const BAD: &[(&str, &str, &[&str])] = &[
    ("content.locales", "may not be empty", &["[]"]),
    ("content.locales", "is not a locale", &["['']", "['p']", "['pt_br']", "['pt-']", "['ptbr']", "['pt-b']"]),
    ("content.locales", "expected an array of strings", &["'en'", "3"]),
    ("content.exclude", "expected a string, found an integer", &["[1]"]),
    ("content.dir", "may not be empty", &["''"]),
    ("content.dir", "expected a string, found", &["1", "[]", "true", "2020-01-01"]),
    (
        "content.url_base",
        "expected a path such as",
        &["''", "'wiki'", "'//host/'", "'ftp://a/'", "'https://'", "'https://u@h/'", "'https://a:0'"],
    ),
    ("content.url_base", "has a query or a fragment", &["'/a?b'", "'https://a?b'", "'/a#b'"]),
    ("content.url_base", "percent-encoded", &["'/a b/'", "'/é/'", "'/\"/'"]),
    ("content.max_page_bytes", "is not from 1 to 1073741824", &["0", "-1", "1073741825", "99999999999999999999"]),
    ("server.listen", "is not an address", &["':80'", "'127.0.0.1'", "'a.org:80'", "'localhost:99999'"]),
    (
        "server.allowed_origins",
        "expected \"*\" or an origin",
        &["['https://a/']", "['a.org']", "['null']", "['https://*.a']", "['https://']"],
    ),
    ("server.public_url", "expected an absolute URL", &["'/x'", "'a.org'"]),
    ("server.drain_timeout_ms", "is not from 0 to 8000", &["8001"]),
    ("server.header_timeout_ms", "is not from 1 to", &["0"]),
    ("watch.rescan_interval_s", "expected an integer from 1 to 604800, found a string", &["'300'"]),
    ("search.synonyms_one_way", "an array of tables", &["{}", "'a'"]),
    ("search.synonyms_one_way", "a table of `from` and `to`", &["['a']"]),
    ("search.synonyms_one_way", "a synonym has no `from`", &["[{to=['a']}]"]),
    ("search.synonyms_one_way", "a synonym has no `to`", &["[{from='a'}]"]),
    (
        "search.synonyms_one_way",
        "may not be empty",
        &["[{from=' ', to=['a']}]", "[{from='a', to=[]}]", "[{from='a', to=['']}]"],
    ),
    ("search.synonyms_one_way", "an array of strings as `to`", &["[{from='a', to='b'}]"]),
    ("search.default_synonyms", "expected true or false", &["1", "'yes'", "[]"]),
    ("search.boosts", "a table of `path` and `factor`", &["['a']"]),
    ("search.boosts", "a boost has no `factor`", &["[{path='a'}]"]),
    (
        "search.boosts",
        "is not from 0.1 to 10",
        &["[{path='a', factor=0}]", "[{path='a', factor=10.5}]", "[{path='a', factor=nan}]"],
    ),
    ("search.boosts", "a number from 0.1 to 10", &["[{path='a', factor='2'}]"]),
    ("search.boosts", "is not a pattern", &["[{path='a{b', factor=2}]"]),
    ("search.boosts", "may not be empty", &["[{path='', factor=2}]"]),
    ("search.boosts", "begins with a mark", &["[{path='!a', factor=2}]"]),
    ("search.synonyms", "a group of two or more", &["[['a']]", "['a', 'b']", "[[]]"]),
    ("search.synonyms", "may not be empty", &["[['a', ' ']]"]),
    ("search.pins", "a pin has no `path`", &["[{query='a'}]"]),
    ("search.pins", "`query` may not be empty", &["[{query=' ', path='a'}]"]),
    ("search.pins", "expected a string as `query`, found an integer", &["[{query=1, path='a'}]"]),
    ("search.pins", "[[search.pins]]", &["{query='a', path='b'}"]),
    ("log.level", "is not a level", &["''", "'info,'", "'achei'", "'achei=loud'", "'info debug'"]),
    ("log.level", "is not a target", &["'=info'", "'a b=info'", "'a[x]=info'"]),
];

#[test]
fn a_key_takes_only_what_holds() {
    for (key, message, values) in BAD {
        let (section, name) = key.split_once('.').unwrap();
        for value in *values {
            let found = problems(&format!("[{section}]\n{name} = {value}\n"), &[]);
            let start = format!("config.toml:2: `{key}`: ");
            assert!(found.iter().all(|p| p.starts_with(&start)), "{value}: {found:#?}");
            assert!(found.iter().any(|p| p.contains(message)), "{value}: {found:#?}");
        }
    }
    for (token, message) in [("1234567", "shorter than 8"), ("12345678 9", "a blank")] {
        let found = problems("", &[("ACHEI_ADMIN_TOKEN", token)]).concat();
        assert!(found.contains(message) && !found.contains("1234567"), "{found}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let site = Site::new("");
    std::fs::write(site.path("latin.toml"), b"\n# \xe9").unwrap();
    for (name, message) in [
        ("none.toml", "none.toml: there is no such file"),
        ("latin.toml", "latin.toml:2: not valid UTF-8"),
        (".", ".: cannot be read: "),
    ] {
        let flags = Overrides { config: Some(name.into()), ..Overrides::default() };
        let errors = site.load_with(&flags, &[("ACHEI_LOG__LEVEL", "x")]).unwrap_err();
        assert!(errors.0[0].to_string().starts_with(message), "{errors}");
        assert_eq!(errors.0.len(), 2, "{errors}");
    }
    assert!(Site::new("\u{feff}[content]\r\ndir = \"a\"\r\n").load(&[]).is_ok());
}

#[test]
fn syntax_errors_have_line_and_column_and_hide_nothing_else() {
    let found =
        problems("[content]\ndir = \"a\ndir = \"b\"\n[log]\nlevle = 1\n[search]\npins = []\n[[search.pins]]\n", &[]);
    assert!(found[0].starts_with("config.toml:2: invalid TOML at column "), "{found:#?}");
    assert!(
        found.contains(&"config.toml:5: unknown key `log.levle`: did you mean `log.level`?".to_owned()),
        "{found:#?}"
    );
    assert!(found.contains(&"config.toml:8: invalid TOML at column 10: duplicate key".to_owned()), "{found:#?}");
}

#[test]
fn index_and_content_may_not_lie_in_one_another() {
    let site = Site::new("");
    std::fs::create_dir(site.path("real")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(site.path("real"), site.path("link")).unwrap();
    let load = |content: &str, index: &str| site.load(&[("ACHEI_CONTENT__DIR", content), ("ACHEI_INDEX__DIR", index)]);
    for (content, index, relation) in [
        ("a", "a", "is"),
        ("a", "a/b", "lies in"),
        ("a/b/c", "a", "holds"),
        ("a", "./x/../a/i", "lies in"),
        ("/", "i", "lies in"),
        (".", "i", "lies in"),
    ] {
        let errors = load(content, index).unwrap_err().to_string();
        assert!(
            errors.starts_with("ACHEI_INDEX__DIR: `index.dir`: the index directory")
                && errors.contains(&format!(" {relation} the content")),
            "{errors}"
        );
    }
    for (content, index) in [("a", "ab"), ("a/b", "a/c"), ("real", "real-index")] {
        assert!(load(content, index).is_ok(), "{content} {index}");
    }
    if cfg!(unix) {
        assert!(load("link", "real/not/yet").is_err());
        assert!(load("real/w", "link").is_err());
        assert!(load("link", "link-index").is_ok());
    }
    let flags = Overrides { content: Some("index/w".into()), ..Overrides::default() };
    assert!(site.load_with(&flags, &[]).unwrap_err().to_string().starts_with("--content: `index.dir`: "));
}
