//! HTML inside Markdown: a scanner for tags, text and entities.
//!
//! Its own room because it answers for what raw HTML shows a reader and nothing else: it neither
//! builds a tree nor repairs one, and each byte is looked at a bounded number of times.

/// A piece of HTML.
#[derive(Debug, PartialEq)]
pub(super) enum Piece<'a> {
    /// Text, entities not yet decoded.
    Text(&'a str),
    /// An opening or empty tag: its name as written, and what follows it.
    Open(&'a str, &'a str),
    /// A closing tag.
    Close(&'a str),
}

/// The pieces of some HTML. Comments, `<script>` and `<style>` are left out with their content,
/// unterminated ones to the end.
pub(super) fn pieces(html: &str) -> impl Iterator<Item = Piece<'_>> {
    Scanner { html, at: 0, quoted_budget: html.len().saturating_mul(4), tags_end: false }
}

struct Scanner<'a> {
    html: &'a str,
    at: usize,
    /// How many bytes may still be looked at in search of a `>` outside quotes: unbalanced quotes would
    /// otherwise cost quadratic time.
    quoted_budget: usize,
    /// No `>` follows, so every `<` is text.
    tags_end: bool,
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        while self.at < self.html.len() {
            let rest = &self.html[self.at..];
            if !rest.starts_with('<') {
                let end = rest.find('<').unwrap_or(rest.len());
                self.at += end;
                return Some(Piece::Text(&rest[..end]));
            }
            if let Some(comment) = rest.strip_prefix("<!--") {
                self.at = comment.find("-->").map_or(self.html.len(), |end| self.at + 4 + end + 3);
                continue;
            }
            match self.tag_length(rest) {
                None => {
                    self.at += 1;
                    return Some(Piece::Text("<"));
                }
                Some(length) => {
                    self.at += length;
                    let tag = &rest[1..length - 1];
                    if let Some(name) = tag.strip_prefix('/') {
                        return Some(Piece::Close(&name[..name_length(name)]));
                    }
                    let (name, attributes) = tag.split_at(name_length(tag));
                    if name.is_empty() {
                        continue; // a declaration or a processing instruction
                    }
                    for hidden in ["script", "style"] {
                        if name.eq_ignore_ascii_case(hidden) && !attributes.ends_with('/') {
                            self.skip_to_close(hidden);
                        }
                    }
                    return Some(Piece::Open(name, attributes));
                }
            }
        }
        None
    }
}

impl Scanner<'_> {
    /// The length of the tag that `rest` starts with, brackets included.
    fn tag_length(&mut self, rest: &str) -> Option<usize> {
        let bytes = rest.as_bytes();
        let tag = bytes.get(1).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?'));
        if !tag || self.tags_end {
            return None;
        }
        let mut quote = None;
        for (at, &b) in bytes.iter().enumerate().skip(1) {
            if self.quoted_budget == 0 {
                break;
            }
            self.quoted_budget -= 1;
            match (quote, b) {
                (None, b'>') => return Some(at + 1),
                // A quote opens a value only behind an equals sign; elsewhere it is a stray.
                (None, b'"' | b'\'') if rest[..at].trim_end().ends_with('=') => quote = Some(b),
                (Some(open), _) if open == b => quote = None,
                _ => {}
            }
        }
        let end = rest.find('>');
        self.tags_end = end.is_none();
        end.map(|end| end + 1)
    }

    fn skip_to_close(&mut self, name: &str) {
        let rest = &self.html.as_bytes()[self.at..];
        let close = rest
            .windows(name.len() + 2)
            .position(|window| window.starts_with(b"</") && window[2..].eq_ignore_ascii_case(name.as_bytes()));
        self.at = close.map_or(self.html.len(), |close| self.at + close);
    }
}

fn name_length(tag: &str) -> usize {
    tag.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '_'))).unwrap_or(tag.len())
}

/// The value of an attribute, entities decoded; an attribute without a value has an empty one.
pub(super) fn attribute(attributes: &str, wanted: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\''));
        let name_end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '/')).unwrap_or(rest.len());
        if rest.is_empty() {
            return None;
        }
        let name = &rest[..name_end];
        rest = rest[name_end..].trim_start();
        let Some(after) = rest.strip_prefix('=') else {
            if name.eq_ignore_ascii_case(wanted) {
                return Some(String::new());
            }
            continue;
        };
        let after = after.trim_start();
        let value;
        (value, rest) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let end = after[1..].find(quote).map_or(after.len(), |end| end + 1);
                (&after[1..end], after.get(end + 1..).unwrap_or(""))
            }
            _ => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(decode(value));
        }
    }
}

