//! The command line: arguments, configuration, logging, one command, an exit code.

mod against;
mod check;
mod eval;
mod exit;
mod health;
mod index;
mod init;
mod insights;
mod manual;
mod output;
mod reindex;
mod search;
mod token;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Loaded, Overrides, load};
use crate::daemon;
use exit::Exit;

/// The search that a Markdown wiki deserves: one binary pointed at a folder.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    max_term_width = 100,
    after_help = "Exit codes: 0 done, 1 ran and the answer is no, 2 usage, 69 no daemon, 70 internal error, \
    74 input/output error (missing content directory, locked index), 77 token refused, 78 configuration or golden file."
)]
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
    /// Look at a directory, say what it is, and write the configuration that fits it
    Init(init::InitArgs),
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
    /// Measure how well the search answers a wiki's own golden queries
    Eval(eval::EvalArgs),
    /// Print what readers search for, and what they do not find
    Insights(insights::InsightsArgs),
    /// Ask the running daemon to compare index and directory now
    Reindex(reindex::ReindexArgs),
    /// Ask the running daemon whether it is ready: exit 0 if it is, 1 if not yet, 69 if there is none
    Health,
    /// Print a search token for readers of these groups
    Token(token::TokenArgs),
    /// Print the effective configuration with the origin of each value
    Config,
    /// Print completions for a shell
    Completions(manual::CompletionsArgs),
    /// Print the manual page
    #[command(hide = true)]
    Man(manual::ManArgs),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(protect_exclusions(std::env::args_os())) {
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

/// Stands before an excluded word of a query until the arguments are read.
const EXCLUSION: char = '\u{e000}';

/// `achei search vpn -windows` excludes a word: no option begins with one dash and a letter but `-h` and `-V`. An
/// argument parser cannot tell a word from an option, so such words are marked before it sees them.
fn protect_exclusions(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut searching = false;
    args.map(|arg| {
        let excluded = arg.to_str().is_some_and(|text| {
            text.starts_with('-') && !text.starts_with("--") && text.len() > 1 && !matches!(text, "-h" | "-V")
        });
        if searching && excluded {
            let mut marked = OsString::from(EXCLUSION.to_string());
            marked.push(arg);
            return marked;
        }
        searching |= arg == "search";
        arg
    })
    .collect()
}

type Failure = (Exit, String);

fn run(cli: Cli) -> Result<Exit, Failure> {
    let working_dir = daemon::working_dir();
    // These need no configuration: one makes it.
    match &cli.command {
        Some(Command::Init(args)) => return init::run(&cli.options, args, &working_dir),
        Some(Command::Completions(args)) => return Ok(manual::completions(args)),
        Some(Command::Man(args)) => return manual::man(args),
        _ => {}
    }
    let overrides = Overrides {
        config: cli.options.config,
        content: cli.options.content,
        index: cli.options.index,
        listen: cli.options.listen,
        log_format: cli.options.log_format,
    };
    let loaded =
        load(&overrides, std::env::vars_os(), &working_dir).map_err(|error| (Exit::Config, error.to_string()))?;
    if let Some(problem) = daemon::bad_pattern(&loaded.config.content) {
        return Err((Exit::Config, problem));
    }
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(loaded, overrides),
        Command::Index { rebuild } => {
            quiet_log(&loaded);
            index::run(&loaded.config, rebuild)
        }
        Command::Search(args) => search::run(&loaded.config, &args),
        Command::Check(args) => check::run(&loaded.config, &args),
        Command::Eval(args) => {
            if args.index_first {
                quiet_log(&loaded);
            }
            eval::run(&loaded.config, &args)
        }
        Command::Insights(args) => insights::run(&loaded.config, &args),
        Command::Reindex(args) => reindex::run(&loaded.config, &args),
        Command::Health => health::run(&loaded.config),
        Command::Token(args) => token::run(&loaded.config, &args),
        Command::Init(_) | Command::Completions(_) | Command::Man(_) => unreachable!("answered above"),
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
    if loaded.origin("log.level").is_none_or(|origin| matches!(origin, crate::config::Origin::Default))
        || log.level == "info"
    {
        "warn".clone_into(&mut log.level);
    }
    daemon::start_logging(&log);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(protect_exclusions(args.iter().map(OsString::from)))
    }

    #[test]
    fn options_may_follow_a_query_and_words_may_be_excluded() {
        let cli = parsed(&["achei", "--index", "i", "search", "vpn", "-windows", "-\"a b\"", "--limit", "3", "--json"]);
        let Some(Command::Search(args)) = cli.expect("good arguments").command else { panic!("a search") };
        let query = args.query.join(" ").replace(EXCLUSION, "");
        assert_eq!(query, "vpn -windows -\"a b\"");
    }

    #[test]
    fn nonsense_is_refused() {
        for args in [
            &["achei", "-x"][..],
            &["achei", "search"],
            &["achei", "search", "a", "--limit", "0"],
            &["achei", "search", "a", "--nope"],
        ] {
            assert!(parsed(args).is_err(), "{args:?}");
        }
    }

    #[test]
    fn the_arguments_are_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
