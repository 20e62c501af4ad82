//! Watching: the system's events as hints, and how well that goes.
//!
//! Its own file because it owns notify's thread: nothing of it waits, grows or dies unseen. Whoever owns a
//! [`Watcher`] looks at the directory from time to time all the same, as every watcher loses events.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use notify::{ErrorKind, EventHandler, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::config::{WatchConfig, WatchMode};

use super::events::{Gaps, Reducer};
use super::hints::{Hint, Queue};
use super::root::Root;
use super::rules::is_hidden;

/// How long a stop waits for notify's thread, so that its watches are free for the next watcher.
const STOP_WAIT: Duration = Duration::from_secs(1);
/// Folders that go while they are being watched end the installation; it is tried anew this often.
const INSTALL_TRIES: usize = 3;

/// How changes are noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// By events.
    Native,
    /// By a full scan every `watch.poll_interval_ms`, which is the owner's to do.
    Poll,
    /// By the periodic reconcile alone.
    Off,
}

/// How watching goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// How changes are noticed.
    pub mode: Mode,
    /// Whether that works.
    pub healthy: bool,
    /// Why not, or why not natively, in words.
    pub reason: Option<String>,
}

/// Watches a content directory until dropped. Drop the old one before starting a new one: both may not fit into the
/// system's limits.
#[derive(Debug)]
pub struct Watcher {
    native: Option<RecommendedWatcher>,
    shared: Arc<Shared>,
    health: Health,
}

#[derive(Debug)]
struct Shared {
    queue: Queue,
    /// What notify's thread said last before it failed.
    fault: Mutex<Option<String>>,
    /// Whether the end of notify's thread would be a surprise.
    running: AtomicBool,
    /// Whether notify's thread has let go of everything.
    ended: Mutex<bool>,
    end: Condvar,
}

impl Watcher {
    /// Starts watching as configured; `wake` is called (by any thread, and at most once for each [`Watcher::drain`])
    /// when hints wait. Never fails: [`Watcher::health`] tells what came of it.
    pub fn start(root: &Root, config: &WatchConfig, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let shared = Arc::new(Shared {
            queue: Queue::new(wake),
            fault: Mutex::default(),
            running: AtomicBool::new(false),
            ended: Mutex::new(true),
            end: Condvar::new(),
        });
        let health = |mode, healthy, reason| Health { mode, healthy, reason };
        let mut watcher = Self { native: None, shared, health: health(Mode::Off, true, None) };
        watcher.health = match config.mode {
            WatchMode::Off => health(Mode::Off, true, None),
            WatchMode::Poll => health(Mode::Poll, true, None),
            WatchMode::Native => match watcher.watch(root) {
                Ok(()) => health(Mode::Native, true, None),
                // What is watched already stays: some events are better than none.
                Err(reason) => health(Mode::Native, false, Some(reason)),
            },
            WatchMode::Auto => {
                match sees_all_writers(root.path()).and_then(|()| watcher.watch(root)) {
                    Ok(()) => health(Mode::Native, true, None),
                    Err(reason) => {
                        watcher.stop();
                        // The owner polls from now on: nothing that was told so far may have it start anew.
                        watcher.drain();
                        let period_ms = config.poll_interval.as_millis();
                        health(Mode::Poll, true, Some(format!("{reason}; looking every {period_ms} ms instead")))
                    }
                }
            }
        };
        if let Some(reason) = &watcher.health.reason {
            tracing::warn!(reason, "the content directory is not watched by events");
        }
        watcher
    }

    /// How watching goes.
    pub fn health(&self) -> Health {
        let fault = self.shared.fault.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match fault {
            Some(reason) if self.native.is_some() => {
                Health { mode: Mode::Native, healthy: false, reason: Some(reason) }
            }
            _ => self.health.clone(),
        }
    }

    /// Takes the hints that wait.
    pub fn drain(&self) -> Vec<Hint> {
        self.shared.queue.drain()
    }

    /// Makes notify's watcher and has it watch everything.
    fn watch(&mut self, root: &Root) -> Result<(), String> {
        let gaps = Arc::<Mutex<Gaps>>::default();
        *self.shared.ended() = false;
        let handler = Handler { shared: Arc::clone(&self.shared), reducer: Reducer::new(root, Arc::clone(&gaps)) };
        let config = notify::Config::default().with_follow_symlinks(false);
        let native = RecommendedWatcher::new(handler, config)
            .map_err(|error| format!("no watcher can be made: {}", in_words(&error)))?;
        let native = self.native.insert(native);
        // notify gives up by a panic when its thread could not be started; then its handler is gone already.
        if *self.shared.ended() {
            return Err("no watcher can be made: its thread does not start".to_owned());
        }
        self.shared.running.store(true, Ordering::SeqCst);
        match catch_unwind(AssertUnwindSafe(|| install(native, root.path(), &gaps))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(in_words(&error)),
            Err(_) => Err("the watcher has ended".to_owned()),
        }
    }

