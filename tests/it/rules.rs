//! Which pages are found: visibility, names, and files that claim one URL.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use crate::site::{Site, page};

#[test]
fn what_is_withdrawn_vanishes_and_comes_back() {
    let site = Site::small().start();
    let withdrawn = [
        ("published: false", "---\ntitle: VPN\npublished: false\n---\nzqvpn"),
        ("draft: true", "---\ntitle: VPN\ndraft: true\n---\nzqvpn"),
        ("search: false", "---\ntitle: VPN\nsearch: false\n---\nzqvpn"),
        ("TOML", "+++\ntitle = \"VPN\"\ndraft = true\n+++\nzqvpn"),
        (
            "Wiki.js",
            "---\ntitle: NF-e: VPN\npublished: false\ndate: 2024-01-01T00:00:00.000Z\ntags: a, b\neditor: markdown\ndateCreated: 2024-01-01T00:00:00.000Z\n---\nzqvpn",
        ),
    ];
    for (how, text) in withdrawn {
        site.write("Cadastros/VPN.md", text);
        site.until(how, |site| site.gone("zqvpn"));
        assert_eq!(site.page_view("Cadastros/VPN.md").status, 404, "{how}");
        site.assert_equals_directory(&["Cadastros/VPN.md"]);
        site.write("Cadastros/VPN.md", &page("VPN", "zqvpn"));
        site.until("back", |site| site.finds("zqvpn", "Cadastros/VPN.md"));
    }
    site.write("Cadastros/VPN.md", "---\ntitle: VPN\npublished: true\ndraft: false\nsearch: true\n---\nzqvpn");
    site.settle();
    assert!(site.finds("zqvpn", "Cadastros/VPN.md"), "what is not withdrawn stays");
}

#[test]
fn only_pages_are_read() {
    let site = Site::small()
        .page("outra.markdown", &page("Outra", "zqmarkdown"))
        .page("Notas.txt", "zqtxt")
        .page(".oculto.md", "zqoculto")
        .page(".git/objeto.md", "zqgit")
        .page("node_modules/pacote/README.md", "zqnode")
        .page("Rascunhos/ideia.md", "zqideia")
        .page(".gitignore", "home.md\n")
        .page(".ignore", "Suporte/\n")
        .config("[content]\nexclude = [\"Rascunhos/\"]\n")
        .start();
    site.assert_equals_directory(&["Rascunhos/ideia.md"]);
    assert!(site.finds("zqmarkdown", "outra.markdown"));
}

#[test]
fn of_two_files_with_one_url_one_is_found_and_the_other_waits() {
    let site = Site::small().start();
    site.write("A/Guia.md", "---\ntitle: Guia velho\ndate: 2024-01-01\n---\nzqvelho");
    site.until("alone", |site| site.finds("zqvelho", "A/Guia.md"));
    // A later date wins.
    site.write("pt-br/A/Guia.md", "---\ntitle: Guia novo\ndate: 2024-06-01\n---\nzqguianovo");
    site.until("the later date", |site| site.finds("zqguianovo", "pt-br/A/Guia.md") && site.gone("zqvelho"));
    site.assert_equals_directory(&["A/Guia.md"]);
    site.until("the loser is listed", |site| {
        let status = site.get_as_admin("/status").json();
        status["skipped_count"] == 1 && status["skipped"][0]["path"] == "A/Guia.md"
    });
    // The loser's date changes: it wins.
    site.write("A/Guia.md", "---\ntitle: Guia velho\ndate: 2025-01-01\n---\nzqvelho");
    site.until("turned around", |site| site.finds("zqvelho", "A/Guia.md") && site.gone("zqguianovo"));
    site.assert_equals_directory(&["pt-br/A/Guia.md"]);
    // The winner goes: the loser comes back.
    site.remove("A/Guia.md");
    site.until("the loser comes back", |site| site.finds("zqguianovo", "pt-br/A/Guia.md"));
    site.assert_equals_directory(&[]);
    site.until("nothing is listed", |site| site.status()["skipped_count"] == 0);
    // A winner that is withdrawn claims nothing.
    site.write("A/Guia.md", "---\ntitle: Guia velho\ndate: 2025-01-01\ndraft: true\n---\nzqvelho");
    site.settle();
    assert!(site.finds("zqguianovo", "pt-br/A/Guia.md"));
}

