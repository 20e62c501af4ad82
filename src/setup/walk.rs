//! The pages of a directory: counted, and some of them looked into.
//!
//! Its own file because a directory may be huge, unreadable in parts, or hold what is no file. The walk follows no link,
//! opens nothing but regular files, does not recurse, and ends at a bound.

use std::collections::{BTreeSet, VecDeque};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::page::has_markdown_extension;

/// So many entries are looked at; the rest is not needed for a guess.
const MOST_ENTRIES: usize = 200_000;
/// So many pages are looked into.
const MOST_SAMPLES: usize = 60;
/// So much of each is read.
const SAMPLE_BYTES: u64 = 16 << 10;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Paths of pages, relative.
    pub pages: Vec<String>,
    /// Beginnings of some, with their paths.
    pub samples: Vec<(String, String)>,
    /// Names of the folders at the top.
    pub top: BTreeSet<String>,
    /// Pages of MDX, which are not read.
    pub mdx: usize,
    /// Links, which only count where they stay inside.
    pub links: usize,
    /// Folders and files that could not be read.
    pub unreadable: usize,
    /// One of them.
    pub unreadable_one: Option<PathBuf>,
    /// Names that are not UTF-8.
    pub unnamed: usize,
    /// The bound was reached.
    pub more: bool,
}

pub(super) fn walk(root: &Path) -> Walked {
    let mut walked = Walked::default();
    let mut folders = VecDeque::from([(root.to_owned(), String::new())]);
    let mut seen = 0;
    while let Some((folder, prefix)) = folders.pop_front() {
        let Ok(entries) = fs::read_dir(&folder) else {
            walked.unreadable += 1;
            walked.unreadable_one.get_or_insert(folder);
            continue;
        };
        // Sorted, so that two looks at one directory say the same.
        let mut sorted = Vec::new();
        for entry in entries.flatten() {
            seen += 1;
            if seen > MOST_ENTRIES {
                walked.more = true;
                break;
            }
            sorted.push(entry);
        }
        sorted.sort_by_key(fs::DirEntry::file_name);
        for entry in sorted {
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                walked.unnamed += 1;
                continue;
            };
            let Ok(kind) = entry.file_type() else { continue };
            if name.starts_with('.') || name == "node_modules" {
                continue;
            }
            let path = format!("{prefix}{name}");
            if kind.is_symlink() {
                walked.links += 1;
            } else if kind.is_dir() {
                if prefix.is_empty() {
                    walked.top.insert(name.to_owned());
                }
                folders.push_back((entry.path(), path + "/"));
            } else if kind.is_file() && has_markdown_extension(name) {
                walked.pages.push(path);
            } else if kind.is_file() && Path::new(name).extension().is_some_and(|extension| extension == "mdx") {
                walked.mdx += 1;
            }
        }
        if walked.more {
            break;
        }
    }
    // Spread over the whole: the first of them may all lie in one folder.
    let step = walked.pages.len().div_ceil(MOST_SAMPLES).max(1);
    for path in walked.pages.iter().step_by(step) {
        match beginning(&root.join(path), SAMPLE_BYTES) {
            Some(text) => walked.samples.push((path.clone(), text)),
            None => {
                walked.unreadable += 1;
                walked.unreadable_one.get_or_insert(root.join(path));
            }
        }
    }
    walked
}

/// The first bytes of a regular file, what is not UTF-8 replaced.
pub(super) fn beginning(path: &Path, most_bytes: u64) -> Option<String> {
    // A FIFO would be waited for.
    path.metadata().ok().filter(fs::Metadata::is_file)?;
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(most_bytes).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
