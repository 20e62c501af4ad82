//! What was written: a value for each key of the table, from the strongest source that gives one.
//!
//! Its own room because the sources differ in everything but the table: the file has lines, the environment bare texts,
//! flags a few keys. A value stands here only if its key takes it; a bad one is a problem and leaves the weaker one, so
//! that the rest can still be looked at.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, plain};
use super::source::{Origin, SourceFile};
use super::table::{self, KEYS, Kind};
use super::value::{self, Fault, Value};
use super::{Overrides, Secret, rules};

/// The admin token's variable: the only one of ours without `__`.
const TOKEN_VARIABLE: &str = "ACHEI_ADMIN_TOKEN";

/// A value and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub value: Value,
    pub origin: Origin,
}

/// A setting for each key, in the order of the table.
#[derive(Clone, Debug)]
pub(super) struct Settings(Vec<Setting>);

impl Settings {
    /// The defaults; their relative paths are relative to `base`.
    pub fn defaults(base: &Path) -> Self {
        let setting = |key: &table::Key| {
            let value = DeValue::parse(key.default)
                .map_err(|_| Vec::new())
                .and_then(|value| value::read(&key.kind, &value, base))
                .expect("every default in the table is TOML that its key takes");
            Setting { value, origin: Origin::Default }
        };
        Self(KEYS.iter().map(setting).collect())
    }

    /// The setting of `section.key`.
    pub fn get(&self, path: &str) -> Option<&Setting> {
        table::find(path).map(|index| &self.0[index])
    }

    /// All, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (&'static table::Key, &Setting)> {
        KEYS.iter().zip(&self.0)
    }

    fn set(
        &mut self,
        index: usize,
        value: Result<Value, Vec<Fault>>,
        origin: impl Fn(usize) -> Origin,
        at: usize,
        problems: &mut Vec<Problem>,
    ) {
        match value {
            Ok(value) => {
                let origin = origin(at);
                self.0[index] = Setting { value, origin };
            }
            Err(faults) => problems.extend(
                faults.into_iter().map(|fault| Problem::value(origin(fault.at), &KEYS[index].path(), &fault.message)),
            ),
        }
    }

    /// Takes over what the file says. After a syntax error the lines that could be read are still looked at.
    pub fn take_file(&mut self, file: &SourceFile, problems: &mut Vec<Problem>) {
        let (document, errors) = DeTable::parse_recoverable(&file.text);
        let mut found = Vec::new();
        for (section, content) in document.get_ref() {
            self.take_section(section, content, file, &mut found);
        }
        let mut broken = Vec::new();
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            let column = file.column(at);
            let message = format!("invalid TOML at column {column}: {}", error.message());
            broken.push(Problem::other(Some(file.origin(at)), None, message));
        }
        found.retain(|problem| broken.iter().all(|other| other.origin != problem.origin));
        found.extend(broken);
        found.sort_by_key(|problem| match problem.origin {
            Some(Origin::File { line, .. }) => line,
            _ => 0,
        });
        problems.extend(found);
    }

    fn take_section(
        &mut self,
        section: &Spanned<Cow<'_, str>>,
        content: &Spanned<DeValue<'_>>,
        file: &SourceFile,
        problems: &mut Vec<Problem>,
    ) {
        let name = section.get_ref().as_ref();
        let known = table::sections().contains(&name);
        let keys = content.get_ref().as_table();
        let Some(keys) = keys.filter(|keys| known || !keys.is_empty()) else {
            let origin = file.origin(section.span().start);
            let message = not_a_section(name, known, content.get_ref());
            problems.push(Problem::other(Some(origin), Some(name), message));
            return;
        };
        for (key, written) in keys {
            let at = key.span().start;
            let key = key.get_ref().as_ref();
            let path = format!("{name}.{key}");
            if let Some(index) = table::find(&path) {
                let value = value::read(&KEYS[index].kind, written, file.folder());
                self.set(index, value, |at| file.origin(at), at, problems);
            } else {
                let (near, likeness) = table::nearest_key(name, key);
                let near = table::suggestion(&near.path(), likeness);
                let message = format!("unknown key `{path}`: {near}");
                problems.push(Problem::other(Some(file.origin(at)), Some(&path), message));
            }
        }
    }

    /// Takes over the variables that are ours, and gives the admin token if it is set.
    pub fn take_environment(
        &mut self,
        mut variables: Vec<(OsString, OsString)>,
        working_dir: &Path,
        problems: &mut Vec<Problem>,
    ) -> Option<Secret> {
        let mut token = None;
        variables.sort();
        for (variable, text) in &variables {
            let Some(variable) = variable.to_str() else {
                continue;
            };
            if variable == TOKEN_VARIABLE {
                token = read_token(text, problems).or(token);
            } else if variable.starts_with("ACHEI_") && variable.contains("__") {
                let origin = |_| Origin::Environment(variable.to_owned());
                match KEYS.iter().position(|key| key.variable() == variable) {
                    Some(index) => {
                        let value = from_variable(&KEYS[index].kind, text, working_dir);
                        self.set(index, value, origin, 0, problems);
                    }
                    None => problems.push(unknown_variable(variable)),
                }
            }
        }
        token
    }

    /// Takes over the flags that were given.
    pub fn take_flags(&mut self, flags: &Overrides, working_dir: &Path, problems: &mut Vec<Problem>) {
        let content = flags.content.as_deref().map(Path::as_os_str);
        let index = flags.index.as_deref().map(Path::as_os_str);
        let listen = flags.listen.as_deref().map(OsStr::new);
        let log_format = flags.log_format.as_deref().map(OsStr::new);
        for (path, flag, text) in [
            ("content.dir", "--content", content),
            ("index.dir", "--index", index),
            ("server.listen", "--listen", listen),
            ("log.format", "--log-format", log_format),
        ] {
            if let (Some(text), Some(index)) = (text, table::find(path)) {
                let value = value::from_text(&KEYS[index].kind, text, working_dir);
                self.set(index, value, |_| Origin::Flag(flag), 0, problems);
            }
        }
    }
}

