//! What is done for the index that serves, now and then, whatever happens to the pages.
//!
//! Its own file because nothing here follows the directory. What it keeps true: no search waits for it.

use super::Indexer;
use crate::index::live::Live;

impl Indexer {
    /// What is done now and then, whatever happens: commits are synced, what was built is compacted, and what was opened
    /// is verified. Whether the index has become another one on the disk.
    pub fn look_after(&mut self) -> bool {
        let Some(live) = self.serving.as_mut() else { return false };
        live.keep_sealed();
        live.verify_if_due();
        let compacted = live.compact();
        if compacted {
            match live.snapshot() {
                Ok(snapshot) => {
                    // The state that serves says the same: nobody need wait for the words of the one segment.
                    snapshot.warm();
                    self.serve(&snapshot);
                }
                // The state that serves is as good, and the next commit shows the other one.
                Err(error) => tracing::warn!(%error, "the compacted index cannot be read yet"),
            }
        }
        compacted
    }

    /// Whether segments of the index that serves are being merged after a build.
    pub fn is_compacting(&self) -> bool {
        self.serving.as_ref().is_some_and(Live::is_compacting)
    }

    /// Whether the index that serves was found damaged in the background.
    pub fn is_suspect(&self) -> bool {
        self.serving.as_ref().is_some_and(Live::is_suspect)
    }
}
