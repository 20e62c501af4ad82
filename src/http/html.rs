//! Text and addresses made safe for HTML and XML.
//!
//! Its own file because nothing reaches a page but through here: texts with the contract's five entities,
//! and addresses that can only lead to a web page.

use std::fmt;

/// A text that shows itself with `&`, `<`, `>`, `"` and `'` as entities, and controls, which neither HTML nor XML takes, as `\u{FFFD}`.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        let control = |letter: char| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r');
        let special = |letter: char| matches!(letter, '&' | '<' | '>' | '"' | '\'') || control(letter);
        while let Some((at, letter)) = rest.char_indices().find(|(_, letter)| special(*letter)) {
            f.write_str(&rest[..at])?;
            f.write_str(match letter {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#039;",
                _ => "\u{fffd}",
            })?;
            rest = &rest[at + letter.len_utf8()..];
        }
        f.write_str(rest)
    }
}

/// Whether an address is http, https, or a path here: never a script, never another host by `//`.
pub(super) fn is_safe_href(url: &str) -> bool {
    let clean = !url.contains(|c: char| c.is_control() || c == '\\');
    let scheme = |name: &str| url.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    if scheme("http://") || scheme("https://") {
        return clean;
    }
    let before_path = url.split(['/', '?', '#']).next().unwrap_or(url);
    clean && !url.starts_with("//") && !before_path.contains(':') && !url.starts_with(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_entities() {
        let text = "<a href=\"x\">'&amp;'</a> é\u{2028}";
        let safe = "&lt;a href=&quot;x&quot;&gt;&#039;&amp;amp;&#039;&lt;/a&gt; é\u{2028}";
        assert_eq!(Escaped(text).to_string(), safe);
        assert_eq!(Escaped("").to_string(), "");
        assert_eq!(Escaped("a\0b\u{1b}]\u{9b}\n").to_string(), "a\u{fffd}b\u{fffd}]\u{fffd}\n");
    }

    #[test]
    fn only_web_pages() {
        for url in
            ["/a", "/a/b#c", "a/b", "../a", "#x", "?q=a:b", "https://w.example/a:b", "HTTP://w.example", "/a:b", ""]
        {
            assert!(is_safe_href(url), "{url}");
        }
        for url in [
            "javascript:alert(1)",
            "JaVaScRiPt:x",
            "data:text/html,x",
            "vbscript:x",
            "//evil.example",
            "\\\\evil",
            "/\\evil",
            " javascript:x",
            "java\nscript:x",
            "\u{1}javascript:x",
            "x:y",
        ] {
            assert!(!is_safe_href(url), "{url}");
        }
    }
}
