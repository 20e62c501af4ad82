//! The lexicon: the plain words of a segment, laid out to find those that look like a typed one.
//!
//! Its own file because the engine's dictionary, a trie, is walked by an automaton for milliseconds where a hundred
//! thousand words are passed over here in a fraction of one: a word's letters as bits tell at once how many edits
//! it is away at least. Segments never change, so neither do their lexicons: a new state takes over those of the old one,
//! and a save costs the words of what was saved.

use std::io;
use std::ops::Range;

use tantivy::index::InvertedIndexReader;

use super::analysis::fold;

/// Letters that are counted up to two; of all others it is told which of the remaining bits is theirs.
const LATIN: u32 = 26;
const OTHERS: u32 = 64 - 2 * LATIN;

/// The plain words of a segment: folded, of letters alone; no stems, marks or codes. About 20 bytes a word.
#[derive(Debug, Default)]
pub struct Lexicon {
    /// The words one behind the other: by number of letters, then in the order of the dictionary.
    text: String,
    /// Where each word begins in the text, and where the last one ends.
    begins: Vec<u32>,
    /// Each word's letters as bits: see [`letters_of`].
    letters: Vec<u64>,
    /// By number of letters: the first word that has as many or more.
    by_length: Vec<u32>,
}

/// What counts as near a typed word.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Letters added, dropped, changed, or two neighbours swapped.
    pub edits: u8,
    /// How many of them count where the first letter differs; none: such a word is never near.
    pub edits_elsewhere: Option<u8>,
    /// Whether a word counts whose beginning alone is near.
    pub open: bool,
}

/// Whether a term is a folded word, and no stem, mark or accented form.
pub fn is_folded(term: &str) -> bool {
    !term.starts_with(|first: char| first.is_control()) && (term.is_ascii() || fold(term) == term)
}

impl Lexicon {
    /// Reads a segment's dictionary of words.
    pub fn read(words: &InvertedIndexReader) -> io::Result<Self> {
        let mut found: Vec<(usize, Range<usize>)> = Vec::new();
        let mut text = String::new();
        let mut terms = words.terms().stream()?;
        while terms.advance() {
            let Ok(term) = std::str::from_utf8(terms.key()) else { continue };
            let ascii = term.bytes().all(|byte| byte.is_ascii_lowercase());
            if ascii || is_folded(term) && term.chars().all(char::is_alphabetic) {
                let letters = if ascii { term.len() } else { term.chars().count() };
                let begin = text.len();
                text.push_str(term);
                found.push((letters, begin..text.len()));
            }
        }
        // Stable: what is equal stays in the order of the dictionary.
        found.sort_by_key(|(letters, ..)| *letters);
        let mut lexicon = Self { text: String::with_capacity(text.len()), ..Self::default() };
        for (letters, span) in found {
            while lexicon.by_length.len() <= letters {
                lexicon.by_length.push(lexicon.letters.len() as u32);
            }
            let word = &text[span];
            lexicon.begins.push(lexicon.text.len() as u32);
            lexicon.letters.push(letters_of(word));
            lexicon.text.push_str(word);
        }
        lexicon.begins.push(lexicon.text.len() as u32);
        Ok(lexicon)
    }

    /// How many words it has.
    fn len(&self) -> usize {
        self.letters.len()
    }

    /// Words that may be near, a few of which are not: all that are near are among them.
    pub fn candidates(&self, word: &str, reach: Reach, mut found: impl FnMut(&str)) {
        let typed = letters_of(word);
        let length = word.chars().count();
        let Some(first) = word.chars().next() else { return };
        let shortest = length.saturating_sub(usize::from(reach.edits));
        let longest = if reach.open { self.by_length.len() } else { length + usize::from(reach.edits) };
        for letters in shortest..=longest {
            let all = self.with_length(letters);
            let same = self.beginning_with(first, all.clone());
            for (places, edits) in [
                (all.start..same.start, reach.edits_elsewhere),
                (same.clone(), Some(reach.edits)),
                (same.end..all.end, reach.edits_elsewhere),
            ] {
                let Some(edits) = edits else { continue };
                for place in places {
                    if is_within(typed, self.letters[place], edits, reach.open) {
                        found(self.word(place));
                    }
                }
            }
        }
    }

    fn word(&self, place: usize) -> &str {
        &self.text[self.begins[place] as usize..self.begins[place + 1] as usize]
    }

    /// The words with so many letters.
    fn with_length(&self, letters: usize) -> Range<usize> {
        let first_with = |letters: usize| self.by_length.get(letters).map_or(self.len(), |place| *place as usize);
        first_with(letters)..first_with(letters.saturating_add(1))
    }

