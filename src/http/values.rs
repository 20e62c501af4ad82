//! Parameters as given, read alike from query strings and JSON bodies.
//!
//! Its own file because both must be refused for the same reasons: unknown names are ignored, an empty value counts
//! as absent, all else is checked against the table.

use std::collections::HashSet;

use serde_json::Value as Json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::params::{Kind, MAX_QUERY_BYTES, Param, rule};
use super::problem::Problem;
use crate::page::Timestamp;

/// What a parameter was given, checked.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(String),
    Texts(Vec<String>),
    Count(usize),
    Moment(Timestamp),
    Choice(&'static str),
    Choices(Vec<&'static str>),
    Flag(bool),
}

/// Checked parameters. Asking for one by another kind than its table says finds it absent.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<(&'static str, Value)>);

impl Values {
    /// Checks the pairs of a query string.
    pub(super) fn from_query(table: &'static [Param], query: &str) -> Result<Self, Problem> {
        let mut values = Self::default();
        for (name, text) in super::query::pairs(query) {
            let Some(param) = table.iter().find(|param| param.name == name) else {
                continue;
            };
            if !text.is_empty() {
                let value = from_text(param, text)?;
                values.add(param, value, Problem::parameter)?;
            }
        }
        values.complete(table)
    }

    /// Checks the members of a JSON object; numbers and booleans are themselves, lists arrays or strings.
    pub(super) fn from_json(table: &'static [Param], members: Vec<(String, Json)>) -> Result<Self, Problem> {
        let mut values = Self::default();
        for (name, json) in members {
            let Some(param) = table.iter().find(|param| param.name == name) else {
                continue;
            };
            if let Some(value) = from_json(param, json)? {
                values.add(param, value, Problem::field)?;
            }
        }
        values.complete(table)
    }

    /// Keeps a value; a single parameter that comes again is refused, texts are gathered without doubles.
    fn add(
        &mut self,
        param: &'static Param,
        value: Value,
        refuse: fn(&'static str, String) -> Problem,
    ) -> Result<(), Problem> {
        let before = self.0.iter_mut().find(|(name, _)| *name == param.name).map(|(_, before)| before);
        match (before, value) {
            (None, value) => self.0.push((param.name, value)),
            (Some(Value::Texts(before)), Value::Texts(more)) if matches!(param.kind, Kind::Texts) => {
                before.extend(more);
            }
            (Some(_), _) => {
                return Err(refuse(param.name, format!("{} may be given once only", param.name)));
            }
        }
        Ok(())
    }

    fn complete(mut self, table: &'static [Param]) -> Result<Self, Problem> {
        for (_, value) in &mut self.0 {
            if let Value::Texts(texts) = value {
                let mut seen = HashSet::new();
                texts.retain(|text| seen.insert(text.clone()));
            }
        }
        let lacks = |param: &&Param| matches!(param.kind, Kind::Required) && self.get(param.name).is_none();
        match table.iter().find(lacks) {
            Some(param) => Err(Problem::parameter(param.name, format!("{} must be given", param.name))),
            None => Ok(self),
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// A text, if given.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.get(name) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    /// All texts given.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some(Value::Texts(texts)) => texts.clone(),
            _ => Vec::new(),
        }
    }

    /// A number, if given.
    pub(super) fn count(&self, name: &str) -> Option<usize> {
        match self.get(name) {
            Some(Value::Count(count)) => Some(*count),
            _ => None,
        }
    }

    /// A moment, if given.
    pub(super) fn moment(&self, name: &str) -> Option<Timestamp> {
        match self.get(name) {
            Some(Value::Moment(moment)) => Some(*moment),
            _ => None,
        }
    }

    /// A choice, if given.
    pub(super) fn choice(&self, name: &str) -> Option<&'static str> {
        match self.get(name) {
            Some(Value::Choice(choice)) => Some(choice),
            _ => None,
        }
    }

    /// All choices given, without doubles.
    pub(super) fn choices(&self, name: &str) -> Vec<&'static str> {
        match self.get(name) {
            Some(Value::Choices(choices)) => choices.clone(),
            _ => Vec::new(),
        }
    }

    /// Whether a flag is set.
    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value::Flag(true)))
    }
}