#[test]
fn who_wins_a_url() {
    let stem = |path: &str, text: &str, age_s: u64, site: &Site| {
        site.write(path, text);
        let file = File::options().append(true).open(site.content().join(path)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 - age_s)).unwrap();
    };
    // Winner, loser: path, front matter, age of the file in seconds.
    let cases = [
        ("dated before undated", ("A.md", "date: 2001-01-01", 9000), ("pt-br/A.md", "tags: x", 10)),
        ("undated loses though its path is smaller", ("pt-br/A.md", "date: 2001-01-01", 9000), ("A.md", "tags: x", 10)),
        ("the later date", ("pt-br/A.md", "date: 2024-02-02", 9000), ("A.md", "date: 2024-02-01", 10)),
        ("updated counts as a date", ("pt-br/A.md", "updated: 2024-02-02", 9000), ("A.md", "date: 2024-02-01", 10)),
        ("the later mtime", ("pt-br/A.md", "tags: x", 10), ("A.md", "tags: x", 9000)),
        (
            "the later mtime of two with one date",
            ("pt-br/A.md", "date: 2024-02-02", 10),
            ("A.md", "date: 2024-02-02", 20),
        ),
        ("the smaller path", ("A.md", "date: 2024-02-02", 10), ("pt-br/A.md", "date: 2024-02-02", 10)),
        ("the smaller path, of extensions", ("A.markdown", "date: 2024-02-02", 10), ("A.md", "date: 2024-02-02", 10)),
    ];
    for (why, winner, loser) in cases {
        let site = Site::new();
        for ((path, front, age), word) in [(winner, "zqganha"), (loser, "zqperde")] {
            stem(path, &format!("---\ntitle: Guia\n{front}\n---\n{word}\n"), age, &site);
        }
        site.expect(0, &["index"]);
        assert!(site.expect(0, &["search", "zqganha"]).contains("1 page"), "{why}");
        assert!(site.expect(0, &["search", "\"zqperde\""]).contains("Nothing found"), "{why}");
        site.expect(0, &["check"]);
        assert!(site.expect(1, &["check", "--strict"]).contains("url_clash"), "{why}");
    }
    // `index` before `README`, whatever their dates say.
    let site = Site::new().config("[content]\nurl_style = \"directory\"\n");
    stem("P/README.md", "---\ntitle: R\ndate: 2025-01-01\n---\nzqperde\n", 10, &site);
    stem("P/index.md", "---\ntitle: I\n---\nzqganha\n", 9000, &site);
    site.expect(0, &["index"]);
    assert!(site.expect(0, &["search", "zqganha"]).contains("1 page"));
    assert!(site.expect(0, &["search", "\"zqperde\""]).contains("Nothing found"));
}

/// `VitePress` and others have `/guia.html` beside `/guia/`. Seen to fail: one of the two was lost to a clash that was none.
#[test]
fn a_page_beside_a_folder_of_its_name_is_another_page() {
    for style in ["html", "file"] {
        let site = Site::new()
            .config(&format!("[content]\nurl_style = \"{style}\"\n"))
            .page("guia.md", "# Guia\n\nzqpagina")
            .page("guia/index.md", "# Guia\n\nzqpasta")
            .page("home.md", "# Home\n\n[a](guia.md) [b](guia/)\n")
            .start();
        assert!(site.finds("zqpagina", "guia.md") && site.finds("zqpasta", "guia/index.md"), "{style}");
        let links = site.page_view("home.md").json()["links"].clone();
        let led: Vec<&str> = links.as_array().unwrap().iter().map(|link| link["path"].as_str().unwrap()).collect();
        assert_eq!(led, ["guia.md", "guia/index.md"], "{style}: {links}");
        site.expect(0, &["check", "--strict"]);
    }
}

#[test]
fn strange_names_are_names() {
    let names = [
        "-flag.md",
        "a b&c=d#e?f.md",
        "100%.md",
        "a..%2f.md",
        "quebra\nde linha.md",
        "aspas\"'.md",
        "ação/ção.md",
        "e\u{301}.md",
    ];
    let site = Site::new();
    for (number, name) in names.iter().enumerate() {
        site.write(name, &page(&format!("Nome {number}"), &crate::site::word(number)));
    }
    {
        use std::os::unix::ffi::OsStrExt;
        fs::write(site.content().join(std::ffi::OsStr::from_bytes(b"latin\xe7.md")), "zqlatin").unwrap();
    }
    let site = site.start();
    for (number, name) in names.iter().enumerate() {
        assert!(site.finds(&crate::site::word(number), name), "{name:?}");
        let view = site.page_view(name);
        assert_eq!(view.status, 200, "{name:?}");
        assert_eq!(view.json()["path"], **name);
        let url = view.json()["url"].as_str().unwrap().to_owned();
        assert!(url.starts_with("/pt-br/") && url.is_ascii() && !url.contains(['#', '?', ' ', '"', '\n']), "{url}");
    }
    assert!(site.gone("zqlatin"));
    assert_eq!(site.status()["skipped_count"], 1, "what is not UTF-8 is reported");
    assert_eq!(site.status()["pages"], names.len());
}

#[test]
fn twins_in_two_normalization_forms_are_one_page() {
    let site = Site::small()
        .page("caf\u{e9}.md", "---\ntitle: Composto\ndate: 2024-01-01\n---\nzqcomposto")
        .page("cafe\u{301}.md", "---\ntitle: Decomposto\ndate: 2024-02-01\n---\nzqdecomposto")
        .start();
    assert!(site.finds("zqdecomposto", "cafe\u{301}.md") && site.gone("zqcomposto"), "the newer has the URL");
    site.assert_equals_directory(&["caf\u{e9}.md"]);
    site.remove("cafe\u{301}.md");
    site.until("the other comes back", |site| site.finds("zqcomposto", "caf\u{e9}.md"));
    site.assert_equals_directory(&[]);
}

#[test]
fn a_link_inside_counts_where_it_lies() {
    let site = Site::small().page(".oculta/real.md", &page("Real", "zqreal"));
    symlink(".oculta/real.md", site.content().join("Visivel.md")).unwrap();
    symlink("../Cadastros", site.content().join("Suporte/Pasta")).unwrap();
    let site = site.start();
    assert!(site.finds("zqreal", "Visivel.md"));
    assert_eq!(site.paths("\"zqvpn\""), ["Cadastros/VPN.md", "Suporte/Pasta/VPN.md"]);
    // The target changes, and so does what the link shows.
    site.write(".oculta/real.md", &page("Real", "zqmudado"));
    site.settle();
    assert!(site.finds("zqmudado", "Visivel.md") && site.gone("zqreal"));
    site.remove("Visivel.md");
    site.until("gone", |site| site.gone("zqmudado"));
}
