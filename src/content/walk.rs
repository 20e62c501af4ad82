//! The walk: from folder to folder, without recursion, never out of the content directory.
//!
//! Its own file because links make it more than a loop: one walk of true folders, and a further one for each linked
//! folder under the link's own path. What it keeps true: it ends, and looking at one path finds what walking finds.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::{DirEntry, WalkBuilder};

use crate::page::{PagePath, has_markdown_extension};

use super::root::Root;
use super::rules::{is_hidden, join, printable};
use super::scan::{Scan, SkipReason, Skipped, Unreadable, UnreadableKind};
use super::stat::Stat;

mod named;

/// Names that a path may have.
pub const MAX_DEPTH: usize = 256;
/// Pages that a content directory may have.
pub const MAX_FILES: usize = 1_000_000;
/// Linked folders that one scan walks: links to each other's folders multiply.
const MAX_LINKED_FOLDERS: usize = 10_000;
/// Files and folders that one scan meets behind links.
const MAX_LINKED_ENTRIES: usize = 1_000_000;
/// What is left out is listed up to here.
const MAX_SKIPPED: usize = 10_000;

/// A folder on the way.
#[derive(Clone)]
struct Folder {
    /// Where it truly lies: beneath the content directory, no link in it.
    real: PathBuf,
    /// The path that it goes by; empty for the content directory.
    path: String,
    /// Number of names in `path`.
    depth: usize,
    /// Where the links truly lie that led here.
    links: Vec<PathBuf>,
}

/// What stands behind a link that may be followed.
enum Target {
    Folder(Folder),
    Page { path: String, stat: Stat },
}

/// One scan under way.
pub(super) struct Walker<'a> {
    root: &'a Root,
    scan: Scan,
    found_links: Vec<(String, String)>,
    queue: VecDeque<Folder>,
    linked_folders: usize,
    linked_entries: usize,
    full: bool,
}

impl<'a> Walker<'a> {
    pub(super) fn new(root: &'a Root) -> Self {
        Self {
            root,
            scan: Scan::default(),
            found_links: Vec::new(),
            queue: VecDeque::new(),
            linked_folders: 0,
            linked_entries: 0,
            full: false,
        }
    }

    /// What was found, and links with their targets.
    pub(super) fn finish(self) -> (Scan, Vec<(String, String)>) {
        (self.scan, self.found_links)
    }

    /// Walks the whole directory.
    pub(super) fn look_at_all(&mut self) {
        self.walk(self.top());
    }

    fn top(&self) -> Folder {
        Folder { real: self.root.path.clone(), path: String::new(), depth: 0, links: Vec::new() }
    }

    /// Walks a folder, then the folders that links in it lead to.
    fn walk(&mut self, folder: Folder) {
        self.queue.push_back(folder);
        while let Some(folder) = self.queue.pop_front() {
            self.walk_one(&folder);
        }
    }

    fn walk_one(&mut self, folder: &Folder) {
        let rules = Arc::clone(&self.root.rules);
        let (real, path) = (folder.real.clone(), folder.path.clone());
        let entries = WalkBuilder::new(&folder.real)
            .standard_filters(false)
            .parents(false)
            .follow_links(false)
            .max_depth(Some(MAX_DEPTH - folder.depth))
            .filter_entry(move |entry| {
                if is_hidden(entry.file_name().as_bytes()) {
                    return false;
                }
                let Ok(below) = entry.path().strip_prefix(&real) else {
                    return false;
                };
                match below.to_str() {
                    Some(below) => !rules.excludes(&join(&path, below), is_dir(entry)),
                    // Seen, to be listed, but not what is below it.
                    None => below.parent().is_some_and(|above| above.to_str().is_some()),
                }
            })
            .build();
        // The true folder at each depth, for errors that do not name theirs.
        let mut trail = vec![folder.real.clone()];
        for entry in entries {
            if self.full {
                return;
            }
            match entry {
                Ok(entry) => {
                    trail.truncate(entry.depth());
                    if is_dir(&entry) {
                        trail.push(entry.path().to_owned());
                    }
                    if entry.depth() > 0 && !self.meet(folder, &entry) {
                        return;
                    }
                }
                Err(error) => self.walk_failed(folder, &trail, &error),
            }
        }
    }

    /// Takes what the walk met. False ends this walk.
    fn meet(&mut self, folder: &Folder, entry: &DirEntry) -> bool {
        if !folder.links.is_empty() {
            self.linked_entries += 1;
            if self.linked_entries > MAX_LINKED_ENTRIES {
                self.skip(Path::new(&folder.path), SkipReason::TooManyLinks);
                return false;
            }
        }
        let below = entry.path().strip_prefix(&folder.real).unwrap_or(entry.path());
        let Some(kind) = entry.file_type() else {
            return true;
        };
        let Some(name) = below.to_str() else {
            let may_hold_pages = kind.is_dir() || has_markdown_extension(&below.to_string_lossy());
            if may_hold_pages {
                self.skip(&Path::new(&folder.path).join(below), SkipReason::NotUtf8);
            }
            return true;
        };
        let path = join(&folder.path, name);
        if kind.is_dir() {
            if folder.depth + entry.depth() >= MAX_DEPTH {
                self.skip(Path::new(&path), SkipReason::TooDeep);
            }
        } else if kind.is_symlink() {
            let above = Folder { depth: folder.depth + entry.depth() - 1, ..folder.clone() };
            match self.follow(&above, entry.path(), path) {
                Some(Target::Folder(linked)) => self.queue.push_back(linked),
                Some(Target::Page { path, stat }) => self.take(path, stat),
                None => {}
            }
        } else if has_markdown_extension(&path) {
            match entry.path().symlink_metadata() {
                Ok(metadata) => self.file(path, &metadata),
                Err(error) => self.failed(path, &error),
            }
        }
        true
    }

