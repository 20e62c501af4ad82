//! What must hold of any query and any text that is shown for it: what the fuzz targets of this room try to break.
//!
//! Its own file because fuzzing, and the tests that replay what it found, must ask the same of the same code. Compiled
//! for these two alone.

#![allow(clippy::missing_panics_doc, reason = "panicking is what these are for")]

use super::chunks::chunks;
use super::compile::{Alternative, Compiled, Slot, Variant};
use super::highlight::{Highlighter, html};
use super::passages::{Spot, Spots};
use super::query::{Clause, MAX_BYTES, MAX_WORDS, Query, plain_words};
use super::ranking::Tier;
use super::snippet::sections;
use crate::index::analysis::{Language, fold, tokenize};
use crate::index::{StoredBlock, StoredPage, StoredSection, key_of};
use crate::page::{Anchor, AnchorStyle, LocaleInUrl, PagePath, PageRules, UrlStyle, parse};

/// The query reader, and what cuts its words apart.
pub fn query(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let query = Query::read(&text);
    assert!(query.clauses.len() <= MAX_WORDS);
    for clause in &query.clauses {
        let (Clause::Word(said) | Clause::Phrase(said) | Clause::Exclude(said) | Clause::Filter { value: said, .. }) =
            clause;
        assert!(text.contains(said.as_str()), "{said:?} was not typed");
    }
    let words = plain_words(&text);
    assert!(words.len() <= MAX_WORDS);
    assert!(words.windows(2).all(|pair| pair[0].end <= pair[1].start));
    for range in words {
        assert!(!text[range].contains(char::is_whitespace));
    }
    let mut spans = 0;
    tokenize(&text, |token| {
        assert!(text.get(token.span.0..token.span.1).is_some_and(|said| !said.is_empty()));
        assert!(!token.folded.is_empty() && token.folded.len() < 1024);
        spans += 1;
    });
    // A compound gives its parts, itself, and itself as one word.
    assert!(spans <= 8 * text.len() + 8, "{spans} terms from {} bytes", text.len());
    for chunk in chunks(&text) {
        assert!(text.contains(&chunk.surface) && !chunk.parts.is_empty());
    }
    let folded = fold(&text);
    assert_eq!(fold(&folded), folded, "folding is done once");
    let key = key_of(&text);
    assert!(!key.contains("  ") && key.trim() == key, "words parted by single blanks: {key:?}");
}

/// A query in the first line, a page below it: what is shown is the page's text, escaped, and `<mark>` the only tag.
pub fn snippet(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (query, source) = text.split_once('\n').unwrap_or((&text, ""));
    let end = (0..=MAX_BYTES.min(query.len())).rev().find(|end| query.is_char_boundary(*end)).unwrap_or(0);
    let highlighter = highlighter(&query[..end]);
    let page = stored(source);
    let language = Language::of(&page.lang);
    assert_shown(&html(&page.title, &highlighter.marks(&page.title, language)), Some(&page.title));
    let slots = highlighter.idf.len();
    for (max_chars, step) in [(40, 1), (200, 7), (1000, 31)] {
        let spots = spots(&page, slots, step);
        let found = sections(&page, &spots, &highlighter, step == 7, max_chars);
        assert!((1..=3).contains(&found.hits.len()) && found.best < found.hits.len());
        for hit in &found.hits {
            let read = assert_shown(&hit.snippet, None);
            let longest_word = page.text.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0);
            let most = max_chars + longest_word + 8;
            assert!(read.chars().count() <= most, "{} characters of {max_chars}", read.chars().count());
            assert_shown(&hit.heading_html, Some(&hit.heading));
        }
    }
}

