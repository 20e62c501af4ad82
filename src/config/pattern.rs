//! A pattern of paths, as a line of a `.gitignore`.
//!
//! Its own file because it is a plain value that rooms without the walker's crate match paths with.

use std::fmt;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::{Serialize, Serializer};

/// Which pages are meant: `Suporte/` or `Suporte/**` what lies below a folder, `*.old.md` names anywhere, `/a.md` one.
#[derive(Clone)]
pub struct PathPattern {
    text: String,
    matcher: Gitignore,
}

impl PathPattern {
    /// Reads a pattern; the error says in words what is wrong with it.
    pub fn new(text: &str) -> Result<Self, String> {
        let text = crate::page::nfc(text.trim());
        let shown = || super::problem::quoted(&text);
        if text.is_empty() {
            return Err("a pattern may not be empty".to_owned());
        }
        if text.starts_with(['!', '#']) {
            return Err(format!("{} begins with a mark that means no path; write \\ before it", shown()));
        }
        let mut builder = GitignoreBuilder::new("");
        let built = builder.add_line(None, &text).and_then(|builder| builder.build());
        match built {
            Ok(matcher) => Ok(Self { text, matcher }),
            Err(error) => Err(format!("{} is not a pattern: {error}", shown())),
        }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it means a page, by its path relative to the content directory or by a folder above it.
    pub fn matches(&self, path: &str) -> bool {
        self.matcher.matched_path_or_any_parents(&*crate::page::nfc(path), false).is_ignore()
    }
}

impl fmt::Debug for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl PartialEq for PathPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for PathPattern {}

impl Serialize for PathPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_pages() {
        for (pattern, path, meant) in [
            ("Suporte/**", "Suporte/a.md", true),
            ("Suporte/**", "Suporte/b/c.md", true),
            ("Suporte/**", "Outro/Suporte/a.md", false),
            ("Suporte/", "Suporte/b/c.md", true),
            ("Suporte/", "pt-br/Suporte/c.md", true),
            ("/Suporte/", "pt-br/Suporte/c.md", false),
            ("*.old.md", "a/b.old.md", true),
            ("/a.md", "a.md", true),
            ("/a.md", "b/a.md", false),
            ("suporte/", "Suporte/a.md", false),
            ("Integração/", "Integrac\u{327}a\u{303}o/a.md", true),
        ] {
            assert_eq!(PathPattern::new(pattern).expect("a pattern").matches(path), meant, "{pattern} {path}");
        }
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for pattern in ["", "  ", "!a.md", "# a", "a{b", "[z-a]"] {
            PathPattern::new(pattern).expect_err(pattern);
        }
    }
}
