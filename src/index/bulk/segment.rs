//! A segment that is made in bulk, file by file of the engine's format.
//!
//! Its own file because it is the one place that knows which files a segment has and what is in them. All of them are
//! written by the engine's own serializers; `a_segment_is_what_the_engine_writes` holds the result against the engine's.

use std::io::Write as _;
use std::mem::{replace, take};

use tantivy::directory::TerminatingWrite;
use tantivy::fastfield::FastFieldsWriter;
use tantivy::fieldnorm::{FieldNormReaders, FieldNormsSerializer, FieldNormsWriter};
use tantivy::index::{Segment, SegmentComponent, SegmentMeta};
use tantivy::postings::InvertedIndexSerializer;
use tantivy::schema::document::{Document, Value};
use tantivy::schema::{Field, Schema};
use tantivy::store::StoreWriter;
use tantivy::tokenizer::MAX_TOKEN_LEN;
use tantivy::{DocId, Index, TantivyError};

use super::super::analysis::{Occurrences, PageTerms, hash_of};
use super::super::document::Analysed;
use super::super::schema::{Fields, TextField};
use super::postings::{Postings, Vocabulary};

/// A field whose values are terms as they are: paths, keys, routes.
struct Keys {
    field: Field,
    vocabulary: Vocabulary,
    postings: Postings,
    /// By term: one more than the document that last had it.
    last: Vec<DocId>,
}

/// The words of a field.
struct Words {
    field: Field,
    postings: Postings,
}

/// A segment that takes in documents.
pub struct SegmentBuilder {
    segment: Segment,
    schema: Schema,
    documents: DocId,
    store: StoreWriter,
    columns: FastFieldsWriter,
    norms: FieldNormsWriter,
    /// By field number.
    keys: Vec<Option<Keys>>,
    /// Of all fields of words.
    vocabulary: Vocabulary,
    all_words: Words,
    text: [Words; TextField::ALL.len()],
    body_stems: Words,
    grouping: Grouping,
    /// The numbers of a page's terms in the segment.
    numbers: Vec<u32>,
}

impl SegmentBuilder {
    /// An empty segment.
    pub fn new(index: &Index, fields: &Fields) -> tantivy::Result<Self> {
        let (segment, schema, settings) = (index.new_segment(), index.schema(), index.settings());
        let store = segment.open_write(SegmentComponent::Store)?;
        let (compression, block_size) = (settings.docstore_compression, settings.docstore_blocksize);
        let with_positions = |field| Words { field, postings: Postings::with_positions() };
        let text = TextField::ALL.map(|field| with_positions(fields.text(field)));
        let body_stems = with_positions(fields.body_stem);
        let all_words = Words { field: fields.words, postings: Postings::default() };
        let mut keys: Vec<Option<Keys>> = Vec::new();
        for (field, entry) in schema.fields() {
            let is_of_words = text.iter().chain([&body_stems, &all_words]).any(|words| words.field == field);
            let postings =
                || Keys { field, vocabulary: Vocabulary::default(), postings: Postings::default(), last: Vec::new() };
            keys.push((entry.is_indexed() && !is_of_words).then(postings));
        }
        Ok(Self {
            // No thread of its own: all cores have work.
            store: StoreWriter::new(store, compression, block_size, false)?,
            columns: FastFieldsWriter::from_schema_and_tokenizer_manager(
                &schema,
                index.fast_field_tokenizer().clone(),
            )?,
            norms: FieldNormsWriter::for_schema(&schema),
            segment,
            schema,
            documents: 0,
            keys,
            vocabulary: Vocabulary::default(),
            all_words,
            text,
            body_stems,
            grouping: Grouping::default(),
            numbers: Vec::new(),
        })
    }

