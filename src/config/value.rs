//! One value: from TOML, or a bare text, to what its key takes.
//!
//! Its own room because every source ends here, so that a value means the same in each of them.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeValue;

use super::entries;
use super::problem::quoted;
use super::rules;
use super::table::{self, Kind};
use super::{AccessRule, Boost, OneWay, Pin};

/// A value of a key, of the type that its [`Kind`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Of [`Kind::Path`], joined to the folder that it is relative to; none where it was empty.
    Path(Option<PathBuf>),
    /// Of [`Kind::Address`]
    Address(SocketAddr),
    /// Of [`Kind::Text`] and [`Kind::Choice`]
    Text(String),
    /// Of [`Kind::Integer`]
    Integer(u64),
    /// Of [`Kind::Texts`]
    Texts(Vec<String>),
    /// Of [`Kind::Groups`]
    Groups(Vec<Vec<String>>),
    /// Of [`Kind::Flag`]
    Flag(bool),
    /// Of [`Kind::OneWay`]
    OneWay(Vec<OneWay>),
    /// Of [`Kind::Boosts`]
    Boosts(Vec<Boost>),
    /// Of [`Kind::AccessRules`]
    AccessRules(Vec<AccessRule>),
    /// Of [`Kind::Pins`]
    Pins(Vec<Pin>),
}

/// What is wrong with a value, and at which byte of the source.
#[derive(Debug)]
pub(super) struct Fault {
    pub at: usize,
    pub message: String,
}

pub(super) type Written<'a> = Spanned<DeValue<'a>>;

/// What a key of this kind takes the TOML value for; relative paths are relative to `base`. Names every fault in it.
pub(super) fn read(kind: &Kind, written: &Written<'_>, base: &Path) -> Result<Value, Vec<Fault>> {
    let mut faults = Vec::new();
    let value = match kind {
        Kind::Integer { least, most } => match integer(written, *least, *most) {
            Ok(number) => Some(Value::Integer(number)),
            Err(fault) => {
                faults.push(fault);
                None
            }
        },
        Kind::Texts { check, set } => {
            let texts = texts(written, *check, *set, &mut faults);
            Some(Value::Texts(texts))
        }
        Kind::Groups => Some(Value::Groups(groups(written, &mut faults))),
        Kind::Flag => match written.get_ref() {
            DeValue::Boolean(flag) => Some(Value::Flag(*flag)),
            other => {
                faults.push(wrong_type(written, "true or false", other));
                None
            }
        },
        Kind::OneWay => Some(Value::OneWay(entries::one_way(written, &mut faults))),
        Kind::Boosts => Some(Value::Boosts(entries::boosts(written, &mut faults))),
        Kind::AccessRules => Some(Value::AccessRules(entries::access_rules(written, &mut faults))),
        Kind::Pins => Some(Value::Pins(entries::pins(written, &mut faults))),
        Kind::Path { .. } | Kind::Address | Kind::Text(_) | Kind::Choice(_) => {
            text_of(written, "a string", &mut faults).and_then(|text| {
                from_text(kind, OsStr::new(text), base)
                    .map_err(|found| {
                        faults.extend(found.into_iter().map(|found| fault(written, found.message)));
                    })
                    .ok()
            })
        }
    };
    value.filter(|_| faults.is_empty()).ok_or(faults)
}

/// What a key of this kind takes a bare text for, of a variable or a flag.
pub(super) fn from_text(kind: &Kind, text: &OsStr, base: &Path) -> Result<Value, Vec<Fault>> {
    let value = match kind {
        Kind::Path { optional } => match (text.is_empty(), optional) {
            (true, true) => Ok(Value::Path(None)),
            (true, false) => Err("may not be empty".to_owned()),
            (false, _) => Ok(Value::Path(Some(base.join(text).components().collect()))),
        },
        _ => text.to_str().ok_or_else(|| format!("{} is not valid UTF-8", quoted(&text.to_string_lossy()))).and_then(
            |text| match kind {
                Kind::Address => rules::address(text).map(Value::Address),
                Kind::Text(check) => check(text).map(Value::Text),
                Kind::Choice(words) => choice(text, words).map(Value::Text),
                Kind::Integer { least, most } => {
                    Err(format!("expected an integer from {least} to {most}, found {}", quoted(text)))
                }
                Kind::Flag => Err(format!("expected true or false, found {}", quoted(text))),
                Kind::Path { .. }
                | Kind::Texts { .. }
                | Kind::Groups
                | Kind::OneWay
                | Kind::Boosts
                | Kind::AccessRules
                | Kind::Pins => {
                    let example = match kind {
                        Kind::OneWay => r#"[{ from = "boleto", to = ["cobrança"] }]"#,
                        Kind::Boosts => r#"[{ path = "Suporte/", factor = 1.2 }]"#,
                        Kind::Groups => r#"[["nfe", "nota fiscal"]]"#,
                        Kind::AccessRules => r#"[{ path = "Interno/", groups = ["equipe"] }]"#,
                        Kind::Pins => r#"[{ query = "boleto", path = "Boletos.md" }]"#,
                        _ => r#"["a", "b"]"#,
                    };
                    let text = quoted(text);
                    Err(format!("expected a TOML array such as {example}, found {text}"))
                }
            },
        ),
    };
    value.map_err(|message| vec![Fault { at: 0, message }])
}

