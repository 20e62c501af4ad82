//! "Did you mean": the likeliest spelling of a query that finds little, from the words of the index itself.
//!
//! Its own file because it proposes and never matches: results are the same with and without it. A word that no or
//! hardly any page holds is replaced by one near it, or by the two words it may be, that stands together with the rest of
//! the query in a live page; the whole is proposed only if it finds more than the query did without typos.

use std::ops::Range;

use tantivy_fst::Automaton;

use super::SearchError;
use super::compile::{Alternative, Context, Variant};
use super::expand::{live_df, near_terms, passing_df};
use super::matching::Segment;
use super::query::{MAX_BYTES, Query, plain_words};
use super::ranking::{
    MAX_PROPOSAL_CANDIDATES, MAX_PROPOSAL_WORDS, MAX_TYPO_LENGTH, PROPOSAL_BELOW, PROPOSAL_EDIT, PROPOSAL_LENGTHS,
    PROPOSAL_RARE, Tier,
};
use crate::index::analysis::{Form, accented_mark, fold, is_stop_word, stem_term, tokenize, with_stem};
use crate::index::{DocBits, key_of};

/// Replacements for some words of the query, and the pages where they stand together.
#[derive(Clone, Debug)]
struct Proposal {
    /// One for each doubtful word, in their order.
    words: Vec<String>,
    /// Pages that hold them and the rest of the query, by segment.
    pages: Vec<DocBits>,
    edits: usize,
}

impl Proposal {
    /// Company against edits: see [`PROPOSAL_EDIT`].
    fn score(&self) -> f32 {
        (1.0 + count(&self.pages) as f32).ln() - PROPOSAL_EDIT * self.edits as f32
    }
}

/// A word of the query that may be misspelt.
struct Doubtful {
    /// Its bytes in what was typed.
    span: Range<usize>,
    folded: String,
    /// Live pages that hold it all the same.
    df: u64,
}

/// What may stand in the place of a doubtful word.
struct Candidate {
    /// Folded; two words for one that was written without a blank.
    words: Vec<String>,
    edits: usize,
}

/// A query to try instead of `typed`, or none. `find` tells the pages that hold every word of a query without typos,
/// by segment, under all restrictions of the request.
pub fn did_you_mean(
    context: &Context<'_>,
    typed: &str,
    find: impl Fn(&Query) -> Result<Vec<DocBits>, SearchError>,
) -> Result<Option<String>, SearchError> {
    let doubtful = doubtful(context, typed)?;
    if doubtful.is_empty() || doubtful.len() > MAX_PROPOSAL_WORDS {
        return Ok(None);
    }
    let found = count(&find(&Query::read(typed))?);
    if found >= PROPOSAL_BELOW {
        return Ok(None);
    }
    let Some(best) = likeliest(context, typed, &doubtful, &find)? else { return Ok(None) };
    let words = doubtful.iter().zip(&best.words);
    let mut proposed = String::with_capacity(typed.len() + 8);
    let mut at = 0;
    for (doubtful, folded) in words {
        let as_typed = &typed[doubtful.span.clone()];
        proposed.push_str(&typed[at..doubtful.span.start]);
        proposed.push_str(&if *folded == doubtful.folded {
            as_typed.to_owned()
        } else {
            written(context, folded, as_typed)?
        });
        at = doubtful.span.end;
    }
    proposed.push_str(&typed[at..]);
    let proposed = proposed.split_whitespace().collect::<Vec<_>>().join(" ");
    if proposed.len() > MAX_BYTES || key_of(&proposed) == key_of(typed) {
        return Ok(None);
    }
    // A word that is proposed is whole; one that was left as it was may go on.
    let query = Query { open: is_open(typed, &doubtful), ..Query::read(&proposed) };
    Ok((count(&find(&query)?) > found).then_some(proposed))
}

/// Whether the last word may still be typed, and is none of the doubtful ones.
fn is_open(typed: &str, doubtful: &[Doubtful]) -> bool {
    let last = plain_words(typed).pop();
    let replaced = |words: &Range<usize>| doubtful.last().is_some_and(|word| word.span.start >= words.start);
    Query::read(typed).open && !last.as_ref().is_some_and(replaced)
}

