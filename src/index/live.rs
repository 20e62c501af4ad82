//! A live index: the folder, its writer, and the manifest in step with it.
//!
//! Holds the two promises that everything else stands on: a page changes all at once, since its old document goes
//! and its new one comes in one commit (in a build that goes on, which serves nobody, a checkpoint may come between);
//! and the manifest that is read from an index never says more than its last commit does.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tantivy::index::{SegmentId, SegmentMeta};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyError, Term};

use super::bulk::{Arrivals, Bulk};
use super::compaction::Compaction;
use super::directory::IndexDirectory;
use super::document::Analysed;
use super::fault;
use super::manifest::{FileEntry, Manifest};
use super::merging::{Merges, Underway};
use super::schema::Fields;
use super::snapshot::Snapshot;
use super::store::{OpenIndex, Payload, is_damage};
use crate::content::Stat;
use crate::page::{PagePath, Timestamp};

/// So long a stop waits for merges: after a large build they take minutes, and the next start begins them anew.
const MERGES_WITHIN: Duration = Duration::from_millis(1_500);

/// From the first commit that is not synced to the seal. A power loss costs a second reading of what was saved since.
const SEAL_AFTER: Duration = Duration::from_secs(30);

/// An index that is written to and read from.
pub struct Live {
    /// Its folder.
    pub path: PathBuf,
    /// What its documents say of each file.
    pub manifest: Manifest,
    /// What its last commit says.
    pub payload: Payload,
    /// URLs of which it could not be settled whose they are.
    pub unsettled_routes: BTreeSet<u64>,
    fields: Arc<Fields>,
    index: Index,
    directory: IndexDirectory,
    reader: IndexReader,
    writer: Option<IndexWriter>,
    writer_memory_bytes: usize,
    /// While it is being built its segments are left as they come.
    building: bool,
    /// What was added past the writer.
    arrivals: Arrivals,
    pub(super) compaction: Compaction,
    pub(super) underway: Underway,
    dirty: bool,
    /// Documents that were more, or fewer, than one for each file when it was opened.
    strays: u64,
    /// The last state that was viewed, for what it has read of segments that stay.
    viewed: Mutex<Weak<Snapshot>>,
    /// The first commit that is not synced.
    unsealed_since: Option<Instant>,
    sealing: Option<JoinHandle<std::io::Result<()>>>,
    verify_due: bool,
}

impl Live {
    /// Opens the reader and reads the manifest; the writer comes with the first change.
    pub fn new(open: OpenIndex, writer_memory_bytes: usize) -> tantivy::Result<Self> {
        let reader = open.index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let mut live = Self {
            path: open.path,
            manifest: Manifest::default(),
            payload: open.payload,
            unsettled_routes: BTreeSet::new(),
            fields: open.fields,
            index: open.index,
            unsealed_since: if open.directory.is_sealed() { None } else { Some(Instant::now()) },
            sealing: None,
            verify_due: false,
            directory: open.directory,
            reader,
            writer: None,
            writer_memory_bytes,
            building: false,
            arrivals: Arrivals::default(),
            compaction: Compaction::default(),
            underway: Underway::default(),
            dirty: false,
            strays: 0,
            viewed: Mutex::default(),
        };
        live.manifest = live.read_manifest()?;
        live.strays = live.reader.searcher().num_docs().abs_diff(live.manifest.len() as u64);
        Ok(live)
    }

    /// The same, to be built: many documents come, and nobody searches yet.
    pub fn for_building(open: OpenIndex, writer_memory_bytes: usize) -> tantivy::Result<Self> {
        Ok(Self { building: true, ..Self::new(open, writer_memory_bytes)? })
    }

    /// After a build's last commit: from now on there are saves, one now and then.
    pub fn end_building(&mut self) {
        self.building = false;
        if let Some(writer) = &self.writer {
            writer.set_merge_policy(Box::new(Merges::new(false, self.underway.clone())));
        }
    }

    /// The schema's fields.
    pub fn fields(&self) -> &Arc<Fields> {
        &self.fields
    }

