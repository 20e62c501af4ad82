//! Reading files: each is read, parsed and analysed, by the calling thread or by threads that make segments of them.
//!
//! Nothing here knows the manifest or the writer: what was made of each file is told, and the caller takes note of it.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tantivy::TantivyError;
use tantivy::index::SegmentMeta;

use super::super::bulk::{Bulk, Segments};
use super::super::document::{Analysed, document, route_hash};
use super::super::fault;
use super::super::manifest::{FileEntry, FileState};
use super::super::schema::Fields;
use super::{MAX_CHECKPOINT, now_ns};
use crate::content::{ReadError, Root, Stat};
use crate::page::{self, PagePath, PageRules, Visibility};

/// Files for each reading thread: each leaves segments of its own.
const THREAD_FILES: usize = 32;
/// A page of more words than this, all different ones side by side, is none: places in a segment have four bytes. Only a page
/// of hundreds of megabytes can have them, where `content.max_page_bytes` lets it.
const MAX_PAGE_TERM_BYTES: usize = 1 << 30;
/// Files read that the calling thread may not have taken note of yet.
const QUEUE: usize = 64;

/// What a worker needs to know of a file.
pub struct Task {
    pub path: PagePath,
    /// What the index has of it.
    pub known: Option<FileEntry>,
    /// Whether it is taken even while it changes.
    pub accept_unsettled: bool,
}

/// What was made of a file.
pub enum Loaded {
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
pub enum Told {
    File(Task, Loaded),
    /// The documents of files that were told of before.
    Segment(SegmentMeta),
    Failed(TantivyError),
}

/// Reads files in threads that make segments of them, and has the calling thread take note of each.
pub fn read_in_bulk(
    bulk: &Bulk,
    root: &Root,
    rules: &PageRules,
    tasks: Vec<Task>,
    first_segment: Option<Duration>,
    take: impl FnMut(Told) -> tantivy::Result<()>,
) -> tantivy::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
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
        receiver.into_iter().try_for_each(take)
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
pub fn load(root: &Root, rules: &PageRules, fields: &Fields, task: &Task) -> Loaded {
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
