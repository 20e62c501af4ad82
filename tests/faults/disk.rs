//! A disk that is full, without inodes or read-only, and a process without descriptors.
//!
//! The index directory is a file system of the daemon's own, in a mount namespace of the daemon's own: nothing of the
//! machine is changed. It needs root (or a container that may mount), and says so where it is missing.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;

use crate::namespaces::{inside, needs, within};
use crate::site::{DEADLINE, Site, page, wait_until, word};

const TOKEN: &str = "do-ambiente-0123456789abcdef";

/// A wiki whose index lies in a file system of this many bytes.
fn site_on(mount: &str) -> Site {
    let mut site = Site::small().env("ACHEI_ADMIN_TOKEN", TOKEN);
    fs::create_dir(site.index()).unwrap();
    needs(&["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
    let mount = mount.replace("INDEX", site.index().to_str().unwrap());
    site.set_before(Some(&mount));
    site
}

/// The index directory as the daemon sees it.
fn index(site: &Site) -> PathBuf {
    inside(site, &site.index())
}

fn remount(site: &Site, how: &str) {
    within(site, &["mount", "-o", &format!("remount,{how}"), site.index().to_str().unwrap()]);
}

/// Takes all space that is left.
fn fill(site: &Site) {
    let mut file = fs::File::create(index(site).join("filler")).unwrap();
    let block = [7; 4096];
    while file.write_all(&block).is_ok() {}
    // The last bytes, too.
    while file.write_all(&block[..16]).is_ok() {}
}

fn files(site: &Site) -> usize {
    fn count(folder: PathBuf) -> usize {
        let entries = fs::read_dir(folder).map(Iterator::flatten).into_iter().flatten();
        entries.map(|entry| if entry.path().is_dir() { count(entry.path()) } else { 1 }).sum()
    }
    count(index(site))
}

/// Seen to fail with what is published taken back after an error (nothing served), and without `reopen` in
/// `Indexer::recover`: pages were lost with what the writer had not written.
#[test]
fn c04_disk_full_the_last_generation_serves_and_it_heals() {
    let site = site_on("mount -t tmpfs -o size=8m,mode=0700 tmpfs INDEX").start();
    let before = files(&site);
    fill(&site);
    for round in 0..6 {
        site.write("home.md", &page("Início", &word(round)));
        site.write(&format!("Novo{round}.md"), &page("Novo", &word(100 + round)));
        site.until("degraded", |site| site.state() == "degraded");
        assert_eq!(site.status()["reason"], "the disk of the index is full");
        assert!(site.finds("zqvpn", "Cadastros/VPN.md") && site.finds("zqinicio", "home.md"), "as it was");
        assert!(site.gone(&word(100 + round)));
        assert_eq!(site.get("/healthz").status, 200);
        assert!(files(&site) <= before + 24, "{} files, {before} before", files(&site));
    }
    let job = site.reindex("?wait=true", r#"{"rebuild": true}"#).json();
    assert_eq!((job["state"].as_str(), job["error"].as_str()), (Some("failed"), Some("the disk of the index is full")));
    fs::remove_file(index(&site).join("filler")).unwrap();
    site.until_within(60, "healed", |site| site.state() == "ready" && site.finds(&word(5), "home.md"));
    site.assert_equals_directory(&[]);
    site.write("home.md", &page("Início", "zqfim"));
    site.until("it goes on", |site| site.finds("zqfim", "home.md"));
}

/// A damaged index that is kept aside is the first to go where space is short. Seen to fail without `drop_aside` in
/// `Indexer::recover`: the disk stayed full.
#[test]
fn c04_what_was_set_aside_makes_room() {
    let site = site_on("mount -t tmpfs -o size=8m,mode=0700 tmpfs INDEX").start();
    let aside = index(&site).join("set-aside");
    fs::create_dir(&aside).unwrap();
    fs::write(aside.join("old"), vec![7; 4 << 20]).unwrap();
    fill(&site);
    site.write("home.md", &page("Início", "zqcabe"));
    site.until("room is made", |site| site.state() == "ready" && site.finds("zqcabe", "home.md"));
    assert!(!aside.exists() && index(&site).join("filler").exists());
    site.assert_equals_directory(&[]);
}

/// Pages keep coming until the disk is full, in commits and in merges, with no filler; some are removed again. Seen to fail
/// without `IndexDirectory::tidy`: what no commit names filled the disk for ever; and with compaction begun anew after each fault.
#[test]
fn c04_disk_full_by_the_index_itself() {
    let site = site_on("mount -t tmpfs -o size=2m,mode=0700 tmpfs INDEX").start();
    let text = |seed: usize| {
        (0..600).map(|number| word(300_000 + seed * 1_000 + number).replace("zq", "w")).collect::<Vec<_>>().join(" ")
    };
    let mut pages = 0;
    while site.state() != "degraded" && pages < 400 {
        for _ in 0..10 {
            site.write(&format!("Muitas/P{pages}.md"), &page("Página", &format!("{} {}", word(pages), text(pages))));
            pages += 1;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    site.until("full", |site| site.state() == "degraded");
    assert!(site.finds("zqvpn", "Cadastros/VPN.md"));
    for number in 10..pages {
        site.remove(&format!("Muitas/P{number}.md"));
    }
    site.until_within(90, "healed", |site| site.state() == "ready" && site.status()["pages"] == 13);
    site.assert_equals_directory(&[]);
}

/// A thousand triggers at once on a full disk: one runs, one waits, the others join it; searches go on. Seen to
/// fail with each submission making a job of its own.
#[test]
fn s03_a_thousand_triggers_on_a_full_disk() {
    let site = site_on("mount -t tmpfs -o size=8m,mode=0700 tmpfs INDEX").start();
    fill(&site);
    site.write("home.md", &page("Início", "zqcheio"));
    let base = site.base().to_owned();
    let ids: std::collections::BTreeSet<String> = std::thread::scope(|scope| {
        let ask = |from: usize| {
            let base = base.clone();
            scope.spawn(move || {
                let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
                (0..50)
                    .filter_map(|number| {
                        let body = if (from + number).is_multiple_of(3) { r#"{"rebuild": true}"# } else { "{}" };
                        let request =
                            agent.post(format!("{base}/reindex")).header("authorization", format!("Bearer {TOKEN}"));
                        let mut answer = request.send(body).unwrap();
                        assert!([202, 503].contains(&answer.status().as_u16()), "{}", answer.status());
                        let body: serde_json::Value = answer.body_mut().read_json().unwrap();
                        body["id"].as_str().map(str::to_owned)
                    })
                    .collect::<Vec<_>>()
            })
        };
        let askers: Vec<_> = (0..20).map(ask).collect();
        while askers.iter().any(|asker| !asker.is_finished()) {
            assert!(site.finds("zqvpn", "Cadastros/VPN.md"), "searches go on");
        }
        askers.into_iter().flat_map(|asker| asker.join().unwrap()).collect()
    });
    assert!(ids.len() < 500, "{} jobs for a thousand triggers", ids.len());
    assert!(site.finds("zqinicio", "home.md"));
    fs::remove_file(index(&site).join("filler")).unwrap();
    site.until_within(60, "healed", |site| site.state() == "ready" && site.finds("zqcheio", "home.md"));
    site.assert_equals_directory(&[]);
}

/// No inodes: files cannot be made, though there is space. Seen to fail without `reopen` in `Indexer::recover`: the writer that
/// had failed was used on.
#[test]
fn c05_no_inodes() {
    let site = site_on("mount -t tmpfs -o size=64m,nr_inodes=48,mode=0700 tmpfs INDEX").start();
    let mut fillers = Vec::new();
    for number in 0..48 {
        let filler = index(&site).join(format!("filler{number}"));
        if fs::File::create(&filler).is_err() {
            break;
        }
        fillers.push(filler);
    }
    assert!(!fillers.is_empty());
    site.write("home.md", &page("Início", "zqnovo"));
    site.until("degraded", |site| site.state() == "degraded");
    assert!(site.finds("zqinicio", "home.md"));
    for filler in &fillers {
        fs::remove_file(filler).unwrap();
    }
    site.until_within(60, "healed", |site| site.state() == "ready" && site.finds("zqnovo", "home.md"));
    site.assert_equals_directory(&[]);
}

/// No descriptors: idle connections hold them all. The indexer tries again, and takes nothing for lost. Seen to fail with no
/// wait after a failing accept in `http::server::run` (it spun), and with a commit that cannot be read taken for one that is
/// gone in `Live::is_intact` (a new index was begun).
#[test]
fn c05_no_descriptors() {
    let site = Site::small();
    let pages = (0..40).map(|number| (format!("P{number}.md"), page("P", &word(number))));
    let mut site = pages.fold(site, |site, (path, text)| site.page(&path, &text)).start();
    site.stop();
    site.set_before(Some("ulimit -n 64"));
    site.restart();
    let idle: Vec<TcpStream> = (0..100).filter_map(|_| TcpStream::connect(site.address()).ok()).collect();
    assert!(idle.len() > 40, "{} connections", idle.len());
    site.write("home.md", &page("Início", "zqnovo"));
    // The process has no descriptor left for what it has to open; nobody can ask it now. It waits ever longer.
    wait_until("accept pauses", || {
        site.log()
            .lines()
            .any(|line| line.contains("no connection could be taken") && line.contains("\"retry_ms\":1000"))
    });
    // Until the first of them is cut off, seconds later.
    let mut first = &idle[0];
    first.set_read_timeout(Some(DEADLINE)).unwrap();
    let _ = first.read_to_end(&mut Vec::new()).unwrap();
    drop(idle);
    site.until_within(60, "healed", |site| {
        site.try_get("/healthz").is_some() && site.state() == "ready" && site.finds("zqnovo", "home.md")
    });
    let tried = failed_accepts(&site);
    assert!(tried < 60, "it spins: {tried} tries");
    assert!(!site.log().contains("changed or removed"), "{}", site.log());
    assert!(site.parsed() < 20, "what changed, and not all of it");
    assert!(!site.index().join("set-aside").exists());
    site.assert_equals_directory(&[]);
}

/// How often no connection could be taken, as the log tells it: repeated warnings are counted there.
fn failed_accepts(site: &Site) -> u64 {
    let log = site.log();
    let lines = log.lines().filter(|line| line.contains("no connection could be taken"));
    let lines = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.map(|line| 1 + line["held_back"].as_u64().unwrap_or(0)).sum()
}

/// Read-only under load. Seen to fail with the engine's own error as the reason: it does not say read-only.
#[test]
fn c06_read_only() {
    let site = site_on("mount -t tmpfs -o size=32m,mode=0700 tmpfs INDEX").start();
    remount(&site, "ro");
    site.write("home.md", &page("Início", "zqnovo"));
    site.until("degraded", |site| site.state() == "degraded");
    assert_eq!(site.status()["reason"], "the disk of the index is read-only");
    assert!(site.finds("zqinicio", "home.md") && site.finds("zqvpn", "Cadastros/VPN.md"));
    for body in ["{}", r#"{"rebuild": true}"#] {
        let job = site.reindex("?wait=true", body).json();
        assert_eq!(
            (job["state"].as_str(), job["error"].as_str()),
            (Some("failed"), Some("the disk of the index is read-only")),
            "{job}"
        );
    }
    remount(&site, "rw");
    site.until_within(60, "healed", |site| site.state() == "ready" && site.finds("zqnovo", "home.md"));
    site.assert_equals_directory(&[]);
}
