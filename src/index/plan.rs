//! The plan: what a scan asks of the index. Pure, so that every case is a row of a table.

use std::collections::{BTreeMap, BTreeSet};

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
    for (path, stat) in &scan.files {
        let known = manifest.get(path);
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
    let gone = |path: &PagePath| !scan.files.contains_key(path) && !is_held(scan, path);
    match scope {
        Scope::All => plan.remove.extend(manifest.iter().map(|(path, _)| path).filter(|path| gone(path)).cloned()),
        Scope::Paths(prefixes) => {
            let known: BTreeSet<&PagePath> =
                prefixes.iter().flat_map(|prefix| manifest.below(prefix)).map(|(path, _)| path).collect();
            plan.remove.extend(known.into_iter().filter(|path| gone(path)).cloned());
        }
    }
    plan
}

/// Whether a file was not seen only because something above it could not be read: its last good version stays.
fn is_held(scan: &Scan, path: &PagePath) -> bool {
    scan.unreadable
        .iter()
        .any(|unreadable| unreadable.kind == UnreadableKind::Failed && is_below(path.as_str(), &unreadable.path))
}
