//! The engine: one search from request to response.

use std::cmp::Ordering;
use std::time::Instant;

use serde_json::json;
use tantivy::DocAddress;

use super::Settings;
use super::boosts::PageWeights;
use super::closeness::Closeness;
use super::compile::{Compiled, Context, FilterKey, Restriction, lang_key};
use super::duplicates::copies;
use super::facets::FacetCounter;
use super::highlight::{Highlighter, html};
use super::matching::{Holds, Segment};
use super::passages::{Passages, Spots};
use super::query::Query;
use super::ranking::{
    ABBREVIATION_WORDS, ALIAS_IS_QUERY, COPY, HEADING_IS_QUERY, PINNED, POPULARITY, PROXIMITY_DEPTH, TITLE_BEGINS,
    TITLE_IS_QUERY, TYPO_ANY_WORDS, TYPO_BELOW, WELL_SPELT_FROM,
};
use super::scoring::Scorer;
use super::snippet::sections;
use super::types::{Condition, Facet, Hit, SearchError, SearchRequest, SearchResponse, Sort, Typos};
use crate::index::analysis::{Language, fold};
use crate::index::{DocBits, Snapshot};

/// Pages between two looks at the clock.
const CLOCK_EVERY: usize = 512;

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

/// A page among the results.
#[derive(Clone, Debug)]
pub(super) struct Match {
    address: DocAddress,
    key: Key,
    inlinks: u32,
    /// Orders pages of one segment by path without reading it.
    path_ord: u64,
    title_is_query: bool,
    all_as_typed: bool,
    /// Whether a better page says nearly the same.
    copy: bool,
}

/// What results are ordered by, before links and path.
#[derive(Clone, Debug)]
enum Key {
    Score(f32),
    Updated(i64),
    Title(String),
}

impl Match {
    fn score(&self) -> f32 {
        if let Key::Score(score) = self.key { score } else { 0.0 }
    }

    fn cmp_key(&self, other: &Self) -> Ordering {
        match (&self.key, &other.key) {
            (Key::Score(a), Key::Score(b)) => b.total_cmp(a).then(other.inlinks.cmp(&self.inlinks)),
            (Key::Updated(a), Key::Updated(b)) => b.cmp(a),
            (Key::Title(a), Key::Title(b)) => a.cmp(b),
            _ => Ordering::Equal,
        }
    }

