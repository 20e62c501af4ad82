//! Places: where the postings of a term lie in a segment, in all of its fields.
//!
//! Its own file because the dictionaries are the dearest part of a query: one word, in all of its forms, is looked up in
//! nine of them, for matching, scoring and closeness, and readers ask for the same words again and again, if only by typing
//! on. Segments never change, so what was looked up once holds as long as the segment does, through all states.

use std::io;
use std::sync::Arc;

use quick_cache::sync::Cache;
use tantivy::Term;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::{SegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;

use super::analysis::is_stem;
use super::schema::{Fields, TextField};
use super::snapshot::SegmentView;

/// Terms that are kept of a segment: some 200 bytes each.
const KEPT: usize = 4096;
/// So many words that begin alike are looked up in one walk rather than each by itself.
const WALK_FROM: usize = 4;

/// Where the postings of a term lie; empty if the segment does not have it.
#[derive(Debug, Default)]
pub struct Places {
    /// In the field that tells which pages hold the term.
    words: Option<TermInfo>,
    /// In the text fields that have it, in their order.
    fields: Box<[(TextField, TermInfo)]>,
}

/// The places of terms that were asked for lately.
#[derive(Debug)]
pub(super) struct PlacesCache(Cache<Box<str>, Arc<Places>>);

impl Default for PlacesCache {
    fn default() -> Self {
        Self(Cache::new(KEPT))
    }
}

impl PlacesCache {
    pub(super) fn get(&self, view: &SegmentView, fields: &Fields, term: &str) -> io::Result<Arc<Places>> {
        if let Some(places) = self.0.get(term) {
            return Ok(places);
        }
        let places = Arc::new(Places::look_up(view, fields, term)?);
        self.0.insert(term.into(), Arc::clone(&places));
        Ok(places)
    }

    /// Looks up folded words, in order, that all begin with `prefix`: in one walk through each dictionary.
    pub(super) fn look_up_all(&self, view: &SegmentView, prefix: &str, terms: &[&str]) -> io::Result<()> {
        let missing: Vec<&str> = terms.iter().copied().filter(|term| self.0.peek(*term).is_none()).collect();
        if missing.len() < WALK_FROM {
            return Ok(());
        }
        let mut words: Vec<Option<TermInfo>> = vec![None; missing.len()];
        let mut fields: Vec<Vec<(TextField, TermInfo)>> = vec![Vec::new(); missing.len()];
        walk(view.words(), prefix, &missing, |place, info| words[place] = Some(info.clone()))?;
        for field in TextField::ALL {
            walk(view.text(field), prefix, &missing, |place, info| fields[place].push((field, info.clone())))?;
        }
        for ((term, words), fields) in missing.into_iter().zip(words).zip(fields) {
            self.0.insert(term.into(), Arc::new(Places { words, fields: fields.into() }));
        }
        Ok(())
    }
}

/// Which of these words, in order, a dictionary has.
fn walk(
    dictionary: &InvertedIndexReader,
    prefix: &str,
    words: &[&str],
    mut found: impl FnMut(usize, &TermInfo),
) -> io::Result<()> {
    let mut terms = dictionary.terms().range().ge(prefix).lt(upper_bound(prefix)).into_stream()?;
    let mut place = 0;
    while place < words.len() && terms.advance() {
        while place < words.len() && words[place].as_bytes() < terms.key() {
            place += 1;
        }
        if place < words.len() && words[place].as_bytes() == terms.key() {
            found(place, terms.value());
            place += 1;
        }
    }
    Ok(())
}

/// After every string that begins with `prefix`.
pub fn upper_bound(prefix: &str) -> Vec<u8> {
    let mut bound = prefix.as_bytes().to_vec();
    // No UTF-8 text holds this byte.
    bound.push(0xff);
    bound
}

/// The dictionary of a text field that has a term: the body's stems lie in a field of their own, at the same positions.
fn dictionary<'a>(view: &'a SegmentView, field: TextField, term: &str) -> &'a InvertedIndexReader {
    if field == TextField::Body && is_stem(term) { view.body_stem() } else { view.text(field) }
}

impl Places {
    fn look_up(view: &SegmentView, fields: &Fields, term: &str) -> io::Result<Self> {
        // What a field holds the page holds: `words` has every term of every field.
        let words = view.words().get_term_info(&Term::from_field_text(fields.words, term))?;
        let mut found = Vec::new();
        if words.is_some() {
            for field in TextField::ALL {
                let key = Term::from_field_text(fields.text(field), term);
                if let Some(info) = dictionary(view, field, term).get_term_info(&key)? {
                    found.push((field, info));
                }
            }
        }
        Ok(Self { words, fields: found.into() })
    }

    /// Pages that hold the term, deleted and hidden ones among them.
    pub fn doc_freq(&self) -> u32 {
        self.words.as_ref().map_or(0, |info| info.doc_freq)
    }

    /// Where the pages that hold the term are told.
    pub fn words(&self) -> Option<&TermInfo> {
        self.words.as_ref()
    }

    /// The text fields that have the term.
    pub fn fields(&self) -> impl Iterator<Item = TextField> {
        self.fields.iter().map(|(field, _)| *field)
    }

    /// The postings of the term in a text field.
    pub fn postings(
        &self,
        view: &SegmentView,
        field: TextField,
        term: &str,
        record: IndexRecordOption,
    ) -> io::Result<Option<SegmentPostings>> {
        let Some((_, info)) = self.fields.iter().find(|(one, _)| *one == field) else { return Ok(None) };
        dictionary(view, field, term).read_postings_from_terminfo(info, record).map(Some)
    }
}
