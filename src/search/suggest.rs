//! Suggestions: titles, aliases and headings that hold what was typed, for every keystroke.

use tantivy::DocAddress;

use super::SearchError;
use super::compile::{Compiled, Context, Restriction, lang_key};
use super::engine::languages_of;
use super::highlight::{Highlighter, html};
use super::matching::Segment;
use super::query::{Clause, Query};
use super::types::{SuggestRequest, SuggestResponse, Suggestion, SuggestionKind};
use super::{Settings, compile};
use crate::index::analysis::Language;
use crate::index::{DocBits, SegmentView, Snapshot, StoredPage, TextField};
use crate::page::url_with_anchor;

/// Pages that are looked at for suggestions, best linked first.
const CANDIDATES: usize = 60;

/// Completes what was typed so far.
pub fn suggest(
    snapshot: &Snapshot,
    settings: &Settings,
    request: &SuggestRequest,
) -> Result<SuggestResponse, SearchError> {
    let query = Query::read(&request.q);
    // Syntax is for searches: here everything typed is words, the last one unfinished.
    let words: Vec<Clause> = query
        .clauses
        .into_iter()
        .filter_map(|clause| match clause {
            Clause::Word(text) | Clause::Phrase(text) => Some(Clause::Word(text)),
            Clause::Exclude(_) | Clause::Filter { .. } => None,
        })
        .collect();
    let mut response = SuggestResponse { query: request.q.clone(), suggestions: Vec::new() };
    let open = request.q.ends_with(|last: char| !last.is_whitespace());
    let context = Context { snapshot, settings, languages: languages_of(snapshot, request.lang.as_deref()) };
    let mut compiled = context.compile(&Query { clauses: words, open })?;
    if compiled.slots.is_empty() {
        return Ok(response);
    }
    if let Some(lang) = &request.lang {
        compiled.required.push(Restriction::Key(compile::FilterKey::Lang, lang_key(lang)));
    }
    let mut candidates = candidates(snapshot, &compiled)?;
    if candidates.is_empty() {
        context.add_typos(&mut compiled, u64::MAX)?;
        candidates = self::candidates(snapshot, &compiled)?;
    }
    let highlighter = Highlighter::new(&compiled, &context.languages);
    let mut scored = Vec::new();
    for (address, inlinks) in candidates {
        let (path, page) = snapshot.page(address)?;
        scored.extend(of_page(&path, &page, &compiled, &highlighter, inlinks));
    }
    scored.sort_by(|a: &(f32, Suggestion), b| {
        b.0.total_cmp(&a.0).then_with(|| (&a.1.text, &a.1.path, &a.1.url).cmp(&(&b.1.text, &b.1.path, &b.1.url)))
    });
    for (_, suggestion) in scored {
        if response.suggestions.len() == request.limit {
            break;
        }
        // The same text twice helps nobody to choose, but for pages of several languages.
        if !response.suggestions.iter().any(|known| {
            known.text == suggestion.text && (known.path == suggestion.path || known.kind != suggestion.kind)
        }) {
            response.suggestions.push(suggestion);
        }
    }
    Ok(response)
}

/// Pages whose title, aliases and headings together hold every word, with their links; best linked first.
fn candidates(snapshot: &Snapshot, compiled: &Compiled) -> Result<Vec<(DocAddress, u32)>, SearchError> {
    let mut found = Vec::new();
    for (ord, view) in snapshot.segments().iter().enumerate() {
        let segment = Segment { snapshot, view };
        let mut bits = segment.allowed(compiled)?;
        for slot in &compiled.slots {
            let mut holding = DocBits::empty(view.reader().max_doc());
            for field in [TextField::Title, TextField::Aliases, TextField::Headings] {
                for alternative in &slot.alternatives {
                    holding.unite(&segment.alternative_in(alternative, &[field])?);
                }
                if let Some(prefix) = &slot.prefix {
                    holding.unite(&segment.beginning_so(field, prefix)?);
                }
            }
            bits.intersect(&holding);
        }
        found.extend(bits.iter().map(|doc| (DocAddress::new(ord as u32, doc), view.inlinks(doc), view)));
    }
    // Titles before headings where there are too many to look at.
    let mut ranked = Vec::with_capacity(found.len());
    let prefix_titles = |view: &SegmentView| -> Result<Option<DocBits>, SearchError> {
        let Some(prefix) = compiled.slots.last().and_then(|slot| slot.prefix.as_ref()) else { return Ok(None) };
        Ok(Some(Segment { snapshot, view }.beginning_so(TextField::Title, prefix)?))
    };
    let titles = snapshot.segments().iter().map(prefix_titles).collect::<Result<Vec<_>, _>>()?;
    for (address, inlinks, _) in found {
        let in_title =
            titles[address.segment_ord as usize].as_ref().is_some_and(|titles| titles.contains(address.doc_id));
        ranked.push((in_title, inlinks, address));
    }
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)).then_with(|| a.2.cmp(&b.2)));
    ranked.truncate(CANDIDATES);
    Ok(ranked.into_iter().map(|(_, inlinks, address)| (address, inlinks)).collect())
}

/// What a page offers: itself, if its title or an alias holds what was typed, and its headings that do.
fn of_page(
    path: &str,
    page: &StoredPage,
    compiled: &Compiled,
    highlighter: &Highlighter,
    inlinks: u32,
) -> Vec<(f32, Suggestion)> {
    let language = Language::of(&page.lang);
    let popularity = (1.0 + inlinks as f32).ln() * 0.1;
    let mut offered = Vec::new();
    let names = std::iter::once((&page.title, 0.3)).chain(page.aliases.iter().map(|alias| (alias, 0.1)));
    let best = names
        .filter_map(|(name, weight)| Some((fit(name, language, compiled, highlighter)? + weight, name)))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((score, name)) = best {
        let suggestion = Suggestion {
            text: name.clone(),
            html: html(name, &highlighter.marks(name, language)),
            kind: SuggestionKind::Page,
            path: path.to_owned(),
            url: page.url.clone(),
        };
        offered.push((score + popularity, suggestion));
    }
    for section in &page.sections {
        let heading = page.heading_of(section);
        if heading.is_empty() || heading == page.title {
            continue;
        }
        if let Some(score) = fit(heading, language, compiled, highlighter) {
            let suggestion = Suggestion {
                text: heading.to_owned(),
                html: html(heading, &highlighter.marks(heading, language)),
                kind: SuggestionKind::Section,
                path: path.to_owned(),
                url: url_with_anchor(&page.url, &section.anchor),
            };
            offered.push((score + popularity * 0.5, suggestion));
        }
    }
    offered
}

/// How well a name completes what was typed; none if a word is missing.
fn fit(name: &str, language: Option<Language>, compiled: &Compiled, highlighter: &Highlighter) -> Option<f32> {
    let marks = highlighter.marks(name, language);
    let mut weights = vec![0.0_f32; compiled.slots.len()];
    for mark in &marks {
        weights[mark.slot] = weights[mark.slot].max(mark.weight);
    }
    if weights.contains(&0.0) {
        return None;
    }
    let mean = weights.iter().sum::<f32>() / weights.len() as f32;
    let begins = marks.iter().any(|mark| mark.position == 0 && mark.slot == 0);
    let letters: usize = marks.iter().map(|mark| mark.end - mark.start).sum();
    let covered = (letters as f32 / name.len().max(1) as f32).min(1.0);
    Some(mean + if begins { 0.5 } else { 0.0 } + 0.4 * covered)
}
