//! What is counted over the pages of a state that can be found: pages, sections, languages, lengths and links.
//!
//! Its own file because it is all done twice: for everybody, and anew for each who may not find all. For everybody it
//! goes on from the state before by what `changes` says, so that a save costs the same in a wiki of any size.

use std::collections::{BTreeMap, HashMap};

use quick_cache::sync::Cache;
use tantivy::DocId;

use super::{FIRST_ROUTE, Language, SegmentView, Snapshot, TextField};

/// Terms whose pages are kept counted.
const KEPT: usize = 4096;

/// The pages that hold a term, counted once a state.
pub(super) struct Counted(Cache<Box<str>, u64>);

impl Default for Counted {
    fn default() -> Self {
        Self(Cache::new(KEPT))
    }
}

/// Sums over pages that can be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pages: i64,
    sections: i64,
    /// By text field: terms, and pages that have any.
    lengths: [(i64, i64); TextField::ALL.len()],
    /// Pages by language tag.
    langs: BTreeMap<String, i64>,
}

impl Totals {
    /// Adds pages of a segment so many times: once, or less one.
    pub(super) fn add(
        &mut self,
        segment: &SegmentView,
        docs: impl Iterator<Item = DocId>,
        times: i64,
    ) -> tantivy::Result<()> {
        let sections = segment.reader.fast_fields().u64("sections")?;
        let langs = segment.reader.fast_fields().str("lang")?;
        let mut by_ord: BTreeMap<u64, i64> = BTreeMap::new();
        for doc in docs {
            self.pages += times;
            self.sections += times * i64::try_from(sections.first(doc).unwrap_or(0)).unwrap_or(0);
            for (field, sum) in TextField::ALL.into_iter().zip(&mut self.lengths) {
                let length = i64::from(segment.length(field, doc));
                sum.0 += times * length;
                sum.1 += times * i64::from(length > 0);
            }
            if let Some(ord) = langs.as_ref().and_then(|langs| langs.ords().first(doc)) {
                *by_ord.entry(ord).or_default() += times;
            }
        }
        for (ord, count) in by_ord {
            let mut lang = String::new();
            if let Some(langs) = &langs
                && langs.ord_to_str(ord, &mut lang)?
            {
                *self.langs.entry(lang).or_default() += count;
            }
        }
        Ok(())
    }
}

#[cfg(debug_assertions)]
impl Totals {
    /// Without languages that no page has any more.
    pub(super) fn without_zeroes(&self) -> Self {
        let mut totals = self.clone();
        totals.langs.retain(|_, pages| *pages != 0);
        totals
    }
}

impl Snapshot {
    /// Sums over live pages alone: the engine's own sums count deleted ones, and scores would depend on history.
    pub(super) fn count(&mut self) -> tantivy::Result<()> {
        let mut totals = Totals::default();
        for segment in &self.segments {
            totals.add(segment, segment.found.iter(), 1)?;
        }
        self.take_totals(totals);
        Ok(())
    }

    /// The pages that hold a term, by `count` where it is not known. Kept where the engine's own count holds hidden or
    /// deleted pages, too, so that its postings must be gone through.
    pub fn counted<E>(&self, term: &str, count: impl FnOnce() -> Result<u64, E>) -> Result<u64, E> {
        if !self.partial && self.segments.iter().all(|segment| segment.reader.alive_bitset().is_none()) {
            return count();
        }
        if let Some(pages) = self.counted.0.get(term) {
            return Ok(pages);
        }
        let pages = count()?;
        self.counted.0.insert(term.into(), pages);
        Ok(pages)
    }

    /// What is read off sums.
    pub(super) fn take_totals(&mut self, totals: Totals) {
        (self.pages, self.sections) = (totals.pages.max(0) as u64, totals.sections.max(0) as u64);
        let written = totals.langs.iter().filter(|(_, pages)| **pages > 0);
        self.languages = written.filter_map(|(lang, _)| Language::of(lang)).collect();
        self.languages.sort_unstable();
        self.languages.dedup();
        for (average, (terms, pages)) in self.average_lengths.iter_mut().zip(totals.lengths) {
            *average = if pages == 0 { 1.0 } else { terms as f32 / pages as f32 };
        }
        self.totals = totals;
    }

    /// Counts for each page the pages that link to it: of each link the first route that exists. Whether every page has
    /// a route of its own.
    pub(super) fn count_links(&mut self) -> tantivy::Result<bool> {
        let mut owners: HashMap<u64, (usize, DocId)> = HashMap::with_capacity(self.pages as usize);
        let mut sequences = Vec::new();
        for (ord, segment) in self.segments.iter().enumerate() {
            let routes = segment.reader.fast_fields().u64("route")?;
            for doc in segment.found.iter() {
                owners.extend(routes.first(doc).map(|route| (route, (ord, doc))));
            }
            sequences.push(segment.reader.fast_fields().column_opt::<u64>("link_sequence")?);
        }
        let mut counted: Vec<(usize, DocId)> = Vec::new();
        for (ord, sequence) in sequences.iter().enumerate() {
            let Some(sequence) = sequence else { continue };
            let found: Vec<DocId> = self.segments[ord].found.iter().collect();
            for doc in found {
                counted.clear();
                first_of_each(sequence.values_for_doc(doc), |route| {
                    let owner = owners.get(&route).copied();
                    counted.extend(owner.filter(|owner| *owner != (ord, doc) && !counted.contains(owner)));
                    owner.is_some()
                });
                for (target, doc) in &counted {
                    self.segments[*target].inlinks[*doc as usize] += 1;
                }
            }
        }
        Ok(owners.len() as u64 == self.pages)
    }
}

/// Asks of each link for its routes in order, up to the first that exists.
pub(super) fn first_of_each(sequence: impl Iterator<Item = u64>, mut exists: impl FnMut(u64) -> bool) {
    let mut settled = true;
    for value in sequence {
        if value & FIRST_ROUTE != 0 {
            settled = false;
        }
        if !settled {
            settled = exists(value & !FIRST_ROUTE);
        }
    }
}
