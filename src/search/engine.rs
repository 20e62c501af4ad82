//! The engine: one search from request to response.

use std::time::Instant;

use tantivy::DocAddress;

use super::Settings;
use super::boosts::PageWeights;
use super::compile::{Compiled, Context, FilterKey, Restriction, lang_key};
use super::did_you_mean::did_you_mean;
use super::facets::FacetCounter;
use super::highlight::Highlighter;
use super::matching::{Holds, Segment};
use super::query::Query;
use super::ranking::{ABBREVIATION_WORDS, PROPOSAL_BELOW, TYPO_ANY_WORDS, TYPO_BELOW, WELL_SPELT_FROM};
use super::types::{Condition, Facet, SearchError, SearchRequest, SearchResponse, Sort, Typos};
use crate::index::analysis::{Language, fold};
use crate::index::{DocBits, Snapshot};

impl From<tantivy::TantivyError> for SearchError {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Index(error.to_string())
    }
}

impl From<std::io::Error> for SearchError {
    fn from(error: std::io::Error) -> Self {
        Self::Index(error.to_string())
    }
}

/// Answers a search from one index state.
pub fn search(
    snapshot: &Snapshot,
    settings: &Settings,
    request: &SearchRequest,
) -> Result<SearchResponse, SearchError> {
    let started = Instant::now();
    let query = Query::read(&request.q);
    let languages = languages_of(snapshot, request.lang.as_deref());
    let context = Context { snapshot, settings, languages };
    let mut compiled = context.compile(&query)?;
    restrict(&mut compiled, request);
    let pinned = pinned(snapshot, settings, request, &compiled)?;
    let weights = settings.boosts.weights(snapshot);
    let run = Run { snapshot, settings, request, started, pinned, weights };
    let (found, relaxed) = run.find(&context, &mut compiled)?;
    let mut facets: Vec<FacetCounter> = request.facets.iter().map(|facet| FacetCounter::new(*facet)).collect();
    for (view, bits) in snapshot.segments().iter().zip(&found) {
        for facet in &mut facets {
            facet.add(view, bits)?;
        }
    }
    let total = found.iter().map(DocBits::len).sum();
    let did_you_mean = run.proposal(&context, &compiled, total, relaxed)?;
    let matches = run.order(&compiled, &found)?;
    let highlighter = Highlighter::new(&compiled, &context.languages);
    let shown = matches.into_iter().skip(request.offset).take(request.limit);
    let hits = run.hits(&compiled, &highlighter, shown.collect())?;
    Ok(SearchResponse {
        query: request.q.clone(),
        total,
        offset: request.offset,
        limit: request.limit,
        took_ms: (started.elapsed().as_secs_f64() * 1e6).round() / 1e3,
        generation: snapshot.generation(),
        relaxed,
        did_you_mean,
        hits,
        facets: facets.into_iter().map(|facet| facet.finish(request.facet_values)).collect(),
    })
}

/// The languages in which a query is analysed: the one asked for, else all of the index.
pub(super) fn languages_of(snapshot: &Snapshot, lang: Option<&str>) -> Vec<Language> {
    match lang {
        Some(lang) => Language::of(&lang_key(lang)).into_iter().collect(),
        None => snapshot.languages().to_vec(),
    }
}

/// Adds what the request restricts besides the query.
fn restrict(compiled: &mut Compiled, request: &SearchRequest) {
    let mut add = |key, value| compiled.required.push(Restriction::Key(key, value));
    if let Some(lang) = &request.lang {
        add(FilterKey::Lang, lang_key(lang));
    }
    for tag in &request.tags {
        add(FilterKey::Tag, fold(tag.trim()));
    }
    if let Some(category) = &request.category {
        add(FilterKey::Category, fold(category.trim().trim_matches('/')));
    }
    for any in &request.conditions {
        compiled.required.push(Restriction::AnyKey(any.iter().map(key_of_condition).collect()));
    }
}

/// A condition as the index has it: the key, its value, and whether pages without it are meant.
fn key_of_condition(condition: &Condition) -> (FilterKey, String, bool) {
    let value = &condition.value;
    let (key, value) = match condition.facet {
        Facet::Lang => (FilterKey::Lang, lang_key(value)),
        Facet::Tag => (FilterKey::Tag, fold(value.trim())),
        Facet::Category => (FilterKey::Category, fold(value.trim().trim_matches('/'))),
    };
    (key, value, condition.negated)
}

/// The pages pinned to this query, first one first.
fn pinned(
    snapshot: &Snapshot,
    settings: &Settings,
    request: &SearchRequest,
    compiled: &Compiled,
) -> Result<Vec<DocAddress>, SearchError> {
    let mut pinned = Vec::new();
    if request.sort == Sort::Relevance && compiled.plain && !compiled.key.is_empty() {
        for (_, path) in settings.pins.iter().filter(|(query, _)| *query == compiled.key) {
            pinned.extend(snapshot.find_path(path)?.filter(|address| !pinned.contains(address)));
        }
    }
    Ok(pinned)
}

