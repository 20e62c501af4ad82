//! Settings of a tool as paths and texts: `markup.goldmark.parser.autoHeadingIDType` and what it says.
//!
//! Its own file because tools write the same settings in TOML, JSON and YAML. YAML is read line by line: such files hold
//! tags that run code (`!!python/name:…`), and a few plain keys are all that is asked of them.

use std::path::Path;

use super::{script, walk};

/// Of a larger file only the beginning is read.
const MOST_BYTES: u64 = 1 << 20;

/// Settings in the order of the file; list items have their list's path.
#[derive(Debug, Default)]
pub(super) struct Keys(pub Vec<(String, String)>);

impl Keys {
    /// Of a file, by its extension; none of a file that is missing or is not of that form.
    pub fn read(path: &Path) -> Option<Self> {
        let text = walk::beginning(path, MOST_BYTES)?;
        let mut keys = Self::default();
        match path.extension()?.to_str()? {
            "toml" => keys.take_toml("", &text.parse::<toml::Table>().ok()?.into()),
            "json" => keys.take_json("", &serde_json::from_str(&text).ok()?),
            "yml" | "yaml" => keys.0 = yaml(&text),
            _ => keys.0 = script::literals(&text),
        }
        Some(keys)
    }

    /// What one setting says; empty texts say nothing.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.all(path).next()
    }

    /// What the items of one list say.
    pub fn all<'k, 'p>(&'k self, path: &'p str) -> impl Iterator<Item = &'k str> + use<'k, 'p> {
        let same = move |key: &str| key.eq_ignore_ascii_case(path);
        self.0.iter().filter(move |(key, text)| same(key) && !text.is_empty()).map(|(_, text)| text.as_str())
    }

    /// What the first setting says whose path ends so.
    pub fn below(&self, end: &str) -> Option<&str> {
        let ends = |key: &str| key.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('.'));
        self.0.iter().find(|(key, text)| ends(key) && !text.is_empty()).map(|(_, text)| text.as_str())
    }

    /// The keys that follow `name` in any path, each once: `en` of `locales.en.label`.
    pub fn inside(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (key, _) in &self.0 {
            let mut parts = key.split('.').skip_while(|part| *part != name).skip(1);
            if let Some(part) = parts.next()
                && parts.next().is_some()
                && !found.iter().any(|known| known == part)
            {
                found.push(part.to_owned());
            }
        }
        found
    }

    fn take_toml(&mut self, path: &str, value: &toml::Value) {
        match value {
            toml::Value::Table(table) => {
                table.iter().for_each(|(key, value)| self.take_toml(&joined(path, key), value));
            }
            toml::Value::Array(items) => items.iter().for_each(|item| self.take_toml(path, item)),
            toml::Value::String(text) => self.0.push((path.to_owned(), text.clone())),
            other => self.0.push((path.to_owned(), other.to_string())),
        }
    }

    fn take_json(&mut self, path: &str, value: &serde_json::Value) {
        match value {
            serde_json::Value::Object(object) => {
                object.iter().for_each(|(key, value)| self.take_json(&joined(path, key), value));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| self.take_json(path, item)),
            serde_json::Value::String(text) => self.0.push((path.to_owned(), text.clone())),
            other => self.0.push((path.to_owned(), other.to_string())),
        }
    }
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Plain keys of YAML by indentation: mappings, lists, block texts, quotes and comments. No anchors, no flow mappings.
fn yaml(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut block: Option<usize> = None;
    for line in text.lines() {
        let mut indent = line.len() - line.trim_start().len();
        let mut rest = line.trim();
        if let Some(deeper_than) = block {
            if rest.is_empty() || indent > deeper_than {
                if let Some((_, text)) = found.last_mut() {
                    text.push_str(rest);
                    text.push('\n');
                }
                continue;
            }
            block = None;
        }
        if rest.is_empty() || rest.starts_with('#') || rest == "---" {
            continue;
        }
        // A list may stand as deep as its key.
        let listed = rest.starts_with("- ");
        open.retain(|(depth, _)| *depth < indent || listed && *depth == indent);
        while let Some(item) = rest.strip_prefix("- ") {
            indent += rest.len() - item.trim_start().len();
            rest = item.trim_start();
        }
        let path = open.iter().map(|(_, key)| key.as_str()).collect::<Vec<_>>().join(".");
        let split = rest.split_once(": ").or_else(|| rest.strip_suffix(':').map(|key| (key, "")));
        match split.filter(|(key, _)| !key.starts_with(['"', '\'', '[', '{', '!'])) {
            Some((key, value)) => {
                let (key, value) = (key.trim(), scalar(value));
                open.retain(|(depth, _)| *depth < indent);
                if value.starts_with(['|', '>']) {
                    block = Some(indent);
                    found.push((joined(&path, key), String::new()));
                } else if let Some(items) = value.strip_prefix('[').and_then(|items| items.strip_suffix(']')) {
                    found.extend(items.split(',').map(|item| (joined(&path, key), scalar(item))));
                } else if !value.is_empty() {
                    found.push((joined(&path, key), value));
                }
                open.push((indent, key.to_owned()));
            }
            None => found.push((path, scalar(rest))),
        }
    }
    found
}

/// A value without quotes and without the comment behind it.
fn scalar(text: &str) -> String {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some((inner, _)) = text.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inner.to_owned();
        }
    }
    text.split(" #").next().unwrap_or_default().trim().to_owned()
}
