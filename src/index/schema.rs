//! The schema: which fields a document has, and what each is for.
//!
//! One document a file. A file that may not be found (a draft, the loser of a URL clash) has a document too,
//! with manifest fields alone: the manifest then lives in the same commit as the pages, and cannot drift.

use tantivy::schema::{
    Field, IndexRecordOption, NumericOptions, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};

/// Changes whenever documents are written another way: part of the index's fingerprint.
pub const SCHEMA_VERSION: u32 = 4;

/// The name under which the engine knows our tokenizer.
pub const TOKENIZER: &str = "terms";

/// A field of words that queries match, with its place in [`TextField::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextField {
    /// The title.
    Title,
    /// Other names.
    Aliases,
    /// Tags.
    Tags,
    /// Headings.
    Headings,
    /// Folders and file name.
    Path,
    /// The description.
    Description,
    /// Prose, items, rows, captions.
    Body,
    /// Code blocks.
    Code,
}

impl TextField {
    /// All of them, strongest first.
    pub const ALL: [Self; 8] =
        [Self::Title, Self::Aliases, Self::Tags, Self::Headings, Self::Path, Self::Description, Self::Body, Self::Code];

    /// Its name in the schema and in explanations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Aliases => "aliases",
            Self::Tags => "tags",
            Self::Headings => "headings",
            Self::Path => "path_words",
            Self::Description => "description",
            Self::Body => "body",
            Self::Code => "code",
        }
    }
}

/// The fields by name, as the schema numbers them.
#[derive(Clone, Debug)]
pub struct Fields {
    /// The path as on disk: the document's identity, and what deletes go by.
    pub path: Field,
    /// The path in NFC, for requests.
    pub path_nfc: Field,
    /// `page::Route`, hashed: which URL the file claims.
    pub route: Field,
    /// The routes that its links may mean, hashed: for backlinks.
    pub link: Field,
    /// The same in order; the first route of each link has [`FIRST_ROUTE`] set. For counting who is linked.
    pub link_sequence: Field,
    /// File size in bytes.
    pub size: Field,
    /// Modification time in nanoseconds since the epoch.
    pub mtime_ns: Field,
    /// Change time in nanoseconds since the epoch.
    pub ctime_ns: Field,
    /// Inode number.
    pub inode: Field,
    /// Device number.
    pub device: Field,
    /// Upper half of the content hash.
    pub hash_high: Field,
    /// Lower half of the content hash.
    pub hash_low: Field,
    /// When the file was read, in nanoseconds since the epoch.
    pub read_at_ns: Field,
    /// [`super::manifest::FileState`] as a number, and flags.
    pub state: Field,
    /// The date that settles a URL clash, in milliseconds, or none.
    pub claim_ms: Field,
    /// Last change in milliseconds since the epoch: what readers see, sort and filter by.
    pub updated_ms: Field,
    /// Number of sections.
    pub sections: Field,
    /// `search.boost` in thousandths.
    pub boost_milli: Field,
    /// 1 for a page that says so of itself; else none.
    pub deprecated: Field,
    /// Nearly the same for pages that say nearly the same; none for a short page.
    pub fingerprint: Field,
    /// Words in the title.
    pub title_words: Field,
    /// The folded title: what `sort=title` goes by.
    pub title_sort: Field,
    /// The folded words of the title, and of each alias: equal to the query's words, they win.
    pub title_key: Field,
    /// The folded words of each alias.
    pub alias_key: Field,
    /// The folded words of each heading.
    pub heading_key: Field,
    /// The language tag and its primary part.
    pub lang_key: Field,
    /// The language tag.
    pub lang: Field,
    /// Folded tags.
    pub tag_key: Field,
    /// Tags as written.
    pub tag: Field,
    /// The groups that the page names in its front matter: who may find it.
    pub group: Field,
    /// Folded folder prefixes.
    pub category_key: Field,
    /// Folder prefixes as on disk.
    pub category: Field,
    /// Every word of the page, in all strengths, without frequencies: which pages match, and how rare a word is.
    pub words: Field,
    /// Stems of the body.
    pub body_stem: Field,
    /// The page as shown, but for its text: [`super::stored::StoredPage`].
    pub page: Field,
    /// The text of its blocks, one behind the other.
    pub shown: Field,
    /// By [`TextField`].
    text: [Field; TextField::ALL.len()],
}

