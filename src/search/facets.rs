//! Facets: how many results have each value.

use std::collections::HashMap;

use super::SearchError;
use super::types::{Facet, FacetValue};
use crate::index::{DocBits, SegmentView};

/// Counts the values of one facet over segments.
pub struct FacetCounter {
    facet: Facet,
    counts: HashMap<String, usize>,
}

impl FacetCounter {
    /// Nothing counted yet.
    pub fn new(facet: Facet) -> Self {
        Self { facet, counts: HashMap::new() }
    }

    /// Counts the results of a segment.
    pub fn add(&mut self, view: &SegmentView, results: &DocBits) -> Result<(), SearchError> {
        let name = match self.facet {
            Facet::Lang => "lang",
            Facet::Tag => "tag",
            Facet::Category => "category",
        };
        let Some(column) = view.reader().fast_fields().str(name)? else { return Ok(()) };
        let mut by_ord: HashMap<u64, usize> = HashMap::new();
        for doc in results.iter() {
            for ord in column.term_ords(doc) {
                *by_ord.entry(ord).or_default() += 1;
            }
        }
        let mut value = String::new();
        for (ord, count) in by_ord {
            if column.ord_to_str(ord, &mut value)? {
                *self.counts.entry(value.clone()).or_default() += count;
            }
        }
        Ok(())
    }

    /// The most frequent values first, then by name; at most `limit`.
    pub fn finish(self, limit: usize) -> (Facet, Vec<FacetValue>) {
        let mut values: Vec<FacetValue> =
            self.counts.into_iter().map(|(value, count)| FacetValue { value, count }).collect();
        values.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        values.truncate(limit);
        (self.facet, values)
    }
}
