//! The three kinds of work, jobs, full comparisons and what hints tell of, and the conclusions drawn from each.
//!
//! Its own file because the loop decides when, and this what comes of it. What it keeps true: every outcome is told on
//! the board, an error is followed by a wait, and nothing that has to be looked at again is forgotten.

use std::sync::Arc;
use std::time::Instant;

use super::{BACK_OFF, SECOND_LOOK, Worker};
use crate::content::{Dirty, Scope};
use crate::index::error::IndexError;
use crate::index::handle::spellings;
use crate::index::indexer::{Outcome, Request};
use crate::index::status::{JobCounts, Reindex, State, WatcherMode};
use crate::page::Timestamp;

impl Worker {
    pub(super) fn run_job(&mut self, what: &Reindex) {
        let shared = Arc::clone(&self.shared);
        let report = move |counts: &JobCounts| shared.report(counts);
        let result = match what {
            Reindex::Rebuild => {
                self.shared.board().state = State::Indexing;
                self.indexer.guarded(|indexer| indexer.build(true, &report))
            }
            Reindex::All => self
                .indexer
                .guarded(|indexer| indexer.reconcile(&Request { explicit: true, ..Request::all() }, &report)),
            Reindex::Paths(paths) => {
                let scope = Scope::Paths(paths.iter().flat_map(|path| spellings(path)).collect());
                let request = Request { scope, explicit: true, ..Request::all() };
                self.indexer.guarded(|indexer| indexer.reconcile(&request, &report))
            }
        };
        self.settle(!matches!(what, Reindex::Paths(_)), &result);
        self.shared.end_job(match result {
            Err(error) => Err(error.reason()),
            Ok(Outcome { held: Some(reason), published: false, .. }) => Err(reason),
            Ok(Outcome { deferred: Some(_), .. }) => Err("the content directory was replaced meanwhile".to_owned()),
            Ok(outcome) => Ok(outcome.counts),
        });
    }

    /// `periodic`: nothing is known to have changed, so that a change that is found was missed by the watcher.
    pub(super) fn run_full(&mut self, periodic: bool) {
        let unexpected =
            periodic && self.shared.board().watcher.mode == WatcherMode::Native && self.coalescer.pending() == 0;
        let period = match self.shared.board().watcher.mode {
            WatcherMode::Poll => self.watch.poll_interval.min(self.watch.rescan_interval),
            WatcherMode::Native | WatcherMode::Off => self.watch.rescan_interval,
        };
        (self.next_full, self.periodic) = (Instant::now() + period, true);
        let started = Instant::now();
        let request = Request { seen_before: self.seen_before.take(), ..Request::all() };
        let shared = Arc::clone(&self.shared);
        let result = self.indexer.guarded(|indexer| indexer.reconcile(&request, &|_| shared.beat()));
        if let Ok(outcome) = &result {
            let counts = outcome.counts;
            let changes = counts.added + counts.updated + counts.removed;
            metrics::counter!("achei_reconcile_changes_total").increment(changes);
            tracing::debug!(pages = counts.total, changes, ms = started.elapsed().as_millis() as u64, "reconciled");
        }
        self.settle(true, &result);
        if unexpected && let Ok(outcome) = &result {
            self.judge_watcher(&outcome.counts);
        }
    }

    /// After a comparison that nothing asked for: what it found and no event told of, not even by now, shows that the
    /// watcher is blind somewhere.
    fn judge_watcher(&mut self, counts: &JobCounts) {
        self.drain();
        let found = counts.added + counts.updated + counts.removed;
        let drift = if self.coalescer.pending() == 0 { found } else { 0 };
        self.shared.board().drift = drift;
        if drift > 0 {
            metrics::counter!("achei_reconcile_drift_total").increment(drift);
            tracing::warn!(changes = drift, "no event had told of these changes: watching anew");
            self.start_watcher();
            self.full_at(Instant::now());
        }
    }

    pub(super) fn run_dirty(&mut self, dirty: Dirty) {
        if dirty.new_watcher {
            tracing::warn!("the watcher lost events: watching anew and comparing everything");
            self.start_watcher();
        }
        if dirty.all {
            self.run_full(false);
            return;
        }
        let request = Request { scope: Scope::Paths(dirty.paths), forced: dirty.forced, ..Request::all() };
        let shared = Arc::clone(&self.shared);
        let result = self.indexer.guarded(|indexer| indexer.reconcile(&request, &|_| shared.beat()));
        self.settle(false, &result);
    }

    /// Draws the conclusions of a reconcile: status, what to look at again, when to try again.
    fn settle(&mut self, full: bool, result: &Result<Outcome, IndexError>) {
        let skipped = self.indexer.skipped();
        let (index_bytes, last_commit) = (self.indexer.index_bytes(), self.indexer.last_commit());
        let shared = Arc::clone(&self.shared);
        let mut board = shared.board();
        board.index_bytes = index_bytes;
        board.last_commit = last_commit;
        board.skipped = skipped;
        match result {
            Ok(outcome) => {
                self.back_off = None;
                let now = Instant::now();
                for path in &outcome.unsettled {
                    self.coalescer.retry(path.as_str(), now);
                }
                if outcome.stale > 0 {
                    // Descriptors run out and disks fail for a while: what could not be read is tried again, ever more seldom.
                    let wait = self.reread.map_or(BACK_OFF.0, |wait| (wait * 2).min(BACK_OFF.1));
                    self.reread = Some(wait);
                    if now + wait < self.next_full {
                        (self.next_full, self.periodic) = (now + wait, false);
                    }
                } else if full {
                    self.reread = None;
                }
                if let Some(seen) = outcome.deferred {
                    self.seen_before = Some(seen);
                    (self.next_full, self.periodic) = (now + SECOND_LOOK, false);
                    return;
                }
                if let Some(reason) = &outcome.held {
                    if board.reason.as_ref() != Some(reason) {
                        tracing::error!(reason, "the last good index is held");
                    }
                    board.state = State::Degraded;
                    board.reason = Some(reason.clone());
                    board.ready = board.ready || self.indexer.has_index();
                    return;
                }
                if full {
                    if board.state == State::Degraded {
                        tracing::info!("the fault has ended");
                    }
                    board.state = State::Ready;
                    board.reason = None;
                    board.ready = true;
                    board.last_reconcile = Some(Timestamp::now());
                }
                if outcome.published {
                    let JobCounts { added, updated, removed, .. } = outcome.counts;
                    metrics::counter!("achei_generations_total").increment(1);
                    tracing::info!(added, updated, removed, "published a new generation");
                }
            }
            Err(error) => {
                let wait = self.back_off.map_or(BACK_OFF.0, |(_, wait)| (wait * 2).min(BACK_OFF.1));
                tracing::error!(%error, retry_ms = wait.as_millis() as u64, "the index could not be updated");
                let until = Instant::now() + wait;
                self.back_off = Some((until, wait));
                (self.next_full, self.periodic) = (until, false);
                board.state = State::Degraded;
                board.reason = Some(error.reason());
                board.ready = board.ready || self.indexer.has_index() && matches!(error, IndexError::Root(_));
            }
        }
    }
}
