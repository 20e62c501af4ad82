//! A published index state: what searches read. Immutable, one a generation.

use std::sync::{Arc, OnceLock};

use tantivy::columnar::{Column, StrColumn};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::InvertedIndexReader;
use tantivy::{DocAddress, DocId, Searcher, SegmentReader, Term};

use super::analysis::Language;
use super::bits::DocBits;
use super::lexicon::Lexicons;
use super::manifest::FileEntry;
use super::places::{Places, PlacesCache};
use super::schema::{FIRST_ROUTE, Fields, TextField};
use super::stored::{StoredDocument, StoredNames, StoredPage};

mod changes;
mod sums;
mod visible;

use sums::{Counted, Totals};
pub use visible::PageFacts;

/// A published index state. A search that holds one sees it to its end, whatever is published meanwhile.
pub struct Snapshot {
    searcher: Searcher,
    fields: Arc<Fields>,
    identity: String,
    generation: u64,
    segments: Vec<SegmentView>,
    totals: Totals,
    pages: u64,
    sections: u64,
    languages: Vec<Language>,
    average_lengths: [f32; TextField::ALL.len()],
    /// Whether pages that can be found are hidden from who looks.
    partial: bool,
    /// Whether any page names groups.
    names_groups: bool,
    lexicons: Arc<Words>,
    counted: Counted,
}

/// The plain words of a state, read when they are first wanted.
struct Words {
    /// Of the state before.
    before: Lexicons,
    now: OnceLock<Lexicons>,
}

/// What searches read of one segment.
#[derive(Clone)]
pub struct SegmentView {
    reader: SegmentReader,
    words: Arc<InvertedIndexReader>,
    body_stem: Arc<InvertedIndexReader>,
    text: [Arc<InvertedIndexReader>; TextField::ALL.len()],
    norms: [Option<FieldNormReader>; TextField::ALL.len()],
    found: DocBits,
    /// Last change, in milliseconds since the epoch.
    pub updated_ms: Column<i64>,
    /// `search.boost` in thousandths.
    pub boost_milli: Column<u64>,
    deprecated: Column<u64>,
    fingerprint: Column<u64>,
    /// Words in the title.
    pub title_words: Column<u64>,
    /// The path as on disk, ordered.
    pub path: StrColumn,
    /// The folded title, ordered.
    pub title_sort: StrColumn,
    /// Pages that link to each page.
    inlinks: Vec<u32>,
    kept: Arc<Kept>,
}

/// What was read of a segment for the sake of speed: it holds for every state that has the segment.
#[derive(Default)]
struct Kept {
    places: PlacesCache,
}

impl SegmentView {
    /// `kept` is that of the same segment in a state before, and `known` its view there, if there is one.
    fn open(reader: SegmentReader, fields: &Fields, kept: Arc<Kept>, known: Option<&Self>) -> tantivy::Result<Self> {
        let columns = reader.fast_fields();
        let mut text = Vec::with_capacity(TextField::ALL.len());
        let mut norms = Vec::with_capacity(TextField::ALL.len());
        for field in TextField::ALL {
            text.push(reader.inverted_index(fields.text(field))?);
            norms.push(reader.fieldnorms_readers().get_field(fields.text(field))?);
        }
        let string_column = |name: &str| {
            columns.str(name)?.ok_or_else(|| tantivy::TantivyError::SchemaError(format!("no column {name}")))
        };
        let state = columns.u64("state")?;
        // Documents only ever go.
        let same = known.filter(|known| known.reader.num_deleted_docs() == reader.num_deleted_docs());
        let found = same.map_or_else(
            || {
                let mut found = DocBits::empty(reader.max_doc());
                reader
                    .doc_ids_alive()
                    .filter(|doc| state.first(*doc).is_some_and(FileEntry::is_found))
                    .for_each(|doc| found.insert(doc));
                found
            },
            |known| known.found.clone(),
        );
        let all = "one for each text field";
        Ok(Self {
            words: reader.inverted_index(fields.words)?,
            body_stem: reader.inverted_index(fields.body_stem)?,
            text: text.try_into().map_err(|_| tantivy::TantivyError::InternalError(all.to_owned()))?,
            norms: norms.try_into().map_err(|_| tantivy::TantivyError::InternalError(all.to_owned()))?,
            found,
            updated_ms: columns.i64("updated_ms")?,
            boost_milli: columns.u64("boost_milli")?,
            deprecated: columns.u64("deprecated")?,
            fingerprint: columns.u64("fingerprint")?,
            title_words: columns.u64("title_words")?,
            path: string_column("path")?,
            title_sort: columns.str("title_sort")?.map_or_else(|| string_column("path"), Ok)?,
            inlinks: vec![0; reader.max_doc() as usize],
            kept,
            reader,
        })
    }