    /// Takes in a document.
    pub fn add(&mut self, analysed: &Analysed) -> tantivy::Result<()> {
        self.add_keys(&analysed.document)?;
        self.columns.add_document(&analysed.document)?;
        self.store.store(&analysed.document, &self.schema)?;
        if let Some(terms) = &analysed.terms {
            self.add_words(terms)?;
        }
        let words = self.text.iter_mut().chain([&mut self.body_stems, &mut self.all_words]);
        let keys = self.keys.iter_mut().flatten().map(|keys| &mut keys.postings);
        let mut has_room = true;
        for postings in words.map(|words| &mut words.postings).chain(keys) {
            has_room &= postings.end_document();
        }
        self.documents += 1;
        if has_room { Ok(()) } else { Err(no_room()) }
    }

    fn add_keys(&mut self, document: &impl Document) -> tantivy::Result<()> {
        let mut values: Vec<(Field, u32)> = Vec::new();
        for (field, value) in document.iter_fields_and_values() {
            let Some(keys) = self.keys.get_mut(field.field_id() as usize).and_then(Option::as_mut) else { continue };
            let number = value.as_u64().map(u64::to_be_bytes);
            let term = match (&number, value.as_str()) {
                (Some(number), _) => &number[..],
                // As the engine does.
                (None, Some(text)) if text.len() <= MAX_TOKEN_LEN => text.as_bytes(),
                _ => continue,
            };
            let term = keys.vocabulary.number(term, hash_of(term)).ok_or_else(no_room)?;
            keys.last.resize(keys.vocabulary.len(), 0);
            let last = &mut keys.last[term as usize];
            // Once a document, and counted as often as it is there.
            if *last == self.documents + 1 {
                keys.postings.count_again();
            } else {
                *last = self.documents + 1;
                keys.postings.push(term);
            }
            match values.iter_mut().find(|(known, _)| *known == field) {
                Some((_, count)) => *count += 1,
                None => values.push((field, 1)),
            }
        }
        for (field, count) in values {
            self.norms.record(self.documents, field, count);
        }
        Ok(())
    }

    fn add_words(&mut self, terms: &PageTerms) -> tantivy::Result<()> {
        self.numbers.clear();
        for (term, hash) in terms.iter() {
            let number = self.vocabulary.number(term.as_bytes(), hash).ok_or_else(no_room)?;
            self.numbers.push(number);
            self.all_words.postings.push(number);
        }
        self.norms.record(self.documents, self.all_words.field, terms.len() as u32);
        let of_fields = TextField::ALL.into_iter().map(|field| terms.field(field));
        let fields = self.text.iter_mut().zip(of_fields).chain([(&mut self.body_stems, terms.body_stems())]);
        for (words, occurrences) in fields {
            let numbers = &self.numbers;
            self.grouping.by_term(terms.len(), occurrences, |term, positions| {
                words.postings.push_at(numbers[term as usize], positions);
            });
            self.norms.record(self.documents, words.field, occurrences.list().len() as u32);
        }
        Ok(())
    }

    /// Bytes that it takes in memory.
    pub fn bytes(&self) -> usize {
        let words = self.text.iter().chain([&self.body_stems, &self.all_words]);
        let keys = self.keys.iter().flatten().map(|keys| keys.vocabulary.bytes() + keys.postings.bytes());
        self.vocabulary.bytes()
            + words.map(|words| words.postings.bytes()).sum::<usize>()
            + keys.sum::<usize>()
            + self.columns.mem_usage()
            + self.store.mem_usage()
            + self.norms.mem_usage()
    }

