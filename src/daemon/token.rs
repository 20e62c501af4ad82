//! The admin token: from the environment, a file, or made at the first start.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::config::{AdminConfig, Secret};

/// The file in the index directory.
const FILE_NAME: &str = "admin.token";
/// A token that was made has so many random bytes.
const TOKEN_BYTES: usize = 32;
/// A shorter one is warned of.
const GOOD_TOKEN_BYTES: usize = 16;
/// No token is longer.
const MAX_TOKEN_BYTES: u64 = 4096;

/// Why there is no admin token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// A file operation failed.
    #[error("the admin token {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What came back.
        source: io::Error,
    },
    /// The file holds nothing that could be a token.
    #[error("the admin token {} is empty or too short: write at least 8 characters into it, or remove it", path.display())]
    TooShort {
        /// The file.
        path: PathBuf,
    },
    /// No randomness to make one from.
    #[error("no random bytes for an admin token: {0}")]
    Random(getrandom::Error),
}

/// The token, made on the first start where none is configured.
pub fn admin_token(config: &AdminConfig, index_dir: &Path) -> Result<Secret, TokenError> {
    match read_admin_token(config, index_dir) {
        Err(TokenError::Io { path, source })
            if source.kind() == io::ErrorKind::NotFound && config.token_file.is_none() =>
        {
            make(&path)
        }
        result => result,
    }
}

/// The token that is configured or was made: what a client on this machine shows.
pub fn read_admin_token(config: &AdminConfig, index_dir: &Path) -> Result<Secret, TokenError> {
    if let Some(token) = &config.token {
        warn_of_short(&token.0);
        return Ok(token.clone());
    }
    let path = config.token_file.clone().unwrap_or_else(|| index_dir.join(FILE_NAME));
    let error = |source| TokenError::Io { path: path.clone(), source };
    let file = File::open(&path).map_err(error)?;
    if file.metadata().map_err(error)?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(file = %path.display(), "others may read the admin token: chmod 600");
    }
    let mut text = String::new();
    io::Read::read_to_string(&mut io::Read::take(file, MAX_TOKEN_BYTES), &mut text).map_err(error)?;
    let token = text.trim();
    if token.len() < 8 {
        return Err(TokenError::TooShort { path });
    }
    warn_of_short(token);
    Ok(Secret(token.to_owned()))
}

/// A short token may be guessed; how long it is stays untold.
fn warn_of_short(token: &str) {
    if token.len() < GOOD_TOKEN_BYTES {
        tracing::warn!("the admin token is shorter than {GOOD_TOKEN_BYTES} characters: it may be guessed");
    }
}

/// Writes a new token aside and moves it into place, so that nobody ever reads half of one.
fn make(path: &Path) -> Result<Secret, TokenError> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(TokenError::Random)?;
    let token = bytes.iter().fold(String::new(), |token, byte| token + &format!("{byte:02x}"));
    let error = |source| TokenError::Io { path: path.to_owned(), source };
    let aside = path.with_extension("token.new");
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&aside).map_err(error)?;
    file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(error)?;
    file.write_all(format!("{token}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(error)?;
    fs::rename(&aside, path).map_err(error)?;
    tracing::info!(file = %path.display(), "made an admin token");
    Ok(Secret(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_once_with_mode_0600_and_then_read() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let none = AdminConfig { token: None, token_file: None };
        assert!(matches!(read_admin_token(&none, dir.path()), Err(TokenError::Io { .. })));
        let made = admin_token(&none, dir.path()).expect("made");
        assert_eq!(made.0.len(), 2 * TOKEN_BYTES);
        assert_eq!(admin_token(&none, dir.path()).expect("read"), made);
        let mode = fs::metadata(dir.path().join(FILE_NAME)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let configured = AdminConfig { token: Some(Secret("from-the-environment".into())), token_file: None };
        assert_eq!(admin_token(&configured, dir.path()).expect("given").0, "from-the-environment");
    }

    #[test]
    fn a_named_file_must_be_there_and_hold_a_token() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("token");
        let config = AdminConfig { token: None, token_file: Some(path.clone()) };
        assert!(matches!(admin_token(&config, dir.path()), Err(TokenError::Io { .. })));
        fs::write(&path, "short\n").expect("writable");
        assert!(matches!(admin_token(&config, dir.path()), Err(TokenError::TooShort { .. })));
        fs::write(&path, "  long-enough \n").expect("writable");
        assert_eq!(admin_token(&config, dir.path()).expect("read").0, "long-enough");
    }
}
