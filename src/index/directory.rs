//! The engine's view of an index folder: commits that wait for no disk, small indexes in memory, every file verified.
//!
//! What it keeps true:
//! - No write is synced but by [`IndexDirectory::seal`], which the [seal](super::seal) explains.
//! - What a seal names stays on disk until the next one, also where the engine has done with it.
//! - A file read into memory has passed its checksum. So a small index, which is held whole, cannot give a wrong
//!   result however its files are changed, and truncating them cannot end the process. What does not fit is mapped,
//!   has its end checked, and is verified in the background.
//! - The engine's list of its own files is made from the commit when it is opened, and never written: it cannot be lost,
//!   and nothing that a fault left behind stays.

mod engine;
mod sealing;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use tantivy::directory::{META_LOCK, MmapDirectory};
use tantivy::{Directory, TantivyError};

use super::fault;
use super::files::{self, META};
use super::seal::{self, Seal};

/// An index of up to this size is held in memory. It costs its size in memory that the system cannot take back, and
/// no time: with 64 MB of an index of 20,000 pages held a start took as long as with all of it mapped, and the process had
/// 104 MB in place of 46.
const HOLD_BYTES: u64 = 32 << 20;

/// An index folder as the engine reads and writes it.
#[derive(Clone)]
pub struct IndexDirectory {
    inner: Arc<Inner>,
}

struct Inner {
    root: PathBuf,
    mapped: MmapDirectory,
    hold_bytes: u64,
    state: Mutex<State>,
    sealing: Mutex<()>,
    /// Whether the engine may no longer write: held while it does.
    revoked: RwLock<bool>,
}

#[derive(Default)]
struct State {
    open: HashMap<PathBuf, Opened>,
    seal: Seal,
    /// What the seal names, and what the one that is being made names.
    kept: BTreeSet<PathBuf>,
    next: BTreeSet<PathBuf>,
    /// Kept files that the engine has done with.
    deferred: BTreeSet<PathBuf>,
    failure: Option<io::ErrorKind>,
    suspect: bool,
}

/// A file that was read or written.
struct Opened {
    bytes: u64,
    held: Option<Weak<[u8]>>,
}

impl fmt::Debug for IndexDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IndexDirectory({})", self.inner.root.display())
    }
}

impl IndexDirectory {
    /// A folder for reading, beside a daemon or without one: nothing in it is changed.
    pub fn read_only(root: &Path) -> tantivy::Result<Self> {
        let most = fault::hold_bytes().unwrap_or(HOLD_BYTES);
        // All of it or nothing: half of it in memory would cost as much, and promise nothing.
        let holds = files::size_of(root) <= most;
        Self::new(root, if holds { most } else { 0 })
    }

    pub(super) fn new(root: &Path, hold_bytes: u64) -> tantivy::Result<Self> {
        let mapped = MmapDirectory::open(root)?;
        let (state, sealing, revoked) = (Mutex::default(), Mutex::default(), RwLock::default());
        Ok(Self { inner: Arc::new(Inner { root: root.to_owned(), mapped, hold_bytes, state, sealing, revoked }) })
    }

    /// A new, empty folder.
    pub fn create(root: &Path) -> tantivy::Result<Self> {
        Self::new(root, fault::hold_bytes().unwrap_or(HOLD_BYTES))
    }

    /// A folder for writing: its commit is made sure of, and what no commit names is removed.
    pub fn open(root: &Path) -> tantivy::Result<Self> {
        let directory = Self::read_only(root)?;
        if !seal::mend(root, seal::boot_id().as_deref())? {
            return Err(TantivyError::from(files::damaged("neither its commit nor the sealed one is whole")));
        }
        directory.tidy()?;
        Ok(directory)
    }

