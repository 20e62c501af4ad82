//! The way of terms into the engine: one string a field, already analysed.
//!
//! The engine's tokenizers know neither the page's language nor several terms at one position. So a field's
//! terms are written as lines, each led by how far its position lies from the one before, and the engine's
//! tokenizer only reads them off.

use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};
use tantivy::tokenizer::{Token as EngineToken, TokenStream, Tokenizer};

use super::stem::{Language, with_stem};
use super::tokens::{Form, tokenize};

/// Leads the stems of a language.
const STEM: char = '\u{1}';
/// Leads the mark that a folded word was written with accents.
const ACCENTED: char = '\u{2}';
/// Between blocks, so that no phrase spans two.
const BLOCK_GAP: u32 = 8;

/// The term of a stem: never equal to a word, nor to another language's stem.
pub fn stem_term(language: Language, stem: &str) -> String {
    format!("{STEM}{}{stem}", language.code())
}

/// Whether a term is a stem.
pub fn is_stem(term: &str) -> bool {
    term.starts_with(STEM)
}

/// The term that marks pages where a folded word stands with accents.
pub fn accented_mark(folded: &str) -> String {
    format!("{ACCENTED}{folded}")
}

/// The terms of one field of one page, as lines.
#[derive(Debug, Default)]
pub struct TermStream {
    lines: String,
    /// The position of the last term.
    last: u32,
    /// The position that the next text starts at.
    next: u32,
    positions: u32,
}

impl TermStream {
    /// How many positions the texts take, gaps aside.
    pub fn positions(&self) -> u32 {
        self.positions
    }

    /// The position that the next text will start at.
    pub fn next_position(&self) -> u32 {
        self.next
    }

    /// What the engine's tokenizer reads.
    pub fn into_lines(self) -> String {
        self.lines
    }

    /// Ends a text that took so many positions; a phrase does not span it and the next.
    fn end_text(&mut self, taken: u32) {
        self.positions += taken;
        if taken > 0 {
            self.next += taken + BLOCK_GAP;
        }
    }

    fn line(&mut self, position: u32, term: &str) {
        let step = (self.next + position).saturating_sub(self.last);
        self.last += step;
        match step {
            0 => self.lines.push('='),
            step => {
                // Gaps are short: one sign for each step.
                self.lines.extend(std::iter::repeat_n('>', step as usize - 1));
                self.lines.push('+');
            }
        }
        self.lines.push_str(term);
        self.lines.push('\n');
    }
}

/// Every term of one page, once each.
#[derive(Debug, Default)]
pub struct TermSet {
    /// Where in the lines each term stands.
    seen: HashTable<Range<usize>>,
    hasher: DefaultHashBuilder,
    lines: String,
}

impl TermSet {
    /// What the engine's tokenizer reads.
    pub fn into_lines(self) -> String {
        self.lines
    }

    fn insert(&mut self, term: &str) {
        let Self { seen, hasher, lines } = self;
        let hash = hasher.hash_one(term);
        if seen.find(hash, |known| lines[known.clone()] == *term).is_none() {
            lines.push('=');
            let begin = lines.len();
            lines.push_str(term);
            let place = begin..lines.len();
            lines.push('\n');
            seen.insert_unique(hash, place, |known| hasher.hash_one(&lines[known.clone()]));
        }
    }
}

/// Where the terms of a text go.
pub struct Sinks<'a> {
    /// Folded words, in their field.
    pub field: &'a mut TermStream,
    /// Stems, if in a field of their own; else they stand beside the words.
    pub stems: Option<&'a mut TermStream>,
    /// Every term of the page.
    pub words: &'a mut TermSet,
}

/// In which strengths a text is searchable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// As written, folded and stemmed, all in the field itself: for short texts.
    Full,
    /// The same, but the field itself holds folded words alone: for the body.
    Body,
    /// Folded alone: for code.
    Plain,
}

/// Analyses a text of a page in `language` into its sinks.
pub fn analyse(text: &str, strength: Strength, language: Option<Language>, sinks: &mut Sinks<'_>) {
    let mut term = String::new();
    let taken = tokenize(text, |token| {
        sinks.field.line(token.position, token.folded);
        sinks.words.insert(token.folded);
        if strength == Strength::Plain {
            return;
        }
        let surface = &text[token.span.0..token.span.1];
        if !surface.is_ascii() && token.form != Form::Joined {
            term.clear();
            term.extend(crate::page::nfc(surface).chars().flat_map(char::to_lowercase));
            if term != token.folded {
                sinks.words.insert(&term);
                if strength == Strength::Full {
                    sinks.field.line(token.position, &term);
                }
                term.clear();
                term.push(ACCENTED);
                term.push_str(token.folded);
                sinks.words.insert(&term);
                if strength == Strength::Full {
                    sinks.field.line(token.position, &term);
                }
            }
        }
        if let Some(language) = language
            && token.form == Form::Word
        {
            with_stem(language, token.folded, |stem| {
                term.clear();
                term.push(STEM);
                term.push_str(language.code());
                term.push_str(stem);
                sinks.words.insert(&term);
                match (&mut sinks.stems, strength) {
                    (Some(stems), _) => stems.line(token.position, &term),
                    (None, Strength::Full) => sinks.field.line(token.position, &term),
                    (None, _) => {}
                }
            });
        }
    });
    sinks.field.end_text(taken);
    if let Some(stems) = &mut sinks.stems {
        stems.end_text(taken);
    }
}

