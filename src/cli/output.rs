//! What is printed: readable on a terminal, plain when piped, and never a terminal escape from a page.

use std::fmt::Write as _;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};

/// Names, titles.
pub const STRONG: Style = Style::new().bold();
/// What is beside the point.
pub const FAINT: Style = Style::new().dimmed();
/// Matches.
pub const MATCH: Style = AnsiColor::Yellow.on_default().bold();
/// Addresses.
pub const LINK: Style = AnsiColor::Cyan.on_default();
/// Errors.
pub const BAD: Style = AnsiColor::Red.on_default().bold();

/// What leads an error message.
pub fn error_lead() -> String {
    format!("{BAD}error:{BAD:#} ")
}

/// Prints to standard output; a reader that has gone is no error.
pub fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = out.write_all(b"\n");
    }
    let _ = out.flush();
}

/// `text` in a style, without control characters of its own.
pub fn styled(style: Style, text: &str) -> String {
    format!("{style}{}{style:#}", clean(text))
}

/// `text` without characters that a terminal acts on.
pub fn clean(text: &str) -> String {
    let harmless =
        |letter: char| !letter.is_control() && !matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|letter| if harmless(letter) { letter } else { ' ' }).collect()
}

/// Safe HTML of a hit as text, its marks in colour.
pub fn marked(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("<mark>") {
        let (inner, behind) = after.split_once("</mark>").unwrap_or((after, ""));
        // Writing to a String cannot fail.
        let _ = write!(out, "{}{}", clean(&decode(before)), styled(MATCH, &decode(inner)));
        rest = behind;
    }
    out.push_str(&clean(&decode(rest)));
    out
}

fn decode(html: &str) -> String {
    let plain = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#039;", "'");
    plain.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cannot_send_escapes_to_the_terminal() {
        assert_eq!(clean("a\u{1b}]0;x\u{7}b\u{202e}c"), "a ]0;x b c");
        let shown = marked("&lt;b&gt; &amp;lt; <mark>VPN\u{1b}[2J</mark> fim");
        assert_eq!(shown, format!("<b> &lt; {MATCH}VPN [2J{MATCH:#} fim"));
    }
}
