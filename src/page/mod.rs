//! Pages: Markdown in, plain values out.
//!
//! Pure and total: parsing never fails and never looks at disk, engine, configuration files or clock.
//! [`parse`] is the way in; the rest are the values that it fills, and the identity of pages.

/// Changes whenever the same file would be read another way: part of the index fingerprint.
pub const PARSER_VERSION: u32 = 5;

mod clean;
mod decode;
mod front_matter;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod html;
mod link;
mod markdown;
mod parse;
mod path;
mod prepare;
mod shape;
mod slug;
mod timestamp;
mod types;
mod url;

pub use front_matter::MAX_BYTES as MAX_FRONT_MATTER_BYTES;
pub use markdown::MAX_EVENTS;
pub use parse::parse;
use path::into_nfc;
pub use path::{PagePath, has_markdown_extension, nfc};
pub use timestamp::Timestamp;
pub use types::*;
pub use url::{route_of, url_of, url_with_anchor};
