//! How large a daemon is: what must stay flat. Linux.

use std::fmt;
use std::fs;

use crate::site::Site;

/// Of one moment.
pub struct Figures {
    resident_kb: u64,
    anonymous_kb: u64,
    descriptors: usize,
    threads: u64,
    index_bytes: u64,
    log_bytes: usize,
}

impl Figures {
    pub fn of(site: &Site) -> Self {
        let process = format!("/proc/{}", site.pid());
        let status = fs::read_to_string(format!("{process}/status")).unwrap();
        let number = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
            line.trim_start_matches(':').split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
        };
        Self {
            resident_kb: number("VmRSS"),
            anonymous_kb: number("RssAnon"),
            descriptors: fs::read_dir(format!("{process}/fd")).unwrap().count(),
            threads: number("Threads"),
            index_bytes: site.status()["index_bytes"].as_u64().unwrap(),
            log_bytes: site.log().len(),
        }
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
        let Self { resident_kb, anonymous_kb, descriptors, threads, index_bytes, log_bytes } = self;
        write!(
            f,
            "resident {resident_kb} kB (own {anonymous_kb} kB), {descriptors} descriptors, {threads} threads, index \
             {index_bytes} B, log {log_bytes} B"
        )
    }
}
