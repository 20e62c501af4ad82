//! What the engine may ask of an index folder.
//!
//! Its own file because it is the engine's list of wishes, and not ours. What it keeps true: nothing is written by who
//! may not write any more, and nothing of what is kept for a power loss is removed.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tantivy::Directory;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, DirectoryLock, FileHandle, Lock, OwnedBytes, TerminatingWrite, WatchCallback, WatchHandle, WritePtr,
};

use super::super::fault;
use super::super::files::{self, MANAGED, META};
use super::IndexDirectory;

/// How long others may hold a lock before we go on without it: what it guards is tried again.
const LOCK_WITHIN: Duration = Duration::from_secs(2);

impl Directory for IndexDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        match self.hold(path) {
            Ok(Some(bytes)) => Ok(Arc::new(OwnedBytes::new(bytes))),
            Ok(None) => self.inner.mapped.get_file_handle(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(OpenReadError::FileDoesNotExist(path.to_owned()))
            }
            Err(error) => Err(OpenReadError::wrap_io_error(error, path.to_owned())),
        }
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        let failed = |error| DeleteError::IoError { io_error: Arc::new(error), filepath: path.to_owned() };
        self.permitted(|| Ok(())).map_err(failed)?;
        let mut state = self.state();
        state.open.remove(path);
        if state.kept.contains(path) || state.next.contains(path) {
            state.deferred.insert(path.to_owned());
            return Ok(());
        }
        drop(state);
        self.permitted(|| self.remove(path)).map_err(failed)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.inner.mapped.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let create = || {
            fault::point("io::create")?;
            let full = self.inner.root.join(path);
            match File::create_new(&full) {
                // What a failed commit left: the next one counts from the same number and takes the same name.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    fs::remove_file(&full)?;
                    File::create_new(&full)
                }
                other => other,
            }
        };
        match self.permitted(create) {
            Ok(file) => {
                self.state().open.remove(path);
                Ok(io::BufWriter::new(Box::new(Writer { file, directory: self.clone() })))
            }
            Err(error) => Err(OpenWriteError::wrap_io_error(error, path.to_owned())),
        }
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let missing = || OpenReadError::FileDoesNotExist(path.to_owned());
        let wrap = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => missing(),
            _ => OpenReadError::wrap_io_error(error, path.to_owned()),
        };
        // It says nothing that the commit does not say.
        let is_list = path == Path::new(MANAGED);
        let file = if is_list { Path::new(META) } else { path };
        let bytes = fs::read(self.inner.root.join(file)).map_err(wrap)?;
        let damaged = || wrap(files::damaged("its checksum differs"));
        let text = files::without_sum(&bytes).ok_or_else(damaged)?;
        if !is_list {
            return Ok(text.to_vec());
        }
        let mut names = std::str::from_utf8(text).ok().and_then(files::named_by).ok_or_else(damaged)?;
        names.insert(META.into());
        serde_json::to_vec(&names).map_err(|error| wrap(error.into()))
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        if path == Path::new(MANAGED) {
            // Of interest to a later process alone, which makes its own.
            return Ok(());
        }
        self.permitted(|| files::replace(&self.inner.root.join(path), &files::with_sum(data), false))
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        let file = files::open_lock(&self.inner.root.join(&lock.filepath)).map_err(LockError::wrap_io_error)?;
        // A reader that is frozen while it holds the lock must not freeze us.
        let until = Instant::now() + if lock.is_blocking { LOCK_WITHIN } else { Duration::ZERO };
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(DirectoryLock::from(Box::new(file))),
                Err(TryLockError::Error(error)) => return Err(LockError::wrap_io_error(error)),
                Err(TryLockError::WouldBlock) if Instant::now() >= until => return Err(LockError::LockBusy),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        // Readers are told by us.
        Ok(WatchHandle::empty())
    }
}

/// A file that the engine writes, once and from its beginning to its end.
struct Writer {
    file: File,
    directory: IndexDirectory,
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = fault::point("io::write").and_then(|()| self.file.write(bytes));
        self.directory.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl TerminatingWrite for Writer {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        self.file.flush()
    }
}
