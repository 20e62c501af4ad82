//! Every named point, in every way to fail.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use achei::content::Scope;
use achei::index::fault::{self, POINTS};
use achei::index::{Indexer, Outcome, Request};

use crate::lab::Lab;
use crate::site::{DEADLINE, Site, page, word};

/// One scenario at a time: points are the process's.
fn alone() -> fail::FailScenario<'static> {
    fail::FailScenario::setup()
}

/// Saves pages until the daemon has died. False if it does not.
fn save_until_dead(site: &Site, child: &mut std::process::Child, round: usize) -> bool {
    let end = Instant::now() + Duration::from_secs(4);
    let mut number = 0;
    while Instant::now() < end {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        site.write_atomic(&format!("P{}.md", number % 12), &page("Salva", &word(round * 1_000 + number)));
        number += 1;
        std::thread::sleep(Duration::from_millis(40));
    }
    false
}

/// Each point ends the process, at its first, third and ninth passing: with a first index, and while pages are saved.
/// Seen to fail with texts of the index written in place in `files::replace`, and with no folder ever taken for a bare one in
/// `store::is_bare`: what was half made was set aside as damaged.
#[test]
fn c02_abort_at_every_point() {
    let mut never = Vec::new();
    for (round, point) in POINTS.iter().enumerate() {
        let mut died = false;
        for skipped in [0, 2, 8] {
            let mut site = Site::small();
            for number in 0..12 {
                site.write(&format!("P{number}.md"), &page("Página", &word(number)));
            }
            site.set_env("FAILPOINTS", Some(&format!("{point}={skipped}*off->return(abort)")));
            let (mut child, _) = site.spawn();
            if save_until_dead(&site, &mut child, round + 1) {
                died = true;
            } else {
                child.kill().unwrap();
                child.wait().unwrap();
            }
            site.set_env("FAILPOINTS", None);
            site.restart();
            site.assert_equals_directory(&[]);
            let folders = fs::read_dir(site.index()).unwrap().flatten().filter(|entry| entry.path().is_dir()).count();
            assert_eq!(folders, 1, "{point}: one index, and nothing set aside");
        }
        if !died {
            never.push(*point);
        }
    }
    assert!(never.is_empty(), "never passed: {never:?}");
}

/// Each point ends the process while a new index is built beside the one that serves. One of the two serves then, whatever
/// has become of the content directory. Seen to fail with the old one removed before the new one is
/// committed, in `Indexer::build`: there was nothing to serve.
#[test]
fn c02_abort_while_a_new_index_is_built() {
    for point in POINTS {
        for skipped in [0, 3] {
            let mut site = Site::small().start();
            site.stop();
            site.write_config("[content]\nurl_style = \"html\"\n");
            site.set_env("FAILPOINTS", Some(&format!("{point}={skipped}*off->return(abort)")));
            let (mut child, _) = site.spawn();
            let end = Instant::now() + Duration::from_secs(1);
            while child.try_wait().unwrap().is_none() && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(10));
            }
            let _ = child.kill();
            child.wait().unwrap();
            site.set_env("FAILPOINTS", None);
            fs::rename(site.content(), site.dir().join("away")).unwrap();
            site.restart();
            assert!(site.lists(&["Cadastros/VPN.md", "Suporte/Chamados.md", "home.md"]), "{point}");
            fs::rename(site.dir().join("away"), site.content()).unwrap();
            site.until("followed again", |site| site.state() == "ready");
            site.assert_equals_directory(&[]);
            let folders = fs::read_dir(site.index()).unwrap().flatten().filter(|entry| entry.path().is_dir()).count();
            assert_eq!(folders, 1, "{point}: one index, and nothing set aside");
        }
    }
}

