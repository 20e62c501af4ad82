//! From the system's events to hints: what happened is reduced to what may have to be looked at again.
//!
//! Its own file because it is all that knows notify's vocabulary, as measured on notify 8.2: a folder moved in is one
//! event and none for what is in it, a file being written is many, and new folders lose events. It looks at the disk
//! only where an event does not tell a folder from a file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use notify::event::{AccessKind, AccessMode, CreateKind, Event, EventKind, ModifyKind, RemoveKind, RenameMode};

use crate::page::has_markdown_extension;

use super::hints::Hint;
use super::links::Links;
use super::root::Root;
use super::rules::is_hidden;

/// Folders whose watches are not what they should be, since a folder in them may not be read.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    /// Watched without what appears below them.
    pub(super) shallow: BTreeSet<PathBuf>,
    /// Not watched at all.
    pub(super) denied: BTreeSet<PathBuf>,
}

/// What happened to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// A folder is new.
    NewFolder,
    /// A file, or a link to anything, is new.
    NewFile,
    /// Something came by a rename, complete.
    MovedIn,
    /// Bytes were written, and more may follow.
    Written,
    /// A writer closed the file.
    Finished,
    /// It is gone, and may be about to be replaced.
    Vanished,
    /// It is gone for good: something else has its content now.
    MovedOn,
    /// Rights or times changed.
    Attributes,
}

/// The state of the reduction: where the directory is, and half of a rename.
#[derive(Debug)]
pub(super) struct Reducer {
    root: PathBuf,
    links: Arc<Links>,
    gaps: Arc<Mutex<Gaps>>,
    renamed: Option<(usize, PathBuf)>,
}

impl Reducer {
    pub(super) fn new(root: &Root, gaps: Arc<Mutex<Gaps>>) -> Self {
        Self { root: root.path.clone(), links: Arc::clone(&root.links), gaps, renamed: None }
    }

    /// What may have to be looked at again after an event.
    pub(super) fn hints(&mut self, event: &Event) -> Vec<Hint> {
        let mut hints = Vec::new();
        if event.need_rescan() {
            return vec![Hint::Lost];
        }
        let what = match event.kind {
            EventKind::Create(CreateKind::Folder) => What::NewFolder,
            EventKind::Create(_) => What::NewFile,
            EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                self.renamed = event.tracker().zip(event.paths.first().cloned());
                What::Vanished
            }
            EventKind::Modify(ModifyKind::Name(RenameMode::To)) => {
                let from = self.renamed.take().filter(|(tracker, _)| event.tracker() == Some(*tracker));
                if let (Some((_, from)), Some(to)) = (from, event.paths.first()) {
                    self.settle_rename(&from, to, &mut hints);
                }
                What::MovedIn
            }
            // Both halves were told before.
            EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => return hints,
            EventKind::Modify(ModifyKind::Name(_)) => What::MovedIn,
            EventKind::Modify(ModifyKind::Metadata(_)) => What::Attributes,
            EventKind::Modify(_) => What::Written,
            EventKind::Remove(RemoveKind::File | RemoveKind::Folder | RemoveKind::Any | RemoveKind::Other) => {
                What::Vanished
            }
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => What::Finished,
            EventKind::Access(_) | EventKind::Any | EventKind::Other => return hints,
        };
        for path in &event.paths {
            self.about(path, what, &mut hints);
        }
        hints
    }

    /// The old name of something renamed: nothing will take its place, unless it was put aside for that (`a.md~`).
    fn settle_rename(&self, from: &Path, to: &Path, hints: &mut Vec<Hint>) {
        let is_page = |path: &Path| {
            let below = self.below(path).and_then(Path::to_str);
            below.is_some_and(|path| has_markdown_extension(path) && !has_hidden_name(path))
        };
        if is_page(to) || !is_page(from) {
            self.about(from, What::MovedOn, hints);
        }
    }

    fn below<'a>(&self, path: &'a Path) -> Option<&'a Path> {
        path.strip_prefix(&self.root).ok()
    }

    fn about(&self, path: &Path, what: What, hints: &mut Vec<Hint>) {
        let Some(below) = self.below(path) else {
            return;
        };
        if below.as_os_str().is_empty() {
            match what {
                What::Vanished | What::MovedOn => hints.push(Hint::Lost),
                What::Attributes => hints.push(Hint::Folder { path: String::new() }),
                _ => {}
            }
            return;
        }
        if self.opens_gap(path, what) {
            hints.push(Hint::Lost);
        }
        if let Some(below) = below.to_str() {
            let seen = self.links.seen_as(below);
            for named in std::iter::once(below.to_owned()).chain(seen) {
                if !has_hidden_name(&named) {
                    hints.extend(hint(named, what, path));
                }
            }
        } else if matches!(what, What::NewFolder | What::NewFile | What::MovedIn | What::Vanished | What::MovedOn) {
            // The name cannot be told; the folder that it is in lists it.
            let named = below.ancestors().find_map(Path::to_str).unwrap_or_default();
            if !has_hidden_name(named) {
                hints.push(Hint::Folder { path: named.to_owned() });
            }
        }
    }

    /// Whether something happens where watches are missing.
    fn opens_gap(&self, path: &Path, what: What) -> bool {
        if !matches!(what, What::NewFolder | What::MovedIn | What::Attributes) {
            return false;
        }
        let gaps = self.gaps.lock().unwrap_or_else(PoisonError::into_inner);
        match what {
            What::Attributes => gaps.denied.contains(path),
            What::MovedIn if !path.is_dir() => false,
            _ => path.parent().is_some_and(|folder| gaps.shallow.contains(folder)),
        }
    }
}

/// What to look at when something happened to a path. A name without a page's extension may be a folder's, but only a
/// page's bytes matter.
fn hint(path: String, what: What, real: &Path) -> Option<Hint> {
    let is_page = has_markdown_extension(&path);
    let touched = |path, settled| Some(Hint::Touched { path, settled });
    match what {
        What::NewFile | What::Written | What::Attributes if is_page => touched(path, false),
        What::MovedIn | What::Finished if is_page => touched(path, true),
        What::NewFolder | What::NewFile | What::MovedIn => Some(Hint::Folder { path }),
        What::Written | What::Finished => None,
        What::MovedOn => touched(path, true),
        What::Vanished => touched(path, false),
        What::Attributes => real.symlink_metadata().is_ok_and(|found| found.is_dir()).then_some(Hint::Folder { path }),
    }
}

fn has_hidden_name(path: &str) -> bool {
    path.split('/').any(|name| is_hidden(name.as_bytes()))
}

#[cfg(test)]
mod tests;
