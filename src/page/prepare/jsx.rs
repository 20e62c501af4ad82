//! Tags as MDX writes them, with expressions in braces, which no Markdown parser takes for HTML.

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
        let mut tag = Tag { name: &source[start..at], length: 0, alt: None, has_expression: false };
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
                    let is_alt = &source[name..at] == "alt";
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
                    if is_alt && !inner.trim().is_empty() && source[at..].starts_with(['"', '\'']) {
                        tag.alt = Some(inner);
                    }
                    at += value;
                }
                _ => return None,
            }
        }
    }
}

/// The length of `{…}`, braces in it and quoted ones taken into account.
fn expression_length(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, &b) in bytes.iter().enumerate() {
        match (quote, b) {
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
