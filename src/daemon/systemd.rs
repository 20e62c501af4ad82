//! What systemd is told: ready, reloading, stopping, how it goes, and that the daemon lives.
//!
//! Its own file because a ping that only says that a timer runs would hide a daemon that hangs. Here it is sent only
//! while a request is answered, the accept loop turns, and the indexer's thread turns or gets on with its work. Nothing
//! is said, and no task runs, where no service manager listens (`NOTIFY_SOCKET`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{Instant, sleep, timeout};

use crate::http::{Probe, Services};
use crate::index::{self, IndexStatus, State};

/// Until it is ready, how often it is looked whether it is.
const LOOK: Duration = Duration::from_millis(200);
/// Without a watchdog, and with a slow one, how often the state is told anew.
const TELL: Duration = Duration::from_secs(5);
/// A first index takes its time: the start may take so much longer, asked for again while the daemon lives.
const START_LONGER: Duration = Duration::from_secs(60);
/// No accept loop that turns is silent for so long.
const LOOP_SILENCE: Duration = Duration::from_secs(30);
/// Reading one page, a commit and a merge end within so many periods of the watchdog, or the thread hangs.
const INDEXER_PERIODS: u32 = 5;

/// The way to the service manager.
pub(super) struct Systemd {
    watchdog: Option<Duration>,
    ready: AtomicBool,
    /// The configuration on disk was refused at the last reload.
    refused: AtomicBool,
}

impl Systemd {
    /// None where no service manager listens.
    pub(super) fn from_environment() -> Option<Arc<Self>> {
        std::env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty())?;
        Some(Arc::new(Self {
            watchdog: sd_notify::watchdog_enabled(),
            ready: AtomicBool::new(false),
            refused: AtomicBool::new(false),
        }))
    }

    /// The configuration is being read again.
    pub(super) fn reloading(&self) {
        if !self.ready.load(Ordering::Relaxed) {
            return;
        }
        match NotifyState::monotonic_usec_now() {
            Ok(now) => say(&[NotifyState::Reloading, now]),
            Err(_) => say(&[NotifyState::Reloading]),
        }
    }

    /// It was read and taken over, or refused.
    pub(super) fn reloaded(&self, taken: bool) {
        self.refused.store(!taken, Ordering::Relaxed);
        if self.ready.load(Ordering::Relaxed) {
            say(&[NotifyState::Ready]);
        }
    }

    /// The stop has begun.
    pub(super) fn stopping(&self) {
        self.ready.store(false, Ordering::Relaxed);
        say(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
    }

    /// Tells how it goes, until the task is aborted.
    pub(super) async fn follow(&self, services: Arc<Services>, index: index::Handle) {
        // Three pings within each period: one may be late.
        let period = self.watchdog.map_or(TELL, |watchdog| (watchdog / 3).min(TELL));
        let probe = Probe::new(services);
        let now = Instant::now();
        let mut turns = Pulse::new(LOOP_SILENCE, now);
        let mut indexer = Pulse::new(self.watchdog.map_or(Duration::MAX, |watchdog| watchdog * INDEXER_PERIODS), now);
        let mut told = String::new();
        let mut lived = true;
        loop {
            let status = index.status();
            let refused = self.refused.load(Ordering::Relaxed);
            let text = in_words(&status) + if refused { "; the new configuration is refused: see the log" } else { "" };
            if text != told {
                say(&[NotifyState::Status(&text)]);
                told = text;
            }
            let answers = timeout(period, probe.answers()).await == Ok(true);
            let now = Instant::now();
            let (turns, works) = (turns.beats(probe.turns(), now), indexer.beats(index.pulse(), now));
            let lives = answers && turns && works;
            if lives && status.ready && !self.ready.load(Ordering::Relaxed) {
                self.ready.store(true, Ordering::Relaxed);
                say(&[NotifyState::Ready]);
            }
            let ready = self.ready.load(Ordering::Relaxed);
            if lives && !ready {
                say(&[NotifyState::ExtendTimeoutUsec(START_LONGER.as_micros() as u32)]);
            }
            if lives && self.watchdog.is_some() {
                say(&[NotifyState::Watchdog]);
            }
            if lived && !lives {
                tracing::error!(answers, turns, works, "the daemon hangs: the watchdog is not told that it lives");
            }
            lived = lives;
            sleep(if ready { period } else { period.min(LOOK) }).await;
        }
    }
}

/// A count that grows while its owner lives.
struct Pulse {
    count: Option<u64>,
    since: Instant,
    silence: Duration,
}

impl Pulse {
    fn new(silence: Duration, now: Instant) -> Self {
        Self { count: None, since: now, silence }
    }

    /// Whether it has grown within the silence that it may keep.
    fn beats(&mut self, count: u64, now: Instant) -> bool {
        if self.count != Some(count) {
            (self.count, self.since) = (Some(count), now);
        }
        now.duration_since(self.since) <= self.silence
    }
}

fn in_words(status: &IndexStatus) -> String {
    let pages = status.pages;
    match (status.state, &status.reason) {
        (State::Degraded, Some(reason)) => {
            format!("degraded, {pages} pages: {}", reason.replace(char::is_control, " "))
        }
        (State::Degraded, None) => format!("degraded, {pages} pages"),
        (State::Indexing, _) if pages == 0 => "building the first index".to_owned(),
        (State::Indexing, _) => format!("comparing the directory with the index, {pages} pages serve meanwhile"),
        (State::Ready, _) => format!("ready, {pages} pages"),
    }
}

fn say(state: &[NotifyState<'_>]) {
    // Nothing that a daemon could do about it: it serves all the same.
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager could not be told");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail with `beats` answering true: a thread that hangs is then pinged for.
    #[test]
    fn what_stands_still_for_too_long_does_not_live() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pulse = Pulse::new(Duration::from_secs(10), start);
        assert!(pulse.beats(7, at(0)) && pulse.beats(7, at(10)), "within its silence");
        assert!(!pulse.beats(7, at(11)), "too long");
        assert!(pulse.beats(8, at(60)), "it went on");
        assert!(pulse.beats(8, at(70)) && !pulse.beats(8, at(71)));
        let mut unwatched = Pulse::new(Duration::MAX, start);
        assert!(unwatched.beats(0, at(0)) && unwatched.beats(0, at(1_000_000)));
    }
}
