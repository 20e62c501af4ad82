//! Where values come from: the origin that each one carries, and the configuration file with its lines.
//!
//! Its own room because values, problems and print all name places, and name them alike.

use std::fmt;
use std::path::{Path, PathBuf};

use super::problem::{Problem, plain};

/// Which source gave a value. Shown as `default`, `file config.toml:12`, `environment ACHEI_SERVER__LISTEN` or
/// `flag --listen`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// The configuration file.
    File {
        /// As it was named, control characters escaped.
        path: String,
        /// From 1.
        line: usize,
    },
    /// An environment variable, by name.
    Environment(String),
    /// A flag, with its dashes.
    Flag(&'static str),
}

impl Origin {
    /// As a problem begins: `config.toml:12`, `ACHEI_SERVER__LISTEN`, `--listen`; none of a default.
    pub(super) fn place(&self) -> Option<String> {
        match self {
            Self::Default => None,
            Self::File { path, line } => Some(format!("{path}:{line}")),
            Self::Environment(variable) => Some(variable.clone()),
            Self::Flag(flag) => Some((*flag).to_owned()),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match self {
            Self::Default => return f.write_str("default"),
            Self::File { .. } => "file",
            Self::Environment(_) => "environment",
            Self::Flag(_) => "flag",
        };
        write!(f, "{source} {}", self.place().unwrap_or_default())
    }
}

/// The configuration file as read.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// Where it lies.
    pub path: PathBuf,
    /// As it was named.
    pub shown: String,
    /// What it says.
    pub text: String,
}

impl SourceFile {
    /// The named file, else `config.toml` in the working directory if there is one.
    pub fn read(named: Option<&Path>, working_dir: &Path, problems: &mut Vec<Problem>) -> Option<Self> {
        let name = named.unwrap_or(Path::new("config.toml"));
        let path = working_dir.join(name);
        let shown = plain(&name.to_string_lossy());
        let mut fail = |message: String| {
            problems.push(Problem::other(None, None, message));
            None
        };
        match std::fs::read(&path).map(String::from_utf8) {
            Ok(Ok(text)) => Some(Self { path, shown, text }),
            Ok(Err(error)) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = 1 + String::from_utf8_lossy(valid).matches('\n').count();
                fail(format!("{shown}:{line}: not valid UTF-8"))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => match named {
                None => None,
                Some(_) => fail(format!("{shown}: there is no such file")),
            },
            Err(error) => fail(format!("{shown}: cannot be read: {error}")),
        }
    }

    /// What relative paths in it are relative to.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    fn before(&self, offset: usize) -> &str {
        self.text.get(..offset).unwrap_or(&self.text)
    }

    fn line(&self, offset: usize) -> usize {
        1 + self.before(offset).matches('\n').count()
    }

    /// The column of a byte in characters, from 1.
    pub fn column(&self, offset: usize) -> usize {
        1 + self.before(offset).chars().rev().take_while(|&c| c != '\n').count()
    }

    /// A byte of it as the origin of a value.
    pub fn origin(&self, offset: usize) -> Origin {
        Origin::File { path: self.shown.clone(), line: self.line(offset) }
    }
}
