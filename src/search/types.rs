//! What is asked and what is answered: the shapes of requests and results, without the engine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::page::Timestamp;

/// A search, with every bound already checked.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchRequest {
    /// What was typed; empty lists pages by `updated`, newest first.
    pub q: String,
    /// Hits wanted, 1 to 100.
    pub limit: usize,
    /// Hits passed over, 0 to 10,000.
    pub offset: usize,
    /// Only this language; `pt` takes in `pt-br`. Any case.
    pub lang: Option<String>,
    /// All of these tags. Any case.
    pub tags: Vec<String>,
    /// Only below this folder path (`Cadastros/Contratos`), whole folders, any case.
    pub category: Option<String>,
    /// Not older than this; the bound counts.
    pub updated_after: Option<Timestamp>,
    /// Older than this; the bound does not count.
    pub updated_before: Option<Timestamp>,
    /// The order of hits.
    pub sort: Sort,
    /// Further conditions: of each list at least one holds.
    pub conditions: Vec<Vec<Condition>>,
    /// Which counts to return, without doubles.
    pub facets: Vec<Facet>,
    /// The most values returned for a facet.
    pub facet_values: usize,
    /// Whether words may be misspelt.
    pub typos: Typos,
    /// The longest snippet, in characters as read, 40 to 1000.
    pub snippet_chars: usize,
    /// Whether each hit says why it is where it is.
    pub explain: bool,
}

impl Default for SearchRequest {
    fn default() -> Self {
        Self {
            q: String::new(),
            limit: 10,
            offset: 0,
            lang: None,
            tags: Vec::new(),
            category: None,
            updated_after: None,
            updated_before: None,
            sort: Sort::Relevance,
            conditions: Vec::new(),
            facets: Vec::new(),
            facet_values: 100,
            typos: Typos::Auto,
            snippet_chars: 200,
            explain: false,
        }
    }
}

/// Whether a page has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Of which facet.
    pub facet: Facet,
    /// Compared as the request's own `lang`, `tags` and `category` are.
    pub value: String,
    /// Whether it holds for pages that do *not* have the value.
    pub negated: bool,
}

/// The order of hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// Best first.
    #[default]
    Relevance,
    /// Newest first.
    Updated,
    /// By title.
    Title,
}

/// Whether words may be misspelt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Typos {
    /// By length: none up to 3 characters, one from 4, two from 8; none in words with digits.
    #[default]
    Auto,
    /// Never.
    Off,
}

/// What can be counted over results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Facet {
    /// Languages.
    Lang,
    /// Tags.
    Tag,
    /// Folder prefixes below the locale.
    Category,
}

/// The answer to a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchResponse {
    /// What was asked.
    pub query: String,
    /// How many pages are found, exactly.
    pub total: usize,
    /// Hits passed over.
    pub offset: usize,
    /// Hits wanted.
    pub limit: usize,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// The index state that answered.
    pub generation: u64,
    /// Whether no page held every word, so that some were made optional.
    pub relaxed: bool,
    /// A query that would find more.
    pub did_you_mean: Option<String>,
    /// Best first.
    pub hits: Vec<Hit>,
    /// Counts over all results, for the facets asked; at most 100 values each, most frequent first.
    #[schema(value_type = BTreeMap<String, Vec<FacetValue>>)]
    pub facets: BTreeMap<Facet, Vec<FacetValue>>,
}

/// A page in the results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Hit {
    /// Its file, relative to the content directory.
    pub path: String,
    /// Where it opens at its best section.
    pub url: String,
    /// Plain text.
    pub title: String,
    /// Safe HTML: escaped, matches in `<mark>`.
    pub title_html: String,
    /// The folders it lies in, made readable.
    pub breadcrumbs: Vec<String>,
    /// The best section's heading; empty for the text before the first heading.
    pub heading: String,
    /// The best section's anchor, plain; empty for the text before the first heading.
    pub anchor: String,
    /// Safe HTML: an excerpt of the best section.
    pub snippet: String,
    /// Up to three sections in page order, the best among them.
    pub sections: Vec<SectionHit>,
    /// Lower case.
    pub lang: String,
    /// As written.
    pub tags: Vec<String>,
    /// Front matter, else the file's time.
    #[schema(value_type = String, format = DateTime)]
    pub updated: Timestamp,
    /// Only orders.
    pub score: f32,
    /// Why the hit is where it is; only with `explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub explanation: Option<serde_json::Value>,
}

