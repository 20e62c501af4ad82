//! The command line: arguments, configuration, logging, one command, an exit code.

mod check;
mod exit;
mod index;
mod output;
mod reindex;
mod search;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Loaded, Overrides, load};
use crate::daemon;
use exit::Exit;

/// The search that a Markdown wiki deserves: one binary pointed at a folder.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, after_help = "Exit codes: 0 done, 1 ran and the answer is no, 2 usage, 69 no daemon, 70 internal error, \
    74 input/output error (missing content directory, locked index), 77 token refused, 78 configuration.")]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct Options {
    /// Configuration file [default: config.toml in the working directory, if there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of Markdown pages
    #[arg(long, global = true, value_name = "DIR")]
    content: Option<PathBuf>,
    /// The folder of the index; it can be deleted at any time
    #[arg(long, global = true, value_name = "DIR")]
    index: Option<PathBuf>,
    /// Address to listen on, or to ask [default: 127.0.0.1:7370]
    #[arg(long, global = true, value_name = "ADDR")]
    listen: Option<String>,
    /// How log lines look: text or json
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Index what changed since last time, watch, serve (the default)
    Serve,
    /// Make the index equal the directory once, and exit: 0 if it then does, else 1
    Index {
        /// Build the index from nothing
        #[arg(long)]
        rebuild: bool,
    },
    /// Search the index on disk; no daemon needed
    Search(search::SearchArgs),
    /// Compare index and directory, and report what is wrong with pages
    Check(check::CheckArgs),
    /// Ask the running daemon to compare index and directory now
    Reindex(reindex::ReindexArgs),
    /// Print the effective configuration with the origin of each value
    Config,
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no errors. A closed pipe is nobody's fault.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match run(cli) {
        Ok(exit) => exit.into(),
        Err((exit, error)) => {
            anstream::eprintln!("{}{error}", output::error_lead());
            exit.into()
        }
    }
}

type Failure = (Exit, String);

fn run(cli: Cli) -> Result<Exit, Failure> {
    let overrides = Overrides {
        config: cli.options.config,
        content: cli.options.content,
        index: cli.options.index,
        listen: cli.options.listen,
        log_format: cli.options.log_format,
    };
    let working_dir = daemon::working_dir();
    let loaded = load(&overrides, std::env::vars_os(), &working_dir).map_err(|error| (Exit::Config, error.to_string()))?;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(loaded, overrides),
        Command::Index { rebuild } => {
            quiet_log(&loaded);
            index::run(&loaded.config, rebuild)
        }
        Command::Search(args) => search::run(&loaded.config, &args),
        Command::Check(args) => check::run(&loaded.config, &args),
        Command::Reindex(args) => reindex::run(&loaded.config, &args),
        Command::Config => {
            output::print(&loaded.print());
            Ok(Exit::Done)
        }
    }
}

fn serve(loaded: Loaded, overrides: Overrides) -> Result<Exit, Failure> {
    let log = daemon::start_logging(&loaded.config.log);
    match &loaded.file {
        Some(file) => tracing::info!(file = %file.display(), version = env!("CARGO_PKG_VERSION"), "configuration read"),
        None => tracing::info!(version = env!("CARGO_PKG_VERSION"), "no configuration file: defaults"),
    }
    let working_dir = daemon::working_dir();
    let reload = Box::new(move || load(&overrides, std::env::vars_os(), &working_dir).map(|loaded| loaded.config));
    daemon::serve(loaded.config, reload, log).map_err(|error| (Exit::InputOutput, error.to_string()))?;
    Ok(Exit::Done)
}

/// One-off commands tell the outcome themselves; of the log only warnings show, unless a level was asked for.
fn quiet_log(loaded: &Loaded) {
    let mut log = loaded.config.log.clone();
    if loaded.origin("log.level").is_none_or(|origin| matches!(origin, crate::config::Origin::Default)) || log.level == "info" {
        log.level = "warn".to_owned();
    }
    daemon::start_logging(&log);
}
