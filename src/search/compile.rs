//! Compilation: from what was typed to the terms of one index state that may answer it.
//!
//! A *slot* is a word of the query, or a phrase. It is filled by any of its *alternatives*: the word in its several
//! strengths, a code as written, joined or as its parts side by side, a synonym. Every term comes with the tier that
//! it matches in, so that scores, snippets and explanations speak of the same things.

use super::chunks::{Chunk, chunks};
use super::expand;
use super::query::{Clause, FilterField, Query};
use super::ranking::Tier;
use super::{SearchError, Settings};
use crate::index::Snapshot;
use crate::index::analysis::{Language, accented_mark, fold, is_stop_word, stem_term, with_stem};
use crate::index::key_of;

/// A term that may fill a slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// As indexed.
    pub term: String,
    /// How well it fits.
    pub tier: Tier,
    /// The tier's weight, less what a typo's further letters cost.
    pub weight: f32,
    /// Live pages that hold it.
    pub df: u64,
}

/// One way to fill a slot: one word, or several side by side. Each word by any of its variants.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// Side by side; never empty.
    pub words: Vec<Vec<Variant>>,
}

/// A word or phrase of the query.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// As typed, folded.
    pub text: String,
    /// Any of them fills it.
    pub alternatives: Vec<Alternative>,
    /// Titles and aliases with a word that begins so fill it, however many.
    pub prefix: Option<String>,
    /// The terms that a page holds where the word stands exactly as typed, and those it does not hold.
    pub exact_form: Option<ExactForm>,
    /// Whether it is a function word: counted, never required.
    pub stop_word: bool,
    /// Whether it was typed as a phrase: never relaxed.
    pub phrase: bool,
    /// How much it says: BM25's idf of its rarest strict form.
    pub idf: f32,
}

/// How to tell that a word stands as it was typed, accents included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExactForm {
    /// Typed with accents: the page holds this very word.
    Has(String),
    /// Typed without: the page holds no accented form of it.
    Lacks(String),
}

/// A restriction that holds or not, whatever the rank.
#[derive(Clone, Debug, PartialEq)]
pub enum Restriction {
    /// An indexed key equals.
    Key(FilterKey, String),
    /// One of several indexed keys equals, or differs where the last is true.
    AnyKey(Vec<(FilterKey, String, bool)>),
    /// A word or phrase stands in the title.
    Title(Alternative),
    /// A word or phrase stands in the path.
    Path(Alternative),
    /// A word or phrase stands anywhere.
    Anywhere(Alternative),
}

/// Keys that restrict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterKey {
    /// A whole tag, folded.
    Tag,
    /// A language or its primary part, lower case.
    Lang,
    /// A folder path, folded.
    Category,
}

/// A query, ready to be matched against one index state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compiled {
    /// Words and phrases, in the order typed.
    pub slots: Vec<Slot>,
    /// What must hold.
    pub required: Vec<Restriction>,
    /// What must not hold.
    pub excluded: Vec<Restriction>,
    /// The folded words of the whole query: what a title is compared with.
    pub key: String,
    /// Whether the query is words and phrases alone, so that `key` is all of it.
    pub plain: bool,
}

impl Compiled {
    /// The sum of what its slots say.
    pub fn total_idf(&self) -> f32 {
        self.slots.iter().map(|slot| slot.idf).sum::<f32>().max(f32::MIN_POSITIVE)
    }

    /// Whether any word was read as another one, or as two.
    pub fn has_guesses(&self) -> bool {
        let alternatives = self.slots.iter().flat_map(|slot| &slot.alternatives);
        alternatives
            .flat_map(|alternative| &alternative.words)
            .flatten()
            .any(|variant| matches!(variant.tier, Tier::Typo | Tier::Joined))
    }
}

/// What compiling needs besides the query.
pub struct Context<'a> {
    /// The index state.
    pub snapshot: &'a Snapshot,
    /// Synonyms.
    pub settings: &'a Settings,
    /// The languages whose stems and function words count.
    pub languages: Vec<Language>,
}

