//! Query strings, read without ever failing.
//!
//! Its own file because the rules are ours alone: bad percent-encoding, bytes that are not UTF-8 and NUL are text
//! like any other, `+` is a blank, and the cost is linear in the length.

use percent_encoding::percent_decode_str;

/// The pairs of a query string in their order; a name without `=` has an empty value.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode_form(name), decode_form(value))
    })
}

/// A part of a path: `%` escapes are taken back, what is none stays.
pub(super) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// A name or value of a query string: as [`decode`], and `+` is a blank.
fn decode_form(text: &str) -> String {
    if text.contains('+') { decode(&text.replace('+', " ")) } else { decode(text) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(query: &str) -> Vec<(String, String)> {
        pairs(query).collect()
    }

    #[test]
    fn reads_anything() {
        for (query, name, value) in [
            ("q=a", "q", "a"),
            ("q", "q", ""),
            ("q=", "q", ""),
            ("=x", "", "x"),
            ("q=a=b", "q", "a=b"),
            ("q=a+b%2Bc", "q", "a b+c"),
            ("%71=a", "q", "a"),
            ("q=%C3%A7", "q", "ç"),
            ("q=%", "q", "%"),
            ("q=%zz%4", "q", "%zz%4"),
            ("q=%00", "q", "\0"),
            ("q=%ff", "q", "\u{FFFD}"),
            ("q=%c0%af", "q", "\u{FFFD}\u{FFFD}"),
            ("q=%0d%0a", "q", "\r\n"),
            ("q=a;b", "q", "a;b"),
        ] {
            assert_eq!(read(query), [(name.to_owned(), value.to_owned())], "{query}");
        }
        assert_eq!(read(""), []);
        assert_eq!(read("&&"), []);
        assert_eq!(read("a=1&&a=2").len(), 2);
    }

    proptest! {
        #[test]
        fn never_fails_and_keeps_what_was_encoded(value in "\\PC*", junk in "[%&=+a-f0-9]*") {
            let encoded = percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC);
            prop_assert_eq!(read(&format!("q={encoded}")), [("q".to_owned(), value)]);
            let _ = read(&junk);
        }
    }
}
