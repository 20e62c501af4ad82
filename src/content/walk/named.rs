//! Looking at named paths alone.
//!
//! Its own file because an event costs a few calls of the system here instead of a walk. What it keeps true: it goes
//! to a path as the walk would have, over the same links and past the same rules.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::super::rules::{is_hidden, join};
use super::super::scan::SkipReason;
use super::{Folder, MAX_DEPTH, Target, Walker};

impl Walker<'_> {
    /// Looks at named files, and walks named folders.
    pub(in super::super) fn look_at(&mut self, paths: &BTreeSet<String>) {
        let mut walked = BTreeSet::new();
        for path in paths {
            let path = path.trim_end_matches('/');
            let mut above = path.match_indices('/').map(|(at, _)| &path[..at]);
            if walked.contains(path) || above.any(|folder| walked.contains(folder)) {
                continue;
            }
            if let Some(folder) = self.find(path) {
                walked.insert(path);
                self.walk(folder);
            }
        }
    }

    /// Goes to a named path step by step, as a walk would. A file is taken, a folder returned.
    fn find(&mut self, path: &str) -> Option<Folder> {
        if path.contains('\0') {
            return None;
        }
        let mut folder = self.top();
        let mut names = path.split('/').peekable();
        while let Some(name) = names.next() {
            if name.is_empty() || is_hidden(name.as_bytes()) {
                return None;
            }
            let (real, path) = (folder.real.join(name), join(&folder.path, name));
            let metadata = match fs::symlink_metadata(&real) {
                Ok(metadata) => metadata,
                Err(error) => {
                    self.failed(path, &error);
                    return None;
                }
            };
            let is_dir = metadata.is_dir();
            if self.root.rules.excludes(&path, is_dir) {
                return None;
            }
            let is_last = names.peek().is_none();
            if metadata.is_symlink() {
                match self.follow(&folder, &real, path) {
                    Some(Target::Folder(linked)) => folder = linked,
                    Some(Target::Page { path, stat }) if is_last => {
                        self.take(path, stat);
                        return None;
                    }
                    _ => return None,
                }
            } else if is_dir {
                let depth = folder.depth + 1;
                if depth >= MAX_DEPTH {
                    self.skip(Path::new(&path), SkipReason::TooDeep);
                    return None;
                }
                folder = Folder { real, path, depth, ..folder };
            } else {
                if is_last {
                    self.file(path, &metadata);
                }
                return None;
            }
        }
        Some(folder)
    }
}
