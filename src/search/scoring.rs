//! Scoring: how well a page answers. One readable function over the numbers of `ranking`.
//!
//! Per word of the query the page's frequencies are summed over fields, weighted, and saturate (BM25F): first those of
//! the word itself, then what each weaker tier adds. To that comes how well the title fits; how close the words stand is `closeness`. Sums run in the order of the query's words, so
//! that the same page gets the same score in whatever segment it lies.

use serde_json::{Value, json};
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;

use super::SearchError;
use super::compile::{Alternative, Compiled, ExactForm, Slot};
use super::frequencies::{FIELDS, Frequencies, TierCounts};
use super::matching::{PhraseCursor, Segment, seek};
use super::ranking::{EXACT_FORM, LENGTH_SHARE, TITLE_COVER, TITLE_FIT, TITLE_SAME_WORDS, Tier};
use crate::index::{DocBits, TextField};

/// Scores the pages of one segment, asked in order.
pub struct Scorer<'a> {
    segment: Segment<'a>,
    slots: Vec<SlotScorer>,
    total_idf: f32,
    /// By tier: what a match counts in a word's score.
    tier_counts: TierCounts,
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
    Word { variants: Vec<VariantScorer>, cursors: [Vec<Cursor>; FIELDS] },
    Phrase { tier: Tier, share: f32, text: String, fields: Vec<Option<PhraseCursor>> },
}

struct VariantScorer {
    term: String,
    tier: Tier,
    /// What is left of its tier's weight.
    share: f32,
}

/// The postings of a variant in a field that has it.
struct Cursor {
    variant: usize,
    postings: SegmentPostings,
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
    share: f32,
    frequency: f32,
}

/// What a page's score is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parts {
    /// The words' own scores.
    pub words: f32,
    /// How well the title fits.
    pub title: f32,
    /// Whether every word that is no function word stands somewhere as typed, but for case and accents.
    pub as_typed: bool,
}

/// What of a query stands in a title.
#[derive(Clone, Copy, Debug, Default)]
struct InTitle {
    /// What the words there say, each by its best tier.
    idf: f32,
    /// Words of the title that they take.
    words: u32,
    /// Slots of the query that are there.
    slots: u32,
}

impl InTitle {
    fn add(&mut self, slot: &SlotScorer, share: f32) {
        if share > 0.0 {
            self.idf += slot.idf * share;
            self.words += slot.words;
            self.slots += 1;
        }
    }

    /// How well a title of so many words fits a query of so many slots that say `total_idf`.
    fn fit(self, total_idf: f32, slots: u32, title_words: u32) -> f32 {
        let of_query = self.idf / total_idf;
        let of_title = (self.words as f32 / title_words as f32).min(1.0);
        let whole = self.slots == slots && self.words >= title_words;
        let same_words = if whole { TITLE_SAME_WORDS * of_query } else { 0.0 };
        TITLE_FIT * of_query * of_title + TITLE_COVER * of_query * of_query + same_words
    }
}

