//! Opening a file beneath the content directory, wherever names were turned into links meanwhile.
//!
//! Its own file because it is the wall: a descriptor that comes out of here belongs to a file that lay in the
//! directory when it was opened. Links are resolved first, to a true path, and the true path is then opened with no
//! link followed at all; one that appears in between ends in an error, not in a foreign file.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

use super::root::Root;

/// How often a path is resolved anew when links change under us.
const TRIES: usize = 4;

/// Only to look: it never waits (FIFO), never becomes a terminal, and no child process inherits it.
const READ: OFlags =
    OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC).union(OFlags::NOCTTY).union(OFlags::NOFOLLOW);

/// A folder on the way: where the system can tell, only to pass through.
#[cfg(target_os = "linux")]
const PASS: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const PASS: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// What kept a file from being opened.
#[derive(Debug)]
pub(super) enum OpenError {
    /// Another folder is where the content directory was.
    Replaced,
    /// The path leads out of the content directory.
    Outside,
    /// What the system said.
    Io(io::Error),
}

impl From<Errno> for OpenError {
    fn from(error: Errno) -> Self {
        Self::Io(error.into())
    }
}

/// Opens what lies at a path relative to the content directory, following links that stay inside. It may be anything.
pub(super) fn open(root: &Root, path: &str) -> Result<File, OpenError> {
    // Whatever keeps the directory itself from being opened says nothing about the page.
    let folder = openat(CWD, &root.path, PASS, Mode::empty()).map(File::from).map_err(|_| OpenError::Replaced)?;
    if !folder.metadata().is_ok_and(|metadata| root.is(&metadata)) {
        return Err(OpenError::Replaced);
    }
    let mut real = PathBuf::from(path);
    for _ in 0..TRIES {
        match open_real(&folder, &real) {
            Ok(file) => return Ok(file.into()),
            // A link, on some systems told as a folder that is none.
            Err(Errno::LOOP | Errno::NOTDIR | Errno::XDEV | Errno::MLINK) => {
                real = resolve(root, path)?;
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Errno::LOOP.into())
}

/// Where a path truly leads, relative to the content directory.
fn resolve(root: &Root, path: &str) -> Result<PathBuf, OpenError> {
    let real = match fs::canonicalize(root.path.join(path)) {
        Ok(real) => real,
        Err(_) if !root.still_current() => return Err(OpenError::Replaced),
        Err(error) => return Err(OpenError::Io(error)),
    };
    real.strip_prefix(&root.path).map(Path::to_owned).map_err(|_| OpenError::Outside)
}

/// Opens a path beneath a folder if there is no link in it.
#[cfg(target_os = "linux")]
fn open_real(folder: &File, path: &Path) -> Result<OwnedFd, Errno> {
    use rustix::fs::{ResolveFlags, openat2};
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_SYMLINKS;
    match openat2(folder, path, READ, Mode::empty(), resolve) {
        // Linux before 5.6, or a filter of system calls that is older than the call.
        Err(Errno::NOSYS | Errno::PERM) => open_steps(folder, path),
        opened => opened,
    }
}

#[cfg(not(target_os = "linux"))]
fn open_real(folder: &File, path: &Path) -> Result<OwnedFd, Errno> {
    open_steps(folder, path)
}

/// The same with the oldest means: name by name, each from the folder before.
fn open_steps(folder: &File, path: &Path) -> Result<OwnedFd, Errno> {
    let mut names = path.components();
    let last = names.next_back().ok_or(Errno::ISDIR)?;
    let mut at: Option<OwnedFd> = None;
    let step = |at: &Option<OwnedFd>, name: std::path::Component<'_>, flags| match (at, name) {
        (Some(at), std::path::Component::Normal(name)) => openat(at, name, flags, Mode::empty()),
        (None, std::path::Component::Normal(name)) => openat(folder, name, flags, Mode::empty()),
        _ => Err(Errno::XDEV),
    };
    for name in names {
        at = Some(step(&at, name, PASS.union(OFlags::NOFOLLOW))?);
    }
    step(&at, last, READ)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_fallback_follows_no_link_either() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(dir.path().join("a/b")).expect("folders");
        fs::write(dir.path().join("a/b/c.md"), "c").expect("a file");
        symlink("a", dir.path().join("link")).expect("a link");
        symlink("a/b/c.md", dir.path().join("l.md")).expect("a link");
        let folder = File::open(dir.path()).expect("a folder");
        for open in [open_steps, open_real] {
            assert!(open(&folder, Path::new("a/b/c.md")).is_ok());
            for (path, errors) in [
                ("link/b/c.md", &[Errno::LOOP, Errno::NOTDIR][..]),
                ("l.md", &[Errno::LOOP]),
                ("../x", &[Errno::XDEV]),
                ("/etc/passwd", &[Errno::XDEV]),
                ("a/x/c.md", &[Errno::NOENT]),
                ("a/b/c.md/d", &[Errno::NOTDIR]),
            ] {
                let Err(error) = open(&folder, Path::new(path)) else { panic!("{path} was opened") };
                assert!(errors.contains(&error), "{path}: {error}");
            }
        }
    }
}
