//! Where links inside the content directory lead, as the last scan found them.
//!
//! Its own file because the scan writes it and the watcher reads it: an event tells of the file behind a link, never
//! of the link. A table that is behind costs time alone, as the periodic reconcile does not use it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

use super::rules::join;

/// True path of a file or folder, to the paths of links that lead to it; all relative to the content directory.
#[derive(Debug, Default)]
pub(super) struct Links {
    targets: RwLock<BTreeMap<String, BTreeSet<String>>>,
}

impl Links {
    /// Takes over what a scan found, as pairs of link and target; a full scan replaces what was known before.
    pub(super) fn learn(&self, found: Vec<(String, String)>, full: bool) {
        if found.is_empty() && !full {
            return;
        }
        // A table is whole after each insert: a panic elsewhere leaves nothing half done.
        let mut targets = self.targets.write().unwrap_or_else(PoisonError::into_inner);
        if full {
            targets.clear();
        }
        for (link, target) in found {
            targets.entry(target).or_default().insert(link);
        }
    }

    /// The paths by which links make a true path seen.
    pub(super) fn seen_as(&self, path: &str) -> Vec<String> {
        let targets = self.targets.read().unwrap_or_else(PoisonError::into_inner);
        if targets.is_empty() {
            return Vec::new();
        }
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.filter_map(|end| Some((end, targets.get(&path[..end])?)))
            .flat_map(|(end, links)| links.iter().map(move |link| join(link, path[end..].trim_start_matches('/'))))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_true_path_is_seen_through_links() {
        let links = Links::default();
        assert!(links.seen_as("a.md").is_empty());
        let pair = |link: &str, target: &str| (link.to_owned(), target.to_owned());
        links.learn(vec![pair("docs", ".store/v1"), pair("copy", ".store/v1"), pair("a.md", ".store/v1/b.md")], true);
        assert_eq!(links.seen_as(".store/v1/b.md"), ["copy/b.md", "docs/b.md", "a.md"]);
        assert_eq!(links.seen_as(".store/v1"), ["copy", "docs"]);
        assert!(links.seen_as(".store/v12/b.md").is_empty());
        links.learn(vec![pair("more", "A")], false);
        assert_eq!(links.seen_as("A/x/y.md"), ["more/x/y.md"]);
        links.learn(Vec::new(), false);
        assert_eq!(links.seen_as("A"), ["more"]);
        links.learn(Vec::new(), true);
        assert!(links.seen_as("A").is_empty());
    }
}
