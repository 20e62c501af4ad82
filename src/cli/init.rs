//! `achei init`: looks at a directory, says what it is, and writes the configuration that fits it.
//!
//! Its own file because it is the one command that writes a file of the user's: never over one that is there, never
//! among the pages, never half of one, and never one that does not load.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::exit::Exit;
use super::output::{LINK, STRONG, clean, print, styled};
use super::{Failure, Options};
use crate::config;
use crate::daemon;
use crate::setup::{Found, Kind, Places, SetupError, look};

/// Kinds as they are typed, in the order of [`Kind::ALL`].
const NAMES: [&str; Kind::ALL.len()] =
    ["docusaurus", "vitepress", "starlight", "mkdocs", "hugo", "mdbook", "wikijs", "obsidian", "plain"];

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// A wiki's storage, a project with its tool's configuration, or its pages [default: the working directory]
    dir: Option<PathBuf>,
    /// What shows the pages, where the guess is wrong
    #[arg(long, value_parser = PossibleValuesParser::new(NAMES).map(|name| kind(&name)))]
    kind: Option<Kind>,
    /// Overwrite a configuration that is there
    #[arg(long)]
    force: bool,
    /// Print the configuration in place of writing it
    #[arg(long, conflicts_with = "force")]
    print: bool,
}

fn kind(name: &str) -> Kind {
    NAMES.iter().position(|known| *known == name).map_or(Kind::Plain, |at| Kind::ALL[at])
}

pub(super) fn run(options: &Options, args: &InitArgs, working_dir: &Path) -> Result<Exit, Failure> {
    let dir =
        args.dir.as_ref().or(options.content.as_ref()).map_or(working_dir.to_owned(), |dir| working_dir.join(dir));
    let found = look(&dir, args.kind).map_err(|error| {
        let exit = if matches!(error, SetupError::NoPages { .. }) { Exit::No } else { Exit::InputOutput };
        (exit, clean(&error.to_string()))
    })?;
    let target = working_dir.join(options.config.as_deref().unwrap_or(Path::new("config.toml")));
    let folder = target.parent().unwrap_or(working_dir).to_owned();
    let absolute = |path: &PathBuf| working_dir.join(path);
    let places = Places { folder, index: options.index.as_ref().map(absolute), listen: options.listen.clone() };
    let text = found.config(&places);
    let loaded = config::read_text(&text, &target).map_err(|error| (Exit::Config, error.to_string()))?;
    if let Some(problem) = daemon::bad_pattern(&loaded.content) {
        return Err((Exit::Config, problem));
    }
    if args.print {
        // What is piped is the file alone.
        anstream::eprint!("{}", told(&found));
        print(&text);
        return Ok(Exit::Done);
    }
    may_write(&found, &target, args.force)?;
    write(&target, &text, args.force).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => (Exit::No, there_already(&target)),
        _ => (Exit::InputOutput, format!("{}: {error}", target.display())),
    })?;
    let named = options.config.as_ref().map_or(String::new(), |path| format!(" --config {}", path.display()));
    let mut out = told(&found);
    // Writing to a String cannot fail.
    let _ = writeln!(out, "\nWrote {}. Next:", styled(STRONG, &target.display().to_string()));
    let serve = format!("achei serve{named}");
    let _ = writeln!(out, "  {}  then {}", clean(&serve), styled(LINK, &format!("http://{}", loaded.server.listen)));
    if !matches!(found.kind, Kind::Wikijs | Kind::Obsidian | Kind::Plain) {
        let check = format!("achei index{named} && achei check{named} --against SITE_DIR");
        let _ = writeln!(out, "  {}  once your tool built the site: do all results land?", clean(&check));
    }
    print(&out);
    Ok(Exit::Done)
}

/// Whether the file may lie there: nothing is written among the pages, nor over the tool's own file.
fn may_write(found: &Found, target: &Path, force: bool) -> Result<(), Failure> {
    let folder = target.parent().unwrap_or(target);
    let real = folder.canonicalize().map_err(|error| (Exit::InputOutput, format!("{}: {error}", folder.display())))?;
    let content = found.content.canonicalize().unwrap_or_else(|_| found.content.clone());
    if real.starts_with(&content) {
        let message = format!(
            "{} would lie among the pages, where Achei writes nothing: go to another folder, or name a file elsewhere with --config",
            target.display()
        );
        return Err((Exit::Usage, message));
    }
    let of_the_tool =
        |file: &PathBuf| file.canonicalize().is_ok_and(|file| target.canonicalize().is_ok_and(|it| it == file));
    if found.tool_file.as_ref().is_some_and(of_the_tool) {
        let message = format!("{} is {}'s own: name another file with --config", target.display(), found.kind.name());
        return Err((Exit::No, message));
    }
    if !force && target.symlink_metadata().is_ok() {
        return Err((Exit::No, there_already(target)));
    }
    Ok(())
}

fn there_already(target: &Path) -> String {
    format!(
        "{} is there already: --force overwrites it, --config FILE writes elsewhere, --print shows what would be written",
        target.display()
    )
}

/// Written aside and put in place as a whole. Without `force` nothing is replaced, not even what came meanwhile.
fn write(target: &Path, text: &str, force: bool) -> io::Result<()> {
    let mut name = target.file_name().ok_or(io::ErrorKind::IsADirectory)?.to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let aside = target.with_file_name(name);
    let mut file = File::options().write(true).create_new(true).open(&aside)?;
    let placed = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| if force { fs::rename(&aside, target) } else { fs::hard_link(&aside, target) });
    // After a rename there is none.
    let _ = fs::remove_file(&aside);
    placed
}

/// What was found, for people.
fn told(found: &Found) -> String {
    let mut out = format!("{}: {}\n", styled(STRONG, found.kind.name()), clean(&found.because));
    let pages = if found.pages == 1 { "1 page".to_owned() } else { format!("{} pages", found.pages) };
    let more = if found.more { "more than " } else { "" };
    let content = clean(&found.content.display().to_string());
    let _ = writeln!(out, "  {more}{pages} in {content} ({})", clean(&found.content_why));
    for setting in &found.settings {
        let value = clean(&setting.value.to_string());
        let _ = writeln!(out, "  {} = {value}  ({})", styled(STRONG, setting.key), clean(&setting.why));
    }
    for note in &found.notes {
        let _ = writeln!(out, "  note: {}", clean(note));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_to_type() {
        for (name, known) in NAMES.iter().zip(Kind::ALL) {
            let own: String = known.name().to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
            assert!(own.starts_with(name), "{name} for {own}");
            assert_eq!(kind(name), known);
        }
    }

    #[test]
    fn a_file_that_is_there_is_never_replaced_unasked() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let target = dir.path().join("config.toml");
        write(&target, "a", false).expect("nothing there");
        assert_eq!(write(&target, "b", false).expect_err("there").kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&target).expect("kept"), "a");
        write(&target, "c", true).expect("asked for");
        assert_eq!(fs::read_to_string(&target).expect("replaced"), "c");
        assert_eq!(fs::read_dir(dir.path()).expect("readable").count(), 1, "nothing is left aside");
    }
}
