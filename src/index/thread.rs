//! The indexer's thread: the one place where hints, jobs, timers and the stop meet.
//!
//! It owns the indexer and the watcher. Whatever happens becomes a reconcile of some part of the directory; between
//! two of them nothing is read, committed or polled.

mod ahead;
mod work;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::error::IndexError;
use super::handle::{Handle, Shared};
use super::indexer::Indexer;
use super::status::{State, WatcherMode, WatcherStatus};
use crate::config::{WatchConfig, WatchMode};
use crate::content::{Coalescer, Root, RootError, Watcher};

pub use ahead::Ahead;
use ahead::Starting;

/// How often the content directory's identity is compared: one `stat`.
const ROOT_CHECK: Duration = Duration::from_secs(1);
/// When most pages seem to go, how long until the second look.
const SECOND_LOOK: Duration = Duration::from_millis(300);
/// Waits after errors of the index: doubled from the first to the last.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// What reaches the thread.
pub(super) enum Message {
    /// Hints wait at the watcher.
    Wake,
    /// A job waits.
    Job,
    /// The configuration was read again.
    Configure(WatchConfig, Vec<String>),
    /// End after what runs now.
    Stop,
}

/// The running thread. Dropping it without [`IndexerThread::stop`] leaves the thread to end with the process.
pub struct IndexerThread {
    handle: Handle,
    messages: Sender<Message>,
    thread: JoinHandle<()>,
}

impl IndexerThread {
    /// Starts the thread; its first work is a full reconcile, once everything is watched. `ahead` is of the same
    /// configuration.
    pub fn spawn(indexer: Indexer, watch: WatchConfig, ahead: Ahead) -> std::io::Result<Self> {
        describe_metrics();
        let Ahead { sender: messages, receiver, starting } = ahead;
        let shared = Arc::new(Shared::new(indexer.published(), messages.clone()));
        let handle = Handle::new(Arc::clone(&shared));
        let sender = messages.clone();
        let thread = std::thread::Builder::new().name("indexer".to_owned()).spawn(move || {
            let mut worker = Worker::new(indexer, watch, shared, sender, receiver, starting);
            worker.run();
            worker.shared.stop();
            worker.indexer.close();
        })?;
        Ok(Self { handle, messages, thread })
    }

    /// The way to the index for others.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The way to give it another configuration.
    pub fn configurer(&self) -> Configurer {
        Configurer { messages: self.messages.clone() }
    }

    /// Asks the thread to end after what it does now, and gives the handle to wait for.
    pub fn stop(self) -> JoinHandle<()> {
        let _ = self.messages.send(Message::Stop);
        self.thread
    }
}

/// Counters show from the start, at zero: what was not counted yet is not unknown.
fn describe_metrics() {
    for (name, description) in [
        ("achei_pages_parsed_total", "Pages read and parsed since start."),
        ("achei_reconcile_changes_total", "Changes that full reconciles found."),
        ("achei_reconcile_drift_total", "Changes that periodic reconciles found and no event had told of."),
        ("achei_generations_total", "Index states published since start."),
    ] {
        metrics::describe_counter!(name, description);
        metrics::counter!(name).absolute(0);
    }
}

/// Gives the thread what may change at run time.
pub struct Configurer {
    messages: Sender<Message>,
}

impl Configurer {
    /// Takes effect with the next reconcile, which follows at once.
    pub fn configure(&self, watch: WatchConfig, exclude: Vec<String>) {
        // A thread that has ended needs no configuration.
        let _ = self.messages.send(Message::Configure(watch, exclude));
    }
}

struct Worker {
    indexer: Indexer,
    watch: WatchConfig,
    shared: Arc<Shared>,
    sender: Sender<Message>,
    receiver: Receiver<Message>,
    starting: Starting,
    watcher: Option<Watcher>,
    coalescer: Coalescer,
    /// When the next full reconcile is due.
    next_full: Instant,
    /// Whether that one is only the safety net: nothing is known to have changed.
    periodic: bool,
    next_root_check: Instant,
    /// After an error: not before then, and how long to wait after the next one.
    back_off: Option<(Instant, Duration)>,
    seen_before: Option<usize>,
    /// After a look at which something could not be read: how long until the next one.
    reread: Option<Duration>,
    stopped: bool,
}

impl Worker {
    fn new(
        indexer: Indexer,
        watch: WatchConfig,
        shared: Arc<Shared>,
        sender: Sender<Message>,
        receiver: Receiver<Message>,
        starting: Starting,
    ) -> Self {
        let now = Instant::now();
        Self {
            coalescer: Coalescer::new(watch.debounce),
            indexer,
            watch,
            shared,
            sender,
            receiver,
            starting,
            watcher: None,
            next_full: now,
            periodic: false,
            next_root_check: now,
            back_off: None,
            seen_before: None,
            reread: None,
            stopped: false,
        }
    }

