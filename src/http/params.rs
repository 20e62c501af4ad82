//! The parameters of the read endpoints: one table an endpoint, read alike from query strings and JSON bodies.
//!
//! Its own file because the tables check requests and document the interface, so that neither can say
//! what the other does not: unknown names are ignored, an empty value counts as absent, all else is checked.

use serde_json::Value as Json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::problem::Problem;
use crate::page::Timestamp;

/// A parameter and its rule.
#[derive(Debug)]
pub(super) struct Param {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) doc: &'static str,
}

/// What a parameter may hold.
#[derive(Debug)]
pub(super) enum Kind {
    /// The query text: at most [`MAX_QUERY_BYTES`].
    Query,
    /// Any text.
    Text,
    /// As [`Kind::Text`], and it must be given.
    Required,
    /// Any texts; may be repeated.
    Texts,
    /// A whole number from, to, and where absent.
    Count(usize, usize, usize),
    /// RFC 3339 or a date.
    Moment,
    /// One of these; the first where absent.
    Choice(&'static [&'static str]),
    /// Some of these, parted by commas.
    Choices(&'static [&'static str]),
    /// `true` or `false`; false where absent.
    Flag,
}

/// The longest `q`, in bytes of the decoded text.
pub(super) const MAX_QUERY_BYTES: usize = 512;

const fn param(name: &'static str, kind: Kind, doc: &'static str) -> Param {
    Param { name, kind, doc }
}

/// Of `/search`, and of the search page.
pub(super) const SEARCH: &[Param] = &[
    param(
        "q",
        Kind::Query,
        "Words, \"a phrase\", -word, tag:x, title:x, path:x, lang:x. At most 512 bytes; past 32 words the rest is \
         ignored. Empty lists pages, newest first.",
    ),
    param("limit", Kind::Count(1, 100, 10), "Hits wanted."),
    param("offset", Kind::Count(0, 10_000, 0), "Hits passed over."),
    param("lang", Kind::Text, "Only this language; `pt` takes in `pt-br`."),
    param("tag", Kind::Texts, "Only pages with this tag; repeated, all must hold."),
    param("category", Kind::Text, "Only below this folder, `Cadastros/Contratos`."),
    param("updated_after", Kind::Moment, "Not older than this moment (RFC 3339) or date."),
    param("updated_before", Kind::Moment, "Older than this moment (RFC 3339) or date."),
    param("sort", Kind::Choice(&["relevance", "updated", "title"]), "The order of hits."),
    param("facets", Kind::Choices(&["lang", "tag", "category"]), "Which counts to return, parted by commas."),
    param("typos", Kind::Choice(&["auto", "off"]), "Whether words may be misspelt."),
    param("snippet_chars", Kind::Count(40, 1000, 200), "The longest snippet, in characters."),
    param("explain", Kind::Flag, "Whether each hit says why it is where it is."),
];

/// Of `/suggest`.
pub(super) const SUGGEST: &[Param] = &[
    param("q", Kind::Query, "What was typed so far. At most 512 bytes."),
    param("limit", Kind::Count(1, 20, 8), "Completions wanted."),
    param("lang", Kind::Text, "Only this language."),
    param("format", Kind::Choice(&["json", "opensearch"]), "`opensearch` is what browsers' search bars read."),
];

/// Of `/related`.
pub(super) const RELATED: &[Param] = &[
    param("path", Kind::Required, "The page's file, relative to the content directory."),
    param("limit", Kind::Count(1, 20, 5), "Pages wanted."),
];

