//! The plan: what a scan asks of the index. Pure, so that every case is a row of a table.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;

use super::manifest::{Manifest, is_below};
use crate::content::{Scan, Scope, Stat, UnreadableKind};
use crate::page::PagePath;

/// What has to be done to make the index equal the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Files to read: new ones, changed ones, and those whose times cannot prove that they are as they were.
    pub read: Vec<PagePath>,
    /// Files to take out.
    pub remove: Vec<PagePath>,
    /// Files that are as they were.
    pub unchanged: u64,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.read.is_empty() && self.remove.is_empty()
    }
}

/// Compares what was scanned with what the index holds of the same part of the directory.
///
/// `verified` holds files that were read again and found as they were, with the state they were in then:
/// the documents keep older times.
pub fn plan(manifest: &Manifest, verified: &BTreeMap<PagePath, (Stat, i64)>, scan: &Scan, scope: &Scope) -> Plan {
    let mut plan = Plan::default();
    let all = matches!(scope, Scope::All);
    // Of everything, both sides are gone through in their order: cheaper than a search for each path.
    let mut entries = Ascending::new(manifest.iter().filter(|_| all));
    for (path, stat) in &scan.files {
        let known = if all { entries.get(path) } else { manifest.get(path) };
        let seen = match (verified.get(path), known) {
            (Some(&(seen, read_at_ns)), Some(_)) => Some((seen, read_at_ns)),
            (None, Some(entry)) => Some((entry.stat, entry.read_at_ns)),
            (_, None) => None,
        };
        match seen {
            Some((seen, read_at_ns)) if seen == *stat && !stat.racy(read_at_ns) => plan.unchanged += 1,
            _ => plan.read.push(path.clone()),
        }
    }
    match scope {
        Scope::All => {
            let mut files = Ascending::new(scan.files.iter());
            let unseen = manifest.iter().map(|(path, _)| path).filter(|path| files.get(path).is_none());
            plan.remove.extend(unseen.filter(|path| !is_held(scan, path)).cloned());
        }
        Scope::Paths(prefixes) => {
            let known: BTreeSet<&PagePath> =
                prefixes.iter().flat_map(|prefix| manifest.below(prefix)).map(|(path, _)| path).collect();
            let gone = |path: &PagePath| !scan.files.contains_key(path) && !is_held(scan, path);
            plan.remove.extend(known.into_iter().filter(|path| gone(path)).cloned());
        }
    }
    plan
}

/// Entries in the order of their paths, which are asked for in that order, too: one pass over them answers all questions.
struct Ascending<I: Iterator> {
    entries: Peekable<I>,
}

impl<'a, V, I: Iterator<Item = (&'a PagePath, V)>> Ascending<I> {
    fn new(entries: I) -> Self {
        Self { entries: entries.peekable() }
    }

    fn get(&mut self, path: &PagePath) -> Option<V> {
        while self.entries.next_if(|(before, _)| *before < path).is_some() {}
        self.entries.next_if(|(same, _)| *same == path).map(|(_, value)| value)
    }
}

/// Whether a file was not seen only because something above it could not be read: its last good version stays.
fn is_held(scan: &Scan, path: &PagePath) -> bool {
    scan.unreadable
        .iter()
        .any(|unreadable| unreadable.kind == UnreadableKind::Failed && is_below(path.as_str(), &unreadable.path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Unreadable;
    use crate::index::manifest::{FileEntry, FileState};

    const READ_AT_NS: i64 = 1_000_000_000_000;

    fn path(name: &str) -> PagePath {
        PagePath::new(name).expect("a page")
    }

    fn stat(size: u64) -> Stat {
        Stat { size, ..Stat::default() }
    }

    fn manifest(names: &[&str]) -> Manifest {
        let mut manifest = Manifest::default();
        for name in names {
            let entry = FileEntry {
                stat: stat(1),
                hash: 0,
                read_at_ns: READ_AT_NS,
                state: FileState::Found,
                truncated: false,
                route: 0,
                claim_ms: None,
                sections: 1,
            };
            manifest.insert(path(name), entry);
        }
        manifest
    }

    fn names(paths: &[PagePath]) -> Vec<&str> {
        paths.iter().map(PagePath::as_str).collect()
    }

    #[test]
    fn what_is_new_changed_or_gone_is_seen_wherever_it_stands() {
        let manifest = manifest(&["b.md", "c.md", "e.md", "f.md", "x/a.md", "x/b.md", "y.md"]);
        let racy = Stat { mtime_ns: READ_AT_NS, ..stat(1) };
        let found = [("a.md", stat(1)), ("c.md", stat(2)), ("d.md", stat(1)), ("f.md", stat(1)), ("z.md", stat(1))];
        let mut scan = Scan::default();
        scan.files.extend(found.map(|(name, stat)| (path(name), stat)));
        scan.unreadable.push(Unreadable { path: "x".to_owned(), kind: UnreadableKind::Failed });
        // The second look: read again meanwhile, and so close to the change that it proves nothing.
        let verified = BTreeMap::from([(path("f.md"), (racy, READ_AT_NS))]);
        let everything = Scope::Paths(BTreeSet::from([String::new()]));
        for scope in [&Scope::All, &everything] {
            let seen = plan(&manifest, &BTreeMap::new(), &scan, scope);
            assert_eq!(names(&seen.read), ["a.md", "c.md", "d.md", "z.md"], "{scope:?}");
            assert_eq!(names(&seen.remove), ["b.md", "e.md", "y.md"], "{scope:?}");
            assert_eq!(seen.unchanged, 1, "{scope:?}");
            let seen = plan(&manifest, &verified, &scan, scope);
            assert_eq!(names(&seen.read), ["a.md", "c.md", "d.md", "f.md", "z.md"], "{scope:?}");
        }
        assert_eq!(plan(&manifest, &BTreeMap::new(), &Scan::default(), &Scope::All).remove.len(), 7);
        assert!(plan(&Manifest::default(), &BTreeMap::new(), &Scan::default(), &Scope::All).is_empty());
    }
}