/// Each point panics once, and then fails once, under a daemon that serves: it serves on, says so, and heals. Seen to
/// fail without `Worker::caught`: the thread was gone, and nothing was indexed any more.
#[test]
fn c02_panic_and_error_at_every_point() {
    // A panic in one of the engine's own threads ends the process: there only errors can come.
    let ours: Vec<&str> = POINTS.iter().copied().filter(|point| !point.starts_with("io::")).collect();
    for (number, point) in ours.into_iter().enumerate() {
        for (way, action) in ["1*panic", "1*return", "1*return(ENOSPC)"].into_iter().enumerate() {
            // The first index is made without faults; then the daemon is started with them.
            let mut site = Site::small().start();
            site.stop();
            // What a kill left is removed and the last good index published before anything else is done: a panic there ends
            // the start.
            let first = if ["publish", "clean"].contains(&point) { "1*off->" } else { "" };
            site.set_env("FAILPOINTS", Some(&format!("{point}={first}{action}")));
            site.launch();
            let word = word(20_000 + number * 10 + way);
            site.write("home.md", &page("Início", &word));
            site.until("it is found", |site| {
                assert_eq!(site.get("/healthz").status, 200);
                assert!(site.finds("zqvpn", "Cadastros/VPN.md"), "{point} {action}: what was good serves on");
                site.finds(&word, "home.md")
            });
            let rebuilt = site.reindex("?wait=true", r#"{"rebuild": true}"#).json();
            assert!(["done", "failed"].contains(&rebuilt["state"].as_str().unwrap()), "{rebuilt}");
            site.until("ready", |site| site.state() == "ready");
            assert!(site.runs());
            site.assert_equals_directory(&[]);
        }
    }
}

/// Each point fails in process, at its first passing and at its third, once: the error says so, what was published
/// stays, and the next look makes it good. Seen to fail with a commit taken for published in `Indexer::publish` that is not.
#[test]
fn c02_error_at_every_point_in_process() {
    let _alone = alone();
    for point in POINTS {
        for skipped in [0, 2] {
            let mut lab = Lab::new();
            for number in 0..12 {
                lab.write(&format!("P{number}.md"), &page("Página", &word(number)));
            }
            fail::cfg(*point, &format!("{skipped}*off->1*return->off")).unwrap();
            let before = fault::passed(point);
            for round in 0..4 {
                lab.write("P3.md", &page("Página", &word(100 + round)));
                until_done(&mut lab);
                assert_eq!(of(&mut lab, &word(100 + round)), ["P3.md"], "{point}");
                assert_eq!(lab.search("").total, 12, "{point}");
            }
            assert!(fault::passed(point) > before || *point == "io::remove", "{point} was never passed");
            fail::remove(*point);
            lab.close();
            until_done(&mut lab);
            assert_eq!(lab.search("").total, 12, "{point}");
            lab.close();
        }
    }
}

/// The pages that hold a word as it stands.
pub fn of(lab: &mut Lab, word: &str) -> Vec<String> {
    lab.paths(&format!("\"{word}\""))
}

/// Looks again until it succeeds, as the daemon does.
pub fn until_done(lab: &mut Lab) {
    let end = Instant::now() + DEADLINE;
    loop {
        assert!(Instant::now() < end, "it does not heal");
        let config = &lab.config;
        if lab.is_closed() {
            match Indexer::open(config.content.clone(), config.index.clone()) {
                Ok(indexer) => lab.set_indexer(indexer),
                Err(_) => continue,
            }
        }
        if lab.indexer().reconcile(&Request { explicit: true, ..Request::all() }, &|_| {}).is_ok() {
            return;
        }
    }
}

/// One page that cannot be read, or that makes the parser panic: its last good version stays, the reason is listed, and
/// all others go on. Seen to fail without `catch_unwind` in `load`: the reconcile ended with the page.
#[test]
fn c16_one_page_fails() {
    for (point, how) in [("read", "EIO"), ("parse", "panic"), ("parse", "EIO")] {
        let mut site = Site::small().page("Ruim.md", &page("Ruim", "zqantes")).start();
        site.stop();
        site.set_env("FAILPOINTS", Some(&format!("{point}=return({how} Ruim.md)")));
        site.restart();
        site.write("Ruim.md", &page("Ruim", "zqdepois"));
        site.write("home.md", &page("Início", "zqnovo"));
        site.until("the others go on", |site| site.finds("zqnovo", "home.md"));
        site.settle();
        assert!(site.finds("zqantes", "Ruim.md"), "{point} {how}: its last good version stays");
        assert!(site.gone("zqdepois"));
        let status = site.get_as_admin("/status").json();
        let listed = status["skipped"].as_array().unwrap().iter().find(|file| file["path"] == "Ruim.md");
        assert!(listed.is_some_and(|file| !file["reason"].as_str().unwrap().is_empty()), "{status}");
        assert_eq!(status["state"], "ready", "{status}");
        assert!(site.runs());
        // Without the fault it is read.
        site.stop();
        site.set_env("FAILPOINTS", None);
        site.restart();
        site.assert_equals_directory(&[]);
    }
}

/// A page that could not be read a few times is read soon after, though nothing tells of it. Seen to fail with `stale` not
/// looked at in `Worker::settle`: it was found at the next periodic comparison.
#[test]
fn c16_what_failed_for_a_while_is_read_again() {
    let mut site = Site::small().page("Ruim.md", &page("Ruim", "zqantes")).start();
    site.stop();
    site.write("Ruim.md", &page("Ruim", "zqdepois"));
    site.set_env("FAILPOINTS", Some("read=4*return(EIO Ruim.md)"));
    site.restart();
    assert!(
        site.log().contains("a page was skipped") && site.finds("zqantes", "Ruim.md"),
        "its last good version stays"
    );
    site.until("it is read", |site| site.finds("zqdepois", "Ruim.md"));
    site.assert_equals_directory(&[]);
    assert_eq!(site.status()["skipped_count"], 0);
}

/// The directory is replaced while a part of it is looked at, by an empty one or by another release, once and each time:
/// what took its place is looked at as a whole, and held where it has no page. Seen to fail with the scope taken as it is in
/// `look`: the page that was named went, and the rest of the old directory stayed.
#[test]
fn w05_a_directory_replaced_under_a_look() {
    let _alone = alone();
    let pages = ["a/A.md", "b/B.md", "c/C.md", "d/D.md"];
    let told = |lab: &mut Lab| -> Outcome {
        let scope = Scope::Paths(["a/A.md".to_owned()].into());
        lab.indexer().reconcile(&Request { scope, ..Request::all() }, &|_| {}).unwrap()
    };
    // How often it is replaced, and what the one in its place holds.
    for (times, release) in [(1, false), (1, true), (2, true), (usize::MAX, false)] {
        let mut lab = Lab::of(&pages.map(|path| (path, "texto")));
        let (content, other) = (lab.content(), lab.content().with_file_name("other"));
        let aside = content.with_file_name("aside");
        fs::create_dir_all(other.join("e")).unwrap();
        if release {
            fs::write(other.join("e/E.md"), "outro").unwrap();
        }
        let swaps = AtomicUsize::new(0);
        fail::cfg_callback("look", move || {
            if swaps.fetch_add(1, Ordering::Relaxed) < times {
                for (from, to) in [(&content, &aside), (&other, &content), (&aside, &other)] {
                    fs::rename(from, to).unwrap();
                }
            }
        })
        .unwrap();
        let mut outcome = told(&mut lab);
        fail::remove("look");
        // Most pages seem to go: it is looked at again, as the daemon does.
        while let Some(files) = outcome.deferred {
            let request = Request { seen_before: Some(files), ..Request::all() };
            outcome = lab.indexer().reconcile(&request, &|_| {}).unwrap();
        }
        let found = lab.paths("");
        if times == 1 && release {
            assert!(outcome.held.is_none() && found == ["e/E.md"], "{found:?} {outcome:?}");
        } else {
            assert_eq!(outcome.held.is_some(), times != 2, "{times}: {outcome:?}");
            assert_eq!(found.len(), 4, "{times}: {found:?}");
        }
    }
}

/// A name that acts on terminals, of a page that fails: the log bears it, written out. Seen to fail with `escape_debug` in
/// `apply` and `acts` in the log's lines both off: each stands behind the other.
#[test]
fn w13_a_hostile_name_in_the_log() {
    let name = "\u{1b}]0;titulo\u{7}\u{9b}31m\u{202e}Ruim.md";
    let mut site = Site::small().page(name, &page("Ruim", "zqruim"));
    site.set_env("FAILPOINTS", Some("read=return(EIO Ruim.md)"));
    let site = site.start();
    site.settle();
    let log = site.log();
    let said = log.lines().find(|line| line.contains("a page was skipped")).expect("it is told");
    assert!(said.contains("]0;titulo") && said.contains("Ruim.md"), "{said}");
    assert!(!log.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{log:?}");
}