/// Entities decoded: numbers, and the names that prose in western languages uses.
pub(super) fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let name_end = rest.bytes().take(32).take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
        match entity(&rest[..name_end]).filter(|_| rest[name_end..].starts_with(';')) {
            Some(c) => {
                out.push(c);
                rest = &rest[name_end + 1..];
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    out
}

/// The names of U+00A0 to U+00FF, in order.
const LATIN_1: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 \
acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil \
Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc \
Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml \
eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

const OTHERS: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bull", '•'),
    ("hellip", '…'),
    ("euro", '€'),
    ("trade", '™'),
    ("larr", '←'),
    ("uarr", '↑'),
    ("rarr", '→'),
    ("darr", '↓'),
    ("le", '≤'),
    ("ge", '≥'),
    ("ne", '≠'),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("zwj", '\u{200d}'),
    ("zwnj", '\u{200c}'),
    ("check", '✓'),
];

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return Some(char::from_u32(code).filter(|&c| c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    if let Some((_, c)) = OTHERS.iter().find(|(known, _)| *known == name) {
        return Some(*c);
    }
    let at = LATIN_1.split_ascii_whitespace().position(|known| known == name)?;
    char::from_u32(0xa0 + at as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(html: &str) -> String {
        pieces(html)
            .map(|piece| match piece {
                Piece::Text(text) => decode(text),
                Piece::Open(name, _) => format!("[{name}]"),
                Piece::Close(name) => format!("[/{name}]"),
            })
            .collect()
    }

    #[test]
    fn tags_text_and_what_vanishes() {
        for (html, expected) in [
            ("a<b>c</b>d", "a[b]c[/b]d"),
            ("<p title=\"a > b\">x</p >", "[p]x[/p]"),
            ("a<!-- b > c -->d<!-- e", "ad"),
            ("<script>if (a < b) {}</SCRIPT>x<style>p{}", "[script][/SCRIPT]x[style]"),
            (
                "a < b & c &lt;d&gt; &ccedil;&atilde;o &#233; &#x1F680; &nada; &amp",
                "a < b & c <d> ção é 🚀 &nada; &amp",
            ),
            ("1 <2 e a<b", "1 <2 e a<b"),
            ("<br/><img src=x alt='y'><Foo.Bar>", "[br][img][Foo.Bar]"),
            ("<!DOCTYPE html>x<?xml?>", "x"),
            ("it's <b it's>x", "it's [b]x"),
        ] {
            assert_eq!(seen(html), expected, "{html}");
        }
    }

    #[test]
    fn attributes() {
        let tag = " href=\"/a?b=1&amp;c\" title='x \"y\"' alt=só data-x /";
        assert_eq!(attribute(tag, "href").as_deref(), Some("/a?b=1&c"));
        assert_eq!(attribute(tag, "TITLE").as_deref(), Some("x \"y\""));
        assert_eq!(attribute(tag, "alt").as_deref(), Some("só"));
        assert_eq!(attribute(tag, "data-x").as_deref(), Some(""));
        assert_eq!(attribute(tag, "data"), None);
        for broken in ["=", " = ", "a=\"", "a='b", "\"", "/=/"] {
            assert_eq!(attribute(broken, "href"), None, "{broken}");
        }
    }

    #[test]
    fn latin_1_names_are_in_order() {
        for (name, c) in
            [("nbsp", '\u{a0}'), ("copy", '©'), ("iquest", '¿'), ("times", '×'), ("szlig", 'ß'), ("yuml", 'ÿ')]
        {
            assert_eq!(entity(name), Some(c));
        }
    }

    #[test]
    fn unbalanced_quotes_are_linear() {
        for html in ["<a =\"".repeat(100_000), "<a ".repeat(100_000), "<!--".repeat(100_000), "<".repeat(300_000)] {
            assert!(pieces(&html).count() <= html.len());
        }
        let spaces = format!("<a{}\"", " ".repeat(200_000));
        assert!(pieces(&spaces).count() > 0);
    }
}
