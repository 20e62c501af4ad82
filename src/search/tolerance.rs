//! Tolerance: what words may have been meant where no page holds all of them as typed.
//!
//! Misspelt words, two words written as one, and words that were left half typed though others follow.

use super::SearchError;
use super::compile::{Alternative, Compiled, Context, Slot, Variant};
use super::expand;
use super::ranking::{ABBREVIATION_LETTERS, TYPO_DECAY, Tier};

impl Slot {
    /// Whether any of its terms occurs at all.
    fn is_known(&self) -> bool {
        self.alternatives.iter().any(occurs)
    }

    /// Live pages that hold it as typed, at most.
    fn as_typed(&self) -> u64 {
        let variants = self.alternatives.iter().flat_map(|alternative| &alternative.words).flatten();
        variants.filter(|variant| variant.tier == Tier::Folded).map(|variant| variant.df).max().unwrap_or(0)
    }

    /// Whether it is one word of letters alone: codes with digits are never misspelt.
    fn is_plain_word(&self) -> bool {
        !self.phrase && self.text.chars().all(char::is_alphabetic)
    }
}

impl Context<'_> {
    /// Adds the words that a misspelt word may mean, and the two words that it may have been: for words that fewer
    /// than `known_from` pages hold as they are.
    pub fn add_typos(&self, compiled: &mut Compiled, known_from: u64) -> Result<(), SearchError> {
        for slot in compiled.slots.iter_mut().filter(|slot| !slot.phrase) {
            if !slot.is_plain_word() {
                self.add_typos_of_parts(slot)?;
                continue;
            }
            if slot.as_typed() >= known_from {
                continue;
            }
            let known = slot.is_known();
            let typos = self.typos(&slot.text, slot.prefix.is_some())?;
            let found = !typos.is_empty();
            if found {
                slot.alternatives.push(Alternative { words: vec![typos] });
            }
            if !known {
                if let Some(split) = self.split(&slot.text)? {
                    slot.alternatives.push(split);
                } else if !found {
                    continue;
                }
                slot.idf = self.idf(slot);
            }
        }
        Ok(())
    }

    /// Words that a misspelt word may mean.
    fn typos(&self, word: &str, open: bool) -> Result<Vec<Variant>, SearchError> {
        let near = expand::by_typo(self.snapshot, word, open)?;
        let variant = |(term, distance, df)| Variant {
            term,
            tier: Tier::Typo,
            weight: Tier::Typo.weight() * TYPO_DECAY.powi(i32::from(distance) - 1),
            df,
        };
        Ok(near.into_iter().map(variant).collect())
    }

    /// `experimantal_feature` is found where `experimental_feature` stands: in a name that occurs nowhere, the parts
    /// that occur nowhere are misspelt.
    fn add_typos_of_parts(&self, slot: &mut Slot) -> Result<(), SearchError> {
        let parts = slot.alternatives.iter().find(|alternative| {
            alternative.words.len() > 1
                && alternative.words.iter().flatten().all(|variant| variant.term.chars().all(char::is_alphabetic))
        });
        let Some(parts) = parts.filter(|_| !slot.is_known()) else {
            return Ok(());
        };
        let mut words = Vec::with_capacity(parts.words.len());
        for (index, variants) in parts.words.iter().enumerate() {
            let Some(part) = variants.first() else { return Ok(()) };
            let open = slot.prefix.is_some() && index + 1 == parts.words.len();
            words.push(if part.df > 0 { variants.clone() } else { self.typos(&part.term, open)? });
        }
        if words.iter().all(|variants| !variants.is_empty()) {
            slot.alternatives.push(Alternative { words });
            slot.idf = self.idf(slot);
        }
        Ok(())
    }

    /// The likeliest two words that one word may have been: both occur, the rarer of them as often as possible.
    fn split(&self, word: &str) -> Result<Option<Alternative>, SearchError> {
        let mut best: Option<(u64, Vec<String>)> = None;
        for (at, _) in word.char_indices().skip(1) {
            let halves = [&word[..at], &word[at..]];
            if halves.iter().any(|half| half.len() < 2) {
                continue;
            }
            let df = |half| expand::passing_df(self.snapshot, half);
            let rarer = match df(halves[0])? {
                0 => 0,
                first => first.min(df(halves[1])?),
            };
            if rarer > best.as_ref().map_or(0, |(df, _)| *df) {
                best = Some((rarer, halves.map(str::to_owned).to_vec()));
            }
        }
        best.map(|(_, halves)| self.exact_words(&halves, Tier::Joined)).transpose()
    }

    /// `config vpn`: words that other words follow may be begun only, too.
    pub fn add_abbreviations(&self, compiled: &mut Compiled) -> Result<(), SearchError> {
        for slot in compiled.slots.iter_mut().filter(|slot| slot.is_plain_word() && !slot.stop_word) {
            if slot.prefix.is_none() && slot.text.chars().count() >= ABBREVIATION_LETTERS {
                let words = expand::by_prefix(self.snapshot, &slot.text)?;
                if !words.is_empty() {
                    slot.alternatives.push(Alternative { words: vec![words] });
                    slot.idf = self.idf(slot);
                }
            }
        }
        Ok(())
    }
}

/// Whether every word of an alternative occurs, though maybe not side by side.
fn occurs(alternative: &Alternative) -> bool {
    alternative.words.iter().all(|variants| variants.iter().any(|variant| variant.df > 0))
}
