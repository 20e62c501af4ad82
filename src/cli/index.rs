//! `achei index`: makes the index equal the directory once.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::exit::Exit;
use super::{Failure, output};
use crate::config::Config;
use crate::index::{IndexError, Indexer, JobCounts, Outcome, Request};

/// When most pages seem to go, how long until the second look.
const SECOND_LOOK: Duration = Duration::from_millis(300);

/// Index and directory after they were compared.
pub(super) struct Reconciled {
    /// What was done.
    outcome: Outcome,
    /// Whether the index now equals the directory.
    pub(super) equal: bool,
    pages: usize,
    bytes: u64,
}

pub(super) fn run(config: &Config, rebuild: bool) -> Result<Exit, Failure> {
    let started = Instant::now();
    let reconciled = reconcile(config, rebuild).map_err(|error| (Exit::InputOutput, error.to_string()))?;
    let Reconciled { outcome, equal, pages, bytes } = reconciled;
    if let Some(reason) = &outcome.held {
        return Err((Exit::No, reason.clone()));
    }
    let JobCounts { added, updated, removed, unchanged, failed, .. } = outcome.counts;
    output::print(&format!(
        "{} {pages} pages in {:.1} s, index {:.1} MB: {added} added, {updated} updated, {removed} removed, {unchanged} unchanged, {failed} failed",
        output::styled(
            output::STRONG,
            if equal { "The index equals the directory:" } else { "The index does not equal the directory:" }
        ),
        started.elapsed().as_secs_f64(),
        bytes as f64 / 1e6,
    ));
    Ok(if equal { Exit::Done } else { Exit::No })
}

/// Makes the index equal the directory, with progress; names files that were passed over.
pub(super) fn reconcile(config: &Config, rebuild: bool) -> Result<Reconciled, IndexError> {
    let mut indexer = Indexer::open(config.content.clone(), config.index.clone())?;
    indexer.root()?;
    let bar = progress_bar();
    let report = |counts: &JobCounts| show(&bar, counts);
    let outcome = if rebuild { indexer.build(true, &report) } else { settle(&mut indexer, &report) };
    bar.finish_and_clear();
    let outcome = outcome?;
    let skipped = indexer.skipped();
    let equal = outcome.held.is_none() && outcome.unsettled.is_empty() && outcome.stale == 0;
    let (pages, bytes) = (indexer.found_pages(), indexer.index_bytes());
    indexer.close();
    for file in &skipped {
        anstream::eprintln!("{}: {}", output::clean(&file.path), file.reason);
    }
    Ok(Reconciled { outcome, equal, pages, bytes })
}

/// Reconciles until the directory holds still, for a moment at least.
fn settle(indexer: &mut Indexer, report: &dyn Fn(&JobCounts)) -> Result<Outcome, IndexError> {
    let mut request = Request::all();
    for _ in 0..20 {
        let outcome = indexer.reconcile(&request, report)?;
        let Some(seen) = outcome.deferred else { return Ok(outcome) };
        std::thread::sleep(SECOND_LOOK);
        request.seen_before = Some(seen);
    }
    indexer.reconcile(&Request { explicit: true, ..Request::all() }, report)
}

/// On a terminal; nothing where nobody looks.
pub(super) fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bar:40.cyan/dim} {pos}/{len} pages  {per_sec}  {msg}") {
        bar.set_style(style);
    }
    bar
}

pub(super) fn show(bar: &ProgressBar, counts: &JobCounts) {
    bar.set_length(counts.total);
    bar.set_position(counts.done);
}
