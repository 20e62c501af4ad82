//! Which names count: hidden ones, `node_modules` and what the configuration excludes do not.
//!
//! Its own file because walking, looking at one path and filtering events must agree on it. Pure: it looks at names
//! alone, and no ignore file is ever read.

use std::fmt::Write as _;
use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::root::RootError;

/// Longer paths are cut where they are shown.
const SHOWN_CHARS: usize = 1024;

/// The rules of one content directory.
#[derive(Debug)]
pub(super) struct Rules {
    exclude: Gitignore,
}

impl Rules {
    /// From gitignore-style patterns relative to the content directory.
    pub(super) fn new(patterns: &[String]) -> Result<Self, RootError> {
        let mut builder = GitignoreBuilder::new("");
        let bad = |pattern: &str, source| RootError::BadPattern { pattern: printable(Path::new(pattern)), source };
        for pattern in patterns {
            builder.add_line(None, pattern).map_err(|source| bad(pattern, source))?;
        }
        Ok(Self { exclude: builder.build().map_err(|source| bad(&patterns.join(", "), source))? })
    }

    /// Whether a pattern takes out this very path; what is below an excluded folder is for the caller to see.
    pub(super) fn excludes(&self, path: &str, is_dir: bool) -> bool {
        self.exclude.matched(path, is_dir).is_ignore()
    }
}

/// Whether a name is kept out wherever it stands.
pub(super) fn is_hidden(name: &[u8]) -> bool {
    name.starts_with(b".") || name == b"node_modules"
}

/// `folder/name`, or the name alone at the top.
pub(super) fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}

/// A path as it may be shown: bytes that are not UTF-8 as `\xNN`, control characters and marks that turn the
/// direction of text as `\u{N}`, and not without end.
pub(super) fn printable(path: &Path) -> String {
    let mut shown = String::new();
    for (count, chunk) in path.as_os_str().as_encoded_bytes().utf8_chunks().enumerate() {
        if count > SHOWN_CHARS || shown.len() > 4 * SHOWN_CHARS {
            shown.push('…');
            break;
        }
        for char in chunk.valid().chars() {
            if char.is_control() || turns_text(char) {
                shown.extend(char.escape_unicode());
            } else {
                shown.push(char);
            }
        }
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    shown
}

/// Marks, embeddings, overrides and isolates of the bidirectional algorithm, and the line and paragraph separators.
fn turns_text(char: char) -> bool {
    matches!(char, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    fn rules(patterns: &[&str]) -> Rules {
        Rules::new(&patterns.iter().map(ToString::to_string).collect::<Vec<_>>()).expect("good patterns")
    }

    #[test]
    fn patterns_are_gitignores() {
        for (pattern, path, is_dir, excluded) in [
            ("drafts/", "drafts", true, true),
            ("drafts/", "drafts", false, false),
            ("drafts/", "A/drafts", true, true),
            ("/drafts", "A/drafts", true, false),
            ("/drafts", "drafts", true, true),
            ("*.tmp.md", "A/b.tmp.md", false, true),
            ("A/**/c.md", "A/x/y/c.md", false, true),
            ("A/*.md", "A/x/c.md", false, false),
            ("# a comment", "# a comment", false, false),
            ("", "a.md", false, false),
            ("ç.md", "ç.md", false, true),
        ] {
            assert_eq!(rules(&[pattern]).excludes(path, is_dir), excluded, "{pattern} {path}");
        }
        assert!(!rules(&["*.md", "!keep.md"]).excludes("keep.md", false));
    }

    #[test]
    fn a_bad_pattern_is_named() {
        let error = Rules::new(&["good".to_owned(), "a{b".to_owned()]).expect_err("not a pattern");
        assert!(matches!(&error, RootError::BadPattern { pattern, .. } if pattern == "a{b"), "{error}");
    }

    #[test]
    fn hidden_names() {
        for (name, hidden) in
            [(".git", true), (".a.md", true), ("node_modules", true), ("node_modules2", false), ("a.md", false)]
        {
            assert_eq!(is_hidden(name.as_bytes()), hidden, "{name}");
        }
    }

    #[test]
    fn what_is_shown_is_safe() {
        for (name, shown) in [
            (&b"A/\xc3\xa7 b.md"[..], "A/ç b.md"),
            (b"a\xff\xfe.md", "a\\xff\\xfe.md"),
            (b"\x1b]0;x\x07.md", "\\u{1b}]0;x\\u{7}.md"),
            (b"a\nb.md", "a\\u{a}b.md"),
            ("\u{202e}dm.a".as_bytes(), "\\u{202e}dm.a"),
        ] {
            assert_eq!(printable(Path::new(OsStr::from_bytes(name))), shown);
        }
        let endless = [b'a', 0xff].repeat(100_000);
        assert!(printable(Path::new(OsStr::from_bytes(&endless))).len() < 16 * SHOWN_CHARS);
    }
}
