//! Named places at which a test may let things fail. A build without the feature `failpoints` has none of it.
//!
//! What a point does is said by `FAILPOINTS` in the environment or by the crate `fail` in process: `return` is an I/O
//! error, `return(ENOSPC)` and the like that one, `return(abort)` the end of the process, `panic` a panic. Points of
//! pages act on the pages whose path ends as the argument: `return(panic Ruim.md)`.

use std::io;

/// The points, for tests that go through all of them. `io::` are those of single file operations.
#[cfg(feature = "failpoints")]
pub const POINTS: &[&str] = &[
    "scan",
    "plan",
    "apply",
    "add",
    "commit::before",
    "commit::after",
    "publish",
    "switch::before",
    "switch::after",
    "clean",
    "seal",
    "io::open",
    "io::create",
    "io::write",
    "io::sync",
    "io::rename",
    "io::remove",
];

/// Fails here if a test says so.
#[cfg(feature = "failpoints")]
pub fn point(name: &'static str) -> io::Result<()> {
    debug_assert!(POINTS.contains(&name), "{name} is in no list");
    fail::fail_point!(name, |how| Err(error(how.as_deref())));
    Ok(())
}

/// Fails here if a test says so.
#[cfg(not(feature = "failpoints"))]
#[inline]
#[allow(clippy::unnecessary_wraps, reason = "as with the feature")]
pub fn point(_name: &'static str) -> io::Result<()> {
    Ok(())
}

/// Fails here for one page if a test says so: `read` and `parse`.
#[cfg(feature = "failpoints")]
pub fn page(name: &'static str, path: &str) -> io::Result<()> {
    fail::fail_point!(name, |how: Option<String>| {
        let how = how.unwrap_or_default();
        match how.split_once(' ') {
            Some((_, of)) if !path.ends_with(of) => Ok(()),
            Some(("panic", _)) => panic!("a fault at {name}"),
            Some((code, _)) => Err(error(Some(code))),
            None => Err(error(Some(&how))),
        }
    });
    Ok(())
}

/// Fails here for one page if a test says so.
#[cfg(not(feature = "failpoints"))]
#[inline]
#[allow(clippy::unnecessary_wraps, reason = "as with the feature")]
pub fn page(_name: &'static str, _path: &str) -> io::Result<()> {
    Ok(())
}

#[cfg(feature = "failpoints")]
fn error(how: Option<&str>) -> io::Error {
    match how {
        Some("abort") => std::process::abort(),
        Some("ENOSPC") => io::Error::from(io::ErrorKind::StorageFull),
        Some("EROFS") => io::Error::from(io::ErrorKind::ReadOnlyFilesystem),
        Some("EACCES") => io::Error::from(io::ErrorKind::PermissionDenied),
        // EIO, and what has no name.
        _ => io::Error::from_raw_os_error(5),
    }
}
