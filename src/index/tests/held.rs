//! What is held in memory and what is mapped.

use std::fs;
use std::io::Write;
use std::path::Path;

use tantivy::Directory;
use tantivy::directory::TerminatingWrite;

use crate::index::directory::IndexDirectory;

fn write(directory: &IndexDirectory, name: &str, bytes: &[u8]) {
    // Through the engine's own layer, which writes the sum.
    let managed = tantivy::directory::ManagedDirectory::wrap(Box::new(directory.clone())).expect("a folder");
    let mut file = managed.open_write(Path::new(name)).expect("a file");
    file.write_all(bytes).expect("writable");
    file.terminate().expect("written");
}

/// Seen to fail with everything mapped: truncating the file ended the process.
#[test]
fn what_is_held_outlives_its_file() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let directory = IndexDirectory::new(dir.path(), 1 << 20).expect("a folder");
    write(&directory, "a.store", b"alfa beto");
    let held = directory.open_read(Path::new("a.store")).expect("readable");
    fs::write(dir.path().join("a.store"), "").expect("writable");
    assert!(held.read_bytes().expect("held").starts_with(b"alfa beto"));
    assert!(directory.open_read(Path::new("a.store")).is_ok(), "as long as somebody holds it, it is there");
    drop(held);
    assert!(directory.open_read(Path::new("a.store")).is_err(), "then it is what it is");
}

#[test]
fn only_so_much_is_held() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let directory = IndexDirectory::new(dir.path(), 1_500).expect("a folder");
    for name in ["a.idx", "b.idx", "c.idx"] {
        write(&directory, name, &[7; 600]);
    }
    let open = |name: &str| directory.open_read(Path::new(name)).expect("readable");
    let (a, b) = (open("a.idx"), open("b.idx"));
    assert!(!directory.has_mapped());
    let c = open("c.idx");
    assert!(directory.has_mapped(), "the third does not fit");
    drop((a, b, c));
}

/// Seen to fail without `check_end`: the engine mapped what was cut off.
#[test]
fn what_is_mapped_has_its_end_and_is_verified() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let directory = IndexDirectory::new(dir.path(), 0).expect("a folder");
    write(&directory, "a.idx", &vec![7; 100_000]);
    let mapped = directory.open_read(Path::new("a.idx")).expect("readable");
    directory.verify_mapped();
    assert!(!directory.is_suspect());
    let mut bytes = fs::read(dir.path().join("a.idx")).expect("readable");
    bytes[50_000] ^= 1;
    // In place: the mapping is of this inode.
    fs::OpenOptions::new()
        .write(true)
        .open(dir.path().join("a.idx"))
        .expect("a file")
        .write_all(&bytes)
        .expect("written");
    directory.verify_mapped();
    assert!(directory.is_suspect());
    drop(mapped);
    for length in [0, 3, 5, 7, 8, 50_000, bytes.len() - 1] {
        fs::write(dir.path().join("a.idx"), &bytes[..length]).expect("writable");
        assert!(directory.open_read(Path::new("a.idx")).is_err(), "{length} bytes are left");
    }
}

/// A merge outlives its writer: what it still does must not reach the folder.
#[test]
fn who_was_revoked_writes_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let directory = IndexDirectory::new(dir.path(), 0).expect("a folder");
    directory.atomic_write(Path::new("meta.json"), b"{}\n").expect("writable");
    directory.revoke();
    assert!(directory.atomic_write(Path::new("meta.json"), b"[]\n").is_err());
    assert!(directory.open_write(Path::new("a.idx")).is_err());
    assert!(directory.delete(Path::new("meta.json")).is_err());
    assert_eq!(directory.atomic_read(Path::new("meta.json")).expect("readable"), b"{}\n");
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1);
}
