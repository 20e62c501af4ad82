//! An index state as one sees it who may not find all of it.
//!
//! Its own file because nothing here reads a page, and because what is left out here is left out of every answer: all
//! sums of the state are made anew over what stays.

use std::sync::Arc;

use tantivy::DocId;
use tantivy::columnar::StrColumn;

use super::{Counted, DocBits, Snapshot, TextField, Totals};

/// What rules of access go by: of one page, without reading it.
#[derive(Clone, Copy, Debug)]
pub struct PageFacts<'a> {
    /// The path as on disk.
    pub path: &'a str,
    /// Tags as written.
    pub tags: &'a [String],
    /// The groups that the page names.
    pub groups: &'a [String],
}

/// The values of a column of texts.
fn texts(column: Option<&StrColumn>, doc: DocId) -> tantivy::Result<Vec<String>> {
    let Some(column) = column else { return Ok(Vec::new()) };
    let mut texts = Vec::new();
    for ord in column.term_ords(doc) {
        let mut text = String::new();
        column.ord_to_str(ord, &mut text)?;
        texts.push(text);
    }
    Ok(texts)
}

impl Snapshot {
    /// Takes note of whether any page names groups.
    pub(super) fn look_for_groups(&mut self) -> tantivy::Result<()> {
        for segment in &self.segments {
            let groups = segment.reader.fast_fields().str("group")?;
            self.names_groups |= groups.is_some_and(|groups| groups.num_terms() > 0);
        }
        Ok(())
    }

    /// This state as one sees it who may find the pages that `may_find` says, and no other: as if the index had never
    /// held the hidden ones. Everything is counted anew over what is left, so that no sum tells of the rest. `class`
    /// names who looks, and becomes a part of the identity.
    pub fn seen_by(&self, class: &str, may_find: impl Fn(PageFacts<'_>) -> bool) -> tantivy::Result<Self> {
        let mut seen = Self {
            searcher: self.searcher.clone(),
            fields: Arc::clone(&self.fields),
            identity: format!("{} {class}", self.identity),
            generation: self.generation,
            segments: self.segments.clone(),
            totals: Totals::default(),
            pages: 0,
            sections: 0,
            languages: Vec::new(),
            average_lengths: [1.0; TextField::ALL.len()],
            partial: true,
            names_groups: self.names_groups,
            lexicons: Arc::clone(&self.lexicons),
            counted: Counted::default(),
        };
        for segment in &mut seen.segments {
            let columns = segment.reader.fast_fields();
            let (tags, groups) = (columns.str("tag")?, columns.str("group")?);
            let mut visible = DocBits::empty(segment.reader.max_doc());
            for doc in segment.found.iter() {
                let (tags, groups) = (texts(tags.as_ref(), doc)?, texts(groups.as_ref(), doc)?);
                let path = segment.path_of(doc);
                if may_find(PageFacts { path: &path, tags: &tags, groups: &groups }) {
                    visible.insert(doc);
                }
            }
            segment.found = visible;
            segment.inlinks.fill(0);
        }
        seen.count()?;
        seen.count_links()?;
        Ok(seen)
    }

    /// Whether any page names the groups that may find it.
    pub fn names_groups(&self) -> bool {
        self.names_groups
    }

    /// Whether pages that can be found are hidden from who looks.
    pub fn is_partial(&self) -> bool {
        self.partial
    }
}
