//! What others write in their files, and what is made of it.

use std::fs;
use std::path::Path;

use super::keys::Keys;
use super::{Kind, SetupError, language, look, script};

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().expect("below")).expect("writable");
    fs::write(path, text).expect("writable");
}

fn literals(text: &str) -> Vec<(String, String)> {
    script::literals(text)
}

#[test]
fn literals_of_a_program_are_read_and_nothing_else() {
    let text = r"
        // url: 'https://comment.example'
        const dark = require('x'); /* baseUrl: '/no/' */
        const config = {
          title: 'Ajuda: sim', url: 'https://example.org', baseUrl: `/wiki/`,
          organizationName: process.env.ORG || 'none', sum: 'a' + 'b', templated: `a${b}`,
          i18n: {defaultLocale: 'pt-BR', locales: ['pt-BR', 'en']},
          presets: [['classic', {docs: {routeBasePath: '/', 'editUrl': fn('x')}, blog: false}]],
          cleanUrls: true, either: process.env.CI ? 'x' : 'y', called: fn(a, 'x'), escaped: 'it\'s', port: 3000,
        };
        export default config";
    let found = literals(text);
    let get =
        |path: &str| found.iter().filter(|(key, _)| key == path).map(|(_, text)| text.as_str()).collect::<Vec<_>>();
    assert_eq!(
        (get("url"), get("baseUrl"), get("title")),
        (vec!["https://example.org"], vec!["/wiki/"], vec!["Ajuda: sim"])
    );
    assert_eq!((get("i18n.defaultLocale"), get("i18n.locales")), (vec!["pt-BR"], vec!["pt-BR", "en"]));
    assert_eq!((get("presets.docs.routeBasePath"), get("presets.blog")), (vec!["/"], vec!["false"]));
    assert_eq!((get("cleanUrls"), get("escaped"), get("port")), (vec!["true"], vec!["it's"], vec!["3000"]));
    for none in ["organizationName", "sum", "templated", "either", "called", "presets.docs.editUrl"] {
        assert!(get(none).is_empty(), "{none}: {:?}", get(none));
    }
}

#[test]
fn any_program_is_read_without_harm() {
    let hostile = [
        "{".repeat(100_000),
        "'".to_owned(),
        "`${".to_owned(),
        "}]),,::".to_owned(),
        "a:{b:[".repeat(5000),
        "\\".to_owned(),
    ];
    for text in hostile {
        let _ = literals(&text);
    }
    assert!(
        literals("url: 'never closed\nbase: '/x/'")
            .iter()
            .any(|(key, text)| (key.as_str(), text.as_str()) == ("base", "/x/"))
    );
}

#[test]
fn plain_keys_of_yaml() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let text = "site_url: \"https://example.org/x\" # here\nsite_name: 'A: b'\ntheme:\n  name: material\n  language: pt-BR\n\
                plugins:\n- search\n- i18n:\n    docs_structure: suffix\nlist: [a, 'b']\nexclude_docs: |\n  drafts/\n  # no\n  *.tmp\n\n\
                markdown_extensions:\n  - toc:\n      slugify: !!python/object/apply:x.slugify\nempty:\nlast: 1\n";
    write(dir.path(), "a.yml", text);
    let keys = Keys::read(&dir.path().join("a.yml")).expect("read");
    for (path, expected) in [
        ("site_url", "https://example.org/x"),
        ("site_name", "A: b"),
        ("theme.language", "pt-BR"),
        ("plugins", "search"),
        ("plugins.i18n.docs_structure", "suffix"),
        ("exclude_docs", "drafts/\n# no\n*.tmp\n\n"),
        ("markdown_extensions.toc.slugify", "!!python/object/apply:x.slugify"),
        ("last", "1"),
    ] {
        assert_eq!(keys.get(path), Some(expected), "{path} of {keys:?}");
    }
    assert_eq!(keys.all("list").collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(keys.get("empty"), None);
}

#[test]
fn languages_of_words_and_folders() {
    assert_eq!(language::of_pages(["O cliente não vê os boletos em aberto da sua conta"].into_iter()), Some("pt-br"));
    assert_eq!(language::of_pages(["El cliente no ve los recibos y las facturas en el panel"].into_iter()), Some("es"));
    assert_eq!(language::of_pages(["The invoice is on the page of your account"].into_iter()), Some("en"));
    assert_eq!(language::of_pages(["```\n192.168.0.1\n```"].into_iter()), None);
    let folders = |names: &[&str]| {
        let dir = tempfile::tempdir().expect("a temporary directory");
        for name in names {
            write(dir.path(), &format!("{name}/a.md"), "x");
        }
        language::folders(&super::walk::walk(dir.path()))
    };
    assert_eq!(folders(&["TI", "pt-br", "en", "EN", "id", "english"]), ["en", "id", "pt-br"]);
    assert_eq!(folders(&["it", "no", "Cadastros"]), [] as [&str; 0], "words, as long as no other locale stands there");
    assert_eq!(folders(&["pt-BR", "zh-Hans"]), ["pt-BR", "zh-Hans"]);
}

#[test]
fn what_is_no_wiki_is_told() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    assert!(matches!(look(&dir.path().join("none"), None), Err(SetupError::Unreadable { .. })));
    assert!(matches!(look(dir.path(), None), Err(SetupError::NoPages { .. })));
    write(dir.path(), "a.txt", "x");
    assert!(matches!(look(&dir.path().join("a.txt"), None), Err(SetupError::NoDirectory { .. })));
    assert!(matches!(look(dir.path(), None), Err(SetupError::NoPages { .. })));
    let empty = look(dir.path(), Some(Kind::Plain)).expect("said to become one");
    assert!(empty.notes.iter().any(|note| note.contains("no page lies there yet")), "{:?}", empty.notes);
    write(dir.path(), "mkdocs.yml", "site_name: x\n");
    assert_eq!(look(dir.path(), None).expect("a tool's file").kind, Kind::Mkdocs);
}

#[test]
fn links_are_not_followed_and_a_linked_directory_is_kept_as_named() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    write(dir.path(), "releases/1/a.md", "# A página não é uma só em si");
    std::os::unix::fs::symlink("/", dir.path().join("releases/1/all")).expect("a link");
    std::os::unix::fs::symlink("releases/1", dir.path().join("current")).expect("a link");
    let found = look(&dir.path().join("current"), None).expect("pages");
    assert_eq!((found.pages, found.content.file_name().and_then(|name| name.to_str())), (1, Some("current")));
    assert!(found.notes.iter().any(|note| note.contains("releases/1")), "{:?}", found.notes);
    assert!(found.notes.iter().any(|note| note.starts_with("1 symbolic links")), "{:?}", found.notes);
}
