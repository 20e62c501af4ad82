//! The manifest: what the index holds of each file, so that a scan can be compared with it.
//!
//! It is read from the documents' own columns when an index is opened, and kept in step by the writer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use crate::content::Stat;
use crate::page::PagePath;

/// What becomes of a file in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// It is found.
    Found,
    /// Its front matter keeps it out.
    KeptOut,
    /// Another file claims its URL with better right.
    Outclaimed,
}

/// What the index holds of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// As it was when read.
    pub stat: Stat,
    /// Of what was read.
    pub hash: u128,
    /// When it was read, in nanoseconds since the epoch.
    pub read_at_ns: i64,
    /// What became of it.
    pub state: FileState,
    /// Whether only its first part counts.
    pub truncated: bool,
    /// The URL it claims, hashed; nobody's for a page kept out.
    pub route: u64,
    /// The date that its front matter names, in milliseconds: settles who owns a URL.
    pub claim_ms: Option<i64>,
    /// Number of sections.
    pub sections: u32,
}

const TRUNCATED: u64 = 1 << 8;

impl FileEntry {
    /// State and flags as one number, for the column.
    pub fn packed_state(&self) -> u64 {
        let state = match self.state {
            FileState::Found => 0,
            FileState::KeptOut => 1,
            FileState::Outclaimed => 2,
        };
        state | if self.truncated { TRUNCATED } else { 0 }
    }

    /// State, and whether truncated.
    pub fn unpack_state(packed: u64) -> (FileState, bool) {
        let state = match packed & 0xff {
            0 => FileState::Found,
            1 => FileState::KeptOut,
            _ => FileState::Outclaimed,
        };
        (state, packed & TRUNCATED != 0)
    }

    /// Whether a document with this packed state can be found.
    pub fn is_found(packed: u64) -> bool {
        Self::unpack_state(packed).0 == FileState::Found
    }

    /// Last change as readers see it: the front matter's date, else the file's time.
    pub fn updated_ms(&self) -> i64 {
        self.claim_ms.unwrap_or_else(|| self.stat.mtime_ns.div_euclid(1_000_000))
    }
}

/// What the index holds of every file.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    files: BTreeMap<PagePath, FileEntry>,
    claims: HashMap<u64, Vec<PagePath>>,
    /// Files that are not found, or not whole, though they are pages: few, and told of after every change.
    wanting: BTreeSet<PagePath>,
    /// How many names an inode has, by device and inode mixed: never too few.
    names: HashMap<u64, u32>,
}

impl Manifest {
    /// The entry of a file.
    pub fn get(&self, path: &PagePath) -> Option<&FileEntry> {
        self.files.get(path)
    }

    /// All entries, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&PagePath, &FileEntry)> {
        self.files.iter()
    }

    /// Number of files, found or not.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether it holds no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Files at or below a path (`A/B` takes in `A/B` itself and `A/B/C.md`).
    pub fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a PagePath, &'a FileEntry)> {
        let from = self.files.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        from.take_while(move |(path, _)| path.as_str().starts_with(prefix))
            .filter(move |(path, _)| is_below(path.as_str(), prefix))
    }

    /// How many entries are of this inode, or a few more.
    pub fn names(&self, stat: &Stat) -> u32 {
        self.names.get(&mixed(stat)).copied().unwrap_or(0)
    }

    /// Adds or replaces an entry.
    pub fn insert(&mut self, path: PagePath, entry: FileEntry) {
        self.remove(&path);
        if entry.state != FileState::KeptOut {
            self.claims.entry(entry.route).or_default().push(path.clone());
        }
        *self.names.entry(mixed(&entry.stat)).or_default() += 1;
        if entry.truncated || entry.state == FileState::Outclaimed {
            self.wanting.insert(path.clone());
        }
        self.files.insert(path, entry);
    }

    /// Files that are cut off, or whose URL another file has.
    pub fn wanting(&self) -> impl Iterator<Item = (&PagePath, &FileEntry)> {
        self.wanting.iter().filter_map(|path| self.files.get_key_value(path))
    }

    /// Notes another modification time of a file that is otherwise as it was.
    pub fn set_mtime(&mut self, path: &PagePath, mtime_ns: i64) {
        if let Some(entry) = self.files.get_mut(path) {
            entry.stat.mtime_ns = mtime_ns;
        }
    }

    /// Takes an entry out.
    pub fn remove(&mut self, path: &PagePath) -> Option<FileEntry> {
        let entry = self.files.remove(path)?;
        self.wanting.remove(path);
        if let Some(names) = self.names.get_mut(&mixed(&entry.stat)) {
            *names -= 1;
            if *names == 0 {
                self.names.remove(&mixed(&entry.stat));
            }
        }
        if let Some(claimants) = self.claims.get_mut(&entry.route) {
            claimants.retain(|claimant| claimant != path);
            if claimants.is_empty() {
                self.claims.remove(&entry.route);
            }
        }
        Some(entry)
    }

    /// The file that owns a URL: `index` before `README`; else a dated one before one without date, the later
    /// date, else the later modification, else the smaller path.
    pub fn owner(&self, route: u64) -> Option<&PagePath> {
        let claimants = self.claims.get(&route)?;
        claimants.iter().min_by(|a, b| {
            let (left, right) = (&self.files[*a], &self.files[*b]);
            folder_page_rank(a)
                .cmp(&folder_page_rank(b))
                .then_with(|| right.claim_ms.cmp(&left.claim_ms))
                .then_with(|| right.stat.mtime_ns.cmp(&left.stat.mtime_ns))
                .then_with(|| a.cmp(b))
        })
    }

    /// Everybody who claims a URL.
    pub fn claimants(&self, route: u64) -> &[PagePath] {
        self.claims.get(&route).map_or(&[], Vec::as_slice)
    }

    /// URLs that somebody was outclaimed for: whoever had one may be gone.
    pub fn unfound(&self) -> impl Iterator<Item = u64> {
        let outclaimed = self.wanting().filter(|(_, entry)| entry.state == FileState::Outclaimed);
        outclaimed.map(|(_, entry)| entry.route)
    }

    /// URLs that more than one file claims.
    pub fn contested(&self) -> impl Iterator<Item = u64> {
        self.claims.iter().filter(|(_, claimants)| claimants.len() > 1).map(|(route, _)| *route)
    }
}

