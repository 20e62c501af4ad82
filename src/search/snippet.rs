//! Sections and snippets: where on a page the answer stands, and an excerpt that shows it.

use std::ops::Range;

use super::highlight::{Highlighter, Mark, html};
use super::passages::{Spot, Spots};
use super::ranking::{
    PROXIMITY_FALL, SECTION_CLOSENESS, SECTION_CODE, SECTION_FUNCTION_WORD, SECTION_HEADING, SECTION_HEADING_COVER,
    SECTION_HEADING_IS_QUERY, SECTION_REPEAT, SECTION_WORTH_SHOWING,
};
use super::types::SectionHit;
use crate::index::analysis::Language;
use crate::index::{StoredBlock, StoredPage, StoredSection, key_of};
use crate::page::{BlockKind, url_with_anchor};

/// Sections shown of a page.
const MAX_SECTIONS: usize = 3;
/// A longer block is looked through no further, in bytes: a page without line breaks must not cost more than others.
const MAX_BLOCK_BYTES: usize = 64 * 1024;
/// With less room than this no further block is begun.
const MIN_FURTHER_CHARS: usize = 20;

/// The sections of a page that answer a query.
pub struct Sections {
    /// In page order; never empty.
    pub hits: Vec<SectionHit>,
    /// The place of the best one in `hits`.
    pub best: usize,
}

/// How well a section answers, and its block that answers best.
struct Scored {
    index: usize,
    score: f32,
    block: usize,
}

/// Finds the sections of a page that answer a query, each with a snippet of at most `max_chars` characters as read.
pub fn sections(
    page: &StoredPage,
    spots: &Spots,
    highlighter: &Highlighter,
    title_is_query: bool,
    max_chars: usize,
) -> Sections {
    let mut scored = score_sections(page, spots, highlighter);
    if title_is_query && let Some(first) = scored.first_mut() {
        // Who asks for a page by its title wants its top.
        first.score = f32::MAX;
    }
    let best =
        scored.iter().enumerate().max_by(|(a, left), (b, right)| left.score.total_cmp(&right.score).then(b.cmp(a)));
    let Some((best, top)) = best.map(|(index, scored)| (index, scored.score)) else {
        return Sections {
            hits: vec![section_hit(page, None, highlighter, lead(page, highlighter, max_chars))],
            best: 0,
        };
    };
    let floor = if title_is_query { f32::MIN_POSITIVE } else { top * SECTION_WORTH_SHOWING };
    let mut chosen: Vec<&Scored> =
        scored.iter().filter(|other| other.index != best && other.score > 0.0 && other.score >= floor).collect();
    chosen.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.index.cmp(&b.index)));
    chosen.truncate(MAX_SECTIONS - 1);
    chosen.push(&scored[best]);
    chosen.sort_by_key(|scored| scored.index);
    let place = chosen.iter().position(|scored| scored.index == best).unwrap_or(0);
    let hits = chosen
        .into_iter()
        .map(|scored| {
            let section = &page.sections[scored.index];
            let text = excerpt(page, &section.blocks[scored.block..], highlighter, max_chars);
            let text = if text.is_empty() { below(page, scored.index, highlighter, max_chars) } else { text };
            section_hit(page, Some(section), highlighter, text)
        })
        .collect();
    Sections { hits, best: place }
}

fn section_hit(
    page: &StoredPage,
    section: Option<&StoredSection>,
    highlighter: &Highlighter,
    snippet: String,
) -> SectionHit {
    let anchor = section.map(|section| section.anchor.clone()).unwrap_or_default();
    let heading = section.map_or("", |section| page.heading_of(section));
    SectionHit {
        heading: heading.to_owned(),
        heading_html: html(heading, &highlighter.marks(heading, Language::of(&page.lang))),
        url: url_with_anchor(&page.url, &anchor),
        anchor: anchor.0,
        snippet,
    }
}

/// Spots in order, taken block by block.
struct Ahead<'a>(&'a [Spot]);

