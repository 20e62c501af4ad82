//! Events as notify 8.2 gives them, as tables.
#![allow(clippy::unwrap_used)]

use notify::event::{DataChange, Flag, MetadataKind};
use tempfile::TempDir;

use super::super::root::tests::config;
use super::*;

const TO: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::To));
const FROM: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::From));
const BOTH: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::Both));
const DATA: EventKind = EventKind::Modify(ModifyKind::Data(DataChange::Any));
const META: EventKind = EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any));
const CLOSE: EventKind = EventKind::Access(AccessKind::Close(AccessMode::Write));
const OPEN: EventKind = EventKind::Access(AccessKind::Open(AccessMode::Any));
const FILE: EventKind = EventKind::Create(CreateKind::File);
const FOLDER: EventKind = EventKind::Create(CreateKind::Folder);
const GONE: EventKind = EventKind::Remove(RemoveKind::File);

fn site() -> (TempDir, Root, Reducer) {
    let dir = TempDir::new().unwrap();
    std::fs::create_dir(dir.path().join("A")).unwrap();
    let root = Root::open(&config(dir.path())).unwrap();
    let reducer = Reducer::new(&root, Arc::default());
    (dir, root, reducer)
}

fn event(root: &Root, kind: EventKind, path: &str) -> Event {
    Event::new(kind).add_path(if path.is_empty() { root.path.clone() } else { root.path.join(path) })
}

/// `~a` for a file that is still changing, `+A` for a folder, `!` for lost events.
fn shown(hints: &[Hint]) -> String {
    let shown = hints.iter().map(|hint| match hint {
        Hint::Touched { path, settled: true } => path.clone(),
        Hint::Touched { path, settled: false } => format!("~{path}"),
        Hint::Folder { path } => format!("+{path}"),
        Hint::Lost => "!".to_owned(),
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn single_events() {
    let (_dir, root, mut reducer) = site();
    for (kind, path, expected) in [
        (FILE, "a.md", "~a.md"),
        (DATA, "a.md", "~a.md"),
        (CLOSE, "a.md", "a.md"),
        (META, "a.md", "~a.md"),
        (TO, "a.md", "a.md"),
        (FROM, "a.md", "~a.md"),
        (GONE, "A/b.md", "~A/b.md"),
        (OPEN, "a.md", ""),
        (BOTH, "a.md", ""),
        (FOLDER, "A/B", "+A/B"),
        (FOLDER, "A/B.md", "+A/B.md"),
        // It may be a link to a folder, a folder that was moved in or away.
        (FILE, "x", "+x"),
        (TO, "x", "+x"),
        (FROM, "x", "~x"),
        (GONE, "x.png", "~x.png"),
        (EventKind::Remove(RemoveKind::Folder), "A", "~A"),
        (DATA, "x.png", ""),
        (CLOSE, "x.png", ""),
        (META, "A", "+A"),
        (META, "x.png", ""),
        (FILE, ".a.md.swp", ""),
        (CLOSE, ".git/index.md", ""),
        (FOLDER, "A/node_modules", ""),
        // The directory itself.
        (FROM, "", "!"),
        (EventKind::Remove(RemoveKind::Folder), "", "!"),
        (META, "", "+"),
        (EventKind::Any, "a.md", ""),
    ] {
        assert_eq!(shown(&reducer.hints(&event(&root, kind, path))), expected, "{kind:?} {path}");
    }
    let overflow = Event::new(EventKind::Other).set_flag(Flag::Rescan);
    assert_eq!(shown(&reducer.hints(&overflow)), "!");
    let elsewhere = Event::new(CLOSE).add_path(PathBuf::from("/elsewhere/a.md"));
    assert_eq!(shown(&reducer.hints(&elsewhere)), "");
}

#[test]
fn renames() {
    let (_dir, root, mut reducer) = site();
    for (from, to, expected) in [
        ("a.md", "b.md", "~a.md a.md b.md"),
        (".tmp", "a.md", "a.md"),
        ("tmp", "a.md", "~tmp tmp a.md"),
        // Put aside, to be replaced in a moment: not gone yet.
        ("a.md", "a.md~", "~a.md +a.md~"),
        ("a.md", ".a.md", "~a.md"),
        ("A", "B", "~A A +B"),
    ] {
        let mut hints = reducer.hints(&event(&root, FROM, from).set_tracker(7));
        hints.extend(reducer.hints(&event(&root, TO, to).set_tracker(7)));
        hints.extend(reducer.hints(&event(&root, BOTH, from).set_tracker(7)));
        assert_eq!(shown(&hints), expected, "{from} {to}");
    }
    reducer.hints(&event(&root, FROM, "a.md").set_tracker(8));
    assert_eq!(shown(&reducer.hints(&event(&root, TO, "b.md").set_tracker(9))), "b.md", "another rename's half");
}

#[test]
fn names_that_cannot_be_told_are_left_to_their_folder() {
    use std::os::unix::ffi::OsStrExt;
    let (_dir, root, mut reducer) = site();
    for (kind, path, expected) in [
        (FILE, &b"a\xff.md"[..], "+"),
        (TO, b"A/b\xff/c.md", "+A"),
        (CLOSE, b"a\xff.md", ""),
        (FILE, b".git/a\xff", ""),
    ] {
        let event = Event::new(kind).add_path(root.path.join(std::ffi::OsStr::from_bytes(path)));
        assert_eq!(shown(&reducer.hints(&event)), expected);
    }
}

#[test]
fn a_file_behind_a_link_is_seen_at_the_link() {
    let (_dir, root, mut reducer) = site();
    let pair = |link: &str, target: &str| (link.to_owned(), target.to_owned());
    root.links.learn(vec![pair("docs", ".store/v1"), pair("a.md", "A/text"), pair(".hidden.md", "A/b.md")], true);
    for (kind, path, expected) in [
        (CLOSE, ".store/v1/x.md", "docs/x.md"),
        (FOLDER, ".store/v1/X", "+docs/X"),
        (EventKind::Remove(RemoveKind::Folder), ".store/v1", "~docs"),
        (CLOSE, "A/text", "a.md"),
        (CLOSE, "A/b.md", "A/b.md"),
    ] {
        assert_eq!(shown(&reducer.hints(&event(&root, kind, path))), expected, "{kind:?} {path}");
    }
}

#[test]
fn where_watches_are_missing_a_new_watcher_is_needed() {
    let (dir, root, mut reducer) = site();
    std::fs::create_dir(dir.path().join("N")).unwrap();
    std::fs::write(dir.path().join("x.png"), "").unwrap();
    {
        let mut gaps = reducer.gaps.lock().unwrap();
        gaps.shallow.insert(root.path.clone());
        gaps.denied.insert(root.path.join("A"));
    }
    for (kind, path, expected) in [
        (FOLDER, "N", "! +N"),
        (TO, "N", "! +N"),
        (TO, "x.png", "+x.png"),
        (FOLDER, "N/M", "+N/M"),
        (META, "A", "! +A"),
        (META, "N", "+N"),
        (CLOSE, "a.md", "a.md"),
    ] {
        assert_eq!(shown(&reducer.hints(&event(&root, kind, path))), expected, "{kind:?} {path}");
    }
}
