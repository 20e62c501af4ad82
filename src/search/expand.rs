//! Expansion: words of the index that begin like a typed word, or differ from it by a letter or two.
//!
//! What is found becomes plain terms with their own frequencies, so that they are scored and highlighted like any other.
//! Frequencies are of live pages: results must not depend on history.

use std::ops::Range;

use tantivy::Term;
use tantivy::postings::TermInfo;
use tantivy_fst::Automaton;

use super::SearchError;
use super::compile::Variant;
use super::matching::each_block;
use super::ranking::{MAX_PREFIX_WORDS, MAX_TYPO_LENGTH, MAX_TYPO_WORDS, NUMBER_DIGITS, TYPO_LENGTHS, Tier};
use crate::index::{Reach, SegmentView, Snapshot, is_folded, upper_bound};

/// Live pages that hold a term that is hardly asked for again: one of many that a word may have been.
pub fn passing_df(snapshot: &Snapshot, term: &str) -> Result<u64, SearchError> {
    let key = Term::from_field_text(snapshot.fields().words, term);
    let mut df = 0;
    for segment in snapshot.segments() {
        if let Some(info) = segment.words().get_term_info(&key)? {
            df += live_df_in(snapshot, segment, &info)?;
        }
    }
    Ok(df)
}

/// Live pages that hold a term. Where it lies is kept, for who matches and scores it next.
pub fn live_df(snapshot: &Snapshot, term: &str) -> Result<u64, SearchError> {
    snapshot.counted(term, || {
        let mut df = 0;
        for segment in snapshot.segments() {
            if let Some(info) = segment.places(snapshot.fields(), term)?.words() {
                df += live_df_in(snapshot, segment, info)?;
            }
        }
        Ok(df)
    })
}

fn live_df_in(snapshot: &Snapshot, segment: &SegmentView, info: &TermInfo) -> Result<u64, SearchError> {
    if !snapshot.is_partial() && segment.reader().alive_bitset().is_none() {
        return Ok(u64::from(info.doc_freq));
    }
    // A word of deleted or hidden pages alone is no word: it may not be completed, corrected to, or make another one rare.
    let mut df = 0;
    each_block(segment.words(), info, |docs| {
        df += docs.iter().filter(|doc| segment.found().contains(**doc)).count() as u64;
    })?;
    Ok(df)
}

/// Which longer words count for one that is still typed. No code does: in its place stands its first part, which is a word
/// of its own. Nor does, for a few digits, a number of many, such as an address without its dots. Of a hundred thousand
/// addresses that begin alike none is looked at then.
struct Begun {
    codes: bool,
    /// In bytes.
    longest: usize,
}

impl Begun {
    fn new(prefix: &str) -> Self {
        let is_number = prefix.bytes().all(|byte| byte.is_ascii_digit());
        Self {
            codes: prefix.bytes().any(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric()),
            longest: if is_number && prefix.len() < NUMBER_DIGITS { NUMBER_DIGITS } else { usize::MAX },
        }
    }
}

impl Automaton for Begun {
    /// Bytes so far; none where no word counts any more.
    type State = Option<usize>;

    fn start(&self) -> Self::State {
        Some(0)
    }

    fn is_match(&self, state: &Self::State) -> bool {
        state.is_some()
    }

    fn can_match(&self, state: &Self::State) -> bool {
        state.is_some()
    }

    fn accept(&self, state: &Self::State, byte: u8) -> Self::State {
        let goes_on = self.codes || byte.is_ascii_alphanumeric() || !byte.is_ascii();
        state.map(|bytes| bytes + 1).filter(|bytes| goes_on && *bytes <= self.longest)
    }
}

