//! Expansion: words of the index that begin like a typed word, or differ from it by a letter or two.
//!
//! The term dictionary is searched by automata; what is found becomes plain terms with their own frequencies, so that
//! they are scored and highlighted like any other. Frequencies are of live pages: results must not depend on history.

use std::collections::HashMap;
use std::sync::OnceLock;

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, TERMINATED, Term};
use tantivy_fst::Automaton;

use super::SearchError;
use super::compile::Variant;
use super::ranking::{MAX_PREFIX_WORDS, MAX_TYPO_LENGTH, MAX_TYPO_WORDS, TYPO_LENGTHS, Tier};
use crate::index::{SegmentView, Snapshot};

/// Live pages that hold a term.
pub fn live_df(snapshot: &Snapshot, term: &str) -> Result<u64, SearchError> {
    let term = Term::from_field_text(snapshot.fields().words, term);
    let mut df = 0;
    for segment in snapshot.segments() {
        if let Some(info) = segment.words().get_term_info(&term)? {
            df += live_df_in(snapshot, segment, &info)?;
        }
    }
    Ok(df)
}

fn live_df_in(snapshot: &Snapshot, segment: &SegmentView, info: &TermInfo) -> Result<u64, SearchError> {
    if snapshot.is_partial() {
        // A word of hidden pages alone is no word: it may not be completed, corrected to, or make another one rare.
        let mut postings = segment.words().read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
        let mut df = 0;
        while postings.doc() != TERMINATED {
            df += u64::from(segment.found().contains(postings.doc()));
            postings.advance();
        }
        return Ok(df);
    }
    match segment.reader().alive_bitset() {
        None => Ok(u64::from(info.doc_freq)),
        Some(alive) => {
            let postings = segment.words().read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
            Ok(u64::from(postings.doc_freq_given_deletes(alive)))
        }
    }
}

/// Words that begin with `prefix` and are longer, most frequent first.
pub fn by_prefix(snapshot: &Snapshot, prefix: &str) -> Result<Vec<Variant>, SearchError> {
    let mut found: HashMap<String, u64> = HashMap::new();
    for segment in snapshot.segments() {
        let mut terms = segment.words().terms().range().gt(prefix).lt(upper_bound(prefix)).into_stream()?;
        while terms.advance() {
            let df = live_df_in(snapshot, segment, terms.value())?;
            if df > 0
                && let Ok(term) = std::str::from_utf8(terms.key())
                && is_folded(term)
            {
                *found.entry(term.to_owned()).or_default() += df;
            }
        }
    }
    let mut words: Vec<(String, u64)> = found.into_iter().collect();
    words.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    words.truncate(MAX_PREFIX_WORDS);
    let variant = |(term, df)| Variant { term, tier: Tier::Prefix, weight: Tier::Prefix.weight(), df };
    Ok(words.into_iter().map(variant).collect())
}

/// After every string that begins with `prefix`.
pub fn upper_bound(prefix: &str) -> Vec<u8> {
    let mut bound = prefix.as_bytes().to_vec();
    // No UTF-8 text holds this byte.
    bound.push(0xff);
    bound
}

/// Whether a term is a folded word, and no stem, mark or accented form.
fn is_folded(term: &str) -> bool {
    !term.starts_with(|first: char| first.is_control())
        && (term.is_ascii() || crate::index::analysis::fold(term) == term)
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
    let allowed = allowed_typos(word);
    if allowed == 0 {
        return Ok(Vec::new());
    }
    let builder = builder(allowed);
    let automaton = Typo(if open { builder.build_prefix_dfa(word) } else { builder.build_dfa(word) });
    let typed: Vec<char> = word.chars().collect();
    let mut found: HashMap<String, (u8, u64)> = HashMap::new();
    for segment in snapshot.segments() {
        let mut terms = segment.words().terms().search(&automaton).into_stream()?;
        while terms.advance() {
            let Ok(term) = std::str::from_utf8(terms.key()) else { continue };
            if !is_folded(term) || term.contains(|letter: char| !letter.is_alphabetic()) {
                continue;
            }
            let letters: Vec<char> = term.chars().collect();
            let mut distance = if open { prefix_distance(&typed, &letters) } else { distance(&typed, &letters) };
            if letters.first() != typed.first() {
                distance += 1;
            }
            if distance == 0 || distance > usize::from(allowed) {
                continue;
            }
            let df = live_df_in(snapshot, segment, terms.value())?;
            if df > 0 {
                found.entry(term.to_owned()).or_insert((distance as u8, 0)).1 += df;
            }
        }
    }
    let mut words: Vec<(String, u8, u64)> =
        found.into_iter().map(|(term, (distance, df))| (term, distance, df)).collect();
    words.sort_unstable_by(|a, b| a.1.cmp(&b.1).then_with(|| b.2.cmp(&a.2)).then_with(|| a.0.cmp(&b.0)));
    words.truncate(MAX_TYPO_WORDS);
    Ok(words)
}

