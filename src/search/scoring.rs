//! Scoring: how well a page answers. One readable function over the numbers of `ranking`.
//!
//! Per word of the query the page's weighted frequencies over fields and tiers are summed and saturate (BM25F). To
//! that come how well the title fits and how close the words stand. Sums run in the order of the query's words, so
//! that the same page gets the same score in whatever segment it lies.

use serde_json::{Value, json};
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;

use super::SearchError;
use super::compile::{Alternative, Compiled, ExactForm, Slot};
use super::matching::{PhraseCursor, Segment, postings_of, seek};
use super::ranking::{
    EXACT_FORM, FIELD_WEIGHTS, LENGTH_SHARE, PROXIMITY, PROXIMITY_REACH, SATURATION, TITLE_COVER, TITLE_FIT, Tier,
};
use crate::index::{DocBits, TextField};

const FIELDS: usize = TextField::ALL.len();
/// Fields in which words may stand close together.
const CLOSE_FIELDS: [TextField; 4] = [TextField::Title, TextField::Headings, TextField::Description, TextField::Body];
/// Variants of a word whose positions are read.
const CLOSE_VARIANTS: usize = 8;

/// Scores the pages of one segment, asked in order.
pub struct Scorer<'a> {
    segment: Segment<'a>,
    slots: Vec<SlotScorer>,
    total_idf: f32,
}

struct SlotScorer {
    text: String,
    idf: f32,
    words: u32,
    stop_word: bool,
    alternatives: Vec<AlternativeScorer>,
    prefix: Option<[DocBits; 2]>,
    exact: Option<ExactScorer>,
}

enum AlternativeScorer {
    Word(Vec<VariantScorer>),
    Phrase { tier: Tier, weight: f32, text: String, fields: Vec<Option<PhraseCursor>> },
}

struct VariantScorer {
    term: String,
    tier: Tier,
    weight: f32,
    fields: [Option<SegmentPostings>; FIELDS],
}

/// The two places where a word may stand exactly as typed: anywhere, and in the title.
struct ExactScorer {
    expected: bool,
    places: [Option<SegmentPostings>; 2],
}

/// A match of a word in a field, for explanations.
struct Note {
    field: TextField,
    tier: Tier,
    term: String,
    weight: f32,
    frequency: f32,
}

/// What fills a slot in one page.
#[derive(Default)]
struct Frequencies {
    /// Weighted by tier.
    fields: [f32; FIELDS],
    /// Whether the word itself is there, but for case and accents.
    same: bool,
}

/// What a page's score is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parts {
    /// The words' own scores.
    pub words: f32,
    /// How well the title fits.
    pub title: f32,
}

impl<'a> Scorer<'a> {
    /// Opens the postings of all terms.
    pub fn open(segment: Segment<'a>, compiled: &Compiled) -> Result<Self, SearchError> {
        let slots = compiled.slots.iter().map(|slot| SlotScorer::open(&segment, slot)).collect::<Result<_, _>>()?;
        Ok(Self { segment, slots, total_idf: compiled.total_idf() })
    }

    /// The score of a page, without closeness.
    pub fn score(&mut self, doc: u32) -> Parts {
        self.score_noting(doc, None)
    }

