//! Scans of real directories.
#![allow(clippy::unwrap_used)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use super::super::root::tests::config;
use super::*;

struct Site {
    dir: TempDir,
}

impl Site {
    fn new(files: &[&str]) -> Self {
        let site = Self { dir: TempDir::new().unwrap() };
        fs::create_dir(site.at("")).unwrap();
        for file in files {
            site.write(file);
        }
        site
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.dir.path().join("content").join(path)
    }

    fn write(&self, path: &str) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), path).unwrap();
    }

    fn link(&self, target: impl AsRef<Path>, path: &str) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        symlink(target, self.at(path)).unwrap();
    }

    fn root(&self) -> Root {
        Root::open(&config(&self.at(""))).unwrap()
    }

    fn scan(&self) -> Scan {
        self.root().scan(&Scope::All)
    }

    /// Looks at named paths, and holds that this finds no more than, and the same as, looking at everything.
    fn look_at(&self, paths: &[&str]) -> Vec<String> {
        let root = self.root();
        let all = root.scan(&Scope::All);
        let some = root.scan(&Scope::Paths(paths.iter().map(ToString::to_string).collect()));
        for (path, stat) in &some.files {
            assert_eq!(all.files.get(path), Some(stat), "{path}");
        }
        for skipped in &some.skipped {
            assert!(all.skipped.contains(skipped), "{skipped:?} is not in {:?}", all.skipped);
        }
        files(&some)
    }
}

fn files(scan: &Scan) -> Vec<String> {
    scan.files.keys().map(ToString::to_string).collect()
}

fn skipped(scan: &Scan) -> Vec<(&str, &SkipReason)> {
    let mut skipped: Vec<_> = scan.skipped.iter().map(|skipped| (skipped.path.as_str(), &skipped.reason)).collect();
    skipped.sort_by_key(|(path, _)| *path);
    skipped
}

#[test]
fn pages_are_markdown_files_that_are_not_hidden() {
    let site = Site::new(&[
        "a.md",
        "B.MD",
        "c.markdown",
        "A/B/d.md",
        "A/B/.e.md",
        ".git/f.md",
        "node_modules/g.md",
        "A/node_modules/h.md",
        "i.mdx",
        "j.txt",
        ".md",
        "k.md/l.md",
        "m.md~",
        ".gitignore",
        ".ignore",
    ]);
    fs::write(site.at(".gitignore"), "*.md").unwrap();
    fs::write(site.at(".ignore"), "*.md").unwrap();
    let scan = site.scan();
    assert_eq!(files(&scan), ["A/B/d.md", "B.MD", "a.md", "c.markdown", "k.md/l.md"]);
    assert!(scan.skipped.is_empty() && scan.unreadable.is_empty(), "{scan:?}");
    let stat = scan.files[&PagePath::new("A/B/d.md").unwrap()];
    assert_eq!(stat, Stat::of(&fs::metadata(site.at("A/B/d.md")).unwrap()));
}

#[test]
fn patterns_take_files_and_folders_out() {
    let site = Site::new(&["a.md", "drafts/b.md", "drafts/x/keep.md", "A/drafts/c.md", "A/d.draft.md", "A/e.md"]);
    site.link("A", "L");
    site.link("A", "drafts2");
    let mut config = config(&site.at(""));
    config.exclude = ["/drafts/", "*.draft.md", "!keep.md", "L/drafts/", "drafts2/"].map(str::to_owned).to_vec();
    let root = Root::open(&config).unwrap();
    assert_eq!(files(&root.scan(&Scope::All)), ["A/drafts/c.md", "A/e.md", "L/e.md", "a.md"]);
    let named = ["drafts/b.md", "drafts/x/keep.md", "drafts", "A/d.draft.md", "L/drafts/c.md", "drafts2/e.md", "a.md"];
    let scope = Scope::Paths(named.iter().map(ToString::to_string).collect());
    assert_eq!(files(&root.scan(&scope)), ["a.md"]);
}

#[test]
fn links_inside_count_at_their_own_path() {
    let site = Site::new(&["A/a.md", "A/B/b.md", ".store/c.md", ".store/v1/d.md"]);
    site.link("A/a.md", "file.md");
    site.link("a.md", "A/relative.md");
    site.link(site.at("A/B/b.md"), "absolute.markdown");
    site.link(".store/c.md", "hidden.md");
    site.link(".store/v1", "folder");
    site.link("../A", "C/up");
    site.link("A/a.md", "not-a-page");
    let scan = site.scan();
    assert_eq!(
        files(&scan),
        [
            "A/B/b.md",
            "A/a.md",
            "A/relative.md",
            "C/up/B/b.md",
            "C/up/a.md",
            "C/up/relative.md",
            "absolute.markdown",
            "file.md",
            "folder/d.md",
            "hidden.md",
        ]
    );
    assert!(scan.skipped.is_empty(), "{:?}", scan.skipped);
    let of = |path: &str| scan.files[&PagePath::new(path).unwrap()];
    assert_eq!(of("file.md"), of("A/a.md"), "the file behind the link");
    assert_eq!(
        site.look_at(&["folder/d.md", "hidden.md", "C/up/B", "file.md", "not-a-page"]),
        ["C/up/B/b.md", "file.md", "folder/d.md", "hidden.md"]
    );
}

