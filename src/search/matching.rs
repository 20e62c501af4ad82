//! Matching: which pages answer a query. Set algebra on one segment; nothing is scored here.

use std::sync::Arc;

use tantivy::index::InvertedIndexReader;
use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, TERMINATED, Term};

use super::SearchError;
use super::compile::{Alternative, Compiled, FilterKey, Restriction, Slot, Variant};
use crate::index::{DocBits, Places, SegmentView, Snapshot, TextField, upper_bound};

/// Whether words may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Every word that is no function word.
    All,
    /// Any word.
    Any,
}

/// One segment, with what matching it needs.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    /// The index state.
    pub snapshot: &'a Snapshot,
    /// The segment.
    pub view: &'a SegmentView,
}

impl Segment<'_> {
    /// The pages that answer the query.
    pub fn matches(&self, compiled: &Compiled, holds: Holds) -> Result<DocBits, SearchError> {
        let mut found = self.allowed(compiled)?;
        let slots = || compiled.slots.iter();
        if slots().next().is_none() {
            return Ok(found);
        }
        for slot in slots().filter(|slot| slot.phrase) {
            found.intersect(&self.slot(slot)?);
        }
        let mut plain = slots().filter(|slot| !slot.phrase).peekable();
        if plain.peek().is_none() {
            return Ok(found);
        }
        let function_words_only = slots().all(|slot| slot.stop_word);
        match holds {
            Holds::All if !function_words_only => {
                for slot in plain.filter(|slot| !slot.stop_word) {
                    found.intersect(&self.slot(slot)?);
                }
            }
            Holds::All | Holds::Any => {
                let mut any = DocBits::empty(self.view.reader().max_doc());
                for slot in plain.filter(|slot| function_words_only || !slot.stop_word) {
                    any.unite(&self.slot(slot)?);
                }
                found.intersect(&any);
            }
        }
        Ok(found)
    }

    /// The pages that restrictions allow, whatever the words say.
    pub fn allowed(&self, compiled: &Compiled) -> Result<DocBits, SearchError> {
        let mut allowed = self.view.found().clone();
        for restriction in &compiled.required {
            allowed.intersect(&self.restriction(restriction)?);
        }
        for restriction in &compiled.excluded {
            allowed.subtract(&self.restriction(restriction)?);
        }
        Ok(allowed)
    }

    fn restriction(&self, restriction: &Restriction) -> Result<DocBits, SearchError> {
        match restriction {
            Restriction::Key(key, value) => self.with_filter(*key, value),
            Restriction::AnyKey(keys) => {
                let mut any = DocBits::empty(self.view.reader().max_doc());
                for (key, value, negated) in keys {
                    let having = self.with_filter(*key, value)?;
                    if *negated {
                        let mut others = self.view.found().clone();
                        others.subtract(&having);
                        any.unite(&others);
                    } else {
                        any.unite(&having);
                    }
                }
                Ok(any)
            }
            Restriction::Title(alternative) => self.alternative_in(alternative, &[TextField::Title]),
            Restriction::Path(alternative) => self.alternative_in(alternative, &[TextField::Path]),
            Restriction::Anywhere(alternative) => self.alternative(alternative),
        }
    }

    fn with_filter(&self, key: FilterKey, value: &str) -> Result<DocBits, SearchError> {
        let fields = self.snapshot.fields();
        let field = match key {
            FilterKey::Tag => fields.tag_key,
            FilterKey::Lang => fields.lang_key,
            FilterKey::Category => fields.category_key,
        };
        self.with_key(field, value)
    }

    /// The pages with this value of a key field.
    pub fn with_key(&self, field: Field, value: &str) -> Result<DocBits, SearchError> {
        let mut bits = DocBits::empty(self.view.reader().max_doc());
        let index = self.view.reader().inverted_index(field)?;
        if let Some(info) = index.get_term_info(&Term::from_field_text(field, value))? {
            add_all(&mut bits, &index, &info)?;
        }
        Ok(bits)
    }

    /// The pages with a value of a key field that begins so.
    pub fn with_key_beginning(&self, field: Field, prefix: &str) -> Result<DocBits, SearchError> {
        let index = self.view.reader().inverted_index(field)?;
        self.any_beginning_so(&index, prefix)
    }

    /// The pages that fill a slot.
    fn slot(&self, slot: &Slot) -> Result<DocBits, SearchError> {
        let mut bits = DocBits::empty(self.view.reader().max_doc());
        for alternative in &slot.alternatives {
            bits.unite(&self.alternative(alternative)?);
        }
        if let Some(prefix) = &slot.prefix {
            for field in [TextField::Title, TextField::Aliases] {
                bits.unite(&self.beginning_so(field, prefix)?);
            }
            if prefix.len() == 1 {
                bits.unite(&self.any_beginning_so(self.view.words(), prefix)?);
            }
        }
        Ok(bits)
    }

    /// The pages with a word in a field that begins with `prefix`, however many words that are.
    pub fn beginning_so(&self, field: TextField, prefix: &str) -> Result<DocBits, SearchError> {
        self.any_beginning_so(self.view.text(field), prefix)
    }

    fn any_beginning_so(&self, index: &InvertedIndexReader, prefix: &str) -> Result<DocBits, SearchError> {
        let mut bits = DocBits::empty(self.view.reader().max_doc());
        let mut terms = index.terms().range().ge(prefix).lt(upper_bound(prefix)).into_stream()?;
        while terms.advance() {
            add_all(&mut bits, index, terms.value())?;
        }
        Ok(bits)
    }

    /// The pages that one way to fill a slot finds.
    pub fn alternative(&self, alternative: &Alternative) -> Result<DocBits, SearchError> {
        let mut candidates: Option<DocBits> = None;
        for variants in &alternative.words {
            let mut bits = DocBits::empty(self.view.reader().max_doc());
            for variant in variants {
                let places = self.places(&variant.term)?;
                if let Some(info) = places.words() {
                    add_all(&mut bits, self.view.words(), info)?;
                }
            }
            match &mut candidates {
                Some(candidates) => candidates.intersect(&bits),
                None => candidates = Some(bits),
            }
        }
        let candidates = candidates.unwrap_or_else(|| DocBits::empty(0));
        if alternative.words.len() < 2 {
            return Ok(candidates);
        }
        self.side_by_side(&candidates, alternative, &TextField::ALL)
    }

    /// The same within some fields.
    pub fn alternative_in(&self, alternative: &Alternative, fields: &[TextField]) -> Result<DocBits, SearchError> {
        if let [variants] = alternative.words.as_slice() {
            let mut bits = DocBits::empty(self.view.reader().max_doc());
            for field in fields {
                for variant in variants {
                    let mut postings = self.postings(*field, variant, IndexRecordOption::Basic)?;
                    while let Some(postings) = postings.as_mut().filter(|postings| postings.doc() != TERMINATED) {
                        bits.insert(postings.doc());
                        postings.advance();
                    }
                }
            }
            return Ok(bits);
        }
        self.side_by_side(&self.alternative(alternative)?, alternative, fields)
    }

    fn side_by_side(
        &self,
        candidates: &DocBits,
        alternative: &Alternative,
        fields: &[TextField],
    ) -> Result<DocBits, SearchError> {
        let mut phrases =
            fields.iter().map(|field| PhraseCursor::open(self, *field, alternative)).collect::<Result<Vec<_>, _>>()?;
        let mut found = candidates.clone();
        for doc in candidates.iter() {
            if !phrases.iter_mut().flatten().any(|phrase| phrase.frequency(doc) > 0) {
                found.remove(doc);
            }
        }
        Ok(found)
    }

    /// The postings of a term in a text field.
    pub fn postings(
        &self,
        field: TextField,
        variant: &Variant,
        record: IndexRecordOption,
    ) -> Result<Option<SegmentPostings>, SearchError> {
        Ok(self.places(&variant.term)?.postings(self.view, field, &variant.term, record)?)
    }

    /// Where a term lies.
    pub fn places(&self, term: &str) -> Result<Arc<Places>, SearchError> {
        Ok(self.view.places(self.snapshot.fields(), term)?)
    }
}