/// Words that begin with `prefix` and are longer, most frequent first. Codes are among them once a connector was typed.
pub fn by_prefix(snapshot: &Snapshot, prefix: &str) -> Result<Vec<Variant>, SearchError> {
    // What the engine counts may hold deleted and hidden pages, too, and is never less: only the words that may still be
    // among the most frequent ones are counted.
    let mut text = String::new();
    let mut found: Vec<(Range<usize>, u64)> = Vec::new();
    for segment in snapshot.segments() {
        let mut terms =
            segment.words().terms().search(Begun::new(prefix)).gt(prefix).lt(upper_bound(prefix)).into_stream()?;
        while terms.advance() {
            if let Ok(term) = std::str::from_utf8(terms.key())
                && is_folded(term)
            {
                let begin = text.len();
                text.push_str(term);
                found.push((begin..text.len(), u64::from(terms.value().doc_freq)));
            }
        }
    }
    if snapshot.segments().len() > 1 {
        found.sort_by(|a, b| text[a.0.clone()].cmp(&text[b.0.clone()]));
        found.dedup_by(|one, first| {
            let same = text[one.0.clone()] == text[first.0.clone()];
            first.1 += if same { one.1 } else { 0 };
            same
        });
    }
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| text[a.0.clone()].cmp(&text[b.0.clone()])));
    let mut likely: Vec<&str> = found.iter().take(MAX_PREFIX_WORDS).map(|(span, _)| &text[span.clone()]).collect();
    likely.sort_unstable();
    for segment in snapshot.segments() {
        segment.look_up_all(prefix, &likely)?;
    }
    // In order; what comes later can only stand behind.
    let mut words: Vec<(&str, u64)> = Vec::with_capacity(MAX_PREFIX_WORDS + 1);
    let before = |a: (&str, u64), b: (&str, u64)| a.1 > b.1 || a.1 == b.1 && a.0 < b.0;
    for (span, at_most) in found {
        let term = &text[span];
        if words.len() == MAX_PREFIX_WORDS && words.last().is_some_and(|worst| before(*worst, (term, at_most))) {
            break;
        }
        let df = live_df(snapshot, term)?;
        if df > 0 {
            words.insert(words.partition_point(|word| before(*word, (term, df))), (term, df));
            words.truncate(MAX_PREFIX_WORDS);
        }
    }
    let variant = |(term, df): (&str, u64)| Variant {
        term: term.to_owned(),
        tier: Tier::Prefix,
        weight: Tier::Prefix.weight(),
        df,
    };
    Ok(words.into_iter().map(variant).collect())
}

/// How many letters of a word may be wrong.
pub fn allowed_typos(word: &str) -> u8 {
    let letters = word.chars().count();
    if letters > MAX_TYPO_LENGTH || word.contains(|letter: char| !letter.is_alphabetic()) {
        return 0;
    }
    u8::from(letters >= TYPO_LENGTHS.0) + u8::from(letters >= TYPO_LENGTHS.1)
}

/// Words that differ from `word` by as many letters as its length allows, with the distance and their live pages:
/// nearest first, then most frequent. A wrong first letter counts twice. For a word still typed (`open`), also words
/// that begin like one so near.
pub fn by_typo(snapshot: &Snapshot, word: &str, open: bool) -> Result<Vec<(String, u8, u64)>, SearchError> {
    let edits = allowed_typos(word);
    if edits == 0 {
        return Ok(Vec::new());
    }
    let reach = Reach { edits, edits_elsewhere: edits.checked_sub(1).filter(|left| *left > 0), open };
    let mut words: Vec<(String, u8, u64)> = Vec::new();
    near(snapshot, word, reach, |term, distance, df| words.push((term, distance, df)))?;
    words.sort_unstable_by(|a, b| a.1.cmp(&b.1).then_with(|| b.2.cmp(&a.2)).then_with(|| a.0.cmp(&b.0)));
    words.truncate(MAX_TYPO_WORDS);
    Ok(words)
}

/// Words of letters alone that differ from `word` by up to `edits` letters, with the distance and their live pages, in no
/// order: what may be proposed, whatever may be matched.
pub fn near_terms(snapshot: &Snapshot, word: &str, edits: u8) -> Result<Vec<(String, usize, u64)>, SearchError> {
    let reach = Reach { edits, edits_elsewhere: Some(edits), open: false };
    let mut words = Vec::new();
    near(snapshot, word, reach, |term, distance, df| words.push((term, usize::from(distance), df)))?;
    Ok(words)
}