    /// Whether there was more or less in it than one document for each file when it was opened. What is left of a page's older
    /// version would be found until the page changes again.
    pub fn is_doubtful(&self) -> bool {
        self.strays > 0
    }

    /// Whether anything waits for a commit.
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Writes a file's document in the place of its old one.
    pub fn put(&mut self, path: PagePath, entry: FileEntry, analysed: Analysed) -> tantivy::Result<()> {
        self.replace(path, entry)?;
        let document = analysed.into_document(&self.fields);
        self.writer()?.add_document(document)?;
        Ok(())
    }

    /// A file's old document goes; a segment that is added later holds its new one.
    pub fn replace(&mut self, path: PagePath, entry: FileEntry) -> tantivy::Result<()> {
        if self.manifest.get(&path).is_some() {
            self.delete(&path)?;
        }
        self.manifest.insert(path, entry);
        self.dirty = true;
        Ok(())
    }

    /// What makes segments beside the writer.
    pub fn bulk(&self) -> Bulk {
        let (index, fields) = (self.index.clone(), Arc::clone(&self.fields));
        Bulk::new(index, self.directory.clone(), fields, self.writer_memory_bytes)
    }

    /// Takes in a segment of documents of which [`Self::replace`] was told before.
    pub fn add_segment(&mut self, segment: SegmentMeta) -> tantivy::Result<()> {
        self.dirty = true;
        self.arrivals.add(segment.id());
        self.writer()?.add_segment(segment)
    }

    /// Takes a file's document out.
    pub fn remove(&mut self, path: &PagePath) -> tantivy::Result<()> {
        self.delete(path)?;
        self.manifest.remove(path);
        self.dirty = true;
        Ok(())
    }

    fn delete(&mut self, path: &PagePath) -> tantivy::Result<()> {
        let query = self.arrivals.with_term_by_now(Term::from_field_text(self.fields.path, path.as_str()));
        self.writer()?.delete_query(query)?;
        Ok(())
    }

    /// Commits what waits, and says so in the payload. Empty commits don't happen, but for the one that completes.
    pub fn commit(&mut self, generation: u64, complete: bool) -> tantivy::Result<()> {
        fault::point("commit::before")?;
        let payload = Payload { complete, generation, committed_at: Timestamp::now(), ..self.payload.clone() };
        let text = serde_json::to_string(&payload).map_err(|error| TantivyError::InternalError(error.to_string()))?;
        let mut prepared = self.writer()?.prepare_commit()?;
        prepared.set_payload(&text);
        prepared.commit()?;
        self.payload = payload;
        self.dirty = false;
        self.is_unsealed();
        fault::point("commit::after")?;
        Ok(())
    }

    /// There is something on the disk that is not synced.
    pub(super) fn is_unsealed(&mut self) {
        self.unsealed_since.get_or_insert_with(Instant::now);
    }

    /// The segments of the last commit, with their documents, deleted ones among them.
    pub(super) fn searchable(&self) -> tantivy::Result<Vec<(SegmentId, u64)>> {
        let segments = self.index.searchable_segment_metas()?;
        Ok(segments.iter().map(|segment| (segment.id(), u64::from(segment.max_doc()))).collect())
    }

    /// Syncs the last commit, and waits for it.
    pub fn seal(&mut self) -> std::io::Result<()> {
        self.unsealed_since = None;
        self.directory.seal(false)
    }

    /// Sees to it now and then that the last commit is synced, in a thread of its own: saves don't wait for the disk.
    pub fn keep_sealed(&mut self) {
        if let Some(sealing) = self.sealing.take_if(|sealing| sealing.is_finished()) {
            self.end_sealing(sealing);
        }
        if self.sealing.is_none() && self.unsealed_since.is_some_and(|since| since.elapsed() >= SEAL_AFTER) {
            let directory = self.directory.clone();
            let thread = std::thread::Builder::new().name("seal".to_owned());
            self.unsealed_since = None;
            // Where no thread can be had it is tried again after the next commit, and at the stop.
            self.sealing = thread.spawn(move || directory.seal(false)).ok();
        }
    }

