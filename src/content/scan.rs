//! What there is: every page of the content directory, or of a part of it, and what had to be left out and why.
//!
//! Its own file because these types are what the index is compared with. A scan never fails: what it could not see is
//! in it, so that nobody takes unseen for gone.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::page::PagePath;

use super::root::{Root, RootState};
use super::stat::Stat;
use super::walk::Walker;

/// What to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole content directory.
    All,
    /// Files and folders by their paths relative to the content directory; a folder means everything below it, an
    /// empty path the whole. What is hidden, excluded or outside is not looked at.
    Paths(BTreeSet<String>),
}

/// What was found.
#[derive(Debug, Default)]
pub struct Scan {
    /// Every page in scope that can be read, as far as is known without reading.
    pub files: BTreeMap<PagePath, Stat>,
    /// What was left out, at most 10,000 of it.
    pub skipped: Vec<Skipped>,
    /// Files and folders of which nothing is known beyond them being there.
    pub unreadable: Vec<Unreadable>,
}

/// Something in the content directory that is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Relative to the content directory and safe to print: what is not text or not visible is escaped.
    pub path: String,
    /// Why.
    pub reason: SkipReason,
}

/// Why something is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    /// Requests and URLs could not name it.
    #[error("the name is not UTF-8")]
    NotUtf8,
    /// Its target is none of our business.
    #[error("the link leads outside the content directory")]
    Outside,
    /// It leads to itself or to a folder that it is in.
    #[error("the link loops")]
    Loop,
    /// Its target does not exist.
    #[error("the link leads nowhere")]
    Dangling,
    /// A FIFO, a socket, a device, or a folder behind a name that is gone.
    #[error("not a regular file")]
    NotRegular,
    /// The system refuses.
    #[error("permission denied")]
    Denied,
    /// The system fails.
    #[error("it cannot be looked at: {0}")]
    Failed(String),
    /// More folders within each other than are walked.
    #[error("more than {max} levels deep", max = super::walk::MAX_DEPTH)]
    TooDeep,
    /// The rest is not looked at.
    #[error("more than {max} pages: the rest is left out", max = super::walk::MAX_FILES)]
    TooManyFiles,
    /// Links to folders multiply each other.
    #[error("too much lies behind links: the rest is left out")]
    TooManyLinks,
}

/// A file or folder below which nothing could be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Relative to the content directory; empty for the directory itself.
    pub path: String,
    /// What that means for pages known from before.
    pub kind: UnreadableKind,
}

/// Whether something is forbidden or broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadableKind {
    /// We may not look: pages below leave the results. Never the content directory itself.
    Denied,
    /// The system fails: pages below keep their last good version.
    Failed,
}

impl UnreadableKind {
    /// What an error means; `None` if it says that nothing is there.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => None,
            io::ErrorKind::PermissionDenied => Some(Self::Denied),
            _ => Some(Self::Failed),
        }
    }
}

impl Root {
    /// Looks at the directory, or at a part of it. Names and `stat` alone; no page is opened.
    pub fn scan(&self, scope: &Scope) -> Scan {
        let mut walker = Walker::new(self);
        let full = match scope {
            Scope::Paths(paths) if !paths.contains("") => {
                walker.look_at(paths);
                false
            }
            _ => {
                walker.look_at_all();
                true
            }
        };
        let (mut scan, links) = walker.finish();
        self.links.learn(links, full);
        // A directory that was replaced under the walk would pass for one that lost pages.
        if self.state() != RootState::Current && scan.unreadable.iter().all(|unreadable| !unreadable.path.is_empty()) {
            scan.unreadable.push(Unreadable { path: String::new(), kind: UnreadableKind::Failed });
        }
        scan
    }
}

#[cfg(test)]
mod tests;
