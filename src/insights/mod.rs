//! Insights: what readers search for, find and do not find.
//!
//! Its own room because it is the one place where something of a reader is kept, and so the one to look at when asked
//! what that is: masked queries and numbers by the hour, never who asked (`docs/insights.md`). It knows neither HTTP nor
//! the engine. It keeps that a search never waits for it: [`Insights::record`] puts into a bounded queue or drops, and
//! counts what it dropped; the thread behind it survives a disk that is full and a database that is locked, garbled or
//! gone.

mod mask;
mod merge;
mod report;
mod store;
mod tally;
#[cfg(test)]
mod tests;
mod writer;

use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};

pub use mask::{mask, tidy};
pub use merge::SearchId;
pub use report::{Counts, Filter, Report, Row, Table};
pub use store::InsightsError;

use crate::config::InsightsConfig;

/// What waits to be written; more is dropped.
const QUEUE: usize = 1024;
/// Pages noted with a search.
pub const NOTED_HITS: usize = 3;

/// A search as it is noted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    /// As typed; masked before it is kept.
    pub query: String,
    /// The `lang` filter, else empty.
    pub lang: String,
    /// The `category` filter, else empty.
    pub category: String,
    /// Pages found.
    pub total: u64,
    /// Whether words were made optional.
    pub relaxed: bool,
    /// Time in the engine, in microseconds.
    pub took_us: u64,
    /// Paths of the first pages found, of which only daily counts are kept.
    pub first: Vec<String>,
}

/// What a reader answered to "found it?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Found.
    Yes,
    /// Not found.
    No,
}

/// A message to the thread.
enum Message {
    Search {
        client: u64,
        id: SearchId,
        search: Search,
    },
    Told {
        id: SearchId,
        position: Option<u32>,
        answer: Option<Answer>,
    },
    /// Write all, and say so.
    Flush(std::sync::mpsc::Sender<()>),
}

/// How the insights are; for metrics.
#[derive(Debug, Default)]
pub struct Health {
    /// Searches and clicks that were not kept: the queue was full, or the database could not be written.
    pub dropped: AtomicU64,
    /// Searches kept.
    pub kept: AtomicU64,
    /// Clicks that came too fast.
    pub refused: AtomicU64,
    /// Whether the last write failed.
    pub failing: AtomicBool,
}

/// The way to the insights of a running daemon.
pub struct Insights {
    file: PathBuf,
    sender: SyncSender<Message>,
    health: Arc<Health>,
    /// Keyed anew in every process: what it gives means nothing outside.
    clients: RandomState,
}

impl Insights {
    /// Starts the thread; none if insights are off. A database that cannot be opened is tried again later.
    pub fn start(config: &InsightsConfig) -> std::io::Result<Option<Self>> {
        let Some(file) = config.file.clone() else { return Ok(None) };
        let (sender, receiver) = sync_channel(QUEUE);
        let health = Arc::new(Health::default());
        let writer = writer::Writer::new(config.clone(), file.clone(), Arc::clone(&health));
        std::thread::Builder::new().name("insights".to_owned()).spawn(move || writer.run(&receiver))?;
        Ok(Some(Self { file, sender, health, clients: RandomState::new() }))
    }

    /// A new name for an answer, which nobody can guess; none without randomness.
    pub fn new_id() -> Option<SearchId> {
        Some(SearchId::from(getrandom::u64().ok()?) << 64 | SearchId::from(getrandom::u64().ok()?))
    }

    /// Notes a search of whoever `client` describes (an address, say); clicks name it by `id`. Never waits; false if it
    /// was dropped.
    pub fn record(&self, client: &str, id: SearchId, search: Search) -> bool {
        let client = self.clients.hash_one(client);
        self.send(Message::Search { client, id, search })
    }

    /// Notes that a hit was opened, or what was answered. An id that nobody was given changes nothing. Never waits.
    pub fn told(&self, id: SearchId, position: Option<u32>, answer: Option<Answer>) {
        self.send(Message::Told { id, position, answer });
    }

    /// Counts a click that came too fast.
    pub fn refused(&self) {
        self.health.refused.fetch_add(1, Ordering::Relaxed);
    }

    fn send(&self, message: Message) -> bool {
        match self.sender.try_send(message) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.health.dropped.fetch_add(1, Ordering::Relaxed);
                false
            }
        }
    }

    /// Writes what waits, searches that are still being typed too, and returns when it is on disk or lost.
    pub fn flush(&self) {
        let (done, wait) = std::sync::mpsc::channel();
        if self.sender.send(Message::Flush(done)).is_ok() {
            let _ = wait.recv();
        }
    }

    /// How it goes.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// The database.
    pub fn file(&self) -> &Path {
        &self.file
    }
}

impl Health {
    /// Loses something, counted.
    fn lost(&self, count: u64) {
        self.dropped.fetch_add(count, Ordering::Relaxed);
    }
}
