//! Where values come from: the shipped file, defaults, precedence, paths, the environment.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::super::table::{self, KEYS};
use super::super::{Config, LogFormat, Origin, Overrides, Pin, Secret, load};
use super::Site;

#[test]
fn the_shipped_file_shows_every_key_and_equals_the_defaults() {
    let shipped = include_str!("../../../config.toml");
    let site = Site::new(shipped);
    let loaded = site.load(&[]).unwrap();
    assert_eq!(loaded.config, Config::defaults(site.0.path()));
    assert_eq!(loaded.file, Some(site.path("config.toml")));
    for (key, setting) in loaded.settings.iter() {
        assert!(matches!(setting.origin, Origin::File { .. }), "{} is not in it", key.path());
    }
    let uncommented = shipped.replace("  # [", "  [").replace("  # {", "  {");
    let search = Site::new(&uncommented).load(&[]).unwrap().config.search;
    assert_eq!(search.synonyms, [["nfe", "nota fiscal eletronica"]]);
    assert_eq!(search.pins[0].path, "pt-br/Financeiro/Boletos.md");
    for key in KEYS {
        if let table::Kind::Integer { least, most } = key.kind {
            let (comment, _) = shipped.split_once(&format!("\n{} = ", key.name)).unwrap();
            let comment = comment.rsplit("\n\n").next().unwrap();
            let range = if least == 0 && key.name == "search_threads" {
                "1 to 1024".into()
            } else {
                format!("{least} to {most}")
            };
            assert!(comment.contains(&range), "{}: {range}", key.path());
        }
    }
}

#[test]
fn without_a_file_the_defaults_hold() {
    let site = Site::new("");
    let loaded = site.load(&[("PATH", "/bin"), ("ACHEI_HOME", "/x"), ("ACHEI_ADMIN_TOKEN", "")]).unwrap();
    assert_eq!(loaded.config, Config::defaults(site.0.path()));
    assert_eq!(loaded.file, None);
    assert_eq!(loaded.origin("server.listen"), Some(&Origin::Default));
    assert_eq!(loaded.origin("server.lisen"), None);
    assert_eq!(loaded.config.content.dir, site.path("content"));
    assert!(loaded.config.server.search_threads >= 2);
}

#[test]
fn every_choice_of_every_key_has_its_variant() {
    for key in KEYS {
        let table::Kind::Choice(words) = key.kind else {
            continue;
        };
        for word in words {
            let loaded = Site::new("").load(&[(&key.variable(), word)]).unwrap();
            assert!(loaded.print().contains(&format!("{} = \"{word}\" # environment", key.name)));
        }
    }
}

#[test]
fn flags_win_over_environment_over_file_over_defaults() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nformat = \"json\"\n";
    let env = [("ACHEI_SERVER__LISTEN", "127.0.0.1:2")];
    let flags =
        Overrides { listen: Some("localhost:3".into()), log_format: Some("text".into()), ..Overrides::default() };
    let site = Site::new(file);
    let steps = [
        (site.load(&[]).unwrap(), 1, "file config.toml:2"),
        (site.load(&env).unwrap(), 2, "environment ACHEI_SERVER__LISTEN"),
        (site.load_with(&flags, &env).unwrap(), 3, "flag --listen"),
    ];
    for (loaded, port, origin) in &steps {
        assert_eq!(loaded.config.server.listen, SocketAddr::from(([127, 0, 0, 1], *port)));
        assert_eq!(loaded.origin("server.listen").unwrap().to_string(), *origin);
    }
    assert_eq!(steps[0].0.config.log.format, LogFormat::Json);
    assert_eq!(steps[2].0.config.log.format, LogFormat::Text);
}

#[test]
fn relative_paths_are_relative_to_where_they_were_written() {
    let site = Site::new("");
    std::fs::create_dir(site.path("etc")).unwrap();
    std::fs::write(site.path("etc/a.toml"), "[content]\ndir = \"./wiki\"\n[admin]\ntoken_file = \"t\"\n").unwrap();
    let flags = Overrides { config: Some("etc/a.toml".into()), ..Overrides::default() };
    let config = site.load_with(&flags, &[]).unwrap().config;
    assert_eq!(config.content.dir, site.path("etc/wiki"));
    assert_eq!(config.index.dir, site.path("etc/index"));
    assert_eq!(config.admin.token_file, Some(site.path("etc/t")));

    let config =
        site.load_with(&flags, &[("ACHEI_CONTENT__DIR", "wiki"), ("ACHEI_ADMIN__TOKEN_FILE", "")]).unwrap().config;
    assert_eq!(config.content.dir, site.path("wiki"));
    assert_eq!(config.admin.token_file, None);

    let flags = Overrides { content: Some("w".into()), index: Some("/i".into()), ..flags };
    let config = site.load_with(&flags, &[("ACHEI_CONTENT__DIR", "wiki")]).unwrap().config;
    assert_eq!(config.content.dir, site.path("w"));
    assert_eq!(config.index.dir, PathBuf::from("/i"));
}

