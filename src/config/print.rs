//! The effective configuration as text: what `achei config` shows.
//!
//! Valid TOML that reads back to the same configuration, one key a line, its origin behind it. The admin token is
//! named, never shown.

use std::fmt::Write as _;

use super::Loaded;
use super::problem::plain;
use super::value::Value;

/// See [`Loaded::print`].
pub(super) fn print(loaded: &Loaded) -> String {
    let mut out = String::new();
    let mut section = "";
    for (key, setting) in loaded.settings.iter() {
        if key.section != section {
            let gap = if section.is_empty() { "" } else { "\n" };
            section = key.section;
            line(&mut out, format_args!("{gap}[{section}]"));
            if section == "admin" && loaded.config.admin.token.is_some() {
                line(&mut out, format_args!("# ACHEI_ADMIN_TOKEN is set"));
            }
        }
        let value = toml_value(&setting.value);
        let origin = plain(&setting.origin.to_string());
        line(&mut out, format_args!("{} = {value} # {origin}", key.name));
    }
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a String takes every text");
}

/// As it would stand in the file. Paths that are not UTF-8 cannot, and are shown as near as may be.
fn toml_value(value: &Value) -> toml::Value {
    let texts = |texts: &[String]| toml::Value::Array(texts.iter().cloned().map(toml::Value::String).collect());
    match value {
        Value::Path(path) => {
            toml::Value::String(path.as_ref().map_or_else(String::new, |path| path.to_string_lossy().into_owned()))
        }
        Value::Address(address) => toml::Value::String(address.to_string()),
        Value::Text(text) => toml::Value::String(text.clone()),
        Value::Integer(number) => toml::Value::Integer(number.cast_signed()),
        Value::Texts(list) => texts(list),
        Value::Groups(groups) => toml::Value::Array(groups.iter().map(|group| texts(group)).collect()),
        Value::Pins(pins) => toml::Value::Array(
            pins.iter()
                .map(|pin| {
                    let pairs = [("query", &pin.query), ("path", &pin.path)];
                    let pairs = pairs.map(|(name, text)| (name.to_owned(), toml::Value::String(text.clone())));
                    toml::Value::Table(pairs.into_iter().collect())
                })
                .collect(),
        ),
    }
}
