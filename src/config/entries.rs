//! Values that are arrays of tables: pins, synonyms in one direction, boosts.
//!
//! Its own file because each names its keys, what is missing and what is unknown in the same way.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::quoted;
use super::table;
use super::value::{Fault, Written, fault, items, text_of, wrong_type};
use super::{AccessRule, Boost, OneWay, PathPattern, Pin};

/// The bounds of a boost's factor.
const FACTORS: std::ops::RangeInclusive<f64> = 0.1..=10.0;

/// A table of an array.
struct Entry<'a, 'i> {
    /// `a pin`
    name: &'static str,
    written: &'a Written<'i>,
    keys: &'a DeTable<'i>,
}

/// The tables of `[[SECTION.KEY]]`, with a fault for each key that is not of `known`.
fn entries<'a, 'i>(
    written: &'a Written<'i>,
    key: &str,
    name: &'static str,
    known: &[&str],
    faults: &mut Vec<Fault>,
) -> Vec<Entry<'a, 'i>> {
    let mut entries = Vec::new();
    for item in items(
        written,
        &format!("an array of tables `[[{}.{key}]]`", if key == "rules" { "access" } else { "search" }),
        faults,
    ) {
        let Some(keys) = item.get_ref().as_table() else {
            faults.push(wrong_type(item, &format!("a table of `{}`", known.join("` and `")), item.get_ref()));
            continue;
        };
        let unknown = keys.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
        faults.extend(unknown.map(|key| unknown_key(key, known)));
        entries.push(Entry { name, written: item, keys });
    }
    entries
}

fn unknown_key(key: &Spanned<Cow<'_, str>>, known: &[&str]) -> Fault {
    let name = key.get_ref();
    let near =
        table::nearest_word(name, known).map_or_else(String::new, |(near, likeness)| table::suggestion(near, likeness));
    Fault { at: key.span().start, message: format!("unknown key `{name}`: {near}") }
}

impl<'a, 'i> Entry<'a, 'i> {
    /// What a key says; a fault where it is missing.
    fn get(&self, key: &str, faults: &mut Vec<Fault>) -> Option<&'a Written<'i>> {
        let written = self.keys.get(key);
        if written.is_none() {
            faults.push(fault(self.written, format!("{} has no `{key}`", self.name)));
        }
        written
    }

    /// A text that is not blank.
    fn text(&self, key: &str, faults: &mut Vec<Fault>) -> Option<String> {
        let written = self.get(key, faults)?;
        let text = text_of(written, &format!("a string as `{key}`"), faults)?;
        if text.trim().is_empty() {
            faults.push(fault(written, format!("`{key}` may not be empty")));
        }
        Some(text.to_owned())
    }
}

/// Tables of `query` and `path`.
pub(super) fn pins(written: &Written<'_>, faults: &mut Vec<Fault>) -> Vec<Pin> {
    let mut pins = Vec::new();
    for entry in entries(written, "pins", "a pin", &["query", "path"], faults) {
        let query = entry.text("query", faults);
        let path = entry.text("path", faults);
        if let (Some(query), Some(path)) = (query, path) {
            pins.push(Pin { query, path });
        }
    }
    pins
}

/// Tables of `from`, a text, and `to`, one or more.
pub(super) fn one_way(written: &Written<'_>, faults: &mut Vec<Fault>) -> Vec<OneWay> {
    let mut synonyms = Vec::new();
    for entry in entries(written, "synonyms_one_way", "a synonym", &["from", "to"], faults) {
        let from = entry.text("from", faults);
        let to = entry.get("to", faults).map(|to| meanings(to, faults));
        if let (Some(from), Some(to)) = (from, to) {
            synonyms.push(OneWay { from, to });
        }
    }
    synonyms
}

/// One or more texts, none blank.
fn meanings(written: &Written<'_>, faults: &mut Vec<Fault>) -> Vec<String> {
    let mut texts = Vec::new();
    let before = faults.len();
    for item in items(written, "an array of strings as `to`", faults) {
        match text_of(item, "a string", faults).map(str::trim) {
            Some("") => faults.push(fault(item, "a synonym may not be empty".to_owned())),
            Some(text) => texts.push(text.to_owned()),
            None => {}
        }
    }
    if texts.is_empty() && faults.len() == before {
        faults.push(fault(written, "`to` may not be empty".to_owned()));
    }
    texts
}

/// Tables of `path`, a pattern, and `factor`, a number.
pub(super) fn boosts(written: &Written<'_>, faults: &mut Vec<Fault>) -> Vec<Boost> {
    let mut boosts = Vec::new();
    for entry in entries(written, "boosts", "a boost", &["path", "factor"], faults) {
        let path = entry.text("path", faults).and_then(|path| match PathPattern::new(&path) {
            Ok(pattern) => Some(pattern),
            Err(message) => {
                let at = entry.keys.get("path").unwrap_or(entry.written);
                faults.extend((!path.trim().is_empty()).then(|| fault(at, message)));
                None
            }
        });
        let factor_milli = entry.get("factor", faults).and_then(|factor| factor_milli(factor, faults));
        if let (Some(path), Some(factor_milli)) = (path, factor_milli) {
            boosts.push(Boost { path, factor_milli });
        }
    }
    boosts
}

/// Tables of `path`, a pattern, or `tag` or both, and `groups`.
pub(super) fn access_rules(written: &Written<'_>, faults: &mut Vec<Fault>) -> Vec<AccessRule> {
    let mut rules = Vec::new();
    for entry in entries(written, "rules", "a rule", &["path", "tag", "groups"], faults) {
        let path = if entry.keys.contains_key("path") {
            entry.text("path", faults).and_then(|path| match PathPattern::new(&path) {
                Ok(pattern) => Some(pattern),
                Err(message) => {
                    let at = entry.keys.get("path").unwrap_or(entry.written);
                    faults.extend((!path.trim().is_empty()).then(|| fault(at, message)));
                    None
                }
            })
        } else {
            None
        };
        let tag = if entry.keys.contains_key("tag") { entry.text("tag", faults) } else { None };
        if !entry.keys.contains_key("path") && !entry.keys.contains_key("tag") {
            faults.push(fault(entry.written, "a rule has neither `path` nor `tag`".to_owned()));
        }
        let mut groups = Vec::new();
        if let Some(written) = entry.get("groups", faults) {
            for item in items(written, "an array of strings as `groups`", faults) {
                match text_of(item, "a string", faults).map(str::trim) {
                    Some("") => faults.push(fault(item, "a group may not be empty".to_owned())),
                    Some(text) => groups.push(text.to_owned()),
                    None => {}
                }
            }
        }
        rules.push(AccessRule { path, tag, groups });
    }
    rules
}

/// A factor within its bounds, in thousandths.
fn factor_milli(written: &Written<'_>, faults: &mut Vec<Fault>) -> Option<u32> {
    let (least, most) = (FACTORS.start(), FACTORS.end());
    let number = match written.get_ref() {
        DeValue::Float(number) => number.as_str().parse::<f64>().ok(),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|number| number as f64)
        }
        other => {
            faults.push(wrong_type(written, &format!("a number from {least} to {most}"), other));
            return None;
        }
    };
    let factor = number.filter(|number| FACTORS.contains(number));
    if factor.is_none() {
        let shown = quoted(&number.map_or_else(String::new, |number| number.to_string()));
        faults.push(fault(written, format!("{shown} is not from {least} to {most}")));
    }
    factor.map(|factor| (factor * 1000.0).round() as u32)
}
