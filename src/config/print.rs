//! The effective configuration as text: what `achei config` shows.
//!
//! Valid TOML that reads back to the same configuration, one key a line, its origin behind it. The admin token is
//! named, never shown.

use std::fmt::Write as _;

use super::problem::plain;
use super::value::Value;
use super::{Boost, Loaded, OneWay, Pin};

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
    let text = |text: &str| toml::Value::String(text.to_owned());
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
        Value::Flag(flag) => toml::Value::Boolean(*flag),
        Value::OneWay(synonyms) => entries(synonyms, |OneWay { from, to }| [("from", text(from)), ("to", texts(to))]),
        Value::Boosts(boosts) => entries(boosts, |Boost { path, factor_milli }| {
            let factor = f64::from(*factor_milli) / 1000.0;
            [("path", text(path.as_str())), ("factor", toml::Value::Float(factor))]
        }),
        Value::AccessRules(rules) => toml::Value::Array(
            rules
                .iter()
                .map(|rule| {
                    let path = rule.path.as_ref().map(|path| ("path".to_owned(), text(path.as_str())));
                    let tag = rule.tag.as_ref().map(|tag| ("tag".to_owned(), text(tag)));
                    let groups = ("groups".to_owned(), texts(&rule.groups));
                    toml::Value::Table(path.into_iter().chain(tag).chain([groups]).collect())
                })
                .collect(),
        ),
        Value::Pins(pins) => entries(pins, |Pin { query, path }| [("query", text(query)), ("path", text(path))]),
    }
}

/// Tables in an array.
fn entries<T>(items: &[T], pairs: impl Fn(&T) -> [(&'static str, toml::Value); 2]) -> toml::Value {
    let table = |item| pairs(item).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    toml::Value::Array(items.iter().map(|item| toml::Value::Table(table(item))).collect())
}
