//! Near-duplicates: pages among the best that say nearly the same as a better one.
//!
//! Wikis copy pages between branches of their tree, and the copies would fill the first results. They are demoted,
//! never removed: a copy may be the page that is wanted, and totals stay exact.

use super::ranking::COPY_DISTANCE;

/// Which pages are copies of one before them, by their fingerprints, best page first.
pub fn copies(fingerprints: &[Option<u64>]) -> Vec<bool> {
    let near = |a: u64, b: u64| (a ^ b).count_ones() <= COPY_DISTANCE;
    let is_copy = |(index, fingerprint): (usize, &Option<u64>)| {
        fingerprint.is_some_and(|own| fingerprints[..index].iter().flatten().any(|better| near(own, *better)))
    };
    fingerprints.iter().enumerate().map(is_copy).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_near_a_better_page() {
        let near = !(u64::MAX << COPY_DISTANCE);
        let far = !(u64::MAX << (COPY_DISTANCE + 1));
        for (fingerprints, expected) in [
            (vec![], vec![]),
            (vec![Some(0), Some(0)], vec![false, true]),
            (vec![Some(0), Some(u64::MAX), Some(near), Some(far << 20)], vec![false, false, true, false]),
            (vec![None, None, Some(0)], vec![false; 3]),
            (vec![Some(7), None, Some(7), Some(7)], vec![false, false, true, true]),
        ] {
            assert_eq!(copies(&fingerprints), expected, "{fingerprints:?}");
        }
    }
}
