//! How large a daemon is: what must stay flat. Linux.

use std::fmt;
use std::fs;

use crate::site::Site;

/// Of one moment.
pub struct Figures {
    pub anonymous_kb: u64,
    mapped_kb: u64,
    descriptors: usize,
    threads: u64,
    index_bytes: u64,
    log_bytes: u64,
    rounds: u64,
}

/// What a small wiki may cost, whatever happens to it for however long.
const MOST_ANONYMOUS_KB: u64 = 96 << 10;
const MOST_DESCRIPTORS: usize = 128;
const MOST_THREADS: u64 = 64;
const MOST_INDEX_BYTES: u64 = 4 << 20;
const REQUEST: &str = r#""message":"request""#;
/// An edit is told in a line or two: 6 edits a round.
const MOST_LOG_BYTES_A_ROUND: u64 = 4 << 10;

impl Figures {
    pub fn of(site: &Site, rounds: u64) -> Self {
        let status = status(site);
        let number = |key: &str| number(&status, key);
        Self {
            anonymous_kb: number("RssAnon"),
            mapped_kb: number("RssFile"),
            descriptors: fs::read_dir(format!("/proc/{}/fd", site.pid())).unwrap().count(),
            threads: number("Threads"),
            index_bytes: site.status()["index_bytes"].as_u64().unwrap(),
            // A request has its line: what else is told must not grow with anything but edits.
            log_bytes: site
                .log()
                .lines()
                .filter(|line| !line.contains(REQUEST))
                .map(|line| line.len() as u64 + 1)
                .sum(),
            rounds,
        }
    }

    /// Within fixed bounds.
    pub fn assert_bounded(&self) {
        assert!(self.anonymous_kb <= MOST_ANONYMOUS_KB, "memory: {self}");
        assert!(self.descriptors <= MOST_DESCRIPTORS, "descriptors: {self}");
        assert!(self.threads <= MOST_THREADS, "threads: {self}");
        assert!(self.index_bytes <= MOST_INDEX_BYTES, "index: {self}");
        assert!(self.log_bytes <= (self.rounds + 8) * MOST_LOG_BYTES_A_ROUND, "log: {self}");
    }

    /// Not much larger than before: what leaks grows with every round.
    pub fn assert_no_larger(&self, before: &Self) {
        let within = |now: u64, then: u64, slack: u64| now <= then + then / 4 + slack;
        assert!(within(self.anonymous_kb, before.anonymous_kb, 16 << 10), "memory grew: {before} to {self}");
        assert!(within(self.descriptors as u64, before.descriptors as u64, 16), "descriptors grew: {before} to {self}");
        assert!(within(self.threads, before.threads, 8), "threads grew: {before} to {self}");
        assert!(within(self.index_bytes, before.index_bytes, 1 << 20), "the index grew: {before} to {self}");
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { anonymous_kb, mapped_kb, descriptors, threads, index_bytes, log_bytes, rounds } = self;
        write!(
            f,
            "{anonymous_kb:6} kB own, {mapped_kb:6} kB mapped, {descriptors:3} descriptors, {threads:2} threads, index \
             {index_bytes:7} B, log {log_bytes:8} B, {rounds:4} rounds"
        )
    }
}

/// The largest that the daemon ever was.
pub fn peak_kb(site: &Site) -> u64 {
    number(&status(site), "VmHWM")
}

fn status(site: &Site) -> String {
    fs::read_to_string(format!("/proc/{}/status", site.pid())).unwrap()
}

fn number(status: &str, key: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    line.trim_start_matches(':').split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}
