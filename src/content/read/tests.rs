//! Reading real files, and repeated readings as tables.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_128;

use super::super::root::tests::config;
use super::*;

/// `config` of the tests sets this.
const MAX: usize = 4096;

fn site() -> (TempDir, Root) {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("content")).unwrap();
    let root = Root::open(&config(&dir.path().join("content"))).unwrap();
    (dir, root)
}

fn read(root: &Root, path: &str) -> Result<Source, ReadError> {
    root.read(&PagePath::new(path).unwrap(), false)
}

#[test]
fn a_page_as_it_stands() {
    let (_dir, root) = site();
    fs::create_dir_all(root.path().join("A/B")).unwrap();
    for (path, bytes) in [("a.md", &b"text"[..]), ("A/B/ç.md", b"\xff\0\r\n"), ("empty.md", b"")] {
        fs::write(root.path().join(path), bytes).unwrap();
        let source = read(&root, path).unwrap();
        assert_eq!((&source.bytes[..], source.truncated, source.settled), (bytes, false, true));
        assert_eq!(source.hash, xxh3_128(bytes));
        assert_eq!(source.stat, Stat::of(&fs::metadata(root.path().join(path)).unwrap()));
    }
}

#[test]
fn a_long_page_is_cut_while_it_is_read() {
    let (_dir, root) = site();
    let path = root.path().join("a.md");
    for (length, truncated) in [(MAX - 1, false), (MAX, false), (MAX + 1, true), (MAX * 3, true)] {
        fs::write(&path, vec![b'x'; length]).unwrap();
        let source = read(&root, "a.md").unwrap();
        assert_eq!((source.bytes.len(), source.truncated), (length.min(MAX), truncated));
        assert_eq!(source.stat.size, length as u64);
    }
    // A terabyte that takes no room.
    File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let sparse = read(&root, "a.md").unwrap();
    assert_eq!((sparse.bytes.len(), sparse.truncated), (MAX, true));
    File::options().write(true).open(&path).unwrap().set_len(1 << 39).unwrap();
    let shorter = read(&root, "a.md").unwrap();
    assert_eq!(shorter.bytes, sparse.bytes);
    assert_ne!(shorter.hash, sparse.hash, "its size counts");
}

#[test]
fn a_cut_tears_no_character() {
    for (before, text, kept) in
        [(0, "é", 0), (1, "é", 0), (2, "日", 0), (1, "日", 0), (3, "😀", 0), (1, "😀", 0), (0, "x", 0)]
    {
        let (_dir, root) = site();
        let mut bytes = vec![b'x'; MAX - before];
        bytes.extend(text.as_bytes());
        bytes.extend(b"more");
        fs::write(root.path().join("a.md"), &bytes).unwrap();
        let source = read(&root, "a.md").unwrap();
        assert_eq!(source.bytes.len(), MAX - before + kept, "{before} {text}");
        assert!(source.truncated && String::from_utf8(source.bytes).is_ok(), "{before} {text}");
    }
    assert_eq!(torn_bytes(&[0x80; 10], 5), 0, "no UTF-8 at all");
}

#[test]
fn links_inside_are_followed_and_no_others() {
    let (dir, root) = site();
    let at = |path: &str| root.path().join(path);
    fs::create_dir_all(at(".store/v1")).unwrap();
    fs::write(at(".store/v1/a.md"), "inside").unwrap();
    fs::create_dir(at("A")).unwrap();
    fs::write(dir.path().join("secret.md"), "secret").unwrap();
    symlink(".store/v1/a.md", at("relative.md")).unwrap();
    symlink(at(".store/v1/a.md"), at("absolute.md")).unwrap();
    symlink(".store/v1", at("folder")).unwrap();
    symlink("../relative.md", at("A/chain.md")).unwrap();
    for path in ["relative.md", "absolute.md", "folder/a.md", "A/chain.md"] {
        assert_eq!(read(&root, path).unwrap().bytes, b"inside", "{path}");
    }
    symlink("../secret.md", at("outside.md")).unwrap();
    symlink(dir.path(), at("up")).unwrap();
    symlink("/proc/self/environ", at("environ.md")).unwrap();
    symlink("loop.md", at("loop.md")).unwrap();
    for path in ["outside.md", "up/secret.md", "environ.md", "loop.md"] {
        assert!(matches!(read(&root, path), Err(ReadError::Outside)), "{path}");
    }
    symlink("nowhere", at("dangling.md")).unwrap();
    for path in ["dangling.md", "gone.md", "gone/a.md", "relative.md/a.md"] {
        assert!(matches!(read(&root, path), Err(ReadError::Gone)), "{path}");
    }
}