fn count(pages: &[DocBits]) -> usize {
    pages.iter().map(DocBits::len).sum()
}

/// The plain words that hardly any page holds in any form: no codes, no function words, no synonyms.
fn doubtful(context: &Context<'_>, typed: &str) -> Result<Vec<Doubtful>, SearchError> {
    let mut words = Vec::new();
    let mut last = None;
    for range in plain_words(typed) {
        let mut code_end = 0;
        tokenize(&typed[range.clone()], |token| match token.form {
            Form::Whole => code_end = token.span.1,
            Form::Word => {
                let span = range.start + token.span.0..range.start + token.span.1;
                last = Some(span.clone());
                if token.span.0 >= code_end && token.folded.chars().all(char::is_alphabetic) {
                    words.push(Doubtful { span, folded: token.folded.to_owned(), df: 0 });
                }
            }
            Form::Joined | Form::Camel => {}
        });
    }
    let open = Query::read(typed).open;
    let mut doubtful = Vec::new();
    for mut word in words {
        let letters = word.folded.chars().count();
        let synonym = context.settings.synonyms.knows(&word.folded);
        if letters < PROPOSAL_LENGTHS.0
            || letters > MAX_TYPO_LENGTH
            || synonym
            || is_stop_word(&word.folded, &context.languages)
            || open && Some(&word.span) == last.as_ref() && begins_a_word(context, &word.folded)?
        {
            continue;
        }
        word.df = strict_df(context, &word.folded)?;
        if word.df <= PROPOSAL_RARE {
            doubtful.push(word);
        }
    }
    Ok(doubtful)
}

/// Live pages that hold a word as typed or in another form.
fn strict_df(context: &Context<'_>, word: &str) -> Result<u64, SearchError> {
    let mut df = 0;
    for variant in strict_variants(context, word)? {
        df = df.max(variant.df);
    }
    Ok(df)
}

/// A word and its stems, as terms.
fn strict_variants(context: &Context<'_>, word: &str) -> Result<Vec<Variant>, SearchError> {
    let stems = context
        .languages
        .iter()
        .filter_map(|language| with_stem(*language, word, |stem| stem_term(*language, stem)))
        .map(|term| (term, Tier::Stemmed));
    std::iter::once((word.to_owned(), Tier::Folded))
        .chain(stems)
        .map(|(term, tier)| Ok(Variant { df: live_df(context.snapshot, &term)?, weight: tier.weight(), term, tier }))
        .collect()
}

/// Whether a longer word begins so: then it is not misspelt but unfinished.
fn begins_a_word(context: &Context<'_>, word: &str) -> Result<bool, SearchError> {
    Ok(super::expand::by_prefix(context.snapshot, word)?.iter().any(|longer| longer.df > 0))
}

/// The replacements that fit together best. A beam over the doubtful words: what has no page in common is dropped.
fn likeliest(
    context: &Context<'_>,
    typed: &str,
    doubtful: &[Doubtful],
    find: &impl Fn(&Query) -> Result<Vec<DocBits>, SearchError>,
) -> Result<Option<Proposal>, SearchError> {
    let mut rest = typed.to_owned();
    for word in doubtful.iter().rev() {
        rest.replace_range(word.span.clone(), "");
    }
    let rest = Query { open: is_open(typed, doubtful), ..Query::read(&rest) };
    let mut beam = vec![Proposal { words: Vec::new(), pages: find(&rest)?, edits: 0 }];
    for word in doubtful {
        let mut next = Vec::new();
        for candidate in candidates(context, word)? {
            let holding = holding(context, &candidate.words)?;
            for proposal in &beam {
                let mut extended = proposal.clone();
                extended.pages.iter_mut().zip(&holding).for_each(|(pages, holding)| pages.intersect(holding));
                extended.words.push(candidate.words.join(" "));
                extended.edits += candidate.edits;
                if extended.pages.iter().any(|pages| !pages.is_empty()) {
                    next.push((extended.score(), extended));
                }
            }
        }
        next.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.words.cmp(&b.1.words)));
        next.truncate(MAX_PROPOSAL_CANDIDATES);
        beam = next.into_iter().map(|(_, proposal)| proposal).collect();
    }
    // What leaves every word as it is proposes nothing.
    Ok(beam.into_iter().next().filter(|best| best.edits > 0))
}