#[test]
fn links_that_lead_outside_are_listed() {
    let site = Site::new(&["a.md"]);
    let outside = site.dir.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.md"), "secret").unwrap();
    fs::write(outside.join("picture.png"), "").unwrap();
    // The content directory's name is a prefix of this one's.
    fs::create_dir(site.dir.path().join("content2")).unwrap();
    site.link(&outside, "folder");
    site.link("../outside/secret.md", "file.md");
    site.link(outside.join("picture.png"), "picture.png");
    site.link("../content2", "near");
    site.link("/etc/passwd", "passwd.md");
    site.link("/proc/self/environ", "environ.md");
    site.link("/proc/self/root", "root");
    site.link("nowhere", "dangling.md");
    site.link("nowhere", "dangling");
    let scan = site.scan();
    assert_eq!(files(&scan), ["a.md"]);
    let outside = &SkipReason::Outside;
    let expected = vec![
        ("dangling.md", &SkipReason::Dangling),
        ("environ.md", outside),
        ("file.md", outside),
        ("folder", outside),
        ("near", outside),
        ("passwd.md", outside),
        ("root", outside),
    ];
    assert_eq!(skipped(&scan), expected);
    let named = ["folder/secret.md", "file.md", "passwd.md", "dangling.md", "root/etc", "../outside/secret.md", "/etc"];
    assert!(site.look_at(&named).is_empty());
}

#[test]
fn links_that_loop_are_listed() {
    let site = Site::new(&["A/a.md", "B/b.md"]);
    site.link("loop.md", "loop.md");
    site.link("two", "one");
    site.link("one", "two");
    site.link(".", "here");
    site.link("..", "A/up");
    site.link("../B", "A/x");
    site.link("../A", "B/y");
    let scan = site.scan();
    assert_eq!(files(&scan), ["A/a.md", "A/x/b.md", "B/b.md", "B/y/a.md"]);
    let looping = ["A/up", "A/x/y", "B/y/up", "B/y/x", "here", "loop.md", "one", "two"];
    assert_eq!(skipped(&scan), looping.map(|path| (path, &SkipReason::Loop)));
    assert!(site.look_at(&["A/x/y/a.md", "here/A/a.md", "A/up/B/b.md"]).is_empty());
    assert_eq!(site.look_at(&["A/x/b.md"]), ["A/x/b.md"]);
}

#[test]
fn links_to_each_other_do_not_multiply_for_ever() {
    let site = Site::new(&["f0/a.md"]);
    for from in 0..12 {
        for to in 0..12 {
            if from != to {
                site.link(format!("../f{to}"), &format!("f{from}/to{to}"));
            }
        }
    }
    let scan = site.scan();
    assert!(scan.files.len() > 1);
    assert!(scan.skipped.iter().any(|skipped| skipped.reason == SkipReason::TooManyLinks));
}

