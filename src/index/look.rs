//! A look at the directory: a scan and the plan that follows from it, of one and the same directory.
//!
//! Its own file because a directory may be replaced or unmounted while it is walked, and because a change may show at
//! one name of a file alone. What it keeps true: no page is taken out on the word of a walk that ended elsewhere than
//! it began, and all names of a changed file are looked at together.

use std::collections::BTreeMap;
use std::io;

use super::fault;
use super::manifest::Manifest;
use super::plan::{Plan, plan};
use crate::config::ContentConfig;
use crate::content::{Root, RootError, Scan, Scope, Stat};
use crate::page::PagePath;

/// How often a directory is looked at again that is replaced under the look.
const TRIES: usize = 3;

/// What was looked at, what is there, and what follows for the index.
#[derive(Debug)]
pub struct Look {
    /// What was looked at: at least what was asked for.
    pub scope: Scope,
    /// What is there.
    pub scan: Scan,
    /// What follows.
    pub plan: Plan,
}

/// The content directory, opened anew if it is another one than before.
pub fn current<'a>(root: &'a mut Option<Root>, config: &ContentConfig) -> Result<&'a Root, RootError> {
    match root.take().filter(Root::still_current) {
        Some(same) => Ok(root.insert(same)),
        None => Ok(root.insert(Root::open(config)?)),
    }
}

/// Looks at a part of the directory as it is now. With `whole_if_other` at all of it where it is another one than at the
/// last look, as of that one nothing is known; also where it is replaced while it is looked at.
pub fn look(
    root: &mut Option<Root>,
    config: &ContentConfig,
    manifest: &Manifest,
    verified: &BTreeMap<PagePath, (Stat, i64)>,
    scope: &Scope,
    whole_if_other: bool,
) -> Result<Look, RootError> {
    let last = root.as_ref().map(Root::identity);
    for _ in 0..TRIES {
        let root = current(root, config)?;
        let other = last.is_some_and(|last| last != root.identity());
        let mut scope = if other && whole_if_other { Scope::All } else { scope.clone() };
        let mut scan = root.scan(&scope);
        if let Scope::Paths(paths) = &mut scope {
            let others = other_names(manifest, &scan);
            if !others.is_empty() {
                paths.extend(others);
                scan = root.scan(&scope);
            }
        }
        // What a walk does not meet is gone only if the walk was of this directory to its end.
        if fault::point("look").is_ok() && root.still_current() {
            let plan = plan(manifest, verified, &scan, &scope);
            return Ok(Look { scope, scan, plan });
        }
    }
    // Missing by now, or replaced faster than it can be looked at.
    current(root, config)?;
    Err(RootError::Io { path: config.dir.clone(), source: io::Error::other("it keeps being replaced") })
}

/// Other names (hard links) of the files that changed: the system tells of a change at the name that was written to.
fn other_names(manifest: &Manifest, scan: &Scan) -> Vec<String> {
    let changed: BTreeMap<(u64, u64), Stat> = scan
        .files
        .iter()
        .filter(|(path, stat)| manifest.get(path).is_none_or(|known| known.stat != **stat))
        .map(|(_, stat)| ((stat.device, stat.inode), *stat))
        .collect();
    // All names are gone through only where one of these files has a name that is not looked at anyway.
    let mut looked_at: BTreeMap<(u64, u64), u32> = BTreeMap::new();
    for known in scan.files.keys().filter_map(|path| manifest.get(path)) {
        *looked_at.entry((known.stat.device, known.stat.inode)).or_default() += 1;
    }
    if changed.iter().all(|(inode, stat)| manifest.names(stat) <= looked_at.get(inode).copied().unwrap_or(0)) {
        return Vec::new();
    }
    let others = manifest.iter().filter(|(path, entry)| {
        changed.contains_key(&(entry.stat.device, entry.stat.inode)) && !scan.files.contains_key(*path)
    });
    others.map(|(path, _)| path.to_string()).collect()
}
