//! Highlighting: which stretches of a text answer the query, and how well. Every tier that matches is marked.

use std::collections::HashMap;

use super::compile::Compiled;
use crate::index::analysis::{Form, Language, stem_term, tokenize, with_stem};

/// A stretch of a text that answers a word of the query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// In bytes.
    pub start: usize,
    /// In bytes.
    pub end: usize,
    /// Which word of the query, by its place.
    pub slot: usize,
    /// The tier's weight.
    pub weight: f32,
    /// The word's place in the text.
    pub position: u32,
}

/// Which words of the query a term answers, by their place, and how well.
type Places = HashMap<String, Vec<(usize, f32)>>;

/// Finds the words of a query in texts.
pub struct Highlighter {
    /// By folded word: slots and weights.
    words: Places,
    /// By stem, of the language of the page.
    stems: Vec<(Language, Places)>,
    /// Words that must stand side by side to count: slot, weight, words.
    phrases: Vec<(usize, f32, Vec<Vec<String>>)>,
    prefix: Option<(usize, String)>,
    /// Which first two bytes a token must have to be looked up at all: most tokens of a page are passed over.
    initials: Initials,
    /// The folded words of the whole query.
    pub key: String,
    /// How much each slot says.
    pub idf: Vec<f32>,
    /// Which slots are function words: marked, but never the reason to show a place.
    pub stop_words: Vec<bool>,
}

/// A set of first two bytes. A word and its stem begin alike, but for words of one letter.
struct Initials(Vec<u64>);

impl Initials {
    fn new() -> Self {
        Self(vec![0; 1 << 10])
    }

    /// Lets through what begins as `term` does.
    fn add(&mut self, term: &str) {
        match *term.as_bytes() {
            [] => {}
            [first] => {
                for second in 0..=u8::MAX {
                    self.insert(first, second);
                }
            }
            [first, second, ..] => self.insert(first, second),
        }
    }

    fn insert(&mut self, first: u8, second: u8) {
        let bit = usize::from(u16::from_be_bytes([first, second]));
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    fn may_match(&self, token: &str) -> bool {
        let bytes = token.as_bytes();
        let pair = [bytes.first().copied().unwrap_or(0), bytes.get(1).copied().unwrap_or(0)];
        let bit = usize::from(u16::from_be_bytes(pair));
        self.0[bit / 64] & 1 << (bit % 64) != 0
    }
}

impl Highlighter {
    /// For a compiled query; `languages` are those whose stems it was compiled with.
    pub fn new(compiled: &Compiled, languages: &[Language]) -> Self {
        let mut words = Places::new();
        let mut stems: Vec<(Language, Places)> = languages.iter().map(|language| (*language, Places::new())).collect();
        let mut phrases = Vec::new();
        let mut prefix = None;
        for (index, slot) in compiled.slots.iter().enumerate() {
            for alternative in &slot.alternatives {
                match alternative.words.as_slice() {
                    [variants] => {
                        for variant in variants {
                            let of_language = stems.iter_mut().find_map(|(language, stems)| {
                                let stem = variant.term.strip_prefix(stem_term(*language, "").as_str())?;
                                Some(stems.entry(stem.to_owned()).or_default())
                            });
                            let places = match of_language {
                                Some(places) => places,
                                None => words.entry(variant.term.clone()).or_default(),
                            };
                            if !places.iter().any(|(slot, _)| *slot == index) {
                                places.push((index, variant.weight));
                            }
                        }
                    }
                    side_by_side => {
                        let weight = side_by_side.iter().flatten().map(|variant| variant.weight).fold(1.0, f32::min);
                        let terms = side_by_side
                            .iter()
                            .map(|variants| variants.iter().map(|variant| variant.term.clone()).collect());
                        phrases.push((index, weight, terms.collect()));
                    }
                }
            }
            prefix = slot.prefix.clone().map(|prefix| (index, prefix)).or(prefix);
        }
        let mut initials = Initials::new();
        let of_stems = stems.iter().flat_map(|(_, stems)| stems.keys());
        let of_phrases =
            phrases.iter().flat_map(|(_, _, words): &(usize, f32, Vec<Vec<String>>)| words.iter().flatten());
        words.keys().chain(of_stems).chain(of_phrases).for_each(|term| initials.add(term));
        if let Some((_, prefix)) = &prefix {
            initials.add(prefix);
        }
        Self {
            initials,
            words,
            phrases,
            prefix,
            stems,
            key: compiled.key.clone(),
            idf: compiled.slots.iter().map(|slot| slot.idf).collect(),
            stop_words: compiled.slots.iter().map(|slot| slot.stop_word).collect(),
        }
    }

