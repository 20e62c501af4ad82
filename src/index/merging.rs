//! Merging: which segments become one, while saving, while building and afterwards.
//!
//! Its own file because the engine merges by its policy and `compaction` by itself, and both must keep to the same bound: a
//! segment that is full is not merged with others any more. So no merge takes longer, or more room on the disk, than that of
//! some [`FULL_DOCUMENTS`], however large the wiki.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tantivy::SegmentMeta;
use tantivy::index::SegmentId;
use tantivy::indexer::{LogMergePolicy, MergeCandidate, MergePolicy};

/// What a word costs to look up in one more segment of this size is little against reading its postings.
pub const FULL_DOCUMENTS: u64 = 150_000;
/// Segments smaller than this are one layer for merging: else a small index is rewritten whole every few saves.
const MIN_LAYER_DOCUMENTS: u32 = 200;
/// A segment is rewritten when this share of it is deleted: the engine's default never does so.
const MAX_DELETED_SHARE: f32 = 0.25;
/// In a build so many segments of a size are merged: what is left at its end is merged when it serves.
const BUILD_SEGMENTS: usize = 32;

/// What the engine merges by its policy, so that nobody else merges the same: the engine itself does not tell, and of two
/// merges of one segment the later one is written in vain.
#[derive(Clone, Debug, Default)]
pub struct Underway {
    state: Arc<Mutex<UnderwayState>>,
}

#[derive(Debug, Default)]
struct UnderwayState {
    /// What it was told to merge, and has not offered again since.
    told: HashSet<SegmentId>,
    /// Whether it is told to merge nothing more for now.
    paused: bool,
    /// Whether nobody asks any more.
    over: bool,
}

impl Underway {
    /// Whether the engine merges any of these. While it does nothing else is begun.
    pub fn holds(&self, segments: &[(SegmentId, u64)]) -> bool {
        let mut state = self.state();
        state.paused = segments.iter().any(|(segment, _)| state.told.contains(segment));
        state.paused
    }

    /// Nobody asks any more.
    pub fn end(&self) {
        *self.state() = UnderwayState { over: true, ..UnderwayState::default() };
    }

    fn state(&self) -> MutexGuard<'_, UnderwayState> {
        // Plain values, whole at every moment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The engine's policy within our bounds.
#[derive(Debug)]
pub struct Merges {
    by_size: LogMergePolicy,
    full_documents: u64,
    underway: Underway,
}

impl Merges {
    /// For an index that is being built, or that saves change.
    pub fn new(building: bool, underway: Underway) -> Self {
        let mut by_size = LogMergePolicy::default();
        by_size.set_min_layer_size(MIN_LAYER_DOCUMENTS);
        by_size.set_del_docs_ratio_before_merge(MAX_DELETED_SHARE);
        if building {
            by_size.set_min_num_segments(BUILD_SEGMENTS);
        }
        Self { by_size, full_documents: FULL_DOCUMENTS, underway }
    }

    fn candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let documents = |segment: &SegmentMeta| u64::from(segment.max_doc());
        let (full, others): (Vec<_>, Vec<_>) =
            segments.iter().cloned().partition(|segment| documents(segment) >= self.full_documents);
        let wasteful =
            |segment: &&SegmentMeta| segment.num_deleted_docs() as f32 > segment.max_doc() as f32 * MAX_DELETED_SHARE;
        let rewritten = full.iter().filter(wasteful).map(|segment| MergeCandidate(vec![segment.id()]));
        let merged = self.by_size.compute_merge_candidates(&others).into_iter().map(|MergeCandidate(ids)| {
            let sized = ids.iter().filter_map(|id| {
                let segment = others.iter().find(|segment| segment.id() == *id)?;
                Some((segment.id(), documents(segment)))
            });
            MergeCandidate(group(sized.collect(), self.full_documents).into_iter().map(|(id, _)| id).collect())
        });
        rewritten.chain(merged).collect()
    }
}

impl MergePolicy for Merges {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let mut underway = self.underway.state();
        // What is offered is in no merge: one that it was in has failed.
        for segment in segments {
            underway.told.remove(&segment.id());
        }
        if underway.paused {
            return Vec::new();
        }
        let candidates = self.candidates(segments);
        if underway.over {
            return candidates;
        }
        underway.told.extend(candidates.iter().flat_map(|MergeCandidate(ids)| ids));
        candidates
    }
}

