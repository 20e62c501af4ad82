//! Applying a plan: files are read, a few by the calling thread, many side by side and in bulk, and the manifest and the
//! index are told what was made of each.
//!
//! A bad page costs itself alone: whatever goes wrong with one file is listed, and the others go on.

mod reading;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tantivy::TantivyError;

use super::document::{document, route_hash};
use super::fault;
use super::live::Live;
use super::manifest::{FileEntry, FileState};
use super::plan::Plan;
use super::status::JobCounts;
use crate::content::{ReadError, Root, Stat};
use crate::page::{self, PagePath, PageRules};
use reading::{Loaded, Task, Told};

/// Fewer files than this are read by the calling thread alone, and go through the engine's writer.
const BULK_FROM: usize = 8;
/// A build commits about this often.
const MAX_CHECKPOINT: Duration = Duration::from_secs(20);

/// How an apply reports and bounds itself.
pub struct Progress<'a> {
    /// Called now and then with what is done so far.
    pub report: &'a dyn Fn(&JobCounts),
    /// A long build first commits after this, then each time twice as late, up to [`MAX_CHECKPOINT`]: kills that come in
    /// quick succession lose little, and a build that is left alone is hardly held up. None: one commit at the end, by
    /// the caller.
    pub first_checkpoint: Option<Duration>,
    /// Whether every clash of URLs is looked at, as none may be left as a fault or a kill left it.
    pub all_clashes: bool,
}

/// What came of an apply.
#[derive(Debug, Default)]
pub struct Applied {
    /// In pages.
    pub counts: JobCounts,
    /// Files that were read and found as they were: their new state, and when they were read.
    pub verified: BTreeMap<PagePath, (Stat, i64)>,
    /// Files that could not be read: why.
    pub faults: BTreeMap<PagePath, String>,
    /// Pages that could not be read and stay as they last were.
    pub stale: u64,
    /// Files that changed while they were read: to be read again.
    pub unsettled: BTreeSet<PagePath>,
}

/// Carries out a plan on an index, without committing at the end. `forced` names files and folders whose pages are
/// taken even while they change.
pub fn apply(
    live: &mut Live,
    root: &Root,
    rules: &PageRules,
    plan: Plan,
    forced: &BTreeSet<String>,
    progress: &Progress<'_>,
) -> tantivy::Result<Applied> {
    let mut applied = Applied::default();
    applied.counts.unchanged = plan.unchanged;
    applied.counts.done = plan.unchanged;
    applied.counts.total = plan.unchanged + (plan.read.len() + plan.remove.len()) as u64;
    (progress.report)(&applied.counts);
    let mut contested = std::mem::take(&mut live.unsettled_routes);
    if progress.all_clashes {
        // At a checkpoint clashes were not settled yet, and what was to settle one may not have been readable.
        contested.extend(live.manifest.contested());
        contested.extend(live.manifest.unfound());
    }
    for path in &plan.remove {
        remove(live, path, &mut contested)?;
        applied.counts.removed += 1;
        applied.counts.done += 1;
    }
    let tasks: Vec<Task> = plan
        .read
        .into_iter()
        .map(|path| {
            let accept_unsettled = forced.iter().any(|prefix| super::manifest::is_below(path.as_str(), prefix));
            Task { known: live.manifest.get(&path).cloned(), path, accept_unsettled }
        })
        .collect();
    let mut checkpoints = Checkpoints { last: Instant::now(), next: progress.first_checkpoint };
    if tasks.len() < BULK_FROM {
        let fields = Arc::clone(live.fields());
        for task in tasks {
            let loaded = reading::load(root, rules, &fields, &task);
            settle(live, task, loaded, &mut applied, &mut contested)?;
            applied.counts.done += 1;
            (progress.report)(&applied.counts);
            checkpoints.take(live)?;
        }
    } else {
        reading::read_in_bulk(&live.bulk(), root, rules, tasks, progress.first_checkpoint, |told| match told {
            Told::File(task, loaded) => {
                settle(live, task, loaded, &mut applied, &mut contested)?;
                applied.counts.done += 1;
                (progress.report)(&applied.counts);
                Ok(())
            }
            Told::Segment(segment) => {
                live.add_segment(segment)?;
                checkpoints.take(live)
            }
            Told::Failed(error) => Err(error),
        })?;
    }
    settle_clashes(live, root, rules, contested, &mut applied)?;
    (progress.report)(&applied.counts);
    Ok(applied)
}

/// When a build commits on its way.
struct Checkpoints {
    last: Instant,
    next: Option<Duration>,
}

impl Checkpoints {
    /// Commits if it is time to.
    fn take(&mut self, live: &mut Live) -> tantivy::Result<()> {
        // Segments come about as often, and the next one may be far.
        if self.next.is_some_and(|after| self.last.elapsed() > after / 2) && live.is_dirty() {
            let generation = live.payload.generation;
            live.commit(generation, live.payload.complete)?;
            live.seal()?;
            *self = Self { last: Instant::now(), next: self.next.map(|after| (after * 2).min(MAX_CHECKPOINT)) };
        }
        Ok(())
    }
}

