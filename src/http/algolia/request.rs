//! Queries as Algolia's clients write them: members of an object, or one url-encoded text in `params`, or both.
//!
//! Its own file because clients of four generations write the same thing differently, and none may be refused for it:
//! what is unknown or unreadable counts as absent. Refused is only what would cost without bound.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value as Json;

use super::filter::{self, Clauses, facet_of};
use super::markup::Markup;
use crate::http::params::MAX_QUERY_BYTES;
use crate::http::problem::Problem;
use crate::search::{Facet, SearchRequest};

/// Records of a page of results where nothing is asked.
const HITS: usize = 20;
/// The most records of a page of results.
const MAX_HITS: usize = 100;
/// The furthest hit, as for `/search`.
const MAX_OFFSET: usize = 10_000;
/// The most conditions of a query: each is looked up.
const MAX_CONDITIONS: usize = 200;
/// The longest highlight tag, in bytes: it is repeated at every match.
const MAX_TAG_BYTES: usize = 256;
/// A word with its blank: snippets are asked for in words.
const CHARS_A_WORD: usize = 7;
/// The least and the most characters of a snippet, and how many where nothing is asked.
const SNIPPET_CHARS: (usize, usize, usize) = (40, 400, 200);
/// Values of a facet where nothing is asked, and the most.
const FACET_VALUES: (usize, usize) = (100, 1000);
/// Values found by a facet search where nothing is asked, and the most.
const FACET_HITS: (usize, usize) = (10, 100);

/// A query as given.
pub(super) struct Fields(Vec<(String, Json)>);

impl Fields {
    /// Of an object's members; what stands in `params` counts where no member says it.
    pub(super) fn new(mut members: Vec<(String, Json)>) -> Self {
        let params = members.iter().find(|(name, _)| name == "params").and_then(|(_, json)| json.as_str());
        let more: Vec<_> = params.map(of_query_string).unwrap_or_default();
        members.extend(more);
        Self(members)
    }

    /// Of a query string.
    pub(super) fn of_query(query: &str) -> Self {
        Self(of_query_string(query))
    }

    fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(given, json)| given == name && !json.is_null()).map(|(_, json)| json)
    }

    /// A text; numbers are texts too.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A whole number, also as a text; larger than any bound is as good as the bound.
    fn count(&self, name: &str) -> Option<usize> {
        let text = self.text(name)?;
        let number: f64 = text.trim().parse().ok().filter(|number: &f64| *number >= 0.0)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and `as` saturates")]
        let count = number as usize;
        Some(count)
    }

    /// Texts: a list, a list written as JSON, or parted by commas.
    fn list(&self, name: &str) -> Vec<String> {
        let texts = |items: &[Json]| items.iter().filter_map(Json::as_str).map(str::to_owned).collect();
        match self.get(name) {
            Some(Json::Array(items)) => texts(items),
            Some(Json::String(text)) => match serde_json::from_str(text) {
                Ok(Json::Array(items)) => texts(&items),
                _ => text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect(),
            },
            _ => Vec::new(),
        }
    }

    /// As a query string, as Algolia echoes it.
    fn echo(&self) -> String {
        if let Some(Json::String(params)) = self.get("params") {
            return params.clone();
        }
        let pairs =
            self.0.iter().filter(|(name, _)| !matches!(name.as_str(), "indexName" | "type")).map(|(name, json)| {
                let value = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
                let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
                format!("{}={}", encode(name), encode(&value))
            });
        pairs.collect::<Vec<_>>().join("&")
    }
}

fn of_query_string(query: &str) -> Vec<(String, Json)> {
    crate::http::query::pairs(query).map(|(name, value)| (name, Json::String(value))).collect()
}

/// A query, read.
#[derive(Debug)]
pub(super) struct Asked {
    /// The index that the client believes to ask.
    pub(super) index: String,
    /// What was typed, as long as we read it.
    pub(super) query: String,
    /// As a query string, for the echo.
    pub(super) params: String,
    /// Counted from 0.
    pub(super) page: usize,
    pub(super) hits_per_page: usize,
    /// Whether sections are records of their own: `DocSearch` shows those, and does not page.
    pub(super) by_section: bool,
    /// What to count, under the names asked for.
    pub(super) facets: Vec<(String, Facet)>,
    pub(super) markup: Markup,
    facet_values: usize,
    snippet_chars: usize,
    conditions: Clauses,
}

