//! Closeness: how near the words of the query come to each other on a page.
//!
//! A page that says `cancelar o boleto` answers `cancelar boleto` better than one that cancels contracts at its top and
//! prints boletos at its end. Each two words of the query that follow each other, or nearly, are looked for in every
//! field; the nearest place counts, less the further apart they stand and the weaker the tiers in which they match.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;

use super::SearchError;
use super::compile::{Compiled, Slot};
use super::matching::{Segment, seek};
use super::ranking::{
    ALL_AS_TYPED, PROXIMITY, PROXIMITY_FALL, PROXIMITY_NEIGHBOUR_DECAY, PROXIMITY_NEIGHBOURS, PROXIMITY_REACH,
};
use crate::index::TextField;

/// Fields in which words may stand close together.
const FIELDS: [TextField; 4] = [TextField::Title, TextField::Headings, TextField::Description, TextField::Body];
/// Variants of a word whose positions are read.
const VARIANTS: usize = 8;

/// Tells how close the words of the query stand in the pages of one segment, asked in order.
pub struct Closeness {
    slots: Vec<SlotPlaces>,
    total_idf: f32,
    /// What closeness can sum up to for words that all stand next to each other.
    most: f32,
    /// By two words of the query: how near they came in the page asked for. Kept to be filled again.
    nearest: Vec<f32>,
    fall: Fall,
}

/// Where the variants of a word stand.
struct SlotPlaces {
    idf: f32,
    /// By field, with the weight of the tier.
    cursors: [Vec<(f32, SegmentPostings)>; FIELDS.len()],
    /// In the field looked at, in order.
    places: Vec<Place>,
    /// Of one variant; kept to be filled again.
    positions: Vec<u32>,
}

/// A position in a field, and what the tier of the word there is worth.
type Place = (u32, f32);

impl Closeness {
    /// None if there are no two words to be close.
    pub fn open(segment: &Segment<'_>, compiled: &Compiled) -> Result<Option<Self>, SearchError> {
        // Function words stand next to everything, and only keep the others apart.
        let only_function_words = compiled.slots.iter().all(|slot| slot.stop_word);
        let slots = compiled.slots.iter().filter(|slot| only_function_words || !slot.stop_word);
        let slots = slots.map(|slot| SlotPlaces::open(segment, slot)).collect::<Result<Vec<_>, _>>()?;
        if slots.len() < 2 {
            return Ok(None);
        }
        let most = slots.windows(2).map(|pair| pair[0].idf.min(pair[1].idf)).sum::<f32>().max(f32::MIN_POSITIVE);
        let nearest = vec![0.0; slots.len() * PROXIMITY_NEIGHBOURS];
        Ok(Some(Self { total_idf: slots.iter().map(|slot| slot.idf).sum(), slots, most, nearest, fall: fall() }))
    }

    /// The bonus of a page: for words that stand close, and more where `all_as_typed` do.
    pub fn bonus(&mut self, doc: u32, all_as_typed: bool) -> f32 {
        self.nearest.fill(0.0);
        for field in 0..FIELDS.len() {
            for index in 0..self.slots.len() {
                self.slots[index].read(field, doc);
                for step in 1..=PROXIMITY_NEIGHBOURS.min(index) {
                    let near = nearness(&self.slots[index - step].places, &self.slots[index].places, &self.fall);
                    let best = &mut self.nearest[index * PROXIMITY_NEIGHBOURS + step - 1];
                    *best = best.max(near);
                }
            }
        }
        let mut sum = 0.0;
        for index in 0..self.slots.len() {
            let mut decay = 1.0;
            for step in 1..=PROXIMITY_NEIGHBOURS.min(index) {
                let rarer = self.slots[index - step].idf.min(self.slots[index].idf);
                sum += decay * rarer * self.nearest[index * PROXIMITY_NEIGHBOURS + step - 1];
                decay *= PROXIMITY_NEIGHBOUR_DECAY;
            }
        }
        let typed = if all_as_typed { ALL_AS_TYPED * self.total_idf * (sum / self.most).min(1.0) } else { 0.0 };
        PROXIMITY * sum + typed
    }
}