#[test]
fn a_link_that_is_swapped_all_the_time_never_leads_outside() {
    let (dir, root) = site();
    fs::write(dir.path().join("secret.md"), "secret").unwrap();
    fs::write(root.path().join("inside.md"), "inside").unwrap();
    let (page, next) = (root.path().join("a.md"), root.path().join("next"));
    fs::write(&page, "inside").unwrap();
    thread::scope(|scope| {
        let swapping = scope.spawn(|| {
            for round in 0..2000 {
                match round % 3 {
                    0 => symlink(dir.path().join("secret.md"), &next).unwrap(),
                    1 => fs::write(&next, "inside").unwrap(),
                    _ => symlink("inside.md", &next).unwrap(),
                }
                fs::rename(&next, &page).unwrap();
            }
        });
        while !swapping.is_finished() {
            match read(&root, "a.md") {
                Ok(source) => assert_ne!(source.bytes, b"secret"),
                Err(ReadError::Outside | ReadError::Unsettled | ReadError::Gone) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    });
}

#[test]
fn what_is_no_file_is_not_read_and_not_waited_for() {
    let (_dir, root) = site();
    let fifo = root.path().join("fifo.md");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    fs::create_dir(root.path().join("folder.md")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("socket.md")).unwrap();
    symlink("fifo.md", root.path().join("link.md")).unwrap();
    for path in ["fifo.md", "folder.md", "socket.md", "link.md"] {
        assert!(matches!(read(&root, path), Err(ReadError::NotRegular)), "{path}");
    }
}

#[test]
fn a_replaced_directory_says_nothing_about_its_pages() {
    let (dir, root) = site();
    fs::write(root.path().join("a.md"), "a").unwrap();
    fs::rename(root.path(), dir.path().join("away")).unwrap();
    assert!(matches!(read(&root, "a.md"), Err(ReadError::Io { .. })));
    fs::create_dir(root.path()).unwrap();
    fs::write(root.path().join("a.md"), "another").unwrap();
    assert!(matches!(read(&root, "a.md"), Err(ReadError::Io { .. })));
}

/// root may read everything: run as another user, this test says more.
#[test]
fn what_may_not_be_read() {
    let (_dir, root) = site();
    let path = root.path().join("a.md");
    fs::write(&path, "a").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let is_root = File::open(&path).is_ok();
    assert!(is_root || matches!(read(&root, "a.md"), Err(ReadError::Denied)));
    for (errno, expected) in [
        (rustix::io::Errno::ACCESS, "permission denied"),
        (rustix::io::Errno::PERM, "permission denied"),
        (rustix::io::Errno::NOENT, "it is gone"),
        (rustix::io::Errno::NOTDIR, "it is gone"),
        (rustix::io::Errno::NXIO, "not a regular file"),
        (rustix::io::Errno::IO, "it cannot be read: Input/output error (os error 5)"),
    ] {
        assert_eq!(ReadError::from(io::Error::from(errno)).to_string(), expected);
    }
}

#[test]
fn a_file_that_changes_is_read_again() {
    let source = |settled| Source { bytes: Vec::new(), truncated: false, stat: Stat::default(), hash: 0, settled };
    for (attempts, accept_unsettled, expected) in [
        (&[true][..], false, Ok((1, true))),
        (&[false, true], false, Ok((2, true))),
        (&[false, false, true], false, Ok((3, true))),
        (&[false, false, false, true], false, Err(3)),
        (&[false, false, false, true], true, Ok((3, false))),
        (&[false, true], true, Ok((2, true))),
    ] {
        let mut made = 0;
        let read = settle(accept_unsettled, || {
            made += 1;
            Ok(source(attempts[made - 1]))
        });
        match read {
            Ok(source) => assert_eq!(Ok((made, source.settled)), expected),
            Err(ReadError::Unsettled) => assert_eq!(Err(made), expected),
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(matches!(settle(true, || Err(ReadError::Gone)), Err(ReadError::Gone)), "an error is final");
}

#[test]
fn a_write_between_two_looks_is_seen() {
    let (_dir, root) = site();
    let path = root.path().join("a.md");
    let mut writer = File::create(&path).unwrap();
    writer.write_all(b"half").unwrap();
    let mut made = 0;
    let source = settle(false, || {
        made += 1;
        let mut file = open(&root, "a.md")?;
        let before = Stat::of(&file.metadata()?);
        if made == 1 {
            writer.write_all(b" and half").unwrap();
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let stat = Stat::of(&file.metadata()?);
        Ok(Source { bytes, truncated: false, stat, hash: 0, settled: before == stat })
    });
    assert_eq!((made, source.unwrap().bytes), (2, b"half and half".to_vec()));
}
