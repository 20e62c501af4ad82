//! The terms of one page: each once, and where its fields have them.
//!
//! Its own file because all that writes an index starts from here. A page's words are looked up in a small table of its
//! own; what takes the page in then looks up each of them once, however often it stands there.

use std::hash::{BuildHasher, Hasher};
use std::ops::Range;
use std::sync::LazyLock;

use hashbrown::{DefaultHashBuilder, HashTable};
use tantivy::tokenizer::MAX_TOKEN_LEN;

use super::stem::{Language, with_stem};
use super::stream::{ACCENTED, STEM};
use super::tokens::{Form, Token, tokenize};
use crate::index::schema::TextField;

/// Between blocks, so that no phrase spans two.
pub(super) const BLOCK_GAP: u32 = 8;

/// Room for so many terms is made at once.
const USUAL_TERMS: usize = 512;

/// One for all tables, so that a term is hashed once.
static HASHER: LazyLock<DefaultHashBuilder> = LazyLock::new(DefaultHashBuilder::default);

/// The hash of a term, the same for the whole process.
pub fn hash_of(term: &[u8]) -> u64 {
    let mut hasher = HASHER.build_hasher();
    hasher.write(term);
    hasher.finish()
}

/// In which strengths a text is searchable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// As written, folded and stemmed, all in the field itself: for short texts.
    Full,
    /// The same, but the field itself holds folded words alone, and a field beside it the stems: for the body.
    Body,
    /// Folded alone: for code.
    Plain,
}

/// A term of a page and its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The term's number in its page.
    pub term: u32,
    /// Never falls from one to the next of a field.
    pub position: u32,
}

/// Where one field has terms, in its texts' order.
#[derive(Debug, Default)]
pub struct Occurrences {
    list: Vec<Occurrence>,
    /// The position that the next text starts at.
    next: u32,
    /// How many positions the texts take, gaps aside.
    positions: u32,
}

/// The stem of a folded word of the page, as far as it is known.
#[derive(Clone, Copy, Debug)]
enum Stem {
    Unknown,
    None,
    Term(u32),
}

/// The terms of one page.
#[derive(Debug)]
pub struct PageTerms {
    language: Option<Language>,
    /// All terms, one behind the other.
    text: String,
    /// By number: where it ends in the text, and its hash.
    ends: Vec<(u32, u64)>,
    /// By number.
    stems: Vec<Stem>,
    seen: HashTable<u32>,
    fields: [Occurrences; TextField::ALL.len()],
    body_stems: Occurrences,
    /// The plain words of all texts, in the order in which they were analysed.
    words: Vec<u32>,
    /// Room for a term that is made.
    scratch: String,
}

impl PageTerms {
    /// None yet, of a page in `language`.
    pub fn new(language: Option<Language>) -> Self {
        Self {
            language,
            text: String::with_capacity(8 * USUAL_TERMS),
            ends: Vec::with_capacity(USUAL_TERMS),
            stems: Vec::with_capacity(USUAL_TERMS),
            seen: HashTable::with_capacity(USUAL_TERMS),
            fields: Default::default(),
            body_stems: Occurrences::default(),
            words: Vec::new(),
            scratch: String::new(),
        }
    }

    /// Analyses a text of a field. `Strength::Plain` knows no language. Returns where its plain words lie in
    /// [`Self::words`].
    pub fn analyse(&mut self, text: &str, strength: Strength, field: TextField) -> Range<usize> {
        let begin = self.words.len();
        let taken = tokenize(text, |token| self.take(text, token, strength, field));
        let stems = (strength == Strength::Body).then_some(&mut self.body_stems);
        for occurrences in std::iter::once(&mut self.fields[field as usize]).chain(stems) {
            occurrences.positions += taken;
            if taken > 0 {
                occurrences.next += taken + BLOCK_GAP;
            }
        }
        begin..self.words.len()
    }

    fn take(&mut self, text: &str, token: Token<'_>, strength: Strength, field: TextField) {
        if token.folded.len() >= MAX_TOKEN_LEN {
            // A piece of a word as long as this nobody types, and no index takes it.
            return;
        }
        let word = self.insert(token.folded);
        self.fields[field as usize].push(word, token.position);
        if token.form == Form::Word {
            self.words.push(word);
        }
        if strength == Strength::Plain {
            return;
        }
        let surface = &text[token.span.0..token.span.1];
        if !surface.is_ascii() && token.form != Form::Joined && surface.len() <= MAX_TOKEN_LEN / 4 {
            let mut made = std::mem::take(&mut self.scratch);
            made.clear();
            made.extend(crate::page::nfc(surface).chars().flat_map(char::to_lowercase));
            if made != token.folded {
                let written = self.insert(&made);
                made.clear();
                made.push(ACCENTED);
                made.push_str(token.folded);
                let mark = self.insert(&made);
                if strength == Strength::Full {
                    self.fields[field as usize].push(written, token.position);
                    self.fields[field as usize].push(mark, token.position);
                }
            }
            self.scratch = made;
        }
        if token.form == Form::Word
            && let Some(stem) = self.stem(word, token.folded)
        {
            match strength {
                Strength::Body => self.body_stems.push(stem, token.position),
                _ => self.fields[field as usize].push(stem, token.position),
            }
        }
    }

    /// The number of the stem of a folded word.
    fn stem(&mut self, word: u32, folded: &str) -> Option<u32> {
        match self.stems[word as usize] {
            Stem::Term(stem) => return Some(stem),
            Stem::None => return None,
            Stem::Unknown => {}
        }
        let mut made = std::mem::take(&mut self.scratch);
        let stem = self.language.and_then(|language| {
            with_stem(language, folded, |stem| {
                made.clear();
                made.push(STEM);
                made.push_str(language.code());
                made.push_str(stem);
                self.insert(&made)
            })
        });
        self.scratch = made;
        self.stems[word as usize] = stem.map_or(Stem::None, Stem::Term);
        stem
    }

