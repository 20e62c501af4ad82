//! The path of a page: how a page is named everywhere behind the walk.
//!
//! Its own file because every room uses it; nothing here touches a disk.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The path of a Markdown file as it stands on disk, relative to the content directory,
/// with `/` as separator and with its extension (`Cadastros/VPN.md`).
///
/// Never empty, never absolute, no empty, `.` or `..` segment. Any Unicode normalization
/// form is kept as it is, since the bytes open the file; compare with [`PagePath::nfc`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PagePath(String);

impl PagePath {
    /// The path, if it is a relative path to a Markdown file (`.md`, `.markdown`, in any case).
    pub fn new(path: impl Into<String>) -> Option<Self> {
        let path = path.into();
        let clean = path.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains('\0');
        (clean && has_markdown_extension(&path)).then_some(Self(path))
    }

    /// The path as it stands on disk.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path in Unicode normalization form C, in which paths of requests are compared.
    pub fn nfc(&self) -> String {
        nfc(&self.0)
    }

    /// The last segment, with its extension.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The folders above the file, outermost first.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.0.rsplit_once('/').map(|(folders, _)| folders).into_iter().flat_map(|folders| folders.split('/'))
    }

    /// The path without its extension.
    pub fn stem(&self) -> &str {
        self.0.rsplit_once('.').map_or(self.0.as_str(), |(stem, _)| stem)
    }
}

/// Ordered and compared as its text is, so that maps can be searched by a plain prefix.
impl std::borrow::Borrow<str> for PagePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a file name or path ends as a Markdown page does.
pub fn has_markdown_extension(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty() && (extension.eq_ignore_ascii_case("md") || extension.eq_ignore_ascii_case("markdown"))
    })
}

/// `text` in Unicode normalization form C.
pub fn nfc(text: &str) -> String {
    if is_surely_nfc(text) || is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}

/// The same, of a text that is not needed as it was.
pub fn into_nfc(text: String) -> String {
    if is_surely_nfc(&text) || is_nfc(&text) { text } else { text.nfc().collect() }
}

/// Whether a text has no character from U+0300 on, whose first byte would be this one or a higher one: nothing before it
/// composes with anything.
fn is_surely_nfc(text: &str) -> bool {
    text.bytes().all(|byte| byte < 0xcc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relative_markdown_paths_are_pages() {
        for good in ["a.md", "A/B.MD", "x.markdown", "a b/ç.md", "v1.2.md"] {
            assert!(PagePath::new(good).is_some(), "{good}");
        }
        for bad in ["", "a", ".md", "/a.md", "a//b.md", "../a.md", "a/./b.md", "a.mdx", "a\0.md", "a.md/"] {
            assert!(PagePath::new(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_short_way_to_nfc_is_the_long_way() {
        for code in 0..0x400 {
            let Some(letter) = char::from_u32(code) else { continue };
            for text in [format!("a{letter}"), format!("{letter}e"), letter.to_string()] {
                let long: String = text.nfc().collect();
                assert_eq!((nfc(&text), into_nfc(text)), (long.clone(), long), "{code:x}");
            }
        }
    }

    #[test]
    fn parts() {
        let path = PagePath::new("A/B/v1.2.md").expect("a page");
        assert_eq!(path.folders().collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!((path.file_name(), path.stem()), ("v1.2.md", "A/B/v1.2"));
        assert_eq!(PagePath::new("a.md").expect("a page").folders().count(), 0);
    }
}