    fn cmp_in_segment(&self, other: &Self) -> Ordering {
        self.cmp_key(other).then(self.path_ord.cmp(&other.path_ord))
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
        did_you_mean: None,
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
struct Run<'a> {
    snapshot: &'a Snapshot,
    settings: &'a Settings,
    request: &'a SearchRequest,
    started: Instant,
    pinned: Vec<DocAddress>,
    /// By segment.
    weights: Vec<PageWeights<'a>>,
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
        if count(&found) == 0 && (2..=ABBREVIATION_WORDS).contains(&said) {
            let mut begun = compiled.clone();
            context.add_abbreviations(&mut begun)?;
            self.try_instead(compiled, begun, &mut found)?;
        }
        if count(&found) == 0 && compiled.slots.iter().filter(|slot| !slot.phrase).count() > 1 {
            if typos {
                // Now a word that occurs at all is one: else a question of ten words would find everything.
                context.add_typos(compiled, 1)?;
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

    fn check_clock(&self) -> Result<(), SearchError> {
        match self.settings.timeout {
            Some(timeout) if self.started.elapsed() > timeout => {
                Err(SearchError::Timeout { limit_ms: timeout.as_millis() as u64 })
            }
            _ => Ok(()),
        }
    }

    /// The results in order, as far as they may be shown.
    fn order(&self, compiled: &Compiled, found: &[DocBits]) -> Result<Vec<Match>, SearchError> {
        let sort = match self.request.sort {
            // Without words there is nothing to be relevant to: newest first, but for what is pinned.
            Sort::Relevance if compiled.slots.is_empty() => Sort::Updated,
            sort => sort,
        };
        let wanted = self.request.offset + self.request.limit;
        let depth = if sort == Sort::Relevance { wanted.max(PROXIMITY_DEPTH) } else { wanted };
        let mut matches = Vec::new();
        for (ord, bits) in found.iter().enumerate() {
            let segment = Segment { snapshot: self.snapshot, view: &self.snapshot.segments()[ord] };
            let mut of_segment = self.order_segment(segment, ord as u32, compiled, bits, sort)?;
            top(&mut of_segment, depth, Match::cmp_in_segment);
            matches.append(&mut of_segment);
        }
        self.sort(&mut matches);
        matches.truncate(depth);
        if sort == Sort::Relevance {
            let near = matches.len().min(PROXIMITY_DEPTH);
            self.add_closeness(compiled, &mut matches[..near])?;
            self.sort(&mut matches[..near]);
            self.demote_copies(&mut matches[..near]);
        }
        Ok(matches)
    }

    /// Sorts pages of several segments. Paths are read only where nothing else tells two pages apart.
    fn sort(&self, matches: &mut [Match]) {
        matches.sort_by(Match::cmp_key);
        for tied in matches.chunk_by_mut(|a, b| a.cmp_key(b).is_eq()).filter(|tied| tied.len() > 1) {
            let segment = tied[0].address.segment_ord;
            if tied.iter().all(|found| found.address.segment_ord == segment) {
                tied.sort_by_key(|found| found.path_ord);
            } else {
                tied.sort_by_cached_key(|found| self.snapshot.path_of(found.address));
            }
        }
    }

    fn order_segment(
        &self,
        segment: Segment<'_>,
        ord: u32,
        compiled: &Compiled,
        bits: &DocBits,
        sort: Sort,
    ) -> Result<Vec<Match>, SearchError> {
        let view = segment.view;
        let mut matches = Vec::with_capacity(bits.len());
        let mut scorer = if sort == Sort::Relevance { Some(Scorer::open(segment, compiled)?) } else { None };
        let fields = self.snapshot.fields();
        let equal = |field| {
            if compiled.key.is_empty() || sort != Sort::Relevance {
                return Ok(DocBits::empty(view.reader().max_doc()));
            }
            segment.with_key(field, &compiled.key)
        };
        let (titles, aliases) = (equal(fields.title_key)?, equal(fields.alias_key)?);
        let headings = equal(fields.heading_key)?;
        let begun = if compiled.key.len() < 2 || sort != Sort::Relevance {
            DocBits::empty(view.reader().max_doc())
        } else {
            segment.with_key_beginning(fields.title_key, &compiled.key)?
        };
        let mut title = String::new();
        for (index, doc) in bits.iter().enumerate() {
            if index % CLOCK_EVERY == 0 {
                self.check_clock()?;
            }
            let address = DocAddress::new(ord, doc);
            let mut all_as_typed = false;
            let title_is_query = titles.contains(doc) || aliases.contains(doc);
            let key = match (sort, &mut scorer) {
                (Sort::Updated, _) => Key::Updated(view.updated_ms.first(doc).unwrap_or(i64::MIN)),
                (Sort::Title, _) => {
                    title.clear();
                    if let Some(ord) = view.title_sort.ords().first(doc) {
                        view.title_sort.ord_to_str(ord, &mut title)?;
                    }
                    Key::Title(title.clone())
                }
                (Sort::Relevance, scorer) => {
                    let parts = scorer.as_mut().map(|scorer| scorer.score(doc)).unwrap_or_default();
                    let boost = self.weight(address);
                    all_as_typed = parts.as_typed;
                    let page = f32::from(headings.contains(doc)) * HEADING_IS_QUERY
                        + f32::from(begun.contains(doc)) * TITLE_BEGINS
                        + (1.0 + view.inlinks(doc) as f32).ln() * POPULARITY;
                    let mut score = (parts.words + parts.title + page * compiled.total_idf()) * boost;
                    if titles.contains(doc) {
                        score += TITLE_IS_QUERY;
                    } else if aliases.contains(doc) {
                        score += ALIAS_IS_QUERY;
                    }
                    if let Some(place) = self.pinned.iter().position(|pinned| *pinned == address) {
                        score = PINNED * (self.pinned.len() - place) as f32;
                    }
                    Key::Score(score)
                }
            };
            matches.push(Match {
                address,
                key,
                inlinks: view.inlinks(doc),
                path_ord: view.path.ords().first(doc).unwrap_or(u64::MAX),
                title_is_query,
                all_as_typed,
                copy: false,
            });
        }
        Ok(matches)
    }

    /// Adds what closeness is worth to the best pages.
    fn add_closeness(&self, compiled: &Compiled, best: &mut [Match]) -> Result<(), SearchError> {
        best.sort_by_key(|found| found.address);
        let mut segments = best.chunk_by_mut(|a, b| a.address.segment_ord == b.address.segment_ord);
        segments.try_for_each(|of_segment| {
            let Some(first) = of_segment.first() else { return Ok(()) };
            let view = &self.snapshot.segments()[first.address.segment_ord as usize];
            let Some(mut closeness) = Closeness::open(&Segment { snapshot: self.snapshot, view }, compiled)? else {
                return Ok(());
            };
            for found in of_segment {
                let boost = self.weight(found.address);
                let pinned = self.pinned.contains(&found.address);
                if let Key::Score(score) = &mut found.key
                    && !pinned
                {
                    *score += closeness.bonus(found.address.doc_id, found.all_as_typed) * boost;
                }
            }
            Ok(())
        })
    }

    /// Demotes the best pages that say nearly the same as a better one; never one whose title is the query.
    fn demote_copies(&self, best: &mut [Match]) {
        let segments = self.snapshot.segments();
        let fingerprint =
            |found: &Match| segments[found.address.segment_ord as usize].fingerprint(found.address.doc_id);
        let copies = copies(&best.iter().map(fingerprint).collect::<Vec<_>>());
        for (found, _) in best.iter_mut().zip(&copies).filter(|(_, copy)| **copy) {
            found.copy = !found.title_is_query && !self.pinned.contains(&found.address);
            if let (true, Key::Score(score)) = (found.copy, &mut found.key) {
                *score *= COPY;
            }
        }
        if copies.contains(&true) {
            self.sort(best);
        }
    }

    /// What a page's relevance is multiplied by.
    fn weight(&self, address: DocAddress) -> f32 {
        self.weights[address.segment_ord as usize].of(address.doc_id)
    }

    /// Results as they are shown.
    fn hits(&self, compiled: &Compiled, highlighter: &Highlighter, shown: Vec<Match>) -> Result<Vec<Hit>, SearchError> {
        let mut in_index_order: Vec<(usize, Match)> = shown.into_iter().enumerate().collect();
        in_index_order.sort_by_key(|(_, found)| found.address);
        let mut hits = Vec::with_capacity(in_index_order.len());
        for of_segment in in_index_order.chunk_by(|(_, a), (_, b)| a.address.segment_ord == b.address.segment_ord) {
            let Some((_, first)) = of_segment.first() else { continue };
            let view = &self.snapshot.segments()[first.address.segment_ord as usize];
            let mut passages = Passages::open(&Segment { snapshot: self.snapshot, view }, compiled)?;
            for (place, found) in of_segment {
                let spots = passages.of(found.address.doc_id);
                hits.push((*place, self.hit(compiled, highlighter, found, &spots)?));
            }
        }
        hits.sort_by_key(|(place, _)| *place);
        Ok(hits.into_iter().map(|(_, hit)| hit).collect())
    }

    fn hit(
        &self,
        compiled: &Compiled,
        highlighter: &Highlighter,
        found: &Match,
        spots: &Spots,
    ) -> Result<Hit, SearchError> {
        let (path, page) = self.snapshot.page(found.address)?;
        let mut sections = sections(&page, spots, highlighter, found.title_is_query, self.request.snippet_chars);
        let best = sections.hits[sections.best].clone();
        if sections.hits.iter().all(|section| section.snippet.is_empty()) {
            sections.hits.truncate(1);
        }
        let explanation = if self.request.explain { Some(self.explain(compiled, found)?) } else { None };
        Ok(Hit {
            path,
            url: best.url,
            title_html: html(&page.title, &highlighter.marks(&page.title, Language::of(&page.lang))),
            heading: best.heading,
            anchor: best.anchor,
            snippet: best.snippet,
            sections: sections.hits,
            updated: page.updated(),
            title: page.title,
            breadcrumbs: page.breadcrumbs,
            lang: page.lang,
            tags: page.tags,
            score: found.score(),
            explanation,
        })
    }

    fn explain(&self, compiled: &Compiled, found: &Match) -> Result<serde_json::Value, SearchError> {
        let view = &self.snapshot.segments()[found.address.segment_ord as usize];
        let segment = Segment { snapshot: self.snapshot, view };
        let doc = found.address.doc_id;
        let mut explanation = Scorer::open(segment, compiled)?.explain(doc);
        let closeness =
            Closeness::open(&segment, compiled)?.map_or(0.0, |mut closeness| closeness.bonus(doc, found.all_as_typed));
        if let Some(parts) = explanation.as_object_mut() {
            parts.insert("score".into(), json!(found.score()));
            parts.insert("closeness".into(), json!(closeness));
            parts.insert("boost".into(), json!(self.weight(found.address)));
            parts.insert("deprecated".into(), json!(view.is_deprecated(doc)));
            parts.insert("near_duplicate".into(), json!(found.copy));
            parts.insert("title_is_query".into(), json!(found.title_is_query));
            parts.insert("pinned".into(), json!(self.pinned.contains(&found.address)));
            parts.insert("inlinks".into(), json!(found.inlinks));
        }
        Ok(explanation)
    }
}

fn count(found: &[DocBits]) -> usize {
    found.iter().map(DocBits::len).sum()
}

/// Keeps the first `wanted` in order.
fn top(matches: &mut Vec<Match>, wanted: usize, order: impl Fn(&Match, &Match) -> Ordering) {
    if wanted == 0 {
        matches.clear();
    } else if matches.len() > wanted {
        matches.select_nth_unstable_by(wanted - 1, &order);
        matches.truncate(wanted);
    }
    matches.sort_by(order);
}