/// One search under way.
pub(super) struct Run<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) settings: &'a Settings,
    pub(super) request: &'a SearchRequest,
    pub(super) started: Instant,
    pub(super) pinned: Vec<DocAddress>,
    /// By segment.
    pub(super) weights: Vec<PageWeights<'a>>,
}

impl Run<'_> {
    /// The pages that answer, and whether words had to be made optional.
    fn find(&self, context: &Context<'_>, compiled: &mut Compiled) -> Result<(Vec<DocBits>, bool), SearchError> {
        let typos = self.request.typos == Typos::Auto;
        let mut found = self.matches(compiled, Holds::All)?;
        let mut relaxed = false;
        let said = compiled.slots.iter().filter(|slot| !slot.stop_word).count();
        if typos && !compiled.slots.is_empty() && count(&found) < TYPO_BELOW {
            // A word that no page holds is the likeliest to be misspelt; then a rare one; then any, but in a long
            // question: there, a page with a look-alike of every word is chance.
            let all: &[u64] = if said <= TYPO_ANY_WORDS { &[1, u64::MAX] } else { &[1] };
            let steps = if count(&found) == 0 { all } else { &[WELL_SPELT_FROM] };
            for known_from in steps {
                let mut tolerant = compiled.clone();
                context.add_typos(&mut tolerant, *known_from)?;
                if self.try_instead(compiled, tolerant, &mut found)? {
                    break;
                }
            }
        }
        if count(&found) == 0 && compiled.slots.iter().filter(|slot| !slot.phrase).count() > 1 {
            if typos {
                // Now a word that occurs at all is one: else a question of ten words would find everything.
                context.add_typos(compiled, 1)?;
            }
            if said <= ABBREVIATION_WORDS {
                context.add_abbreviations(compiled)?;
            }
            found = self.matches(compiled, Holds::Any)?;
            relaxed = count(&found) > 0;
        }
        for address in &self.pinned {
            let segment = &self.snapshot.segments()[address.segment_ord as usize];
            let allowed = self.allowed(Segment { snapshot: self.snapshot, view: segment }, compiled)?;
            if allowed.contains(address.doc_id) {
                found[address.segment_ord as usize].insert(address.doc_id);
            }
        }
        Ok((found, relaxed))
    }

    /// Takes a more tolerant reading of the query if pages hold all of its words; whether any do.
    fn try_instead(
        &self,
        compiled: &mut Compiled,
        tolerant: Compiled,
        found: &mut Vec<DocBits>,
    ) -> Result<bool, SearchError> {
        if tolerant == *compiled {
            return Ok(false);
        }
        let matches = self.matches(&tolerant, Holds::All)?;
        let any = count(&matches) > 0;
        if any {
            *found = matches;
            *compiled = tolerant;
        }
        Ok(any)
    }

    /// A query to try instead, where few pages or look-alikes alone were found.
    fn proposal(
        &self,
        context: &Context<'_>,
        compiled: &Compiled,
        total: usize,
        relaxed: bool,
    ) -> Result<Option<String>, SearchError> {
        if total >= PROPOSAL_BELOW && !relaxed && !compiled.has_guesses() {
            return Ok(None);
        }
        did_you_mean(context, &self.request.q, |query| {
            let mut compiled = context.compile(query)?;
            restrict(&mut compiled, self.request);
            self.matches(&compiled, Holds::All)
        })
    }

    fn matches(&self, compiled: &Compiled, holds: Holds) -> Result<Vec<DocBits>, SearchError> {
        let mut found = Vec::with_capacity(self.snapshot.segments().len());
        for view in self.snapshot.segments() {
            self.check_clock()?;
            let segment = Segment { snapshot: self.snapshot, view };
            let mut bits = segment.matches(compiled, holds)?;
            self.keep_dates(segment, &mut bits);
            found.push(bits);
        }
        Ok(found)
    }

    fn allowed(&self, segment: Segment<'_>, compiled: &Compiled) -> Result<DocBits, SearchError> {
        let mut bits = segment.allowed(compiled)?;
        self.keep_dates(segment, &mut bits);
        Ok(bits)
    }

    fn keep_dates(&self, segment: Segment<'_>, bits: &mut DocBits) {
        let (after, before) = (self.request.updated_after, self.request.updated_before);
        if after.is_none() && before.is_none() {
            return;
        }
        for doc in bits.clone().iter() {
            let updated = segment.view.updated_ms.first(doc).unwrap_or(i64::MIN);
            if after.is_some_and(|after| updated < after.millis())
                || before.is_some_and(|before| updated >= before.millis())
            {
                bits.remove(doc);
            }
        }
    }

    pub(super) fn check_clock(&self) -> Result<(), SearchError> {
        match self.settings.timeout {
            Some(timeout) if self.started.elapsed() > timeout => {
                Err(SearchError::Timeout { limit_ms: timeout.as_millis() as u64 })
            }
            _ => Ok(()),
        }
    }
}

fn count(found: &[DocBits]) -> usize {
    found.iter().map(DocBits::len).sum()
}
