//! The index: documents, the manifest, and the one thread that keeps them equal to the directory.
//!
//! Readers see it through [`Handle`] and [`Snapshot`]; nobody else writes.

pub mod analysis;
mod apply;
mod bits;
mod compare;
mod document;
mod handle;
mod indexer;
mod live;
mod look;
mod manifest;
mod plan;
mod schema;
mod simhash;
mod snapshot;
mod status;
mod store;
mod thread;

pub use bits::DocBits;
pub use compare::{Comparison, compare};
pub use document::{StoredBlock, StoredNames, StoredPage, StoredSection, key_of, route_hash};
pub use handle::Handle;
pub use indexer::{IndexError, Indexer, Outcome, Request};
pub use manifest::{FileEntry, FileState, Manifest};
pub use plan::{Plan, plan};
pub use schema::{FIRST_ROUTE, Fields, TextField};
pub use snapshot::{SegmentView, Snapshot};
pub use status::*;
pub use store::{Store, StoreError};
pub use thread::{Configurer, IndexerThread};
