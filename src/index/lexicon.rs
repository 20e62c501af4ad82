//! The lexicon: the plain words of an index state, laid out to find those that look like a typed one.
//!
//! Its own file because the engine's dictionaries, a trie each segment, are walked by an automaton for milliseconds where
//! a hundred thousand words are passed over here in a fraction of one: a word's letters as bits tell at once how many edits
//! it is away at least. A state takes over what the one before has read, so that a save costs the words of what was saved. A
//! word whose last page has gone may stay for a while: whoever finds it asks how many pages hold it.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::ops::Range;
use std::sync::Arc;

use tantivy::index::{InvertedIndexReader, SegmentId};

use super::analysis::fold;

/// Letters that are counted up to two; of all others it is told which of the remaining bits is theirs.
const LATIN: u32 = 26;
const OTHERS: u32 = 64 - 2 * LATIN;

/// Lexicons that a state looks through at most.
const MOST_PARTS: usize = 4;

/// The words of a state, in a large lexicon and a few small ones of what came since.
#[derive(Clone, Debug, Default)]
pub struct Lexicons {
    /// The largest, and oldest, first. No word is in two of them.
    parts: Vec<Arc<Lexicon>>,
    /// Segments whose words are all in them.
    covered: HashSet<SegmentId>,
}

impl Lexicons {
    /// Those of a state with these segments: what is new in them comes to what is here.
    pub(super) fn extended<'a>(
        &self,
        segments: impl Iterator<Item = (SegmentId, &'a InvertedIndexReader)> + Clone,
    ) -> io::Result<Self> {
        let covered: HashSet<SegmentId> = segments.clone().map(|(id, _)| id).collect();
        let mut new = BTreeSet::new();
        for (_, words) in segments.clone().filter(|(id, _)| !self.covered.contains(id)) {
            plain_words(words, |word| {
                if !self.parts.iter().any(|part| part.contains(word)) && !new.contains(word) {
                    new.insert(word.to_owned());
                }
            })?;
        }
        let mut parts = self.parts.clone();
        if !new.is_empty() {
            parts.push(Arc::new(Lexicon::of(new.iter().map(String::as_str))));
        }
        if parts.len() > MOST_PARTS {
            let since = &parts[1..];
            if since.iter().map(|part| part.len()).sum::<usize>() * 2 > parts[0].len() {
                // Read anew, without the words that have gone.
                return Self::default().extended(segments);
            }
            let words: BTreeSet<&str> = since.iter().flat_map(|part| part.words()).collect();
            let since = Arc::new(Lexicon::of(words.into_iter()));
            parts.truncate(1);
            parts.push(since);
        }
        Ok(Self { parts, covered })
    }

    /// Whether nothing was read yet.
    pub(super) fn is_empty(&self) -> bool {
        self.covered.is_empty()
    }

    /// Words that may be near, once each, a few of which are not: all that are near are among them.
    pub fn candidates(&self, word: &str, reach: Reach, mut found: impl FnMut(&str)) {
        for part in &self.parts {
            part.candidates(word, reach, &mut found);
        }
    }
}

/// The plain words of a segment, in order.
fn plain_words(words: &InvertedIndexReader, mut each: impl FnMut(&str)) -> io::Result<()> {
    let mut terms = words.terms().stream()?;
    while terms.advance() {
        let Ok(term) = std::str::from_utf8(terms.key()) else { continue };
        let ascii = !term.is_empty() && term.bytes().all(|byte| byte.is_ascii_lowercase());
        if ascii || !term.is_empty() && is_folded(term) && term.chars().all(char::is_alphabetic) {
            each(term);
        }
    }
    Ok(())
}

/// Plain words: folded, of letters alone; no stems, marks or codes. About 20 bytes a word.
#[derive(Clone, Debug, Default)]
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
    /// Of plain words in order, each once.
    fn of<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut found: Vec<(usize, &str)> = words.map(|word| (word.chars().count(), word)).collect();
        // Stable: words of one length stay in order.
        found.sort_by_key(|(letters, _)| *letters);
        let mut lexicon = Self::default();
        for (letters, word) in found {
            while lexicon.by_length.len() <= letters {
                lexicon.by_length.push(lexicon.letters.len() as u32);
            }
            lexicon.begins.push(lexicon.text.len() as u32);
            lexicon.letters.push(letters_of(word));
            lexicon.text.push_str(word);
        }
        lexicon.begins.push(lexicon.text.len() as u32);
        lexicon.text.shrink_to_fit();
        lexicon
    }

    fn contains(&self, word: &str) -> bool {
        let Range { start: mut low, end: mut high } = self.with_length(word.chars().count());
        while low < high {
            let middle = low.midpoint(high);
            match self.word(middle).cmp(word) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return true,
            }
        }
        false
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|place| self.word(place))
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

    /// An index whose segments hold these words, and what is read of it after each.
    fn lexicons(segments: &[&[&str]]) -> Vec<Lexicons> {
        use tantivy::schema::{STRING, Schema};

        let mut schema = Schema::builder();
        let field = schema.add_text_field("words", STRING);
        let index = tantivy::Index::create_in_ram(schema.build());
        let mut writer = index.writer_with_num_threads(1, 15_000_000).expect("a writer");
        writer.set_merge_policy(Box::new(tantivy::indexer::NoMergePolicy));
        let mut read = vec![Lexicons::default()];
        for words in segments {
            for word in *words {
                writer.add_document(tantivy::doc!(field => *word)).expect("a document");
            }
            writer.commit().expect("a commit");
            let searcher = index.reader().expect("a reader").searcher();
            let readers: Vec<_> = searcher
                .segment_readers()
                .iter()
                .map(|reader| (reader.segment_id(), reader.inverted_index(field).expect("a dictionary")))
                .collect();
            let dictionaries = readers.iter().map(|(id, dictionary)| (*id, &**dictionary));
            let extended = read.last().expect("one").extended(dictionaries).expect("lexicons");
            read.push(extended);
        }
        read.split_off(1)
    }

    fn lexicon(words: &[&str]) -> Lexicon {
        let read = lexicons(&[words]).remove(0);
        read.parts.first().map_or_else(Lexicon::default, |part| Lexicon::clone(part))
    }

    #[test]
    fn a_state_adds_the_words_that_are_new_and_few_lexicons_stay() {
        let letters = ["a", "e", "i", "o", "u", "ao", "ei", "ou"];
        let saves: Vec<Vec<String>> = (0..12)
            .map(|save| letters.iter().map(|end| format!("pagina{}{end}", "x".repeat(save % 5 + save / 5))).collect())
            .collect();
        let saves: Vec<Vec<&str>> = saves.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
        let segments: Vec<&[&str]> = saves.iter().map(Vec::as_slice).collect();
        let all = Reach { edits: 60, edits_elsewhere: Some(60), open: true };
        for (count, state) in lexicons(&segments).iter().enumerate() {
            let mut found = Vec::new();
            state.candidates("x", all, |word| found.push(word.to_owned()));
            let each: BTreeSet<&str> = found.iter().map(String::as_str).collect();
            let expected: BTreeSet<&str> = saves[..=count].iter().flatten().copied().collect();
            assert_eq!(each, expected, "after save {count}");
            assert_eq!(found.len(), each.len(), "each once");
            assert!(state.parts.len() <= MOST_PARTS && state.covered.len() == count + 1);
        }
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
