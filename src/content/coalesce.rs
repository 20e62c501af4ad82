//! From hints to batches: what to look at, and when.
//!
//! Its own file because it is the whole of freshness: pure, with time passed in, so that every case is a row of a
//! table. What it keeps true: nothing that was hinted at is forgotten, memory is bounded, and no page is waited for
//! longer than ten times the quiet time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::hints::Hint;

/// Paths that wait; more become the whole directory.
const MAX_PATHS: usize = 10_000;
/// What keeps changing is taken after this many quiet times.
const PATIENCE: u32 = 10;
/// A new watcher is asked for at most this often.
const NEW_WATCHER_EVERY: Duration = Duration::from_secs(1);

/// What to look at now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dirty {
    /// The whole directory; `paths` is empty then.
    pub all: bool,
    /// Events were lost: first a new watcher.
    pub new_watcher: bool,
    /// Files and folders.
    pub paths: BTreeSet<String>,
    /// Files among them that keep changing: to be taken as they are.
    pub forced: BTreeSet<String>,
}

/// Gathers hints until they are worth a look.
///
/// What is settled goes at once where nothing went just before; else it is gathered until no more comes for the quiet
/// time. What is still changing waits until it is settled or quiet. A folder that appeared is looked at with the
/// settled, and again when nothing more appears below it, as events from new folders get lost.
#[derive(Debug)]
pub struct Coalescer {
    debounce: Duration,
    settled: BTreeSet<String>,
    batch: Option<Batch>,
    changing: BTreeMap<String, Changing>,
    /// Everything is in the entry of the empty path, and what comes goes there.
    flooded: bool,
    /// Files that were taken while they changed or just after: since when they had been changing, when taken.
    tried: BTreeMap<String, (Instant, Instant)>,
    last_take: Option<Instant>,
    lost_at: Option<Instant>,
    last_lost: Option<Instant>,
}

/// The times of what is settled and waits.
#[derive(Clone, Copy, Debug)]
struct Batch {
    first: Instant,
    last: Instant,
    at_once: bool,
}

/// Something that is not quiet yet.
#[derive(Clone, Copy, Debug)]
struct Changing {
    first: Instant,
    last: Instant,
    is_folder: bool,
}

impl Coalescer {
    /// With the quiet time: changes this close together are one batch.
    pub fn new(debounce: Duration) -> Self {
        Self {
            debounce,
            settled: BTreeSet::new(),
            batch: None,
            changing: BTreeMap::new(),
            flooded: false,
            tried: BTreeMap::new(),
            last_take: None,
            lost_at: None,
            last_lost: None,
        }
    }

    /// Another quiet time, for what waits already, too.
    pub fn set_debounce(&mut self, debounce: Duration) {
        self.debounce = debounce;
    }

    /// How much waits, a folder up to twice.
    pub fn pending(&self) -> usize {
        self.settled.len() + self.changing.len() + usize::from(self.lost_at.is_some())
    }

    /// Takes a hint that came at `now`.
    pub fn push(&mut self, hint: Hint, now: Instant) {
        match hint {
            Hint::Lost => drop(self.lost_at.get_or_insert(now)),
            Hint::Touched { .. } | Hint::Folder { .. } if self.flooded => {
                self.change(String::new(), now, true);
            }
            Hint::Touched { path, settled: true } => {
                self.changing.remove(&path);
                self.settle(path, now);
            }
            Hint::Touched { path, settled: false } => {
                if self.settled.remove(&path) && self.settled.is_empty() {
                    self.batch = None;
                }
                self.change(path, now, false);
            }
            Hint::Folder { path } => {
                let folders = [""].into_iter().chain(path.match_indices('/').map(|(at, _)| &path[..at]));
                for folder in folders {
                    if let Some(above) = self.changing.get_mut(folder).filter(|above| above.is_folder) {
                        above.last = now;
                    }
                }
                self.settle(path.clone(), now);
                self.change(path, now, true);
            }
        }
        if !self.flooded && self.settled.len() + self.changing.len() > MAX_PATHS {
            self.settled.clear();
            self.changing.clear();
            self.settle(String::new(), now);
            self.change(String::new(), now, true);
            self.flooded = true;
        }
    }