/// Of `POST /reindex`.
pub(super) const REINDEX: &[Param] =
    &[param("wait", Kind::Flag, "Whether to answer when the job has ended, however long it takes.")];

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
            let Some(param) = table.iter().find(|param| param.name == name) else { continue };
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
            let Some(param) = table.iter().find(|param| param.name == name) else { continue };
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
            (Some(_), _) => return Err(refuse(param.name, format!("{} may be given once only", param.name))),
        }
        Ok(())
    }

    fn complete(mut self, table: &'static [Param]) -> Result<Self, Problem> {
        for (_, value) in &mut self.0 {
            if let Value::Texts(texts) = value {
                let mut seen = std::collections::HashSet::new();
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

/// The number where a parameter of [`Kind::Count`] is absent.
pub(super) fn default_count(table: &[Param], name: &str) -> usize {
    table
        .iter()
        .find_map(|param| match param.kind {
            Kind::Count(_, _, default) if param.name == name => Some(default),
            _ => None,
        })
        .unwrap_or_default()
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

/// What a parameter may hold, in words.
fn rule(param: &Param) -> String {
    let name = param.name;
    match param.kind {
        Kind::Query => format!("{name} may have at most {MAX_QUERY_BYTES} bytes, as text"),
        Kind::Text | Kind::Required => format!("{name} must be a text"),
        Kind::Texts => format!("{name} must be a text or a list of texts"),
        Kind::Count(from, to, _) => format!("{name} must be a whole number from {from} to {to}"),
        Kind::Moment => format!("{name} must be a moment as in RFC 3339, or a date (2024-08-08)"),
        Kind::Choice(known) => format!("{name} must be one of {}", known.join(", ")),
        Kind::Choices(known) => format!("{name} must be a list of {}", known.join(", ")),
        Kind::Flag => format!("{name} must be true or false"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn get(query: &str) -> Result<Values, Problem> {
        Values::from_query(SEARCH, query)
    }

    fn post(body: &Json) -> Result<Values, Problem> {
        let Json::Object(members) = body else { panic!("an object") };
        Values::from_json(SEARCH, members.clone().into_iter().collect())
    }

    #[test]
    fn refuses_and_names_the_parameter() {
        let long = format!("q={}", "a".repeat(513));
        let long_accents = format!("q={}", "%C3%A7".repeat(257));
        for (query, name) in [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=-1", "limit"),
            ("limit=%2B5", "limit"),
            ("limit=1e1", "limit"),
            ("limit=10.0", "limit"),
            ("limit=99999999999999999999999", "limit"),
            ("limit=+5", "limit"),
            ("limit=NaN", "limit"),
            ("limit=%D9%A3", "limit"),
            ("limit=%00", "limit"),
            ("offset=10001", "offset"),
            ("offset=-1", "offset"),
            ("snippet_chars=39", "snippet_chars"),
            ("snippet_chars=1001", "snippet_chars"),
            ("sort=best", "sort"),
            ("sort=Title", "sort"),
            ("typos=on", "typos"),
            ("facets=tag,author", "facets"),
            ("explain=1", "explain"),
            ("explain=yes", "explain"),
            ("updated_after=ontem", "updated_after"),
            ("updated_after=2024-13-01", "updated_after"),
            ("updated_after=2024-08-08+10:00", "updated_after"),
            ("updated_after=2024-08-08T10:00", "updated_after"),
            ("updated_after=%2B024-08-08", "updated_after"),
            ("updated_after=20240808T00", "updated_after"),
            ("updated_before=08/08/2024", "updated_before"),
            ("updated_before=2024-8-8", "updated_before"),
            ("q=a&q=b", "q"),
            ("limit=5&limit=5", "limit"),
            ("lang=pt&lang=en", "lang"),
            ("facets=tag&facets=lang", "facets"),
            (&long, "q"),
            (&long_accents, "q"),
        ] {
            let problem = get(query).expect_err(query);
            let json: Json = serde_json::from_slice(&problem.json()).expect("json");
            assert_eq!(json["parameter"], name, "{query}");
            assert!(json["detail"].as_str().is_some_and(|detail| detail.starts_with(name)), "{query}");
        }
    }

    #[test]
    fn takes_every_bound() {
        let full = format!("q={}", "a".repeat(512));
        for query in [
            "",
            "limit=1",
            "limit=100",
            "limit=007",
            "offset=0",
            "offset=10000",
            "snippet_chars=40",
            "snippet_chars=1000",
            "sort=relevance",
            "sort=updated",
            "sort=title",
            "typos=auto",
            "typos=off",
            "facets=,tag,,lang,",
            "facets=,",
            "explain=false",
            "updated_after=2024-08-08",
            "updated_after=2024-08-08T10:00:00Z",
            "updated_after=2024-08-08T10:00:00.5%2B03:00",
            "limit=&offset=&lang=&tag=&category=&updated_after=&updated_before=&sort=&facets=&typos=&snippet_chars=&explain=",
            "limit=&limit=5",
            "unknown=1&unknown=2&LIMIT=0",
            "q=%00%ff",
            &full,
        ] {
            assert!(get(query).is_ok(), "{query}: {:?}", get(query));
        }
    }

    #[test]
    fn reads_what_was_given() {
        let values =
            get("q=a+b&tag=x&tag=&tag=y&tag=x&facets=tag,lang,tag&limit=7&explain=true&sort=title").expect("valid");
        assert_eq!(values.text("q").as_deref(), Some("a b"));
        assert_eq!(values.texts("tag"), ["x", "y"]);
        assert_eq!(values.choices("facets"), ["tag", "lang"]);
        assert_eq!((values.count("limit"), values.count("offset")), (Some(7), None));
        assert_eq!((values.flag("explain"), values.choice("sort")), (true, Some("title")));
        let plus = get("updated_after=2024-08-08T10:00:00+03:00").expect("valid").moment("updated_after");
        assert_eq!(plus, Timestamp::parse("2024-08-08T07:00:00Z"));
    }

    #[test]
    fn json_is_typed() {
        for (body, name) in [
            (json!({"limit": "10"}), "limit"),
            (json!({"limit": 10.5}), "limit"),
            (json!({"limit": 0}), "limit"),
            (json!({"limit": -1}), "limit"),
            (json!({"limit": 1e300}), "limit"),
            (json!({"limit": null}), "limit"),
            (json!({"limit": true}), "limit"),
            (json!({"limit": ""}), "limit"),
            (json!({"q": 5}), "q"),
            (json!({"q": ["a"]}), "q"),
            (json!({"q": "a".repeat(513)}), "q"),
            (json!({"tag": 1}), "tag"),
            (json!({"tag": ["a", 1]}), "tag"),
            (json!({"facets": ["author"]}), "facets"),
            (json!({"facets": {"tag": 1}}), "facets"),
            (json!({"explain": "true"}), "explain"),
            (json!({"explain": 1}), "explain"),
            (json!({"sort": ["title"]}), "sort"),
            (json!({"updated_after": 2024}), "updated_after"),
        ] {
            let json: Json = serde_json::from_slice(&post(&body).expect_err("a problem").json()).expect("json");
            assert_eq!(
                (json["parameter"].as_str(), json["code"].as_str()),
                (Some(name), Some("invalid_field")),
                "{body}"
            );
        }
        let values =
            post(&json!({"q": "a", "limit": 10.0, "tag": ["x", "", "x", "y"], "facets": "tag, lang", "explain": true,
            "lang": "", "other": {"deep": []}}))
            .expect("valid");
        assert_eq!((values.count("limit"), values.flag("explain")), (Some(10), true));
        assert_eq!(values.texts("tag"), ["x", "y"]);
        assert_eq!(values.choices("facets"), ["tag", "lang"]);
        assert_eq!(values.text("lang"), None);
        assert_eq!(post(&json!({"tag": "x,y", "facets": ["tag"]})).expect("valid").texts("tag"), ["x,y"]);
        assert_eq!(post(&json!({"facets": ["tag"]})).expect("valid").choices("facets"), ["tag"]);
    }

    #[test]
    fn what_must_be_given_is_asked_for() {
        for query in ["", "path=", "limit=3"] {
            assert!(Values::from_query(RELATED, query).is_err(), "{query}");
        }
        assert!(Values::from_query(RELATED, "path=a.md").is_ok());
    }

    #[test]
    fn ten_thousand_parameters_cost_little() {
        let query: String = (0..10_000).map(|n| format!("tag={n}&x{n}=1&")).collect();
        let start = std::time::Instant::now();
        assert_eq!(get(&query).expect("valid").texts("tag").len(), 10_000);
        assert!(start.elapsed().as_millis() < 1000, "{:?}", start.elapsed());
    }
}
