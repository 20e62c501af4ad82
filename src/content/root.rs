//! The content directory itself: which folder it is now, and whether it still is.
//!
//! Its own file because the directory may be a link that is flipped, be replaced, or be unmounted, and no event tells
//! so. No descriptor is held between calls: an operator can always unmount the disk.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use crate::config::ContentConfig;

use super::links::Links;
use super::rules::Rules;

/// Why there is no content directory.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// Nothing is there, or a link leads nowhere.
    #[error("the content directory {} does not exist: create it, or set content.dir", path.display())]
    Missing {
        /// As configured.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something else is there.
    #[error("{} is not a directory: set content.dir to the folder of Markdown files", path.display())]
    NotADirectory {
        /// As configured.
        path: PathBuf,
    },
    /// It cannot be looked at.
    #[error("cannot open the content directory {}: {source}", path.display())]
    Io {
        /// As configured.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A pattern of `content.exclude` is not one.
    #[error("content.exclude: {pattern} is not a gitignore pattern: {source}")]
    BadPattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        source: ignore::Error,
    },
}

/// Which folder a path led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The device it is on.
    pub device: u64,
    /// Its inode number, which a folder made later may get again.
    pub inode: u64,
    /// When it was made, in nanoseconds since the epoch; 0 where the file system does not say. Tells apart folders
    /// that follow each other on one inode.
    pub born_ns: i64,
}

impl Identity {
    fn of(metadata: &fs::Metadata) -> Self {
        let born = metadata.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok());
        let born_ns = born.and_then(|born| i64::try_from(born.as_nanos()).ok()).unwrap_or(0);
        Self { device: metadata.dev(), inode: metadata.ino(), born_ns }
    }
}

/// How the content directory stands against what was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootState {
    /// It is the same folder.
    Current,
    /// Another folder is there: made anew, mounted over, or a link was flipped.
    Replaced,
    /// Nothing that can be looked at is there.
    Missing,
}

/// The content directory as it was when opened: its true path, its identity, and which names in it count.
#[derive(Debug)]
pub struct Root {
    configured: PathBuf,
    pub(super) path: PathBuf,
    identity: Identity,
    mount: u64,
    pub(super) max_page_bytes: u64,
    pub(super) rules: Arc<Rules>,
    pub(super) links: Arc<Links>,
}

impl Root {
    /// Follows links to the content directory and remembers which folder it is.
    ///
    /// # Errors
    /// When there is none, or when a pattern of `content.exclude` is not one.
    pub fn open(config: &ContentConfig) -> Result<Self, RootError> {
        let rules = Arc::new(Rules::new(&config.exclude)?);
        let configured = config.dir.clone();
        let (path, identity, mount) = match look(&configured) {
            Ok(Some(found)) => found,
            Ok(None) => return Err(RootError::NotADirectory { path: configured }),
            Err(source) if is_absence(&source) => {
                return Err(RootError::Missing { path: configured, source });
            }
            Err(source) => {
                return Err(RootError::Io { path: configured, source });
            }
        };
        let max_page_bytes = config.max_page_bytes;
        Ok(Self { configured, path, identity, mount, max_page_bytes, rules, links: Arc::default() })
    }

    /// The folder behind all links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which folder it is.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Whether the configured path still leads to the same folder. A few calls of the system; meant for every second.
    pub fn state(&self) -> RootState {
        match look(&self.configured) {
            Ok(Some((path, identity, mount))) => {
                let same = path == self.path && identity == self.identity && mount == self.mount;
                if same { RootState::Current } else { RootState::Replaced }
            }
            Ok(None) => RootState::Replaced,
            Err(_) => RootState::Missing,
        }
    }

    /// Whether [`Root::state`] is [`RootState::Current`].
    pub fn still_current(&self) -> bool {
        self.state() == RootState::Current
    }

    /// Whether an open folder is the one that was opened at first.
    pub(super) fn is(&self, metadata: &fs::Metadata) -> bool {
        Identity::of(metadata) == self.identity
    }
}

/// True path, identity and mount of a folder; `None` for anything else.
fn look(configured: &Path) -> io::Result<Option<(PathBuf, Identity, u64)>> {
    let path = fs::canonicalize(configured)?;
    let metadata = fs::metadata(&path)?;
    if !metadata.is_dir() {
        return Ok(None);
    }
    let mount = mount_of(&path);
    Ok(Some((path, Identity::of(&metadata), mount)))
}

