//! The way to the index for those who do not own it: the published state, its status, and jobs.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;
use tokio::sync::watch;

use super::snapshot::Snapshot;
use super::status::{
    IndexStatus, Job, JobCounts, JobState, Reindex, SkippedFile, State, SubmitError, WatcherMode, WatcherStatus,
};
use super::thread::Message;
use crate::page::{Timestamp, has_markdown_extension, nfc};

/// Ended jobs that are kept.
const JOBS_KEPT: usize = 100;

/// The way to the index: cheap to clone, never waits for the indexer.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

/// What the indexer's thread and its handles share.
pub(super) struct Shared {
    published: Arc<ArcSwapOption<Snapshot>>,
    board: Mutex<Board>,
    jobs: Mutex<Jobs>,
    jobs_changed: watch::Sender<u64>,
    messages: Mutex<Option<Sender<Message>>>,
    pulse: AtomicU64,
}

/// What the thread last said of itself.
pub(super) struct Board {
    pub state: State,
    pub reason: Option<String>,
    pub index_bytes: u64,
    pub last_commit: Option<Timestamp>,
    pub last_reconcile: Option<Timestamp>,
    pub drift: u64,
    pub pending_changes: u64,
    pub watcher: WatcherStatus,
    pub skipped: Vec<SkippedFile>,
    pub ready: bool,
}

#[derive(Default)]
struct Jobs {
    taken: u64,
    waiting: Option<(Job, Reindex)>,
    running: Option<Job>,
    ended: VecDeque<Job>,
}

impl Shared {
    pub(super) fn new(published: Arc<ArcSwapOption<Snapshot>>, messages: Sender<Message>) -> Self {
        let board = Board {
            state: State::Indexing,
            reason: None,
            index_bytes: 0,
            last_commit: None,
            last_reconcile: None,
            drift: 0,
            pending_changes: 0,
            watcher: WatcherStatus { mode: WatcherMode::Off, healthy: true, reason: None },
            skipped: Vec::new(),
            ready: false,
        };
        Self {
            published,
            board: Mutex::new(board),
            jobs: Mutex::default(),
            jobs_changed: watch::Sender::new(0),
            messages: Mutex::new(Some(messages)),
            pulse: AtomicU64::new(0),
        }
    }

    pub(super) fn board(&self) -> MutexGuard<'_, Board> {
        // Plain values: a panic elsewhere leaves them readable.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The job that waits becomes the one that runs.
    pub(super) fn start_job(&self) -> Option<Reindex> {
        let mut jobs = self.jobs();
        let (mut job, what) = jobs.waiting.take()?;
        job.state = JobState::Running;
        job.started_at = Some(Timestamp::now());
        jobs.running = Some(job);
        Some(what)
    }

    /// The thread turns, or got on with its work.
    pub(super) fn beat(&self) {
        self.pulse.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn report(&self, counts: &JobCounts) {
        self.beat();
        if let Some(job) = &mut self.jobs().running {
            job.counts = *counts;
        }
    }

    /// The job that runs has ended.
    pub(super) fn end_job(&self, result: Result<JobCounts, String>) {
        let mut jobs = self.jobs();
        let Some(mut job) = jobs.running.take() else { return };
        job.finished_at = Some(Timestamp::now());
        match result {
            Ok(counts) => {
                job.counts = counts;
                job.state = JobState::Done;
            }
            Err(reason) => {
                job.error = Some(reason);
                job.state = JobState::Failed;
            }
        }
        jobs.ended.push_back(job);
        while jobs.ended.len() > JOBS_KEPT {
            jobs.ended.pop_front();
        }
        drop(jobs);
        self.jobs_changed.send_modify(|count| *count += 1);
    }

    /// No more jobs are taken; those that wait or run fail.
    pub(super) fn stop(&self) {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).take();
        while self.jobs().running.is_some() || self.start_job().is_some() {
            self.end_job(Err(SubmitError::Stopping.to_string()));
        }
    }
}