/// Words of letters alone that differ from `word` by up to `allowed` letters, 1 or 2, with the distance and their live
/// pages, in no order: what may be proposed, whatever may be matched.
pub fn near_terms(snapshot: &Snapshot, word: &str, allowed: u8) -> Result<Vec<(String, usize, u64)>, SearchError> {
    let automaton = Typo(builder(allowed).build_dfa(word));
    let typed: Vec<char> = word.chars().collect();
    let mut found: HashMap<String, (usize, u64)> = HashMap::new();
    for segment in snapshot.segments() {
        let mut terms = segment.words().terms().search(&automaton).into_stream()?;
        while terms.advance() {
            let Ok(term) = std::str::from_utf8(terms.key()) else { continue };
            if term == word || !is_folded(term) || !term.chars().all(char::is_alphabetic) {
                continue;
            }
            let df = live_df_in(snapshot, segment, terms.value())?;
            if df > 0 {
                let distance = || distance(&typed, &term.chars().collect::<Vec<_>>());
                found.entry(term.to_owned()).or_insert_with(|| (distance(), 0)).1 += df;
            }
        }
    }
    Ok(found.into_iter().map(|(term, (distance, df))| (term, distance, df)).collect())
}

/// The tables of the automata are large and the same for every word.
fn builder(distance: u8) -> &'static LevenshteinAutomatonBuilder {
    static ONE: OnceLock<LevenshteinAutomatonBuilder> = OnceLock::new();
    static TWO: OnceLock<LevenshteinAutomatonBuilder> = OnceLock::new();
    match distance {
        1 => ONE.get_or_init(|| LevenshteinAutomatonBuilder::new(1, true)),
        _ => TWO.get_or_init(|| LevenshteinAutomatonBuilder::new(2, true)),
    }
}

/// A typo automaton, as the term dictionary takes it.
struct Typo(DFA);

impl Automaton for &Typo {
    type State = u32;

    fn start(&self) -> u32 {
        self.0.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.0.distance(*state), Distance::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.0.transition(*state, byte)
    }
}

/// Damerau-Levenshtein distance of two words: letters added, dropped, changed, or two neighbours swapped.
pub fn distance(a: &[char], b: &[char]) -> usize {
    last_row(a, b).last().copied().unwrap_or(0)
}

/// The distance of `typed` to the nearest beginning of `word`.
fn prefix_distance(typed: &[char], word: &[char]) -> usize {
    // Only beginnings about as long as what was typed can be near.
    let reach = (typed.len() + 2).min(word.len());
    last_row(typed, &word[..reach]).into_iter().min().unwrap_or(0)
}

/// The distances of `a` to every beginning of `b`.
fn last_row(a: &[char], b: &[char]) -> Vec<usize> {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, &left) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, &right) in b.iter().enumerate() {
            let mut best = (row[j] + usize::from(left != right)).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && left == b[j - 1] && a[i - 1] == right {
                best = best.min(before[j - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row
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
            assert_eq!(distance(&letters(a), &letters(b)), expected, "{a} {b}");
            assert_eq!(distance(&letters(b), &letters(a)), expected, "{b} {a}");
        }
        assert_eq!(prefix_distance(&letters("confg"), &letters("configuracao")), 1);
        assert_eq!(prefix_distance(&letters("conf"), &letters("configuracao")), 0);
    }

    #[test]
    fn how_many_letters_may_be_wrong() {
        for (word, allowed) in
            [("vpn", 0), ("nota", 1), ("boletos", 1), ("contrato", 2), ("ipv6x", 0), ("78542", 0), ("ação", 1)]
        {
            assert_eq!(allowed_typos(word), allowed, "{word}");
        }
    }

    #[test]
    fn only_words_are_offered() {
        assert!(is_folded("conexao") && is_folded("ελλασ"));
        assert!(!is_folded("conexão") && !is_folded("\u{1}ptconex") && !is_folded("\u{2}conexao"));
    }
}