/// The mount that a folder is seen through: a disk that was unmounted and mounted again is the same folder, but its
/// watches are gone. 0 where the system does not say.
#[cfg(target_os = "linux")]
fn mount_of(path: &Path) -> u64 {
    use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
    /// `STATX_MNT_ID_UNIQUE` of Linux 6.8: unlike `STATX_MNT_ID`, such a number is never given twice.
    const UNIQUE: StatxFlags = StatxFlags::from_bits_retain(0x4000);
    let mount = |flag| {
        let found = statx(CWD, path, AtFlags::empty(), flag).ok()?;
        (found.stx_mask & flag.bits() != 0).then_some(found.stx_mnt_id)
    };
    mount(UNIQUE).or_else(|| mount(StatxFlags::MNT_ID)).unwrap_or(0)
}

#[cfg(not(target_os = "linux"))]
fn mount_of(_path: &Path) -> u64 {
    0
}

/// Whether an error says that nothing is there.
pub(super) fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;
    use crate::page::{AnchorStyle, LocaleInUrl, PageRules, UrlStyle};

    /// The configuration of a test's content directory.
    pub(in super::super) fn config(dir: &Path) -> ContentConfig {
        let page = PageRules {
            locales: vec!["en".to_owned()],
            locale_in_url: LocaleInUrl::Always,
            url_base: "/".to_owned(),
            url_style: UrlStyle::Wikijs,
            anchor_style: AnchorStyle::Wikijs,
        };
        ContentConfig { dir: dir.to_owned(), exclude: Vec::new(), max_page_bytes: 4096, page }
    }

    #[test]
    fn a_folder_made_anew_is_another_one() {
        let dir = TempDir::new().unwrap();
        let content = dir.path().join("content");
        fs::create_dir(&content).unwrap();
        let root = Root::open(&config(&content)).unwrap();
        assert_eq!(root.state(), RootState::Current);
        fs::write(content.join("a.md"), "a").unwrap();
        assert!(root.still_current(), "a page more is no other folder");
        fs::remove_dir_all(&content).unwrap();
        assert_eq!(root.state(), RootState::Missing);
        // The file system may well give the same inode again.
        fs::create_dir(&content).unwrap();
        assert_eq!(root.state(), RootState::Replaced);
        fs::remove_dir(&content).unwrap();
        fs::write(&content, "a file").unwrap();
        assert_eq!(root.state(), RootState::Replaced);
    }

    #[test]
    fn a_folder_moved_away_and_another_in_its_place() {
        let dir = TempDir::new().unwrap();
        let content = dir.path().join("content");
        fs::create_dir(&content).unwrap();
        let root = Root::open(&config(&content)).unwrap();
        fs::rename(&content, dir.path().join("old")).unwrap();
        assert_eq!(root.state(), RootState::Missing);
        fs::create_dir(&content).unwrap();
        assert_eq!(root.state(), RootState::Replaced);
        // The same folder under another name: its watches report the old one.
        fs::remove_dir(&content).unwrap();
        symlink(dir.path().join("old"), &content).unwrap();
        assert_eq!(root.state(), RootState::Replaced);
    }

    #[test]
    fn a_flipped_link_leads_elsewhere() {
        let dir = TempDir::new().unwrap();
        for release in ["one", "two"] {
            fs::create_dir(dir.path().join(release)).unwrap();
        }
        let (content, next) = (dir.path().join("content"), dir.path().join("next"));
        symlink("one", &content).unwrap();
        let root = Root::open(&config(&content)).unwrap();
        assert!(root.path().ends_with("one"));
        symlink("two", &next).unwrap();
        fs::rename(&next, &content).unwrap();
        assert_eq!(root.state(), RootState::Replaced);
        assert_ne!(Root::open(&config(&content)).unwrap().identity(), root.identity());
    }

    #[test]
    fn what_is_no_content_directory_says_so() {
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        symlink("nowhere", dir.path().join("dangling")).unwrap();
        let open = |name: &str| Root::open(&config(&dir.path().join(name))).expect_err("no directory");
        assert!(matches!(open("file"), RootError::NotADirectory { .. }));
        assert!(matches!(open("missing"), RootError::Missing { .. }));
        assert!(matches!(open("dangling"), RootError::Missing { .. }));
        assert!(matches!(open("file/below"), RootError::Missing { .. }));
        symlink("loop", dir.path().join("loop")).unwrap();
        assert!(matches!(open("loop"), RootError::Io { .. }));
    }
}
