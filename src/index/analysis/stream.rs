//! The way of a saved page's terms into the engine's writer: one string a field, already analysed.
//!
//! The engine's tokenizers know neither the page's language nor several terms at one position. So a field's
//! terms are written as lines, each led by how far its position lies from the one before, and the engine's
//! tokenizer only reads them off. Many pages at once take another way, `index::bulk`.

use tantivy::tokenizer::{Token as EngineToken, TokenStream, Tokenizer};

use super::stem::Language;
use super::terms::{Occurrences, PageTerms};

/// Leads the stems of a language.
pub(super) const STEM: char = '\u{1}';
/// Leads the mark that a folded word was written with accents.
pub(super) const ACCENTED: char = '\u{2}';

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

impl PageTerms {
    /// The terms of a field as lines.
    pub fn lines(&self, occurrences: &Occurrences) -> String {
        let mut lines = String::new();
        let mut last = 0;
        for one in occurrences.list() {
            match one.position - last {
                0 => lines.push('='),
                step => {
                    // Gaps are short: one sign for each step.
                    lines.extend(std::iter::repeat_n('>', step as usize - 1));
                    lines.push('+');
                }
            }
            last = one.position;
            lines.push_str(self.term(one.term));
            lines.push('\n');
        }
        lines
    }

    /// All terms of the page as lines, all at one position.
    pub fn all_lines(&self) -> String {
        self.iter().flat_map(|(term, _)| ["=", term, "\n"]).collect()
    }
}

/// Reads such lines for the engine.
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
    use super::super::terms::Strength;
    use super::*;
    use crate::index::schema::TextField;

    fn read(lines: &str) -> Vec<(String, usize)> {
        let mut tokenizer = TermStreamTokenizer::default();
        let mut reader = tokenizer.token_stream(lines);
        let mut out = Vec::new();
        while reader.advance() {
            out.push((reader.token().text.clone(), reader.token().position));
        }
        out
    }

    #[test]
    fn lines_say_what_the_page_says() {
        let mut terms = PageTerms::new(Some(Language::Pt));
        for text in ["Configurações da VPN", "", "NF-e: boletos"] {
            terms.analyse(text, Strength::Full, TextField::Title);
        }
        let title = terms.field(TextField::Title);
        let expected: Vec<(String, usize)> =
            title.list().iter().map(|one| (terms.term(one.term).to_owned(), one.position as usize)).collect();
        assert!(expected.last().is_some_and(|(_, position)| *position > 8), "{expected:?}");
        assert_eq!(read(&terms.lines(title)), expected);
        assert_eq!(read(&terms.all_lines()).len(), terms.len());
    }

    #[test]
    fn no_term_begins_like_a_step() {
        let mut terms = PageTerms::new(None);
        terms.analyse("+a =b >c .net", Strength::Plain, TextField::Code);
        let lines = terms.lines(terms.field(TextField::Code));
        let terms: Vec<String> = read(&lines).into_iter().map(|(term, _)| term).collect();
        assert_eq!(terms, ["a", "b", "c", ".net", "net"]);
    }
}
