//! The parameters of the endpoints: one table each.
//!
//! Its own file because the tables check requests and document the interface, so that neither can say
//! what the other does not.

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
pub(super) const MAX_QUERY_BYTES: usize = crate::search::MAX_QUERY_BYTES;

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

/// Of Algolia's clients, as they stand in a query string. For the document alone: those clients are not refused for a
/// value that cannot be read.
pub(super) const ALGOLIA: &[Param] = &[
    param("query", Kind::Text, "As `q` of `/search`; what is longer than 512 bytes is cut."),
    param("page", Kind::Text, "Counted from 0."),
    param("hitsPerPage", Kind::Text, "Records wanted, 0 to 100 (20)."),
    param("facets", Kind::Text, "Of `tag`, `lang`, `category`, parted by commas or as a JSON list; `*` is all."),
    param("maxValuesPerFacet", Kind::Text, "Values of each facet, up to 1000 (100)."),
    param("facetFilters", Kind::Text, "`tag:x`, or a JSON list of such texts and of lists of alternatives."),
    param("filters", Kind::Text, "`tag:x AND (lang:y OR lang:z) AND NOT category:\"A/B\"`."),
    param("highlightPreTag", Kind::Text, "Before a match, `<em>`. Values are escaped unless it is free of `<`."),
    param("highlightPostTag", Kind::Text, "Behind a match, `</em>`."),
    param("attributesToSnippet", Kind::Text, "`content:15` asks for 15 words."),
    param("attributesToRetrieve", Kind::Text, "Records are whole; naming `hierarchy.*` asks for sections too."),
];

/// Of `POST /reindex`.
pub(super) const REINDEX: &[Param] =
    &[param("wait", Kind::Flag, "Whether to answer when the job has ended, however long it takes.")];

/// Of `/insights`.
pub(super) const INSIGHTS: &[Param] = &[
    param("period", Kind::Choice(&["week", "day", "month", "quarter", "year"]), "How far back."),
    param("lang", Kind::Text, "Only searches with this language filter."),
    param("area", Kind::Text, "Only searches below this folder."),
    param(
        "table",
        Kind::Choice(&["all", "time", "top", "empty", "unopened", "relaxed", "slow", "languages", "areas"]),
        "One table, for `format`.",
    ),
    param("format", Kind::Choice(&["html", "json", "csv"]), "How it is written."),
];

/// Of `POST /click`.
pub(super) const CLICK: &[Param] = &[
    param("id", Kind::Text, "Of the answer whose hit was opened."),
    param("n", Kind::Count(0, 10_100, 0), "The hit's place, from 1; 0 for none."),
    param("found", Kind::Choice(&["", "yes", "no"]), "What the reader said."),
];

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

/// What a parameter may hold, in words.
pub(super) fn rule(param: &Param) -> String {
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
