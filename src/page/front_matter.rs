//! Front matter: the block of keys that opens a file.
//!
//! Its own room because it must lose no page: whatever stands there is read strictly, else line by line,
//! else it is body text. Values stay text as written (`1.10`, `no`), since a wiki's titles are words.

use super::clean::fold;
use super::{Timestamp, Visibility, Warning, WarningKind};

mod yaml;

/// Over this size, in bytes, a block is body text.
pub const MAX_BYTES: usize = 64 * 1024;

/// What the front matter says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct FrontMatter {
    pub title: Option<String>,
    pub description: Option<String>,
    pub tags: Vec<String>,
    pub groups: Vec<String>,
    pub aliases: Vec<String>,
    pub lang: Option<String>,
    pub updated: Option<Timestamp>,
    pub boost: Option<f32>,
    pub deprecated: bool,
    pub visibility: Option<Visibility>,
    /// The page's own address, as its tool understands these: see [`super::shape::own_path`].
    pub slug: Option<String>,
    pub url: Option<String>,
    pub id: Option<String>,
}

/// A file, parted.
#[derive(Debug)]
pub(super) struct Split<'a> {
    pub front: FrontMatter,
    pub body: &'a str,
    /// The line of the file that the body starts on, from 1.
    pub body_line: u32,
    pub warnings: Vec<Warning>,
}

/// The value of a key.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Null,
    Text(String),
    List(Vec<String>),
    Map(Vec<(String, Value)>),
    /// Something that no key here takes, such as a list of maps.
    Other,
}

/// The keys of a block, in order, in lower case, with their lines within the block, from 1.
type Fields = Vec<(String, Value, u32)>;

/// Parts front matter and body. Takes text with `\n` as its only line break.
pub(super) fn split(text: &str) -> Split<'_> {
    let mut warnings = Vec::new();
    let whole = |front, warnings| Split { front, body: text, body_line: 1, warnings };
    let Some((block, body)) = delimited(text) else {
        return whole(comment_keys(text), warnings);
    };
    if block.len() > MAX_BYTES {
        warnings.push(warning(Some(1), "front matter over 64 KiB, read as text"));
        return whole(FrontMatter::default(), warnings);
    }
    let toml = text.starts_with('+');
    let fields = if is_wikijs(block) && !toml {
        by_line(block, Quotes::Kept)
    } else {
        match if toml { toml_fields(block) } else { yaml::fields(block) } {
            Ok(fields) => fields,
            Err((line, message)) => {
                let fields = by_line(block, Quotes::Off);
                if fields.is_empty() {
                    // Two rules with text between them, and no front matter at all.
                    return whole(FrontMatter::default(), warnings);
                }
                let kind = if toml { "TOML" } else { "YAML" };
                warnings.push(warning(
                    line.map(|line| line + 1),
                    &format!("not valid {kind}, read line by line: {message}"),
                ));
                fields
            }
        }
    };
    let front = interpret(&fields, &mut warnings);
    let body_line = text[..text.len() - body.len()].matches('\n').count() as u32 + 1;
    Split { front, body, body_line, warnings }
}

fn warning(line: Option<u32>, message: &str) -> Warning {
    Warning { line, kind: WarningKind::FrontMatter, message: fold(message) }
}

