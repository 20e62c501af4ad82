//! Namespaces of the daemon's own: what is mounted or limited there is nothing of the machine's.
//!
//! Its own file because several files of tests stand on it. Where a namespace cannot be had a test fails and says so: it is
//! never left out in silence.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::site::Site;

/// Fails where `unshare` cannot do this.
#[track_caller]
pub fn needs(arguments: &[&str]) {
    let done = Command::new("unshare").args(arguments).output();
    let said = done.as_ref().map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default();
    assert!(
        done.is_ok_and(|output| output.status.success()),
        "`unshare {}` cannot be had here: run this as root, where namespaces are allowed. {said}",
        arguments.join(" ")
    );
}

/// A path as the daemon sees it.
pub fn inside(site: &Site, path: &Path) -> PathBuf {
    PathBuf::from(format!("/proc/{}/root{}", site.pid(), path.display()))
}

/// Runs a command among the daemon's mounts.
#[track_caller]
pub fn within(site: &Site, command: &[&str]) {
    let id = site.pid().to_string();
    let done = Command::new("nsenter").args(["--target", &id, "--mount"]).args(command).status();
    assert!(done.unwrap().success(), "{command:?}");
}