    /// Writes the segment to its files. It is not a part of the index before it is added to it.
    pub fn finish(mut self) -> tantivy::Result<SegmentMeta> {
        let segment = self.segment.clone().with_max_doc(self.documents);
        self.store.close()?;
        self.norms.fill_up_to_max_doc(self.documents);
        let norms = FieldNormsSerializer::from_write(segment.open_write(SegmentComponent::FieldNorms)?)?;
        self.norms.serialize(norms, None)?;
        let mut columns = segment.open_write(SegmentComponent::FastFields)?;
        self.columns.serialize(&mut columns, None)?;
        columns.flush()?;
        columns.terminate()?;

        let norms = FieldNormReaders::open(segment.open_read(SegmentComponent::FieldNorms)?)?;
        let mut serializer = InvertedIndexSerializer::open(&segment)?;
        let vocabulary = self.vocabulary.sorted();
        drop(self.vocabulary);
        let words = self.text.into_iter().chain([self.body_stems, self.all_words]);
        let words = words.map(|words| (words.field, words.postings, None));
        let keys = self.keys.into_iter().flatten();
        let keys = keys.map(|keys| (keys.field, keys.postings, Some(keys.vocabulary)));
        let mut fields: Vec<(Field, Postings, Option<Vocabulary>)> = words.chain(keys).collect();
        fields.sort_by_key(|(field, ..)| *field);
        for (field, postings, own) in fields {
            // A field without a term has no part in the files.
            if postings.is_empty() {
                continue;
            }
            let own = own.map(|own| own.sorted());
            let mut serializer = serializer.new_field(field, postings.occurrences(), norms.get_field(field)?)?;
            postings.serialize(own.as_ref().unwrap_or(&vocabulary), &mut serializer)?;
            serializer.close()?;
        }
        serializer.close()?;
        let meta = segment.meta().clone();
        meta.untrack_temp_docstore();
        Ok(meta)
    }
}

fn no_room() -> TantivyError {
    TantivyError::InvalidArgument("a page has more words than a segment can hold".to_owned())
}

/// Brings the occurrences of each term of a field together, in room that all pages share.
#[derive(Default)]
struct Grouping {
    /// By term; all 0 between two fields.
    slots: Vec<u32>,
    met: Vec<u32>,
    positions: Vec<u32>,
}