    /// The number of a term, which is new or known.
    fn insert(&mut self, term: &str) -> u32 {
        let Self { text, ends, seen, stems, .. } = self;
        let hash = hash_of(term.as_bytes());
        if let Some(known) = seen.find(hash, |known| text[span(ends, *known)] == *term) {
            return *known;
        }
        let number = ends.len() as u32;
        text.push_str(term);
        ends.push((text.len() as u32, hash));
        stems.push(Stem::Unknown);
        seen.insert_unique(hash, number, |known| ends[*known as usize].1);
        number
    }

    /// How many terms it has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of all terms, each once.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Whether it has no term.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A term by its number.
    pub fn term(&self, number: u32) -> &str {
        &self.text[span(&self.ends, number)]
    }

    /// All terms with their hashes, by number.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.ends.iter().zip(0..).map(|((_, hash), number)| (self.term(number), *hash))
    }

    /// The numbers of the plain words of all texts, in the order in which they were analysed.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// Where a field has terms.
    pub fn field(&self, field: TextField) -> &Occurrences {
        &self.fields[field as usize]
    }

    /// Where the body has stems.
    pub fn body_stems(&self) -> &Occurrences {
        &self.body_stems
    }
}

/// Where a term lies in the text of all terms.
fn span(ends: &[(u32, u64)], number: u32) -> Range<usize> {
    let begin = (number as usize).checked_sub(1).map_or(0, |before| ends[before].0);
    begin as usize..ends[number as usize].0 as usize
}

impl Occurrences {
    fn push(&mut self, term: u32, position: u32) {
        self.list.push(Occurrence { term, position: self.next + position });
    }

    /// All of them.
    pub fn list(&self) -> &[Occurrence] {
        &self.list
    }

    /// How many positions the texts take, gaps aside.
    pub fn positions(&self) -> u32 {
        self.positions
    }

    /// The position that the next text will start at.
    pub fn next_position(&self) -> u32 {
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(terms: &PageTerms, occurrences: &Occurrences) -> Vec<(String, u32)> {
        occurrences.list().iter().map(|one| (terms.term(one.term).to_owned(), one.position)).collect()
    }

    fn owned(terms: &[(&str, u32)]) -> Vec<(String, u32)> {
        terms.iter().map(|(term, at)| ((*term).to_owned(), *at)).collect()
    }

    #[test]
    fn strengths_share_a_position_and_blocks_do_not_touch() {
        let mut terms = PageTerms::new(Some(Language::Pt));
        for (text, strength) in [("Configurações", Strength::Full), ("", Strength::Full), ("da VPN", Strength::Plain)]
        {
            terms.analyse(text, strength, TextField::Title);
        }
        let title = terms.field(TextField::Title);
        assert_eq!(title.positions(), 3);
        let configuracoes =
            [("configuracoes", 0), ("configurações", 0), ("\u{2}configuracoes", 0), ("\u{1}ptconfigur", 0)];
        let expected = [&configuracoes[..], &[("da", 1 + BLOCK_GAP), ("vpn", 2 + BLOCK_GAP)]].concat();
        assert_eq!(read(&terms, title), owned(&expected));
        assert_eq!(terms.len(), 6);
    }

    #[test]
    fn the_body_keeps_its_stems_apart() {
        let mut terms = PageTerms::new(Some(Language::Pt));
        terms.analyse("São boletos, boletos", Strength::Body, TextField::Body);
        terms.analyse("boletos", Strength::Body, TextField::Body);
        let body = read(&terms, terms.field(TextField::Body));
        assert_eq!(body, owned(&[("sao", 0), ("boletos", 1), ("boletos", 2), ("boletos", 3 + BLOCK_GAP)]));
        let stems: Vec<u32> = terms.body_stems().list().iter().map(|one| one.position).collect();
        assert_eq!(stems, [0, 1, 2, 3 + BLOCK_GAP]);
        let all: Vec<&str> = terms.iter().map(|(term, _)| term).collect();
        assert_eq!(all, ["sao", "são", "\u{2}sao", "\u{1}ptsao", "boletos", "\u{1}ptbolet"]);
    }

    #[test]
    fn a_piece_that_no_index_takes_is_none() {
        let mut terms = PageTerms::new(Some(Language::Pt));
        terms.analyse(
            &format!("{}Bb {}\u{e9}Bb", "a".repeat(70_000), "\u{e9}".repeat(40_000)),
            Strength::Full,
            TextField::Body,
        );
        assert!(terms.len() > 2, "what is cut, and the other piece");
        assert!(terms.iter().all(|(term, _)| term.len() <= MAX_TOKEN_LEN));
    }

    #[test]
    fn code_has_no_stems_also_of_words_that_have_one_elsewhere() {
        let mut terms = PageTerms::new(Some(Language::Pt));
        terms.analyse("boletos", Strength::Body, TextField::Body);
        terms.analyse("boletos contratos", Strength::Plain, TextField::Code);
        assert_eq!(read(&terms, terms.field(TextField::Code)), owned(&[("boletos", 0), ("contratos", 1)]));
        assert_eq!(terms.len(), 3);
        terms.analyse("contratos", Strength::Full, TextField::Title);
        assert_eq!(terms.field(TextField::Title).list().len(), 2, "the word and its stem");
    }
}
