//! How much a page counts whatever the query: its own boost, where it lies, whether it is deprecated.
//!
//! Its own file because it joins what pages, the configuration and [`super::ranking`] say. Patterns are matched once for
//! each segment and configuration: a segment's documents never change, so a reload needs no reindexing and a query
//! reads plain numbers.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::index::SegmentId;

use super::ranking::{DEPRECATED, WEIGHT_BOUNDS};
use crate::config::Boost;
use crate::index::{SegmentView, Snapshot};

/// Factors of one segment's documents.
type Factors = Arc<[f32]>;

/// How much pages count by where they lie.
#[derive(Clone, Default)]
pub struct Boosts {
    rules: Vec<Boost>,
    /// Of the segments of the index state that was asked last.
    known: Arc<Mutex<HashMap<SegmentId, Factors>>>,
}

impl Boosts {
    /// Of several rules that mean a page the last one counts.
    pub fn new(rules: &[Boost]) -> Self {
        Self { rules: rules.to_vec(), known: Arc::default() }
    }

    /// The weights of all pages, by segment.
    pub fn weights<'a>(&self, snapshot: &'a Snapshot) -> Vec<PageWeights<'a>> {
        let weights = |view| PageWeights { view, factors: self.factors(snapshot, view) };
        snapshot.segments().iter().map(weights).collect()
    }

    /// The factor of a page by its path; 1 where no rule means it.
    fn factor(&self, path: &str) -> f32 {
        let rule = self.rules.iter().rev().find(|rule| rule.path.matches(path));
        rule.map_or(1.0, |rule| rule.factor_milli as f32 / 1000.0)
    }

    fn factors(&self, snapshot: &Snapshot, view: &SegmentView) -> Option<Factors> {
        if self.rules.is_empty() {
            return None;
        }
        let id = view.reader().segment_id();
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(factors) = known().get(&id) {
            return Some(Arc::clone(factors));
        }
        // Not under the lock: other searches go on, and who comes at the same time finds the same.
        let mut factors = vec![1.0; view.reader().max_doc() as usize];
        // Of all pages, also of those that who asks first may not find: the next one may.
        for doc in view.reader().doc_ids_alive() {
            factors[doc as usize] = self.factor(&view.path_of(doc));
        }
        let factors = Factors::from(factors);
        let mut known = known();
        known.retain(|id, _| snapshot.segments().iter().any(|view| view.reader().segment_id() == *id));
        known.insert(id, Arc::clone(&factors));
        Some(factors)
    }
}

impl fmt::Debug for Boosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rules.fmt(f)
    }
}

impl PartialEq for Boosts {
    fn eq(&self, other: &Self) -> bool {
        self.rules == other.rules
    }
}

impl Eq for Boosts {}

/// How much the pages of one segment count.
pub struct PageWeights<'a> {
    view: &'a SegmentView,
    factors: Option<Factors>,
}

impl PageWeights<'_> {
    /// What a page's relevance is multiplied by.
    pub fn of(&self, doc: u32) -> f32 {
        let own = self.view.boost_milli.first(doc).unwrap_or(1000) as f32 / 1000.0;
        let by_path = self.factors.as_ref().map_or(1.0, |factors| factors[doc as usize]);
        let boost = (own * by_path).clamp(WEIGHT_BOUNDS.0, WEIGHT_BOUNDS.1);
        if self.view.is_deprecated(doc) { boost * DEPRECATED } else { boost }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PathPattern;

    #[test]
    fn the_last_rule_that_means_a_page_counts() {
        let boost = |path: &str, factor_milli| Boost { path: PathPattern::new(path).expect("a pattern"), factor_milli };
        let boosts =
            Boosts::new(&[boost("Suporte/", 2000), boost("Suporte/Antigo/**", 500), boost("*.markdown", 1500)]);
        for (path, factor) in [
            ("Suporte/a.md", 2.0),
            ("Suporte/Antigo/a.md", 0.5),
            ("Suporte/Antigo/a.markdown", 1.5),
            ("Outro/a.md", 1.0),
        ] {
            assert!((boosts.factor(path) - factor).abs() < f32::EPSILON, "{path}");
        }
    }
}
