//! Watching real directories. Nobody sleeps: a test waits for a hint, and fails when it does not come.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::mpsc::{Receiver, channel};

use tempfile::TempDir;

use super::super::hints::CAPACITY;
use super::super::root::tests::config;
use super::super::scan::Scope;
use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

fn watch_config(mode: WatchMode) -> WatchConfig {
    let ms = Duration::from_millis;
    WatchConfig { mode, debounce: ms(50), poll_interval: ms(2000), rescan_interval: ms(300_000) }
}

struct Site {
    dir: TempDir,
    root: Root,
    watcher: Watcher,
    woken: Receiver<()>,
}

impl Site {
    fn new(prepare: impl FnOnce(&Path)) -> Self {
        let dir = TempDir::new().unwrap();
        prepare(dir.path());
        let root = Root::open(&config(dir.path())).unwrap();
        let (wake, woken) = channel();
        // Nobody listens any more once the test is over.
        let wake = move || wake.send(()).unwrap_or_default();
        let watcher = Watcher::start(&root, &watch_config(WatchMode::Auto), wake);
        Self { dir, root, watcher, woken }
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.dir.path().join(path)
    }

    /// Waits until all of these came.
    fn expect(&self, hints: &[Hint]) {
        let mut missing: Vec<&Hint> = hints.iter().collect();
        let mut seen = Vec::new();
        while !missing.is_empty() {
            assert!(self.woken.recv_timeout(PATIENCE).is_ok(), "{missing:?} did not come; {seen:?} did");
            let drained = self.watcher.drain();
            missing.retain(|hint| !drained.contains(hint));
            seen.extend(drained);
        }
    }
}

fn touched(path: &str, settled: bool) -> Hint {
    Hint::Touched { path: path.to_owned(), settled }
}

fn folder(path: &str) -> Hint {
    Hint::Folder { path: path.to_owned() }
}

#[test]
fn what_people_do_with_pages() {
    let site = Site::new(|dir| fs::create_dir(dir.join("A")).unwrap());
    assert_eq!(site.watcher.health(), Health { mode: Mode::Native, healthy: true, reason: None });
    fs::write(site.at("a.md"), "in place").unwrap();
    site.expect(&[touched("a.md", false), touched("a.md", true)]);
    fs::write(site.at(".tmp"), "atomic").unwrap();
    fs::rename(site.at(".tmp"), site.at("A/b.md")).unwrap();
    site.expect(&[touched("A/b.md", true)]);
    fs::rename(site.at("A/b.md"), site.at("c.md")).unwrap();
    site.expect(&[touched("A/b.md", true), touched("c.md", true)]);
    fs::set_permissions(site.at("c.md"), fs::Permissions::from_mode(0o600)).unwrap();
    site.expect(&[touched("c.md", false)]);
    fs::remove_file(site.at("c.md")).unwrap();
    site.expect(&[touched("c.md", false)]);
    fs::create_dir_all(site.at("N/M")).unwrap();
    site.expect(&[folder("N")]);
    fs::rename(site.at("N"), site.at("A/N")).unwrap();
    site.expect(&[touched("N", true), folder("A/N")]);
    symlink("A", site.at("link")).unwrap();
    site.expect(&[folder("link")]);
}

#[test]
fn a_file_behind_a_link_into_a_hidden_folder() {
    let site = Site::new(|dir| {
        fs::create_dir(dir.join(".store")).unwrap();
        fs::write(dir.join(".store/a.md"), "one").unwrap();
        symlink(".store", dir.join("docs")).unwrap();
    });
    assert_eq!(site.root.scan(&Scope::All).files.len(), 1);
    fs::write(site.at(".store/a.md"), "two").unwrap();
    site.expect(&[touched("docs/a.md", true)]);
}

#[test]
fn the_directory_itself_goes() {
    let dir = TempDir::new().unwrap();
    let site = Site::new(|dir| fs::write(dir.join("a.md"), "a").unwrap());
    fs::rename(site.dir.path(), dir.path().join("away")).unwrap();
    site.expect(&[Hint::Lost]);
    assert!(!site.root.still_current());
}

#[test]
fn other_modes_watch_nothing() {
    let dir = TempDir::new().unwrap();
    let root = Root::open(&config(dir.path())).unwrap();
    for (mode, expected) in [(WatchMode::Poll, Mode::Poll), (WatchMode::Off, Mode::Off)] {
        let watcher = Watcher::start(&root, &watch_config(mode), || panic!("nothing to tell"));
        assert_eq!(watcher.health(), Health { mode: expected, healthy: true, reason: None });
        assert!(watcher.native.is_none());
        fs::write(dir.path().join("a.md"), "a").unwrap();
    }
}