impl SlotPlaces {
    fn open(segment: &Segment<'_>, slot: &Slot) -> Result<Self, SearchError> {
        let mut cursors: [Vec<(f32, SegmentPostings)>; FIELDS.len()] = Default::default();
        let single = slot.alternatives.iter().filter(|alternative| alternative.words.len() == 1);
        let variants = single.flat_map(|alternative| &alternative.words[0]).filter(|variant| variant.df > 0);
        for variant in variants.take(VARIANTS) {
            for (cursors, field) in cursors.iter_mut().zip(FIELDS) {
                let cursor = segment.postings(field, variant, IndexRecordOption::WithFreqsAndPositions)?;
                cursors.extend(cursor.map(|cursor| (variant.weight, cursor)));
            }
        }
        Ok(Self { idf: slot.idf, cursors, places: Vec::new(), positions: Vec::new() })
    }

    /// Fills `places` with those of a page in a field.
    fn read(&mut self, field: usize, doc: u32) {
        self.places.clear();
        let mut variants = 0;
        for (weight, cursor) in &mut self.cursors[field] {
            if seek(cursor, doc) {
                cursor.positions(&mut self.positions);
                self.places.extend(self.positions.iter().map(|position| (*position, *weight)));
                variants += 1;
            }
        }
        if variants > 1 {
            // The best reading of each place.
            self.places.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.total_cmp(&a.1)));
            self.places.dedup_by_key(|place| place.0);
        }
    }
}

/// By distance: what it leaves of closeness.
type Fall = [f32; PROXIMITY_REACH as usize + 1];

fn fall() -> Fall {
    std::array::from_fn(|distance| (distance.max(1) as f32).powf(-PROXIMITY_FALL))
}

/// How near a place of the first word comes to one of the second: 1 side by side in order, less the further apart
/// they are and the weaker their tiers.
fn nearness(first: &[Place], second: &[Place], fall: &Fall) -> f32 {
    let mut best = 0.0_f32;
    let mut at = 0;
    for &(position, weight) in first {
        while at < second.len() && second[at].0 <= position {
            at += 1;
        }
        let after = second.get(at).map(|&(next, other)| (next - position, other));
        // Against the order it is one more.
        let before = at.checked_sub(1).and_then(|at| second.get(at));
        let before = before.map(|&(last, other)| ((position - last + 1).max(2), other));
        for (distance, other) in [after, before].into_iter().flatten() {
            if distance <= PROXIMITY_REACH {
                best = best.max(weight * other * fall[distance as usize]);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(positions: &[u32], weight: f32) -> Vec<Place> {
        positions.iter().map(|position| (*position, weight)).collect()
    }

    #[test]
    fn near_and_in_order_is_nearest() {
        let near = |first: &[u32], second: &[u32]| nearness(&at(first, 1.0), &at(second, 1.0), &fall());
        let apart = |distance: f32| distance.powf(PROXIMITY_FALL).recip();
        for (first, second, expected) in [
            (&[1][..], &[2][..], 1.0),
            (&[2], &[1], apart(2.0)),
            (&[1, 50], &[9, 53], apart(3.0)),
            (&[1], &[100], 0.0),
            (&[], &[1], 0.0),
            // One word that fills both slots.
            (&[5], &[5], apart(2.0)),
        ] {
            assert!((near(first, second) - expected).abs() < 1e-6, "{first:?} {second:?}");
        }
    }

    #[test]
    fn a_weaker_tier_is_less_near() {
        let near = |first, second| nearness(&at(&[1], first), &at(&[2], second), &fall());
        assert!(near(1.0, 0.65) < near(1.0, 1.0));
        assert!(near(0.65, 0.65) < near(1.0, 0.65) && near(0.65, 0.65) > 0.0);
    }
}