    /// Removes what no commit names.
    fn tidy(&self) -> tantivy::Result<()> {
        let root = &self.inner.root;
        let seal = Seal::read(root)?.unwrap_or_default();
        let kept = files::named_by(&seal.meta).unwrap_or_default();
        // Readers beside us hold it from reading the commit until its files are open.
        let reading = self.acquire_lock(&META_LOCK);
        let Some(living) = files::read_text(&root.join(META))?.and_then(|meta| files::named_by(&meta)) else {
            return Err(TantivyError::from(files::damaged("its commit is garbled")));
        };
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            let name = PathBuf::from(entry.file_name());
            if reading.is_ok()
                && files::is_disposable(&name.to_string_lossy())
                && !living.contains(&name)
                && !kept.contains(&name)
                && let Err(error) = fs::remove_file(entry.path())
            {
                tracing::warn!(file = %name.display(), %error, "a left-over of the index could not be removed");
            }
        }
        drop(reading);
        let mut state = self.state();
        // A seal may name files that are gone, where space was short; they are nothing to keep.
        state.deferred = kept.difference(&living).filter(|name| root.join(name).exists()).cloned().collect();
        state.kept = kept;
        state.seal = seal;
        Ok(())
    }

    /// From now on the engine cannot write here. Its merges outlive its writer, and must not meet the next one.
    pub fn revoke(&self) {
        *self.inner.revoked.write().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Does what the engine asks for, unless it may not any more.
    fn permitted<T>(&self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let revoked = self.inner.revoked.read().unwrap_or_else(PoisonError::into_inner);
        if *revoked {
            return Err(io::Error::other("the index was opened anew"));
        }
        self.note(work())
    }

    /// Whether every file of the last commit is there as it was opened or written.
    pub fn is_whole(&self) -> bool {
        let root = &self.inner.root;
        // Want of rights, descriptors or luck proves nothing.
        let Ok(meta) = files::read_text(&root.join(META)) else { return true };
        let Some(names) = meta.and_then(|meta| files::named_by(&meta)) else { return false };
        let state = self.state();
        !state.suspect
            && names.iter().all(|name| {
                let wanted = state.open.get(name).map(|opened| opened.bytes);
                match fs::metadata(root.join(name)) {
                    Ok(found) => found.is_file() && wanted.is_none_or(|bytes| bytes == found.len()),
                    Err(error) => error.kind() != io::ErrorKind::NotFound,
                }
            })
    }

    /// Verifies the files that are mapped; those in memory were verified when they were read.
    pub fn verify_mapped(&self) {
        let mapped: Vec<PathBuf> = {
            let state = self.state();
            state.open.iter().filter(|(_, opened)| opened.held.is_none()).map(|(name, _)| name.clone()).collect()
        };
        for name in mapped {
            match files::verify(&self.inner.root.join(&name)) {
                Err(error) if files::proves_damage(&error) && self.state().open.contains_key(&name) => {
                    tracing::error!(file = %name.display(), %error, "a file of the index is damaged");
                    self.state().suspect = true;
                    return;
                }
                _ => {}
            }
        }
    }

    /// Whether files are mapped, as they do not fit into memory.
    pub fn has_mapped(&self) -> bool {
        self.state().open.values().any(|opened| opened.held.is_none())
    }

    /// How a write last failed since the last question: the engine's own errors forget their cause.
    pub fn take_failure(&self) -> Option<io::ErrorKind> {
        self.state().failure.take()
    }

    /// Whether a file was found damaged, or could not be synced.
    pub fn is_suspect(&self) -> bool {
        self.state().suspect
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Plain values, whole at every moment.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            self.state().failure = Some(error.kind());
        }
        result
    }

    fn remove(&self, name: &Path) -> io::Result<()> {
        fault::point("io::remove")?;
        match fs::remove_file(self.inner.root.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// A file's bytes where they are held, or may be.
    fn hold(&self, name: &Path) -> io::Result<Option<Arc<[u8]>>> {
        let path = self.inner.root.join(name);
        let room = {
            let state = self.state();
            // Of what is mapped already only the length is looked at: every publication opens every file.
            if let Some(Opened { bytes, held: None }) = state.open.get(name)
                && fs::metadata(&path).is_ok_and(|found| found.len() == *bytes)
            {
                return Ok(None);
            }
            if let Some(held) = state.open.get(name).and_then(|opened| opened.held.as_ref()?.upgrade()) {
                return Ok(Some(held));
            }
            let held =
                state.open.values().filter(|opened| opened.held.as_ref().is_some_and(|held| held.strong_count() > 0));
            self.inner.hold_bytes.saturating_sub(held.map(|opened| opened.bytes).sum())
        };
        fault::point("io::open")?;
        let mut file = File::open(path)?;
        let bytes = file.metadata()?.len();
        if bytes > room {
            files::check_end(&mut file)?;
            self.state().open.insert(name.to_owned(), Opened { bytes, held: None });
            return Ok(None);
        }
        let mut held: Arc<[u8]> = std::iter::repeat_n(0, bytes as usize).collect();
        if let Some(space) = Arc::get_mut(&mut held) {
            file.read_exact(space)?;
        }
        files::verify_bytes(&held)?;
        let opened = Opened { bytes, held: Some(Arc::downgrade(&held)) };
        self.state().open.insert(name.to_owned(), opened);
        Ok(Some(held))
    }
}
