//! Many pages at once, on an index that has pages: what is written past the engine's writer.

use super::{Wiki, reconcile};
use crate::index::seal::Seal;

/// Seen to fail with deletes as the engine has them: all forty new versions went together with the old ones.
#[test]
fn many_changed_pages_take_the_places_of_their_old_ones() {
    let wiki = Wiki::of(100);
    let mut indexer = wiki.open();
    reconcile(&mut indexer);
    for round in 0..3 {
        for number in 0..40 {
            wiki.write(number, &format!("rodada{round}"));
        }
        reconcile(&mut indexer);
        let mut found = wiki.found(&indexer, &format!("rodada{round}"));
        found.sort_unstable();
        let mut expected: Vec<String> = (0..40).map(|number| format!("P{number}.md")).collect();
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(wiki.found(&indexer, "comum").len(), 100, "none is there twice");
        if let Some(before) = u32::checked_sub(round, 1) {
            assert!(wiki.found(&indexer, &format!("rodada{before}")).is_empty());
        }
    }
    indexer.close();
    let mut indexer = wiki.open();
    assert_eq!(reconcile(&mut indexer).counts.updated, 0);
    assert_eq!(wiki.found(&indexer, "rodada2").len(), 40);
}

/// A page that came in bulk goes by itself, and comes again by itself.
#[test]
fn what_came_in_bulk_goes_like_any_other() {
    let wiki = Wiki::of(20);
    let mut indexer = wiki.open();
    reconcile(&mut indexer);
    for number in 0..20 {
        wiki.write(number, "movido");
    }
    reconcile(&mut indexer);
    std::fs::remove_file(wiki.config.content.dir.join("P3.md")).expect("a page");
    wiki.write(4, "outra vez");
    reconcile(&mut indexer);
    assert_eq!(wiki.found(&indexer, "movido").len(), 18);
    assert_eq!(wiki.found(&indexer, "\"outra vez\""), ["P4.md"]);
    wiki.write(3, "voltou");
    reconcile(&mut indexer);
    assert_eq!(wiki.found(&indexer, "voltou"), ["P3.md"]);
    assert_eq!(wiki.found(&indexer, "comum").len(), 20);
}

/// Files that were just written are read again at a start. Seen to fail where writes begin with the look: the stop was no clean one
/// any more, though nothing had changed.
#[test]
fn many_pages_that_are_as_they_were_write_nothing() {
    let wiki = Wiki::of(40);
    let mut indexer = wiki.open();
    reconcile(&mut indexer);
    indexer.close();
    let mut indexer = wiki.open();
    let outcome = reconcile(&mut indexer);
    assert_eq!((outcome.counts.unchanged, outcome.published), (40, false));
    assert!(Seal::read(&wiki.folder()).expect("readable").expect("a seal").stopped);
}

/// An empty segment already takes 7 MB. Seen to fail with a thread a core, however little memory there is: there was a segment
/// every few pages.
#[test]
fn little_memory_makes_few_segments() {
    let wiki = Wiki::of(1_500);
    let mut indexer = wiki.open();
    reconcile(&mut indexer);
    assert_eq!(wiki.config.index.writer_memory_bytes, 15_000_000, "the least that may be set");
    let segments = indexer.published().load_full().expect("an index").segments().len();
    assert!(segments <= 3, "{segments} segments");
}
