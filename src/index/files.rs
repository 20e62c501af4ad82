//! The files of an index folder as bytes: which ones a commit names, and whether they are what was once written.
//!
//! Its own file because it knows the engine's formats on disk and nothing else of the engine: no reader, no writer.
//! What it keeps true: a file that passes [`verify`] is byte for byte what the engine wrote, and a text that
//! [`without_sum`] gives back is whole.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use tantivy::directory::FileSlice;
use tantivy::directory::footer::Footer;

use super::fault;

/// The commit: which segments there are. The engine's name.
pub const META: &str = "meta.json";
/// What the engine believes to have written. It is never written: see [`super::directory`].
pub const MANAGED: &str = ".managed.json";
/// Leads the names of files that are still being written.
const TEMPORARY: &str = ".tmp-";
/// The parts of a segment besides its deletions.
const PARTS: [&str; 6] = ["idx", "pos", "term", "store", "fast", "fieldnorm"];
/// The engine's footer ends with its length and a magic number, and is no longer than this.
const FOOTER_END: u64 = 8;
const FOOTER_MOST: u64 = 50_000 + FOOTER_END;
/// Read at a time when a file is verified without being kept.
const CHUNK: usize = 1 << 18;
/// What stands before the sum in the last line of a text.
const SUM: &str = "xxh3 ";
const SUM_LINE: usize = SUM.len() + 16 + 1;

/// A text with a last line that proves it whole.
pub fn with_sum(text: &[u8]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    let line = format!("{SUM}{:016x}\n", xxhash_rust::xxh3::xxh3_64(text));
    bytes.extend_from_slice(line.as_bytes());
    bytes
}

/// The text without its last line; none if it is not what was written.
pub fn without_sum(bytes: &[u8]) -> Option<&[u8]> {
    let (text, line) = bytes.split_at(bytes.len().checked_sub(SUM_LINE)?);
    let sum = std::str::from_utf8(line).ok()?.strip_prefix(SUM)?.strip_suffix('\n')?;
    (sum == format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text))).then_some(text)
}

/// A text file that [`with_sum`] wrote; none if it is missing or not whole. Other errors prove nothing.
pub fn read_text(path: &Path) -> io::Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(without_sum(&bytes).and_then(|text| String::from_utf8(text.to_vec()).ok())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts a file in its place at once. Synced, it is there after a power loss, too.
pub fn replace(path: &Path, bytes: &[u8], synced: bool) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!("{TEMPORARY}{name}"));
    let written = (|| {
        fault::point("io::create")?;
        let mut file = File::create(&beside)?;
        fault::point("io::write")?;
        file.write_all(bytes)?;
        if synced {
            sync(&file)?;
        }
        fault::point("io::rename")?;
        fs::rename(&beside, path)
    })();
    if written.is_err() {
        // What is left is removed at the next start, if not now.
        let _ = fs::remove_file(&beside);
        return written;
    }
    if synced { sync_folder(folder) } else { Ok(()) }
}

/// Opens a file to lock it, and makes it if need be. For reading alone: a file that is open for writing keeps a disk from
/// being made read-only, and cannot be had on one that is.
pub fn open_lock(path: &Path) -> io::Result<File> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            drop(File::options().create(true).truncate(false).write(true).open(path)?);
            File::open(path)
        }
        other => other,
    }
}

/// Waits until a file's bytes are on the disk.
pub fn sync(file: &File) -> io::Result<()> {
    fault::point("io::sync")?;
    file.sync_data()
}

/// Waits until a folder's names are on the disk.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    sync(&File::open(folder)?)
}

#[derive(Deserialize)]
struct Meta {
    segments: Vec<Segment>,
}

#[derive(Deserialize)]
struct Segment {
    segment_id: String,
    deletes: Option<Deletes>,
}

#[derive(Deserialize)]
struct Deletes {
    opstamp: u64,
}

/// The files that a commit consists of, besides itself; none if the text is no commit.
pub fn named_by(meta: &str) -> Option<BTreeSet<PathBuf>> {
    let meta: Meta = serde_json::from_str(meta).ok()?;
    let mut names = BTreeSet::new();
    for segment in meta.segments {
        let id = segment.segment_id.replace('-', "");
        names.extend(PARTS.iter().map(|part| PathBuf::from(format!("{id}.{part}"))));
        names.extend(segment.deletes.map(|deletes| PathBuf::from(format!("{id}.{}.del", deletes.opstamp))));
    }
    Some(names)
}