impl<'a> Ahead<'a> {
    /// The spots before a position that were not taken yet.
    fn before(&mut self, position: u32) -> &'a [Spot] {
        let (taken, rest) = self.0.split_at(self.0.partition_point(|spot| spot.position < position));
        self.0 = rest;
        taken
    }

    /// The spots in a stretch; those before it are passed over.
    fn within(&mut self, stretch: Range<u32>) -> &'a [Spot] {
        self.before(stretch.start);
        self.before(stretch.end)
    }
}

/// For each block in page order, the position before which its words stand: where the next one of its field begins.
fn block_ends(page: &StoredPage) -> Vec<u32> {
    let (mut body, mut code) = (u32::MAX, u32::MAX);
    let mut ends: Vec<u32> = page.blocks().map(|block| block.position).collect();
    for (end, block) in ends.iter_mut().zip(page.blocks().collect::<Vec<_>>()).rev() {
        let next = if block.kind == BlockKind::Code { &mut code } else { &mut body };
        *end = std::mem::replace(next, block.position);
    }
    ends
}

/// The positions of a heading's words.
fn heading_span(page: &StoredPage, heading: u32) -> Range<u32> {
    let at = |index: usize| page.heading_positions.get(index).copied().unwrap_or(u32::MAX);
    at(heading as usize)..at(heading as usize + 1)
}

/// What words of the query that follow each other add where they stand close in one block.
fn closeness(spots: &[Spot], highlighter: &Highlighter) -> f32 {
    let mut last: Vec<Option<&Spot>> = vec![None; highlighter.idf.len()];
    let mut best = vec![0.0_f32; highlighter.idf.len()];
    for spot in spots {
        for neighbour in [spot.slot.checked_sub(1), Some(spot.slot + 1)].into_iter().flatten() {
            if let Some(other) = last.get(neighbour).copied().flatten() {
                let distance = (spot.position - other.position).max(1) as f32;
                let pair = spot.slot.max(neighbour);
                best[pair] = best[pair].max(spot.weight * other.weight / distance.powf(PROXIMITY_FALL));
            }
        }
        last[spot.slot] = Some(spot);
    }
    let pairs = (1..best.len()).map(|pair| best[pair] * highlighter.idf[pair - 1].min(highlighter.idf[pair]));
    SECTION_CLOSENESS * pairs.sum::<f32>()
}

/// The share of a heading that the query's words make up.
fn covered(page: &StoredPage, section: &StoredSection, highlighter: &Highlighter) -> f32 {
    let heading = page.heading_of(section);
    let marks = highlighter.marks(heading, Language::of(&page.lang));
    let letters: usize = marks.iter().map(|mark| mark.end - mark.start).sum();
    (letters as f32 / heading.len().max(1) as f32).min(1.0)
}

/// What a section holds of each word of the query.
struct Tally<'h> {
    highlighter: &'h Highlighter,
    best: Vec<f32>,
    count: Vec<u32>,
}

impl<'h> Tally<'h> {
    fn new(highlighter: &'h Highlighter) -> Self {
        let slots = highlighter.idf.len();
        Self { highlighter, best: vec![0.0; slots], count: vec![0; slots] }
    }

    fn clear(&mut self) {
        self.best.fill(0.0);
        self.count.fill(0);
    }

    fn take(&mut self, spots: &[Spot], weight: f32) {
        for spot in spots {
            self.best[spot.slot] = self.best[spot.slot].max(spot.weight * weight);
            self.count[spot.slot] += 1;
        }
    }

    /// Each word by its best place, how often it occurs, and what it says.
    fn score(&self) -> f32 {
        let slots = 0..self.best.len();
        let words = slots.filter(|slot| self.best[*slot] > 0.0).map(|slot| {
            let repeats = SECTION_REPEAT * (self.count[slot] as f32 - 1.0).min(5.0);
            let function_word = if self.highlighter.stop_words[slot] { SECTION_FUNCTION_WORD } else { 1.0 };
            self.highlighter.idf[slot] * function_word * self.best[slot] * (1.0 + repeats)
        });
        words.sum()
    }
}