impl Grouping {
    /// Calls `each` with every term that occurs, and its positions.
    fn by_term(&mut self, terms: usize, occurrences: &Occurrences, mut each: impl FnMut(u32, &[u32])) {
        let Self { slots, met, positions } = self;
        slots.resize(slots.len().max(terms), 0);
        met.clear();
        for one in occurrences.list() {
            let count = &mut slots[one.term as usize];
            if *count == 0 {
                met.push(one.term);
            }
            *count += 1;
        }
        let mut begin = 0;
        for term in &*met {
            let count = replace(&mut slots[*term as usize], begin);
            begin += count;
        }
        positions.resize(begin as usize, 0);
        for one in occurrences.list() {
            let slot = &mut slots[one.term as usize];
            positions[*slot as usize] = one.position;
            *slot += 1;
        }
        let mut begin = 0;
        for term in &*met {
            let end = take(&mut slots[*term as usize]) as usize;
            each(*term, &positions[begin..end]);
            begin = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use tantivy::IndexWriter;

    use super::super::super::analysis::TermStreamTokenizer;
    use super::super::super::document::document;
    use super::super::super::manifest::{FileEntry, FileState};
    use super::super::super::schema::{self, TOKENIZER};
    use super::*;
    use crate::content::Stat;
    use crate::page::{AnchorStyle, LocaleInUrl, PagePath, PageRules, UrlStyle, parse};

    /// Pages of few words and many, in three languages and in none, with all that has a field of its own.
    fn texts() -> Vec<(String, String)> {
        let words =
            ["boleto", "Configuração", "NF-e", "78.54.2", "conexões", "running", "camelCase", "de", "água", "C++"];
        let mut texts = Vec::new();
        for number in 0..400 {
            let locale = ["pt-br", "en", "es", "fr"][number % 4];
            let mut text = format!("---\ntags: [Área {}, x, x]\naliases: [Outro nome {number}]\n---\n", number % 7);
            for word in 0..(number * 13 % 150) {
                text += words[(word * word + number) % words.len()];
                text += [" ", ", ", "\n\n", "\n\n## Parte "][word * 7 % 11 % 4];
            }
            text += "\n\n[a](P1.md) [b](P1.md) [c](P2.md)\n\n```\nlet x = boleto;\n```\n";
            texts.push((format!("{locale}/Pasta {}/P{number}.md", number % 3), text));
        }
        texts.push(("vazia.md".to_owned(), String::new()));
        texts.push(("pedaco.md".to_owned(), format!("chave{}Bb boleto", "a".repeat(70_000))));
        texts.push(("longa.md".to_owned(), format!("# {}\n\n{}", "x".repeat(70_000), "palavra ".repeat(40_000))));
        texts
    }

    fn analysed(fields: &Fields) -> Vec<Analysed> {
        let rules = PageRules {
            locales: ["pt-br", "en", "es", "fr"].map(str::to_owned).to_vec(),
            locale_in_url: LocaleInUrl::Always,
            url_base: "/".into(),
            url_style: UrlStyle::Wikijs,
            anchor_style: AnchorStyle::Wikijs,
        };
        let mut all = Vec::new();
        for (number, (path, text)) in (0_u64..).zip(texts()) {
            let path = PagePath::new(path).expect("a page");
            let page = parse(&path, text.as_bytes(), false, &rules);
            let entry = FileEntry {
                stat: Stat { size: text.len() as u64, mtime_ns: 7, ctime_ns: 8, inode: number, device: 1 },
                hash: u128::from(number) << 70 | 5,
                read_at_ns: -3,
                state: if number % 9 == 4 { FileState::KeptOut } else { FileState::Found },
                truncated: false,
                route: number,
                claim_ms: (number % 2 == 0).then_some(1),
                sections: page.sections.len() as u32,
            };
            all.push(document(fields, &path, &entry, &page).expect("a document"));
        }
        all
    }

    /// Every file of the segment, to the byte. Seen to fail without the norms of keys, with a repeated link counted once,
    /// and with terms ordered by their first letters alone.
    #[test]
    fn a_segment_is_what_the_engine_writes() {
        let (schema, fields) = schema::build();
        let index = Index::create_in_ram(schema);
        index.tokenizers().register(TOKENIZER, TermStreamTokenizer::default());
        let mut writer: IndexWriter = index.writer_with_num_threads(1, 100_000_000).expect("a writer");
        let mut builder = SegmentBuilder::new(&index, &fields).expect("a segment");
        for one in analysed(&fields) {
            builder.add(&one).expect("room");
            writer.add_document(one.into_document(&fields)).expect("room");
        }
        writer.commit().expect("a commit");
        let expected = index.searchable_segments().expect("segments");
        let [expected] = expected.as_slice() else { panic!("one segment") };
        let meta = builder.finish().expect("a segment");
        assert_eq!(meta.max_doc(), expected.meta().max_doc());
        let bytes = |segment: &Segment, component: &SegmentComponent| {
            segment.open_read(component.clone()).expect("a file").read_bytes().expect("bytes").to_vec()
        };
        writer.add_segment(meta.clone()).expect("a segment");
        writer.commit().expect("a commit");
        let segments = index.searchable_segments().expect("segments");
        let made = segments.iter().find(|segment| segment.id() == meta.id()).expect("it is a part of the index");
        for component in [
            SegmentComponent::Postings,
            SegmentComponent::Positions,
            SegmentComponent::Terms,
            SegmentComponent::FieldNorms,
            SegmentComponent::FastFields,
            SegmentComponent::Store,
        ] {
            let (made, expected) = (bytes(made, &component), bytes(expected, &component));
            let name = component.to_string();
            assert!(expected.len() > 100, "{name}");
            let differ = made.iter().zip(&expected).position(|(a, b)| a != b);
            assert!(made == expected, "{name}: {} bytes of {}, first at {differ:?}", made.len(), expected.len());
        }
    }
}