fn mixed(stat: &Stat) -> u64 {
    stat.device.rotate_left(32) ^ stat.inode
}

/// `index` stands for its folder before `README` does.
fn folder_page_rank(path: &PagePath) -> u8 {
    let stem = path.file_name().rsplit_once('.').map_or(path.file_name(), |(stem, _)| stem);
    u8::from(stem.eq_ignore_ascii_case("readme"))
}

/// Whether `path` is `prefix` or lies in the folder `prefix`; everything lies in "".
pub fn is_below(path: &str, prefix: &str) -> bool {
    prefix.is_empty() || path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> PagePath {
        PagePath::new(path).expect("a page")
    }

    fn entry(claim_ms: Option<i64>, mtime_ns: i64) -> FileEntry {
        FileEntry {
            stat: Stat { mtime_ns, ..Stat::default() },
            hash: 0,
            read_at_ns: 0,
            state: FileState::Found,
            truncated: false,
            route: 7,
            claim_ms,
            sections: 1,
        }
    }

    #[test]
    fn who_owns_a_url() {
        let cases = [
            ([("A/README.md", Some(9), 9), ("A/index.md", None, 1)], "A/index.md"),
            ([("a.md", None, 9), ("a.markdown", Some(1), 1)], "a.markdown"),
            ([("a.md", Some(2), 1), ("a.markdown", Some(1), 9)], "a.md"),
            ([("a.md", None, 1), ("a.markdown", None, 2)], "a.markdown"),
            ([("a.md", None, 1), ("a.markdown", None, 1)], "a.markdown"),
        ];
        for (files, owner) in cases {
            for order in [[0, 1], [1, 0]] {
                let mut manifest = Manifest::default();
                for index in order {
                    let (name, claim, mtime) = files[index];
                    manifest.insert(path(name), entry(claim, mtime));
                }
                assert_eq!(manifest.owner(7).map(PagePath::as_str), Some(owner));
                assert_eq!(manifest.contested().collect::<Vec<_>>(), [7]);
                manifest.remove(&path(owner));
                assert_eq!(manifest.claimants(7).len(), 1);
            }
        }
    }

    #[test]
    fn state_is_packed_and_unpacked() {
        for state in [FileState::Found, FileState::KeptOut, FileState::Outclaimed] {
            for truncated in [false, true] {
                let entry = FileEntry { state, truncated, ..entry(None, 0) };
                assert_eq!(FileEntry::unpack_state(entry.packed_state()), (state, truncated));
                assert_eq!(FileEntry::is_found(entry.packed_state()), state == FileState::Found);
            }
        }
    }

    #[test]
    fn what_lies_below() {
        for (path, prefix, below) in [
            ("A/b.md", "A", true),
            ("A/b.md", "", true),
            ("A/b.md", "A/b.md", true),
            ("AB/c.md", "A", false),
            ("A.md", "A", false),
        ] {
            assert_eq!(is_below(path, prefix), below, "{path} below {prefix}");
        }
    }
}