    /// Takes a file that is no link, if it is a page.
    fn file(&mut self, path: String, metadata: &fs::Metadata) {
        if !has_markdown_extension(&path) {
            return;
        }
        if metadata.is_file() {
            self.take(path, Stat::of(metadata));
        } else {
            self.skip(Path::new(&path), SkipReason::NotRegular);
        }
    }

    /// Finds out where a link leads. What may not be followed is listed, if it may be a page or hold pages.
    fn follow(&mut self, folder: &Folder, real: &Path, path: String) -> Option<Target> {
        let is_page = has_markdown_extension(&path);
        let target = match fs::canonicalize(real) {
            Ok(target) => target,
            Err(error) => {
                if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
                    self.skip(Path::new(&path), SkipReason::Loop);
                } else if UnreadableKind::of(&error).is_some() {
                    self.failed(path, &error);
                } else if is_page {
                    self.skip(Path::new(&path), SkipReason::Dangling);
                }
                return None;
            }
        };
        let metadata = match fs::metadata(&target) {
            Ok(metadata) => metadata,
            Err(error) => {
                self.failed(path, &error);
                return None;
            }
        };
        let is_dir = metadata.is_dir();
        if is_dir && self.root.rules.excludes(&path, true) || !is_dir && !is_page {
            return None;
        }
        let Ok(below) = target.strip_prefix(&self.root.path) else {
            self.skip(Path::new(&path), SkipReason::Outside);
            return None;
        };
        if !is_dir && !metadata.is_file() {
            self.skip(Path::new(&path), SkipReason::NotRegular);
            return None;
        }
        if let Some(below) = below.to_str() {
            self.found_links.push((path.clone(), below.to_owned()));
        }
        if !is_dir {
            return Some(Target::Page { path, stat: Stat::of(&metadata) });
        }
        let depth = folder.depth + 1;
        let mut links = folder.links.clone();
        links.push(real.to_owned());
        let refused = if links.iter().any(|link| link.starts_with(&target)) {
            Some(SkipReason::Loop)
        } else if depth >= MAX_DEPTH {
            Some(SkipReason::TooDeep)
        } else if self.linked_folders >= MAX_LINKED_FOLDERS {
            Some(SkipReason::TooManyLinks)
        } else {
            None
        };
        if let Some(reason) = refused {
            self.skip(Path::new(&path), reason);
            return None;
        }
        self.linked_folders += 1;
        Some(Target::Folder(Folder { real: target, path, depth, links }))
    }

    fn take(&mut self, path: String, stat: Stat) {
        if self.scan.files.len() >= MAX_FILES {
            self.full = true;
            self.skip(Path::new(&path), SkipReason::TooManyFiles);
            return;
        }
        if let Some(path) = PagePath::new(path) {
            self.scan.files.insert(path, stat);
        }
    }

    fn skip(&mut self, path: &Path, reason: SkipReason) {
        if self.scan.skipped.len() < MAX_SKIPPED {
            self.scan.skipped.push(Skipped { path: printable(path), reason });
        }
    }

    /// An error of the walk itself: a folder that cannot be listed, or not to its end.
    fn walk_failed(&mut self, folder: &Folder, trail: &[PathBuf], error: &ignore::Error) {
        let (path, error) = taken_apart(error, trail);
        let below = path.and_then(|path| path.strip_prefix(&folder.real).ok()).unwrap_or(Path::new(""));
        match below.to_str() {
            Some(below) => self.failed(join(&folder.path, below), &error),
            None => self.skip(&Path::new(&folder.path).join(below), SkipReason::NotUtf8),
        }
    }

    /// Notes what cannot be looked at. What is not there is no fault, but for the content directory itself.
    fn failed(&mut self, path: String, error: &io::Error) {
        let kind = match UnreadableKind::of(error) {
            _ if path.is_empty() => UnreadableKind::Failed,
            Some(kind) => kind,
            None => return,
        };
        let reason = match kind {
            UnreadableKind::Denied => SkipReason::Denied,
            UnreadableKind::Failed => SkipReason::Failed(error.to_string()),
        };
        self.skip(Path::new(&path), reason);
        self.scan.unreadable.push(Unreadable { path, kind });
    }
}

fn is_dir(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

/// The folder or file that an error of the walker is about, and what the system said.
fn taken_apart<'a>(error: &'a ignore::Error, trail: &'a [PathBuf]) -> (Option<&'a Path>, io::Error) {
    let (mut path, mut depth, mut inner) = (None, error.depth().unwrap_or(0), error);
    let said = loop {
        match inner {
            ignore::Error::WithPath { path: of, err } => (path, inner) = (Some(of.as_path()), err),
            ignore::Error::WithDepth { depth: at, err } => (depth, inner) = (*at, err),
            ignore::Error::Io(said) => break said,
            _ => return (path, io::Error::other(error.to_string())),
        }
    };
    // Without a path, the listing of the folder one level above broke off.
    let path = path.or_else(|| trail.get(depth.saturating_sub(1)).or(trail.last()).map(PathBuf::as_path));
    // The walker wraps what the system said into a text with the full path of the disk, which is nobody's business.
    let within = said.get_ref().and_then(|walker| walker.source()).and_then(|said| said.downcast_ref::<io::Error>());
    let code = within.unwrap_or(said).raw_os_error();
    (path, code.map_or_else(|| said.kind().into(), io::Error::from_raw_os_error))
}