    /// The marks of a text in a language, by place; they may overlap. Without a language words are met folded alone.
    pub fn marks(&self, text: &str, language: Option<Language>) -> Vec<Mark> {
        let mut marks = Vec::new();
        if self.words.is_empty() && self.phrases.is_empty() {
            return marks;
        }
        let stems = self.stems.iter().find(|(known, _)| Some(*known) == language);
        let wanted_phrases = !self.phrases.is_empty();
        let mut plain: Vec<(String, u32, (usize, usize))> = Vec::new();
        tokenize(text, |token| {
            if !self.initials.may_match(token.folded) {
                return;
            }
            let mut add = |places: &[(usize, f32)]| {
                marks.extend(places.iter().map(|&(slot, weight)| Mark {
                    start: token.span.0,
                    end: token.span.1,
                    slot,
                    weight,
                    position: token.position,
                }));
            };
            if let Some(places) = self.words.get(token.folded) {
                add(places);
            } else if let Some((slot, prefix)) = &self.prefix
                && token.folded.starts_with(prefix.as_str())
            {
                add(&[(*slot, super::ranking::Tier::Prefix.weight())]);
            }
            if token.form == Form::Word
                && let Some((language, stems)) = stems
                && let Some(places) = with_stem(*language, token.folded, |stem| stems.get(stem)).flatten()
            {
                add(places);
            }
            if wanted_phrases && matches!(token.form, Form::Word | Form::Whole | Form::Joined) {
                plain.push((token.folded.to_owned(), token.position, token.span));
            }
        });
        for (slot, weight, words) in &self.phrases {
            mark_phrase(&plain, words, *slot, *weight, &mut marks);
        }
        // The best reading of a stretch counts once a slot.
        marks.sort_by(|a, b| {
            (a.start, a.end, a.slot).cmp(&(b.start, b.end, b.slot)).then_with(|| b.weight.total_cmp(&a.weight))
        });
        marks.dedup_by_key(|mark| (mark.start, mark.end, mark.slot));
        marks
    }
}

fn mark_phrase(
    plain: &[(String, u32, (usize, usize))],
    words: &[Vec<String>],
    slot: usize,
    weight: f32,
    marks: &mut Vec<Mark>,
) {
    let Some((first, rest)) = words.split_first() else { return };
    for (index, (word, position, span)) in plain.iter().enumerate() {
        if !first.contains(word) {
            continue;
        }
        let mut end = span.1;
        let complete = rest.iter().zip(1..).all(|(wanted, offset)| {
            let next = plain[index..]
                .iter()
                .take_while(|(_, at, _)| *at <= position + offset)
                .find(|(word, at, _)| *at == position + offset && wanted.contains(word));
            end = next.map_or(end, |(_, _, span)| span.1);
            next.is_some()
        });
        if complete {
            marks.push(Mark { start: span.0, end, slot, weight, position: *position });
        }
    }
}

/// `text` as safe HTML: escaped, the marked stretches in `<mark>`.
pub fn html(text: &str, marks: &[Mark]) -> String {
    let mut out = String::with_capacity(text.len() + marks.len() * 13);
    let mut at = 0;
    for (start, end) in merged(text, marks) {
        escape_into(&text[at..start], &mut out);
        out.push_str("<mark>");
        escape_into(&text[start..end], &mut out);
        out.push_str("</mark>");
        at = end;
    }
    escape_into(&text[at..], &mut out);
    out
}

/// The marked stretches without overlap; those that only a blank or connector parts stay apart.
fn merged(text: &str, marks: &[Mark]) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> =
        marks.iter().map(|mark| (mark.start, mark.end)).filter(|(_, end)| *end <= text.len()).collect();
    spans.sort_unstable();
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (start, end) in spans {
        match merged.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

/// Appends `text` with the five entities that every client decodes.
pub fn escape_into(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#039;"),
            _ => out.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::compile::{Alternative, Slot, Variant};
    use super::super::ranking::Tier;
    use super::*;

    fn variant(term: &str, tier: Tier) -> Variant {
        Variant { term: term.to_owned(), tier, weight: tier.weight(), df: 1 }
    }

    fn highlighter(slots: Vec<Vec<Alternative>>, prefix: Option<&str>) -> Highlighter {
        let count = slots.len();
        let slots = slots
            .into_iter()
            .enumerate()
            .map(|(index, alternatives)| Slot {
                text: String::new(),
                alternatives,
                prefix: prefix.filter(|_| index + 1 == count).map(str::to_owned),
                exact_form: None,
                stop_word: false,
                phrase: false,
                idf: 1.0,
            })
            .collect();
        Highlighter::new(&Compiled { slots, ..Compiled::default() }, &[Language::Pt])
    }

    fn word(term: &str) -> Alternative {
        Alternative { words: vec![vec![variant(term, Tier::Folded)]] }
    }

    fn shown(highlighter: &Highlighter, text: &str) -> String {
        html(text, &highlighter.marks(text, Some(Language::Pt)))
    }

    #[test]
    fn accents_stay_and_html_is_escaped() {
        let highlighter = highlighter(vec![vec![word("configuracao")]], None);
        assert_eq!(
            shown(&highlighter, "A <b>Configuração</b> \"& 'x'"),
            "A &lt;b&gt;<mark>Configuração</mark>&lt;/b&gt; &quot;&amp; &#039;x&#039;"
        );
    }

    #[test]
    fn every_tier_is_marked() {
        let stem = Alternative { words: vec![vec![variant("\u{1}ptbolet", Tier::Stemmed)]] };
        let typo = Alternative { words: vec![vec![variant("contrato", Tier::Typo)]] };
        let highlighter = highlighter(vec![vec![stem], vec![typo], vec![word("conf")]], Some("conf"));
        assert_eq!(
            shown(&highlighter, "Boletos do contrato, configurar"),
            "<mark>Boletos</mark> do <mark>contrato</mark>, <mark>configurar</mark>"
        );
    }

    #[test]
    fn codes_are_marked_whole_and_phrases_only_side_by_side() {
        let whole = highlighter(vec![vec![word("nfe")]], None);
        assert_eq!(shown(&whole, "da NF-e."), "da <mark>NF-e</mark>.");
        let phrase =
            Alternative { words: vec![vec![variant("nota", Tier::Folded)], vec![variant("fiscal", Tier::Folded)]] };
        let phrase = highlighter(vec![vec![phrase]], None);
        assert_eq!(shown(&phrase, "nota e fiscal; nota fiscal"), "nota e fiscal; <mark>nota fiscal</mark>");
    }
}
