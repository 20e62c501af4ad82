//! Achei: the search that a Markdown wiki deserves. One binary pointed at a folder.
//!
//! One way through, a room a step:
//!
//! ```text
//! content dir -> PagePath + Stat -> Page -> Section -> Document -> Index -> Query -> Hit -> HTTP body
//!    content        content         page    page       index      index   search   search   http
//! ```
//!
//! [`config`] says what is wanted, [`daemon`] wires the rooms, [`cli`] is the command line, [`evaluation`] measures how
//! well the search finds, [`setup`] tells what a directory is. ARCHITECTURE.md has the map and the invariants; a test holds which room may use which.

pub mod access;
pub mod cli;
pub mod config;
pub mod content;
pub mod daemon;
pub mod evaluation;
pub mod http;
pub mod index;
pub mod insights;
pub mod page;
pub mod search;
pub mod setup;