    /// The engine's reader.
    pub fn reader(&self) -> &SegmentReader {
        &self.reader
    }

    /// Which pages hold a term, in any strength.
    pub fn words(&self) -> &InvertedIndexReader {
        &self.words
    }

    /// Where a term lies.
    pub fn places(&self, fields: &Fields, term: &str) -> std::io::Result<Arc<Places>> {
        self.kept.places.get(self, fields, term)
    }

    /// Looks up folded words, in order, that all begin with `prefix`, so that [`Self::places`] finds them soon.
    pub fn look_up_all(&self, prefix: &str, terms: &[&str]) -> std::io::Result<()> {
        self.kept.places.look_up_all(self, prefix, terms)
    }

    /// Stems of the body.
    pub fn body_stem(&self) -> &InvertedIndexReader {
        &self.body_stem
    }

    /// A text field's terms.
    pub fn text(&self, field: TextField) -> &InvertedIndexReader {
        &self.text[field as usize]
    }

    /// The length of a text field of a page, in terms; rounded down above 40.
    pub fn length(&self, field: TextField, doc: DocId) -> u32 {
        self.norms[field as usize].as_ref().map_or(0, |norms| norms.fieldnorm(doc))
    }

    /// All pages that can be found.
    pub fn found(&self) -> &DocBits {
        &self.found
    }

    /// Pages that link to a page.
    pub fn inlinks(&self, doc: DocId) -> u32 {
        self.inlinks[doc as usize]
    }

    /// Whether a page says of itself that it is deprecated.
    pub fn is_deprecated(&self, doc: DocId) -> bool {
        self.deprecated.first(doc).is_some()
    }

    /// Bits that are nearly the same for pages of one language that say nearly the same; none of a short page.
    pub fn fingerprint(&self, doc: DocId) -> Option<u64> {
        self.fingerprint.first(doc)
    }

    /// The path of a page.
    pub fn path_of(&self, doc: DocId) -> String {
        let mut path = String::new();
        if let Some(ord) = self.path.ords().first(doc) {
            // A column that cannot be read leaves the path empty; the hit then fails to load and says so.
            let _ = self.path.ord_to_str(ord, &mut path);
        }
        path
    }
}

impl Snapshot {
    /// Views a committed state. What a state before has read of the same segments is taken over.
    pub(super) fn open(
        searcher: Searcher,
        fields: Arc<Fields>,
        identity: String,
        generation: u64,
        before: Option<&Self>,
    ) -> tantivy::Result<Self> {
        let mut snapshot = Self::opened(searcher, fields, identity, generation, before)?;
        snapshot.look_for_groups()?;
        let counted = before.map_or(Ok(false), |before| snapshot.count_from(before))?;
        if counted {
            #[cfg(debug_assertions)]
            snapshot.check_counts()?;
        } else {
            snapshot.count()?;
            snapshot.count_links()?;
        }
        Ok(snapshot)
    }

    /// The same, with nothing counted yet.
    fn opened(
        searcher: Searcher,
        fields: Arc<Fields>,
        identity: String,
        generation: u64,
        before: Option<&Self>,
    ) -> tantivy::Result<Self> {
        let known_words = before.map_or_else(Lexicons::default, |before| {
            before.lexicons.now.get().unwrap_or(&before.lexicons.before).clone()
        });
        let mut segments = Vec::new();
        for reader in searcher.segment_readers() {
            let same = |view: &&SegmentView| view.reader.segment_id() == reader.segment_id();
            let known = before.and_then(|before| before.segments.iter().find(same));
            let kept = known.map(|view| Arc::clone(&view.kept)).unwrap_or_default();
            segments.push(SegmentView::open(reader.clone(), &fields, kept, known)?);
        }
        Ok(Self {
            searcher,
            fields,
            identity,
            generation,
            segments,
            totals: Totals::default(),
            pages: 0,
            sections: 0,
            languages: Vec::new(),
            average_lengths: [1.0; TextField::ALL.len()],
            partial: false,
            names_groups: false,
            lexicons: Arc::new(Words { before: known_words, now: OnceLock::new() }),
            counted: Counted::default(),
        })
    }