    /// Takes back a file that was taken but changed while it was read. Unlike after a hint, the time that it has been
    /// changing for counts on, so that it is forced one day.
    pub fn retry(&mut self, path: &str, now: Instant) {
        let since = self.tried.get(path).map_or(now, |&(since, _)| since);
        self.push(Hint::Touched { path: path.to_owned(), settled: false }, now);
        if let Some(changing) = self.changing.get_mut(path) {
            changing.first = changing.first.min(since);
        }
    }

    /// When [`Coalescer::take`] will have something; `None` while nothing waits.
    pub fn next_deadline(&self) -> Option<Instant> {
        let changing = self.changing.values().map(|changing| self.due(changing.first, changing.last)).min();
        [self.lost_due(), self.settled_due(), changing].into_iter().flatten().min()
    }

    /// What is due at `now`.
    pub fn take(&mut self, now: Instant) -> Option<Dirty> {
        if self.lost_due().is_some_and(|due| due <= now) {
            (self.lost_at, self.last_lost, self.last_take) = (None, Some(now), Some(now));
            // What is settled is seen with all the rest; what is changing will have to be seen again.
            self.settled.clear();
            self.batch = None;
            return Some(Dirty { all: true, new_watcher: true, ..Dirty::default() });
        }
        let mut dirty = Dirty::default();
        if self.settled_due().is_some_and(|due| due <= now) {
            dirty.paths = std::mem::take(&mut self.settled);
            self.batch = None;
        }
        self.take_changing(now, &mut dirty);
        if dirty.paths.is_empty() {
            return None;
        }
        self.last_take = Some(now);
        if dirty.paths.contains("") {
            dirty.all = true;
            dirty.paths.clear();
            dirty.forced.clear();
        }
        Some(dirty)
    }

    fn take_changing(&mut self, now: Instant, dirty: &mut Dirty) {
        let (debounce, patience) = (self.debounce, self.debounce * PATIENCE);
        self.tried.retain(|_, (_, taken)| now.saturating_duration_since(*taken) <= patience);
        let tried = &mut self.tried;
        let mut is_quiet_everywhere = false;
        self.changing.retain(|path, changing| {
            let is_quiet = now >= changing.last + debounce;
            let is_forced = now >= changing.first + patience;
            if !is_quiet && !is_forced {
                return true;
            }
            dirty.paths.insert(path.clone());
            if !changing.is_folder {
                if is_forced {
                    dirty.forced.insert(path.clone());
                } else {
                    tried.insert(path.clone(), (changing.first, now));
                }
            }
            // What is forced comes again when quiet.
            changing.first = now;
            is_quiet_everywhere |= is_quiet && path.is_empty();
            !is_quiet
        });
        if is_quiet_everywhere {
            self.flooded = false;
        }
    }

    fn settle(&mut self, path: String, now: Instant) {
        let at_once = self.last_take.is_none_or(|last| now >= last + self.debounce);
        self.settled.insert(path);
        self.batch.get_or_insert(Batch { first: now, last: now, at_once }).last = now;
    }

    fn change(&mut self, path: String, now: Instant, is_folder: bool) {
        let changing = self.changing.entry(path).or_insert(Changing { first: now, last: now, is_folder });
        changing.last = now;
        changing.is_folder = is_folder;
    }

    /// Quiet, or out of patience.
    fn due(&self, first: Instant, last: Instant) -> Instant {
        (last + self.debounce).min(first + self.debounce * PATIENCE)
    }

    fn settled_due(&self) -> Option<Instant> {
        let batch = self.batch.as_ref()?;
        Some(if batch.at_once { batch.first } else { self.due(batch.first, batch.last) })
    }

    fn lost_due(&self) -> Option<Instant> {
        let at = self.lost_at?;
        Some(self.last_lost.map_or(at, |last| at.max(last + NEW_WATCHER_EVERY)))
    }
}

#[cfg(test)]
mod tests;