/// A section of a page in the results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SectionHit {
    /// Plain text; empty for the text before the first heading.
    pub heading: String,
    /// Plain; empty for the text before the first heading.
    pub anchor: String,
    /// Where it opens.
    pub url: String,
    /// Safe HTML.
    pub snippet: String,
    /// Safe HTML of the heading; not a part of the JSON body.
    #[serde(skip)]
    pub heading_html: String,
}

/// A value and how many results have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FacetValue {
    /// As written in the pages.
    pub value: String,
    /// Results that have it.
    pub count: usize,
}

/// Completions wanted while typing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuggestRequest {
    /// What was typed so far.
    pub q: String,
    /// Completions wanted, 1 to 20.
    pub limit: usize,
    /// Only this language.
    pub lang: Option<String>,
}

/// Completions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuggestResponse {
    /// What was asked.
    pub query: String,
    /// Best first.
    pub suggestions: Vec<Suggestion>,
}

/// A completion: a page or a section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suggestion {
    /// Plain text.
    pub text: String,
    /// Safe HTML of the same.
    pub html: String,
    /// What it leads to.
    pub kind: SuggestionKind,
    /// The page's file.
    pub path: String,
    /// Where it opens.
    pub url: String,
}

/// What a completion leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SuggestionKind {
    /// A page.
    Page,
    /// A section of a page.
    Section,
}

/// What the index knows of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PageView {
    /// Its file.
    pub path: String,
    /// Where readers find it.
    pub url: String,
    /// Plain text.
    pub title: String,
    /// From the front matter.
    pub description: Option<String>,
    /// Lower case.
    pub lang: String,
    /// As written.
    pub tags: Vec<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// Front matter, else the file's time.
    #[schema(value_type = String, format = DateTime)]
    pub updated: Timestamp,
    /// The folders it lies in, made readable.
    pub breadcrumbs: Vec<String>,
    /// All headings in page order.
    pub headings: Vec<HeadingView>,
    /// Links to other pages.
    pub links: Vec<LinkView>,
    /// Pages that link here, by path.
    pub backlinks: Vec<Backlink>,
}

/// A heading of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeadingView {
    /// 1 to 6.
    pub level: u8,
    /// Plain text.
    pub text: String,
    /// Plain; empty where the renderer gives none.
    pub anchor: String,
}

/// A link out of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinkView {
    /// The file it leads to; for a broken one the path it points to.
    pub path: String,
    /// The fragment, plain.
    pub anchor: Option<String>,
    /// Whether no page is there.
    pub broken: bool,
}

/// A page that links to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Backlink {
    /// Its file.
    pub path: String,
    /// Plain text.
    pub title: String,
}

/// Pages like one page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RelatedResponse {
    /// The page asked about.
    pub path: String,
    /// Likest first; never the page itself.
    pub hits: Vec<RelatedHit>,
}

/// A page like another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RelatedHit {
    /// Its file.
    pub path: String,
    /// Where readers find it.
    pub url: String,
    /// Plain text.
    pub title: String,
    /// From the front matter.
    pub description: Option<String>,
    /// Only orders.
    pub score: f32,
}

/// Why a search gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// It took longer than it may.
    #[error("the search took longer than {limit_ms} ms")]
    Timeout {
        /// `server.search_timeout_ms`
        limit_ms: u64,
    },
    /// The engine failed.
    #[error("the index could not be read: {0}")]
    Index(String),
}
