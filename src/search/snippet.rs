//! Sections and snippets: where on a page the answer stands, and an excerpt that shows it.

use super::highlight::{Highlighter, Mark, html};
use super::types::SectionHit;
use crate::index::StoredPage;
use crate::index::analysis::Language;
use crate::page::{Block, BlockKind, Section, url_with_anchor};

/// Sections shown of a page.
const MAX_SECTIONS: usize = 3;
/// What a word in a section's heading counts against one in its text.
const HEADING_WEIGHT: f32 = 2.0;
/// What a word in code counts against one in prose.
const CODE_WEIGHT: f32 = 0.6;
/// What each further occurrence of a word adds to the first.
const REPEAT_WEIGHT: f32 = 0.1;
/// A section below this share of the best one's score is not worth showing.
const WORTH_SHOWING: f32 = 0.35;
/// What a heading adds that has nothing but words of the query.
const HEADING_IS_QUERY: f32 = 0.5;

/// The sections of a page that answer a query.
pub struct Sections {
    /// In page order; never empty.
    pub hits: Vec<SectionHit>,
    /// The place of the best one in `hits`.
    pub best: usize,
}

/// A section with its marks.
struct Scored<'a> {
    index: usize,
    section: &'a Section,
    marks: Vec<Vec<Mark>>,
    score: f32,
}

/// Finds the sections of a page that answer a query, each with a snippet of at most `max_chars` characters as read.
pub fn sections(page: &StoredPage, highlighter: &Highlighter, title_is_query: bool, max_chars: usize) -> Sections {
    let language = Language::of(&page.lang);
    let mut scored: Vec<Scored<'_>> = page
        .sections
        .iter()
        .enumerate()
        .map(|(index, section)| {
            let marks: Vec<Vec<Mark>> = section
                .blocks
                .iter()
                .map(|block| highlighter.marks(&block.text, language.filter(|_| block.kind != BlockKind::Code)))
                .collect();
            let score = score(page, section, &marks, highlighter);
            Scored { index, section, marks, score }
        })
        .collect();
    if title_is_query && let Some(first) = scored.first_mut() {
        // Who asks for a page by its title wants its top.
        first.score = f32::MAX;
    }
    let best =
        scored.iter().enumerate().max_by(|(a, left), (b, right)| left.score.total_cmp(&right.score).then(b.cmp(a)));
    let Some((best, top)) = best.map(|(index, scored)| (index, scored.score)) else {
        return Sections { hits: vec![section_hit(page, None, lead(page, highlighter, max_chars))], best: 0 };
    };
    let floor = if title_is_query { f32::MIN_POSITIVE } else { top * WORTH_SHOWING };
    let mut chosen: Vec<&Scored<'_>> =
        scored.iter().filter(|other| other.index != best && other.score > 0.0 && other.score >= floor).collect();
    chosen.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.index.cmp(&b.index)));
    chosen.truncate(MAX_SECTIONS - 1);
    chosen.push(&scored[best]);
    chosen.sort_by_key(|scored| scored.index);
    let place = chosen.iter().position(|scored| scored.index == best).unwrap_or(0);
    let hits = chosen
        .into_iter()
        .map(|scored| {
            let text = excerpt(&scored.section.blocks, &scored.marks, highlighter, max_chars);
            let text = if text.is_empty() { below(page, scored.index, highlighter, max_chars) } else { text };
            section_hit(page, Some(scored.section), text)
        })
        .collect();
    Sections { hits, best: place }
}

fn section_hit(page: &StoredPage, section: Option<&Section>, snippet: String) -> SectionHit {
    let anchor = section.map(|section| section.anchor.clone()).unwrap_or_default();
    SectionHit {
        heading: section.map_or("", |section| page.heading_of(section)).to_owned(),
        url: url_with_anchor(&page.url, &anchor),
        anchor: anchor.0,
        snippet,
    }
}