/// Writes what a worker made of a file.
fn settle(
    live: &mut Live,
    task: Task,
    loaded: Loaded,
    applied: &mut Applied,
    contested: &mut BTreeSet<u64>,
) -> tantivy::Result<()> {
    let Task { path, known, .. } = task;
    fault::point("add")?;
    match loaded {
        Loaded::Same { stat, read_at_ns } => {
            applied.counts.unchanged += 1;
            // The document keeps the older time; between pages of one URL and date the newer one decides.
            if let Some(known) = known.filter(|known| known.stat.mtime_ns != stat.mtime_ns) {
                live.manifest.set_mtime(&path, stat.mtime_ns);
                contested.insert(known.route);
            }
            applied.verified.insert(path, (stat, read_at_ns));
        }
        Loaded::New { entry, document } => {
            if let Some(known) = &known {
                contested.insert(known.route);
                applied.counts.updated += 1;
            } else {
                applied.counts.added += 1;
            }
            contested.insert(entry.route);
            match document {
                Some(document) => live.put(path, *entry, *document)?,
                None => live.replace(path, *entry)?,
            }
        }
        Loaded::Failed(ReadError::Gone) => {
            if known.is_some() {
                remove(live, &path, contested)?;
                applied.counts.removed += 1;
            } else {
                applied.counts.total = applied.counts.total.saturating_sub(1);
                applied.counts.done = applied.counts.done.saturating_sub(1);
            }
        }
        Loaded::Failed(ReadError::Unsettled) => {
            applied.counts.unchanged += 1;
            applied.unsettled.insert(path);
        }
        Loaded::Failed(error) => {
            applied.counts.failed += 1;
            // What may no longer be read leaves the results; what only fails keeps its last good version.
            if matches!(error, ReadError::Io { .. }) {
                applied.stale += 1;
            } else if known.is_some() {
                remove(live, &path, contested)?;
            }
            tracing::warn!(page = %path.as_str().escape_debug(), reason = %error, "a page was skipped");
            applied.faults.insert(path, error.to_string());
        }
        Loaded::Broken(reason) => {
            applied.counts.failed += 1;
            tracing::error!(page = %path.as_str().escape_debug(), reason, "a page was skipped");
            applied.faults.insert(path, reason);
        }
    }
    Ok(())
}

fn remove(live: &mut Live, path: &PagePath, contested: &mut BTreeSet<u64>) -> tantivy::Result<()> {
    if let Some(entry) = live.manifest.get(path) {
        contested.insert(entry.route);
    }
    live.remove(path)
}

/// Sees to it that of the files that claim one URL the owner alone is found.
fn settle_clashes(
    live: &mut Live,
    root: &Root,
    rules: &PageRules,
    contested: BTreeSet<u64>,
    applied: &mut Applied,
) -> tantivy::Result<()> {
    for route in contested {
        let Some(owner) = live.manifest.owner(route).cloned() else { continue };
        for path in live.manifest.claimants(route).to_vec() {
            let right = if path == owner { FileState::Found } else { FileState::Outclaimed };
            let Some(entry) = live.manifest.get(&path).filter(|entry| entry.state != right).cloned() else { continue };
            rewrite(live, root, rules, path, FileEntry { state: right, ..entry }, applied)?;
        }
    }
    Ok(())
}

/// Writes a file's document again for another state; its text is read again, as the index need not hold it.
fn rewrite(
    live: &mut Live,
    root: &Root,
    rules: &PageRules,
    path: PagePath,
    entry: FileEntry,
    applied: &mut Applied,
) -> tantivy::Result<()> {
    let source = match root.read(&path, true) {
        Ok(source) => source,
        Err(error) => {
            // It changed under us: the next look at it settles it, also where it is as it was by then.
            applied.faults.insert(path.clone(), error.to_string());
            live.unsettled_routes.insert(entry.route);
            applied.unsettled.insert(path);
            return Ok(());
        }
    };
    let page = page::parse(&path, &source.bytes, source.truncated, rules);
    if route_hash(&page.route) != entry.route || source.hash != entry.hash {
        live.unsettled_routes.insert(entry.route);
        applied.unsettled.insert(path);
        return Ok(());
    }
    let document = document(live.fields(), &path, &entry, &page)
        .map_err(|error| TantivyError::InternalError(error.to_string()))?;
    live.put(path, entry, document)
}

/// The present, in nanoseconds since the epoch.
pub fn now_ns() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::super::plan::plan;
    use super::super::store::Store;
    use super::*;
    use crate::config::Config;
    use crate::content::Scope;

    #[test]
    fn a_build_that_goes_on_after_a_kill_settles_clashes() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let config = Config::defaults(dir.path());
        std::fs::create_dir_all(config.content.dir.join("pt-br")).expect("a folder");
        for (path, date) in [("A.md", "2024-01-01"), ("pt-br/A.md", "2024-02-02"), ("z.md", "2024-01-01")] {
            let text = format!("---\ndate: {date}\n---\nvpn");
            std::fs::write(config.content.dir.join(path), text).expect("a page");
        }
        let mut store = Store::lock(&config.index.dir).expect("the lock is free");
        let root = Root::open(&config.content).expect("a directory");
        let build = |live: &mut Live, report: &dyn Fn(&JobCounts)| {
            let scan = root.scan(&Scope::All);
            let plan = plan(&live.manifest, &BTreeMap::new(), &scan, &Scope::All);
            let progress = Progress { report, first_checkpoint: Some(Duration::ZERO), all_clashes: true };
            apply(live, &root, &config.content.page, plan, &BTreeSet::new(), &progress)
        };
        let mut live = Live::new(store.create("f").expect("a folder"), 15_000_000).expect("an index");
        let killed = catch_unwind(AssertUnwindSafe(|| build(&mut live, &|counts| assert!(counts.done < 3, "killed"))));
        assert!(killed.is_err());
        drop(live);

        let unfinished = store.unfinished("f").expect("readable").expect("what was committed at a checkpoint");
        let mut live = Live::new(unfinished, 15_000_000).expect("an index");
        assert_eq!(live.manifest.len(), 2);
        build(&mut live, &|_| {}).expect("a build");
        let found = live.manifest.iter().filter(|(_, entry)| entry.state == FileState::Found);
        assert_eq!(found.map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["pt-br/A.md", "z.md"]);
    }
}
