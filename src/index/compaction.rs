//! Compaction: after a build, its many segments become one, or few large ones, in the background.
//!
//! Its own file because it belongs to neither building nor saving: a build writes as fast as it can and serves what it
//! wrote, and every question would then look up each word in all of its segments, for good. What it keeps true: an index
//! is compacted once an opening, no search waits for it, and it fails without harm.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tantivy::index::SegmentId;
use tantivy::{FutureResult, SegmentMeta};

use super::live::Live;
use super::merging::{FULL_DOCUMENTS, group};

/// Segments are left as they are where the largest holds this share of their documents: saves make small ones, which the
/// engine merges among themselves.
const LARGEST_SHARE: f64 = 0.75;

/// A merge is given up by the engine when one of its segments goes meanwhile, as all of its pages were saved anew.
const ATTEMPTS: u32 = 5;

/// How far the compaction of an index has come.
pub enum Compaction {
    /// It is to be looked at, so many times at most.
    Due(u32),
    /// The engine still merges what the build left to it; then it is due.
    Waiting(u32),
    /// Segments are being merged; if that fails it is tried again so many times.
    Running(FutureResult<Option<SegmentMeta>>, u32),
    /// There is nothing to do any more.
    Over,
}

impl Default for Compaction {
    fn default() -> Self {
        Self::Due(ATTEMPTS)
    }
}

impl Live {
    /// Whether its segments are being merged.
    pub fn is_compacting(&self) -> bool {
        matches!(self.compaction, Compaction::Running(..) | Compaction::Waiting(_))
    }

    /// Nothing is compacted any more before the next opening.
    pub(super) fn end_compaction(&mut self) {
        self.compaction = Compaction::Over;
        self.underway.end();
    }

    /// Starts to merge segments, if none of them holds most of the documents, or looks whether that has ended. True when it
    /// has, and readers may see fewer segments.
    pub fn compact(&mut self) -> bool {
        match std::mem::replace(&mut self.compaction, Compaction::Over) {
            Compaction::Due(attempts) | Compaction::Waiting(attempts) => {
                match self.start_compaction(attempts) {
                    Ok(Compaction::Over) => self.end_compaction(),
                    Ok(compaction) => self.compaction = compaction,
                    Err(error) => {
                        tracing::warn!(%error, "the index is not compacted");
                        self.end_compaction();
                    }
                }
                false
            }
            Compaction::Running(mut merge, attempts) => {
                let polled = pin!(&mut merge).poll(&mut Context::from_waker(Waker::noop()));
                let Poll::Ready(result) = polled else {
                    self.compaction = Compaction::Running(merge, attempts);
                    return false;
                };
                self.is_unsealed();
                match result {
                    Ok(_) => {
                        tracing::debug!("segments were compacted");
                        self.compaction = Compaction::Due(ATTEMPTS);
                        return true;
                    }
                    Err(error) if attempts > 0 => {
                        tracing::debug!(%error, "the index is compacted later");
                        self.compaction = Compaction::Due(attempts);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the index is not compacted");
                        self.end_compaction();
                    }
                }
                // What was merged in vain lies there until the engine next looks for what it does not need.
                if let Ok(writer) = self.writer() {
                    drop(writer.garbage_collect_files());
                }
                false
            }
            Compaction::Over => false,
        }
    }

    fn start_compaction(&mut self, attempts: u32) -> tantivy::Result<Compaction> {
        // What is on the disk, not what readers see: the engine may have merged since.
        let mut segments = self.searchable()?;
        if self.underway.holds(&segments) {
            return Ok(Compaction::Waiting(attempts));
        }
        segments.retain(|(_, documents)| *documents < FULL_DOCUMENTS);
        let segments = group(segments, FULL_DOCUMENTS);
        let documents: u64 = segments.iter().map(|(_, documents)| documents).sum();
        let most = segments.last().map_or(0, |(_, documents)| *documents);
        if most as f64 >= documents as f64 * LARGEST_SHARE {
            return Ok(Compaction::Over);
        }
        let ids: Vec<SegmentId> = segments.into_iter().map(|(id, _)| id).collect();
        tracing::debug!(segments = ids.len(), documents, "the index is being compacted");
        let merge = self.writer()?.merge(&ids);
        self.is_unsealed();
        Ok(Compaction::Running(merge, attempts.saturating_sub(1)))
    }
}
