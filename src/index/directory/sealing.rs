//! Making seals: the one place where the index waits for the disk.
//!
//! Its own file because it runs beside the engine, in a thread of its own. What it keeps true: a seal names synced files
//! only, and what it names is not removed before the next one is there.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::PoisonError;

use super::super::files::{self, META};
use super::super::seal::{self, Seal};
use super::{IndexDirectory, State};

impl IndexDirectory {
    /// To be called before the first write: says on the disk that commits follow which are not synced.
    pub fn begin_writes(&self) -> io::Result<()> {
        let seal = self.state().seal.clone();
        let next = Seal { boot: seal::boot_id(), stopped: false, meta: seal.meta.clone() };
        if seal != next {
            next.write(&self.inner.root)?;
            self.state().seal = next;
        }
        Ok(())
    }

    /// Whether the last commit is the sealed one.
    pub fn is_sealed(&self) -> bool {
        let meta = files::read_text(&self.inner.root.join(META)).ok().flatten();
        meta.is_some_and(|meta| self.state().seal.meta == meta)
    }

    /// Syncs the last commit and seals it. `stopped`: nothing is written after this.
    pub fn seal(&self, stopped: bool) -> io::Result<()> {
        let _one = self.inner.sealing.lock().unwrap_or_else(PoisonError::into_inner);
        let root = &self.inner.root;
        // The engine may drop a file between our reading the commit and our keeping it; then there is a newer commit.
        for _ in 0..8 {
            let Some(meta) = files::read_text(&root.join(META))? else { return Err(files::damaged("no commit")) };
            let seal = Seal { boot: seal::boot_id(), stopped, meta };
            if self.state().seal == seal {
                return Ok(());
            }
            let names = files::named_by(&seal.meta).ok_or_else(|| files::damaged("no commit"))?;
            self.state().next.clone_from(&names);
            match self.sync_all(&names) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            }
            seal.write(root)?;
            let mut state = self.state();
            state.seal = seal;
            state.next.clear();
            state.kept = names;
            let done: Vec<PathBuf> = state.deferred.difference(&state.kept).cloned().collect();
            let State { kept, deferred, .. } = &mut *state;
            deferred.retain(|name| kept.contains(name));
            drop(state);
            for name in done {
                self.remove(&name)?;
            }
            return Ok(());
        }
        Err(io::Error::from(io::ErrorKind::Interrupted))
    }

    fn sync_all(&self, names: &BTreeSet<PathBuf>) -> io::Result<()> {
        let kept = self.state().kept.clone();
        for name in names.difference(&kept) {
            let file = File::open(self.inner.root.join(name))?;
            if let Err(error) = files::sync(&file) {
                // The kernel tells of lost writes once; a second sync would call them written.
                self.state().suspect = true;
                return Err(error);
            }
        }
        files::sync_folder(&self.inner.root)
    }

    /// Lets go of what is only kept for a power loss: there is no space for it.
    pub fn give_up_seal(&self) {
        let _one = self.inner.sealing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        let deferred = std::mem::take(&mut state.deferred);
        if deferred.is_empty() {
            return;
        }
        state.kept.clear();
        state.seal.meta.clear();
        let seal = state.seal.clone();
        drop(state);
        for name in deferred {
            // What cannot be removed now is removed at the next start.
            let _ = self.remove(&name);
        }
        // The old one names files that are gone, which is found out when they are wanted.
        if let Err(error) = seal.write(&self.inner.root) {
            tracing::debug!(%error, "the seal could not be written");
        }
    }
}
