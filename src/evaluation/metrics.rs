//! The formulas: what a ranking is worth against what was expected. Pure.
//!
//! Sources: Success@k and the mean reciprocal rank as in TREC's question answering tracks; discounted cumulative gain
//! with gains of `2^grade - 1` and a discount of `log2(rank + 1)`, over the same of the best possible ranking.

use serde::Serialize;

/// Ranks beyond this count for nothing.
pub const DEPTH: usize = 10;

/// What one ranking is worth. Each from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// Whether the first hit is an expected page.
    pub success_at_1: f64,
    /// One over the rank of the first expected page; 0 beyond [`DEPTH`].
    pub mrr_at_10: f64,
    /// The gain of the expected pages, discounted by rank, as a share of the best that was possible.
    pub ndcg_at_10: f64,
}

impl Scores {
    /// Scores the grades of the hits in their order, 0 for a page that is not expected, against the grades of all
    /// expected pages.
    pub fn of(hits: &[u8], expected: &[u8]) -> Self {
        let first = hits.iter().take(DEPTH).position(|grade| *grade > 0);
        let mut ideal = expected.to_vec();
        ideal.sort_unstable_by(|a, b| b.cmp(a));
        let best = discounted_gain(&ideal);
        Self {
            success_at_1: if first == Some(0) { 1.0 } else { 0.0 },
            mrr_at_10: first.map_or(0.0, |at| 1.0 / (at + 1) as f64),
            ndcg_at_10: if best > 0.0 { discounted_gain(hits) / best } else { 0.0 },
        }
    }

    /// The mean of several; zeros of none.
    pub fn mean<'a>(scores: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        let mut count = 0;
        for score in scores {
            sum.success_at_1 += score.success_at_1;
            sum.mrr_at_10 += score.mrr_at_10;
            sum.ndcg_at_10 += score.ndcg_at_10;
            count += 1;
        }
        let count = f64::from(count.max(1));
        Self {
            success_at_1: sum.success_at_1 / count,
            mrr_at_10: sum.mrr_at_10 / count,
            ndcg_at_10: sum.ndcg_at_10 / count,
        }
    }
}

fn discounted_gain(grades: &[u8]) -> f64 {
    grades
        .iter()
        .take(DEPTH)
        .enumerate()
        .map(|(at, grade)| (f64::from(*grade).exp2() - 1.0) / ((at + 2) as f64).log2())
        .sum()
}

/// The value that a share (0 to 1) of the values does not exceed: the nearest rank. 0 of none.
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_scores(hits: &[u8], expected: &[u8], success: f64, reciprocal: f64, ndcg: f64) {
        let scores = Scores::of(hits, expected);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-4;
        assert!(
            near(scores.success_at_1, success) && near(scores.mrr_at_10, reciprocal) && near(scores.ndcg_at_10, ndcg),
            "{hits:?} of {expected:?}: {scores:?}"
        );
    }

    #[test]
    fn one_expected_page() {
        assert_scores(&[1, 0, 0], &[1], 1.0, 1.0, 1.0);
        assert_scores(&[0, 1, 0], &[1], 0.0, 0.5, 0.6309);
        assert_scores(&[0, 0, 1], &[1], 0.0, 0.3333, 0.5);
        assert_scores(&[0, 0], &[1], 0.0, 0.0, 0.0);
        assert_scores(&[], &[1], 0.0, 0.0, 0.0);
    }

    #[test]
    fn nothing_counts_beyond_the_tenth_hit() {
        let mut hits = [0; 11];
        hits[9] = 1;
        assert_scores(&hits, &[1], 0.0, 0.1, 0.2891);
        hits.swap(9, 10);
        assert_scores(&hits, &[1], 0.0, 0.0, 0.0);
    }

    #[test]
    fn several_expected_pages_and_grades() {
        // Both there, one of them late: (1 + 1/2) / (1 + 1/log2(3)).
        assert_scores(&[1, 0, 1], &[1, 1], 1.0, 1.0, 0.9197);
        // Found one of two.
        assert_scores(&[1, 0, 0], &[1, 1], 1.0, 1.0, 0.6131);
        // The lesser page first: (1 + 3/log2(3)) / (3 + 1/log2(3)).
        assert_scores(&[1, 2], &[2, 1], 1.0, 1.0, 0.7967);
        // More than ten are expected: ten found are all that can be.
        assert_scores(&[1; 10], &[1; 15], 1.0, 1.0, 1.0);
    }

    #[test]
    fn means_and_percentiles() {
        let scores = [Scores::of(&[1], &[1]), Scores::of(&[0, 1], &[1])];
        assert!((Scores::mean(&scores).mrr_at_10 - 0.75).abs() < 1e-9);
        assert_eq!(Scores::mean(&[]), Scores::default());
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        for (values, share, wanted) in
            [(&values[..], 0.5, 3.0), (&values, 0.99, 5.0), (&values, 0.0, 1.0), (&[], 0.5, 0.0)]
        {
            assert!((percentile(values, share) - wanted).abs() < 1e-9, "{share} of {values:?}");
        }
    }
}