#[test]
fn the_environment_is_read_as_toml_else_as_text() {
    let site = Site::new("");
    let dir = |text: &str| site.load(&[("ACHEI_CONTENT__DIR", text)]).unwrap().config.content.dir;
    for (text, expected) in [
        ("wiki", "wiki"),
        ("2024", "2024"),
        ("true", "true"),
        ("1979-05-27", "1979-05-27"),
        ("\"a b\"", "a b"),
        ("'2024'", "2024"),
        ("a\"b", "a\"b"),
        ("[x", "[x"),
    ] {
        assert_eq!(dir(text), site.path(expected), "{text}");
    }
    let config = site
        .load(&[
            ("ACHEI_CONTENT__LOCALES", "[\"pt-BR\",\n 'en'] "),
            ("ACHEI_WATCH__DEBOUNCE_MS", "0x10"),
            ("ACHEI_SEARCH__PINS", "[{query='boleto', path='B.md'}]"),
            ("ACHEI_SEARCH__SYNONYMS", "[['nfe', 'nota fiscal']]"),
            ("ACHEI_SERVER__ALLOWED_ORIGINS", "[]"),
            ("ACHEI_LOG__LEVEL", "WARN, achei::http=Debug"),
            ("ACHEI_ADMIN_TOKEN", "s3cret-token"),
            ("ACHEI_PORT", "not ours"),
        ])
        .unwrap()
        .config;
    assert_eq!(config.content.page.locales, ["pt-BR", "en"]);
    assert_eq!(config.watch.debounce.as_millis(), 16);
    assert_eq!(config.search.pins, [Pin { query: "boleto".into(), path: "B.md".into() }]);
    assert_eq!(config.search.synonyms, [["nfe", "nota fiscal"]]);
    assert!(config.server.allowed_origins.is_empty());
    assert_eq!(config.log.level, "warn,achei::http=debug");
    assert_eq!(config.admin.token, Some(Secret("s3cret-token".into())));
}

#[cfg(unix)]
#[test]
fn a_path_need_not_be_utf8() {
    use std::os::unix::ffi::OsStrExt as _;
    let odd = std::ffi::OsStr::from_bytes(b"w\xff");
    let env = |name: &str| [(name.to_owned(), odd.to_owned())];
    let base = Path::new("/nowhere");
    let loaded = load(&Overrides::default(), env("ACHEI_CONTENT__DIR"), base).unwrap();
    assert_eq!(loaded.config.content.dir, base.join(odd));
    for name in ["ACHEI_LOG__LEVEL", "ACHEI_ADMIN_TOKEN"] {
        let errors = load(&Overrides::default(), env(name), base).unwrap_err();
        assert!(errors.to_string().contains("not valid UTF-8"), "{errors}");
    }
}

#[test]
fn urls_and_origins_are_normalised() {
    let page =
        |base: &str| Site::new("").load(&[("ACHEI_CONTENT__URL_BASE", base)]).unwrap().config.content.page.url_base;
    for (written, base) in [
        ("/", "/"),
        ("/wiki", "/wiki/"),
        ("https://Wiki.Example.org", "https://wiki.example.org/"),
        ("HTTP://[::1]:80/a%20b", "http://[::1]/a%20b/"),
        ("https://a:8443/x/", "https://a:8443/x/"),
    ] {
        assert_eq!(page(written), base);
    }
    let server = Site::new("")
        .load(&[
            ("ACHEI_SERVER__PUBLIC_URL", "https://a/_busca"),
            ("ACHEI_SERVER__ALLOWED_ORIGINS", "['https://A.org:443', 'http://a:3000', 'capacitor://localhost', '*']"),
            ("ACHEI_SERVER__LISTEN", "[::1]:0"),
        ])
        .unwrap()
        .config
        .server;
    assert_eq!(server.public_url, "https://a/_busca/");
    assert_eq!(server.allowed_origins, ["https://a.org", "http://a:3000", "capacitor://localhost", "*"]);
    assert_eq!(server.listen, "[::1]:0".parse().unwrap());
}
