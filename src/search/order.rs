//! Order: the pages that answer, best first.
//!
//! Every page gets its score; the best hundred are then looked at closely: how near the words stand, and which say
//! nearly the same as a better one.

use std::cmp::Ordering;

use tantivy::DocAddress;

use super::closeness::Closeness;
use super::compile::Compiled;
use super::duplicates::copies;
use super::engine::Run;
use super::matching::Segment;
use super::ranking::{
    ALIAS_IS_QUERY, COPY, HEADING_IS_QUERY, PINNED, POPULARITY, PROXIMITY_DEPTH, TITLE_BEGINS, TITLE_IS_QUERY,
};
use super::scoring::Scorer;
use super::types::{SearchError, Sort};
use crate::index::DocBits;

/// Pages between two looks at the clock.
const CLOCK_EVERY: usize = 512;

/// A page among the results.
#[derive(Clone, Debug)]
pub(super) struct Match {
    pub(super) address: DocAddress,
    key: Key,
    pub(super) inlinks: u32,
    /// Orders pages of one segment by path without reading it.
    path_ord: u64,
    pub(super) title_is_query: bool,
    pub(super) all_as_typed: bool,
    /// Whether a better page says nearly the same.
    pub(super) copy: bool,
}

/// What results are ordered by, before links and path.
#[derive(Clone, Debug)]
enum Key {
    Score(f32),
    Updated(i64),
    Title(String),
}

impl Match {
    pub(super) fn score(&self) -> f32 {
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

impl Run<'_> {
    /// The results in order, as far as they may be shown.
    pub(super) fn order(&self, compiled: &Compiled, found: &[DocBits]) -> Result<Vec<Match>, SearchError> {
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
        if bits.is_empty() {
            return Ok(Vec::new());
        }
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
    pub(super) fn weight(&self, address: DocAddress) -> f32 {
        self.weights[address.segment_ord as usize].of(address.doc_id)
    }
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
