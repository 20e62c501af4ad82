//! What a directory is, and the configuration that fits it.
//!
//! [`look`] tells which tool shows the pages of a directory, from the tool's own files or from the pages, and what that
//! tool's settings mean for Achei; [`Found::config`] writes it as a `config.toml` that says why each value stands there.
//! Its own room because it reads the files of others, which may say anything: no file of theirs is run, each is read up
//! to a bound, and what is not understood becomes a note. Nothing is written here.
//!
//! | file | does |
//! | --- | --- |
//! | `keys` | settings of a tool as paths and texts, from TOML, JSON and YAML |
//! | `script` | the same from a configuration in JavaScript, which is not run |
//! | `tools` | by which file each tool is known, and what its settings mean |
//! | `walk` | the pages, counted, and some of them looked into |
//! | `language` | the languages of the pages |
//! | `write` | the configuration file |

mod keys;
mod language;
mod script;
#[cfg(test)]
mod tests;
mod tools;
mod walk;
mod write;

use std::io;
use std::path::{Component, Path, PathBuf};

pub use write::Places;

use crate::page::{AnchorStyle, UrlStyle};

/// The tool that shows the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Wiki.js 2, local or Git storage.
    Wikijs,
    /// `MkDocs`, Material.
    Mkdocs,
    /// Docusaurus.
    Docusaurus,
    /// `VitePress`.
    Vitepress,
    /// Starlight.
    Starlight,
    /// Hugo.
    Hugo,
    /// mdBook.
    Mdbook,
    /// An Obsidian vault.
    Obsidian,
    /// Markdown files, shown as they lie.
    Plain,
}

impl Kind {
    /// All, those with a file of their own first.
    pub const ALL: [Self; 9] = [
        Self::Docusaurus,
        Self::Vitepress,
        Self::Starlight,
        Self::Mkdocs,
        Self::Hugo,
        Self::Mdbook,
        Self::Wikijs,
        Self::Obsidian,
        Self::Plain,
    ];

    /// As it calls itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wikijs => "Wiki.js",
            Self::Mkdocs => "MkDocs",
            Self::Docusaurus => "Docusaurus",
            Self::Vitepress => "VitePress",
            Self::Starlight => "Starlight",
            Self::Hugo => "Hugo",
            Self::Mdbook => "mdBook",
            Self::Obsidian => "Obsidian",
            Self::Plain => "plain Markdown",
        }
    }

    fn url_style(self) -> UrlStyle {
        match self {
            Self::Wikijs => UrlStyle::Wikijs,
            Self::Mkdocs => UrlStyle::Directory,
            Self::Docusaurus => UrlStyle::Docusaurus,
            Self::Starlight => UrlStyle::Starlight,
            Self::Hugo => UrlStyle::Hugo,
            Self::Vitepress | Self::Mdbook => UrlStyle::Html,
            Self::Obsidian | Self::Plain => UrlStyle::File,
        }
    }

    fn anchor_style(self) -> AnchorStyle {
        match self {
            Self::Wikijs => AnchorStyle::Wikijs,
            Self::Mkdocs => AnchorStyle::PythonMarkdown,
            Self::Vitepress => AnchorStyle::Vitepress,
            Self::Hugo => AnchorStyle::Hugo,
            Self::Mdbook => AnchorStyle::Mdbook05,
            Self::Docusaurus => AnchorStyle::Docusaurus,
            Self::Starlight => AnchorStyle::Starlight,
            Self::Obsidian | Self::Plain => AnchorStyle::Github,
        }
    }
}

/// Why a directory tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// It cannot be opened.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The directory.
        path: PathBuf,
        /// What came back.
        source: io::Error,
    },
    /// It is a file.
    #[error("{} is no directory", path.display())]
    NoDirectory {
        /// What was named.
        path: PathBuf,
    },
    /// There is nothing to search.
    #[error(
        "no Markdown page (*.md, *.markdown) lies in {}{unread}: name another directory, or say what will lie there with --kind",
        path.display()
    )]
    NoPages {
        /// The directory.
        path: PathBuf,
        /// That a part of it could not be looked into, if so.
        unread: String,
    },
}

/// A value for a key of `[content]`, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// `url_style`
    pub key: &'static str,
    /// As it stands in the file.
    pub value: toml::Value,
    /// In words.
    pub why: String,
}

/// What a directory is.
#[derive(Clone, Debug)]
pub struct Found {
    /// The tool.
    pub kind: Kind,
    /// How it was known.
    pub because: String,
    /// The content directory, absolute.
    pub content: PathBuf,
    /// Why that one.
    pub content_why: String,
    /// The other values of `[content]`, in the order of the file.
    pub settings: Vec<Setting>,
    /// What a person should know or look at.
    pub notes: Vec<String>,
    /// Pages that were seen.
    pub pages: usize,
    /// There are more than that: the walk has a bound.
    pub more: bool,
    /// The tool's own file, which must not be overwritten.
    pub tool_file: Option<PathBuf>,
}

/// What `dir` is; as `kind` says, if it says so.
///
/// # Errors
/// A directory that is none, cannot be read or holds no page.
pub fn look(dir: &Path, kind: Option<Kind>) -> Result<Found, SetupError> {
    let dir = absolute(dir);
    let unreadable = |source| SetupError::Unreadable { path: dir.clone(), source };
    if !dir.metadata().map_err(unreadable)?.is_dir() {
        return Err(SetupError::NoDirectory { path: dir });
    }
    // Whether it may be read shows here, before a hundred empty answers.
    std::fs::read_dir(&dir).map_err(unreadable)?;
    let draft = tools::recognize(&dir, kind);
    let walked = walk::walk(&draft.content);
    if walked.pages.is_empty() && draft.tool_file.is_none() && kind.is_none() {
        let unread = if walked.unreadable > 0 { " that may be read" } else { "" };
        return Err(SetupError::NoPages { path: draft.content, unread: unread.to_owned() });
    }
    Ok(write::found(&dir, draft, &walked, kind.is_some()))
}

/// From the root, links kept: a content directory may be a link that is flipped.
fn absolute(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if whole.components().any(|part| part == Component::ParentDir) {
        // `a/../b` is `b` only where `a` is no link.
        return whole.canonicalize().unwrap_or(whole);
    }
    whole
}
