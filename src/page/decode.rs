//! Bytes to text: the encodings that wikis hold, with one kind of line break.
//!
//! Its own room because everything behind it may then count on NFC, on `\n`, and on no control characters.

use std::borrow::Cow;

use super::into_nfc;

/// Decodes a file. The flag tells whether bytes had to be replaced.
///
/// `truncated` says that the file goes on behind `source`, so half a character at the end is no fault.
pub(super) fn decode(source: &[u8], truncated: bool) -> (String, bool) {
    let (text, broken) = match source {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes, truncated),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes, truncated),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest, truncated),
        _ => utf8(source, truncated),
    };
    (into_nfc(clean(&text).into_owned()), broken)
}

fn utf8(bytes: &[u8], truncated: bool) -> (Cow<'_, str>, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), false),
        Err(error) => {
            let cut_character = truncated && error.error_len().is_none();
            let bytes = if cut_character { &bytes[..error.valid_up_to()] } else { bytes };
            (String::from_utf8_lossy(bytes), !cut_character)
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, truncated: bool) -> (Cow<'static, str>, bool) {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut broken = bytes.len() % 2 == 1 && !truncated;
    let mut text: String = char::decode_utf16(units)
        .map(|decoded| {
            decoded.unwrap_or_else(|_| {
                broken = true;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    if truncated && text.ends_with(char::REPLACEMENT_CHARACTER) {
        text.pop();
    }
    (Cow::Owned(text), broken)
}

/// Line breaks become `\n`, other C0 controls but the tab become blanks.
fn clean(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|b| b < b' ' && !matches!(b, b'\n' | b'\t')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' | '\t' => out.push(c),
            '\0'..='\x1f' => out.push(' '),
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes() {
        let table: &[(&[u8], &str, bool)] = &[
            (b"", "", false),
            (b"\xef\xbb\xbfol\xc3\xa1", "olá", false),
            (b"a\r\nb\rc\nd", "a\nb\nc\nd", false),
            (b"a\0b\x1bc\td", "a b c\td", false),
            (b"a\xe7\xe3o", "a\u{fffd}\u{fffd}o", true),
            (b"cafe\xcc\x81", "café", false),
            (b"\xff\xfeo\0l\0\xe1\0", "olá", false),
            (b"\xfe\xff\0o\0l\0\xe1", "olá", false),
            (b"\xff\xfeo\0l", "o", true),
            (b"\xff\xfe\x00\xd8", "\u{fffd}", true),
        ];
        for (source, expected, broken) in table {
            assert_eq!(decode(source, false), ((*expected).to_owned(), *broken), "{source:?}");
        }
    }

    #[test]
    fn a_cut_character_is_no_fault() {
        assert_eq!(decode(b"ol\xc3", true), ("ol".to_owned(), false));
        assert_eq!(decode(b"ol\xc3", false), ("ol\u{fffd}".to_owned(), true));
        assert_eq!(decode(b"\xff\xfeo\0l", true), ("o".to_owned(), false));
    }
}
