//! Deletes that concern what was there before them, also where segments come in bulk.
//!
//! Its own file because it makes up for one thing: the engine's writer numbers its operations, so that a delete spares what
//! is added after it; a segment that is added whole has no number, and deletes that wait for the commit would take out the
//! new version of a page together with the old one.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tantivy::index::SegmentId;
use tantivy::query::{EmptyScorer, EnableScoring, Explanation, Query, Scorer, TermQuery, Weight};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, Score, SegmentReader, Term};

/// The segments that were added whole, numbered as they came.
#[derive(Clone, Debug, Default)]
pub struct Arrivals(Arc<RwLock<HashMap<SegmentId, usize>>>);

impl Arrivals {
    /// A segment comes.
    pub fn add(&self, segment: SegmentId) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let number = known.len();
        known.insert(segment, number);
    }

    /// The documents with a term that are there by now.
    pub fn with_term_by_now(&self, term: Term) -> Box<dyn Query> {
        let arrived = self.0.read().unwrap_or_else(PoisonError::into_inner).len();
        Box::new(ByThen { term: TermQuery::new(term, IndexRecordOption::Basic), arrivals: self.clone(), arrived })
    }
}

/// The documents with a term, in segments that were there when so many had arrived. A segment that was merged from such
/// ones counts as there: the engine applies what waits before it merges.
#[derive(Clone, Debug)]
struct ByThen {
    term: TermQuery,
    arrivals: Arrivals,
    arrived: usize,
}

impl Query for ByThen {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let (term, arrivals) = (self.term.weight(scoring)?, self.arrivals.clone());
        Ok(Box::new(ByThenWeight { term, arrivals, arrived: self.arrived }))
    }
}

struct ByThenWeight {
    term: Box<dyn Weight>,
    arrivals: Arrivals,
    arrived: usize,
}

impl Weight for ByThenWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let known = self.arrivals.0.read().unwrap_or_else(PoisonError::into_inner);
        if known.get(&reader.segment_id()).is_some_and(|number| *number >= self.arrived) {
            return Ok(Box::new(EmptyScorer));
        }
        self.term.scorer(reader, boost)
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        self.term.explain(reader, doc)
    }
}
