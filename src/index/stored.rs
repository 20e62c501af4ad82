//! Pages as they are stored, and as they are read back to be shown.

use serde::{Deserialize, Serialize};
use tantivy::schema::Field;
use tantivy::schema::document::{
    DeserializeError, DocumentDeserialize, DocumentDeserializer, ValueDeserialize, ValueDeserializer, ValueVisitor,
};

use super::analysis;
use super::document::Positions;
use super::schema::Fields;
#[cfg(doc)]
use super::schema::TextField;
use crate::page::{Anchor, BlockKind, Heading, Link, Page, Timestamp, Warning, WithoutAlt};

/// A page as shown: everything that hits, `/pages` and `check` need.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredPage {
    /// Percent-encoded, without fragment.
    pub url: String,
    /// The URL it claims.
    pub route: String,
    /// Plain text.
    pub title: String,
    /// From the front matter.
    pub description: Option<String>,
    /// As written.
    pub tags: Vec<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// Lower case.
    pub lang: String,
    /// Front matter, else the file's time.
    pub updated_ms: i64,
    /// Folders below the locale, as on disk.
    pub folders: Vec<String>,
    /// Folders, made readable.
    pub breadcrumbs: Vec<String>,
    /// In page order.
    pub headings: Vec<Heading>,
    /// Where each heading's words begin in [`TextField::Headings`], in positions.
    pub heading_positions: Vec<u32>,
    /// In page order; the first may be a preamble.
    pub sections: Vec<StoredSection>,
    /// Links to other pages.
    pub links: Vec<Link>,
    /// What had to be guessed.
    pub warnings: Vec<Warning>,
    /// Images without a text.
    pub without_alt: Option<WithoutAlt>,
    /// The text of all blocks, one behind the other: a stored field of its own, which the engine reads in one go.
    #[serde(skip)]
    pub text: String,
}

/// A section as shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredSection {
    /// Index into [`StoredPage::headings`]; none for the preamble.
    pub heading: Option<u32>,
    /// Where a link to this section goes.
    pub anchor: Anchor,
    /// In page order.
    pub blocks: Vec<StoredBlock>,
}

/// A block of a section: where its text lies, and where its words stand in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBlock {
    /// What it is.
    pub kind: BlockKind,
    /// In [`StoredPage::text`], in bytes.
    pub start: u32,
    /// In [`StoredPage::text`], in bytes.
    pub end: u32,
    /// Its first word's position in [`TextField::Code`] if it is code, else in [`TextField::Body`].
    pub position: u32,
}

impl StoredPage {
    /// The text of a block.
    pub fn text_of(&self, block: &StoredBlock) -> &str {
        self.text.get(block.start as usize..block.end as usize).unwrap_or("")
    }

    /// All blocks, in page order.
    pub fn blocks(&self) -> impl Iterator<Item = &StoredBlock> {
        self.sections.iter().flat_map(|section| &section.blocks)
    }

    /// Last change as readers see it.
    pub fn updated(&self) -> Timestamp {
        Timestamp::from_millis(self.updated_ms)
    }

    /// The innermost folder it lies in, as filters compare it; none for a page at the top.
    pub fn folder_key(&self) -> Option<String> {
        (!self.folders.is_empty()).then(|| analysis::fold(&self.folders.join("/")))
    }

    /// A section's heading, empty for the preamble.
    pub fn heading_of(&self, section: &StoredSection) -> &str {
        section.heading.and_then(|index| self.headings.get(index as usize)).map_or("", |heading| heading.text.as_str())
    }

    /// Of a page, and of where its words stand.
    pub(super) fn of(page: &Page, updated_ms: i64, positions: Positions) -> Self {
        let mut positions_of_blocks = positions.blocks.into_iter();
        let mut text = String::new();
        let sections = page.sections.iter().map(|section| StoredSection {
            heading: section.heading,
            anchor: section.anchor.clone(),
            blocks: section
                .blocks
                .iter()
                .zip(&mut positions_of_blocks)
                .map(|(block, position)| {
                    let start = text.len() as u32;
                    text.push_str(&block.text);
                    StoredBlock { kind: block.kind, start, end: text.len() as u32, position }
                })
                .collect(),
        });
        Self {
            url: page.url.clone(),
            route: page.route.clone(),
            title: page.title.clone(),
            description: page.description.clone(),
            tags: page.tags.clone(),
            aliases: page.aliases.clone(),
            lang: page.lang.clone(),
            updated_ms,
            folders: page.folders.clone(),
            breadcrumbs: page.breadcrumbs.clone(),
            headings: page.headings.clone(),
            heading_positions: positions.headings,
            sections: sections.collect(),
            links: page.links.clone(),
            warnings: page.warnings.clone(),
            without_alt: page.without_alt.clone(),
            text,
        }
    }
}