    /// With `notes`, tells of each word by its place: its score, and what matched.
    fn score_noting(&mut self, doc: u32, mut notes: Option<&mut Vec<(usize, f32, Vec<Note>)>>) -> Parts {
        let norms: [f32; FIELDS] = TextField::ALL.map(|field| {
            let share = LENGTH_SHARE[field as usize];
            if share == 0.0 {
                return 1.0;
            }
            let length = self.segment.view.length(field, doc) as f32;
            1.0 - share + share * length / self.segment.snapshot.average_length(field)
        });
        let mut parts = Parts::default();
        let (mut in_title, mut words_in_title) = (0.0, 0);
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let mut matches = notes.is_some().then(Vec::new);
            let Frequencies { fields: frequencies, same } = slot.frequencies(doc, &mut matches);
            let weighted: f32 = (0..FIELDS)
                .map(|field| FIELD_WEIGHTS[field] * frequencies[field] / norms[field].max(f32::MIN_POSITIVE))
                .sum();
            if weighted == 0.0 {
                continue;
            }
            let exact = slot.exact.as_mut().filter(|_| same);
            let exact = exact.map_or(0, |exact| exact.count(doc, frequencies[TextField::Title as usize] > 0.0));
            let score =
                slot.idf * (SATURATION + 1.0) * weighted / (SATURATION + weighted) * (1.0 + EXACT_FORM * exact as f32);
            parts.words += score;
            let title_share = frequencies[TextField::Title as usize].min(1.0);
            if title_share > 0.0 {
                in_title += slot.idf * title_share;
                words_in_title += slot.words;
            }
            if let (Some(notes), Some(matches)) = (&mut notes, matches) {
                notes.push((index, score, matches));
            }
        }
        if in_title > 0.0 {
            let title_words = self.segment.view.title_words.first(doc).unwrap_or(1).max(1);
            let of_query = in_title / self.total_idf;
            let of_title = (words_in_title as f32 / title_words as f32).min(1.0);
            parts.title = self.total_idf * (TITLE_FIT * of_query * of_title + TITLE_COVER * of_query * of_query);
        }
        parts
    }

    /// Which word matched which field in which tier, with numbers.
    pub fn explain(&mut self, doc: u32) -> Value {
        let mut notes = Vec::new();
        let parts = self.score_noting(doc, Some(&mut notes));
        let words = notes.into_iter().map(|(index, score, matches)| {
            let matches: Vec<Value> = matches
                .into_iter()
                .map(|Note { field, tier, term, weight, frequency }| {
                    json!({"field": field.name(), "tier": tier.name(), "term": readable(&term), "weight": weight, "frequency": frequency})
                })
                .collect();
            let slot = &self.slots[index];
            json!({"word": slot.text, "idf": slot.idf, "function_word": slot.stop_word, "score": score, "matches": matches})
        });
        json!({"words": words.collect::<Vec<_>>(), "words_score": parts.words, "title_fit": parts.title})
    }
}

/// A stem's term is shown as its language and stem.
fn readable(term: &str) -> String {
    match term.strip_prefix('\u{1}').and_then(|stem| stem.split_at_checked(2)) {
        Some((language, stem)) => format!("{language}:{stem}"),
        None => term.to_owned(),
    }
}

impl SlotScorer {
    fn open(segment: &Segment<'_>, slot: &Slot) -> Result<Self, SearchError> {
        let alternatives = slot
            .alternatives
            .iter()
            .map(|alternative| AlternativeScorer::open(segment, alternative))
            .collect::<Result<_, _>>()?;
        let prefix = match &slot.prefix {
            Some(prefix) => Some([
                segment.beginning_so(TextField::Title, prefix)?,
                segment.beginning_so(TextField::Aliases, prefix)?,
            ]),
            None => None,
        };
        let exact = slot.exact_form.as_ref().map(|form| ExactScorer::open(segment, form)).transpose()?;
        let words = slot.alternatives.first().map_or(1, |first| first.words.len() as u32);
        Ok(Self {
            text: slot.text.clone(),
            idf: slot.idf,
            words,
            stop_word: slot.stop_word,
            alternatives,
            prefix,
            exact,
        })
    }

    /// The slot's frequency in each field: of its best alternative there, each match by its tier's weight.
    fn frequencies(&mut self, doc: u32, notes: &mut Option<Vec<Note>>) -> Frequencies {
        let mut best = Frequencies::default();
        for alternative in &mut self.alternatives {
            let found = alternative.frequencies(doc, notes);
            best.same |= found.same;
            for (best, frequency) in best.fields.iter_mut().zip(found.fields) {
                *best = best.max(frequency);
            }
        }
        if let Some(sets) = &self.prefix {
            for (field, set) in [TextField::Title, TextField::Aliases].into_iter().zip(sets) {
                if best.fields[field as usize] == 0.0 && set.contains(doc) {
                    let weight = Tier::Prefix.weight();
                    best.fields[field as usize] = weight;
                    if let Some(notes) = notes {
                        notes.push(Note {
                            field,
                            tier: Tier::Prefix,
                            term: format!("{}…", self.text),
                            weight,
                            frequency: 1.0,
                        });
                    }
                }
            }
        }
        best
    }
}

