//! The seal: which commit of an index folder is known to be on the disk, and whether later ones may be trusted.
//!
//! Commits are not synced, as the index is a cache of the directory: a commit that waits for the disk makes every save
//! wait, and buys what a comparison with the directory gives for nothing. What has to be known is only whether what
//! the files say *now* is what was once written:
//!
//! - A process that ends, even by `kill -9`, loses nothing that it wrote: the pages are the kernel's. So as long as the
//!   kernel is the same one (its boot id), the last commit is whole.
//! - After a power loss or a crash of the kernel any file written since the last sync may be missing, short or empty,
//!   and names may be older than bytes. Then every file of the commit is verified before it serves; where one is not
//!   whole, the sealed commit is put back, whose files were synced before the seal named them, and are kept until the
//!   next seal. Both are followed by the comparison with the directory, as at every start.
//! - A stop seals with `stopped`: nothing was written after it, so the next start has nothing to verify.
//!
//! A generation may have been published whose commit is lost. The commit that serves instead gets a new identity, so
//! that no cache of answers takes one for the other.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files::{self, META};
use super::store::{Payload, random_name};

/// The seal's file in an index folder.
const SEAL: &str = "seal.json";

/// What is known of a folder's commits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The kernel under which later commits were written; none if it does not say.
    pub boot: Option<String>,
    /// Whether nothing was written after this seal.
    pub stopped: bool,
    /// The synced commit, in the engine's own words; empty if there is none yet.
    pub meta: String,
}

impl Seal {
    /// The seal of a folder; none if there is none that is whole.
    pub fn read(folder: &Path) -> io::Result<Option<Self>> {
        Ok(files::read_text(&folder.join(SEAL))?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Puts the seal in its place, synced.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        super::fault::point("seal")?;
        let text = serde_json::to_vec(self)?;
        files::replace(&folder.join(SEAL), &files::with_sum(&text), true)
    }

    /// Whether a commit is whole without a look at its files.
    fn vouches_for(&self, meta: &str, boot: Option<&str>) -> bool {
        self.stopped && self.meta == meta || boot.is_some() && self.boot.as_deref() == boot
    }
}

/// Names the running kernel; none where it does not say.
pub fn boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

/// Makes sure that the folder's commit is whole, or puts the sealed one back. False if neither is.
pub fn mend(folder: &Path, boot: Option<&str>) -> io::Result<bool> {
    let meta = files::read_text(&folder.join(META))?;
    let seal = Seal::read(folder)?;
    if let (Some(meta), Some(seal)) = (&meta, &seal)
        && seal.vouches_for(meta, boot)
    {
        return Ok(true);
    }
    if let Some(meta) = meta {
        if files::verify_all(folder, &meta)? {
            tracing::info!(index = %folder.display(), "the index was not closed: its files were verified and are whole");
            return rename_identity(folder, &meta);
        }
    } else {
        tracing::warn!(index = %folder.display(), "the last commit is missing or garbled");
    }
    match seal {
        Some(seal) if !seal.meta.is_empty() && files::verify_all(folder, &seal.meta)? => {
            tracing::warn!(index = %folder.display(), "back to the last commit that was synced; what changed since is read again");
            rename_identity(folder, &seal.meta)
        }
        _ => Ok(false),
    }
}

/// Writes a commit under another identity. False if it is none of ours.
fn rename_identity(folder: &Path, meta: &str) -> io::Result<bool> {
    let Ok(mut value) = serde_json::from_str::<serde_json::Value>(meta) else { return Ok(false) };
    let payload = value["payload"].as_str().and_then(|payload| serde_json::from_str::<Payload>(payload).ok());
    if let Some(payload) = payload {
        let payload = Payload { identity: random_name(), ..payload };
        value["payload"] = serde_json::to_string(&payload)?.into();
    }
    let text = serde_json::to_string_pretty(&value)? + "\n";
    files::replace(&folder.join(META), &files::with_sum(text.as_bytes()), true)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_a_commit_is_trusted_unseen() {
        let seal = |boot: Option<&str>, stopped| Seal { boot: boot.map(str::to_owned), stopped, meta: "m".to_owned() };
        for (seal, meta, boot, trusted, case) in [
            (seal(Some("a"), true), "m", Some("a"), true, "stopped, same kernel"),
            (seal(Some("a"), true), "m", Some("b"), true, "stopped, then a reboot"),
            (seal(Some("a"), true), "n", Some("b"), false, "another commit than the one sealed at the stop"),
            (seal(Some("a"), false), "n", Some("a"), true, "killed: the kernel still has every page"),
            (seal(Some("a"), false), "n", Some("b"), false, "power loss"),
            (seal(Some("a"), false), "m", Some("b"), false, "power loss, and the name of a later commit lost with it"),
            (seal(None, false), "m", None, false, "nobody knows which kernel it was"),
            (seal(None, true), "m", None, true, "stopped, and nobody has to know"),
        ] {
            assert_eq!(seal.vouches_for(meta, boot), trusted, "{case}");
        }
    }
}