impl Asked {
    /// # Errors
    ///
    /// Refuses more than 200 conditions, and tags of more than 256 bytes.
    pub(super) fn read(index: &str, fields: &Fields) -> Result<Self, Problem> {
        let mut conditions = Clauses::new();
        if let Some(filters) = fields.get("facetFilters") {
            filter::of_facet_filters(filters, &mut conditions);
        }
        if let Some(filters) = fields.text("filters") {
            filter::of_filters(&filters, &mut conditions);
        }
        if conditions.iter().map(Vec::len).sum::<usize>() > MAX_CONDITIONS {
            return Err(Problem::field("facetFilters", format!("there may be at most {MAX_CONDITIONS} conditions")));
        }
        Ok(Self {
            index: fields.text("indexName").unwrap_or_else(|| index.to_owned()),
            query: cut(fields.text("query").unwrap_or_default()),
            params: fields.echo(),
            page: fields.count("page").unwrap_or_default(),
            hits_per_page: fields.count("hitsPerPage").unwrap_or(HITS).min(MAX_HITS),
            by_section: fields.list("attributesToRetrieve").iter().any(|name| name.starts_with("hierarchy")),
            facets: facets(&fields.list("facets")),
            markup: Markup::new(tag(fields, "highlightPreTag")?, tag(fields, "highlightPostTag")?),
            facet_values: fields.count("maxValuesPerFacet").unwrap_or(FACET_VALUES.0).min(FACET_VALUES.1),
            snippet_chars: snippet_chars(&fields.list("attributesToSnippet")),
            conditions,
        })
    }

    /// What the engine is asked. A page beyond the furthest hit asks for the last one that there may be.
    pub(super) fn request(&self) -> SearchRequest {
        let mut facets: Vec<Facet> = Vec::new();
        for (_, facet) in &self.facets {
            if !facets.contains(facet) {
                facets.push(*facet);
            }
        }
        let mut conditions = self.conditions.clone();
        // One language is the language that the query is in.
        let lang = conditions
            .iter()
            .position(|any| matches!(any.as_slice(), [one] if one.facet == Facet::Lang && !one.negated));
        let lang = lang.and_then(|place| conditions.remove(place).pop()).map(|condition| condition.value);
        SearchRequest {
            q: self.query.clone(),
            limit: self.hits_per_page.max(1),
            offset: self.offset().unwrap_or(MAX_OFFSET),
            lang,
            conditions,
            facets,
            facet_values: self.facet_values,
            snippet_chars: self.snippet_chars,
            ..SearchRequest::default()
        }
    }

    /// Hits before this page; none where there may be none.
    pub(super) fn offset(&self) -> Option<usize> {
        self.page.checked_mul(self.hits_per_page).filter(|offset| *offset <= MAX_OFFSET)
    }

    /// How many pages of results can be asked for.
    pub(super) fn pages(&self, total: usize) -> usize {
        match self.hits_per_page {
            0 => 0,
            size => total.div_ceil(size).min(MAX_OFFSET / size + 1),
        }
    }
}

/// A search among the values of a facet.
#[derive(Debug)]
pub(super) struct AskedFacet {
    /// None where no record has such an attribute.
    pub(super) facet: Option<Facet>,
    /// What was typed.
    pub(super) query: String,
    /// The most values wanted.
    pub(super) limit: usize,
    /// Over which results.
    pub(super) over: Asked,
}

impl AskedFacet {
    /// # Errors
    ///
    /// As [`Asked::read`].
    pub(super) fn read(index: &str, facet: &str, fields: &Fields) -> Result<Self, Problem> {
        let facet = facet_of(facet);
        let mut over = Asked::read(index, fields)?;
        over.hits_per_page = 0;
        over.page = 0;
        over.facets = facet.map(|facet| (String::new(), facet)).into_iter().collect();
        over.facet_values = FACET_VALUES.1;
        Ok(Self {
            facet,
            query: cut(fields.text("facetQuery").unwrap_or_default()),
            limit: fields.count("maxFacetHits").unwrap_or(FACET_HITS.0).min(FACET_HITS.1),
            over,
        })
    }
}

/// The facets to count, each name once; `*` is all of them.
fn facets(names: &[String]) -> Vec<(String, Facet)> {
    let mut facets: Vec<(String, Facet)> = Vec::new();
    let all = ["tag", "lang", "category"].map(str::to_owned);
    for name in names.iter().flat_map(|name| if name == "*" { &all[..] } else { std::slice::from_ref(name) }) {
        if let Some(facet) = facet_of(name).filter(|_| facets.iter().all(|(known, _)| known != name)) {
            facets.push((name.clone(), facet));
        }
    }
    facets
}

/// The most characters of `content`, asked for in words: `content:15`.
fn snippet_chars(attributes: &[String]) -> usize {
    let (least, most, usual) = SNIPPET_CHARS;
    let words = attributes.iter().find_map(|attribute| {
        let (name, words) = attribute.split_once(':')?;
        matches!(name, "content" | "*").then(|| words.trim().parse::<usize>().ok()).flatten()
    });
    words.map_or(usual, |words| words.saturating_mul(CHARS_A_WORD).clamp(least, most))
}

fn tag(fields: &Fields, name: &'static str) -> Result<Option<String>, Problem> {
    match fields.text(name) {
        Some(tag) if tag.len() > MAX_TAG_BYTES => {
            Err(Problem::field(name, format!("{name} may have at most {MAX_TAG_BYTES} bytes")))
        }
        tag => Ok(tag),
    }
}

