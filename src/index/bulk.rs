//! Many pages at once: each reading thread makes segments of its own, past the engine's writer.
//!
//! The writer hashes each word of a text into one large table, which is most of the work of a first index and waits for
//! memory most of the time; and all pages go through it by way of a queue. Here a thread reads a page, analyses it and
//! keeps its words until they are worth a segment; no page ever waits for another thread.

mod arrivals;
mod postings;
mod segment;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tantivy::Index;
use tantivy::index::SegmentMeta;

use super::directory::IndexDirectory;
use super::document::Analysed;
use super::schema::Fields;
pub use arrivals::Arrivals;
use segment::SegmentBuilder;

/// An empty segment takes 7 MB: with less than this for each thread there would be a segment every few pages.
const THREAD_MEMORY_BYTES: usize = 20_000_000;
/// A segment that has more is ended, so that places within it fit into four bytes, whatever its last page added.
const MAX_SEGMENT_BYTES: usize = 512 * 1024 * 1024;

/// What threads need to make segments of one index.
pub struct Bulk {
    index: Index,
    directory: IndexDirectory,
    fields: Arc<Fields>,
    /// For all threads together.
    memory_bytes: usize,
    /// Whether the directory knows that it is written to.
    begun: Mutex<bool>,
}

/// The segments of one thread, one after the other.
pub struct Segments<'a> {
    bulk: &'a Bulk,
    memory_bytes: usize,
    open: Option<SegmentBuilder>,
    began: Instant,
    due: Option<Duration>,
}

impl Bulk {
    /// Nothing is written before the first document comes.
    pub fn new(index: Index, directory: IndexDirectory, fields: Arc<Fields>, memory_bytes: usize) -> Self {
        Self { index, directory, fields, memory_bytes, begun: Mutex::new(false) }
    }

    /// For how many threads there is memory.
    pub fn most_threads(&self) -> usize {
        (self.memory_bytes / THREAD_MEMORY_BYTES).max(1)
    }

    /// The schema's fields.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    fn builder(&self) -> tantivy::Result<SegmentBuilder> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if !*begun {
            self.directory.begin_writes()?;
            *begun = true;
        }
        drop(begun);
        SegmentBuilder::new(&self.index, &self.fields)
    }

    /// For one of so many threads. A segment is also due after `first`, the next ones each time twice as late.
    pub fn segments(&self, threads: usize, first: Option<Duration>) -> Segments<'_> {
        let memory_bytes = (self.memory_bytes / threads.max(1)).min(MAX_SEGMENT_BYTES);
        Segments { bulk: self, memory_bytes, open: None, began: Instant::now(), due: first }
    }
}

impl Segments<'_> {
    /// Takes in a document.
    pub fn add(&mut self, analysed: &Analysed) -> tantivy::Result<()> {
        let open = match self.open.take() {
            Some(open) => open,
            None => {
                self.began = Instant::now();
                self.bulk.builder()?
            }
        };
        self.open.insert(open).add(analysed)
    }

    /// Ends the segment if it is large, or due by now.
    pub fn end_if_due(&mut self, most: Duration) -> tantivy::Result<Option<SegmentMeta>> {
        let Some(open) = &self.open else { return Ok(None) };
        let due = self.due.filter(|due| self.began.elapsed() > *due);
        if let Some(due) = due {
            self.due = Some((due * 2).min(most));
        } else if open.bytes() < self.memory_bytes {
            return Ok(None);
        }
        self.end()
    }

    /// Ends the segment, if any document is in it.
    pub fn end(&mut self) -> tantivy::Result<Option<SegmentMeta>> {
        self.open.take().map(SegmentBuilder::finish).transpose()
    }
}