    fn end_sealing(&mut self, sealing: JoinHandle<std::io::Result<()>>) {
        if let Ok(Err(error)) = sealing.join() {
            tracing::warn!(%error, "the index could not be synced: it is tried again");
            self.unsealed_since.get_or_insert_with(Instant::now);
        }
    }

    /// What is too large to be held in memory is to be verified once the start is over, which it would slow down.
    pub fn verify_later(&mut self) {
        self.verify_due = self.directory.has_mapped();
    }

    /// Does so in the background.
    pub fn verify_if_due(&mut self) {
        if std::mem::take(&mut self.verify_due) {
            let directory = self.directory.clone();
            let thread = std::thread::Builder::new().name("verify".to_owned());
            if let Err(error) = thread.spawn(move || directory.verify_mapped()) {
                tracing::warn!(%error, "the index is not verified");
            }
        }
    }

    /// How a write last failed, if one did since the last question. Where space is short, what is only kept for a
    /// power loss goes.
    pub fn take_failure(&self) -> Option<std::io::ErrorKind> {
        let failure = self.directory.take_failure();
        if matches!(failure, Some(std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)) {
            self.directory.give_up_seal();
        }
        failure
    }

    /// Whether a file of it was found damaged, or could not be synced.
    pub fn is_suspect(&self) -> bool {
        self.directory.is_suspect()
    }

    /// The last commit, viewed.
    pub fn snapshot(&self) -> tantivy::Result<Arc<Snapshot>> {
        fault::point("publish")?;
        self.reader.reload()?;
        let identity = self.payload.identity.clone();
        let (searcher, fields, generation) =
            (self.reader.searcher(), Arc::clone(&self.fields), self.payload.generation);
        let mut viewed = self.viewed.lock().unwrap_or_else(PoisonError::into_inner);
        let before = viewed.upgrade();
        let snapshot = Arc::new(Snapshot::open(searcher, fields, identity, generation, before.as_deref())?);
        *viewed = Arc::downgrade(&snapshot);
        Ok(snapshot)
    }

    /// Whether a snapshot is of the last commit.
    pub fn is_state(&self, snapshot: &Snapshot) -> bool {
        snapshot.identity() == self.payload.identity && snapshot.generation() == self.payload.generation
    }

    /// Drops the writer and what it had not committed, and opens the last commit anew. After any error of the writer:
    /// the engine's own rollback is less trustworthy than a new one.
    pub fn recover(&mut self) -> tantivy::Result<()> {
        self.let_go();
        let Some(open) = super::store::open(&self.path, true)? else {
            return Err(TantivyError::SchemaError("another schema".to_owned()));
        };
        *self = Self::new(open, self.writer_memory_bytes)?;
        // Where the disk is full, merging would fill it again before what makes room is committed. The next opening compacts.
        self.end_compaction();
        Ok(())
    }

    fn let_go(&mut self) {
        self.directory.revoke();
        self.writer = None;
        if let Some(sealing) = self.sealing.take() {
            let _ = sealing.join();
        }
    }

    /// Whether the folder still holds the commit that this process made: files deleted or replaced under a running
    /// daemon are noticed here. Where the system does not tell, that is an error: it proves nothing.
    pub fn is_intact(&self) -> tantivy::Result<bool> {
        let on_disk = match self.index.load_metas() {
            Ok(metas) => metas.payload,
            Err(error) if is_damage(&error) => None,
            Err(error) => return Err(error),
        };
        let payload = on_disk.and_then(|payload| serde_json::from_str::<Payload>(&payload).ok());
        Ok(payload.is_some_and(|payload| payload == self.payload) && self.directory.is_whole())
    }

    /// Waits for merges that are soon done, gives up those that are not, and syncs what was committed.
    pub fn close(self) {
        self.close_within(MERGES_WITHIN);
    }

