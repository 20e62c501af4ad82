//! Exit codes, as in sysexits.

use std::process::ExitCode;

/// What the process says at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// It ran, and the answer is no.
    No = 1,
    /// The arguments make no sense.
    Usage = 2,
    /// No daemon answers.
    Unavailable = 69,
    /// Our own fault.
    Internal = 70,
    /// A missing content directory, a locked index, a full disk.
    InputOutput = 74,
    /// The token was refused.
    Permission = 77,
    /// The configuration, or a golden file.
    Config = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
