//! The index directory: its lock, and one folder per index kept.
//!
//! Which index is current needs no pointer that could be torn: it is the newest folder whose commit says that it
//! is complete. A new index is built in a folder beside, and the commit that completes it is the switch.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::directory::error::OpenDirectoryError;
use tantivy::{Index, IndexSettings, TantivyError};

use super::analysis::{ANALYSIS_VERSION, TermStreamTokenizer};
use super::directory::IndexDirectory;
use super::fault;
use super::files::{self, META};
use super::schema::{self, Fields, SCHEMA_VERSION, TOKENIZER};
use crate::config::ContentConfig;
use crate::page::Timestamp;

/// Leads the names of index folders; a number follows that grows with each new index.
const FOLDER_PREFIX: &str = "idx-";
/// Documents up to about so many bytes are compressed together, and read together where one of them is shown. The engine's
/// own 16 KB make an index 0.4 to 3.6% smaller, and titles 3.5% slower; 2 KB make them no faster (`benches/RESULTS.md`).
const STORE_BLOCK_BYTES: usize = 4_096;
/// The folder of the one damaged index that is kept.
const ASIDE: &str = "set-aside";
const LOCK: &str = "lock";

/// Why the index directory could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another daemon holds the lock.
    #[error("the index directory {} is locked by another daemon: stop it, or give this one its own with --index", path.display())]
    Locked {
        /// The index directory.
        path: PathBuf,
    },
    /// A file operation failed.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What came back.
        source: io::Error,
    },
    /// The engine failed.
    #[error("the index in {}: {source}", path.display())]
    Engine {
        /// The index folder.
        path: PathBuf,
        /// What came back.
        source: TantivyError,
    },
    /// There is no index to read.
    #[error("there is no index in {}: run `achei index` or `achei serve` first", path.display())]
    Missing {
        /// The index directory.
        path: PathBuf,
    },
}

impl StoreError {
    fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    fn engine(path: &Path) -> impl FnOnce(TantivyError) -> Self {
        move |source| Self::Engine { path: path.to_owned(), source }
    }
}

/// What a commit says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// What the documents depend on besides the files: see [`fingerprint`].
    pub fingerprint: String,
    /// Whether it was once equal to the directory; until then it is being built.
    pub complete: bool,
    /// A random name of this index.
    pub identity: String,
    /// The published state's number.
    pub generation: u64,
    /// When it was committed.
    pub committed_at: Timestamp,
}

/// Everything that documents depend on besides the files. When it differs, a new index is built.
pub fn fingerprint(content: &ContentConfig) -> String {
    let rules = serde_json::to_string(&content.page).unwrap_or_default();
    format!(
        "schema {SCHEMA_VERSION}, analysis {ANALYSIS_VERSION}, parser {}, engine {}, max_page_bytes {}, pages {rules}",
        crate::page::PARSER_VERSION,
        tantivy::version_string(),
        content.max_page_bytes
    )
}

/// An index folder, open.
pub struct OpenIndex {
    /// The folder.
    pub path: PathBuf,
    /// The engine's index.
    pub index: Index,
    /// Its files.
    pub directory: IndexDirectory,
    /// Its fields.
    pub fields: Arc<Fields>,
    /// What its last commit says.
    pub payload: Payload,
}

/// The index directory.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    /// Held as long as the store lives; the kernel lets go of it when the process ends, however it ends.
    lock: Option<File>,
}

impl Store {
    /// Opens the index directory for writing: makes it if need be, and locks it.
    pub fn lock(root: &Path) -> Result<Self, StoreError> {
        let lock = take_lock(root)?;
        Ok(Self { root: root.to_owned(), lock: Some(lock) })
    }

    /// Makes the directory and the lock again where somebody removed them under us.
    fn hold_root(&mut self) -> Result<(), StoreError> {
        let held = self.lock.as_ref().and_then(|lock| lock.metadata().ok());
        let there = fs::metadata(self.root.join(LOCK)).ok();
        let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        if held.map(id) != there.map(id) {
            tracing::warn!(index = %self.root.display(), "the index directory was removed or replaced: it is made again");
            self.lock = Some(take_lock(&self.root)?);
        }
        Ok(())
    }

    /// The index directory for reading, beside a daemon or without one.
    pub fn read_only(root: &Path) -> Self {
        Self { root: root.to_owned(), lock: None }
    }

    /// The index directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Index folders, newest first.
    fn folders(&self) -> Result<Vec<(u64, PathBuf)>, StoreError> {
        let mut folders = Vec::new();
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(folders),
            Err(error) => return Err(StoreError::io("list", &self.root)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(StoreError::io("list", &self.root))?;
            let name = entry.file_name();
            if let Some(number) = name.to_str().and_then(|name| name.strip_prefix(FOLDER_PREFIX)?.parse().ok())
                && entry.file_type().is_ok_and(|kind| kind.is_dir())
            {
                folders.push((number, entry.path()));
            }
        }
        folders.sort_unstable_by(|a, b| b.cmp(a));
        Ok(folders)
    }