    /// Of words with one number of letters, which lie in order, those that begin with a letter.
    fn beginning_with(&self, first: char, all: Range<usize>) -> Range<usize> {
        let first_from = |from: usize, goes_on: &dyn Fn(char) -> bool| {
            let (mut low, mut high) = (from, all.end);
            while low < high {
                let middle = low.midpoint(high);
                if self.word(middle).chars().next().is_some_and(goes_on) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            low
        };
        let begin = first_from(all.start, &|letter| letter < first);
        begin..first_from(begin, &|letter| letter == first)
    }
}

/// A word's letters as bits: of each of a to z whether it is there, and whether twice; of others which bit they share.
/// Whoever adds, drops or changes a letter changes at most one bit for the letter that goes and one for the one that comes.
fn letters_of(word: &str) -> u64 {
    let mut bits = 0_u64;
    for letter in word.chars() {
        if letter.is_ascii_lowercase() {
            let once = 1 << (2 * (letter as u32 - u32::from(b'a')));
            bits |= if bits & once == 0 { once } else { once << 1 };
        } else {
            bits |= 1 << (2 * LATIN + letter as u32 % OTHERS);
        }
    }
    bits
}

/// Whether two words may be so few edits apart: a bound, no distance. With `open`, the beginning of the second one.
fn is_within(typed: u64, word: u64, edits: u8, open: bool) -> bool {
    // In an open word each edit brings at most one letter that its beginning has not.
    let (mut bits, edits) = if open { (typed & !word, edits) } else { (typed ^ word, 2 * edits) };
    for _ in 0..edits {
        bits &= bits.wrapping_sub(1); // one less
    }
    bits == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lexicon(words: &[&str]) -> Lexicon {
        use tantivy::schema::{STRING, Schema};

        let mut schema = Schema::builder();
        let field = schema.add_text_field("words", STRING);
        let index = tantivy::Index::create_in_ram(schema.build());
        let mut writer = index.writer_with_num_threads(1, 15_000_000).expect("a writer");
        for word in words {
            writer.add_document(tantivy::doc!(field => *word)).expect("a document");
        }
        writer.commit().expect("a commit");
        let reader = index.reader().expect("a reader").searcher();
        let words = reader.segment_reader(0).inverted_index(field).expect("a dictionary");
        Lexicon::read(&words).expect("a lexicon")
    }

    fn near(lexicon: &Lexicon, word: &str, reach: Reach) -> Vec<String> {
        let mut found = Vec::new();
        lexicon.candidates(word, reach, |word| found.push(word.to_owned()));
        found
    }

    #[test]
    fn only_plain_words_are_in_it() {
        let words = ["vpn", "conexao", "conexão", "\u{1}ptconex", "\u{2}conexao", "78.54.2", "ipv6", "ελλασ", "boleto"];
        let lexicon = lexicon(&words);
        assert_eq!(lexicon.len(), 4);
        let all = Reach { edits: 60, edits_elsewhere: Some(60), open: true };
        assert_eq!(near(&lexicon, "x", all), ["vpn", "ελλασ", "boleto", "conexao"]);
        assert!(is_folded("conexao") && is_folded("ελλασ"));
        assert!(!is_folded("conexão") && !is_folded("\u{1}ptconex") && !is_folded("\u{2}conexao"));
    }

    #[test]
    fn nothing_is_near_where_nothing_is() {
        let reach = Reach { edits: 2, edits_elsewhere: Some(1), open: true };
        assert!(near(&Lexicon::default(), "boleto", reach).is_empty());
        assert!(near(&lexicon(&["vpn"]), "configuracao", reach).is_empty());
    }

    proptest! {
        /// Every word within reach is a candidate, whatever was done to it.
        #[test]
        fn what_is_near_is_never_passed_over(
            word in "[a-dαβ]{1,10}",
            edits in prop::collection::vec((0_u8..4, 0_usize..10, prop::char::ranges(vec!['a'..='f', 'α'..='γ'].into())), 0..3),
            rest in "[a-d]{0,5}",
        ) {
            let mut typed: Vec<char> = word.chars().collect();
            for (kind, place, letter) in &edits {
                let place = place % (typed.len() + 1);
                match kind {
                    0 => typed.insert(place, *letter),
                    1 if place < typed.len() => { typed.remove(place); }
                    2 if place < typed.len() => typed[place] = *letter,
                    3 if place + 1 < typed.len() => typed.swap(place, place + 1),
                    _ => {}
                }
            }
            let typed: String = typed.into_iter().collect();
            prop_assume!(!typed.is_empty());
            let longer = format!("{word}{rest}");
            let lexicon = lexicon(&[&word, &longer]);
            let reach = Reach { edits: edits.len() as u8, edits_elsewhere: Some(edits.len() as u8), open: false };
            prop_assert!(near(&lexicon, &typed, reach).contains(&word));
            let open = near(&lexicon, &typed, Reach { open: true, ..reach });
            prop_assert!(open.contains(&longer));
        }
    }
}