/// Set in the first of a link's routes in [`Fields::link_sequence`].
pub const FIRST_ROUTE: u64 = 1 << 63;

impl Fields {
    /// The engine's field of a text field.
    pub fn text(&self, field: TextField) -> Field {
        self.text[field as usize]
    }
}

/// The schema and its fields.
pub fn build() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let number = NumericOptions::default().set_fast();
    let key = NumericOptions::default().set_fast().set_indexed();
    let words = |record| {
        let indexing = TextFieldIndexing::default().set_tokenizer(TOKENIZER).set_index_option(record);
        TextOptions::default().set_indexing_options(indexing)
    };
    let fast_name = TextOptions::default().set_fast("raw");
    let fields = Fields {
        path: schema.add_text_field("path", STRING | fast_name.clone() | STORED),
        path_nfc: schema.add_text_field("path_nfc", STRING),
        route: schema.add_u64_field("route", key.clone()),
        link: schema.add_u64_field("link", NumericOptions::default().set_indexed()),
        link_sequence: schema.add_u64_field("link_sequence", number.clone()),
        size: schema.add_u64_field("size", number.clone()),
        mtime_ns: schema.add_i64_field("mtime_ns", number.clone()),
        ctime_ns: schema.add_i64_field("ctime_ns", number.clone()),
        inode: schema.add_u64_field("inode", number.clone()),
        device: schema.add_u64_field("device", number.clone()),
        hash_high: schema.add_u64_field("hash_high", number.clone()),
        hash_low: schema.add_u64_field("hash_low", number.clone()),
        read_at_ns: schema.add_i64_field("read_at_ns", number.clone()),
        state: schema.add_u64_field("state", number.clone()),
        claim_ms: schema.add_i64_field("claim_ms", number.clone()),
        updated_ms: schema.add_i64_field("updated_ms", number.clone()),
        sections: schema.add_u64_field("sections", number.clone()),
        boost_milli: schema.add_u64_field("boost_milli", number.clone()),
        deprecated: schema.add_u64_field("deprecated", number.clone()),
        fingerprint: schema.add_u64_field("fingerprint", number.clone()),
        title_words: schema.add_u64_field("title_words", number),
        title_sort: schema.add_text_field("title_sort", fast_name.clone()),
        title_key: schema.add_text_field("title_key", STRING),
        alias_key: schema.add_text_field("alias_key", STRING),
        heading_key: schema.add_text_field("heading_key", STRING),
        lang_key: schema.add_text_field("lang_key", STRING),
        lang: schema.add_text_field("lang", fast_name.clone()),
        tag_key: schema.add_text_field("tag_key", STRING),
        tag: schema.add_text_field("tag", fast_name.clone()),
        group: schema.add_text_field("group", fast_name.clone()),
        category_key: schema.add_text_field("category_key", STRING),
        category: schema.add_text_field("category", fast_name),
        words: schema.add_text_field("words", words(IndexRecordOption::Basic)),
        body_stem: schema.add_text_field("body_stem", words(IndexRecordOption::WithFreqsAndPositions)),
        page: schema.add_bytes_field("page", STORED),
        shown: schema.add_text_field("shown", STORED),
        text: TextField::ALL
            .map(|field| schema.add_text_field(field.name(), words(IndexRecordOption::WithFreqsAndPositions))),
    };
    (schema.build(), fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_fields_are_found_by_their_place() {
        let (schema, fields) = build();
        for field in TextField::ALL {
            assert_eq!(schema.get_field_name(fields.text(field)), field.name());
        }
    }
}
