//! What came of an evaluation: figures by kind and in all, and what each query found.

use std::collections::HashMap;

use serde::Serialize;

use super::metrics::{Scores, percentile};

/// What came of a golden set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The index state that was asked.
    pub generation: u64,
    /// Over all queries; its kind is `ALL`.
    pub all: Row,
    /// By kind, in the order of the file.
    pub kinds: Vec<Row>,
    /// How long the searches took: what this machine did at this hour, and no more.
    pub latency: Latency,
    /// In the order of the file.
    #[serde(skip)]
    pub outcomes: Vec<Outcome>,
}

/// The figures of a kind. Means over its queries.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// As in the file.
    pub kind: String,
    /// How many.
    pub queries: usize,
    /// Of pages.
    #[serde(flatten)]
    pub scores: Scores,
    /// Queries that expect a section.
    pub anchor_queries: usize,
    /// The share of them whose first hit is an expected page at the expected section; none where no query expects one.
    pub anchor_at_1: Option<f64>,
}

/// Times of the searches, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// Half of them took no longer.
    pub p50_ms: f64,
    /// 99 of a hundred took no longer.
    pub p99_ms: f64,
}

/// What a query found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Where it stands in the file, from 1.
    pub line: usize,
    /// What was typed.
    pub q: String,
    /// As in the file.
    pub kind: String,
    /// Of pages.
    #[serde(flatten)]
    pub scores: Scores,
    /// Whether the first hit is an expected page at the expected section; none where no section is expected.
    pub anchor_at_1: Option<bool>,
    /// How many pages were found.
    pub total: usize,
    /// Whether no page held every word.
    pub relaxed: bool,
    /// Where the expected pages stand.
    pub expected: Vec<Standing>,
    /// What came first; none where nothing was found.
    pub first: Option<First>,
    /// How long the search took, in milliseconds.
    pub took_ms: f64,
}

/// Where an expected page stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// Its file.
    pub path: String,
    /// The sections that are right, if any are named.
    pub anchors: Vec<String>,
    /// From 1; none: it is not among the hits.
    pub rank: Option<usize>,
    /// Only orders; none where it is not among the hits.
    pub score: Option<f32>,
    /// What of the expectation is not in the index: the golden set is stale, or the page is gone.
    pub stale: Option<Stale>,
}

/// What of an expectation is not in the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stale {
    /// The page.
    Page,
    /// These of its sections, by anchor.
    Anchors(Vec<String>),
}

/// The hit that came first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct First {
    /// Its file.
    pub path: String,
    /// Its best section.
    pub anchor: String,
    /// Only orders.
    pub score: f32,
    /// Which word matched which field in which tier; only where the query failed.
    pub why: Vec<String>,
}

impl Outcome {
    /// Whether it found all that was expected, where it was expected.
    pub fn is_perfect(&self) -> bool {
        self.scores.ndcg_at_10 >= 1.0 && self.anchor_at_1 != Some(false) && !self.is_stale()
    }

    /// Whether something that it expects is not in the index.
    pub fn is_stale(&self) -> bool {
        self.expected.iter().any(|page| page.stale.is_some())
    }
}

impl Report {
    /// Sums up outcomes.
    pub(super) fn new(generation: u64, outcomes: Vec<Outcome>) -> Self {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut by_kind: Vec<(&str, Vec<&Outcome>)> = Vec::new();
        for outcome in &outcomes {
            let place = *places.entry(&outcome.kind).or_insert(by_kind.len());
            if place == by_kind.len() {
                by_kind.push((&outcome.kind, Vec::new()));
            }
            by_kind[place].1.push(outcome);
        }
        let kinds = by_kind.iter().map(|(kind, outcomes)| Row::of(kind, outcomes)).collect();
        let all = Row::of("ALL", &outcomes.iter().collect::<Vec<_>>());
        let times: Vec<f64> = outcomes.iter().map(|outcome| outcome.took_ms).collect();
        let latency = Latency { p50_ms: percentile(&times, 0.5), p99_ms: percentile(&times, 0.99) };
        Self { generation, all, kinds, latency, outcomes }
    }

    /// The queries that are not perfect, worst first, at most so many.
    pub fn worst(&self, wanted: usize) -> Vec<&Outcome> {
        let mut worst: Vec<&Outcome> = self.outcomes.iter().filter(|outcome| !outcome.is_perfect()).collect();
        worst.sort_by(|a, b| {
            let key = |outcome: &Outcome| [outcome.scores.ndcg_at_10, outcome.scores.mrr_at_10];
            key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal).then(a.line.cmp(&b.line))
        });
        worst.truncate(wanted);
        worst
    }

    /// The queries that expect what is not in the index, in the order of the file.
    pub fn stale(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| outcome.is_stale())
    }
}

impl Row {
    fn of(kind: &str, outcomes: &[&Outcome]) -> Self {
        let anchors: Vec<bool> = outcomes.iter().filter_map(|outcome| outcome.anchor_at_1).collect();
        let right = anchors.iter().filter(|right| **right).count();
        Self {
            kind: kind.to_owned(),
            queries: outcomes.len(),
            scores: Scores::mean(outcomes.iter().map(|outcome| &outcome.scores)),
            anchor_queries: anchors.len(),
            anchor_at_1: (!anchors.is_empty()).then(|| right as f64 / anchors.len() as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(line: usize, kind: &str, hits: &[u8], anchor_at_1: Option<bool>) -> Outcome {
        Outcome {
            line,
            q: "q".to_owned(),
            kind: kind.to_owned(),
            scores: Scores::of(hits, &[1]),
            anchor_at_1,
            total: hits.len(),
            relaxed: false,
            expected: Vec::new(),
            first: None,
            took_ms: line as f64,
        }
    }

    #[test]
    fn rows_by_kind_and_the_worst_first() {
        let outcomes = vec![
            outcome(1, "title", &[1], None),
            outcome(2, "code", &[0, 1], Some(false)),
            outcome(3, "title", &[0], None),
            outcome(4, "code", &[1], Some(true)),
            outcome(5, "code", &[1], Some(false)),
        ];
        let report = Report::new(7, outcomes);
        let shown: Vec<_> =
            report.kinds.iter().map(|row| (row.kind.as_str(), row.queries, row.scores.success_at_1)).collect();
        assert_eq!(shown, [("title", 2, 0.5), ("code", 3, 2.0 / 3.0)]);
        assert_eq!((report.all.queries, report.all.anchor_queries), (5, 3));
        assert_eq!(report.all.anchor_at_1, Some(1.0 / 3.0));
        assert_eq!(report.kinds[0].anchor_at_1, None);
        assert_eq!((report.latency.p50_ms, report.latency.p99_ms), (3.0, 5.0));
        let worst = |wanted| report.worst(wanted).iter().map(|outcome| outcome.line).collect::<Vec<_>>();
        assert_eq!(worst(10), [3, 2, 5], "a wrong section is the least of them");
        assert_eq!(worst(1), [3]);
    }
}
