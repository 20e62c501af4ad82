//! What the indexer does when something went wrong: back to the last commit, and never further than that.
//!
//! Its own file because it is the other half of each step. What it keeps true: the published state is not touched, and
//! an index is given up only on proof of damage.

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Indexer, Outcome};
use crate::content::RootError;
use crate::index::error::{IndexError, root_reason};
use crate::index::live::Live;
use crate::index::status::JobCounts;
use crate::index::store::is_damage;
use crate::page::PagePath;

impl Indexer {
    /// Does some work in which a panic is an error like any other: what it leaves behind is thrown away.
    pub fn guarded(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<Outcome, IndexError>,
    ) -> Result<Outcome, IndexError> {
        catch_unwind(AssertUnwindSafe(|| work(self))).unwrap_or_else(|_| {
            self.start_over();
            Err(IndexError::Panicked)
        })
    }

    /// The content directory is missing: the last good index is held, unless somebody asks for it to follow.
    pub(super) fn without_root(&mut self, error: RootError, explicit: bool) -> Result<Outcome, IndexError> {
        let Some(live) = self.serving.as_mut() else { return Err(error.into()) };
        if !explicit || !matches!(error, RootError::Missing { .. }) {
            tracing::debug!(%error, "no content directory");
            return Ok(Outcome { held: Some(root_reason(&error)), ..Outcome::default() });
        }
        let paths: Vec<PagePath> = live.manifest.iter().map(|(path, _)| path.clone()).collect();
        let counts = JobCounts {
            total: paths.len() as u64,
            done: paths.len() as u64,
            removed: paths.len() as u64,
            ..JobCounts::default()
        };
        for path in &paths {
            live.remove(path)?;
        }
        let published = self.publish()?;
        Ok(Outcome { counts, published, held: Some(root_reason(&error)), ..Outcome::default() })
    }

    /// After an error of the writer: back to the last commit. The published state was never touched.
    pub(super) fn recover(&mut self, error: IndexError) -> IndexError {
        let Some(live) = self.serving.as_mut() else { return error };
        let failure = live.take_failure();
        if is_full(failure) {
            self.drop_aside();
        }
        self.reopen();
        explained(error, failure)
    }

    /// Opens the last commit anew. What was only found out about it is found out again.
    fn reopen(&mut self) {
        self.verified.clear();
        let Some(live) = self.serving.as_mut() else { return };
        match live.recover() {
            Ok(()) => {}
            Err(error) if is_damage(&error) => {
                tracing::error!(%error, "the last commit is damaged: a new index will be built");
                self.serving = None;
            }
            Err(error) => {
                tracing::error!(%error, "the last commit could not be opened again: it is tried again");
                self.serving = None;
                self.lost = true;
            }
        }
    }

    /// Opens the index that could not be opened after an error, before anything is built in its place.
    pub(super) fn find_lost(&mut self) -> Result<(), IndexError> {
        if self.lost && self.serving.is_none() {
            self.open_serving()?;
        }
        self.lost = false;
        Ok(())
    }

    /// After an error of a build: where space is short, nothing of it stays; else the next one goes on with it.
    pub(super) fn give_up_build(&mut self, live: Live, error: IndexError) -> IndexError {
        let failure = live.take_failure();
        let complete = live.payload.complete;
        live.abandon();
        if is_full(failure) {
            self.drop_aside();
        }
        match &self.serving {
            // Of a switch that failed nothing stays: the next start would take it for the newer one.
            Some(serving) if complete || is_full(failure) => self.store.keep_only(serving.folder()),
            Some(_) => {}
            None => self.lost = complete,
        }
        explained(error, failure)
    }

    fn drop_aside(&self) {
        if let Err(error) = self.store.drop_aside() {
            tracing::warn!(%error, "the damaged index that was set aside could not be removed");
        }
    }

    /// After a panic nothing in memory is believed.
    fn start_over(&mut self) {
        if let Some(live) = self.building.take() {
            live.abandon();
        }
        self.root = None;
        self.reopen();
    }
}

fn is_full(failure: Option<ErrorKind>) -> bool {
    matches!(failure, Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
}

/// An error with what the writes to the disk say of its cause.
fn explained(error: IndexError, failure: Option<ErrorKind>) -> IndexError {
    match failure {
        Some(kind) => IndexError::Write { kind, error: Box::new(error) },
        None => error,
    }
}