impl Context<'_> {
    fn variant(&self, term: String, tier: Tier) -> Result<Variant, SearchError> {
        let df = expand::live_df(self.snapshot, &term)?;
        Ok(Variant { weight: tier.weight(), term, tier, df })
    }

    /// The variants of a plain word, but for prefixes and typos.
    pub(super) fn word_variants(&self, word: &str, stemmed: bool) -> Result<Vec<Variant>, SearchError> {
        let mut variants = vec![self.variant(word.to_owned(), Tier::Folded)?];
        if stemmed {
            for language in &self.languages {
                if let Some(term) = with_stem(*language, word, |stem| stem_term(*language, stem)) {
                    variants.push(self.variant(term, Tier::Stemmed)?);
                }
            }
        }
        Ok(variants)
    }

    /// Words side by side, folded and not stemmed.
    pub(super) fn exact_words<'w>(
        &self,
        words: impl IntoIterator<Item = &'w String>,
        tier: Tier,
    ) -> Result<Alternative, SearchError> {
        let words = words
            .into_iter()
            .map(|word| Ok(vec![self.variant(word.clone(), tier)?]))
            .collect::<Result<_, SearchError>>()?;
        Ok(Alternative { words })
    }

    /// The alternatives of one chunk as typed.
    fn chunk_alternatives(&self, chunk: &Chunk, stemmed: bool) -> Result<Vec<Alternative>, SearchError> {
        let mut alternatives = Vec::new();
        for form in chunk.whole.iter().chain(&chunk.joined) {
            alternatives.push(Alternative { words: vec![self.word_variants(form, false)?] });
        }
        if let [word] = chunk.parts.as_slice() {
            // `C++` is not `c`: a code of one part is found as written alone.
            if chunk.whole.is_none() || chunk.whole.as_deref().is_some_and(|whole| !self.occurs(whole)) {
                alternatives.push(Alternative { words: vec![self.word_variants(word, stemmed)?] });
            }
        } else {
            alternatives.push(self.exact_words(&chunk.parts, Tier::Folded)?);
        }
        Ok(alternatives)
    }

    fn occurs(&self, term: &str) -> bool {
        expand::live_df(self.snapshot, term).is_ok_and(|df| df > 0)
    }

    fn slot(&self, chunk: &Chunk) -> Result<Slot, SearchError> {
        let text = chunk.whole.clone().unwrap_or_else(|| chunk.parts.join(" "));
        let plain = chunk.whole.is_none() && chunk.parts.len() == 1;
        let exact_form = plain.then(|| {
            let typed: String = crate::page::nfc(&chunk.surface).chars().flat_map(char::to_lowercase).collect();
            if typed == chunk.parts[0] { ExactForm::Lacks(accented_mark(&typed)) } else { ExactForm::Has(typed) }
        });
        let mut slot = Slot {
            stop_word: plain && is_stop_word(&chunk.parts[0], &self.languages),
            alternatives: self.chunk_alternatives(chunk, true)?,
            text,
            prefix: None,
            exact_form,
            phrase: false,
            idf: 0.0,
        };
        slot.idf = self.idf(&slot);
        Ok(slot)
    }

    /// How much a slot says: by the pages that hold its commonest strict form, so that a rare misspelling of a
    /// common word says no more than the word.
    pub(super) fn idf(&self, slot: &Slot) -> f32 {
        let df_of = |alternative: &Alternative| {
            // Words side by side are at most as common as the rarest of them.
            alternative
                .words
                .iter()
                .map(|variants| variants.iter().map(|variant| variant.df).max().unwrap_or(0))
                .min()
                .unwrap_or(0)
        };
        let df = slot.alternatives.iter().map(df_of).max().unwrap_or(0);
        let pages = self.snapshot.pages() as f32;
        let df = (df as f32).min(pages);
        (1.0 + (pages - df + 0.5) / (df + 0.5)).ln()
    }

    /// Compiles what was typed, without typos.
    pub fn compile(&self, query: &Query) -> Result<Compiled, SearchError> {
        let mut compiled = Compiled::default();
        let mut plain: Vec<Chunk> = Vec::new();
        // Where each plain chunk's slot stands.
        let mut places = Vec::new();
        for clause in &query.clauses {
            match clause {
                Clause::Word(text) => {
                    for chunk in chunks(text) {
                        places.push(compiled.slots.len());
                        compiled.slots.push(self.slot(&chunk)?);
                        plain.push(chunk);
                    }
                }
                Clause::Phrase(text) => compiled.slots.extend(self.phrase(text)?),
                Clause::Exclude(text) => {
                    if let Some(alternative) = self.words_of(text)? {
                        compiled.excluded.push(Restriction::Anywhere(alternative));
                    }
                }
                Clause::Filter { field, value, excluded } => {
                    let list = if *excluded { &mut compiled.excluded } else { &mut compiled.required };
                    list.extend(self.restriction(*field, value)?);
                }
            }
        }
        if query.open
            && let (Some(chunk), Some(place)) = (plain.last(), places.last())
        {
            self.open_slot(&mut compiled.slots[*place], chunk)?;
        }
        self.join_neighbours(&mut compiled.slots, &plain, &places)?;
        self.add_synonyms(&mut compiled.slots, &plain, &places)?;
        compiled.plain = query.clauses.iter().all(|clause| matches!(clause, Clause::Word(_) | Clause::Phrase(_)));
        compiled.key = query
            .clauses
            .iter()
            .filter_map(|clause| match clause {
                Clause::Word(text) | Clause::Phrase(text) => Some(key_of(text)),
                Clause::Exclude(_) | Clause::Filter { .. } => None,
            })
            .filter(|key| !key.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        Ok(compiled)
    }

    /// The last word while it is being typed: also every word that begins so.
    fn open_slot(&self, slot: &mut Slot, chunk: &Chunk) -> Result<(), SearchError> {
        let word = chunk.whole.as_ref().or(chunk.parts.first().filter(|_| chunk.parts.len() == 1));
        if let Some(prefix) =
            word.filter(|prefix| prefix.len() == 1 && prefix.bytes().all(|byte| byte.is_ascii_alphabetic()))
        {
            // One letter begins thousands of words: none of them is worth a score but those of titles, and matching
            // takes them all in one sweep.
            slot.prefix = Some(prefix.clone());
            return Ok(());
        }
        if let Some(prefix) = word {
            let words = expand::by_prefix(self.snapshot, prefix)?;
            if !words.is_empty() {
                slot.alternatives.push(Alternative { words: vec![words] });
            }
            slot.prefix = Some(prefix.clone());
        }
        if let [first @ .., last] = chunk.parts.as_slice()
            && !first.is_empty()
        {
            // A code half typed: its parts side by side, the last one as a prefix.
            let words = expand::by_prefix(self.snapshot, last)?;
            if !words.is_empty() {
                let mut alternative = self.exact_words(first, Tier::Prefix)?;
                alternative.words.push(words);
                slot.alternatives.push(alternative);
            }
        }
        Ok(())
    }

    fn phrase(&self, text: &str) -> Result<Option<Slot>, SearchError> {
        let Some(alternative) = self.words_of(text)? else { return Ok(None) };
        let mut slot = Slot {
            text: key_of(text),
            alternatives: vec![alternative],
            prefix: None,
            exact_form: None,
            stop_word: false,
            phrase: true,
            idf: 0.0,
        };
        slot.idf = self.idf(&slot);
        Ok(Some(slot))
    }

    /// The words of a text side by side, folded; none without words.
    fn words_of(&self, text: &str) -> Result<Option<Alternative>, SearchError> {
        let chunks = chunks(text);
        if let [Chunk { whole: Some(whole), .. }] = chunks.as_slice()
            && self.occurs(whole)
        {
            return Ok(Some(self.exact_words([whole], Tier::Folded)?));
        }
        let parts: Vec<String> = chunks.into_iter().flat_map(|chunk| chunk.parts).collect();
        if parts.is_empty() { Ok(None) } else { Ok(Some(self.exact_words(&parts, Tier::Folded)?)) }
    }

    fn restriction(&self, field: FilterField, value: &str) -> Result<Option<Restriction>, SearchError> {
        Ok(match field {
            FilterField::Tag => Some(Restriction::Key(FilterKey::Tag, fold(value.trim()))),
            FilterField::Lang => Some(Restriction::Key(FilterKey::Lang, lang_key(value))),
            FilterField::Title => self.stemmed_words_of(value)?.map(Restriction::Title),
            FilterField::Path => self.stemmed_words_of(value)?.map(Restriction::Path),
        })
    }

    /// Like [`Self::words_of`], but a single word is met in its other forms, too.
    fn stemmed_words_of(&self, text: &str) -> Result<Option<Alternative>, SearchError> {
        if let [Chunk { whole: None, parts, .. }] = chunks(text).as_slice()
            && let [word] = parts.as_slice()
        {
            return Ok(Some(Alternative { words: vec![self.word_variants(word, true)?] }));
        }
        self.words_of(text)
    }

    /// `e mail` is found where `email` or `e-mail` stands: two words written as one fill both slots.
    fn join_neighbours(&self, slots: &mut [Slot], plain: &[Chunk], places: &[usize]) -> Result<(), SearchError> {
        for index in 1..plain.len() {
            let (left, right) = (&plain[index - 1], &plain[index]);
            let side_by_side = places[index] == places[index - 1] + 1;
            let ([first], [second]) = (left.parts.as_slice(), right.parts.as_slice()) else { continue };
            if !side_by_side || left.whole.is_some() || right.whole.is_some() {
                continue;
            }
            let joined = self.variant(format!("{first}{second}"), Tier::Joined)?;
            if joined.df > 0 {
                for place in [places[index - 1], places[index]] {
                    slots[place].alternatives.push(Alternative { words: vec![vec![joined.clone()]] });
                }
            }
        }
        Ok(())
    }
}

/// A language tag as it is compared.
pub fn lang_key(lang: &str) -> String {
    lang.trim().to_lowercase().replace('_', "-")
}