/// Every other word of live pages within reach, once: with its distance, a wrong first letter counted as reach says.
fn near(
    snapshot: &Snapshot,
    word: &str,
    reach: Reach,
    mut each: impl FnMut(String, u8, u64),
) -> Result<(), SearchError> {
    let typed: Vec<char> = word.chars().collect();
    let elsewhere = reach.edits - reach.edits_elsewhere.unwrap_or(0);
    let (mut letters, mut rows) = (Vec::new(), Rows::default());
    let mut found: Vec<(String, u8)> = Vec::new();
    snapshot.lexicons()?.candidates(word, reach, |term| {
        letters.clear();
        letters.extend(term.chars());
        let mut distance =
            if reach.open { rows.prefix_distance(&typed, &letters) } else { rows.distance(&typed, &letters) };
        if letters.first() != typed.first() {
            distance += usize::from(elsewhere);
        }
        if distance > 0 && distance <= usize::from(reach.edits) {
            found.push((term.to_owned(), distance as u8));
        }
    });
    for (term, distance) in found {
        let df = passing_df(snapshot, &term)?;
        if df > 0 {
            each(term, distance, df);
        }
    }
    Ok(())
}

/// Room for the three rows that a distance is worked out in.
#[derive(Default)]
struct Rows {
    before: Vec<usize>,
    row: Vec<usize>,
    next: Vec<usize>,
}

impl Rows {
    /// Damerau-Levenshtein distance of two words: letters added, dropped, changed, or two neighbours swapped.
    fn distance(&mut self, a: &[char], b: &[char]) -> usize {
        self.last_row(a, b).last().copied().unwrap_or(0)
    }

    /// The distance of `typed` to the nearest beginning of `word`.
    fn prefix_distance(&mut self, typed: &[char], word: &[char]) -> usize {
        // Only beginnings about as long as what was typed can be near.
        let reach = (typed.len() + 2).min(word.len());
        self.last_row(typed, &word[..reach]).iter().copied().min().unwrap_or(0)
    }

    /// The distances of `a` to every beginning of `b`.
    fn last_row(&mut self, a: &[char], b: &[char]) -> &[usize] {
        let Self { before, row, next } = self;
        row.clear();
        row.extend(0..=b.len());
        for (i, &left) in a.iter().enumerate() {
            next.clear();
            next.push(i + 1);
            for (j, &right) in b.iter().enumerate() {
                let mut best = (row[j] + usize::from(left != right)).min(row[j + 1] + 1).min(next[j] + 1);
                if i > 0 && j > 0 && left == b[j - 1] && a[i - 1] == right {
                    best = best.min(before[j - 1] + 1);
                }
                next.push(best);
            }
            std::mem::swap(before, row);
            std::mem::swap(row, next);
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(word: &str) -> Vec<char> {
        word.chars().collect()
    }

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("vpn", "vpn", 0),
            ("boleto", "bolteo", 1),
            ("boleto", "bolet", 1),
            ("contrato", "cotnrata", 2),
            ("", "ab", 2),
            ("ca", "abc", 3),
        ] {
            assert_eq!(Rows::default().distance(&letters(a), &letters(b)), expected, "{a} {b}");
            assert_eq!(Rows::default().distance(&letters(b), &letters(a)), expected, "{b} {a}");
        }
        assert_eq!(Rows::default().prefix_distance(&letters("confg"), &letters("configuracao")), 1);
        assert_eq!(Rows::default().prefix_distance(&letters("conf"), &letters("configuracao")), 0);
    }

    #[test]
    fn how_many_letters_may_be_wrong() {
        for (word, allowed) in
            [("vpn", 0), ("nota", 1), ("boletos", 1), ("contrato", 2), ("ipv6x", 0), ("78542", 0), ("ação", 1)]
        {
            assert_eq!(allowed_typos(word), allowed, "{word}");
        }
    }
}