/// What may stand in the place of a word: near words, the likeliest two halves, and itself where a page holds it.
fn candidates(context: &Context<'_>, word: &Doubtful) -> Result<Vec<Candidate>, SearchError> {
    let mut candidates = Vec::new();
    if word.df > 0 {
        candidates.push(Candidate { words: vec![word.folded.clone()], edits: 0 });
    }
    let typed: Vec<char> = word.folded.chars().collect();
    let allowed = usize::from(typed.len() >= PROPOSAL_LENGTHS.0) + usize::from(typed.len() >= PROPOSAL_LENGTHS.1);
    let mut near: Vec<(usize, u64, String)> = Vec::new();
    for (term, distance, df) in near_terms(context.snapshot, &word.folded, allowed as u8)? {
        let letters: Vec<char> = term.chars().collect();
        let edits = distance + usize::from(is_other_beginning(&typed, &letters));
        // Of three letters one may be wrong or in the wrong place; one more or less is another word.
        let as_long = typed.len() > PROPOSAL_LENGTHS.0 || letters.len() == typed.len();
        if edits <= allowed && as_long && !is_stop_word(&term, &context.languages) {
            near.push((edits, df, term));
        }
    }
    near.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)).then_with(|| a.2.cmp(&b.2)));
    near.truncate(MAX_PROPOSAL_CANDIDATES);
    candidates.extend(near.into_iter().map(|(edits, _, term)| Candidate { words: vec![term], edits }));
    candidates.extend(halves(context, &word.folded)?.map(|words| Candidate { words, edits: 1 }));
    Ok(candidates)
}

/// Whether the first letter is wrong, and not just in the second place.
fn is_other_beginning(typed: &[char], word: &[char]) -> bool {
    let swapped = typed.len() > 1 && word.len() > 1 && typed[0] == word[1] && typed[1] == word[0];
    typed.first() != word.first() && !swapped
}

/// The likeliest two words that one may have been: the rarer of them as frequent as possible.
fn halves(context: &Context<'_>, word: &str) -> Result<Option<Vec<String>>, SearchError> {
    let mut best: Option<(u64, Vec<String>)> = None;
    for (at, _) in word.char_indices().skip(1) {
        let halves = [&word[..at], &word[at..]];
        if halves.iter().any(|half| half.chars().count() < PROPOSAL_LENGTHS.0) {
            continue;
        }
        let df = |half| passing_df(context.snapshot, half);
        let rarer = match df(halves[0])? {
            0 => 0,
            first => first.min(df(halves[1])?),
        };
        if rarer > best.as_ref().map_or(0, |(df, _)| *df) {
            best = Some((rarer, halves.map(str::to_owned).to_vec()));
        }
    }
    Ok(best.map(|(_, halves)| halves))
}

/// The pages that hold words as written or in another form; two words side by side, as written.
fn holding(context: &Context<'_>, words: &[String]) -> Result<Vec<DocBits>, SearchError> {
    let mut variants = Vec::with_capacity(words.len());
    for word in words {
        let mut strict = strict_variants(context, word)?;
        strict.truncate(if words.len() > 1 { 1 } else { usize::MAX });
        variants.push(strict);
    }
    let alternative = Alternative { words: variants };
    let segments = context.snapshot.segments().iter();
    segments.map(|view| Segment { snapshot: context.snapshot, view }.alternative(&alternative)).collect()
}