/// As much of a text as a query may have, by whole letters.
fn cut(mut text: String) -> String {
    let end = (0..=MAX_QUERY_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.truncate(end);
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(json: &Json) -> Asked {
        let members = json.as_object().expect("an object").clone().into_iter().collect();
        Asked::read("wiki", &Fields::new(members)).expect("read")
    }

    /// Keystroke of `DocSearch` 4.
    #[test]
    fn docsearch_asks_for_sections() {
        let asked = asked(&json!({
            "query": "emissão de nota", "indexName": "suporte", "hitsPerPage": 20, "clickAnalytics": false,
            "attributesToRetrieve": ["hierarchy.lvl0", "hierarchy.lvl1", "content", "type", "url"],
            "attributesToSnippet": ["hierarchy.lvl1:15", "hierarchy.lvl2:15", "content:15"],
            "snippetEllipsisText": "…", "highlightPreTag": "<mark>", "highlightPostTag": "</mark>",
            "facetFilters": ["language:pt-BR", ["docusaurus_tag:default", "docusaurus_tag:docs-default-current"]]
        }));
        assert!(asked.by_section);
        assert_eq!(
            (asked.index.as_str(), asked.query.as_str(), asked.hits_per_page),
            ("suporte", "emissão de nota", 20)
        );
        let request = asked.request();
        assert_eq!((request.lang.as_deref(), request.conditions.len(), request.snippet_chars), (Some("pt-BR"), 0, 105));
    }

    /// A list widget of `InstantSearch` with two values chosen.
    #[test]
    fn instantsearch_refines() {
        let asked = asked(&json!({
            "indexName": "wiki", "query": "", "page": "2", "hitsPerPage": "10", "facets": ["tag", "tag", "language", "price"],
            "maxValuesPerFacet": 11, "highlightPreTag": "__ais-highlight__", "highlightPostTag": "__/ais-highlight__",
            "facetFilters": [["tag:rede", "tag:fibra"]], "numericFilters": ["price>1"], "tagFilters": "x"
        }));
        assert!(!asked.by_section);
        let request = asked.request();
        assert_eq!((request.offset, request.limit, request.facet_values), (20, 10, 11));
        assert_eq!(request.facets, [Facet::Tag, Facet::Lang]);
        assert_eq!(asked.facets.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["tag", "language"]);
        assert_eq!(request.conditions.iter().map(Vec::len).collect::<Vec<_>>(), [2]);
        assert_eq!(request.lang, None);
    }

    /// Version 4 of the client and older ones.
    #[test]
    fn params_as_one_text() {
        let params = "query=nota&hitsPerPage=3&page=1&facets=%5B%22*%22%5D&facetFilters=%5B%22tag%3Arede%22%5D";
        let asked = asked(&json!({ "indexName": "w", "query": "nota fiscal", "params": params }));
        assert_eq!((asked.query.as_str(), asked.hits_per_page, asked.page), ("nota fiscal", 3, 1));
        assert_eq!(asked.facets.len(), 3);
        assert_eq!(asked.conditions.len(), 1);
        assert_eq!(asked.params, params);
        let plain = Asked::read("w", &Fields::of_query("query=a+b&facets=tag,lang&hitsPerPage=0")).expect("read");
        assert_eq!((plain.query.as_str(), plain.facets.len(), plain.hits_per_page, plain.pages(9)), ("a b", 2, 0, 0));
        assert_eq!(plain.params, "query=a%20b&facets=tag%2Clang&hitsPerPage=0");
    }

    #[test]
    fn odd_values_count_as_absent_and_large_ones_are_cut() {
        for (json, hits, page) in [
            (json!({"hitsPerPage": 1000, "page": 7}), 100, 7),
            (json!({"hitsPerPage": 1e300, "page": -1}), 100, 0),
            (json!({"hitsPerPage": "ten", "page": [1]}), 20, 0),
            (json!({"hitsPerPage": null, "page": {}, "query": ["a"], "facets": 7}), 20, 0),
        ] {
            let asked = asked(&json);
            assert_eq!((asked.hits_per_page, asked.page), (hits, page), "{json}");
        }
        let far = asked(&json!({"page": usize::MAX}));
        assert_eq!((far.offset(), far.request().offset, far.pages(1_000_000)), (None, 10_000, 501));
        let long = asked(&json!({"query": "ã".repeat(400)}));
        assert_eq!(long.query.len(), 512);
        assert_eq!(asked(&json!({"query": format!("a{}", "ã".repeat(400))})).query.len(), 511);
    }

    #[test]
    fn what_would_cost_without_bound_is_refused() {
        let many: Vec<String> = (0..=MAX_CONDITIONS).map(|n| format!("tag:{n}")).collect();
        for json in [json!({"facetFilters": [many]}), json!({"highlightPreTag": "<".repeat(MAX_TAG_BYTES + 1)})] {
            let members = json.as_object().expect("an object").clone().into_iter().collect();
            assert_eq!(Asked::read("w", &Fields::new(members)).expect_err("too much").status(), 422);
        }
    }
}
