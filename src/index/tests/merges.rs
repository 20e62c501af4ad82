//! How segments grow: no whole rewrite of a small index at every few saves, and deleted pages are reclaimed.

use std::collections::{BTreeMap, BTreeSet};

use tantivy::index::SegmentId;

use super::{Wiki, reconcile};
use crate::index::Indexer;
use crate::index::files::{self, META};
use crate::index::seal::Seal;
use crate::page::PagePath;

/// Documents and deleted ones of each segment, by its name.
fn segments(wiki: &Wiki) -> BTreeMap<String, (u64, u64)> {
    let text = files::read_text(&wiki.folder().join(META)).expect("readable").expect("a commit");
    let meta: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let segments = meta["segments"].as_array().expect("segments").iter().map(|segment| {
        let deleted = segment["deletes"]["num_deleted_docs"].as_u64().unwrap_or(0);
        (
            segment["segment_id"].as_str().expect("a name").to_owned(),
            (segment["max_doc"].as_u64().expect("a number"), deleted),
        )
    });
    segments.collect()
}

/// Waits for merges.
fn reopened(wiki: &Wiki, indexer: Indexer) -> Indexer {
    indexer.close();
    wiki.open()
}

/// Seen to fail with the engine's own policy: the largest segment was another one after ten saves, and deleted pages
/// were never reclaimed.
#[test]
fn saves_rewrite_little_and_deletions_are_reclaimed() {
    const PAGES: usize = 1_000;
    let wiki = Wiki::of(PAGES);
    let mut indexer = wiki.open();
    reconcile(&mut indexer);
    indexer = reopened(&wiki, indexer);
    let since = std::time::Instant::now();
    while segments(&wiki).len() > 1 {
        indexer.look_after();
        std::thread::yield_now();
        assert!(since.elapsed() < std::time::Duration::from_secs(120), "what was built is never compacted");
    }
    let largest = |wiki: &Wiki| segments(wiki).into_iter().max_by_key(|(_, (docs, _))| *docs).expect("a segment").0;
    let first = largest(&wiki);
    for save in 0..60 {
        wiki.write(save * 7 % PAGES, &format!("salvo{save}"));
        reconcile(&mut indexer);
    }
    indexer = reopened(&wiki, indexer);
    assert_eq!(largest(&wiki), first, "sixty saves leave the bulk where it is: {:?}", segments(&wiki));
    assert!(segments(&wiki).len() <= 16, "{:?}", segments(&wiki));
    for number in 0..PAGES * 2 / 5 {
        wiki.write(number, &format!("mudado{number}x"));
    }
    reconcile(&mut indexer);
    indexer = reopened(&wiki, indexer);
    let deleted: u64 = segments(&wiki).values().map(|(_, deleted)| deleted).sum();
    let docs: u64 = segments(&wiki).values().map(|(docs, _)| docs).sum();
    assert!(deleted * 4 <= docs, "{deleted} of {docs} are deleted");
    assert_eq!(wiki.found(&indexer, "comum").len(), 100);
    assert_eq!(wiki.found(&indexer, "mudado5x"), ["P5.md"]);
}

/// A build leaves a segment for each of its checkpoints and threads. Seen to fail without `compact`: they stayed.
#[test]
fn what_was_built_in_parts_becomes_one_segment_under_the_same_generation() {
    // Fewer than are merged while it is built.
    const PAGES: usize = 12;
    let wiki = Wiki::of(PAGES);
    let mut indexer = wiki.open();
    indexer.first_checkpoint = std::time::Duration::ZERO;
    reconcile(&mut indexer);
    let built = indexer.published().load_full().expect("an index");
    assert!(built.segments().len() > 2, "it was built in parts");
    assert!(!indexer.look_after(), "it only begins");
    // A page that changes while segments are merged is the new one afterwards.
    wiki.write(7, "mudado");
    reconcile(&mut indexer);
    let generation = indexer.published().load_full().expect("an index").generation();
    let since = std::time::Instant::now();
    while indexer.is_compacting() || indexer.published().load_full().expect("an index").segments().len() > 2 {
        indexer.look_after();
        std::thread::yield_now();
        assert!(since.elapsed() < std::time::Duration::from_secs(120), "it is never compacted");
    }
    let compacted = indexer.published().load_full().expect("an index");
    assert_eq!(compacted.generation(), generation);
    assert_eq!((compacted.pages(), compacted.identity()), (PAGES as u64, built.identity()));
    assert_eq!(wiki.found(&indexer, "comum").len(), PAGES);
    assert_eq!(wiki.found(&indexer, "mudado"), ["P7.md"]);
    assert!(wiki.found(&indexer, "texto7").is_empty());
    assert!(segments(&wiki).len() <= 2, "the one, and perhaps the page: {:?}", segments(&wiki));
    assert!(!indexer.look_after(), "and that was all");
    indexer = reopened(&wiki, indexer);
    assert_eq!(wiki.found(&indexer, "comum").len(), PAGES);
}

