//! The index: documents, the manifest, and the one thread that keeps them equal to the directory.
//!
//! Readers see it through [`Handle`] and [`Snapshot`]; nobody else writes.

pub mod analysis;
mod apply;
mod bits;
mod bulk;
mod compaction;
mod compare;
mod directory;
mod document;
mod error;
pub mod fault;
mod files;
mod handle;
mod indexer;
mod lexicon;
mod live;
mod look;
mod manifest;
mod merging;
mod places;
mod plan;
mod schema;
mod seal;
mod simhash;
mod snapshot;
mod status;
mod store;
mod stored;
#[cfg(test)]
mod tests;
mod thread;
mod verified;

pub use bits::DocBits;
pub use compare::{Comparison, compare};
pub use document::{key_of, route_hash};
pub use error::IndexError;
pub use handle::Handle;
pub use indexer::{Indexer, Outcome, Request};
pub use lexicon::{Lexicons, Reach, is_folded};
pub use manifest::{FileEntry, FileState, Manifest};
pub use places::{Places, upper_bound};
pub use plan::{Plan, plan};
pub use schema::{FIRST_ROUTE, Fields, TextField};
pub use snapshot::{PageFacts, SegmentView, Snapshot};
pub use status::*;
pub use store::{Store, StoreError};
pub use stored::{StoredBlock, StoredNames, StoredPage, StoredSection};
pub use thread::{Ahead, Configurer, IndexerThread};