/// Of segments with their documents the smallest ones, until together they are full.
pub fn group(mut segments: Vec<(SegmentId, u64)>, full_documents: u64) -> Vec<(SegmentId, u64)> {
    segments.sort_by_key(|(_, documents)| *documents);
    let mut together = 0;
    segments.retain(|(_, documents)| {
        let fits = together < full_documents;
        together += if fits { *documents } else { 0 };
        fits
    });
    segments
}

#[cfg(test)]
mod tests {
    use tantivy::indexer::LogMergePolicy;
    use tantivy::schema::{STRING, Schema};
    use tantivy::{Index, IndexWriter, Term, doc};

    use super::*;

    /// Segments with their documents and how many of them are deleted, after so many commits of ten documents each.
    fn merged(policy: Merges, commits: u64, delete_below: u64) -> Vec<(u32, u32)> {
        let mut schema = Schema::builder();
        let name = schema.add_text_field("name", STRING);
        let index = Index::create_in_ram(schema.build());
        let mut writer: IndexWriter = index.writer_with_num_threads(1, 15_000_000).expect("a writer");
        writer.set_merge_policy(Box::new(policy));
        for commit in 0..commits {
            for number in commit * 10..commit * 10 + 10 {
                writer.add_document(doc!(name => number.to_string())).expect("a document");
            }
            writer.commit().expect("a commit");
        }
        for number in 0..delete_below {
            writer.delete_term(Term::from_field_text(name, &number.to_string()));
        }
        writer.commit().expect("a commit");
        writer.wait_merging_threads().expect("merges");
        let segments = index.searchable_segment_metas().expect("a commit");
        segments.iter().map(|segment| (segment.max_doc(), segment.num_deleted_docs())).collect()
    }

    /// Merges whenever there are two, which the engine's own policy does without end.
    fn eager(full_documents: u64) -> Merges {
        let mut by_size = LogMergePolicy::default();
        by_size.set_min_layer_size(1_000);
        by_size.set_min_num_segments(2);
        Merges { by_size, full_documents, underway: Underway::default() }
    }

    /// Seen to fail with `others` made of all segments: they all became one.
    #[test]
    fn what_is_full_is_merged_no_more() {
        let segments = merged(eager(50), 40, 0);
        assert_eq!(segments.iter().map(|(documents, _)| documents).sum::<u32>(), 400);
        assert!(segments.len() > 1 && segments.iter().all(|(documents, _)| *documents < 100), "{segments:?}");
    }

    /// Seen to fail without `rewritten`: the deleted ones stayed.
    #[test]
    fn what_is_full_and_half_deleted_is_rewritten() {
        let segments = merged(eager(20), 10, 50);
        assert!(segments.iter().all(|(documents, deleted)| deleted * 4 <= *documents), "{segments:?}");
    }

    /// Seen to fail where nothing is remembered: 200,000 pages were then merged into one segment twice, once in vain.
    #[test]
    fn what_the_engine_merges_is_known_and_nothing_is_begun_while_somebody_waits_for_it() {
        let index = Index::create_in_ram(Schema::builder().build());
        let metas = [(); 3].map(|()| index.new_segment_meta(SegmentId::generate_random(), 10));
        let segments = |metas: &[SegmentMeta]| metas.iter().map(|meta| (meta.id(), 10)).collect::<Vec<_>>();
        let (policy, others) = (eager(1_000), [index.new_segment_meta(SegmentId::generate_random(), 10)]);
        let underway = &policy.underway;
        let begun = |metas: &[SegmentMeta]| !policy.compute_merge_candidates(metas).is_empty();
        assert!(!underway.holds(&segments(&metas)));
        assert!(begun(&metas));
        assert!(!underway.holds(&segments(&others)), "others are not merged");
        assert!(underway.holds(&segments(&metas)));
        assert!(!begun(&metas), "the merge has failed, but somebody waits");
        assert!(!underway.holds(&segments(&metas)));
        assert!(begun(&metas));
        assert!(!underway.holds(&segments(&others)), "merged, they are in no commit");
        underway.end();
        assert!(begun(&metas));
        assert!(!underway.holds(&segments(&metas)), "nobody asks any more");
    }

    #[test]
    fn the_smallest_first_until_they_are_full() {
        let id = SegmentId::generate_random;
        let of = |sizes: &[u64]| -> Vec<u64> {
            let segments = sizes.iter().map(|documents| (id(), *documents)).collect();
            group(segments, 100).into_iter().map(|(_, documents)| documents).collect()
        };
        assert_eq!(of(&[90, 30, 60, 20]), [20, 30, 60]);
        assert_eq!(of(&[99, 99, 99]), [99, 99]);
        assert!(of(&[]).is_empty());
    }
}
