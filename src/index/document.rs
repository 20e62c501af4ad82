//! Documents: a page as the engine takes it.

use tantivy::TantivyDocument;
use xxhash_rust::xxh3::xxh3_64;

use super::analysis::{self, Form, Language, PageTerms, Strength};
use super::manifest::{FileEntry, FileState};
use super::schema::{FIRST_ROUTE, Fields, TextField};
use super::simhash;
use super::stored::StoredPage;
use crate::page::{BlockKind, Page, PagePath};

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
    pub(super) headings: Vec<u32>,
    pub(super) blocks: Vec<u32>,
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