#[test]
fn without_a_native_watcher() {
    let dir = TempDir::new().unwrap();
    let root = Root::open(&config(&dir.path().join("."))).unwrap();
    fs::remove_dir(dir.path()).unwrap();
    let auto = Watcher::start(&root, &watch_config(WatchMode::Auto), || {});
    assert!(auto.drain().is_empty(), "nothing asks for another start");
    let auto = auto.health();
    assert_eq!((auto.mode, auto.healthy), (Mode::Poll, true));
    assert_eq!(auto.reason.as_deref(), Some("the content directory is gone; looking every 2000 ms instead"));
    let native = Watcher::start(&root, &watch_config(WatchMode::Native), || {}).health();
    assert_eq!((native.mode, native.healthy), (Mode::Native, false));
    assert_eq!(native.reason.as_deref(), Some("the content directory is gone"));
}

#[test]
fn limits_are_told_in_words() {
    let io = |errno: rustix::io::Errno| notify::Error::io(errno.into());
    for (error, words) in [
        (notify::Error::new(ErrorKind::MaxFilesWatch).add_path("/srv".into()), "fs.inotify.max_user_watches"),
        (io(rustix::io::Errno::MFILE), "fs.inotify.max_user_instances"),
        (io(rustix::io::Errno::IO).add_path("/srv".into()), "Input/output error"),
        (notify::Error::generic("odd"), "odd"),
    ] {
        let told = in_words(&error);
        assert!(told.contains(words) && !told.contains("/srv"), "{told}");
    }
}

#[test]
fn an_error_of_the_watcher_shows_in_its_health() {
    let site = Site::new(|_| {});
    let reducer = Reducer::new(&site.root, Arc::default());
    let mut handler = Handler { shared: Arc::clone(&site.watcher.shared), reducer };
    handler.handle_event(Err(notify::Error::new(ErrorKind::MaxFilesWatch)));
    site.expect(&[Hint::Lost]);
    let health = site.watcher.health();
    assert!(!health.healthy && health.reason.unwrap().contains("max_user_watches"));
    // Its thread's end shows, too, and a thread that is gone does not hold up the end of the watcher.
    drop(handler);
    site.expect(&[Hint::Lost]);
    // A handler that goes because there will be no thread says nothing: the start tells.
    site.watcher.shared.running.store(false, Ordering::SeqCst);
    let reducer = Reducer::new(&site.root, Arc::default());
    drop(Handler { shared: Arc::clone(&site.watcher.shared), reducer });
    assert!(site.watcher.drain().is_empty());
    drop(site.watcher);
}

/// root may read everything: run as another user, this test says more.
#[test]
fn a_folder_without_rights_does_not_hide_others() {
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let site = Site::new(|dir| {
        for folder in ["A/x", "A/locked", "A/y", "B", "C"] {
            fs::create_dir_all(dir.join(folder)).unwrap();
        }
        set(&dir.join("A/locked"), 0o000);
    });
    let is_root = fs::read_dir(site.at("A/locked")).is_ok();
    assert_eq!(site.watcher.health(), Health { mode: Mode::Native, healthy: true, reason: None });
    let folders = BTreeSet::from(["", "A", "A/x", "A/y", "B", "C"]);
    for path in folders {
        let page = if path.is_empty() { "a.md".to_owned() } else { format!("{path}/a.md") };
        fs::write(site.at(&page), "a").unwrap();
        site.expect(&[touched(&page, true)]);
    }
    fs::create_dir(site.at("B/new")).unwrap();
    site.expect(&[folder("B/new")]);
    fs::create_dir(site.at("A/new")).unwrap();
    let new = [folder("A/new"), Hint::Lost];
    site.expect(if is_root { &new[..1] } else { &new });
    set(&site.at("A/locked"), 0o755);
    let unlocked = [folder("A/locked"), Hint::Lost];
    site.expect(if is_root { &unlocked[..1] } else { &unlocked });
}

#[test]
fn a_storm_is_bounded_and_not_missed() {
    let site = Site::new(|_| {});
    for round in 0..40_000 {
        fs::write(site.at(&format!("{}.md", round % 20_000)), "").unwrap();
    }
    fs::write(site.at("last.md"), "").unwrap();
    // Told by itself, or with everything: our queue, or the system's, may have run full.
    let tells = |hint: &Hint| [touched("last.md", true), folder(""), Hint::Lost].contains(hint);
    loop {
        assert!(site.woken.recv_timeout(PATIENCE).is_ok(), "the last page is missed");
        let drained = site.watcher.drain();
        assert!(drained.len() <= CAPACITY + 1);
        if drained.iter().any(tells) {
            return;
        }
    }
}
