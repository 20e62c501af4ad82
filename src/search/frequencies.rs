//! Frequencies: how often a word of the query stands in a page, by tier and field, and what that says.
//!
//! Its own file because this is the one place where tiers and fields meet. A weaker tier never says what a stronger one
//! would, however often it matches.

use super::ranking::{FIELD_WEIGHTS, SATURATION, TIER_POWER, Tier};
use crate::index::TextField;

/// Fields that words are counted in.
pub const FIELDS: usize = TextField::ALL.len();
const TIERS: usize = Tier::ALL.len();

/// By tier: what a match counts in a word's score.
pub struct TierCounts([f32; TIERS]);

impl Default for TierCounts {
    fn default() -> Self {
        Self(Tier::ALL.map(|tier| tier.weight().powf(TIER_POWER)))
    }
}

/// How often a slot is filled in one page, by tier and field. Each occurrence counts in the best tier that it is read in,
/// as far as numbers tell.
#[derive(Default)]
pub struct Frequencies([[f32; FIELDS]; TIERS]);

impl Frequencies {
    /// By field, in a tier.
    pub fn of(&self, tier: Tier) -> &[f32; FIELDS] {
        &self.0[tier as usize]
    }

    /// One of them.
    pub fn at(&mut self, tier: Tier, field: TextField) -> &mut f32 {
        &mut self.0[tier as usize][field as usize]
    }

    /// The best reading of each alternative.
    pub fn unite(&mut self, other: &Self) {
        for (best, other) in self.0.iter_mut().flatten().zip(other.0.iter().flatten()) {
            *best = best.max(*other);
        }
    }

    /// Words that begin like the word or look like it are mostly its forms, which are counted as such.
    pub fn count_once(&mut self) {
        for field in 0..FIELDS {
            let inflected = self.of(Tier::Stemmed)[field];
            let begun = &mut self.0[Tier::Prefix as usize][field];
            *begun = (*begun - inflected).max(0.0);
            let counted = inflected + *begun;
            let misspelt = &mut self.0[Tier::Typo as usize][field];
            *misspelt = (*misspelt - counted).max(0.0);
        }
    }

    /// Whether the word itself is there, but for case and accents.
    pub fn holds_same(&self) -> bool {
        self.of(Tier::Folded).iter().any(|frequency| *frequency > 0.0)
    }

    /// How well a field holds the word, at most 1.
    pub fn share_in(&self, field: TextField) -> f32 {
        Tier::ALL.iter().map(|tier| tier.weight() * self.of(*tier)[field as usize]).sum::<f32>().min(1.0)
    }

    /// The saturated sum over fields, tier by tier: a weaker one fills what stronger ones left, and is worth less.
    pub fn saturated(&self, norms: &[f32; FIELDS], tier_counts: &TierCounts) -> f32 {
        let (mut weighted, mut sum) = (0.0, 0.0);
        for (frequencies, counts) in self.0.iter().zip(tier_counts.0) {
            let of_tier: f32 = (0..FIELDS)
                .map(|field| FIELD_WEIGHTS[field] * frequencies[field] / norms[field].max(f32::MIN_POSITIVE))
                .sum();
            if of_tier > 0.0 {
                let before = weighted / (SATURATION + weighted);
                weighted += of_tier * counts;
                sum += counts * (weighted / (SATURATION + weighted) - before);
            }
        }
        sum * (SATURATION + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weaker_tiers_fill_what_stronger_ones_left() {
        let counts = TierCounts::default();
        let score = |of: &[(Tier, f32)]| {
            let mut frequencies = Frequencies::default();
            for (tier, frequency) in of {
                *frequencies.at(*tier, TextField::Body) = *frequency;
            }
            frequencies.count_once();
            frequencies.saturated(&[1.0; FIELDS], &counts)
        };
        let once = score(&[(Tier::Folded, 1.0)]);
        // However often a word that only begins so stands there, it never says what the word itself would.
        assert!(score(&[(Tier::Prefix, 1000.0)]) < score(&[(Tier::Folded, 1000.0)]) * 0.8);
        assert!(score(&[(Tier::Folded, 1.0), (Tier::Stemmed, 1.0)]) > once);
        assert!(score(&[(Tier::Folded, 1.0), (Tier::Stemmed, 1.0)]) < score(&[(Tier::Folded, 2.0)]));
        // Three forms that also begin so are three.
        assert!((score(&[(Tier::Stemmed, 3.0), (Tier::Prefix, 3.0)]) - score(&[(Tier::Stemmed, 3.0)])).abs() < 1e-6);
    }
}
