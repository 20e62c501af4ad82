//! A content directory that is missing, emptied or replaced: the last good index is held, and followed again.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use crate::site::{Site, page, wait_for};

const SMALL: [&str; 3] = ["Cadastros/VPN.md", "Suporte/Chamados.md", "home.md"];

/// A wiki that is emptied by one rename.
const WIKI: [&str; 3] = ["Wiki/Cadastros/VPN.md", "Wiki/Suporte/Chamados.md", "Wiki/home.md"];

fn in_one_folder() -> Site {
    WIKI.into_iter().fold(Site::new(), |site, path| site.page(path, &page("Guia", "texto"))).start()
}

#[test]
fn without_content_directory_and_index_there_is_nothing_to_serve() {
    let site = Site::new();
    fs::remove_dir(site.content()).unwrap();
    let (mut child, log) = site.spawn();
    assert_eq!(wait_for(&mut child, Duration::from_secs(10)).code(), Some(74));
    let said = fs::read_to_string(log).unwrap();
    assert!(said.contains(site.content().to_str().unwrap()), "{said}");
    site.expect(74, &["index"]);
    site.expect(74, &["check"]);
}

#[test]
fn with_an_index_a_missing_directory_is_served_as_it_was() {
    let mut site = Site::small().start();
    let generation = site.generation();
    site.stop();
    fs::rename(site.content(), site.dir().join("away")).unwrap();
    site.restart();
    site.until("degraded", |site| site.state() == "degraded");
    let status = site.status();
    assert!(status["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{status}");
    assert_eq!((status["pages"].as_u64(), status["generation"].as_u64()), (Some(3), Some(generation)));
    assert_eq!(site.get("/readyz").status, 200);
    assert!(site.finds("zqvpn", "Cadastros/VPN.md"));
    assert!(site.log().contains("held"), "{}", site.log());
    // It comes back, changed, and is followed.
    fs::rename(site.dir().join("away"), site.content()).unwrap();
    site.write("home.md", &page("Início", "zqvolta"));
    site.until("followed again", |site| site.state() == "ready" && site.finds("zqvolta", "home.md"));
    site.write("home.md", &page("Início", "zqdenovo"));
    site.until("watched again", |site| site.finds("zqdenovo", "home.md"));
    assert_eq!(site.status()["watcher"]["healthy"], true);
    site.assert_equals_directory(&[]);
}

#[test]
fn a_directory_that_vanishes_while_running_is_held_too() {
    let site = Site::small().start();
    fs::rename(site.content(), site.dir().join("away")).unwrap();
    site.until("degraded", |site| site.state() == "degraded");
    assert!(site.lists(&SMALL));
    assert_eq!(site.get("/readyz").status, 200);
    fs::rename(site.dir().join("away"), site.content()).unwrap();
    site.until("ready", |site| site.state() == "ready");
    assert!(site.status()["reason"].is_null());
    site.write("home.md", &page("Início", "zqvolta"));
    site.until("followed", |site| site.finds("zqvolta", "home.md"));
    site.assert_equals_directory(&[]);
}

/// Row W06. Seen to fail with `Indexer::most_go` never asked: the index was emptied.
#[test]
fn an_emptied_directory_is_taken_for_a_fault_until_pages_return() {
    let mut site = in_one_folder();
    let generation = site.generation();
    site.mkdir_moved_out("Wiki");
    site.until("degraded", |site| site.state() == "degraded");
    assert!(site.lists(&WIKI), "the last generation is held");
    assert_eq!(site.generation(), generation);
    // Over a restart, too.
    site.stop();
    site.restart();
    site.until("still degraded", |site| site.state() == "degraded");
    assert!(site.lists(&WIKI));
    site.write("Novo.md", &page("Novo", "zqnovo"));
    site.until("pages return", |site| site.state() == "ready" && site.lists(&["Novo.md"]));
    site.assert_equals_directory(&[]);
}

/// Row W06. Seen to fail with `Indexer::most_go` never asked.
#[test]
fn pages_removed_one_by_one_end_in_the_same_fault() {
    let site = Site::small().start();
    for folder in ["Cadastros", "Suporte", "home.md"] {
        site.remove(folder);
        std::thread::sleep(Duration::from_millis(30));
    }
    site.until("degraded", |site| site.state() == "degraded");
    assert_ne!(site.status()["pages"], 0, "the last generation that held a page is held");
}

#[test]
fn an_explicit_reindex_empties_the_index() {
    let site = in_one_folder();
    site.mkdir_moved_out("Wiki");
    site.until("degraded", |site| site.state() == "degraded");
    let job = site.reindex("?wait=true", "{}").json();
    assert_eq!((job["state"].as_str(), job["counts"]["removed"].as_u64()), (Some("done"), Some(3)), "{job}");
    site.until("ready", |site| site.state() == "ready");
    assert!(site.lists(&[]));
    site.assert_equals_directory(&[]);
    site.write("home.md", &page("Início", "zqvolta"));
    site.until("found", |site| site.finds("zqvolta", "home.md"));
    site.assert_equals_directory(&[]);
}

#[test]
fn a_rebuild_of_an_emptied_directory_empties_it_as_well() {
    let site = in_one_folder();
    site.mkdir_moved_out("Wiki");
    let job = site.reindex("?wait=true", r#"{"rebuild": true}"#).json();
    assert_eq!(job["state"], "done", "{job}");
    assert!(site.lists(&[]));
}

#[test]
fn most_pages_may_go_at_once_if_some_stay() {
    let site = Site::small().page("Fica.md", &page("Fica", "zqfica")).start();
    for folder in ["Cadastros", "Suporte", "home.md"] {
        site.remove(folder);
    }
    site.until("the others go", |site| site.lists(&["Fica.md"]));
    site.until("ready", |site| site.state() == "ready");
    site.assert_equals_directory(&[]);
}

/// Row W05. Seen to fail with `Root::still_current` always true: the old directory was looked at for ever.
#[test]
fn a_directory_put_in_the_place_of_another_is_followed() {
    let site = Site::small().start();
    let next = site.dir().join("next");
    fs::create_dir_all(next.join("Cadastros")).unwrap();
    fs::write(next.join("home.md"), page("Outro início", "zqoutro")).unwrap();
    fs::write(next.join("Cadastros/VPN.md"), page("Outra VPN", "zqoutravpn")).unwrap();
    site.note("zqoutro zqoutravpn");
    fs::rename(site.content(), site.dir().join("old")).unwrap();
    fs::rename(&next, site.content()).unwrap();
    site.until("the other directory", |site| {
        site.finds("zqoutro", "home.md") && site.lists(&["Cadastros/VPN.md", "home.md"])
    });
    site.assert_equals_directory(&[]);
    // Events come from the new one now, and no longer from the old one.
    fs::write(site.dir().join("old/home.md"), "zqvelho").unwrap();
    site.note("zqvelho");
    site.write("home.md", &page("Outro início", "zqseguido"));
    site.until("watched", |site| site.finds("zqseguido", "home.md"));
    site.assert_equals_directory(&[]);
}

/// Row W05, an atomic deployment. Seen to fail with `Root::still_current` always true.
#[test]
fn a_link_that_is_flipped_is_followed() {
    let mut site = Site::small();
    for release in ["one", "two"] {
        let folder = site.dir().join(release);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("home.md"), page("Início", &format!("zqrelease{release}"))).unwrap();
        fs::write(folder.join(format!("{release}.md")), page(release, &format!("zqonly{release}"))).unwrap();
        site.note(&format!("zqrelease{release} zqonly{release}"));
    }
    fs::remove_dir_all(site.content()).unwrap();
    symlink("one", site.content()).unwrap();
    site.restart();
    assert!(site.finds("zqonlyone", "one.md"));
    site.assert_equals_directory(&[]);
    for release in ["two", "one", "two"] {
        symlink(release, site.dir().join("flip")).unwrap();
        fs::rename(site.dir().join("flip"), site.content()).unwrap();
        let page = format!("{release}.md");
        site.until("flipped", |site| {
            site.finds(&format!("zqrelease{release}"), "home.md") && site.finds(&format!("zqonly{release}"), &page)
        });
        site.assert_equals_directory(&[]);
    }
    site.write("home.md", &page("Início", "zqdepois"));
    site.until("watched", |site| site.finds("zqdepois", "home.md"));
    site.assert_equals_directory(&[]);
}

#[test]
fn a_page_that_cannot_be_read_costs_no_other_page_anything() {
    let site = Site::small().start();
    site.write("Bytes.md", "");
    fs::write(site.content().join("Bytes.md"), b"# T\xedtulo\n\nzqbytes \xff\xfe\n").unwrap();
    site.note("zqbytes");
    fs::write(site.content().join("Longa.md"), format!("# Longa\n\nzqlonga {}\n", "palavra ".repeat(700_000))).unwrap();
    fs::create_dir(site.content().join("Pasta.md")).unwrap();
    symlink("/etc/passwd", site.content().join("Fora.md")).unwrap();
    symlink("nada", site.content().join("Nada.md")).unwrap();
    symlink(".", site.content().join("Laco")).unwrap();
    symlink("Cadastros/VPN.md", site.content().join("Atalho.md")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(site.content().join("Cano.md")).status().unwrap().success());
    site.settle();
    let mut listed = site.paths("");
    listed.sort();
    assert_eq!(listed, ["Atalho.md", "Bytes.md", "Cadastros/VPN.md", "Longa.md", "Suporte/Chamados.md", "home.md"]);
    assert!(site.finds("zqbytes", "Bytes.md") && site.finds("zqlonga", "Longa.md"));
    assert_eq!(site.paths("root:x:0:0"), Vec::<String>::new(), "nothing from outside");
    let skipped = site.get_as_admin("/status").json();
    let reasons: Vec<&str> =
        skipped["skipped"].as_array().unwrap().iter().filter_map(|file| file["path"].as_str()).collect();
    for path in ["Cano.md", "Fora.md", "Nada.md", "Longa.md"] {
        assert!(reasons.contains(&path), "{path} is listed: {skipped}");
    }
    assert!(site.get("/status").json().get("skipped").is_none(), "names are for the admin");
    assert_eq!(site.state(), "ready");
}