/// How well a section answers: each word of the query by its best place, in heading or text, and what it says.
fn score(page: &StoredPage, section: &Section, marks: &[Vec<Mark>], highlighter: &Highlighter) -> f32 {
    let slots = highlighter.idf.len();
    let mut best = vec![0.0_f32; slots];
    let mut count = vec![0_u32; slots];
    let mut take = |marks: &[Mark], weight: f32| {
        for mark in marks {
            best[mark.slot] = best[mark.slot].max(mark.weight * weight);
            count[mark.slot] += 1;
        }
    };
    for (block, marks) in section.blocks.iter().zip(marks) {
        take(marks, if block.kind == BlockKind::Code { CODE_WEIGHT } else { 1.0 });
    }
    let heading = page.heading_of(section);
    let in_heading = highlighter.marks(heading, Language::of(&page.lang));
    take(&in_heading, HEADING_WEIGHT);
    let mut score = 0.0;
    for slot in (0..slots).filter(|slot| best[*slot] > 0.0) {
        let repeats = REPEAT_WEIGHT * (count[slot] as f32 - 1.0).min(5.0);
        let idf = highlighter.idf[slot] * if highlighter.stop_words[slot] { 0.2 } else { 1.0 };
        score += idf * best[slot] * (1.0 + repeats);
    }
    let letters: usize = in_heading.iter().map(|mark| mark.end - mark.start).sum();
    if !heading.is_empty() && letters > 0 {
        score *= 1.0 + HEADING_IS_QUERY * (letters as f32 / heading.len() as f32).min(1.0);
    }
    score
}

/// A section without text of its own shows what stands below it; one without even that, the page's beginning.
fn below(page: &StoredPage, index: usize, highlighter: &Highlighter, max_chars: usize) -> String {
    let level = |section: &Section| {
        section.heading.and_then(|heading| page.headings.get(heading as usize)).map_or(0, |heading| heading.level)
    };
    let own = level(&page.sections[index]);
    let below = page.sections[index + 1..].iter().take_while(|section| level(section) > own);
    match below.into_iter().find(|section| !section.blocks.is_empty()) {
        Some(section) if own > 0 => {
            let language = Language::of(&page.lang);
            let marks: Vec<Vec<Mark>> =
                section.blocks.iter().map(|block| highlighter.marks(&block.text, language)).collect();
            excerpt(&section.blocks, &marks, highlighter, max_chars)
        }
        _ => lead(page, highlighter, max_chars),
    }
}

/// The beginning of the page, where no section holds any word: the title alone matched.
fn lead(page: &StoredPage, highlighter: &Highlighter, max_chars: usize) -> String {
    let text = page
        .description
        .as_deref()
        .or_else(|| page.sections.iter().flat_map(|section| &section.blocks).map(|block| block.text.as_str()).next())
        .unwrap_or("");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (end, cut) = window_end(&text, 0, max_chars);
    let mut marks = highlighter.marks(&text, Language::of(&page.lang));
    marks.retain(|mark| mark.end <= end);
    let mut out = html(&text[..end], &marks);
    if cut {
        out.push('…');
    }
    out
}

/// The excerpt of a section: its best block, and what follows while there is room.
fn excerpt(blocks: &[Block], all_marks: &[Vec<Mark>], highlighter: &Highlighter, max_chars: usize) -> String {
    let value = |marks: &[Mark]| {
        let mut best = vec![0.0_f32; highlighter.idf.len()];
        for mark in marks {
            best[mark.slot] = best[mark.slot].max(mark.weight * highlighter.idf[mark.slot]);
        }
        best.iter().sum::<f32>()
    };
    let Some(start) = (0..blocks.len()).max_by(|a, b| {
        let of = |index: usize| {
            value(&all_marks[index]) * if blocks[index].kind == BlockKind::Code { CODE_WEIGHT } else { 1.0 }
        };
        of(*a).total_cmp(&of(*b)).then(b.cmp(a))
    }) else {
        return String::new();
    };
    let mut out = String::new();
    let mut room = max_chars;
    for (block, marks) in blocks[start..].iter().zip(&all_marks[start..]) {
        let (text, marks) = single_line(&block.text, marks);
        let (from, to) =
            if out.is_empty() { window(&text, &marks, highlighter, room) } else { (0, window_end(&text, 0, room).0) };
        if from == to {
            break;
        }
        let visible: Vec<Mark> = marks
            .iter()
            .filter(|mark| mark.start >= from && mark.end <= to)
            .map(|mark| Mark { start: mark.start - from, end: mark.end - from, ..*mark })
            .collect();
        if !out.is_empty() {
            out.push(' ');
        }
        if from > 0 {
            out.push('…');
        }
        out.push_str(&html(&text[from..to], &visible));
        room = room.saturating_sub(text[from..to].chars().count() + 1);
        if to < text.len() {
            out.push('…');
            break;
        }
        if room < 20 {
            break;
        }
    }
    out
}

