//! Whose a URL is gets settled, also where a file could not be read when it was to be.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;

use super::{Wiki, reconcile};
use crate::content::Scope;
use crate::index::Request;

/// Found by the chaos run: while releases were swapped, the page that was to take a URL over could not be read; by the next
/// look it was as it had always been, so nothing was done, ever again. Seen to fail without `unsettled_routes` (by its path)
/// and without `all_clashes` (by a look at everything after a restart).
#[test]
fn a_url_that_could_not_change_hands_does_so_later() {
    for restart in [false, true] {
        let wiki = Wiki::of(1);
        let (owner, heir) = (wiki.config.content.dir.join("A.md"), wiki.config.content.dir.join("pt-br/A.md"));
        let aside = wiki.config.content.dir.join("aside.tmp");
        fs::create_dir(wiki.config.content.dir.join("pt-br")).expect("a folder");
        fs::write(&owner, "---\ndate: 2025-01-01\n---\nherdeiro\n").expect("a page");
        fs::write(&heir, "---\ndate: 2024-01-01\n---\nherdeiro\n").expect("a page");
        let mut indexer = wiki.open();
        reconcile(&mut indexer);
        assert_eq!(wiki.found(&indexer, "herdeiro"), ["A.md"]);

        fs::remove_file(&owner).expect("a page");
        let moved = Cell::new(false);
        let paths = |path: &str| Request { scope: Scope::Paths(BTreeSet::from([path.to_owned()])), ..Request::all() };
        let outcome = indexer
            .reconcile(&paths("A.md"), &|_| {
                if !moved.replace(true) {
                    fs::rename(&heir, &aside).expect("a rename");
                }
            })
            .expect("a reconcile");
        assert_eq!(outcome.unsettled.len(), 1, "{outcome:?}");
        fs::rename(&aside, &heir).expect("a rename");

        if restart {
            drop(indexer);
            indexer = wiki.open();
            reconcile(&mut indexer);
        } else {
            indexer.reconcile(&paths("pt-br/A.md"), &|_| {}).expect("a reconcile");
        }
        assert_eq!(wiki.found(&indexer, "herdeiro"), ["pt-br/A.md"], "restart: {restart}");
    }
}