/// After a large build merges take minutes, and a stop seconds. Seen to fail without `revoke`: the merge was committed
/// behind the seal of the stop.
#[test]
fn a_stop_gives_up_a_long_merge_and_nothing_is_committed_behind_its_seal() {
    const PAGES: usize = 12;
    let wiki = Wiki::of(PAGES);
    let mut indexer = wiki.open();
    indexer.first_checkpoint = std::time::Duration::ZERO;
    reconcile(&mut indexer);
    indexer.look_after();
    assert!(indexer.is_compacting());
    let folder = wiki.folder();
    indexer.serving.take().expect("an index").close_within(std::time::Duration::ZERO);
    let commit = || files::read_text(&folder.join(META)).expect("readable").expect("a commit");
    let at_the_stop = commit();
    let seal = Seal::read(&folder).expect("readable").expect("a seal");
    assert!(seal.stopped && seal.meta == at_the_stop);
    // The merge goes on for a while, as a process would that has not ended yet.
    let writer = files::open_lock(&folder.join(".tantivy-writer.lock")).expect("the writer's lock");
    writer.lock().expect("the writer ends");
    assert!(commit() == at_the_stop, "the merge was committed");
    drop((writer, indexer));
    let mut indexer = wiki.open();
    reconcile(&mut indexer);
    assert_eq!(wiki.found(&indexer, "comum").len(), PAGES);
}

/// A segment in which the last commit deleted something, merged with one in which it did not, while the first delete of a new
/// writer waits for its commit. Seen to fail with a writer whose first number is the last commit's: the page stayed.
#[test]
fn the_first_delete_after_an_opening_is_not_lost_in_a_merge() {
    let wiki = Wiki::of(6);
    let mut indexer = wiki.open();
    reconcile(&mut indexer);
    wiki.write(0, "mudado");
    reconcile(&mut indexer);
    indexer = reopened(&wiki, indexer);
    let state = segments(&wiki);
    assert_eq!(state.values().copied().collect::<BTreeSet<_>>(), BTreeSet::from([(6, 1), (1, 0)]));
    let live = indexer.serving.as_mut().expect("an index");
    let mut metas = live.searchable().expect("readable");
    metas.sort_by_key(|(_, documents)| *documents);
    let merged: Vec<SegmentId> = metas.into_iter().map(|(segment, _)| segment).collect();
    live.remove(&PagePath::new("P3.md").expect("a page")).expect("taken out");
    live.writer().expect("a writer").merge(&merged).wait().expect("merged");
    live.commit(live.payload.generation + 1, true).expect("committed");
    assert_eq!(live.snapshot().expect("a state").pages(), 5);
    assert_eq!(segments(&wiki).len(), 1);
}

/// Whatever did it. Seen to fail where the documents are not counted: both versions were found after it.
#[test]
fn a_page_that_is_there_twice_is_noticed_at_the_next_start() {
    let wiki = Wiki::of(6);
    let mut indexer = wiki.open();
    reconcile(&mut indexer);
    indexer.serving.as_mut().expect("an index").manifest.remove(&PagePath::new("P3.md").expect("a page"));
    reconcile(&mut indexer);
    assert_eq!(wiki.found(&indexer, "texto3"), ["P3.md", "P3.md"]);
    indexer = reopened(&wiki, indexer);
    assert_eq!(wiki.found(&indexer, "comum").len(), 7, "it serves meanwhile");
    reconcile(&mut indexer);
    assert_eq!(wiki.found(&indexer, "texto3"), ["P3.md"]);
    assert_eq!(wiki.found(&indexer, "comum").len(), 6);
    indexer = reopened(&wiki, indexer);
    assert!(!indexer.needs_build());
}
