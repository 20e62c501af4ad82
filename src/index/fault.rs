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
    "look",
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

#[cfg(feature = "failpoints")]
static PASSED: std::sync::Mutex<std::collections::BTreeMap<&str, u64>> =
    std::sync::Mutex::new(std::collections::BTreeMap::new());

/// How often a point was passed in this process.
#[cfg(feature = "failpoints")]
pub fn passed(name: &str) -> u64 {
    let passed = PASSED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    passed.get(name).copied().unwrap_or(0)
}

/// Takes the points from the environment, for as long as the process lives.
#[cfg(feature = "failpoints")]
pub fn from_environment() {
    std::mem::forget(fail::FailScenario::setup());
}

/// How many bytes of an index are held in memory, if a test says so.
#[cfg(feature = "failpoints")]
pub fn hold_bytes() -> Option<u64> {
    fail::eval("hold", |bytes| bytes?.parse().ok()).flatten()
}

/// Fails here if a test says so.
#[cfg(feature = "failpoints")]
pub fn point(name: &'static str) -> io::Result<()> {
    debug_assert!(POINTS.contains(&name), "{name} is in no list");
    *PASSED.lock().unwrap_or_else(std::sync::PoisonError::into_inner).entry(name).or_default() += 1;
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
///
/// # Panics
///
/// If the test says so.
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

/// How many bytes of an index are held in memory, if a test says so.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub fn hold_bytes() -> Option<u64> {
    None
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
