//! Why the index could not be made to equal the directory: for the log in full, for anybody in words.
//!
//! Its own file because the engine's errors need some reading. What it keeps true: [`IndexError::reason`] names no
//! path of this machine and nothing of the engine's inside.

use std::error::Error;
use std::io;

use tantivy::TantivyError;

use super::store::StoreError;
use crate::content::RootError;

/// Why the index could not be made to equal the directory.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The content directory cannot be used.
    #[error(transparent)]
    Root(#[from] RootError),
    /// The index directory cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine failed.
    #[error("the index could not be written: {0}")]
    Engine(#[from] TantivyError),
    /// A write to the index directory failed; the engine's error forgot why.
    #[error("the index could not be written: {kind}: {error}")]
    Write {
        /// How the write failed.
        kind: io::ErrorKind,
        /// What the engine made of it.
        error: Box<IndexError>,
    },
    /// A fault of our own.
    #[error("the indexer panicked: it goes on from the last commit")]
    Panicked,
}

impl From<io::Error> for IndexError {
    fn from(error: io::Error) -> Self {
        Self::Engine(TantivyError::from(error))
    }
}

impl IndexError {
    /// Why, in words for anybody. The log has the rest.
    pub fn reason(&self) -> String {
        match self {
            Self::Root(error) => return root_reason(error),
            Self::Panicked => return "the indexer failed and goes on from the last commit".to_owned(),
            _ => {}
        }
        let has = |kind| self.is_of(kind);
        if has(io::ErrorKind::StorageFull) || has(io::ErrorKind::QuotaExceeded) {
            "the disk of the index is full"
        } else if has(io::ErrorKind::ReadOnlyFilesystem) {
            "the disk of the index is read-only"
        } else if has(io::ErrorKind::PermissionDenied) {
            "the index directory may not be written"
        } else {
            "the index cannot be written"
        }
        .to_owned()
    }

    /// Whether it came from an I/O error of a kind.
    fn is_of(&self, wanted: io::ErrorKind) -> bool {
        match self {
            Self::Write { kind, error } => *kind == wanted || error.is_of(wanted),
            Self::Store(StoreError::Io { source, .. }) => source.kind() == wanted,
            Self::Engine(error) | Self::Store(StoreError::Engine { source: error, .. }) => chain_has(error, wanted),
            _ => false,
        }
    }
}

/// Why there is no content directory, in words for anybody.
pub fn root_reason(error: &RootError) -> String {
    match error {
        RootError::Missing { .. } => "the content directory is missing",
        RootError::NotADirectory { .. } => "the content directory is no directory",
        RootError::Io { .. } => "the content directory cannot be opened",
        RootError::BadPattern { .. } => "a pattern of content.exclude cannot be read",
    }
    .to_owned()
}

/// Whether an error, or one that it came from, is an I/O error of a kind.
fn chain_has(error: &(dyn Error + 'static), wanted: io::ErrorKind) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == wanted) {
            return true;
        }
        // The engine keeps some causes beside the chain.
        if let Some(TantivyError::IoError(inner)) = error.downcast_ref::<TantivyError>()
            && inner.kind() == wanted
        {
            return true;
        }
        next = error.source();
    }
    false
}