    /// The newest complete index, if any. What is proven broken is passed over, and set aside by a writer.
    pub fn current(&self) -> Result<Option<OpenIndex>, StoreError> {
        self.newest(|payload| payload.complete)
    }

    /// The newest index with this fingerprint that was never completed: a build that was cut short.
    pub fn unfinished(&self, fingerprint: &str) -> Result<Option<OpenIndex>, StoreError> {
        self.newest(|payload| !payload.complete && payload.fingerprint == fingerprint)
    }

    fn newest(&self, wanted: impl Fn(&Payload) -> bool) -> Result<Option<OpenIndex>, StoreError> {
        for (_, path) in self.folders()? {
            // What is not wanted is not touched: it may be the index that serves.
            if peek(&path).is_some_and(|payload| !wanted(&payload)) {
                continue;
            }
            if is_bare(&path) {
                if self.lock.is_some() {
                    fs::remove_dir_all(&path).map_err(StoreError::io("remove", &path))?;
                }
                continue;
            }
            match open(&path, self.lock.is_some()) {
                Ok(Some(index)) if wanted(&index.payload) => return Ok(Some(index)),
                Ok(_) => {}
                Err(error) if !is_damage(&error) => return Err(StoreError::engine(&path)(error)),
                Err(error) => {
                    tracing::warn!(index = %path.display(), %error, "the index is damaged");
                    if self.lock.is_some() {
                        self.set_aside(&path)?;
                    }
                }
            }
        }
        Ok(None)
    }

    /// Makes a new, empty index in a folder of its own.
    pub fn create(&mut self, fingerprint: &str) -> Result<OpenIndex, StoreError> {
        self.hold_root()?;
        let number = self.folders()?.first().map_or(1, |(newest, _)| newest + 1);
        let path = self.root.join(format!("{FOLDER_PREFIX}{number:06}"));
        fs::create_dir(&path).map_err(StoreError::io("make", &path))?;
        let (schema, fields) = schema::build();
        let directory = IndexDirectory::create(&path).map_err(StoreError::engine(&path))?;
        let settings = IndexSettings { docstore_blocksize: STORE_BLOCK_BYTES, ..IndexSettings::default() };
        let index = Index::create(directory.clone(), schema, settings).map_err(StoreError::engine(&path))?;
        register(&index);
        let payload = Payload {
            fingerprint: fingerprint.to_owned(),
            complete: false,
            identity: random_name(),
            generation: 0,
            committed_at: Timestamp::now(),
        };
        Ok(OpenIndex { path, index, directory, fields: Arc::new(fields), payload })
    }

    /// Removes all index folders but this one.
    pub fn keep_only(&self, keep: &Path) {
        if let Err(error) = fault::point("clean") {
            tracing::warn!(%error, "old indexes could not be removed");
            return;
        }
        let folders = self.folders().unwrap_or_default();
        for (_, path) in folders.into_iter().filter(|(_, path)| path != keep) {
            if let Err(error) = fs::remove_dir_all(&path) {
                tracing::warn!(index = %path.display(), %error, "an old index could not be removed");
            }
        }
    }

    /// Moves a damaged index out of the way, in the place of the one before.
    pub fn set_aside(&self, path: &Path) -> Result<(), StoreError> {
        let aside = self.root.join(ASIDE);
        self.drop_aside().map_err(StoreError::io("remove", &aside))?;
        fs::rename(path, &aside).map_err(StoreError::io("set aside", path))
    }