/// The block between the delimiters, and what follows it.
fn delimited(text: &str) -> Option<(&str, &str)> {
    let (first, rest) = text.split_once('\n')?;
    let ends: &[&str] = match first.trim_end() {
        "---" => &["---", "..."],
        "+++" => &["+++"],
        _ => return None,
    };
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if ends.contains(&line.trim_end()) {
            return Some((&rest[..at], &rest[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

/// Wiki.js writes both keys in every block, and quotes nothing.
fn is_wikijs(block: &str) -> bool {
    let has = |key: &str| block.lines().any(|line| line.starts_with(key));
    has("editor:") && has("dateCreated:")
}

#[derive(Clone, Copy, PartialEq)]
enum Quotes {
    Kept,
    Off,
}

/// `key: value` by line, and under a key without value `- item` lines and indented keys.
fn by_line(block: &str, quotes: Quotes) -> Fields {
    let mut fields = Fields::new();
    for (number, line) in (1_u32..).zip(block.lines()) {
        let text = line.trim();
        let indented = line.starts_with([' ', '\t']);
        let above = fields.last_mut().map(|(_, value, _)| value).filter(|_| quotes == Quotes::Off);
        if let Some(item) = text.strip_prefix("- ").or_else(|| (text == "-").then_some("")) {
            if let Some(value) = above {
                match value {
                    Value::List(items) => items.push(unquoted(item).to_owned()),
                    Value::Null => *value = Value::List(vec![unquoted(item).to_owned()]),
                    _ => {}
                }
            }
            continue;
        }
        let Some((key, value)) = key_value(text) else {
            continue;
        };
        if indented {
            if let Some(outer) = above {
                let pair = (key.to_ascii_lowercase(), scalar(value, quotes));
                match outer {
                    Value::Map(pairs) => pairs.push(pair),
                    Value::Null => *outer = Value::Map(vec![pair]),
                    _ => {}
                }
            }
            continue;
        }
        fields.push((key.to_ascii_lowercase(), scalar(value, quotes), number));
    }
    fields
}

/// The two sides of `key: value` or `key = "value"`.
fn key_value(line: &str) -> Option<(&str, &str)> {
    let end = line.find([':', '='])?;
    let (key, value) = (unquoted(line[..end].trim()), &line[end + 1..]);
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let parted = line[end..].starts_with('=') || value.is_empty() || value.starts_with([' ', '\t']);
    (is_key && parted).then_some((key, value.trim()))
}

fn scalar(value: &str, quotes: Quotes) -> Value {
    if quotes == Quotes::Kept {
        return Value::Text(value.to_owned());
    }
    let list = value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    match list {
        Some(items) => Value::List(items.split(',').map(|item| unquoted(item.trim()).to_owned()).collect()),
        None if value.is_empty() => Value::Null,
        None => Value::Text(unquoted(value).to_owned()),
    }
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    ['"', '\''].iter().find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(value)
}

fn toml_fields(block: &str) -> Result<Fields, (Option<u32>, String)> {
    let table = block.parse::<toml::Table>().map_err(|error| {
        let line = error.span().map(|span| block[..span.start.min(block.len())].matches('\n').count() as u32 + 1);
        (line, error.message().to_owned())
    })?;
    let line_of = |key: &str| {
        let at = block.lines().position(|line| key_value(line.trim()).is_some_and(|(found, _)| found == key));
        at.map_or(1, |at| at as u32 + 1)
    };
    Ok(table.into_iter().map(|(key, value)| (key.to_ascii_lowercase(), toml_value(value), line_of(&key))).collect())
}

fn toml_value(value: toml::Value) -> Value {
    let text = |value: toml::Value| match value {
        toml::Value::String(text) => Some(text),
        toml::Value::Array(_) | toml::Value::Table(_) => None,
        plain => Some(plain.to_string()),
    };
    match value {
        toml::Value::Array(items) => {
            items.into_iter().map(text).collect::<Option<_>>().map_or(Value::Other, Value::List)
        }
        toml::Value::Table(table) => Value::Map(
            table
                .into_iter()
                .map(|(key, value)| (key.to_ascii_lowercase(), text(value).map_or(Value::Other, Value::Text)))
                .collect(),
        ),
        plain => text(plain).map_or(Value::Other, Value::Text),
    }
}

/// The keys of Wiki.js version 1, in comments: `<!-- TITLE: x -->`.
fn comment_keys(text: &str) -> FrontMatter {
    let mut front = FrontMatter::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()).take(2) {
        let inner = line.strip_prefix("<!--").and_then(|line| line.strip_suffix("-->"));
        let Some((key, value)) = inner.and_then(|inner| inner.split_once(':')) else {
            break;
        };
        let value = Some(fold(value)).filter(|value| !value.is_empty());
        match key.trim() {
            "TITLE" => front.title = value,
            "SUBTITLE" => front.description = value,
            _ => break,
        }
    }
    front
}

/// The values that count, each from the first key that holds one.
fn interpret(fields: &Fields, warnings: &mut Vec<Warning>) -> FrontMatter {
    let mut reader = Reader { fields, warnings };
    let hidden = reader.flag("published") == Some(false) || reader.flag("draft") == Some(true);
    let (searchable, boost) = reader.search();
    let mut tags = reader.list("tags");
    tags.extend(reader.list("keywords"));
    let mut groups = distinct(reader.list("groups").iter().map(|group| group.trim()));
    if groups.is_empty() && fields.iter().any(|(key, ..)| key == "groups") {
        // Who may find it was said, and cannot be read: better nobody than everybody.
        groups.push(String::new());
    }
    FrontMatter {
        title: reader.text("title"),
        description: reader.text("description").or_else(|| reader.text("summary")),
        tags: distinct(tags.iter().map(|tag| tag.trim_start_matches('#').trim_start())),
        groups,
        aliases: distinct(reader.list("aliases").iter().map(String::as_str)),
        lang: ["lang", "locale", "language"].iter().find_map(|key| reader.lang(key)),
        updated: reader.updated(),
        boost,
        deprecated: reader.deprecated(),
        visibility: match (hidden, searchable) {
            (true, _) => Some(Visibility::Unpublished),
            (false, false) => Some(Visibility::Unsearchable),
            (false, true) => None,
        },
        slug: reader.plain("slug"),
        url: reader.plain("url"),
        id: reader.plain("id"),
    }
}

/// Values without empty ones and doubles, whatever the case of letters.
fn distinct<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    values.filter(|value| !value.is_empty() && seen.insert(value.to_lowercase())).map(str::to_owned).collect()
}

struct Reader<'a> {
    fields: &'a Fields,
    warnings: &'a mut Vec<Warning>,
}

impl Reader<'_> {
    fn get(&self, key: &str) -> Option<(&Value, u32)> {
        // Behind the delimiter's line.
        self.fields.iter().find(|(name, ..)| name == key).map(|(_, value, line)| (value, line + 1))
    }

    fn wrong(&mut self, line: u32, key: &str, wanted: &str) {
        self.warnings.push(warning(Some(line), &format!("{key} is not {wanted}, ignored")));
    }

    fn text(&mut self, key: &str) -> Option<String> {
        let (value, line) = self.get(key)?;
        match value {
            Value::Text(text) => {
                let text = fold(text);
                (!text.is_empty()).then_some(text)
            }
            Value::Null if key != "title" => None,
            _ => {
                self.wrong(line, key, "a text");
                None
            }
        }
    }

    /// A text, without a word on one that is none: most tools give these keys another meaning, or none.
    fn plain(&self, key: &str) -> Option<String> {
        let (Value::Text(text), _) = self.get(key)? else { return None };
        Some(fold(text)).filter(|text| !text.is_empty())
    }

    fn list(&mut self, key: &str) -> Vec<String> {
        let Some((value, line)) = self.get(key) else {
            return Vec::new();
        };
        match value {
            Value::Text(text) => text.split(',').map(fold).collect(),
            Value::List(items) => items.iter().map(|item| fold(item)).collect(),
            Value::Null => Vec::new(),
            Value::Map(_) | Value::Other => {
                self.wrong(line, key, "a list");
                Vec::new()
            }
        }
    }

    fn flag(&mut self, key: &str) -> Option<bool> {
        let (value, line) = self.get(key)?;
        let flag = as_flag(value);
        if flag.is_none() && !is_empty(value) {
            self.wrong(line, key, "true or false");
        }
        flag
    }

    /// `deprecated: true`, or a text that says what to use instead.
    fn deprecated(&mut self) -> bool {
        let Some((value, line)) = self.get("deprecated") else {
            return false;
        };
        match value {
            Value::Text(text) => as_flag(value).unwrap_or(!text.trim().is_empty()),
            Value::Null => false,
            Value::List(_) | Value::Map(_) | Value::Other => {
                self.wrong(line, "deprecated", "true, false or a text");
                false
            }
        }
    }

    fn lang(&mut self, key: &str) -> Option<String> {
        let (_, line) = self.get(key)?;
        let lang = self.text(key)?.to_lowercase().replace('_', "-");
        if lang.len() <= 35 && lang.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Some(lang);
        }
        self.wrong(line, key, "a language tag");
        None
    }

    /// `search: false`, `search: {boost: 2}`, `search: {exclude: true}`.
    fn search(&mut self) -> (bool, Option<f32>) {
        let Some((value, line)) = self.get("search") else {
            return (true, None);
        };
        let Value::Map(pairs) = value else {
            return (self.flag("search") != Some(false), None);
        };
        let of = |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value);
        let excluded = of("exclude").and_then(as_flag) == Some(true);
        let boost = match of("boost") {
            Some(Value::Text(text)) => text.trim().parse::<f32>().ok().filter(|boost| (0.1..=10.0).contains(boost)),
            _ => None,
        };
        if boost.is_none() && of("boost").is_some() {
            self.wrong(line, "search.boost", "a number from 0.1 to 10");
        }
        (!excluded, boost)
    }

    fn updated(&mut self) -> Option<Timestamp> {
        for key in ["updated", "lastmod", "last_modified_at", "last_update", "date"] {
            let Some((value, line)) = self.get(key) else {
                continue;
            };
            let value = match value {
                Value::Map(pairs) => {
                    pairs.iter().find(|(name, _)| name == "date").map_or(&Value::Null, |(_, value)| value)
                }
                value => value,
            };
            match value {
                Value::Text(text) => match Timestamp::parse(text) {
                    Some(moment) => return Some(moment),
                    None if text.trim().is_empty() => {}
                    None => self.wrong(line, key, "a date"),
                },
                Value::Null => {}
                _ => self.wrong(line, key, "a date"),
            }
        }
        None
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn as_flag(value: &Value) -> Option<bool> {
    let Value::Text(text) = value else {
        return None;
    };
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