    /// Ends notify's thread and waits, not for ever, until its watches are free.
    fn stop(&mut self) {
        self.shared.running.store(false, Ordering::SeqCst);
        let Some(native) = self.native.take() else {
            return;
        };
        // Where its thread is dead, dropping it panics.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(native)));
        let _ = self.shared.end.wait_timeout_while(self.shared.ended(), STOP_WAIT, |ended| !*ended);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn ended(&self) -> std::sync::MutexGuard<'_, bool> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, reason: String) {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
        self.queue.push([Hint::Lost]);
    }
}

/// What runs on notify's thread: it reduces and queues, and never waits.
struct Handler {
    shared: Arc<Shared>,
    reducer: Reducer,
}

impl EventHandler for Handler {
    fn handle_event(&mut self, event: notify::Result<notify::Event>) {
        match event {
            Ok(event) => self.shared.queue.push(self.reducer.hints(&event)),
            Err(error) => self.shared.fail(in_words(&error)),
        }
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        if self.shared.running.load(Ordering::SeqCst) {
            self.shared.fail("the watcher has ended".to_owned());
        }
        *self.shared.ended() = true;
        self.shared.end.notify_all();
    }
}

/// Watches a folder and all below it. notify gives up at the first folder that may not be read; then the folders above
/// that one are watched one by one, and everything beside it as a whole. The gaps are noted as they arise, and never
/// held while notify is asked for something: its thread looks at them.
fn install(native: &mut RecommendedWatcher, root: &Path, gaps: &Mutex<Gaps>) -> notify::Result<()> {
    match watch_below(native, root) {
        Err(error) if is_denied(&error) || is_gone(&error) => {}
        done => return done,
    }
    let gaps = || gaps.lock().unwrap_or_else(PoisonError::into_inner);
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        // An error: nothing of it was watched.
        let _ = native.unwatch(&folder);
        match native.watch(&folder, RecursiveMode::NonRecursive) {
            Ok(()) => {}
            Err(error) if folder.as_path() != root && is_gone(&error) => continue,
            Err(error) if folder.as_path() != root && is_denied(&error) => {
                gaps().denied.insert(folder);
                continue;
            }
            Err(error) => return Err(error),
        }
        gaps().shallow.insert(folder.clone());
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if !is_dir || is_hidden(entry.file_name().as_bytes()) {
                continue;
            }
            match watch_below(native, &entry.path()) {
                Ok(()) => {}
                Err(error) if is_denied(&error) || is_gone(&error) => folders.push(entry.path()),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Watches a folder and all below it, again if something below goes away meanwhile.
fn watch_below(native: &mut RecommendedWatcher, folder: &Path) -> notify::Result<()> {
    for _ in 1..INSTALL_TRIES {
        match native.watch(folder, RecursiveMode::Recursive) {
            Err(error) if is_gone(&error) => {}
            done => return done,
        }
    }
    native.watch(folder, RecursiveMode::Recursive)
}

fn is_denied(error: &notify::Error) -> bool {
    matches!(&error.kind, ErrorKind::Io(error) if error.kind() == io::ErrorKind::PermissionDenied)
}

fn is_gone(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
        _ => false,
    }
}

/// What is wrong, without paths of the disk, and what the operator may do.
fn in_words(error: &notify::Error) -> String {
    let errno = |error: &io::Error| error.raw_os_error().map(rustix::io::Errno::from_raw_os_error);
    match &error.kind {
        ErrorKind::MaxFilesWatch => "no more folders can be watched: fs.inotify.max_user_watches is used up".to_owned(),
        ErrorKind::Io(error) if errno(error) == Some(rustix::io::Errno::MFILE) => {
            "fs.inotify.max_user_instances, or the limit of open files, is used up".to_owned()
        }
        ErrorKind::Io(error) => error.to_string(),
        ErrorKind::PathNotFound => "the content directory is gone".to_owned(),
        ErrorKind::Generic(text) => text.clone(),
        ErrorKind::WatchNotFound | ErrorKind::InvalidConfig(_) => "the watcher failed".to_owned(),
    }
}

/// Whether events tell of everybody's writes: on a file system of another machine they tell of ours alone.
#[cfg(target_os = "linux")]
fn sees_all_writers(path: &Path) -> Result<(), String> {
    let name = match rustix::fs::statfs(path).map_or(0, |found| u64::from(found.f_type as u32)) {
        0x6969 => "NFS",
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => "SMB",
        0x0102_1997 => "9p",
        0x6573_5546 => "FUSE",
        0x00c3_6400 => "Ceph",
        _ => return Ok(()),
    };
    Err(format!("{name} does not tell of changes made elsewhere"))
}

#[cfg(not(target_os = "linux"))]
fn sees_all_writers(_path: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests;
