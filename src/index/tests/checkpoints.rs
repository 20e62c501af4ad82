//! A build that is killed goes on with what its checkpoints kept.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use super::Wiki;
use crate::index::{Indexer, Request};

/// The build ends as by a kill when this many pages are done; each was followed by a checkpoint.
fn kill_at(mut indexer: Indexer, done: u64) {
    indexer.first_checkpoint = Duration::ZERO;
    let killed = catch_unwind(AssertUnwindSafe(|| {
        indexer.reconcile(&Request::all(), &|counts| {
            if counts.done == done {
                resume_unwind(Box::new("killed"));
            }
        })
    }));
    assert!(killed.is_err());
}

/// Seen to fail with a first checkpoint after an hour: the second build read 40 pages, as the first.
#[test]
fn a_build_goes_on_where_its_last_checkpoint_left_it() {
    let wiki = Wiki::of(40);
    kill_at(wiki.open(), 25);

    let mut indexer = wiki.open();
    assert!(!indexer.has_index() && indexer.published().load().is_none(), "half an index serves nobody");
    let counts = indexer.reconcile(&Request::all(), &|_| {}).expect("a build").counts;
    assert_eq!((counts.added, counts.unchanged), (16, 24), "the 25th was written and not committed");
    assert_eq!(wiki.found(&indexer, "comum").len(), 40);
}

/// Each round gets further, however soon the next kill comes: no build that starts over for ever.
#[test]
fn kills_in_quick_succession_hold_up_no_build() {
    let wiki = Wiki::of(40);
    for done in [10, 20, 30] {
        kill_at(wiki.open(), done);
    }
    let mut indexer = wiki.open();
    let counts = indexer.reconcile(&Request::all(), &|_| {}).expect("a build").counts;
    assert_eq!((counts.added, counts.unchanged), (11, 29));
    assert_eq!(wiki.found(&indexer, "comum").len(), 40);
    indexer.close();
    let reopened = wiki.open();
    assert!(reopened.has_index());
}
