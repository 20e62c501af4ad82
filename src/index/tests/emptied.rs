//! A directory that is gone or empty is held as a whole: also where only a part of it is looked at.

use std::collections::BTreeSet;
use std::fs;

use super::{Wiki, reconcile};
use crate::content::Scope;
use crate::index::{Indexer, Outcome, Request};

fn part(indexer: &mut Indexer, path: &str) -> Outcome {
    let scope = Scope::Paths(BTreeSet::from([path.to_owned()]));
    indexer.reconcile(&Request { scope, ..Request::all() }, &|_| {}).expect("a reconcile")
}

/// Found by the chaos run (seed 6): events that waited when the directory was replaced by an empty one took out the pages
/// that they named, one by one, while all others were held.
#[test]
fn what_events_name_of_an_emptied_directory_is_held_too() {
    let wiki = Wiki::of(10);
    let mut indexer = wiki.open();
    reconcile(&mut indexer);
    let (content, away) = (&wiki.config.content.dir, wiki.config.content.dir.with_extension("away"));
    fs::rename(content, &away).expect("a rename");
    for empty in [true, false] {
        if empty {
            fs::create_dir(content).expect("a folder");
        }
        for path in ["P1.md", "P2.md"] {
            let outcome = part(&mut indexer, path);
            assert!(outcome.held.is_some() && !outcome.published, "{outcome:?}");
            assert_eq!(wiki.found(&indexer, "comum").len(), 10, "{path}, empty: {empty}");
        }
        if empty {
            fs::remove_dir(content).expect("an empty folder");
        }
    }
    fs::rename(&away, content).expect("a rename");
    fs::remove_file(content.join("P3.md")).expect("a page");
    let outcome = part(&mut indexer, "P1.md");
    assert_eq!((outcome.held, outcome.counts.removed), (None, 1), "the first look at it is at all of it");
    assert_eq!(wiki.found(&indexer, "comum").len(), 9);
}
