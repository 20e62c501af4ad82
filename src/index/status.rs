//! What the index says of itself: state, watcher health, jobs. Plain values, shared with the interface.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::content::{Health, Mode};
use crate::page::Timestamp;

/// How the daemon is, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The index equals the directory, or follows it within moments.
    Ready,
    /// The first reconcile, or a rebuild, is running.
    Indexing,
    /// A fault lasts; the last good generation serves.
    Degraded,
}

/// How changes are noticed right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WatcherStatus {
    /// In force, not as configured.
    pub mode: WatcherMode,
    /// Whether changes are noticed at all but for the periodic reconcile.
    pub healthy: bool,
    /// Why it is not native, or not healthy.
    pub reason: Option<String>,
}

/// How changes are noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WatcherMode {
    /// Events of the operating system.
    Native,
    /// A scan now and then.
    Poll,
    /// Only the periodic reconcile.
    Off,
}

impl From<Health> for WatcherStatus {
    fn from(health: Health) -> Self {
        let mode = match health.mode {
            Mode::Native => WatcherMode::Native,
            Mode::Poll => WatcherMode::Poll,
            Mode::Off => WatcherMode::Off,
        };
        Self { mode, healthy: health.healthy, reason: health.reason }
    }
}

/// A file that is not in the index, or not whole, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct SkippedFile {
    /// Relative to the content directory; what is not UTF-8 is replaced.
    pub path: String,
    /// In words.
    pub reason: String,
}

/// The part of `GET /status` that the index knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexStatus {
    /// In one word.
    pub state: State,
    /// Why it is degraded.
    pub reason: Option<String>,
    /// The published index state; 0 before the first.
    pub generation: u64,
    /// Pages that can be found.
    pub pages: u64,
    /// Their sections.
    pub sections: u64,
    /// Size of the index on disk.
    pub index_bytes: u64,
    /// When the published state was committed.
    pub last_commit: Option<Timestamp>,
    /// When directory and index were last compared in full.
    pub last_reconcile: Option<Timestamp>,
    /// Pages that the last periodic comparison found changed though no event had told.
    pub drift: u64,
    /// Changes noticed and not yet published.
    pub pending_changes: u64,
    /// How changes are noticed.
    pub watcher: WatcherStatus,
    /// By path.
    pub skipped: Vec<SkippedFile>,
    /// Whether a complete reconcile has been done since start, or the last good index serves a missing directory.
    pub ready: bool,
}

/// What a reindex shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reindex {
    /// Compare everything.
    All,
    /// Compare these files and folders, relative to the content directory.
    Paths(Vec<String>),
    /// From nothing.
    Rebuild,
}

/// A reindex and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Names it in `/reindex/{id}`.
    pub id: String,
    /// How far it is.
    pub state: JobState,
    /// What it did.
    pub counts: JobCounts,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub queued_at: Timestamp,
    /// When it began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// Why it failed.
    pub error: Option<String>,
}

/// How far a reindex is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// It waits for its turn.
    Queued,
    /// At work.
    Running,
    /// Ended well.
    Done,
    /// Ended without.
    Failed,
}

impl JobState {
    /// Whether it will not change any more.
    pub fn ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

/// What a reindex did, in pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobCounts {
    /// Eligible pages looked at, and those removed.
    pub total: u64,
    /// Of these, how many are dealt with.
    pub done: u64,
    /// New in the index.
    pub added: u64,
    /// Changed in the index.
    pub updated: u64,
    /// Gone from the index.
    pub removed: u64,
    /// As they were.
    pub unchanged: u64,
    /// Could not be read.
    pub failed: u64,
}

/// Why a reindex was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The daemon is stopping.
    #[error("the daemon is stopping")]
    Stopping,
    /// A path that is absolute, has `..` in it, or names no Markdown file nor folder.
    #[error("{path:?} is no path of a page or folder below the content directory")]
    BadPath {
        /// As asked.
        path: String,
    },
}
