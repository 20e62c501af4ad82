//! `achei completions` and `achei man`: made from the arguments themselves, so that they cannot differ from them.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::exit::Exit;
use super::output::print;
use super::{Cli, Failure};

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// For which shell
    shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Write all pages, one a command, into this folder
    dir: Option<PathBuf>,
}

pub(super) fn completions(args: &CompletionsArgs) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "achei", &mut script);
    print(&String::from_utf8_lossy(&script));
    Exit::Done
}

pub(super) fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let failed = |dir: &Path, error: io::Error| (Exit::InputOutput, format!("{}: {error}", dir.display()));
    if let Some(dir) = &args.dir {
        clap_mangen::generate_to(Cli::command(), dir).map_err(|error| failed(dir, error))?;
        return Ok(Exit::Done);
    }
    let mut page = Vec::new();
    let shown = Path::new("standard output");
    clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(|error| failed(shown, error))?;
    print(&String::from_utf8_lossy(&page));
    Ok(Exit::Done)
}