/// What is wrong with something at the top of the file that is no known section with keys.
fn not_a_section(name: &str, known: bool, content: &DeValue<'_>) -> String {
    let found = value::type_name(content);
    if known {
        format!("`{name}`: expected a section `[{name}]`, found {found}")
    } else if content.is_table() {
        let near = table::nearest_word(name, &table::sections())
            .map_or_else(String::new, |(near, likeness)| table::suggestion(near, likeness));
        format!("unknown section `{name}`: {near}")
    } else {
        let (near, likeness) = table::nearest_key("", name);
        let near = table::suggestion(&near.path(), likeness);
        format!("unknown key `{name}`, in no section: {near}")
    }
}

/// A TOML value if the key takes it so, else a bare text.
fn from_variable(kind: &Kind, text: &OsStr, base: &Path) -> Result<Value, Vec<Fault>> {
    let written = text.to_str().and_then(|text| DeValue::parse(text.trim()).ok());
    match written {
        Some(written) if !kind.is_text() || written.get_ref().is_str() => value::read(kind, &written, base),
        _ => value::from_text(kind, text, base),
    }
}

fn read_token(text: &OsStr, problems: &mut Vec<Problem>) -> Option<Secret> {
    if text.is_empty() {
        return None;
    }
    let token = text.to_str().ok_or_else(|| "not valid UTF-8".to_owned());
    match token.and_then(rules::token) {
        Ok(token) => Some(Secret(token)),
        Err(reason) => {
            let origin = Origin::Environment(TOKEN_VARIABLE.to_owned());
            let message = format!("the admin token is refused: {reason}");
            problems.push(Problem::other(Some(origin), None, message));
            None
        }
    }
}

fn unknown_variable(variable: &str) -> Problem {
    let lower = variable.to_lowercase().replacen("achei_", "", 1);
    let (section, name) = lower.split_once("__").unwrap_or(("", &lower));
    let near = if (section, name) == ("admin", "token") {
        table::suggestion(TOKEN_VARIABLE, 1.0)
    } else {
        let (near, likeness) = table::nearest_key(section, name);
        table::suggestion(&near.variable(), likeness)
    };
    Problem::other(
        Some(Origin::Environment(plain(variable))),
        Some(&format!("{section}.{name}")),
        format!("unknown variable: {near}"),
    )
}