fn add_all(bits: &mut DocBits, index: &InvertedIndexReader, info: &TermInfo) -> Result<(), SearchError> {
    each_block(index, info, |docs| docs.iter().for_each(|doc| bits.insert(*doc)))
}

/// The documents of a term's postings, a block at a time.
pub fn each_block(
    index: &InvertedIndexReader,
    info: &TermInfo,
    mut each: impl FnMut(&[DocId]),
) -> Result<(), SearchError> {
    let mut postings = index.read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?;
    // The first block is there; an empty one is behind the last.
    while !postings.docs().is_empty() {
        each(postings.docs());
        postings.advance();
    }
    Ok(())
}

/// Counts words that stand side by side in one field. Documents are asked in order.
pub struct PhraseCursor {
    /// Rarest first, with their places in the phrase: of most pages that hold all of them the first two tell that they do
    /// not stand side by side, and a common word's positions are never read.
    words: Vec<(u32, Vec<SegmentPostings>)>,
    starts: Vec<u32>,
    positions: Vec<u32>,
}

impl PhraseCursor {
    /// None if a word never occurs in the field.
    pub fn open(
        segment: &Segment<'_>,
        field: TextField,
        alternative: &Alternative,
    ) -> Result<Option<Self>, SearchError> {
        let mut words = Vec::with_capacity(alternative.words.len());
        for variants in &alternative.words {
            let mut cursors = Vec::new();
            for variant in variants {
                cursors.extend(segment.postings(field, variant, IndexRecordOption::WithFreqsAndPositions)?);
            }
            if cursors.is_empty() {
                return Ok(None);
            }
            words.push((words.len() as u32, cursors));
        }
        let pages =
            |cursors: &[SegmentPostings]| cursors.iter().map(|cursor| u64::from(cursor.doc_freq())).sum::<u64>();
        words.sort_by_cached_key(|(_, cursors)| pages(cursors));
        Ok(Some(Self { words, starts: Vec::new(), positions: Vec::new() }))
    }

    /// How often the words stand side by side in a document.
    pub fn frequency(&mut self, doc: u32) -> u32 {
        self.starts(doc).len() as u32
    }

    /// Where the words stand side by side in a document: the positions of the first.
    pub fn starts(&mut self, doc: u32) -> &[u32] {
        self.starts.clear();
        let mut buffer = Vec::new();
        for (turn, (offset, cursors)) in self.words.iter_mut().enumerate() {
            self.positions.clear();
            for cursor in cursors {
                if seek(cursor, doc) {
                    cursor.positions(&mut buffer);
                    // Where the first word would stand.
                    self.positions.extend(buffer.iter().filter_map(|position| position.checked_sub(*offset)));
                }
            }
            self.positions.sort_unstable();
            self.positions.dedup();
            if turn == 0 {
                std::mem::swap(&mut self.starts, &mut self.positions);
            } else {
                let positions = &self.positions;
                self.starts.retain(|start| positions.binary_search(start).is_ok());
            }
            if self.starts.is_empty() {
                break;
            }
        }
        &self.starts
    }
}

/// Moves a cursor to a document; whether it is there. Never moves back.
pub fn seek(cursor: &mut SegmentPostings, doc: u32) -> bool {
    cursor.doc() == doc || cursor.doc() < doc && cursor.seek(doc) == doc
}