impl Handle {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The published state; none before there is one.
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.shared.published.load_full()
    }

    /// Grows at least once a second while the indexer's thread waits, and with each page while it works.
    pub fn pulse(&self) -> u64 {
        self.shared.pulse.load(Ordering::Relaxed)
    }

    /// What the index says of itself.
    pub fn status(&self) -> IndexStatus {
        let snapshot = self.snapshot();
        let board = self.shared.board();
        IndexStatus {
            state: board.state,
            reason: board.reason.clone(),
            generation: snapshot.as_ref().map_or(0, |snapshot| snapshot.generation()),
            pages: snapshot.as_ref().map_or(0, |snapshot| snapshot.pages()),
            sections: snapshot.as_ref().map_or(0, |snapshot| snapshot.sections()),
            index_bytes: board.index_bytes,
            last_commit: board.last_commit,
            last_reconcile: board.last_reconcile,
            drift: board.drift,
            pending_changes: board.pending_changes,
            watcher: board.watcher.clone(),
            skipped: board.skipped.clone(),
            ready: board.ready,
        }
    }

    /// Queues a reindex, or joins the one that waits, which widens.
    pub fn submit(&self, what: Reindex) -> Result<Job, SubmitError> {
        let what = check_paths(what)?;
        let messages = self.shared.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(messages) = messages.as_ref() else { return Err(SubmitError::Stopping) };
        let mut jobs = self.shared.jobs();
        let job = if let Some((job, waiting)) = &mut jobs.waiting {
            *waiting = widen(waiting.clone(), what);
            job.clone()
        } else {
            jobs.taken += 1;
            let queued_at = Timestamp::now();
            let job = Job {
                // The time keeps ids apart over restarts.
                id: format!("{:x}-{}", queued_at.millis(), jobs.taken),
                state: JobState::Queued,
                counts: JobCounts::default(),
                queued_at,
                started_at: None,
                finished_at: None,
                error: None,
            };
            jobs.waiting = Some((job.clone(), what));
            job
        };
        drop(jobs);
        messages.send(Message::Job).map_err(|_| SubmitError::Stopping)?;
        Ok(job)
    }

    /// A job that waits, runs, or is among the last that ended.
    pub fn job(&self, id: &str) -> Option<Job> {
        let jobs = self.shared.jobs();
        let waiting = jobs.waiting.as_ref().map(|(job, _)| job);
        jobs.ended.iter().chain(&jobs.running).chain(waiting).find(|job| job.id == id).cloned()
    }

    /// The job once it has ended; none for one unknown.
    pub async fn wait(&self, id: &str) -> Option<Job> {
        let mut changes = self.shared.jobs_changed.subscribe();
        loop {
            changes.borrow_and_update();
            let job = self.job(id)?;
            if job.state.ended() || changes.changed().await.is_err() {
                return Some(job);
            }
        }
    }
}

#[cfg(test)]
impl Handle {
    /// Over an empty index at a generation, or over none; every job is done at once. For tests of other rooms.
    pub fn for_tests(generation: Option<u64>) -> Self {
        let published = Arc::new(ArcSwapOption::from(generation.map(Snapshot::for_tests)));
        let ready = generation.is_some();
        let (sender, receiver) = std::sync::mpsc::channel();
        let shared = Arc::new(Shared::new(published, sender));
        {
            let mut board = shared.board();
            board.state = State::Ready;
            board.ready = ready;
            board.skipped = vec![SkippedFile { path: "secreta.md".to_owned(), reason: "permission denied".to_owned() }];
        }
        let jobs = Arc::downgrade(&shared);
        std::thread::spawn(move || {
            while receiver.recv().is_ok() {
                let Some(shared) = jobs.upgrade() else { return };
                if shared.start_job().is_some() {
                    shared.end_job(Ok(JobCounts::default()));
                }
            }
        });
        Self::new(shared)
    }
}