    fn run(&mut self) {
        self.start_watcher();
        while !self.stopped {
            self.work();
            self.wait();
        }
    }

    /// Does all that is due.
    fn work(&mut self) {
        loop {
            let now = Instant::now();
            if let Some(what) = self.shared.start_job() {
                self.run_job(&what);
            } else if self.back_off.is_some_and(|(until, _)| now < until) {
                return;
            } else if now >= self.next_full {
                self.run_full(self.periodic);
            } else if let Some(dirty) = self.coalescer.take(now) {
                self.run_dirty(dirty);
            } else {
                return;
            }
            self.drain();
            if self.stopped {
                return;
            }
        }
    }

    /// Sleeps until something happens or is due.
    fn wait(&mut self) {
        self.shared.beat();
        let now = Instant::now();
        let mut deadline = self.next_root_check.min(self.next_full);
        if let Some(due) = self.coalescer.next_deadline() {
            deadline = deadline.min(due);
        }
        if let Some((until, _)) = self.back_off {
            deadline = deadline.max(until).min(now + ROOT_CHECK);
        }
        match self.receiver.recv_timeout(deadline.saturating_duration_since(now)) {
            Ok(message) => self.take(message),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.stopped = true,
        }
        self.drain();
        if Instant::now() >= self.next_root_check {
            self.next_root_check = Instant::now() + ROOT_CHECK;
            self.check_root();
        }
    }

    fn drain(&mut self) {
        while let Ok(message) = self.receiver.try_recv() {
            self.take(message);
        }
        if let Some(watcher) = &self.watcher {
            let now = Instant::now();
            watcher.drain().into_iter().for_each(|hint| self.coalescer.push(hint, now));
        }
        self.shared.board().pending_changes = self.coalescer.pending() as u64;
    }

    fn take(&mut self, message: Message) {
        match message {
            // What they tell of is looked up where it is: the hints after this, the job in `work`.
            Message::Wake | Message::Job => {}
            Message::Configure(watch, exclude) => {
                self.coalescer.set_debounce(watch.debounce);
                self.watch = WatchConfig { mode: self.watch.mode, ..watch };
                if exclude != self.indexer.content().exclude {
                    self.indexer.set_exclude(exclude);
                }
                self.full_at(Instant::now());
            }
            Message::Stop => self.stopped = true,
        }
    }

    /// A content directory that was replaced, or came back, is watched anew and compared in full.
    fn check_root(&mut self) {
        if let Some(watcher) = &self.watcher {
            // A watcher may fail at any time; it says so here and nowhere else.
            self.shared.board().watcher = watcher.health().into();
        }
        if self.indexer.look_after() {
            self.shared.board().index_bytes = self.indexer.index_bytes();
        }
        if self.indexer.is_suspect() && self.back_off.is_none() {
            self.next_full = Instant::now();
        }
        let held = self.shared.board().state == State::Degraded;
        // Where the directory was missing, nothing watches it: a watcher that looks from now on, then a comparison.
        let unwatched = self.watcher.is_none() || self.indexer.root_changed();
        if unwatched {
            self.start_watcher();
        }
        if unwatched || held && self.back_off.is_none() {
            self.full_at(Instant::now());
        }
    }

    /// There is a reason to compare everything then.
    fn full_at(&mut self, when: Instant) {
        (self.next_full, self.periodic) = (when, false);
    }

    fn start_watcher(&mut self) {
        self.watcher = None;
        let status = match self.new_watcher() {
            Ok(watcher) => {
                let status = WatcherStatus::from(watcher.health());
                self.watcher = Some(watcher);
                status
            }
            Err(error) => WatcherStatus {
                mode: mode_of(self.watch.mode),
                healthy: false,
                reason: Some(IndexError::from(error).reason()),
            },
        };
        self.shared.board().watcher = status;
    }

    /// At first the one that was started ahead.
    fn new_watcher(&mut self) -> Result<Watcher, RootError> {
        if let Some((root, watcher)) = self.starting.finish() {
            self.indexer.set_root(root);
            return Ok(watcher);
        }
        Ok(watch(self.indexer.root()?, &self.watch, self.sender.clone()))
    }
}

fn watch(root: &Root, config: &WatchConfig, sender: Sender<Message>) -> Watcher {
    Watcher::start(root, config, move || {
        // Nobody to wake up once the thread has ended.
        let _ = sender.send(Message::Wake);
    })
}

fn mode_of(mode: WatchMode) -> WatcherMode {
    match mode {
        WatchMode::Auto | WatchMode::Native => WatcherMode::Native,
        WatchMode::Poll => WatcherMode::Poll,
        WatchMode::Off => WatcherMode::Off,
    }
}