impl<'a> Scorer<'a> {
    /// Opens the postings of all terms.
    pub fn open(segment: Segment<'a>, compiled: &Compiled) -> Result<Self, SearchError> {
        let slots = compiled.slots.iter().map(|slot| SlotScorer::open(&segment, slot)).collect::<Result<_, _>>()?;
        let tier_counts = TierCounts::default();
        Ok(Self { segment, slots, total_idf: compiled.total_idf(), tier_counts })
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
        let mut words = 0.0;
        let mut title = InTitle::default();
        let (mut required, mut as_typed) = (0, 0);
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let mut matches = notes.is_some().then(Vec::new);
            let frequencies = slot.frequencies(doc, &mut matches);
            let same = frequencies.holds_same();
            required += u32::from(!slot.stop_word);
            as_typed += u32::from(same && !slot.stop_word);
            let saturated = frequencies.saturated(&norms, &self.tier_counts);
            if saturated == 0.0 {
                continue;
            }
            let in_title = frequencies.share_in(TextField::Title);
            let exact = slot.exact.as_mut().filter(|_| same);
            let exact = exact.map_or(0, |exact| exact.count(doc, in_title > 0.0));
            let score = slot.idf * saturated * (1.0 + EXACT_FORM * exact as f32);
            words += score;
            title.add(slot, in_title);
            if let (Some(notes), Some(matches)) = (&mut notes, matches) {
                notes.push((index, score, matches));
            }
        }
        let title = if title.slots > 0 {
            let length = self.segment.view.title_words.first(doc).unwrap_or(1).max(1) as u32;
            self.total_idf * title.fit(self.total_idf, self.slots.len() as u32, length)
        } else {
            0.0
        };
        Parts { words, title, as_typed: required > 0 && as_typed == required }
    }

    /// Which word matched which field in which tier, with numbers.
    pub fn explain(&mut self, doc: u32) -> Value {
        let mut notes = Vec::new();
        let parts = self.score_noting(doc, Some(&mut notes));
        let words = notes.into_iter().map(|(index, score, matches)| {
            let matches: Vec<Value> = matches
                .into_iter()
                .map(|Note { field, tier, term, share, frequency }| {
                    let weight = tier.weight() * share;
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
        let words = slot.alternatives.iter().map(|way| way.words.len() as u32).max().unwrap_or(1);
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

    /// How often and how well each field fills the slot.
    fn frequencies(&mut self, doc: u32, notes: &mut Option<Vec<Note>>) -> Frequencies {
        let mut best = Frequencies::default();
        for alternative in &mut self.alternatives {
            best.unite(&alternative.frequencies(doc, notes));
        }
        best.count_once();
        if let Some(sets) = &self.prefix {
            for (field, set) in [TextField::Title, TextField::Aliases].into_iter().zip(sets) {
                if best.share_in(field) == 0.0 && set.contains(doc) {
                    *best.at(Tier::Prefix, field) = 1.0;
                    if let Some(notes) = notes {
                        let term = format!("{}…", self.text);
                        notes.push(Note { field, tier: Tier::Prefix, term, share: 1.0, frequency: 1.0 });
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
            let mut cursors: [Vec<Cursor>; FIELDS] = Default::default();
            for variant in variants.iter().filter(|variant| variant.df > 0) {
                let places = segment.places(&variant.term)?;
                for field in places.fields() {
                    let postings = places.postings(segment.view, field, &variant.term, IndexRecordOption::WithFreqs)?;
                    let cursor = |postings| Cursor { variant: scorers.len(), postings };
                    cursors[field as usize].extend(postings.map(cursor));
                }
                scorers.push(VariantScorer {
                    term: variant.term.clone(),
                    tier: variant.tier,
                    share: variant.weight / variant.tier.weight(),
                });
            }
            return Ok(Self::Word { variants: scorers, cursors });
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
        Ok(Self::Phrase { tier, share: weight / tier.weight(), text, fields })
    }

    fn frequencies(&mut self, doc: u32, notes: &mut Option<Vec<Note>>) -> Frequencies {
        let mut sums = Frequencies::default();
        let mut note = |field, tier, term: &str, share, frequency| {
            if let Some(notes) = notes {
                notes.push(Note { field, tier, term: term.to_owned(), share, frequency });
            }
        };
        match self {
            Self::Phrase { tier, share, text, fields } => {
                for (field, cursor) in TextField::ALL.into_iter().zip(fields) {
                    let frequency = cursor.as_mut().map_or(0, |cursor| cursor.frequency(doc)) as f32;
                    if frequency > 0.0 {
                        *sums.at(*tier, field) = *share * frequency;
                        note(field, *tier, text, *share, frequency);
                    }
                }
            }
            Self::Word { variants, cursors } => {
                for (field, cursors) in TextField::ALL.into_iter().zip(cursors) {
                    for Cursor { variant, postings } in cursors {
                        if !seek(postings, doc) {
                            continue;
                        }
                        let VariantScorer { term, tier, share } = &variants[*variant];
                        let frequency = postings.term_freq() as f32;
                        note(field, *tier, term, *share, frequency);
                        let same = sums.of(Tier::Folded)[field as usize];
                        let sum = sums.at(*tier, field);
                        if *tier == Tier::Stemmed {
                            // Every occurrence of the word is one of its stem, too: only the others are inflected.
                            *sum = sum.max(*share * (frequency - same).max(0.0));
                        } else {
                            *sum += *share * frequency;
                        }
                    }
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
        let found = segment.places(term)?;
        let anywhere =
            found.words().map(|info| segment.view.words().read_postings_from_terminfo(info, IndexRecordOption::Basic));
        let title = found.postings(segment.view, TextField::Title, term, IndexRecordOption::Basic)?;
        let places = [anywhere.transpose()?, title];
        Ok(Self { expected, places })
    }

    /// In how many of the two places the word stands as typed.
    fn count(&mut self, doc: u32, in_title: bool) -> u32 {
        let expected = self.expected;
        let mut holds = |place: usize| self.places[place].as_mut().is_some_and(|cursor| seek(cursor, doc)) == expected;
        u32::from(holds(0)) + u32::from(in_title && holds(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_of_the_same_words_fits_best() {
        let whole = InTitle { idf: 4.0, words: 2, slots: 2 }.fit(4.0, 2, 2);
        let longer_title = InTitle { idf: 4.0, words: 2, slots: 2 }.fit(4.0, 2, 5);
        let misspelt = InTitle { idf: 2.7, words: 2, slots: 2 }.fit(4.0, 2, 2);
        let half = InTitle { idf: 2.0, words: 1, slots: 1 }.fit(4.0, 2, 2);
        assert!(whole > misspelt && misspelt > half && whole > longer_title && longer_title > half);
    }

    #[test]
    fn stems_are_shown_readably() {
        assert_eq!(readable("\u{1}ptconfigur"), "pt:configur");
        assert_eq!(readable("vpn"), "vpn");
    }
}
