//! The room's promises, by tables, against real files in a directory of their own.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod problems;
mod reload;
mod sources;

use std::path::PathBuf;

use super::{ConfigErrors, Loaded, Overrides, load};

/// A working directory with a `config.toml`, if it says anything.
struct Site(tempfile::TempDir);

impl Site {
    fn new(file: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        if !file.is_empty() {
            std::fs::write(dir.path().join("config.toml"), file).unwrap();
        }
        Self(dir)
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn load_with(&self, flags: &Overrides, env: &[(&str, &str)]) -> Result<Loaded, ConfigErrors> {
        load(flags, env.iter().copied(), self.0.path())
    }

    fn load(&self, env: &[(&str, &str)]) -> Result<Loaded, ConfigErrors> {
        self.load_with(&Overrides::default(), env)
    }
}

fn problems(file: &str, env: &[(&str, &str)]) -> Vec<String> {
    let errors = Site::new(file).load(env).map(|loaded| loaded.print());
    let text = errors.unwrap_err().to_string();
    text.lines().map(str::to_owned).collect()
}