    pub(super) fn close_within(mut self, merges: Duration) {
        if let Some(writer) = self.writer.take() {
            self.end_merges(writer, merges);
        }
        if let Some(sealing) = self.sealing.take() {
            self.end_sealing(sealing);
        }
        if let Err(error) = self.directory.seal(true) {
            tracing::warn!(%error, "the index could not be synced: it is verified at the next start");
        }
    }

    fn end_merges(&self, writer: IndexWriter, within: Duration) {
        let (sender, ended) = sync_channel(1);
        let thread = std::thread::Builder::new().name("merges".to_owned());
        // Nobody listens any more where they took too long.
        let waiting = thread.spawn(move || drop(sender.send(writer.wait_merging_threads())));
        match waiting.map(|_| ended.recv_timeout(within)) {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "merges did not end well; the last commit is unharmed"),
            Ok(Err(_)) | Err(_) => {
                tracing::debug!("segments are merged after the next start");
                // Nothing may be committed behind the seal that says so.
                self.directory.revoke();
            }
        }
    }

    /// Lets go of the index without waiting for its merges: it has been replaced, and its folder goes.
    pub fn abandon(mut self) {
        self.let_go();
    }

    /// The index folder.
    pub fn folder(&self) -> &Path {
        &self.path
    }

    pub(super) fn writer(&mut self) -> tantivy::Result<&mut IndexWriter> {
        let writer = match self.writer.take() {
            Some(writer) => writer,
            None => {
                self.directory.begin_writes()?;
                // Where there is much to write it is written in bulk.
                let writer = self.index.writer_with_num_threads(1, self.writer_memory_bytes)?;
                writer.set_merge_policy(Box::new(Merges::new(self.building, self.underway.clone())));
                // Its first number is the last commit's. A delete of that number would count as done in segments in which
                // that commit deleted something, and not in others: merged together, they would keep a page's old version beside the new one.
                writer.run(Vec::new())?;
                writer
            }
        };
        Ok(self.writer.insert(writer))
    }

    fn read_manifest(&self) -> tantivy::Result<Manifest> {
        let mut manifest = Manifest::default();
        for segment in self.reader.searcher().segment_readers() {
            let columns = segment.fast_fields();
            let Some(paths) = columns.str("path")? else { continue };
            let (size, inode, device) = (columns.u64("size")?, columns.u64("inode")?, columns.u64("device")?);
            let (mtime, ctime, read_at) =
                (columns.i64("mtime_ns")?, columns.i64("ctime_ns")?, columns.i64("read_at_ns")?);
            let (high, low) = (columns.u64("hash_high")?, columns.u64("hash_low")?);
            let (state, route) = (columns.u64("state")?, columns.u64("route")?);
            let claim = columns.column_opt::<i64>("claim_ms")?;
            let sections = columns.column_opt::<u64>("sections")?;
            let mut text = String::new();
            for doc in segment.doc_ids_alive() {
                let Some(ord) = paths.ords().first(doc) else { continue };
                paths.ord_to_str(ord, &mut text)?;
                let Some(path) = PagePath::new(text.as_str()) else { continue };
                let number = |column: &tantivy::columnar::Column<u64>| column.first(doc).unwrap_or(0);
                let time = |column: &tantivy::columnar::Column<i64>| column.first(doc).unwrap_or(0);
                let (file_state, truncated) = FileEntry::unpack_state(number(&state));
                let entry = FileEntry {
                    stat: Stat {
                        size: number(&size),
                        mtime_ns: time(&mtime),
                        ctime_ns: time(&ctime),
                        inode: number(&inode),
                        device: number(&device),
                    },
                    hash: u128::from(number(&high)) << 64 | u128::from(number(&low)),
                    read_at_ns: time(&read_at),
                    state: file_state,
                    truncated,
                    route: number(&route),
                    claim_ms: claim.as_ref().and_then(|claim| claim.first(doc)),
                    sections: sections.as_ref().and_then(|sections| sections.first(doc)).unwrap_or(0) as u32,
                };
                manifest.insert(path, entry);
            }
        }
        Ok(manifest)
    }
}
