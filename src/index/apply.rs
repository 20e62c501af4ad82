//! Applying a plan: files are read, parsed and analysed, a few by the calling thread, many side by side and in bulk.
//!
//! A bad page costs itself alone: whatever goes wrong with one file is listed, and the others go on.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tantivy::TantivyError;
use tantivy::index::SegmentMeta;

use super::bulk::Segments;
use super::document::{Analysed, document, route_hash};
use super::fault;
use super::live::Live;
use super::manifest::{FileEntry, FileState};
use super::plan::Plan;
use super::schema::Fields;
use super::status::JobCounts;
use crate::content::{ReadError, Root, Stat};
use crate::page::{self, PagePath, PageRules, Visibility};

/// Fewer files than this are read by the calling thread alone, and go through the engine's writer.
const BULK_FROM: usize = 8;
/// Files for each reading thread: each leaves segments of its own.
const THREAD_FILES: usize = 32;
/// A build commits about this often.
const MAX_CHECKPOINT: Duration = Duration::from_secs(20);
/// A page of more words than this, all different ones side by side, is none: places in a segment have four bytes. Only a page
/// of hundreds of megabytes can have them, where `content.max_page_bytes` lets it.
const MAX_PAGE_TERM_BYTES: usize = 1 << 30;
/// Files read that the calling thread may not have taken note of yet.
const QUEUE: usize = 64;

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

/// What a worker needs to know of a file.
struct Task {
    path: PagePath,
    known: Option<FileEntry>,
    accept_unsettled: bool,
}

/// What was made of a file.
enum Loaded {
    Same {
        stat: Stat,
        read_at_ns: i64,
    },
    /// The document, unless it is in a segment already.
    New {
        entry: Box<FileEntry>,
        document: Option<Box<Analysed>>,
    },
    Failed(ReadError),
    Broken(String),
}

/// What a reading thread tells.
enum Told {
    File(Task, Loaded),
    /// The documents of files that were told of before.
    Segment(SegmentMeta),
    Failed(TantivyError),
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
            let loaded = load(root, rules, &fields, &task);
            settle(live, task, loaded, &mut applied, &mut contested)?;
            applied.counts.done += 1;
            (progress.report)(&applied.counts);
            checkpoints.take(live)?;
        }
    } else {
        read_in_bulk(live, root, rules, tasks, progress.first_checkpoint, |live, told| match told {
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

/// Reads files in threads that make segments of them, and has the calling thread take note of each.
fn read_in_bulk(
    live: &mut Live,
    root: &Root,
    rules: &PageRules,
    tasks: Vec<Task>,
    first_segment: Option<Duration>,
    mut take: impl FnMut(&mut Live, Told) -> tantivy::Result<()>,
) -> tantivy::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let bulk = live.bulk();
    let threads = (tasks.len() / THREAD_FILES).clamp(1, cores.min(bulk.most_threads()));
    let queue = Mutex::new(tasks.into_iter());
    let (sender, receiver) = sync_channel(QUEUE);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, queue, fields) = (sender.clone(), &queue, bulk.fields());
            let segments = bulk.segments(threads, first_segment);
            scope.spawn(move || {
                let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                if let Err(error) = read_files(next, |task| load(root, rules, fields, task), segments, &sender) {
                    // Where nobody listens the error that made it so has been told.
                    let _ = sender.send(Told::Failed(error));
                }
            });
        }
        drop(sender);
        // On an error the receiver goes, and the threads stop at their next file.
        receiver.into_iter().try_for_each(|told| take(live, told))
    })
}

/// What a reading thread does, until there is no file left or nobody listens any more.
fn read_files(
    mut next: impl FnMut() -> Option<Task>,
    load: impl Fn(&Task) -> Loaded,
    mut segments: Segments<'_>,
    sender: &SyncSender<Told>,
) -> tantivy::Result<()> {
    while let Some(task) = next() {
        let mut loaded = load(&task);
        if let Loaded::New { document, .. } = &mut loaded
            && let Some(analysed) = document.take()
        {
            segments.add(&analysed)?;
        }
        // First the file, then the segment: what it had in the index before goes, and not what comes.
        let told = [Some(Told::File(task, loaded)), segments.end_if_due(MAX_CHECKPOINT)?.map(Told::Segment)];
        for told in told.into_iter().flatten() {
            if sender.send(told).is_err() {
                return Ok(());
            }
        }
    }
    if let Some(segment) = segments.end()? {
        let _ = sender.send(Told::Segment(segment));
    }
    Ok(())
}

/// Reads, parses and analyses one file. Never panics.
fn load(root: &Root, rules: &PageRules, fields: &Fields, task: &Task) -> Loaded {
    match catch_unwind(AssertUnwindSafe(|| load_page(root, rules, fields, task))) {
        Ok(loaded) => loaded,
        Err(_) => Loaded::Broken("it cannot be parsed".to_owned()),
    }
}

fn load_page(root: &Root, rules: &PageRules, fields: &Fields, task: &Task) -> Loaded {
    let read_at_ns = now_ns();
    if let Err(source) = fault::page("read", task.path.as_str()) {
        return Loaded::Failed(ReadError::Io { source });
    }
    let source = match root.read(&task.path, task.accept_unsettled) {
        Ok(source) => source,
        Err(error) => return Loaded::Failed(error),
    };
    if let Some(known) = &task.known
        && known.hash == source.hash
        && known.truncated == source.truncated
        // Where the page names no date, the file's time is shown, and settles clashes.
        && (known.claim_ms.is_some() || known.state == FileState::KeptOut || known.stat.mtime_ns == source.stat.mtime_ns)
    {
        return Loaded::Same { stat: source.stat, read_at_ns };
    }
    metrics::counter!("achei_pages_parsed_total").increment(1);
    if let Err(error) = fault::page("parse", task.path.as_str()) {
        return Loaded::Broken(error.to_string());
    }
    let page = page::parse(&task.path, &source.bytes, source.truncated, rules);
    let entry = FileEntry {
        stat: source.stat,
        hash: source.hash,
        read_at_ns,
        state: if page.visibility == Visibility::Public { FileState::Found } else { FileState::KeptOut },
        truncated: source.truncated,
        route: route_hash(&page.route),
        claim_ms: page.updated.filter(|_| page.dated).map(page::Timestamp::millis),
        sections: page.sections.len() as u32,
    };
    match document(fields, &task.path, &entry, &page) {
        Ok(document) if document.terms.as_ref().is_some_and(|terms| terms.bytes() > MAX_PAGE_TERM_BYTES) => {
            Loaded::Broken("it has too many words".to_owned())
        }
        Ok(document) => Loaded::New { entry: Box::new(entry), document: Some(Box::new(document)) },
        Err(error) => Loaded::Broken(error.to_string()),
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
