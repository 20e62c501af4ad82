//! Passages: where on a page the words of the query stand, by the index's positions.
//!
//! Reading the whole page again to find the section worth showing is most of a query's time. The index knows every
//! word's position, and a stored page knows at which position each block and heading begins: so only what is shown is
//! read and cut into words again.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;

use super::SearchError;
use super::compile::{Alternative, Compiled};
use super::matching::{PhraseCursor, Segment, seek};
use crate::index::TextField;

/// Fields that sections are made of.
const FIELDS: [TextField; 3] = [TextField::Headings, TextField::Body, TextField::Code];

/// A word of the query somewhere in a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// Counts words of the field.
    pub position: u32,
    /// Which word of the query, by its place.
    pub slot: usize,
    /// The tier's weight.
    pub weight: f32,
}

/// Where a page holds words of the query, each field in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spots {
    /// In headings.
    pub headings: Vec<Spot>,
    /// In prose, items, rows, captions.
    pub body: Vec<Spot>,
    /// In code.
    pub code: Vec<Spot>,
}

impl Spots {
    fn of(&mut self, field: TextField) -> &mut Vec<Spot> {
        match field {
            TextField::Headings => &mut self.headings,
            TextField::Code => &mut self.code,
            _ => &mut self.body,
        }
    }
}

/// Finds the words of a query in pages of one segment, asked in order.
pub struct Passages {
    words: Vec<Cursor<SegmentPostings>>,
    phrases: Vec<Cursor<PhraseCursor>>,
    positions: Vec<u32>,
}

struct Cursor<T> {
    field: TextField,
    slot: usize,
    weight: f32,
    places: T,
}

impl Passages {
    /// Opens the positions of all terms.
    pub fn open(segment: &Segment<'_>, compiled: &Compiled) -> Result<Self, SearchError> {
        let mut passages = Self { words: Vec::new(), phrases: Vec::new(), positions: Vec::new() };
        for (slot, alternative) in compiled
            .slots
            .iter()
            .enumerate()
            .flat_map(|(index, slot)| slot.alternatives.iter().map(move |alternative| (index, alternative)))
        {
            passages.add(segment, slot, alternative)?;
        }
        Ok(passages)
    }

    fn add(&mut self, segment: &Segment<'_>, slot: usize, alternative: &Alternative) -> Result<(), SearchError> {
        for field in FIELDS {
            if let [variants] = alternative.words.as_slice() {
                for variant in variants.iter().filter(|variant| variant.df > 0) {
                    let places = segment.postings(field, variant, IndexRecordOption::WithFreqsAndPositions)?;
                    self.words.extend(places.map(|places| Cursor { field, slot, weight: variant.weight, places }));
                }
            } else if let Some(places) = PhraseCursor::open(segment, field, alternative)? {
                let weight = alternative.words.iter().flatten().map(|variant| variant.weight).fold(1.0, f32::min);
                self.phrases.push(Cursor { field, slot, weight, places });
            }
        }
        Ok(())
    }

    /// Where a page holds words of the query.
    pub fn of(&mut self, doc: u32) -> Spots {
        let mut spots = Spots::default();
        for Cursor { field, slot, weight, places } in &mut self.words {
            if seek(places, doc) {
                places.positions(&mut self.positions);
                let found = self.positions.iter();
                spots.of(*field).extend(found.map(|&position| Spot { position, slot: *slot, weight: *weight }));
            }
        }
        for Cursor { field, slot, weight, places } in &mut self.phrases {
            let found = places.starts(doc).iter();
            spots.of(*field).extend(found.map(|&position| Spot { position, slot: *slot, weight: *weight }));
        }
        for field in FIELDS {
            let spots = spots.of(field);
            // The best reading of each place counts once a slot.
            spots.sort_unstable_by(|a, b| {
                (a.position, a.slot).cmp(&(b.position, b.slot)).then_with(|| b.weight.total_cmp(&a.weight))
            });
            spots.dedup_by_key(|spot| (spot.position, spot.slot));
        }
        spots
    }
}