/// The names of a stored page: as [`StoredPage`], up to its headings, so that its text need not be read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct StoredNames {
    /// Percent-encoded, without fragment.
    pub url: String,
    /// The URL it claims.
    pub route: String,
    /// Plain text.
    pub title: String,
    /// From the front matter.
    pub description: Option<String>,
    /// As written.
    pub tags: Vec<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// Lower case.
    pub lang: String,
    /// Front matter, else the file's time.
    pub updated_ms: i64,
    /// Folders below the locale, as on disk.
    pub folders: Vec<String>,
    /// Folders, made readable.
    pub breadcrumbs: Vec<String>,
    /// In page order.
    pub headings: Vec<Heading>,
}

/// What is stored of a document, read without copies: the engine's own document type copies each text twice.
#[derive(Default)]
pub struct StoredDocument {
    texts: Vec<(Field, String)>,
    page: Vec<u8>,
}

impl StoredDocument {
    /// The path and the page, if the document holds them and they can be read.
    pub fn page(mut self, fields: &Fields) -> Option<(String, StoredPage)> {
        let mut page: StoredPage = postcard::from_bytes(&self.page).ok()?;
        page.text = self.take(fields.shown)?;
        Some((self.take(fields.path)?, page))
    }

    /// The path and the page's names, read up to where its sections begin.
    pub fn names(mut self, fields: &Fields) -> Option<(String, StoredNames)> {
        let (names, _) = postcard::take_from_bytes(&self.page).ok()?;
        Some((self.take(fields.path)?, names))
    }

    fn take(&mut self, field: Field) -> Option<String> {
        let at = self.texts.iter().position(|(known, _)| *known == field)?;
        Some(self.texts.swap_remove(at).1)
    }
}

impl DocumentDeserialize for StoredDocument {
    fn deserialize<'de, D: DocumentDeserializer<'de>>(mut document: D) -> Result<Self, DeserializeError> {
        let mut stored = Self::default();
        while let Some((field, value)) = document.next_field::<StoredValue>()? {
            match value {
                StoredValue::Text(text) => stored.texts.push((field, text)),
                // Bytes are stored of the page alone.
                StoredValue::Bytes(bytes) => stored.page = bytes,
            }
        }
        Ok(stored)
    }
}

enum StoredValue {
    Text(String),
    Bytes(Vec<u8>),
}

impl ValueDeserialize for StoredValue {
    fn deserialize<'de, D: ValueDeserializer<'de>>(value: D) -> Result<Self, DeserializeError> {
        struct Owned;
        impl ValueVisitor for Owned {
            type Value = StoredValue;

            fn visit_string(&self, text: String) -> Result<StoredValue, DeserializeError> {
                Ok(StoredValue::Text(text))
            }

            fn visit_bytes(&self, bytes: Vec<u8>) -> Result<StoredValue, DeserializeError> {
                Ok(StoredValue::Bytes(bytes))
            }
        }
        value.deserialize_any(Owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_beginning_of_a_stored_page() {
        let heading = Heading { level: 2, text: "Passo".to_owned(), anchor: Anchor::default() };
        let page = StoredPage {
            url: "/A".to_owned(),
            route: "a".to_owned(),
            title: "Título".to_owned(),
            description: Some("d".to_owned()),
            tags: vec!["t".to_owned()],
            aliases: vec!["x".to_owned(), "y".to_owned()],
            lang: "pt-br".to_owned(),
            updated_ms: -1,
            folders: vec!["F_o".to_owned()],
            breadcrumbs: vec!["F o".to_owned()],
            headings: vec![heading],
            sections: vec![StoredSection { heading: Some(0), anchor: Anchor::default(), blocks: Vec::new() }],
            ..StoredPage::default()
        };
        let bytes = postcard::to_allocvec(&page).expect("a page can be stored");
        let (names, rest): (StoredNames, _) = postcard::take_from_bytes(&bytes).expect("and read in part");
        assert_eq!((&names.url, &names.route, &names.title), (&page.url, &page.route, &page.title));
        assert_eq!((&names.description, &names.tags, &names.aliases), (&page.description, &page.tags, &page.aliases));
        assert_eq!((&names.lang, names.updated_ms, &names.headings), (&page.lang, page.updated_ms, &page.headings));
        assert_eq!((&names.folders, &names.breadcrumbs), (&page.folders, &page.breadcrumbs));
        assert!(!rest.is_empty(), "sections are not read");
    }
}