impl AlternativeScorer {
    fn open(segment: &Segment<'_>, alternative: &Alternative) -> Result<Self, SearchError> {
        if let [variants] = alternative.words.as_slice() {
            let mut scorers = Vec::with_capacity(variants.len());
            for variant in variants.iter().filter(|variant| variant.df > 0) {
                let mut fields: [Option<SegmentPostings>; FIELDS] = Default::default();
                for field in TextField::ALL {
                    fields[field as usize] = if variant.is_stem() && field == TextField::Body {
                        let stems = segment.snapshot.fields().body_stem;
                        postings_of(stems, segment.view.body_stem(), &variant.term, IndexRecordOption::WithFreqs)?
                    } else {
                        segment.postings(field, variant, IndexRecordOption::WithFreqs)?
                    };
                }
                scorers.push(VariantScorer {
                    term: variant.term.clone(),
                    tier: variant.tier,
                    weight: variant.weight,
                    fields,
                });
            }
            return Ok(Self::Word(scorers));
        }
        let worst = alternative.words.iter().flatten().min_by(|a, b| a.weight.total_cmp(&b.weight));
        let (tier, weight) = worst.map_or((Tier::Folded, 1.0), |variant| (variant.tier, variant.weight));
        let text =
            alternative.words.iter().filter_map(|variants| variants.first()).map(|variant| variant.term.as_str());
        let text = text.collect::<Vec<_>>().join(" ");
        let fields = TextField::ALL
            .into_iter()
            .map(|field| PhraseCursor::open(segment, field, alternative))
            .collect::<Result<_, _>>()?;
        Ok(Self::Phrase { tier, weight, text, fields })
    }

    fn frequencies(&mut self, doc: u32, notes: &mut Option<Vec<Note>>) -> Frequencies {
        let mut sums = Frequencies::default();
        match self {
            Self::Phrase { tier, weight, text, fields } => {
                for (field, cursor) in TextField::ALL.into_iter().zip(fields) {
                    let frequency = cursor.as_mut().map_or(0, |cursor| cursor.frequency(doc)) as f32;
                    if frequency > 0.0 {
                        sums.fields[field as usize] = *weight * frequency;
                        sums.same |= *tier == Tier::Folded;
                        if let Some(notes) = notes {
                            notes.push(Note { field, tier: *tier, term: text.clone(), weight: *weight, frequency });
                        }
                    }
                }
            }
            Self::Word(variants) => {
                for field in TextField::ALL {
                    // Every occurrence of a word is one of its stem, too: only the others count as inflected.
                    let (mut same, mut inflected, mut others) = (0.0, 0.0_f32, 0.0);
                    for VariantScorer { term, tier, weight, fields } in variants.iter_mut() {
                        let Some(cursor) = &mut fields[field as usize] else { continue };
                        if !seek(cursor, doc) {
                            continue;
                        }
                        let frequency = cursor.term_freq() as f32;
                        if let Some(notes) = notes {
                            notes.push(Note { field, tier: *tier, term: term.clone(), weight: *weight, frequency });
                        }
                        match tier {
                            Tier::Folded => same += *weight * frequency,
                            Tier::Stemmed => inflected = inflected.max(*weight * (frequency - same).max(0.0)),
                            _ => others += *weight * frequency,
                        }
                    }
                    sums.same |= same > 0.0;
                    sums.fields[field as usize] = same + inflected + others;
                }
            }
        }
        sums
    }
}

impl ExactScorer {
    fn open(segment: &Segment<'_>, form: &ExactForm) -> Result<Self, SearchError> {
        let (expected, term) = match form {
            ExactForm::Has(term) => (true, term),
            ExactForm::Lacks(term) => (false, term),
        };
        let fields = segment.snapshot.fields();
        let title = segment.view.text(TextField::Title);
        let places = [
            postings_of(fields.words, segment.view.words(), term, IndexRecordOption::Basic)?,
            postings_of(fields.text(TextField::Title), title, term, IndexRecordOption::Basic)?,
        ];
        Ok(Self { expected, places })
    }

