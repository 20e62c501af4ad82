//! Tags as MDX writes them, with expressions in braces, which no Markdown parser takes for HTML.

use std::fmt::Write as _;
use std::ops::Range;

/// Whether a line may hold such a tag: a cheap look before the careful one.
pub(super) fn may_hold_tag(text: &str) -> bool {
    text.contains('<')
        && (text.contains("={")
            || text.bytes().zip(text.bytes().skip(1)).any(|(a, b)| {
                matches!(a, b'<' | b'/') && b.is_ascii_uppercase() || a == b'<' && b == b'>' || a == b'/' && b == b'>'
            })
            || text.starts_with('<'))
}

/// A tag as JSX writes it.
pub(super) struct Tag<'a> {
    name: &'a str,
    /// Brackets included.
    pub(super) length: usize,
    /// The alternative text, as written.
    pub(super) alt: Option<&'a str>,
    /// Where its code stands, as `<Code code={`…`} />` shows it.
    pub(super) code: Option<Range<usize>>,
    has_expression: bool,
}

impl<'a> Tag<'a> {
    /// A component, a fragment, or HTML with an expression in it: nothing that Markdown knows.
    pub(super) fn is_foreign(&self) -> bool {
        self.name.is_empty() || self.name.starts_with(|c: char| c.is_ascii_uppercase()) || self.has_expression
    }

    /// The tag that `source` starts with.
    pub(super) fn read(source: &'a str) -> Option<Self> {
        let bytes = source.as_bytes();
        let mut at = 1 + usize::from(bytes.get(1) == Some(&b'/'));
        let start = at;
        while bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')) {
            at += 1;
        }
        let mut tag = Tag { name: &source[start..at], length: 0, alt: None, code: None, has_expression: false };
        if tag.name.starts_with(|c: char| !c.is_ascii_alphabetic()) {
            return None;
        }
        // A fragment is `<>` and nothing else; `{{< x >}}` is no tag.
        if tag.name.is_empty() && bytes.get(at) != Some(&b'>') {
            return None;
        }
        loop {
            let blanks = bytes[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
            if bytes[at..at + blanks].windows(2).any(|pair| pair == b"\n\n") {
                return None;
            }
            at += blanks;
            match bytes.get(at)? {
                b'>' => {
                    tag.length = at + 1;
                    return Some(tag);
                }
                b'/' if bytes.get(at + 1) == Some(&b'>') => {
                    tag.length = at + 2;
                    return Some(tag);
                }
                b'{' if blanks > 0 => {
                    at += expression_length(&bytes[at..])?;
                    tag.has_expression = true;
                }
                b if blanks > 0 && (b.is_ascii_alphabetic() || matches!(b, b'_' | b':' | b'@' | b'#')) => {
                    let name = at;
                    while bytes.get(at).is_some_and(|b| {
                        b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'-' | b'.' | b'@' | b'#')
                    }) {
                        at += 1;
                    }
                    let name = &source[name..at];
                    if bytes.get(at) != Some(&b'=') {
                        continue;
                    }
                    at += 1;
                    let value = match bytes.get(at)? {
                        quote @ (b'"' | b'\'') => bytes[at + 1..].iter().position(|b| b == quote)? + 2,
                        b'{' => {
                            tag.has_expression = true;
                            expression_length(&bytes[at..])?
                        }
                        _ => bytes[at..]
                            .iter()
                            .take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'>' | b'/'))
                            .count(),
                    };
                    let inner = source.get(at + 1..(at + value).saturating_sub(1)).unwrap_or("");
                    let quoted = source[at..].starts_with(['"', '\'']);
                    if name == "alt" && quoted && !inner.trim().is_empty() {
                        tag.alt = Some(inner);
                    }
                    if name == "code" && tag.name.starts_with(|c: char| c.is_ascii_uppercase()) {
                        let template = inner.len() > 1 && inner.starts_with('`') && inner.ends_with('`');
                        let margin = if template { 2 } else { 1 };
                        tag.code = (quoted || template).then(|| at + margin..at + value - margin);
                    }
                    at += value;
                }
                _ => return None,
            }
        }
    }
}

/// Code of a component, as a template literal or quoted, as HTML that shows it: `<pre>` where it is a `block`. Every
/// line but the first begins with `margin`, so that it stays in the list item that it stands in.
pub(super) fn shown_code(code: &str, block: bool, margin: &str) -> String {
    let element = if block { "pre" } else { "code" };
    let mut shown = format!("<{element}>");
    let mut escaped = false;
    for c in code.chars() {
        match c {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            // Of what a template literal escapes, only this is not code's own.
            '`' | '$' | '\\' if escaped => shown.push(c),
            _ => {
                if escaped {
                    shown.push('\\');
                }
                match c {
                    '&' => shown.push_str("&amp;"),
                    '<' => shown.push_str("&lt;"),
                    '\n' => {
                        shown.push('\n');
                        shown.push_str(margin);
                    }
                    _ => shown.push(c),
                }
            }
        }
        escaped = false;
    }
    if escaped {
        shown.push('\\');
    }
    let _ = write!(shown, "</{element}>");
    shown
}

/// The length of `{…}`, braces in it and quoted ones taken into account.
fn expression_length(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, &b) in bytes.iter().enumerate() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match (quote, b) {
            (Some(_), b'\\') => escaped = true,
            (None, b'{') => depth += 1,
            (None, b'}') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            (None, b'"' | b'\'' | b'`') => quote = Some(b),
            (Some(open), b) if open == b => quote = None,
            (Some(b'"' | b'\''), b'\n') => quote = None,
            _ => {}
        }
    }
    None
}