/// Reads a [`TermStream`] for the engine.
#[derive(Clone, Default)]
pub struct TermStreamTokenizer {
    token: EngineToken,
}

impl Tokenizer for TermStreamTokenizer {
    type TokenStream<'a> = TermStreamReader<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> TermStreamReader<'a> {
        self.token.reset();
        self.token.position = 0;
        TermStreamReader { rest: text, token: &mut self.token }
    }
}

/// The terms of one field, read one by one.
pub struct TermStreamReader<'a> {
    rest: &'a str,
    token: &'a mut EngineToken,
}

impl TokenStream for TermStreamReader<'_> {
    fn advance(&mut self) -> bool {
        let Some((line, rest)) = self.rest.split_once('\n') else { return false };
        self.rest = rest;
        let steps = line.bytes().take_while(|byte| *byte == b'>').count();
        let (step, term) = line[steps..].split_at_checked(1).unwrap_or(("=", ""));
        self.token.position += steps + usize::from(step == "+");
        self.token.text.clear();
        self.token.text.push_str(term);
        true
    }

    fn token(&self) -> &EngineToken {
        self.token
    }

    fn token_mut(&mut self) -> &mut EngineToken {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Vec<(String, usize)> {
        let mut tokenizer = TermStreamTokenizer::default();
        let mut reader = tokenizer.token_stream(lines);
        let mut out = Vec::new();
        while reader.advance() {
            out.push((reader.token().text.clone(), reader.token().position));
        }
        out
    }

    fn owned(terms: &[(&str, usize)]) -> Vec<(String, usize)> {
        terms.iter().map(|(term, at)| ((*term).to_owned(), *at)).collect()
    }

    #[test]
    fn strengths_share_a_position_and_blocks_do_not_touch() {
        let (mut field, mut words) = (TermStream::default(), TermSet::default());
        for (text, strength) in [("Configurações", Strength::Full), ("", Strength::Full), ("da VPN", Strength::Plain)]
        {
            analyse(
                text,
                strength,
                Some(Language::Pt),
                &mut Sinks { field: &mut field, stems: None, words: &mut words },
            );
        }
        assert_eq!(field.positions(), 3);
        let gap = BLOCK_GAP as usize;
        let configuracoes =
            [("configuracoes", 0), ("configurações", 0), ("\u{2}configuracoes", 0), ("\u{1}ptconfigur", 0)];
        let expected = [&configuracoes[..], &[("da", 1 + gap), ("vpn", 2 + gap)]].concat();
        assert_eq!(read(&field.into_lines()), owned(&expected));
        assert_eq!(read(&words.into_lines()).len(), 6);
    }

    #[test]
    fn the_body_keeps_its_stems_apart() {
        let (mut field, mut stems, mut words) = (TermStream::default(), TermStream::default(), TermSet::default());
        let mut sinks = Sinks { field: &mut field, stems: Some(&mut stems), words: &mut words };
        analyse("São boletos, boletos", Strength::Body, Some(Language::Pt), &mut sinks);
        assert_eq!(read(&field.into_lines()), owned(&[("sao", 0), ("boletos", 1), ("boletos", 2)]));
        assert_eq!(read(&stems.into_lines()).len(), 3);
        let terms: Vec<String> = read(&words.into_lines()).into_iter().map(|(term, _)| term).collect();
        assert_eq!(terms, ["sao", "são", "\u{2}sao", "\u{1}ptsao", "boletos", "\u{1}ptbolet"]);
    }

    #[test]
    fn no_term_begins_like_a_step() {
        let (mut field, mut words) = (TermStream::default(), TermSet::default());
        analyse(
            "+a =b >c .net",
            Strength::Plain,
            None,
            &mut Sinks { field: &mut field, stems: None, words: &mut words },
        );
        let terms: Vec<String> = read(&field.into_lines()).into_iter().map(|(term, _)| term).collect();
        assert_eq!(terms, ["a", "b", "c", ".net", "net"]);
    }
}