    /// In how many of the two places the word stands as typed.
    fn count(&mut self, doc: u32, in_title: bool) -> u32 {
        let expected = self.expected;
        let mut holds = |place: usize| self.places[place].as_mut().is_some_and(|cursor| seek(cursor, doc)) == expected;
        u32::from(holds(0)) + u32::from(in_title && holds(1))
    }
}

/// Tells how close the words of the query stand in the pages of one segment, asked in order.
pub struct Closeness {
    slots: Vec<CloseSlot>,
}

struct CloseSlot {
    idf: f32,
    fields: [Vec<SegmentPostings>; CLOSE_FIELDS.len()],
}

impl Closeness {
    /// None if there are no two words to be close.
    pub fn open(segment: &Segment<'_>, compiled: &Compiled) -> Result<Option<Self>, SearchError> {
        if compiled.slots.len() < 2 {
            return Ok(None);
        }
        let mut slots = Vec::with_capacity(compiled.slots.len());
        for slot in &compiled.slots {
            let mut fields: [Vec<SegmentPostings>; CLOSE_FIELDS.len()] = Default::default();
            // Stems have no positions in the body; the forms that were typed, begun or misspelt have.
            let words = slot
                .alternatives
                .iter()
                .filter(|alternative| alternative.words.len() == 1)
                .flat_map(|alternative| &alternative.words[0]);
            for variant in words.filter(|variant| variant.df > 0).take(CLOSE_VARIANTS) {
                for (cursors, field) in fields.iter_mut().zip(CLOSE_FIELDS) {
                    cursors.extend(segment.postings(field, variant, IndexRecordOption::WithFreqsAndPositions)?);
                }
            }
            slots.push(CloseSlot { idf: slot.idf, fields });
        }
        Ok(Some(Self { slots }))
    }

    /// The bonus of a page: for each two words that follow each other in the query, how near they come anywhere.
    pub fn bonus(&mut self, doc: u32) -> f32 {
        let mut buffer = Vec::new();
        let mut best = vec![0.0_f32; self.slots.len()];
        for field in 0..CLOSE_FIELDS.len() {
            let mut before: Vec<u32> = Vec::new();
            for (slot, best) in self.slots.iter_mut().zip(&mut best) {
                let mut positions = Vec::new();
                for cursor in &mut slot.fields[field] {
                    if seek(cursor, doc) {
                        cursor.positions(&mut buffer);
                        positions.extend_from_slice(&buffer);
                    }
                }
                positions.sort_unstable();
                if let Some(distance) = nearest(&before, &positions) {
                    *best = best.max((distance as f32).sqrt().recip());
                }
                before = positions;
            }
        }
        let pairs =
            (1..self.slots.len()).map(|index| best[index] * self.slots[index - 1].idf.min(self.slots[index].idf));
        PROXIMITY * pairs.sum::<f32>()
    }
}

/// The least distance from a position of the first word to one of the second; against the order it is one more.
fn nearest(first: &[u32], second: &[u32]) -> Option<u32> {
    let mut nearest: Option<u32> = None;
    let mut at = 0;
    for &position in first {
        while at < second.len() && second[at] <= position {
            at += 1;
        }
        let after = second.get(at).map(|next| next - position);
        let before = at.checked_sub(1).and_then(|at| second.get(at)).map(|last| (position - last + 1).max(2));
        for distance in [after, before].into_iter().flatten() {
            nearest = Some(nearest.map_or(distance, |nearest| nearest.min(distance)));
        }
    }
    nearest.filter(|distance| *distance <= PROXIMITY_REACH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_in_order_is_nearest() {
        assert_eq!(nearest(&[1], &[2]), Some(1));
        assert_eq!(nearest(&[2], &[1]), Some(2), "against the order");
        assert_eq!(nearest(&[1, 50], &[9, 53]), Some(3));
        assert_eq!(nearest(&[1], &[100]), None, "out of reach");
        assert_eq!(nearest(&[], &[1]), None);
        assert_eq!(nearest(&[5], &[5]), Some(2), "one word that fills both slots");
    }

    #[test]
    fn stems_are_shown_readably() {
        assert_eq!(readable("\u{1}ptconfigur"), "pt:configur");
        assert_eq!(readable("vpn"), "vpn");
    }
}
