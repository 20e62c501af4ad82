//! What Prometheus reads: requests by route template, searches, and the state of the index.
//!
//! Its own file because names, help and buckets stand here once. Counters live in the process' recorder, where other
//! rooms add theirs; what the index knows of itself is written out when asked, so that no two places can differ.

use std::fmt::Write as _;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::index::{IndexStatus, State, WatcherMode};

const REQUESTS: &str = "achei_http_requests_total";
const DURATION: &str = "achei_http_request_duration_seconds";
/// Counted at the gate.
pub(super) const REJECTED: &str = "achei_searches_rejected_total";
/// Counted around the admin routes.
pub(super) const REFUSED: &str = "achei_refused_tokens_total";
const WITHOUT_HITS: &str = "achei_searches_without_hits_total";

const IDENTITY_REFUSED: &str = "achei_identities_refused_total";

/// Counted by the indexer, of all pages.
const COUNTS_OF_PAGES: [&str; 3] =
    ["achei_pages_parsed_total", "achei_reconcile_changes_total", "achei_reconcile_drift_total"];
/// From a suggestion out of the cache to a request that times out.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Installs the recorder that `/metrics` is read from, once in a process, before anything is counted.
///
/// # Errors
/// When the process has a recorder already.
pub fn recorder() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), &SECONDS)?.install_recorder()
}

/// Gives the counters of this room their help, and lets them stand at 0 from the start.
pub(super) fn describe() {
    metrics::describe_counter!(REQUESTS, "Requests answered, by route, method and status.");
    metrics::describe_histogram!(DURATION, metrics::Unit::Seconds, "Time from a request's head to its answer's head.");
    metrics::describe_counter!(REJECTED, "Searches turned away because too many ran and waited.");
    metrics::describe_counter!(WITHOUT_HITS, "Searches with words that found nothing.");
    metrics::describe_counter!(REFUSED, "Requests refused for lack of the admin token.");
    metrics::describe_counter!(
        IDENTITY_REFUSED,
        "Requests with a broken, expired or untrusted identity, answered as a guest's."
    );
    metrics::counter!(IDENTITY_REFUSED).absolute(0);
    metrics::counter!(REJECTED).absolute(0);
    metrics::counter!(REFUSED).absolute(0);
    metrics::counter!(WITHOUT_HITS).absolute(0);
}

/// Counts an identity that did not hold.
pub(super) fn identity_refused() {
    metrics::counter!(IDENTITY_REFUSED).increment(1);
}

/// One answered request.
pub(super) struct Observed<'a> {
    pub(super) route: &'a str,
    pub(super) method: &'static str,
    pub(super) status: u16,
    pub(super) elapsed: Duration,
    /// How many pages a search with words found.
    pub(super) total: Option<usize>,
}

/// Counts a request.
pub(super) fn observe(request: &Observed<'_>) {
    let route = request.route.to_owned();
    let status = request.status.to_string();
    metrics::counter!(REQUESTS, "route" => route.clone(), "method" => request.method, "status" => status).increment(1);
    metrics::histogram!(DURATION, "route" => route).record(request.elapsed.as_secs_f64());
    if request.total == Some(0) {
        metrics::counter!(WITHOUT_HITS).increment(1);
    }
}

/// The whole text: the recorder's, then the state of the index.
pub(super) fn render(
    handle: &PrometheusHandle,
    status: &IndexStatus,
    uptime: Duration,
    resident_bytes: Option<u64>,
) -> String {
    let mut text = handle.render();
    let flag = |flag: bool| f64::from(u8::from(flag));
    for (name, help, value) in [
        ("achei_pages", "Pages that can be found.", status.pages as f64),
        ("achei_sections", "Sections of these pages.", status.sections as f64),
        ("achei_generation", "The published index state.", status.generation as f64),
        ("achei_index_bytes", "Size of the index on disk.", status.index_bytes as f64),
        ("achei_pending_changes", "Changes noticed and not yet published.", status.pending_changes as f64),
        ("achei_skipped_files", "Files not in the index, or not whole.", status.skipped.len() as f64),
        ("achei_ready", "Whether a complete reconcile has been done since start.", flag(status.ready)),
        ("achei_watcher_healthy", "Whether changes are noticed as they happen.", flag(status.watcher.healthy)),
        ("achei_uptime_seconds", "Time since start.", uptime.as_secs_f64()),
        (
            "achei_last_reconcile_timestamp_seconds",
            "When directory and index were last compared in full; 0 for never.",
            status.last_reconcile.map_or(0.0, |moment| moment.millis() as f64 / 1000.0),
        ),
    ] {
        gauge(&mut text, name, help, &[("", value)]);
    }
    if let Some(bytes) = resident_bytes {
        // As other processes call theirs.
        let help = "Resident memory size in bytes.";
        gauge(&mut text, "process_resident_memory_bytes", help, &[("", bytes as f64)]);
    }
    let is = |name, state| (name, flag(status.state == state));
    let shares = [is("ready", State::Ready), is("indexing", State::Indexing), is("degraded", State::Degraded)];
    gauge(&mut text, "achei_state", "1 for the state that holds.", &shares);
    let mode = |name, mode| (name, flag(status.watcher.mode == mode));
    let modes = [mode("native", WatcherMode::Native), mode("poll", WatcherMode::Poll), mode("off", WatcherMode::Off)];
    gauge(&mut text, "achei_watcher_mode", "1 for the mode in force.", &modes);
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(text, "# HELP achei_build_info The binary.\n# TYPE achei_build_info gauge");
    let _ = writeln!(text, "achei_build_info{{version=\"{version}\"}} 1");
    text
}

/// The text without the counters that grow with each page, whoever may find it.
pub(super) fn without_counts_of_pages(text: &str) -> String {
    let tells = |line: &&str| !COUNTS_OF_PAGES.iter().any(|name| line.contains(name));
    text.lines().filter(tells).fold(String::with_capacity(text.len()), |out, line| out + line + "\n")
}

/// Writes a gauge; the label of a sample is named as the last word of the gauge, and left out when empty.
fn gauge(text: &mut String, name: &str, help: &str, samples: &[(&str, f64)]) {
    let label = name.rsplit('_').next().unwrap_or(name);
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (value, number) in samples {
        let _ = match *value {
            "" => writeln!(text, "{name} {number}"),
            value => writeln!(text, "{name}{{{label}=\"{value}\"}} {number}"),
        };
    }
}
