//! Hints: that something may have changed, and the bounded way they take from the watcher's thread to the indexer's.
//!
//! Its own file because here memory is bounded: whatever happens in the directory while nobody listens, the queue
//! keeps its size and nothing is lost, as a queue that runs full turns into the one hint that everything changed.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Hints that wait for being taken; more become one for the whole directory.
pub(super) const CAPACITY: usize = 16_384;

/// That something may have changed. A hint may be wrong, late or doubled; a scan tells what is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// A file or folder of this path.
    Touched {
        /// Relative to the content directory.
        path: String,
        /// Whether that was all: false while more may follow, as a file is being written or replaced.
        settled: bool,
    },
    /// A folder that appeared, with things in it that no event tells of; an empty path is the whole directory.
    Folder {
        /// Relative to the content directory.
        path: String,
    },
    /// Events were lost: a new watcher is needed, and a look at everything.
    Lost,
}

/// The way from the watcher's thread to whoever takes the hints.
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    wake: Box<dyn Fn() + Send + Sync>,
}

#[derive(Debug, Default)]
struct Waiting {
    lost: bool,
    hints: VecDeque<Hint>,
}

impl Queue {
    /// `wake` is called when hints come to wait where none did.
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { waiting: Mutex::default(), wake: Box::new(wake) }
    }

    /// Adds hints that belong together: they are taken together. Never waits for the taker.
    pub(super) fn push(&self, hints: impl IntoIterator<Item = Hint>) {
        let mut waiting = self.waiting();
        let was_empty = waiting.is_empty();
        for hint in hints {
            if hint == Hint::Lost {
                waiting.lost = true;
            } else if waiting.hints.back() != Some(&hint) {
                if waiting.hints.len() >= CAPACITY {
                    waiting.hints.clear();
                    waiting.hints.push_back(Hint::Folder { path: String::new() });
                }
                waiting.hints.push_back(hint);
            }
        }
        let wakes = was_empty && !waiting.is_empty();
        drop(waiting);
        if wakes {
            (self.wake)();
        }
    }

    /// Takes all hints, [`Hint::Lost`] first.
    pub(super) fn drain(&self) -> Vec<Hint> {
        let waiting = std::mem::take(&mut *self.waiting());
        waiting.lost.then_some(Hint::Lost).into_iter().chain(waiting.hints).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Whole after every step: a panic elsewhere leaves nothing half done.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        !self.lost && self.hints.is_empty()
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("waiting", &self.waiting).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn queue() -> (Queue, Arc<AtomicUsize>) {
        let woken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&woken);
        let wake = move || {
            counter.fetch_add(1, Ordering::SeqCst);
        };
        (Queue::new(wake), woken)
    }

    fn touched(path: &str) -> Hint {
        Hint::Touched { path: path.to_owned(), settled: false }
    }

    #[test]
    fn one_waking_for_all_that_waits() {
        let (queue, woken) = queue();
        queue.push([]);
        assert_eq!(woken.load(Ordering::SeqCst), 0);
        queue.push([touched("a"), touched("a"), touched("b")]);
        queue.push([touched("b"), Hint::Lost, touched("a")]);
        assert_eq!(woken.load(Ordering::SeqCst), 1);
        assert_eq!(queue.drain(), [Hint::Lost, touched("a"), touched("b"), touched("a")]);
        assert!(queue.drain().is_empty());
        queue.push([Hint::Lost]);
        queue.push([Hint::Lost]);
        assert_eq!(woken.load(Ordering::SeqCst), 2);
        assert_eq!(queue.drain(), [Hint::Lost]);
    }

    #[test]
    fn a_full_queue_means_everything() {
        let (queue, _) = queue();
        queue.push((0..CAPACITY).map(|n| touched(&n.to_string())));
        assert_eq!(queue.drain().len(), CAPACITY);
        queue.push((0..=CAPACITY).map(|n| touched(&n.to_string())));
        let drained = queue.drain();
        assert_eq!(drained, [Hint::Folder { path: String::new() }, touched(&CAPACITY.to_string())]);
        queue.push((0..10 * CAPACITY).map(|n| touched(&n.to_string())));
        assert!(queue.drain().len() <= CAPACITY);
    }
}
