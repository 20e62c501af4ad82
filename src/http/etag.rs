//! Entity tags: what an answer depends on, in one short name, and whether the asker has it already.
//!
//! Its own file because the tag is made from the request, before any search runs, and never from the body:
//! `took_ms` differs between two answers that say the same. Hence all tags are weak.

use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::services::Live;
use crate::index::Snapshot;

/// A weak entity tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag(String);

/// How `If-None-Match` stands to a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// The asker has something else, or nothing.
    None,
    /// The asker has this very answer.
    Same,
    /// The asker is content with anything that exists (`*`).
    Any,
}

impl Tag {
    /// The tag of what depends on all of `parts` and nothing else.
    pub(super) fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // The length parts them: ("a", "bc") is not ("ab", "c").
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        Self(format!("W/\"{}\"", hex(&digest, 12)))
    }

    /// The tag of a content by its hash in hexadecimal, so that the tag can be read as a version too.
    pub(super) fn of_content(hash: &str) -> Self {
        Self(format!("W/\"{}\"", hash.get(..24).unwrap_or(hash)))
    }

    /// The tag of an answer from the index: its identity and generation, the binary, the configuration, who asks
    /// (so far everyone is a guest) and what is asked.
    pub(super) fn of_answer(snapshot: &Snapshot, live: &Live, request: &[&str]) -> Self {
        let generation = snapshot.generation().to_string();
        let state = [snapshot.identity(), &generation, env!("CARGO_PKG_VERSION"), &live.digest];
        Self::of(&[&state, request].concat())
    }

    /// What the `If-None-Match` headers say to this tag, compared weakly.
    pub(super) fn matched(&self, headers: &HeaderMap) -> Match {
        let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
        let own = opaque(&self.0);
        let mut found = Match::None;
        for value in headers.get_all(IF_NONE_MATCH) {
            // Our own tags hold no comma, so a comma always parts two tags as far as ours are concerned.
            for tag in value.to_str().unwrap_or_default().split(',').map(str::trim) {
                match tag {
                    "*" => found = Match::Any,
                    tag if opaque(tag) == own => return Match::Same,
                    _ => {}
                }
            }
        }
        found
    }

    /// Adds the tag, and that it must be asked for anew each time.
    pub(super) fn mark(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            headers.insert(ETAG, value);
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }

    /// 304.
    pub(super) fn not_modified(&self) -> Response {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        self.mark(response.headers_mut());
        response
    }
}

/// The first bytes of a digest in hexadecimal.
pub(super) fn hex(digest: &[u8], bytes: usize) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    digest.iter().take(bytes).flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_stars_and_weak_marks_are_understood() {
        let tag = Tag::of(&["a"]);
        let strong = tag.0.trim_start_matches("W/").to_owned();
        for (values, expected) in [
            (vec![], Match::None),
            (vec![tag.0.clone()], Match::Same),
            (vec![strong.clone()], Match::Same),
            (vec![format!("\"x\", {strong},\"y\"")], Match::Same),
            (vec!["\"x\"".into(), tag.0.clone()], Match::Same),
            (vec!["*".into()], Match::Any),
            (vec!["\"x\"".into()], Match::None),
            (vec![strong.trim_matches('"').to_owned()], Match::None),
            (vec![String::new()], Match::None),
        ] {
            let headers =
                values.iter().map(|value| (IF_NONE_MATCH, HeaderValue::from_str(value).expect("a header"))).collect();
            assert_eq!(tag.matched(&headers), expected, "{values:?}");
        }
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(Tag::of(&["a", "bc"]), Tag::of(&["ab", "c"]));
        assert_ne!(Tag::of(&["a"]), Tag::of(&["a", ""]));
    }
}
