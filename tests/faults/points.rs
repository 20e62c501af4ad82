//! Every named point, in every way to fail.

use std::fs;
use std::time::{Duration, Instant};

use achei::index::fault::{self, POINTS};
use achei::index::{Indexer, Request};

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
/// has become of the content directory. It stands on the order of commit, seal and removal in `Indexer::build`.
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
/// stays, and the next look makes it good.
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
