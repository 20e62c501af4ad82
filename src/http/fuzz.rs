//! What must hold of any query string and body: what the fuzz target of this room tries to break.
//!
//! Its own file because fuzzing, and the tests that replay what it found, must ask the same of the same code. Compiled
//! for these two alone.

#![allow(clippy::missing_panics_doc, reason = "panicking is what these are for")]

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::algolia;
use super::body::members;
use super::params::{MAX_QUERY_BYTES, RELATED, SEARCH, SUGGEST};
use super::query::{decode, pairs};
use super::values::Values;

/// A query string, a body as JSON, and both as Algolia's clients write them.
pub fn requests(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let read: Vec<(String, String)> = pairs(&text).collect();
    assert!(read.len() <= text.len() / 2 + 1);
    // Each byte that is not UTF-8 becomes three.
    let bytes: usize = read.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(bytes <= 3 * text.len());
    for (name, value) in &read {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let again: Vec<_> = pairs(&format!("{}={}", encode(name), encode(value))).collect();
        assert_eq!(again, [(name.clone(), value.clone())], "what was read can be written");
    }
    let _ = decode(&text);
    for table in [SEARCH, SUGGEST, RELATED] {
        if let Ok(values) = Values::from_query(table, &text) {
            assert_values(&values);
        }
        if let Ok(values) = members(data).and_then(|members| Values::from_json(table, members)) {
            assert_values(&values);
        }
    }
    algolia::fuzz(&text, members(data).ok());
}

fn assert_values(values: &Values) {
    assert!(values.text("q").is_none_or(|q| q.len() <= MAX_QUERY_BYTES));
    assert!(values.count("limit").is_none_or(|limit| (1..=100).contains(&limit)));
    assert!(values.count("offset").is_none_or(|offset| offset <= 10_000));
    assert!(values.count("snippet_chars").is_none_or(|chars| (40..=1000).contains(&chars)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::fuzz::replay;

    #[test]
    fn fuzz_kept_requests() {
        replay("requests", requests);
    }
}
