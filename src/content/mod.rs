//! The content directory: what lies in it, what a file says, and when that may have changed.
//!
//! A room of its own because everything that touches the wiki's files is here and nowhere else. It never writes
//! there, never leaves the directory and never hangs on what it finds; events are hints, and a [`Scan`] is the truth.
//!
//! ```text
//! Root::open ── scan ──> Scan { files, skipped, unreadable }      what there is
//!     │    └─── read ──> Source { bytes, hash, stat }             what one file says
//! Watcher::start ──> Hint ──> Coalescer ──> Dirty                 what to look at again, and when
//! ```

mod coalesce;
mod events;
mod hints;
mod links;
mod open;
mod read;
mod root;
mod rules;
mod scan;
mod stat;
mod walk;
mod watch;

pub use coalesce::{Coalescer, Dirty};
pub use hints::Hint;
pub use read::{ReadError, Source};
pub use root::{Identity, Root, RootError, RootState};
pub use scan::{Scan, Scope, SkipReason, Skipped, Unreadable, UnreadableKind};
pub use stat::Stat;
pub use walk::{MAX_DEPTH, MAX_FILES};
pub use watch::{Health, Mode, Watcher};
