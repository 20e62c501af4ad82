//! Reading a page: the bytes of one file, whole and of one moment, or why not.
//!
//! Its own file because a wiki's files are written while we read. What it keeps true: nothing but a regular file in
//! the content directory is read, never more than the limit, and a text that changed while it was read is not taken
//! for one (unless asked to).

use std::fs::File;
use std::io::{self, Read};
use std::thread;
use std::time::Duration;

use xxhash_rust::xxh3::Xxh3;

use crate::page::PagePath;

use super::open::{OpenError, open};
use super::root::{Root, is_absence};
use super::stat::Stat;

/// How often a file that changes is read again, and how long it is left alone in between.
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_millis(3);

/// What a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// At most `content.max_page_bytes`, cut before a UTF-8 character that would be torn.
    pub bytes: Vec<u8>,
    /// Whether the file is longer.
    pub truncated: bool,
    /// As it was when read.
    pub stat: Stat,
    /// xxh3 of the bytes; of the file's size, too, if truncated.
    pub hash: u128,
    /// Whether it did not change meanwhile. False only where the caller accepts that.
    pub settled: bool,
}

/// Why a page cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No file of that name is there any more.
    #[error("it is gone")]
    Gone,
    /// The system refuses.
    #[error("permission denied")]
    Denied,
    /// It changes while it is read.
    #[error("it changes while it is read")]
    Unsettled,
    /// A folder, a FIFO, a socket or a device.
    #[error("not a regular file")]
    NotRegular,
    /// A link leads out of the content directory, or to itself.
    #[error("the link leads outside the content directory or loops")]
    Outside,
    /// The system fails, or the content directory is another one now: nothing is known of the page.
    #[error("it cannot be read: {source}")]
    Io {
        /// What the system said.
        source: io::Error,
    },
}

impl From<io::Error> for ReadError {
    fn from(source: io::Error) -> Self {
        match source.kind() {
            _ if is_absence(&source) => Self::Gone,
            io::ErrorKind::PermissionDenied => Self::Denied,
            _ if source.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => Self::Outside,
            // A socket cannot be opened.
            _ if source.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => Self::NotRegular,
            _ => Self::Io { source },
        }
    }
}

impl From<OpenError> for ReadError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Outside => Self::Outside,
            OpenError::Replaced => Self::Io { source: io::Error::other("the content directory was replaced") },
            OpenError::Io(source) => source.into(),
        }
    }
}

impl Root {
    /// Reads a page. A file that changes under the reading is read again, three times in all; then it is an error, or
    /// taken as it is if `accept_unsettled`, for a page that has been changing for longer than anybody wants to wait.
    ///
    /// # Errors
    /// [`ReadError`]; of these [`ReadError::Io`] alone says nothing about the page.
    pub fn read(&self, path: &PagePath, accept_unsettled: bool) -> Result<Source, ReadError> {
        settle(accept_unsettled, || read_once(open(self, path.as_str())?, self.max_page_bytes))
    }
}

/// Repeats a reading until it is of one moment.
fn settle(accept_unsettled: bool, mut attempt: impl FnMut() -> Result<Source, ReadError>) -> Result<Source, ReadError> {
    for pause in [PAUSE; TRIES - 1] {
        match attempt() {
            Ok(source) if !source.settled => thread::sleep(pause),
            done => return done,
        }
    }
    attempt().and_then(|source| if source.settled || accept_unsettled { Ok(source) } else { Err(ReadError::Unsettled) })
}

/// Reads an open file once.
fn read_once(mut file: File, max_bytes: u64) -> Result<Source, ReadError> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(ReadError::NotRegular);
    }
    let before = Stat::of(&metadata);
    let limit = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    let expected = usize::try_from(before.size).unwrap_or(usize::MAX).min(limit);
    let mut bytes = Vec::new();
    // A sparse file may claim any size, and the limit is the operator's: no more is reserved than may be had.
    bytes.try_reserve(expected.saturating_add(1)).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    (&mut file).take(max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    let stat = Stat::of(&file.metadata()?);
    let truncated = bytes.len() > limit;
    if truncated {
        bytes.truncate(limit - torn_bytes(&bytes, limit));
    }
    let mut hash = Xxh3::new();
    hash.update(&bytes);
    if truncated {
        hash.update(&stat.size.to_le_bytes());
    }
    Ok(Source { hash: hash.digest128(), bytes, truncated, stat, settled: before == stat })
}

/// How many bytes before `cut` belong to a character that goes on behind it. 0 in text that is not UTF-8 anyway.
fn torn_bytes(bytes: &[u8], cut: usize) -> usize {
    let continues = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000);
    if !continues(cut) {
        return 0;
    }
    (1..=3.min(cut)).find(|back| !continues(cut - back)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
