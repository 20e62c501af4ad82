//! Related pages: by the words that set a page apart, its tags, its links and its place in the tree.

use std::collections::{BTreeSet, HashMap, HashSet};

use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocSet, TERMINATED, Term};

use super::expand::passing_df;
use super::ranking::{
    RELATED_FOLDER, RELATED_LENGTH_SHARE, RELATED_LINK, RELATED_OTHER_LANGUAGE, RELATED_TAG, RELATED_TEXT_BYTES,
    RELATED_TITLE_FREQUENCY, RELATED_WORDS,
};
use super::types::{RelatedHit, RelatedResponse, SearchError};
use crate::index::analysis::{Form, Language, fold, is_stop_word, stem_term, tokenize, with_stem};
use crate::index::{SegmentView, Snapshot, StoredPage, TextField, route_hash};
use crate::page::BlockKind;

/// Pages like the one at a path; none if there is no such page.
pub fn related(snapshot: &Snapshot, path: &str, limit: usize) -> Result<Option<RelatedResponse>, SearchError> {
    let Some(address) = snapshot.find_path(path)? else { return Ok(None) };
    let (path, page) = snapshot.page(address)?;
    let pages = snapshot.pages() as f32;
    let unit = (1.0 + pages).ln();
    let mut scores: HashMap<DocAddress, f32> = HashMap::new();
    let fields = snapshot.fields();
    for (term, weight) in telling_words(snapshot, &page)? {
        let term = Term::from_field_text(fields.words, &term);
        for (ord, view) in snapshot.segments().iter().enumerate() {
            let Some(mut postings) = view.words().read_postings(&term, IndexRecordOption::Basic)? else { continue };
            while postings.doc() != TERMINATED {
                if view.found().contains(postings.doc()) {
                    *scores.entry(DocAddress::new(ord as u32, postings.doc())).or_default() +=
                        weight * density(snapshot, view, postings.doc());
                }
                postings.advance();
            }
        }
    }
    let mut add = |term: &Term, weight: f32| -> Result<(), SearchError> {
        for other in snapshot.docs_with(term)? {
            *scores.entry(other).or_default() += weight;
        }
        Ok(())
    };
    for tag in &page.tags {
        let term = Term::from_field_text(fields.tag_key, &fold(tag));
        let df = snapshot.docs_with(&term)?.len() as f32;
        add(&term, RELATED_TAG * unit / (1.0 + df).ln().max(1.0))?;
    }
    add(&Term::from_field_u64(fields.link, route_hash(&page.route)), RELATED_LINK * unit)?;
    // A page that is linked to twice is no nearer for it.
    let routes: BTreeSet<&String> = page.links.iter().flat_map(|link| &link.routes).collect();
    for route in routes {
        add(&Term::from_field_u64(fields.route, route_hash(route)), RELATED_LINK * unit)?;
    }
    if let Some(folder) = page.folder_key() {
        add(&Term::from_field_text(fields.category_key, &folder), RELATED_FOLDER * unit)?;
    }
    scores.remove(&address);
    let primary = page.lang.split('-').next().unwrap_or_default();
    let same: HashSet<DocAddress> =
        snapshot.docs_with(&Term::from_field_text(fields.lang_key, primary))?.into_iter().collect();
    for (_, score) in scores.iter_mut().filter(|(address, _)| !same.contains(address)) {
        *score *= RELATED_OTHER_LANGUAGE;
    }
    let mut best: Vec<(String, DocAddress, f32)> =
        scores.into_iter().map(|(address, score)| (snapshot.path_of(address), address, score)).collect();
    best.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    best.truncate(limit);
    let hits = best.into_iter().map(|(_, address, score)| {
        let (path, page) = snapshot.page(address)?;
        Ok(RelatedHit { path, url: page.url, title: page.title, description: page.description, score })
    });
    Ok(Some(RelatedResponse { path, hits: hits.collect::<Result<_, SearchError>>()? }))
}

/// How much a word says of a page by the page's length: a long one holds words of everything.
fn density(snapshot: &Snapshot, view: &SegmentView, doc: u32) -> f32 {
    let length = view.length(TextField::Body, doc) as f32 / snapshot.average_length(TextField::Body);
    1.0 / (1.0 - RELATED_LENGTH_SHARE + RELATED_LENGTH_SHARE * length)
}

/// The terms that set a page apart, with their weights.
fn telling_words(snapshot: &Snapshot, page: &StoredPage) -> Result<Vec<(String, f32)>, SearchError> {
    let language = Language::of(&page.lang);
    let mut frequencies: HashMap<String, u32> = HashMap::new();
    let mut count = |text: &str, times: u32| {
        tokenize(text, |token| {
            if token.form != Form::Word
                || token.folded.len() < 3
                || is_stop_word(token.folded, &language.into_iter().collect::<Vec<_>>())
            {
                return;
            }
            let term =
                language.and_then(|language| with_stem(language, token.folded, |stem| stem_term(language, stem)));
            *frequencies.entry(term.unwrap_or_else(|| token.folded.to_owned())).or_default() += times;
        });
    };
    count(&page.title, RELATED_TITLE_FREQUENCY);
    let mut room = RELATED_TEXT_BYTES;
    for block in page.blocks().filter(|block| block.kind != BlockKind::Code) {
        let text = page.text_of(block);
        if room < text.len() {
            break;
        }
        room -= text.len();
        count(text, 1);
    }
    let pages = snapshot.pages() as f32;
    let mut words = Vec::with_capacity(frequencies.len());
    for (term, frequency) in frequencies {
        let df = passing_df(snapshot, &term)? as f32;
        // A word of this page alone joins it to none.
        if df > 1.0 {
            let idf = (1.0 + (pages - df + 0.5) / (df + 0.5)).ln();
            words.push((term, idf * (1.0 + (frequency as f32).ln())));
        }
    }
    words.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    words.truncate(RELATED_WORDS);
    let strongest = words.first().map_or(1.0, |(_, weight)| *weight);
    let unit = (1.0 + pages).ln();
    Ok(words.into_iter().map(|(term, weight)| (term, weight / strongest * unit / 4.0)).collect())
}
