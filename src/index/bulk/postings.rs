//! The words of a segment that is made in bulk: numbered, and sorted once.
//!
//! Its own file because it knows nothing of pages. The engine's writer keeps a list for each word and adds to it at each
//! occurrence, which is one cache miss or several a word of text; here postings are written down in the order in which
//! they come, and brought into the words' order in one pass at the end.

use std::io;

use hashbrown::HashTable;
use tantivy::DocId;
use tantivy::postings::FieldSerializer;

use super::super::analysis::hash_of;

/// Terms, numbered as they come.
#[derive(Debug, Default)]
pub struct Vocabulary {
    /// Each term behind its length in two bytes.
    text: Vec<u8>,
    /// Where each term begins, by number.
    starts: Vec<u32>,
    /// Where a term begins, and its number.
    table: HashTable<(u32, u32)>,
}

fn term_at(text: &[u8], start: u32) -> &[u8] {
    let start = start as usize;
    let length = usize::from(u16::from_le_bytes([text[start], text[start + 1]]));
    &text[start + 2..start + 2 + length]
}

impl Vocabulary {
    /// The number of a term, which is new or known. None where the term is too long or there is no room for more.
    pub fn number(&mut self, term: &[u8], hash: u64) -> Option<u32> {
        let Self { text, starts, table } = self;
        if let Some((_, number)) = table.find(hash, |(start, _)| term_at(text, *start) == term) {
            return Some(*number);
        }
        let length = u16::try_from(term.len()).ok()?;
        let (start, number) = (u32::try_from(text.len()).ok()?, u32::try_from(starts.len()).ok()?);
        text.extend_from_slice(&length.to_le_bytes());
        text.extend_from_slice(term);
        starts.push(start);
        table.insert_unique(hash, (start, number), |(start, _)| hash_of(term_at(text, *start)));
        Some(number)
    }

    /// How many terms there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    fn term(&self, number: u32) -> &[u8] {
        term_at(&self.text, self.starts[number as usize])
    }

    /// All terms, in order.
    pub fn sorted(&self) -> Sorted {
        // Most terms differ in their first sixteen bytes.
        let mut keyed: Vec<(u128, u32)> = (0..self.starts.len() as u32)
            .map(|number| {
                let term = self.term(number);
                let mut first = [0; 16];
                let length = term.len().min(first.len());
                first[..length].copy_from_slice(&term[..length]);
                (u128::from_be_bytes(first), number)
            })
            .collect();
        keyed.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| self.term(a.1).cmp(self.term(b.1))));
        let mut sorted = Sorted { text: Vec::with_capacity(self.text.len()), numbers: Vec::with_capacity(keyed.len()) };
        for (_, number) in keyed {
            let start = self.starts[number as usize];
            let end = start as usize + 2 + term_at(&self.text, start).len();
            sorted.text.extend_from_slice(&self.text[start as usize..end]);
            sorted.numbers.push(number);
        }
        sorted
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + 4 * self.starts.capacity() + self.table.allocation_size()
    }
}

/// The terms of a vocabulary in order, side by side, as they are gone through once for each field.
#[derive(Debug)]
pub struct Sorted {
    /// As in the vocabulary.
    text: Vec<u8>,
    /// The number of each term.
    numbers: Vec<u32>,
}

impl Sorted {
    fn iter(&self) -> impl Iterator<Item = (&[u8], u32)> {
        let mut start = 0;
        self.numbers.iter().map(move |number| {
            let term = term_at(&self.text, start);
            start += 2 + term.len() as u32;
            (term, *number)
        })
    }
}

/// Which documents hold which terms, in the documents' order.
#[derive(Debug, Default)]
pub struct Postings {
    /// The term of each posting.
    terms: Vec<u32>,
    /// The postings up to the end of each document.
    ends: Vec<u32>,
    /// The positions of each posting, if there are any: the bytes they take, then the steps from one to the next.
    positions: Option<Vec<u8>>,
    /// Terms of all documents, each time counted.
    occurrences: u64,
    steps: Vec<u8>,
}

impl Postings {
    /// With the positions of each term.
    pub fn with_positions() -> Self {
        Self { positions: Some(Vec::new()), ..Self::default() }
    }

    /// The document that comes next holds a term.
    pub fn push(&mut self, term: u32) {
        self.terms.push(term);
        self.occurrences += 1;
    }

    /// It holds it once more.
    pub fn count_again(&mut self) {
        self.occurrences += 1;
    }

