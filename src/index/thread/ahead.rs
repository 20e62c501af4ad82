//! Watches that are set while the index is opened: of a large wiki each takes a good part of a start, and neither needs the
//! other.
//!
//! Its own file because it is over before the loop begins. What it keeps true: nothing was looked at before all of it is
//! watched, as the loop waits for the watcher before its first look.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::{Message, watch};
use crate::config::{ContentConfig, WatchConfig};
use crate::content::{Root, Watcher};

/// A watcher that is being started on a thread of its own, for an [`IndexerThread`](super::IndexerThread) to come.
pub struct Ahead {
    pub(super) sender: Sender<Message>,
    pub(super) receiver: Receiver<Message>,
    pub(super) starting: Starting,
}

/// The folder that is watched, and the watcher. Nothing where there is none, or no thread could be had.
pub(super) struct Starting(Option<JoinHandle<Option<(Root, Watcher)>>>);

impl Ahead {
    /// Starts to watch. What is in the way is not told: it will be in the way of the thread's own try, too.
    pub fn begin(content: &ContentConfig, config: &WatchConfig) -> Self {
        let (sender, receiver) = channel();
        let (content, config, to) = (content.clone(), config.clone(), sender.clone());
        let start = move || {
            let root = Root::open(&content).ok()?;
            let watcher = watch(&root, &config, to);
            Some((root, watcher))
        };
        let starting = std::thread::Builder::new().name("watches".to_owned()).spawn(start).ok();
        Self { sender, receiver, starting: Starting(starting) }
    }
}

impl Starting {
    /// Waits for it; gives it once, and only while the folder is still the one that is watched.
    pub(super) fn finish(&mut self) -> Option<(Root, Watcher)> {
        let (root, watcher) = self.0.take()?.join().ok().flatten()?;
        root.still_current().then_some((root, watcher))
    }
}
