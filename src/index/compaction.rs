//! Compaction: after a build, its many segments become one, in the background.
//!
//! Its own file because it belongs to neither building nor saving: a build writes as fast as it can and serves what it
//! wrote, and every question would then look up each word in all of its segments, for good. What it keeps true: an index
//! is compacted at most once an opening, nobody waits for it, and it fails without harm.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tantivy::index::SegmentId;
use tantivy::{FutureResult, SegmentMeta};

use super::live::Live;

/// An index is left as it is whose largest segment holds this share of its documents: saves make small ones, which the
/// engine merges among themselves.
const LARGEST_SHARE: f64 = 0.75;

/// How far the compaction of an index has come.
#[derive(Default)]
pub enum Compaction {
    /// It was not looked at yet.
    #[default]
    Due,
    /// Segments are being merged.
    Running(FutureResult<Option<SegmentMeta>>),
    /// There is nothing to do any more.
    Over,
}

impl Live {
    /// Whether its segments are being merged into one.
    pub fn is_compacting(&self) -> bool {
        matches!(self.compaction, Compaction::Running(_))
    }

    /// Starts to merge all segments, if none of them holds most of the documents, or looks whether that has ended. True
    /// once: when it has, and readers may see the one segment.
    pub fn compact(&mut self) -> bool {
        match std::mem::take(&mut self.compaction) {
            Compaction::Due => {
                self.compaction = self.start_compaction().unwrap_or_else(|error| {
                    tracing::warn!(%error, "the index is not compacted");
                    Compaction::Over
                });
                false
            }
            Compaction::Running(mut merge) => {
                let polled = pin!(&mut merge).poll(&mut Context::from_waker(Waker::noop()));
                let Poll::Ready(result) = polled else {
                    self.compaction = Compaction::Running(merge);
                    return false;
                };
                self.compaction = Compaction::Over;
                self.is_unsealed();
                match result {
                    Ok(_) => tracing::debug!("the index was compacted"),
                    Err(error) => tracing::warn!(%error, "the index is not compacted"),
                }
                true
            }
            Compaction::Over => {
                self.compaction = Compaction::Over;
                false
            }
        }
    }

    fn start_compaction(&mut self) -> tantivy::Result<Compaction> {
        let segments = self.segments();
        let documents: u64 = segments.iter().map(|(_, documents)| u64::from(*documents)).sum();
        let most = segments.iter().map(|(_, documents)| u64::from(*documents)).max().unwrap_or(0);
        if most as f64 >= documents as f64 * LARGEST_SHARE {
            return Ok(Compaction::Over);
        }
        let ids: Vec<SegmentId> = segments.into_iter().map(|(id, _)| id).collect();
        tracing::debug!(segments = ids.len(), documents, "the index is being compacted");
        let merge = self.writer()?.merge(&ids);
        self.is_unsealed();
        Ok(Compaction::Running(merge))
    }
}