/// Folded words as pages write them most often, in the case of what was typed.
fn written(context: &Context<'_>, folded: &str, typed: &str) -> Result<String, SearchError> {
    let words: Vec<String> =
        folded.split(' ').map(|word| most_written(context, word)).collect::<Result<_, SearchError>>()?;
    let written = words.join(" ");
    let letters = || typed.chars().filter(|letter| letter.is_alphabetic());
    if letters().count() > 1 && letters().all(char::is_uppercase) {
        return Ok(written.to_uppercase());
    }
    let mut rest = written.chars();
    Ok(match rest.next() {
        Some(first) if typed.starts_with(char::is_uppercase) => first.to_uppercase().chain(rest).collect(),
        _ => written,
    })
}

/// A folded word as most pages write it: with accents, or as it is.
fn most_written(context: &Context<'_>, folded: &str) -> Result<String, SearchError> {
    let snapshot = context.snapshot;
    let accented = passing_df(snapshot, &accented_mark(folded))?;
    if accented == 0 {
        return Ok(folded.to_owned());
    }
    let without = passing_df(snapshot, folded)?.saturating_sub(accented);
    let spelling = Spelling(folded.as_bytes());
    let mut best = (without, folded.to_owned());
    for segment in snapshot.segments() {
        let mut terms = segment.words().terms().search(&spelling).into_stream()?;
        while terms.advance() {
            let Ok(term) = std::str::from_utf8(terms.key()) else { continue };
            let df = passing_df(snapshot, term)?;
            // Of equals the first in order, whatever segment it was met in.
            if term != folded
                && fold(term) == folded
                && (df > best.0 || df == best.0 && df > 0 && best.1 != folded && *term < *best.1)
            {
                best = (df, term.to_owned());
            }
        }
    }
    Ok(best.1)
}

/// Accepts a folded word with any accents: letters beyond ASCII that fold to one of its own.
struct Spelling<'a>(&'a [u8]);

impl Automaton for &Spelling<'_> {
    /// Bytes of the folded word that are behind, and the first byte of a letter half read; none where it went wrong.
    type State = Option<(usize, Option<u8>)>;

    fn start(&self) -> Self::State {
        Some((0, None))
    }

    fn is_match(&self, state: &Self::State) -> bool {
        *state == Some((self.0.len(), None))
    }

    fn can_match(&self, state: &Self::State) -> bool {
        state.is_some()
    }

    fn accept(&self, state: &Self::State, byte: u8) -> Self::State {
        let (at, lead) = (*state)?;
        match lead {
            None if self.0.get(at) == Some(&byte) => Some((at + 1, None)),
            // Accented Latin letters take two bytes; the second tells which.
            None if at < self.0.len() && (0xc3..=0xc5).contains(&byte) => Some((at, Some(byte))),
            None => None,
            Some(lead) => {
                let letter = [lead, byte];
                let folded = fold(std::str::from_utf8(&letter).ok()?);
                self.0[at..].starts_with(folded.as_bytes()).then_some((at + folded.len(), None))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(folded: &str, term: &str) -> bool {
        let spelling = &Spelling(folded.as_bytes());
        let end = term.bytes().fold(spelling.start(), |state, byte| spelling.accept(&state, byte));
        spelling.is_match(&end)
    }

    #[test]
    fn spellings_differ_in_accents_alone() {
        for (term, same) in [
            ("configuração", true),
            ("configuracao", true),
            ("configuraçao", true),
            ("çonfiguração", true),
            ("configurações", false),
            ("configuraçã", false),
            ("", false),
        ] {
            assert_eq!(accepts("configuracao", term), same, "{term}");
        }
        assert!(accepts("strasse", "straße") && accepts("", "") && !accepts("", "a"));
    }

    #[test]
    fn a_swapped_first_letter_is_no_other_beginning() {
        let letters = |word: &str| word.chars().collect::<Vec<_>>();
        for (typed, word, other) in
            [("pvn", "vpn", false), ("npv", "vpn", true), ("vnp", "vpn", false), ("", "a", true), ("x", "y", true)]
        {
            assert_eq!(is_other_beginning(&letters(typed), &letters(word)), other, "{typed} {word}");
        }
    }
}
