//! The thread "insights": takes what comes from the queue, merges, writes, and deletes what is too old.
//!
//! Its own file because it alone waits for the disk. A fault costs what was to be written then, counted, and the file is
//! opened anew a little later; nothing that waits grows meanwhile.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::merge::{Done, Merging};
use super::store::{InsightsError, Store};
use super::{Health, Message};
use crate::config::InsightsConfig;

/// How often quiet searches are looked for.
const TICK: Duration = Duration::from_secs(2);
/// How often what is too old is deleted.
const EXPIRE: Duration = Duration::from_secs(3600);
/// After a fault, until the file is tried again.
const RETRY: Duration = Duration::from_secs(10);

pub(super) struct Writer {
    config: InsightsConfig,
    file: PathBuf,
    health: Arc<Health>,
    merging: Merging,
    store: Option<Store>,
    failed: Option<Instant>,
    expired: Option<Instant>,
}

impl Writer {
    pub(super) fn new(config: InsightsConfig, file: PathBuf, health: Arc<Health>) -> Self {
        Self { config, file, health, merging: Merging::default(), store: None, failed: None, expired: None }
    }

    /// To the end of the process, or until nobody can send any more.
    pub(super) fn run(mut self, queue: &Receiver<Message>) {
        self.rest();
        loop {
            match queue.recv_timeout(TICK) {
                Ok(Message::Search { client, id, search }) => {
                    let done = self.merging.take(client, id, search, Instant::now());
                    self.write(&done);
                }
                Ok(Message::Told { id, position, answer }) => {
                    if let Some(row) = self.merging.told(id, position, answer, Instant::now()) {
                        self.with_store(1, |store| store.told(row, position, answer));
                    }
                }
                Ok(Message::Flush(done)) => {
                    self.failed = None;
                    let all = self.merging.quiet(Instant::now(), true);
                    self.write(&all);
                    let _ = done.send(());
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let quiet = self.merging.quiet(Instant::now(), false);
            self.write(&quiet);
            self.rest();
        }
        let all = self.merging.quiet(Instant::now(), true);
        self.write(&all);
    }

    /// Deletes what is too old, now and then.
    fn rest(&mut self) {
        if self.expired.is_none_or(|since| since.elapsed() >= EXPIRE) {
            self.expired = Some(Instant::now());
            let days = self.config.retention_days;
            self.with_store(0, |store| store.expire(days).map(|_| ()));
        }
    }

    fn write(&mut self, done: &[Done]) {
        if done.is_empty() {
            return;
        }
        let policy = self.config.queries;
        let rows = self.with_store(done.len() as u64, |store| store.write(done, policy));
        self.health.kept.fetch_add(rows.as_ref().map_or(0, |rows| rows.len() as u64), Ordering::Relaxed);
        for (done, row) in done.iter().zip(rows.unwrap_or_default()) {
            self.merging.written(done, row, Instant::now());
        }
    }

    /// Does something with the database, opened if need be. What fails is lost: `worth` counts it.
    fn with_store<T>(&mut self, worth: u64, act: impl Fn(&mut Store) -> Result<T, InsightsError>) -> Option<T> {
        if self.store.as_ref().is_some_and(|store| !store.is_there()) {
            tracing::warn!(file = %self.file.display(), "the insights' file is gone: begun anew");
            self.store = None;
        }
        if self.store.is_none() && self.failed.is_some_and(|since| since.elapsed() < RETRY) {
            self.health.lost(worth);
            return None;
        }
        let mut result = self.opened().and_then(&act);
        if result.as_ref().is_err_and(InsightsError::is_damage) {
            // Found only now: what is open is the garbled file. Once more with a new one.
            self.store = None;
            result = self.opened().and_then(&act);
        }
        match result {
            Ok(value) => {
                self.failed = None;
                self.health.failing.store(false, Ordering::Relaxed);
                Some(value)
            }
            Err(error) => {
                if !self.health.failing.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, file = %self.file.display(), "insights cannot be kept; searches go on");
                }
                self.store = None;
                self.failed = Some(Instant::now());
                self.health.lost(worth);
                None
            }
        }
    }

    fn opened(&mut self) -> Result<&mut Store, InsightsError> {
        if self.store.is_none() {
            self.store = Some(Store::open_or_set_aside(&self.file)?);
        }
        self.store.as_mut().ok_or_else(|| std::io::Error::other("no database").into())
    }
}