/// Checks a value of a query string that is not empty.
fn from_text(param: &'static Param, text: String) -> Result<Value, Problem> {
    let wrong = || Problem::parameter(param.name, rule(param));
    match &param.kind {
        Kind::Count(from, to, _) => {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let count = text.parse().ok().filter(|count| digits && (from..=to).contains(&count));
            count.map(Value::Count).ok_or_else(wrong)
        }
        Kind::Texts => Ok(Value::Texts(vec![text])),
        Kind::Flag => match text.as_str() {
            "true" => Ok(Value::Flag(true)),
            "false" => Ok(Value::Flag(false)),
            _ => Err(wrong()),
        },
        _ => worded(param, text).ok_or_else(wrong),
    }
}

/// Checks a member of a JSON object; an empty text or list counts as absent.
fn from_json(param: &'static Param, json: Json) -> Result<Option<Value>, Problem> {
    let wrong = || Problem::field(param.name, rule(param));
    let value = match (&param.kind, json) {
        (Kind::Count(from, to, _), Json::Number(number)) => {
            // 10.0 is a whole number in JSON too.
            let whole = number.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0 && *number < 1e9);
            let count = whole.map(|number| number as usize).filter(|count| (from..=to).contains(&count));
            Value::Count(count.ok_or_else(wrong)?)
        }
        (Kind::Flag, Json::Bool(flag)) => Value::Flag(flag),
        (Kind::Count(..) | Kind::Flag, _) => return Err(wrong()),
        (Kind::Texts, Json::String(text)) if !text.is_empty() => Value::Texts(vec![text]),
        (_, Json::String(text)) if text.is_empty() => return Ok(None),
        (Kind::Texts | Kind::Choices(_), Json::Array(items)) => {
            let texts: Option<Vec<String>> =
                items.into_iter().map(|item| if let Json::String(text) = item { Some(text) } else { None }).collect();
            let mut texts = texts.ok_or_else(wrong)?;
            texts.retain(|text| !text.is_empty());
            match &param.kind {
                _ if texts.is_empty() => return Ok(None),
                Kind::Choices(known) => {
                    Value::Choices(chosen(known, texts.iter().map(String::as_str)).ok_or_else(wrong)?)
                }
                _ => Value::Texts(texts),
            }
        }
        (_, Json::String(text)) => worded(param, text).ok_or_else(wrong)?,
        _ => return Err(wrong()),
    };
    Ok(Some(value))
}

/// Checks a value that is a text in query strings and JSON alike.
fn worded(param: &'static Param, text: String) -> Option<Value> {
    match &param.kind {
        Kind::Query => (text.len() <= MAX_QUERY_BYTES).then_some(Value::Text(text)),
        Kind::Moment => moment(&text).map(Value::Moment),
        Kind::Choice(known) => known.iter().find(|known| **known == text).map(|known| Value::Choice(known)),
        Kind::Choices(known) => chosen(known, text.split(',').map(str::trim)).map(Value::Choices),
        Kind::Text | Kind::Required => Some(Value::Text(text)),
        Kind::Texts | Kind::Count(..) | Kind::Flag => None,
    }
}

/// The known names among `asked`, without empty ones and doubles; none if one is unknown.
fn chosen<'a>(known: &[&'static str], asked: impl Iterator<Item = &'a str>) -> Option<Vec<&'static str>> {
    let mut choices = Vec::new();
    for name in asked.filter(|name| !name.is_empty()) {
        let choice = known.iter().find(|known| **known == name)?;
        if !choices.contains(choice) {
            choices.push(*choice);
        }
    }
    Some(choices)
}

/// RFC 3339 or a date, nothing looser; a `+` that became a blank before an offset is taken for the plus it was.
fn moment(text: &str) -> Option<Timestamp> {
    let date = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if date && !text.starts_with('-') {
        return Timestamp::parse(text);
    }
    let split = text.len().checked_sub(6).filter(|at| *at > 10 && text.as_bytes()[*at] == b' ');
    let text = split.map_or_else(|| text.to_owned(), |at| format!("{}+{}", &text[..at], &text[at + 1..]));
    let strict = OffsetDateTime::parse(&text, &Rfc3339).is_ok();
    strict.then(|| Timestamp::parse(&text)).flatten()
}
