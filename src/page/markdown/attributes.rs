//! What an author writes behind a heading: an id, a class.

use crate::page::clean;

/// What the author wrote behind a heading.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Attributes {
    pub(super) id: Option<String>,
    /// The id was written `[#id]`, which the text still holds.
    pub(super) bracketed: bool,
    /// Wiki.js: the headings one level below are tabs.
    pub(super) tabset: bool,
}

impl Attributes {
    /// Reads `{#id .class}`, `<!-- {#id} -->`, `{/*id*/}` and `[#id]` at the end of a heading's source.
    pub(super) fn of(source: &str) -> Self {
        let mut text = source.trim_end();
        // The line under a heading, or the marks that close it.
        if let Some((above, under)) = text.rsplit_once('\n')
            && under.trim().bytes().all(|b| matches!(b, b'=' | b'-'))
        {
            text = above.trim_end();
        }
        let open = text.trim_end_matches('#');
        if open.ends_with([' ', '\t']) {
            text = open.trim_end();
        }
        if let Some(comment) = text.strip_suffix("-->") {
            text = comment.rfind("<!--").map_or("", |start| &comment[start + 4..]).trim();
        }
        if let Some(inner) = text.strip_suffix(']').and_then(|text| Some(&text[text.rfind("[#")? + 2..])) {
            let id = Some(inner.to_owned()).filter(|id| is_id(id) && !id.contains(['[', '(']));
            return Self { bracketed: id.is_some(), id, tabset: false };
        }
        let Some(inner) = text.strip_suffix('}').and_then(|text| Some(&text[text.rfind('{')? + 1..])) else {
            return Self::default();
        };
        if let Some(comment) = inner.strip_prefix("/*").and_then(|inner| inner.strip_suffix("*/")) {
            let id = comment.trim().trim_start_matches('#');
            return Self { id: Some(id.to_owned()).filter(|id| is_id(id)), ..Self::default() };
        }
        if !clean::is_attributes(inner) {
            return Self::default();
        }
        let mut words = inner.trim().trim_start_matches(':').split_whitespace();
        let tabset = words.clone().any(|word| word == ".tabset");
        let id = words.find_map(|word| word.strip_prefix('#')).map(str::to_owned).filter(|id| is_id(id));
        Self { id, bracketed: false, tabset }
    }
}

/// Whether an id that an author wrote can be one.
pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 200 && !id.contains(|c: char| c.is_whitespace() || c.is_control())
}
