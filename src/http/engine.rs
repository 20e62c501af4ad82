//! What the handlers ask of the index. In tests of this room a script answers in its place, so that answers which a
//! real index gives rarely (a time-out, a panic, hostile text) can be asked for.

#[cfg(test)]
pub(super) use super::tests::scripted::{page, related, search, suggest};
#[cfg(not(test))]
pub(super) use crate::search::{page, related, search, suggest};
