//! Texts as a client wants them: its own marks around what matched, escaped or raw.
//!
//! Its own file because here it is decided what reaches a page as HTML. `DocSearch` writes values into the page as they
//! are, so they must be escaped; `InstantSearch` escapes by itself, and would show entities as text. The tag asked for
//! tells them apart: an HTML tag, or a placeholder.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::html::Escaped;

const OPEN: &str = "<mark>";
const CLOSE: &str = "</mark>";

/// How texts are marked and escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Markup {
    pre: String,
    post: String,
    escaped: bool,
}

/// A text with what matched in it.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlgoliaMarked)]
pub(super) struct Marked {
    /// The text with the tags asked for.
    value: String,
    match_level: MatchLevel,
    /// What is marked, in lower case, without doubles.
    matched_words: Vec<String>,
    /// Whether all of it is marked.
    fully_highlighted: bool,
}

/// How much of the query a text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AlgoliaMatchLevel)]
pub(super) enum MatchLevel {
    None,
    Partial,
    Full,
}

impl Markup {
    /// By the tags asked for: absent ones are `<em>`; a tag with `<` is HTML, anything else a placeholder.
    pub(super) fn new(pre: Option<String>, post: Option<String>) -> Self {
        let escaped = pre.as_deref().is_none_or(|pre| pre.contains('<'));
        Self {
            pre: pre.unwrap_or_else(|| "<em>".to_owned()),
            post: post.unwrap_or_else(|| "</em>".to_owned()),
            escaped,
        }
    }

    /// A plain text.
    pub(super) fn text(&self, plain: &str) -> String {
        if self.escaped { Escaped(plain).to_string() } else { plain.to_owned() }
    }

    /// Safe HTML without its marks.
    pub(super) fn unmarked(&self, html: &str) -> String {
        pieces(html).map(|(_, piece)| self.piece(piece)).collect()
    }

    /// Safe HTML with the client's marks; the query has `words` words.
    pub(super) fn marked(&self, html: &str, words: usize) -> Marked {
        let (mut value, mut matched_words) = (String::with_capacity(html.len()), Vec::new());
        let mut fully_highlighted = true;
        for (marked, piece) in pieces(html) {
            if marked {
                value.extend([&self.pre, self.piece(piece).as_ref(), &self.post]);
                let word = decoded(piece).to_lowercase();
                if !matched_words.contains(&word) {
                    matched_words.push(word);
                }
            } else {
                value.push_str(&self.piece(piece));
                fully_highlighted &= piece.trim().is_empty();
            }
        }
        let match_level = match matched_words.len() {
            0 => MatchLevel::None,
            found if found < words => MatchLevel::Partial,
            _ => MatchLevel::Full,
        };
        Marked { fully_highlighted: fully_highlighted && !matched_words.is_empty(), value, match_level, matched_words }
    }

    /// A plain text with one stretch marked, given in bytes at letter bounds.
    pub(super) fn stretch(&self, plain: &str, start: usize, end: usize) -> String {
        let [before, found, after] =
            [plain.get(..start), plain.get(start..end), plain.get(end..)].map(|part| self.text(part.unwrap_or("")));
        format!("{before}{}{found}{}{after}", self.pre, self.post)
    }

    fn piece<'a>(&self, html: &'a str) -> Cow<'a, str> {
        if self.escaped { Cow::Borrowed(html) } else { decoded(html) }
    }
}

/// Safe HTML cut at its marks, each piece with whether it is marked; no piece is empty.
fn pieces(html: &str) -> impl Iterator<Item = (bool, &str)> {
    html.split(OPEN).enumerate().flat_map(|(index, part)| {
        let (marked, plain) = if index == 0 { ("", part) } else { part.split_once(CLOSE).unwrap_or((part, "")) };
        [(true, marked), (false, plain)].into_iter().filter(|(_, piece)| !piece.is_empty())
    })
}

/// Whether anything is marked in safe HTML.
pub(super) fn has_mark(html: &str) -> bool {
    html.contains(OPEN)
}

/// Takes the five entities of safe HTML back.
fn decoded(html: &str) -> Cow<'_, str> {
    if !html.contains('&') {
        return Cow::Borrowed(html);
    }
    // `&amp;` last: `&amp;lt;` is the text `&lt;`.
    let text = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#039;", "'");
    Cow::Owned(text.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markup(pre: &str, post: &str) -> Markup {
        Markup::new(Some(pre.to_owned()), Some(post.to_owned()))
    }

    #[test]
    fn html_stays_escaped_and_placeholders_get_raw_text() {
        let html = "a &lt;img&gt; <mark>Conex&#039;ão</mark> &amp;lt; <mark>b</mark>";
        let tags = markup("<mark class=x>", "</mark>");
        assert_eq!(
            tags.marked(html, 2).value,
            "a &lt;img&gt; <mark class=x>Conex&#039;ão</mark> &amp;lt; <mark class=x>b</mark>"
        );
        assert_eq!(tags.unmarked(html), "a &lt;img&gt; Conex&#039;ão &amp;lt; b");
        assert_eq!(tags.text("<\"&'>"), "&lt;&quot;&amp;&#039;&gt;");
        let placeholders = markup("__ais-highlight__", "__/ais-highlight__");
        assert_eq!(
            placeholders.marked(html, 2).value,
            "a <img> __ais-highlight__Conex'ão__/ais-highlight__ &lt; __ais-highlight__b__/ais-highlight__"
        );
        assert_eq!(placeholders.unmarked(html), "a <img> Conex'ão &lt; b");
        assert_eq!(placeholders.text("<\"&'>"), "<\"&'>");
        assert_eq!(Markup::new(None, None).marked("<mark>x</mark>&lt;", 1).value, "<em>x</em>&lt;");
    }

    #[test]
    fn match_levels_count_different_words() {
        let tags = Markup::new(None, None);
        for (html, words, level, full) in [
            ("nada", 1, MatchLevel::None, false),
            ("", 0, MatchLevel::None, false),
            ("<mark>VPN</mark> e <mark>vpn</mark>", 2, MatchLevel::Partial, false),
            ("<mark>VPN</mark> <mark>nova</mark>", 2, MatchLevel::Full, true),
            ("<mark>VPN</mark>", 1, MatchLevel::Full, true),
        ] {
            let marked = tags.marked(html, words);
            assert_eq!((marked.match_level, marked.fully_highlighted), (level, full), "{html}");
        }
    }
}