    /// The document that comes next holds a term at these positions, which do not fall.
    pub fn push_at(&mut self, term: u32, positions: &[u32]) {
        self.terms.push(term);
        self.occurrences += positions.len() as u64;
        let Some(bytes) = &mut self.positions else { return };
        self.steps.clear();
        let mut last = 0;
        for position in positions {
            write_number(&mut self.steps, position - last);
            last = *position;
        }
        write_number(bytes, self.steps.len() as u32);
        bytes.extend_from_slice(&self.steps);
    }

    /// All of the document has been said. Whether there is room for more.
    pub fn end_document(&mut self) -> bool {
        self.ends.push(self.terms.len() as u32);
        let most = self.terms.len().max(self.positions.as_ref().map_or(0, Vec::len));
        u32::try_from(most).is_ok()
    }

    /// Whether no document holds any term.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Terms of all documents, each time counted.
    pub fn occurrences(&self) -> u64 {
        self.occurrences
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        4 * (self.terms.capacity() + self.ends.capacity()) + self.positions.as_ref().map_or(0, Vec::capacity)
    }

    /// Hands them to the engine's serializer; `vocabulary` is sorted.
    pub fn serialize(&self, vocabulary: &Sorted, serializer: &mut FieldSerializer<'_>) -> io::Result<()> {
        // Where the postings of each term go on.
        let mut next = vec![0_u32; vocabulary.numbers.len()];
        for term in &self.terms {
            next[*term as usize] += 1;
        }
        let mut before = 0;
        for term in &vocabulary.numbers {
            let count = std::mem::replace(&mut next[*term as usize], before);
            before += count;
        }
        let with_positions = self.positions.is_some();
        let mut docs: Vec<DocId> = vec![0; self.terms.len()];
        let mut places = vec![0_u32; if with_positions { self.terms.len() } else { 0 }];
        let (mut at, mut begin) = (0, 0);
        for (doc, end) in (0..).zip(&self.ends) {
            for term in &self.terms[begin..*end as usize] {
                let slot = &mut next[*term as usize];
                docs[*slot as usize] = doc;
                if let Some(positions) = &self.positions {
                    places[*slot as usize] = at as u32;
                    let bytes = read_number(positions, &mut at);
                    at += bytes as usize;
                }
                *slot += 1;
            }
            begin = *end as usize;
        }
        let mut steps = Vec::new();
        let mut begin = 0;
        for (term, number) in vocabulary.iter() {
            let end = next[number as usize] as usize;
            if begin == end {
                continue;
            }
            let pages = if with_positions { (end - begin) as u32 } else { 0 };
            serializer.new_term(term, pages, with_positions)?;
            for slot in begin..end {
                steps.clear();
                if let Some(positions) = &self.positions {
                    let mut at = places[slot] as usize;
                    let bytes = read_number(positions, &mut at) as usize;
                    let end = at + bytes;
                    while at < end {
                        steps.push(read_number(positions, &mut at));
                    }
                }
                serializer.write_doc(docs[slot], steps.len() as u32, &steps);
            }
            serializer.close_term()?;
            begin = end;
        }
        Ok(())
    }
}

/// Seven bits a byte, the lowest first; the last byte has its top bit set.
fn write_number(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8);
        number >>= 7;
    }
    out.push(number as u8 | 0x80);
}

fn read_number(bytes: &[u8], at: &mut usize) -> u32 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = bytes[*at];
        *at += 1;
        number |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 != 0 {
            return number;
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 127, 128, 300, 16_383, 16_384, u32::MAX];
        let mut bytes = Vec::new();
        for number in numbers {
            write_number(&mut bytes, number);
        }
        let mut at = 0;
        for number in numbers {
            assert_eq!(read_number(&bytes, &mut at), number);
        }
        assert_eq!(at, bytes.len());
    }

    #[test]
    fn terms_are_numbered_once_and_ordered_by_bytes() {
        let mut vocabulary = Vocabulary::default();
        let terms = ["boleto", "", "contrato", "contratos", "contrato\0", "ação", "a", "\u{1}ptbolet", "contratante"];
        let mut number = |term: &str| vocabulary.number(term.as_bytes(), hash_of(term.as_bytes()));
        for (expected, term) in (0..).zip(terms) {
            assert_eq!((number(term), number(term)), (Some(expected), Some(expected)), "{term}");
        }
        assert_eq!(number(&"a".repeat(70_000)), None);
        let mut sorted = terms;
        sorted.sort_unstable();
        let ordered = vocabulary.sorted();
        assert!(ordered.iter().map(|(term, _)| term).eq(sorted.map(str::as_bytes)));
        assert!(ordered.iter().all(|(term, number)| vocabulary.term(number) == term));
    }
}