/// Takes back what escaping did; panics at any markup but `<mark>`, unbalanced or nested.
fn assert_shown(html: &str, plain: Option<&str>) -> String {
    let (mut read, mut rest, mut open) = (String::new(), html, false);
    while let Some(at) = rest.find(['<', '>', '&', '"', '\'']) {
        read.push_str(&rest[..at]);
        rest = &rest[at..];
        let tag = if open { "</mark>" } else { "<mark>" };
        let entities = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&#039;", '\'')];
        if let Some(after) = rest.strip_prefix(tag) {
            (rest, open) = (after, !open);
        } else if let Some((entity, letter)) = entities.iter().find(|(entity, _)| rest.starts_with(entity)) {
            read.push(*letter);
            rest = &rest[entity.len()..];
        } else {
            panic!("active markup: {html}");
        }
    }
    assert!(!open, "{html}");
    read.push_str(rest);
    assert!(plain.is_none_or(|plain| plain == read), "{html}");
    read
}

fn highlighter(query: &str) -> Highlighter {
    let slot = |alternative, prefix: Option<String>, phrase| Slot {
        text: String::new(),
        alternatives: vec![alternative],
        prefix,
        exact_form: None,
        stop_word: false,
        phrase,
        idf: 1.5,
    };
    let read = Query::read(query);
    let mut slots = Vec::new();
    for clause in &read.clauses {
        let (Clause::Word(said) | Clause::Phrase(said)) = clause else { continue };
        let variants = |word: &String| {
            vec![Variant { term: word.clone(), tier: Tier::Folded, weight: Tier::Folded.weight(), df: 1 }]
        };
        let words: Vec<_> = chunks(said).iter().flat_map(|chunk| &chunk.parts).map(variants).collect();
        let prefix = words.last().and_then(|variants| variants.first()).map(|variant| variant.term.clone());
        if !words.is_empty() {
            slots.push(slot(Alternative { words }, prefix.filter(|_| read.open), matches!(clause, Clause::Phrase(_))));
        }
    }
    Highlighter::new(&Compiled { slots, key: key_of(query), ..Compiled::default() }, &[Language::Pt])
}

/// A page as it is stored, without an index.
fn stored(source: &str) -> StoredPage {
    let rules = PageRules {
        locales: vec!["pt-br".into()],
        locale_in_url: LocaleInUrl::Always,
        url_base: "/".into(),
        url_style: UrlStyle::Wikijs,
        anchor_style: AnchorStyle::Wikijs,
    };
    let path = PagePath::new("Pasta/Página.md").expect("a page");
    let page = parse(&path, source.as_bytes(), false, &rules);
    let (mut text, mut position) = (String::new(), 0);
    let sections = page.sections.iter().map(|section| StoredSection {
        heading: section.heading,
        anchor: Anchor(section.anchor.0.clone()),
        blocks: section
            .blocks
            .iter()
            .map(|block| {
                let start = text.len() as u32;
                text.push_str(&block.text);
                position += 10;
                StoredBlock { kind: block.kind, start, end: text.len() as u32, position: position - 10 }
            })
            .collect(),
    });
    let sections = sections.collect();
    StoredPage {
        url: page.url,
        title: page.title,
        description: page.description,
        lang: page.lang,
        heading_positions: (0..page.headings.len() as u32).map(|heading| heading * 10).collect(),
        headings: page.headings,
        sections,
        text,
        ..StoredPage::default()
    }
}

/// Words of the query every few positions, wherever they really stand: a stored page may be older than the positions.
fn spots(page: &StoredPage, slots: usize, step: usize) -> Spots {
    let words = |count: usize| {
        let positions = (0..count * 10).step_by(step).take(if slots == 0 { 0 } else { 1000 });
        positions.map(|at| Spot { position: at as u32, slot: at % slots, weight: 1.0 }).collect()
    };
    let blocks = page.blocks().count();
    Spots { headings: words(page.headings.len()), body: words(blocks), code: words(blocks) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::fuzz::replay;

    #[test]
    fn fuzz_kept_query() {
        replay("query", query);
    }

    #[test]
    fn fuzz_kept_snippet() {
        replay("snippet", snippet);
    }
}