/// Bytes of a folder's files.
pub fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}

/// Whether a file of this name is one that an index folder may be full of: a part of a segment, or half written.
pub fn is_disposable(name: &str) -> bool {
    let segment =
        name.split_once('.').is_some_and(|(id, _)| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    segment || name.starts_with(TEMPORARY)
}

/// Whether a file of this name says that there is or was an index: a commit, a seal, or a part of a segment.
pub fn is_part(name: &str) -> bool {
    name == META || name == "seal.json" || is_disposable(name) && !name.starts_with(TEMPORARY)
}

/// Damage, as an error that [`super::store::is_damage`] knows.
pub fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// Whether an error of reading proves that a file is not what it was.
pub fn proves_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData)
}

/// Checks a file of the engine that is in memory against its own sum.
pub fn verify_bytes(bytes: &Arc<[u8]>) -> io::Result<()> {
    // The engine subtracts before it compares.
    if (bytes.len() as u64) < FOOTER_END {
        return Err(damaged("shorter than its end"));
    }
    let (footer, body) = Footer::extract_footer(FileSlice::from(Arc::clone(bytes)))?;
    let body = body.read_bytes()?;
    if crc32fast::hash(&body) == footer.crc { Ok(()) } else { Err(damaged("its checksum differs")) }
}

/// Checks that a file of the engine has its end, and gives the length of what is before it, and its sum.
pub fn check_end(file: &mut File) -> io::Result<(u64, u32)> {
    let length = file.metadata()?.len();
    if length < FOOTER_END {
        return Err(damaged("shorter than its end"));
    }
    let mut end = vec![0; length.min(FOOTER_MOST) as usize];
    file.seek(SeekFrom::Start(length - end.len() as u64))?;
    file.read_exact(&mut end)?;
    let (footer, rest) = Footer::extract_footer(FileSlice::from(end))?;
    Ok((length - length.min(FOOTER_MOST) + tantivy::HasLen::len(&rest) as u64, footer.crc))
}

/// Checks a file of the engine on disk against its own sum, without a mapping that could be cut off under us.
pub fn verify(path: &Path) -> io::Result<()> {
    let mut file = File::open(path)?;
    let (length, sum) = check_end(&mut file)?;
    file.seek(SeekFrom::Start(0))?;
    let mut body = file.take(length);
    let mut hasher = crc32fast::Hasher::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match body.read(&mut chunk)? {
            0 => break,
            read => hasher.update(&chunk[..read]),
        }
    }
    if hasher.finalize() == sum { Ok(()) } else { Err(damaged("its checksum differs")) }
}

/// Whether all files of a commit are whole. Only proof counts: other errors are errors.
pub fn verify_all(folder: &Path, meta: &str) -> io::Result<bool> {
    let Some(names) = named_by(meta) else { return Ok(false) };
    for name in names {
        match verify(&folder.join(&name)) {
            Ok(()) => {}
            Err(error) if proves_damage(&error) => {
                tracing::warn!(file = %name.display(), %error, "a file of the index is damaged");
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_whole_or_nothing() {
        let bytes = with_sum(b"{}\n");
        assert_eq!(without_sum(&bytes), Some(&b"{}\n"[..]));
        for cut in 0..bytes.len() {
            assert_eq!(without_sum(&bytes[..cut]), None, "cut at {cut}");
        }
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 4;
            assert_eq!(without_sum(&flipped), None, "flipped at {at}");
        }
    }

    #[test]
    fn what_a_commit_consists_of() {
        let id = "01234567-89ab-cdef-0123-456789abcdef";
        let meta = format!(r#"{{"segments": [{{"segment_id": "{id}", "max_doc": 1, "deletes": {{"opstamp": 7}}}}]}}"#);
        let names = named_by(&meta).expect("a commit");
        assert_eq!(names.len(), 7);
        assert!(names.contains(Path::new("0123456789abcdef0123456789abcdef.7.del")));
        assert!(names.iter().all(|name| is_disposable(&name.to_string_lossy())));
        for name in ["meta.json", ".managed.json", "seal.json", "notes.txt", ".tantivy-writer.lock"] {
            assert!(!is_disposable(name), "{name}");
        }
        assert_eq!(named_by("{"), None);
    }
}