#[test]
fn only_regular_files_are_pages() {
    let site = Site::new(&["a.md"]);
    mknodat(CWD, site.at("fifo.md"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(site.at("socket.md")).unwrap();
    site.link("fifo.md", "link.md");
    mknodat(CWD, site.at("fifo"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    let scan = site.scan();
    assert_eq!(files(&scan), ["a.md"]);
    assert_eq!(skipped(&scan), ["fifo.md", "link.md", "socket.md"].map(|path| (path, &SkipReason::NotRegular)));
    assert!(site.look_at(&["fifo.md", "link.md", "fifo"]).is_empty());
}

#[test]
fn names_of_any_kind() {
    let names = [
        "a\nb.md",
        "\u{1b}]0;x\u{7}.md",
        "..%2f.md",
        "#?&.md",
        "-rf.md",
        "caf\u{e9}.md",
        "cafe\u{301}.md",
        "\u{202e}dm.md",
        "back\\slash.md",
        " .md",
        "x/y z/ç.md",
    ];
    let site = Site::new(&names);
    let long = format!("{}.md", "n".repeat(252));
    site.write(&long);
    let scan = site.scan();
    let mut expected: Vec<String> = names.iter().map(ToString::to_string).chain([long]).collect();
    // `..%2f.md` begins with a dot.
    expected.retain(|name| !name.starts_with('.'));
    expected.sort();
    assert_eq!(files(&scan), expected);
    for name in expected {
        assert_eq!(site.look_at(&[&name]), [name.as_str()]);
    }
}

#[test]
fn names_that_are_not_utf8_are_listed() {
    let site = Site::new(&["a.md"]);
    let bytes = |name: &'static [u8]| site.at("").join(OsStr::from_bytes(name));
    fs::write(bytes(b"b\xff.md"), "").unwrap();
    fs::write(bytes(b"c\xff.png"), "").unwrap();
    fs::create_dir_all(bytes(b"d\xfe/e\xff")).unwrap();
    fs::write(bytes(b"d\xfe/f.md"), "").unwrap();
    fs::write(bytes(b"d\xfe/e\xff/g.md"), "").unwrap();
    let scan = site.scan();
    assert_eq!(files(&scan), ["a.md"]);
    assert_eq!(skipped(&scan), [("b\\xff.md", &SkipReason::NotUtf8), ("d\\xfe", &SkipReason::NotUtf8)]);
}

#[test]
fn depth_has_an_end() {
    let site = Site::new(&[]);
    let folders = |count: usize| vec!["d"; count].join("/");
    site.write(&format!("{}/last.md", folders(255)));
    site.write(&format!("{}/beyond.md", folders(256)));
    let scan = site.scan();
    assert_eq!(files(&scan), [format!("{}/last.md", folders(255))]);
    assert_eq!(skipped(&scan), [(folders(256).as_str(), &SkipReason::TooDeep)]);
    assert!(site.look_at(&[&format!("{}/beyond.md", folders(256))]).is_empty());
    assert_eq!(site.look_at(&[&folders(254)]).len(), 1);
}

#[test]
fn a_scope_is_looked_at_alone() {
    let site = Site::new(&["a.md", "A/b.md", "A/B/c.md", "A-/d.md", "AB/e.md", ".h/f.md"]);
    for (scope, found) in [
        (&["a.md"][..], &["a.md"][..]),
        (&["A"], &["A/B/c.md", "A/b.md"]),
        (&["A/", "A-", "A/B", "A/b.md"], &["A-/d.md", "A/B/c.md", "A/b.md"]),
        (&["A/B/c.md", "gone.md", "gone/x.md", "a.md/x.md"], &["A/B/c.md"]),
        (&[".h", ".h/f.md", "A//B", "./a.md", "A/../a.md", "a\0.md", "/"], &[]),
        (&["", "a.md"], &["A-/d.md", "A/B/c.md", "A/b.md", "AB/e.md", "a.md"]),
        (&[], &[]),
    ] {
        assert_eq!(site.look_at(scope), found, "{scope:?}");
    }
}

#[test]
fn a_directory_that_is_gone_has_not_lost_its_pages() {
    let site = Site::new(&["a.md"]);
    let root = site.root();
    fs::rename(site.at(""), site.dir.path().join("away")).unwrap();
    for scope in [Scope::All, Scope::Paths(BTreeSet::from(["a.md".to_owned()]))] {
        let scan = root.scan(&scope);
        assert_eq!(scan.unreadable, [Unreadable { path: String::new(), kind: UnreadableKind::Failed }]);
    }
    fs::create_dir(site.at("")).unwrap();
    assert_eq!(root.scan(&Scope::All).unreadable.len(), 1, "another directory");
}

#[test]
fn what_may_not_be_seen_is_told_from_what_fails() {
    let errno = |errno: rustix::io::Errno| UnreadableKind::of(&errno.into());
    for denied in [rustix::io::Errno::ACCESS, rustix::io::Errno::PERM] {
        assert_eq!(errno(denied), Some(UnreadableKind::Denied));
    }
    for failed in
        [rustix::io::Errno::IO, rustix::io::Errno::STALE, rustix::io::Errno::MFILE, rustix::io::Errno::NAMETOOLONG]
    {
        assert_eq!(errno(failed), Some(UnreadableKind::Failed));
    }
    for gone in [rustix::io::Errno::NOENT, rustix::io::Errno::NOTDIR] {
        assert_eq!(errno(gone), None);
    }
}

/// root may read everything: run as another user, this test says more.
#[test]
fn a_folder_without_rights_hides_only_itself() {
    let site = Site::new(&["A/a.md", "A/B/b.md", "C/c.md", "d.md"]);
    site.link("A/a.md", "link.md");
    fs::set_permissions(site.at("A"), fs::Permissions::from_mode(0o000)).unwrap();
    let is_root = fs::read_dir(site.at("A")).is_ok();
    let scan = site.scan();
    let named = site.root().scan(&Scope::Paths(BTreeSet::from(["A/a.md".to_owned(), "d.md".to_owned()])));
    fs::set_permissions(site.at("A"), fs::Permissions::from_mode(0o755)).unwrap();
    if is_root {
        assert_eq!(files(&scan).len(), 5);
        return;
    }
    let denied = |path: &str| Unreadable { path: path.to_owned(), kind: UnreadableKind::Denied };
    assert_eq!(files(&scan), ["C/c.md", "d.md"]);
    let mut unreadable = scan.unreadable.clone();
    unreadable.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(unreadable, [denied("A"), denied("link.md")]);
    assert_eq!(skipped(&scan), [("A", &SkipReason::Denied), ("link.md", &SkipReason::Denied)]);
    assert_eq!((files(&named), named.unreadable), (vec!["d.md".to_owned()], vec![denied("A/a.md")]));
}
