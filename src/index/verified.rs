//! Files that were read again and found as they were, kept over restarts.
//!
//! A document says when its file was read and how it stood then. A file that was young at that time proves nothing by
//! its times and is hashed at the next look; rewriting its document for that would publish a state that differs in
//! nothing. So what the second look found stands beside the index. It cannot drift from it: an entry counts only for
//! the very bytes that it was made for, and a file that is missing or garbled costs a second reading.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files;
use super::manifest::Manifest;
use crate::content::Stat;
use crate::page::PagePath;

/// In an index folder.
const FILE: &str = "verified";

/// Of each file its state when it was found as it was, and when that was, in nanoseconds since the epoch.
pub type Verified = BTreeMap<PagePath, (Stat, i64)>;

#[derive(Serialize, Deserialize)]
struct Row {
    path: String,
    hash: u128,
    read_at_ns: i64,
    size: u64,
    mtime_ns: i64,
    ctime_ns: i64,
    inode: u64,
    device: u64,
}

/// What was kept, as far as it is about the files that the index holds.
pub fn load(folder: &Path, manifest: &mut Manifest) -> Verified {
    let Ok(bytes) = std::fs::read(folder.join(FILE)) else { return Verified::new() };
    let rows: Vec<Row> =
        files::without_sum(&bytes).and_then(|rows| postcard::from_bytes(rows).ok()).unwrap_or_default();
    let mut verified = Verified::new();
    for row in rows {
        let Row { size, mtime_ns, ctime_ns, inode, device, .. } = row;
        if let Some(path) = PagePath::new(row.path.as_str())
            && manifest.get(&path).is_some_and(|known| known.hash == row.hash)
        {
            // Between pages of one URL and date the newer one decides, as it did when this was found.
            manifest.set_mtime(&path, mtime_ns);
            verified.insert(path, (Stat { size, mtime_ns, ctime_ns, inode, device }, row.read_at_ns));
        }
    }
    verified
}

/// Keeps what was found. It is not synced: a lost one costs a second reading.
pub fn save(folder: &Path, manifest: &Manifest, verified: &Verified) -> std::io::Result<()> {
    let rows: Vec<Row> = verified
        .iter()
        .filter_map(|(path, (stat, read_at_ns))| {
            let Stat { size, mtime_ns, ctime_ns, inode, device } = *stat;
            let hash = manifest.get(path)?.hash;
            Some(Row { path: path.to_string(), hash, read_at_ns: *read_at_ns, size, mtime_ns, ctime_ns, inode, device })
        })
        .collect();
    let bytes = postcard::to_allocvec(&rows).map_err(std::io::Error::other)?;
    files::replace(&folder.join(FILE), &files::with_sum(&bytes), false)
}