/// Paths in the form that scans take them: no trailing slash, no empty path.
fn check_paths(what: Reindex) -> Result<Reindex, SubmitError> {
    let Reindex::Paths(paths) = what else { return Ok(what) };
    let mut checked = Vec::with_capacity(paths.len());
    for path in paths {
        let plain = path.strip_suffix('/').unwrap_or(&path);
        let clean = !plain.contains('\0') && plain.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let name = plain.rsplit('/').next().unwrap_or(plain);
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        let foreign = !path.ends_with('/')
            && !has_markdown_extension(plain)
            && extension.is_some_and(|extension| {
                (1..=5).contains(&extension.len())
                    && extension.starts_with(|first: char| first.is_ascii_alphabetic())
                    && extension.chars().all(|letter| letter.is_ascii_alphanumeric())
            });
        if !clean || foreign {
            return Err(SubmitError::BadPath { path });
        }
        checked.push(plain.to_owned());
    }
    Ok(Reindex::Paths(checked))
}

/// What covers both.
fn widen(a: Reindex, b: Reindex) -> Reindex {
    match (a, b) {
        (Reindex::Rebuild, _) | (_, Reindex::Rebuild) => Reindex::Rebuild,
        (Reindex::All, _) | (_, Reindex::All) => Reindex::All,
        (Reindex::Paths(a), Reindex::Paths(b)) => {
            Reindex::Paths(a.into_iter().chain(b).collect::<BTreeSet<_>>().into_iter().collect())
        }
    }
}

/// The forms in which a requested path may stand on disk: as asked, composed and decomposed.
pub(super) fn spellings(path: &str) -> BTreeSet<String> {
    use unicode_normalization::UnicodeNormalization;
    BTreeSet::from([path.to_owned(), nfc(path), path.nfd().collect()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> (Handle, std::sync::mpsc::Receiver<Message>) {
        let (sender, receiver) = std::sync::mpsc::channel();
        (Handle::new(Arc::new(Shared::new(Arc::default(), sender))), receiver)
    }

    #[test]
    fn one_runs_one_waits_and_the_others_join_it() {
        let (handle, _receiver) = shared();
        let first = handle.submit(Reindex::Paths(vec!["a.md".into()])).expect("taken");
        assert_eq!(handle.shared.start_job(), Some(Reindex::Paths(vec!["a.md".into()])));
        let second = handle.submit(Reindex::Paths(vec!["b.md".into()])).expect("taken");
        let third = handle.submit(Reindex::Paths(vec!["A/".into()])).expect("taken");
        assert_ne!(first.id, second.id);
        assert_eq!(second.id, third.id);
        handle.shared.end_job(Ok(JobCounts::default()));
        assert_eq!(handle.job(&first.id).map(|job| job.state), Some(JobState::Done));
        assert_eq!(handle.shared.start_job(), Some(Reindex::Paths(vec!["A".into(), "b.md".into()])));
        handle.shared.end_job(Err("disk full".into()));
        let failed = handle.job(&second.id).expect("kept");
        assert_eq!((failed.state, failed.error.as_deref()), (JobState::Failed, Some("disk full")));
    }

    #[test]
    fn only_the_last_jobs_are_kept() {
        let (handle, _receiver) = shared();
        let first = handle.submit(Reindex::All).expect("taken");
        for _ in 0..=JOBS_KEPT {
            handle.submit(Reindex::All).expect("taken");
            handle.shared.start_job();
            handle.shared.end_job(Ok(JobCounts::default()));
        }
        assert_eq!(handle.job(&first.id), None);
    }

    #[test]
    fn paths_are_checked() {
        for good in ["a.md", "A/B", "A/B/", "v1.2", "Versão 78.54.2/x.md", "A.Contratos/"] {
            assert!(check_paths(Reindex::Paths(vec![good.into()])).is_ok(), "{good}");
        }
        for bad in ["", "/", "/a.md", "../a.md", "a/../b.md", "a.png", "a//b.md", "a\0.md"] {
            assert!(check_paths(Reindex::Paths(vec![bad.into()])).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_stop_fails_what_waits() {
        let (handle, _receiver) = shared();
        let job = handle.submit(Reindex::All).expect("taken");
        handle.shared.stop();
        assert_eq!(handle.job(&job.id).map(|job| job.state), Some(JobState::Failed));
        assert!(matches!(handle.submit(Reindex::All), Err(SubmitError::Stopping)));
    }
}