/// Scores every section of a page, in page order.
fn score_sections(page: &StoredPage, spots: &Spots, highlighter: &Highlighter) -> Vec<Scored> {
    let (mut body, mut code) = (Ahead(&spots.body), Ahead(&spots.code));
    let mut headings = Ahead(&spots.headings);
    let mut tally = Tally::new(highlighter);
    let mut of_block = Tally::new(highlighter);
    let mut ends = block_ends(page).into_iter();
    let mut scored = Vec::with_capacity(page.sections.len());
    for (index, section) in page.sections.iter().enumerate() {
        tally.clear();
        let (mut best_block, mut best_value, mut close) = (0, 0.0, 0.0_f32);
        for (place, block) in section.blocks.iter().enumerate() {
            let is_code = block.kind == BlockKind::Code;
            let ahead = if is_code { &mut code } else { &mut body };
            let found = ahead.before(ends.next().unwrap_or(u32::MAX));
            if found.is_empty() {
                continue;
            }
            let weight = if is_code { SECTION_CODE } else { 1.0 };
            tally.take(found, weight);
            of_block.clear();
            of_block.take(found, weight);
            let near = closeness(found, highlighter) * weight;
            let value = of_block.score() + near;
            if value > best_value {
                (best_block, best_value) = (place, value);
            }
            close = close.max(near);
        }
        let in_heading = section.heading.map_or(&[][..], |heading| headings.within(heading_span(page, heading)));
        tally.take(in_heading, SECTION_HEADING);
        let mut score = tally.score() + close;
        if !in_heading.is_empty() {
            score *= 1.0 + SECTION_HEADING_COVER * covered(page, section, highlighter);
            if key_of(page.heading_of(section)) == highlighter.key {
                score += SECTION_HEADING_IS_QUERY * highlighter.idf.iter().sum::<f32>();
            }
        }
        scored.push(Scored { index, score, block: best_block });
    }
    scored
}
/// A section without text of its own shows what stands below it; one without even that, the page's beginning.
fn below(page: &StoredPage, index: usize, highlighter: &Highlighter, max_chars: usize) -> String {
    let level = |section: &StoredSection| {
        section.heading.and_then(|heading| page.headings.get(heading as usize)).map_or(0, |heading| heading.level)
    };
    let own = level(&page.sections[index]);
    let below = page.sections[index + 1..].iter().take_while(|section| level(section) > own);
    match below.into_iter().find(|section| !section.blocks.is_empty()) {
        Some(section) if own > 0 => excerpt(page, &section.blocks, highlighter, max_chars),
        _ => lead(page, highlighter, max_chars),
    }
}

/// The beginning of the page, where no section holds any word: the title alone matched.
fn lead(page: &StoredPage, highlighter: &Highlighter, max_chars: usize) -> String {
    let first = || page.blocks().next().map(|block| page.text_of(block));
    let text = page.description.as_deref().or_else(first).unwrap_or("");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (end, cut) = window_end(&text, 0, max_chars);
    let mut marks = highlighter.marks(&text[..end], Language::of(&page.lang));
    marks.retain(|mark| mark.end <= end);
    let mut out = html(&text[..end], &marks);
    if cut {
        out.push('…');
    }
    out
}

/// The excerpt of a section from its best block on, and what follows while there is room.
fn excerpt(page: &StoredPage, blocks: &[StoredBlock], highlighter: &Highlighter, max_chars: usize) -> String {
    let language = Language::of(&page.lang);
    let mut out = String::new();
    let mut room = max_chars;
    for block in blocks {
        // Line breaks and tabs are one byte, as blanks are: places stay.
        let text = page.text_of(block);
        let end = (0..=MAX_BLOCK_BYTES.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let text = text[..end].replace(['\n', '\t'], " ");
        // Behind the first block no more is read than can be shown.
        let reach = if out.is_empty() { text.len() } else { window_end(&text, 0, room).0 };
        let marks = highlighter.marks(&text[..reach], language.filter(|_| block.kind != BlockKind::Code));
        let (from, to) = if out.is_empty() { window(&text, &marks, highlighter, room) } else { (0, reach) };
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
        if room < MIN_FURTHER_CHARS {
            break;
        }
    }
    out
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
