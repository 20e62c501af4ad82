//! Building a new index beside the one that serves, and the switch to it.
//!
//! Its own file because it is the one way in which an index comes to be, and has its own end: the switch. What it keeps
//! true: the index that serves is not touched before the new one is complete and synced, and a build that was cut short
//! is gone on with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::{EMPTIED, Indexer, Outcome};
use crate::content::Scope;
use crate::index::apply::{Progress, apply};
use crate::index::error::IndexError;
use crate::index::fault;
use crate::index::live::Live;
use crate::index::look::{Look, look};
use crate::index::status::JobCounts;
use crate::index::store::is_damage;

impl Indexer {
    /// Builds a new index beside the one that serves, and switches to it.
    pub fn build(&mut self, explicit: bool, report: &dyn Fn(&JobCounts)) -> Result<Outcome, IndexError> {
        self.find_lost()?;
        if let Err(error) = self.root() {
            return self.without_root(error, explicit);
        }
        let generation = self.serving.as_ref().map_or(0, |live| live.payload.generation) + 1;
        let mut live = match self.building.take() {
            Some(live) => live,
            None => self.start_building(explicit)?,
        };
        fault::point("scan")?;
        let seen = look(&mut self.root, &self.content, &live.manifest, &BTreeMap::new(), &Scope::All, false);
        let Look { scan, plan, .. } = match seen {
            Ok(seen) => seen,
            Err(error) => {
                self.building = Some(live);
                return self.without_root(error, explicit);
            }
        };
        let Some(root) = self.root.as_ref() else { return Ok(Outcome::default()) };
        fault::point("plan")?;
        if scan.files.is_empty() && self.has_pages() && !explicit {
            self.building = Some(live);
            return Ok(Outcome { held: Some(EMPTIED.to_owned()), ..Outcome::default() });
        }
        let progress = Progress { report, first_checkpoint: Some(self.first_checkpoint), all_clashes: true };
        let applied = fault::point("apply")
            .map_err(Into::into)
            .and_then(|()| apply(&mut live, root, &self.content.page, plan, &BTreeSet::new(), &progress));
        if applied.is_ok() && !root.still_current() {
            // What was not read of a directory that is gone is not missing: the build goes on with the next look.
            self.building = Some(live);
            return match self.root() {
                Ok(_) => Ok(Outcome { deferred: Some(usize::MAX), ..Outcome::default() }),
                Err(error) => self.without_root(error, explicit),
            };
        }
        // The one that is replaced goes: what takes its place is on the disk before.
        let built = applied.and_then(|applied| {
            fault::point("switch::before")?;
            live.commit(generation, true)?;
            live.seal()?;
            live.end_building();
            fault::point("switch::after")?;
            Ok((applied, live.snapshot()?))
        });
        let (applied, snapshot) = match built {
            Ok(built) => built,
            Err(error) => return Err(self.give_up_build(live, error.into())),
        };
        self.doubtful = false;
        self.verified.clear();
        self.verified_saved = false;
        self.scan_skips.clear();
        self.faults.clear();
        let mut outcome = self.note(&Scope::All, &scan, applied);
        outcome.published = true;
        self.serve(&snapshot);
        let kept = live.folder().to_owned();
        if let Some(old) = self.serving.replace(live) {
            old.abandon();
        }
        self.store.keep_only(&kept);
        Ok(outcome)
    }

    /// Goes on with a build that was cut short, or starts a new one. An explicit rebuild starts from nothing.
    fn start_building(&mut self, explicit: bool) -> Result<Live, IndexError> {
        let memory = self.index.writer_memory_bytes;
        if !explicit && let Some(open) = self.store.unfinished(&self.fingerprint)? {
            let path = open.path.clone();
            match Live::for_building(open, memory) {
                Ok(live) => {
                    tracing::info!(pages = live.manifest.len(), "going on with an index that was being built");
                    return Ok(live);
                }
                Err(error) if is_damage(&error) => self.store.set_aside(&path)?,
                Err(error) => return Err(error.into()),
            }
        }
        // Folders of builds that cannot be used any more go first.
        if let Some(serving) = &self.serving {
            self.store.keep_only(serving.folder());
        } else {
            self.store.keep_only(&PathBuf::new());
        }
        Ok(Live::for_building(self.store.create(&self.fingerprint)?, memory)?)
    }
}