/// `an integer`, as an error names what was found.
pub(super) fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

pub(super) fn fault(written: &Written<'_>, message: String) -> Fault {
    let at = written.span().start;
    Fault { at, message }
}

pub(super) fn wrong_type(written: &Written<'_>, expected: &str, found: &DeValue<'_>) -> Fault {
    let found = type_name(found);
    fault(written, format!("expected {expected}, found {found}"))
}

fn integer(written: &Written<'_>, least: u64, most: u64) -> Result<u64, Fault> {
    let DeValue::Integer(number) = written.get_ref() else {
        let expected = format!("an integer from {least} to {most}");
        return Err(wrong_type(written, &expected, written.get_ref()));
    };
    u64::from_str_radix(number.as_str(), number.radix())
        .ok()
        .filter(|value| (least..=most).contains(value))
        .ok_or_else(|| fault(written, format!("{number} is not from {least} to {most}")))
}

fn choice(text: &str, words: &[&str]) -> Result<String, String> {
    if words.contains(&text) {
        return Ok(text.to_owned());
    }
    let near =
        table::nearest_word(text, words).map_or_else(String::new, |(near, likeness)| table::suggestion(near, likeness));
    Err(format!("{} is none of {}; {near}", quoted(text), words.join(", ")))
}

pub(super) fn text_of<'a>(written: &'a Written<'_>, expected: &str, faults: &mut Vec<Fault>) -> Option<&'a str> {
    let text = written.get_ref().as_str();
    if text.is_none() {
        faults.push(wrong_type(written, expected, written.get_ref()));
    }
    text
}

pub(super) fn items<'a, 'i>(
    written: &'a Written<'i>,
    expected: &str,
    faults: &mut Vec<Fault>,
) -> impl Iterator<Item = &'a Written<'i>> + use<'a, 'i> {
    let items = written.get_ref().as_array();
    if items.is_none() {
        faults.push(wrong_type(written, expected, written.get_ref()));
    }
    items.into_iter().flatten()
}

fn texts(written: &Written<'_>, check: table::Check, set: bool, faults: &mut Vec<Fault>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for item in items(written, "an array of strings", faults) {
        match text_of(item, "a string", faults).map(check) {
            Some(Ok(text)) if set && texts.iter().any(|t| t.eq_ignore_ascii_case(&text)) => {
                faults.push(fault(item, format!("{} is there twice", quoted(&text))));
            }
            Some(Ok(text)) => texts.push(text),
            Some(Err(message)) => faults.push(fault(item, message)),
            None => {}
        }
    }
    if set && texts.is_empty() && faults.is_empty() {
        faults.push(fault(written, "may not be empty".to_owned()));
    }
    texts
}

fn groups(written: &Written<'_>, faults: &mut Vec<Fault>) -> Vec<Vec<String>> {
    const GROUP: &str = "a group of two or more strings, [\"nfe\", \"nota fiscal\"]";
    let not_empty = |text: &str| match text.trim() {
        "" => Err("a synonym may not be empty".to_owned()),
        text => Ok(text.to_owned()),
    };
    let mut groups = Vec::new();
    for group in items(written, "an array of groups of strings", faults) {
        let before = faults.len();
        let mut members = Vec::new();
        for item in items(group, GROUP, faults) {
            match text_of(item, "a string", faults).map(not_empty) {
                Some(Ok(text)) => members.push(text),
                Some(Err(message)) => faults.push(fault(item, message)),
                None => {}
            }
        }
        if members.len() < 2 && faults.len() == before {
            faults.push(fault(group, format!("expected {GROUP}")));
        }
        groups.push(members);
    }
    groups
}
