//! The configuration: what was written (raw) becomes what is true (validated).
//!
//! [`load`] takes flags, environment and file, strongest first, and answers with a [`Config`] that holds, or with every
//! problem at once. All goes by one table of keys (`table.rs`). The room looks at the files that it is pointed to and at
//! nothing else: environment and working directory are handed in.
//!
//! | file | does |
//! | --- | --- |
//! | `table` | every key: what it takes, its default; the nearest known one |
//! | `rules` | what single texts may say |
//! | `value` | one TOML value or bare text to what its key takes |
//! | `entries` | values that are arrays of tables |
//! | `pattern` | a pattern of paths |
//! | `source` | origins, and the file with its lines |
//! | `raw` | a value and its origin for each key, from all sources |
//! | `validate` | checks across keys; the typed configuration |
//! | `types` | the typed configuration, in the parts that the other rooms take |
//! | `print` | the effective configuration as text |
//! | `reload` | what may change at run time |
//! | `problem` | what is wrong, and where |

mod entries;
mod pattern;
mod print;
mod problem;
mod raw;
mod reload;
mod rules;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod types;
mod validate;
mod value;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub use pattern::PathPattern;
pub use problem::{ConfigErrors, Problem};
pub use reload::diff_restart_only;
pub(crate) use rules::{locale, url_base};
pub use source::Origin;
pub use types::*;

use raw::Settings;
use source::SourceFile;

/// What the command line says; the strongest source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--config`: the file; must exist if named. Else `config.toml` in the working directory, if there is one.
    pub config: Option<PathBuf>,
    /// `--content`: `content.dir`, relative to the working directory.
    pub content: Option<PathBuf>,
    /// `--index`: `index.dir`, relative to the working directory.
    pub index: Option<PathBuf>,
    /// `--listen`: `server.listen`
    pub listen: Option<String>,
    /// `--log-format`: `log.format`
    pub log_format: Option<String>,
}

/// A configuration that holds, and where each value comes from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What is true.
    pub config: Config,
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
    settings: Settings,
}

impl Loaded {
    /// Which source gave a key (`server.listen`) its value; none of an unknown key.
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.settings.get(key).map(|setting| &setting.origin)
    }

    /// The effective configuration as TOML that reads back to the same, each line with its origin as a comment:
    /// `listen = "127.0.0.1:7370" # default`. Paths are as resolved; the admin token is never shown.
    pub fn print(&self) -> String {
        print::print(self)
    }
}

/// The configuration from flags, environment and file; flags win over environment, environment over file, file over
/// defaults. `working_dir` is absolute: relative paths of flags and environment are relative to it, those of the file
/// and of defaults beside a file to the file's folder.
///
/// # Errors
///
/// Everything that is wrong in any source, even in one that a stronger one overrides: an unreadable or missing named
/// file, invalid TOML, unknown keys and variables, values of the wrong type or out of range, and directories that lie in
/// one another.
pub fn load<N: Into<OsString>, V: Into<OsString>>(
    flags: &Overrides,
    environment: impl IntoIterator<Item = (N, V)>,
    working_dir: &Path,
) -> Result<Loaded, ConfigErrors> {
    let mut problems = Vec::new();
    let file = SourceFile::read(flags.config.as_deref(), working_dir, &mut problems);
    let base = file.as_ref().map_or(working_dir, SourceFile::folder);
    let mut settings = Settings::defaults(base);
    if let Some(file) = &file {
        settings.take_file(file, &mut problems);
    }
    let variables = environment.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
    let token = settings.take_environment(variables, working_dir, &mut problems);
    settings.take_flags(flags, working_dir, &mut problems);
    validate::directories_apart(&settings, &mut problems);
    validate::insights_apart(&settings, &mut problems);
    if !problems.is_empty() {
        return Err(ConfigErrors(problems));
    }
    Ok(Loaded { config: validate::config(&settings, token), file: file.map(|file| file.path), settings })
}

/// The configuration that `text` would be as the file `path`, without environment and flags.
///
/// # Errors
/// As [`load`].
pub fn read_text(text: &str, path: &Path) -> Result<Config, ConfigErrors> {
    let mut problems = Vec::new();
    let file =
        SourceFile { path: path.to_owned(), shown: problem::plain(&path.to_string_lossy()), text: text.to_owned() };
    let mut settings = Settings::defaults(file.folder());
    settings.take_file(&file, &mut problems);
    validate::directories_apart(&settings, &mut problems);
    validate::insights_apart(&settings, &mut problems);
    if !problems.is_empty() {
        return Err(ConfigErrors(problems));
    }
    Ok(validate::config(&settings, None))
}

impl Config {
    /// The built-in defaults, `content` and `index` below `base`.
    pub fn defaults(base: &Path) -> Self {
        validate::config(&Settings::defaults(base), None)
    }
}