/// A block on one line, its marks with it.
fn single_line<'a>(text: &'a str, marks: &[Mark]) -> (std::borrow::Cow<'a, str>, Vec<Mark>) {
    // Line breaks and tabs are one byte, as blanks are: places stay.
    if text.contains(['\n', '\t']) {
        (text.replace(['\n', '\t'], " ").into(), marks.to_vec())
    } else {
        (text.into(), marks.to_vec())
    }
}

/// The stretch of a text that shows most words of the query within so many characters.
fn window(text: &str, marks: &[Mark], highlighter: &Highlighter, max_chars: usize) -> (usize, usize) {
    let total = text.chars().count();
    if total <= max_chars || marks.is_empty() {
        return (0, window_end(text, 0, max_chars).0);
    }
    // Characters are at most four bytes: a first guess by bytes, exact at the end.
    let mut best = (f32::MIN, 0, 0);
    for (index, first) in marks.iter().enumerate() {
        let mut seen = vec![0.0_f32; highlighter.idf.len()];
        let mut last = first.end;
        for mark in &marks[index..] {
            if text[first.start..mark.end.max(first.start)].chars().count() > max_chars {
                break;
            }
            seen[mark.slot] = seen[mark.slot].max(mark.weight * highlighter.idf[mark.slot]);
            last = last.max(mark.end);
        }
        let value: f32 = seen.iter().sum();
        if value > best.0 + f32::EPSILON {
            best = (value, first.start, last);
        }
    }
    let (_, first, last) = best;
    let inner = text[first..last.max(first)].chars().count();
    // Some words before the match, for sense: a third of what is free, from a sentence's start if one is near.
    let before = max_chars.saturating_sub(inner) / 3;
    let mut from = text[..first].char_indices().rev().take(before).last().map_or(first, |(at, _)| at);
    if let Some(sentence) = text[from..first].rfind(['.', '!', '?', ';']).map(|at| from + at + 1) {
        from = sentence + text[sentence..].len() - text[sentence..].trim_start().len();
        from = from.min(first);
    } else if from > 0 {
        from = text[from..first].find(' ').map_or(first, |at| from + at + 1);
    }
    (from, window_end(text, from, max_chars).0)
}

/// Where a stretch that begins at `from` ends after at most so many characters, at a word's end; whether it cuts.
fn window_end(text: &str, from: usize, max_chars: usize) -> (usize, bool) {
    let rest = &text[from..];
    let Some((end, _)) = rest.char_indices().nth(max_chars) else { return (text.len(), false) };
    let blank_follows = rest[end..].starts_with(char::is_whitespace);
    let end =
        if blank_follows { end } else { rest[..end].rfind(char::is_whitespace).filter(|at| *at > 0).unwrap_or(end) };
    (from + rest[..end].trim_end().len(), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_at_a_word() {
        assert_eq!(window_end("um dois três", 0, 100), ("um dois três".len(), false));
        assert_eq!(window_end("um dois três", 0, 9), (7, true));
        assert_eq!(window_end("um dois três", 0, 7), (7, true));
        assert_eq!(window_end("semespaços", 0, 5), (5, true));
        assert_eq!(window_end("ação ação", 0, 3), (5, true), "characters, not bytes");
    }
}
