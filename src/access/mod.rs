//! Access: who may find which page, and who somebody is.
//!
//! Its own room because these decisions must be looked at as one, apart from disk, engine and wire: rules and an identity
//! go in, a yes or no with its reason comes out. Whatever cannot be decided is a no; whoever cannot be told is a guest.

mod identity;
mod policy;
#[cfg(test)]
mod tests;
mod wikijs;

pub use identity::{KeyError, Reader, Verifier, mint};
pub use policy::{Policy, Verdict};
pub use wikijs::{WikiRules, WikiRulesError};
