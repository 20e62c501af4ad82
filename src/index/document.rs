//! Documents: a page as the engine takes it, and as it is shown again.

use serde::{Deserialize, Serialize};
use tantivy::TantivyDocument;
use tantivy::schema::Field;
use tantivy::schema::document::{
    DeserializeError, DocumentDeserialize, DocumentDeserializer, ValueDeserialize, ValueDeserializer, ValueVisitor,
};
use xxhash_rust::xxh3::xxh3_64;

use super::analysis::{self, Form, Language, PageTerms, Strength};
use super::manifest::{FileEntry, FileState};
use super::schema::{FIRST_ROUTE, Fields, TextField};
use super::simhash;
use crate::page::{Anchor, BlockKind, Heading, Link, Page, PagePath, Timestamp, Warning, WithoutAlt};

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

    fn of(page: &Page, updated_ms: i64, positions: Positions) -> Self {
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

/// The number by which a route is stored and compared.
pub fn route_hash(route: &str) -> u64 {
    // The top bit tells a link's first route from its others.
    xxh3_64(route.as_bytes()) & !FIRST_ROUTE
}

/// The folded words of a text, parted by blanks: what "the title is the query" means.
pub fn key_of(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    analysis::tokenize(text, |token| {
        if token.form == Form::Word {
            if !key.is_empty() {
                key.push(' ');
            }
            key.push_str(token.folded);
        }
    });
    key
}

/// Folder prefixes of a page: `Cadastros`, `Cadastros/Contratos`.
pub fn categories(folders: &[String]) -> impl Iterator<Item = String> {
    (1..=folders.len()).map(|depth| folders[..depth].join("/"))
}

/// A file's document, and the words of its page beside it.
#[derive(Debug)]
pub struct Analysed {
    /// All fields but those of words.
    pub document: TantivyDocument,
    /// Of a page that may be found.
    pub terms: Option<PageTerms>,
}

impl Analysed {
    /// The document with its words, as the engine's writer takes them.
    pub fn into_document(self, fields: &Fields) -> TantivyDocument {
        let Self { mut document, terms } = self;
        if let Some(terms) = terms {
            for field in TextField::ALL {
                let occurrences = terms.field(field);
                if occurrences.positions() > 0 {
                    document.add_text(fields.text(field), terms.lines(occurrences));
                }
            }
            document.add_text(fields.body_stem, terms.lines(terms.body_stems()));
            document.add_text(fields.words, terms.all_lines());
        }
        document
    }
}

/// The document of a file: manifest fields, and for a page that may be found all the others.
pub fn document(fields: &Fields, path: &PagePath, entry: &FileEntry, page: &Page) -> Result<Analysed, postcard::Error> {
    let mut document = TantivyDocument::default();
    document.add_text(fields.path, path.as_str());
    document.add_u64(fields.route, entry.route);
    document.add_u64(fields.size, entry.stat.size);
    document.add_i64(fields.mtime_ns, entry.stat.mtime_ns);
    document.add_i64(fields.ctime_ns, entry.stat.ctime_ns);
    document.add_u64(fields.inode, entry.stat.inode);
    document.add_u64(fields.device, entry.stat.device);
    document.add_u64(fields.hash_high, (entry.hash >> 64) as u64);
    document.add_u64(fields.hash_low, entry.hash as u64);
    document.add_i64(fields.read_at_ns, entry.read_at_ns);
    document.add_u64(fields.state, entry.packed_state());
    if let Some(claim_ms) = entry.claim_ms {
        document.add_i64(fields.claim_ms, claim_ms);
    }
    let mut terms = None;
    if entry.state == FileState::Found {
        terms = Some(add_page(&mut document, fields, path, entry, page)?);
    }
    Ok(Analysed { document, terms })
}

fn add_page(
    document: &mut TantivyDocument,
    fields: &Fields,
    path: &PagePath,
    entry: &FileEntry,
    page: &Page,
) -> Result<PageTerms, postcard::Error> {
    let updated_ms = entry.updated_ms();
    document.add_text(fields.path_nfc, path.nfc());
    document.add_i64(fields.updated_ms, updated_ms);
    document.add_u64(fields.sections, page.sections.len() as u64);
    document.add_u64(fields.boost_milli, (page.boost * 1000.0).round() as u64);
    if page.deprecated {
        document.add_u64(fields.deprecated, 1);
    }
    document.add_text(fields.title_sort, analysis::fold(&page.title));
    document.add_text(fields.title_key, key_of(&page.title));
    for alias in &page.aliases {
        document.add_text(fields.alias_key, key_of(alias));
    }
    for heading in &page.headings {
        document.add_text(fields.heading_key, key_of(&heading.text));
    }
    document.add_text(fields.lang, &page.lang);
    document.add_text(fields.lang_key, &page.lang);
    if let Some((primary, _)) = page.lang.split_once('-') {
        document.add_text(fields.lang_key, primary);
    }
    for tag in &page.tags {
        document.add_text(fields.tag, tag);
        document.add_text(fields.tag_key, analysis::fold(tag));
    }
    for group in &page.groups {
        document.add_text(fields.group, group);
    }
    for category in categories(&page.folders) {
        document.add_text(fields.category_key, analysis::fold(&category));
        document.add_text(fields.category, category);
    }
    for link in &page.links {
        for (index, route) in link.routes.iter().enumerate() {
            let hash = route_hash(route);
            document.add_u64(fields.link, hash);
            document.add_u64(fields.link_sequence, if index == 0 { hash | FIRST_ROUTE } else { hash });
        }
    }
    let (terms, positions) = words_of(path, page);
    if let Some(fingerprint) = simhash::fingerprint(&page.lang, &terms, &positions.running) {
        document.add_u64(fields.fingerprint, fingerprint);
    }
    document.add_u64(fields.title_words, u64::from(terms.field(TextField::Title).positions()));
    let stored = StoredPage::of(page, updated_ms, positions);
    document.add_bytes(fields.page, &postcard::to_allocvec(&stored)?);
    document.add_text(fields.shown, stored.text);
    Ok(terms)
}

/// Where the words of a page's texts begin, by heading and by block, in page order.
#[derive(Default)]
pub(super) struct Positions {
    headings: Vec<u32>,
    blocks: Vec<u32>,
    /// The plain words of its sections, headings among them, as they are read.
    pub(super) running: Vec<u32>,
}

/// The words of a page's fields.
pub(super) fn words_of(path: &PagePath, page: &Page) -> (PageTerms, Positions) {
    let mut positions = Positions::default();
    let mut terms = PageTerms::new(Language::of(&page.lang));
    let path = path.nfc();
    let path_segments = path.rsplit_once('.').map_or("", |(stem, _)| stem).split('/');
    let short_texts = [(TextField::Title, page.title.as_str())]
        .into_iter()
        .chain(page.aliases.iter().map(|alias| (TextField::Aliases, alias.as_str())))
        .chain(page.tags.iter().map(|tag| (TextField::Tags, tag.as_str())))
        .chain(page.headings.iter().map(|heading| (TextField::Headings, heading.text.as_str())))
        .chain(path_segments.map(|segment| (TextField::Path, segment)))
        .chain(page.description.iter().map(|description| (TextField::Description, description.as_str())));
    let mut words_of_headings = Vec::new();
    for (field, text) in short_texts {
        if field == TextField::Headings {
            positions.headings.push(terms.field(field).next_position());
        }
        let words = terms.analyse(text, Strength::Full, field);
        if field == TextField::Headings {
            words_of_headings.push(words);
        }
    }
    for section in &page.sections {
        if let Some(words) = section.heading.and_then(|index| words_of_headings.get(index as usize)) {
            positions.running.extend_from_slice(&terms.words()[words.clone()]);
        }
        for block in &section.blocks {
            let (field, strength) = match block.kind {
                BlockKind::Code => (TextField::Code, Strength::Plain),
                _ => (TextField::Body, Strength::Body),
            };
            positions.blocks.push(terms.field(field).next_position());
            let words = terms.analyse(&block.text, strength, field);
            positions.running.extend_from_slice(&terms.words()[words]);
        }
    }
    (terms, positions)
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
