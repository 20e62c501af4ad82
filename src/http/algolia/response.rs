//! Answers as Algolia's clients read them.
//!
//! Its own file because `InstantSearch` breaks on a member that is missing, and `DocSearch` on one that is null.

use std::ops::Range;

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::record::{Record, Records};
use super::request::{Asked, AskedFacet};
use crate::search::{FacetValue, SearchResponse, fold};

/// The answer to one query.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlgoliaResult)]
pub(super) struct Found {
    index: String,
    query: String,
    /// The query as it was given, url-encoded.
    params: String,
    hits: Vec<Record>,
    /// Pages found, exactly.
    nb_hits: usize,
    page: usize,
    nb_pages: usize,
    hits_per_page: usize,
    #[serde(rename = "processingTimeMS")]
    processing_time_ms: u64,
    exhaustive_nb_hits: bool,
    exhaustive_facets_count: bool,
    /// Values with their counts, by attribute.
    #[schema(value_type = std::collections::BTreeMap<String, std::collections::BTreeMap<String, usize>>)]
    facets: Counts,
}

/// Counts by attribute, as an object of objects whose members keep their order.
struct Counts(Vec<(String, Vec<FacetValue>)>);

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, values)| (name, Values(values))))
    }
}

struct Values<'a>(&'a [FacetValue]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|value| (&value.value, value.count)))
    }
}

/// The values of a facet that were looked for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlgoliaFacetHits)]
pub(super) struct FoundValues {
    facet_hits: Vec<FacetHit>,
    exhaustive_facets_count: bool,
    #[serde(rename = "processingTimeMS")]
    processing_time_ms: u64,
}

/// A value with how many results have it.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AlgoliaFacetHit)]
struct FacetHit {
    value: String,
    /// The value with what was typed marked.
    highlighted: String,
    count: usize,
}

/// The answer to one of several requests.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AlgoliaAnswer)]
pub(super) enum Answer {
    Found(Box<Found>),
    Values(FoundValues),
}

/// The answers to several requests, in their order.
#[derive(Serialize, ToSchema)]
#[schema(as = AlgoliaResults)]
pub(super) struct Results {
    pub(super) results: Vec<Answer>,
}

impl Found {
    /// A search's answer, for who asked so.
    pub(super) fn new(asked: Asked, answer: &SearchResponse) -> Self {
        let records = Records { markup: &asked.markup, words: asked.query.split_whitespace().count() };
        let shown = if asked.offset().is_some() { asked.hits_per_page } else { 0 };
        let hits = if asked.by_section {
            answer.hits.iter().flat_map(|hit| records.of_sections(hit)).take(shown).collect()
        } else {
            answer.hits.iter().map(|hit| records.of_page(hit)).take(shown).collect()
        };
        // A facet may be asked for under two names.
        let counts = |facet| answer.facets.get(facet).cloned().unwrap_or_default();
        let facets = asked.facets.iter().map(|(name, facet)| (name.clone(), counts(facet))).collect();
        Self {
            facets: Counts(facets),
            nb_pages: asked.pages(answer.total),
            hits,
            nb_hits: answer.total,
            page: asked.page,
            hits_per_page: asked.hits_per_page,
            processing_time_ms: whole_ms(answer.took_ms),
            exhaustive_nb_hits: true,
            exhaustive_facets_count: true,
            index: asked.index,
            query: asked.query,
            params: asked.params,
        }
    }
}

impl FoundValues {
    /// The values of a facet over a search's results, most frequent first: those with a word that begins as typed.
    pub(super) fn new(asked: &AskedFacet, answer: &SearchResponse) -> Self {
        let values = asked.facet.and_then(|facet| answer.facets.get(&facet)).map(Vec::as_slice).unwrap_or_default();
        let typed = fold(asked.query.trim());
        let hits = values.iter().filter_map(|FacetValue { value, count }| {
            let at = beginning(value, &typed)?;
            let markup = &asked.over.markup;
            let highlighted = if at.is_empty() { markup.text(value) } else { markup.stretch(value, at.start, at.end) };
            Some(FacetHit { value: value.clone(), highlighted, count: *count })
        });
        Self {
            facet_hits: hits.take(asked.limit).collect(),
            exhaustive_facets_count: true,
            processing_time_ms: whole_ms(answer.took_ms),
        }
    }
}

/// Where a word of `value` begins with what was typed, which is folded. What is empty begins everything.
fn beginning(value: &str, typed: &str) -> Option<Range<usize>> {
    let mut before = None;
    for (start, letter) in value.char_indices() {
        let begins = letter.is_alphanumeric() && !before.is_some_and(char::is_alphanumeric) || start == 0;
        before = Some(letter);
        if begins && fold(&value[start..]).starts_with(typed) {
            let ends = value[start..].char_indices().map(|(at, letter)| start + at + letter.len_utf8());
            let end = std::iter::once(start).chain(ends).find(|end| fold(&value[start..*end]).len() >= typed.len());
            return end.map(|end| start..end);
        }
    }
    None
}

/// Milliseconds, rounded up.
fn whole_ms(ms: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time, and `as` saturates")]
    let whole = ms.ceil() as u64;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_the_beginning_of_a_word() {
        for (value, typed, expected) in [
            ("Acesso remoto", "rem", Some("rem")),
            ("Índice", "indi", Some("Índi")),
            ("Redes/Fibra óptica", "opt", Some("ópt")),
            ("nf-e", "e", Some("e")),
            ("nf-e", "nf-e", Some("nf-e")),
            ("Acesso", "esso", None),
            ("Acesso", "", Some("")),
            ("", "a", None),
            ("ab", "abc", None),
        ] {
            assert_eq!(beginning(value, typed).map(|at| &value[at]), expected, "{value} {typed}");
        }
    }
}