    /// Its plain words, to find those that look like a typed one.
    pub fn lexicons(&self) -> std::io::Result<&Lexicons> {
        if let Some(lexicons) = self.lexicons.now.get() {
            return Ok(lexicons);
        }
        let segments = self.segments.iter().map(|view| (view.reader.segment_id(), view.words()));
        let lexicons = self.lexicons.before.extended(segments)?;
        Ok(self.lexicons.now.get_or_init(|| lexicons))
    }

    /// Whether no state before has read its words.
    pub(super) fn is_first(&self) -> bool {
        self.lexicons.before.is_empty()
    }

    /// Reads what the first search would else wait for.
    pub(super) fn warm(&self) {
        if let Err(error) = self.lexicons() {
            // The search that needs them tries again, and says so.
            tracing::warn!(%error, "the words of the index cannot be read");
        }
    }

    /// An empty index in memory.
    #[cfg(test)]
    pub(super) fn for_tests(generation: u64) -> Arc<Self> {
        let (schema, fields) = super::schema::build();
        let reader = tantivy::Index::create_in_ram(schema).reader().expect("an empty index can be read");
        Arc::new(
            Self::open(reader.searcher(), Arc::new(fields), "test".to_owned(), generation, None)
                .expect("an empty index"),
        )
    }

    /// The number of this state.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// A random name of the index that it is a state of: with the generation it names one state for ever.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Pages that can be found.
    pub fn pages(&self) -> u64 {
        self.pages
    }

    /// Their sections.
    pub fn sections(&self) -> u64 {
        self.sections
    }

    /// Languages with a stemmer that pages are written in.
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// The mean length of a text field over the pages that have it, in terms; never 0.
    pub fn average_length(&self, field: TextField) -> f32 {
        self.average_lengths[field as usize]
    }

    /// The engine's own searcher over the same state: what benchmarks hold searches against.
    pub fn searcher(&self) -> &Searcher {
        &self.searcher
    }

    /// The schema's fields.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The segments, in the engine's order.
    pub fn segments(&self) -> &[SegmentView] {
        &self.segments
    }

    /// The page of a document.
    pub fn page(&self, address: DocAddress) -> tantivy::Result<(String, StoredPage)> {
        let document: StoredDocument = self.searcher.doc(address)?;
        let page = document.page(&self.fields);
        page.ok_or_else(|| tantivy::TantivyError::InternalError("a document without its page".to_owned()))
    }

    /// The path and the names of a document's page: much less to read than all of it.
    pub fn names(&self, address: DocAddress) -> tantivy::Result<(String, StoredNames)> {
        let document: StoredDocument = self.searcher.doc(address)?;
        let names = document.names(&self.fields);
        names.ok_or_else(|| tantivy::TantivyError::InternalError("a document without its page".to_owned()))
    }

    /// The path of a page.
    pub fn path_of(&self, address: DocAddress) -> String {
        self.segments[address.segment_ord as usize].path_of(address.doc_id)
    }

    /// The page at a path, in any Unicode normalization form.
    pub fn find_path(&self, path: &str) -> tantivy::Result<Option<DocAddress>> {
        self.find_term(&Term::from_field_text(self.fields.path_nfc, &crate::page::nfc(path)))
    }

    /// The page that claims a route, by its hash.
    pub fn find_route(&self, route: u64) -> tantivy::Result<Option<DocAddress>> {
        self.find_term(&Term::from_field_u64(self.fields.route, route))
    }

    fn find_term(&self, term: &Term) -> tantivy::Result<Option<DocAddress>> {
        Ok(self.docs_with(term)?.into_iter().next())
    }

    /// The pages with a term of an indexed key field.
    pub fn docs_with(&self, term: &Term) -> tantivy::Result<Vec<DocAddress>> {
        use tantivy::{DocSet, TERMINATED};
        let mut found = Vec::new();
        for (ord, segment) in self.segments.iter().enumerate() {
            let index = segment.reader.inverted_index(term.field())?;
            let Some(mut postings) = index.read_postings(term, tantivy::schema::IndexRecordOption::Basic)? else {
                continue;
            };
            while postings.doc() != TERMINATED {
                if segment.found.contains(postings.doc()) {
                    found.push(DocAddress::new(ord as u32, postings.doc()));
                }
                postings.advance();
            }
        }
        Ok(found)
    }
}