    /// Removes the damaged index that is kept: where space is short it is the least needed.
    pub fn drop_aside(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.root.join(ASIDE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Bytes of an index folder's files.
    pub fn size_of(path: &Path) -> u64 {
        files::size_of(path)
    }
}

impl Drop for Store {
    /// Closing is not enough: a process that another thread starts just then has the descriptor, too, until it runs.
    fn drop(&mut self) {
        if let Some(lock) = &self.lock {
            let _ = lock.unlock();
        }
    }
}

/// Takes the lock, and makes the index directory if need be.
fn take_lock(root: &Path) -> Result<File, StoreError> {
    fs::create_dir_all(root).map_err(StoreError::io("make the index directory", root))?;
    let path = root.join(LOCK);
    let lock = files::open_lock(&path).map_err(StoreError::io("open the lock", &path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: root.to_owned() }),
        Err(TryLockError::Error(source)) => Err(StoreError::Io { action: "lock", path, source }),
    }
}

/// What a folder's commit says of itself, without opening it; none if there is none that can be read.
fn peek(path: &Path) -> Option<Payload> {
    #[derive(Deserialize)]
    struct Meta {
        payload: String,
    }
    let text = files::read_text(&path.join(META)).ok()??;
    serde_json::from_str(&serde_json::from_str::<Meta>(&text).ok()?.payload).ok()
}

/// Whether a folder holds no index yet: its making was cut short. That is no damage.
fn is_bare(path: &Path) -> bool {
    let Ok(mut entries) = fs::read_dir(path) else { return false };
    entries.all(|entry| entry.is_ok_and(|entry| !files::is_part(&entry.file_name().to_string_lossy())))
}

/// Opens an index folder; none if it never saw a commit of ours, or was written for another schema.
pub fn open(path: &Path, for_writing: bool) -> tantivy::Result<Option<OpenIndex>> {
    let directory = if for_writing { IndexDirectory::open(path)? } else { IndexDirectory::read_only(path)? };
    let index = Index::open(directory.clone())?;
    let (schema, fields) = schema::build();
    let metas = index.load_metas()?;
    let Some(payload) = metas.payload.as_deref().and_then(|payload| serde_json::from_str(payload).ok()) else {
        return Ok(None);
    };
    if index.schema() != schema {
        return Ok(None);
    }
    register(&index);
    Ok(Some(OpenIndex { path: path.to_owned(), index, directory, fields: Arc::new(fields), payload }))
}

fn register(index: &Index) {
    index.tokenizers().register(TOKENIZER, TermStreamTokenizer::default());
}

/// Whether an error proves that files are not what they were. Lack of space, rights or a lock proves nothing.
pub fn is_damage(error: &TantivyError) -> bool {
    match error {
        TantivyError::DataCorruption(_)
        | TantivyError::IncompatibleIndex(_)
        | TantivyError::SchemaError(_)
        | TantivyError::OpenReadError(
            tantivy::directory::error::OpenReadError::FileDoesNotExist(_)
            | tantivy::directory::error::OpenReadError::IncompatibleIndex(_),
        )
        | TantivyError::OpenDirectoryError(
            OpenDirectoryError::DoesNotExist(_) | OpenDirectoryError::NotADirectory(_),
        ) => true,
        TantivyError::IoError(error)
        | TantivyError::OpenReadError(tantivy::directory::error::OpenReadError::IoError { io_error: error, .. }) => {
            matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData)
        }
        _ => false,
    }
}

/// 128 random bits in hexadecimal.
pub fn random_name() -> String {
    let mut bytes = [0; 16];
    // Without randomness the time still names the index well enough for a cache key.
    if getrandom::fill(&mut bytes).is_err() {
        bytes[..8].copy_from_slice(&Timestamp::now().millis().to_le_bytes());
    }
    bytes.iter().fold(String::new(), |name, byte| name + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writer_at_a_time() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let first = Store::lock(dir.path()).expect("the lock is free");
        assert!(matches!(Store::lock(dir.path()), Err(StoreError::Locked { .. })));
        let forked = first.lock.as_ref().map(File::try_clone);
        drop(first);
        assert!(Store::lock(dir.path()).is_ok(), "the lock file stays and is harmless");
        drop(forked);
    }

    #[test]
    fn the_newest_complete_index_is_current() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut store = Store::lock(dir.path()).expect("the lock is free");
        assert!(store.current().expect("readable").is_none());
        let commit = |open: &OpenIndex, complete: bool| {
            open.directory.begin_writes().expect("a seal");
            let mut writer: tantivy::IndexWriter = open.index.writer_with_num_threads(1, 15_000_000).expect("a writer");
            let mut prepared = writer.prepare_commit().expect("a commit");
            let payload = Payload { complete, ..open.payload.clone() };
            prepared.set_payload(&serde_json::to_string(&payload).expect("plain values"));
            prepared.commit().expect("a commit");
        };
        let first = store.create("f").expect("a folder");
        assert!(store.current().expect("readable").is_none(), "nothing committed");
        commit(&first, true);
        let second = store.create("f").expect("a folder");
        commit(&second, false);
        assert_eq!(store.current().expect("readable").map(|index| index.path), Some(first.path.clone()));
        assert_eq!(store.unfinished("f").expect("readable").map(|index| index.path), Some(second.path.clone()));
        assert!(store.unfinished("g").expect("readable").is_none());
        commit(&second, true);
        assert_eq!(store.current().expect("readable").map(|index| index.path), Some(second.path.clone()));
        store.keep_only(&second.path);
        assert!(!first.path.exists());
        fs::write(second.path.join("meta.json"), "{").expect("writable");
        assert!(store.current().expect("readable").is_none());
        assert!(dir.path().join(ASIDE).is_dir(), "the damaged one is set aside");
    }

    #[test]
    fn lack_of_space_or_rights_is_no_damage() {
        for kind in [io::ErrorKind::PermissionDenied, io::ErrorKind::StorageFull, io::ErrorKind::Other] {
            assert!(!is_damage(&TantivyError::from(io::Error::from(kind))), "{kind}");
        }
        assert!(is_damage(&TantivyError::from(io::Error::from(io::ErrorKind::UnexpectedEof))));
    }
}
