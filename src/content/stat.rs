//! The state of a file as the file system tells it: enough to see without reading that it is as it was.
//!
//! Its own file because the index keeps it. What it keeps true: an unchanged [`Stat`] that is not
//! [racy](Stat::racy) means unchanged bytes.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Times this close to a reading prove nothing: file systems keep them as coarsely as this.
const RACY_NS: i64 = 2_000_000_000;

/// Size, times and identity of a file, behind links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// In bytes.
    pub size: u64,
    /// Last change of the bytes, in nanoseconds since the epoch; anybody may set it.
    pub mtime_ns: i64,
    /// Last change of the bytes or of anything about the file, in nanoseconds since the epoch; nobody can set it.
    pub ctime_ns: i64,
    /// Inode number.
    pub inode: u64,
    /// The device that the inode is on.
    pub device: u64,
}

impl Stat {
    /// Of a file's metadata.
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            mtime_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
            device: metadata.dev(),
        }
    }

    /// Whether a file that was read at `read_at_ns` (nanoseconds since the epoch) and stood like this then may have
    /// changed since without showing it, so that it has to be read again: a second edit within one tick of the file
    /// system's clock leaves size and times as they are. git calls such entries racy.
    pub fn racy(&self, read_at_ns: i64) -> bool {
        let safe_before = read_at_ns.saturating_sub(RACY_NS);
        self.mtime_ns >= safe_before || self.ctime_ns >= safe_before
    }
}

fn nanoseconds(seconds: i64, nanoseconds: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_just_before_it_was_read_is_racy() {
        const SECOND: i64 = 1_000_000_000;
        let read_at = 1_700_000_000 * SECOND;
        for (mtime_age, ctime_age, racy) in [
            (10 * SECOND, 10 * SECOND, false),
            (2 * SECOND + 1, 2 * SECOND + 1, false),
            (2 * SECOND, 10 * SECOND, true),
            (10 * SECOND, 2 * SECOND, true),
            (0, 0, true),
            (-SECOND, 10 * SECOND, true),
            // Times far in the past and in the future.
            (read_at, 10 * SECOND, false),
            (-read_at, 10 * SECOND, true),
        ] {
            let stat = Stat { mtime_ns: read_at - mtime_age, ctime_ns: read_at - ctime_age, ..Stat::default() };
            assert_eq!(stat.racy(read_at), racy, "{mtime_age} {ctime_age}");
        }
        assert!(Stat::default().racy(i64::MIN), "a clock that is nonsense proves nothing");
    }

    #[test]
    fn times_beyond_their_type_do_not_wrap() {
        assert_eq!(nanoseconds(i64::MAX, 5), i64::MAX);
        assert_eq!(nanoseconds(i64::MIN, 0), i64::MIN);
        assert_eq!(nanoseconds(-1, 5), -999_999_995);
    }
}
