//! What is wrong with a configuration: problems with their place, gathered so that one run names them all.
//!
//! Its own room because every other file here reports and none of them stops at the first problem.
//! A line never holds a control character, whatever a file, variable or flag held.

use std::fmt;

use super::Origin;

/// Everything that is wrong, weakest source first: the file by line, the environment by name, the flags.
/// Shown as one line a problem. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(
    /// At least one.
    pub Vec<Problem>,
);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            let line_break = if i > 0 { "\n" } else { "" };
            write!(f, "{line_break}{problem}")?;
        }
        Ok(())
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where the value was written; none where the message names the place itself.
    pub origin: Option<Origin>,
    /// `section.key`, known or not; none where no key can be named.
    pub key: Option<String>,
    /// What is wrong and what would be right, with the key, without the place.
    pub message: String,
}

impl Problem {
    /// A value that its key does not take.
    pub(super) fn value(origin: Origin, key: &str, message: &str) -> Self {
        Self { origin: Some(origin), key: Some(key.to_owned()), message: format!("`{key}`: {message}") }
    }

    /// Anything else, the message being the whole.
    pub(super) fn other(origin: Option<Origin>, key: Option<&str>, message: String) -> Self {
        Self { origin, key: key.map(str::to_owned), message }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.origin.as_ref().and_then(Origin::place);
        if let Some(place) = place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&plain(&self.message))
    }
}

/// The text with its control characters escaped: one line, and harmless to a terminal and in a TOML comment.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// A value as an error shows it: quoted, escaped, at most 60 characters of it.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}
