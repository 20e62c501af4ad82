//! Content health: what an editor can mend, page by page, and how.
//!
//! Its own file because `achei check --json` and the insights page must find the same. It looks at one snapshot; what is
//! often found comes from outside, as counts by path.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::ailment::{Ailment, Wrong};
use super::pages::{link_report, page as page_view};
use super::pins::lost_pins;
use super::ranking::COPY_DISTANCE;
use super::types::SearchError;
use crate::config::Pin;
use crate::index::{Snapshot, StoredPage, analysis::fold};
use crate::page::{WarningKind, WithoutAlt};

/// From when on a page counts as old.
const OLD_MS: i64 = 365 * 24 * 3600 * 1000;
/// From how many times on a page counts as often found.
const OFTEN: u64 = 10;
/// Fingerprints that are alike in one part, of which a page is compared with so many.
const MAX_COMPARED: usize = 512;

/// The whole, gathered.
struct Ward<'a> {
    pages: &'a BTreeMap<String, StoredPage>,
    found: Vec<Ailment>,
}

impl Ward<'_> {
    fn add(&mut self, path: &str, wrong: Wrong) {
        let page = self.pages.get(path);
        self.found.push(Ailment {
            kind: wrong.kind(),
            path: path.to_owned(),
            url: page.map(|page| page.url.clone()),
            title: page.map(|page| page.title.clone()).unwrap_or_default(),
            message: wrong.to_string(),
            advice: wrong.advice(),
            wrong,
        });
    }
}

/// Pages that are old and often found; `often` says how often pages stood among the first hits.
pub fn stale(snapshot: &Snapshot, often: &[(String, u64)], now_ms: i64) -> Result<Vec<Ailment>, SearchError> {
    let mut pages = BTreeMap::new();
    for (path, _) in often.iter().filter(|(_, times)| *times >= OFTEN) {
        if let Some(address) = snapshot.find_path(path)? {
            let (path, page) = snapshot.page(address)?;
            if now_ms - page.updated_ms > OLD_MS {
                pages.insert(path, page);
            }
        }
    }
    let mut ward = Ward { pages: &pages, found: Vec::new() };
    // The most frequent first.
    for (path, times) in often {
        if let Some(page) = pages.get(path) {
            let date: String = page.updated().to_string().chars().take(10).collect();
            ward.add(path, Wrong::Stale { times: *times, date });
        }
    }
    Ok(ward.found)
}

/// Everything else that can be mended, by kind and path.
pub fn health(snapshot: &Snapshot, pins: &[Pin]) -> Result<Vec<Ailment>, SearchError> {
    let pages: BTreeMap<String, StoredPage> = snapshot.all_pages()?.into_iter().collect();
    let mut ward = Ward { pages: &pages, found: Vec::new() };
    for link in link_report(snapshot)? {
        let (line, target) = (link.line, link.target);
        let wrong = match link.missing_anchor {
            None => Wrong::BrokenLink { line, target },
            Some(anchor) => Wrong::BrokenAnchor { line, target, anchor },
        };
        ward.add(&link.path, wrong);
    }
    of_single_pages(&mut ward);
    of_titles(&mut ward);
    copies(snapshot, &mut ward);
    orphans(snapshot, &mut ward)?;
    for pin in lost_pins(snapshot, pins)? {
        ward.add(&pin.path, Wrong::Pin { query: pin.query.clone() });
    }
    ward.found.sort();
    ward.found.dedup();
    Ok(ward.found)
}

fn of_single_pages(ward: &mut Ward<'_>) {
    for (path, page) in ward.pages {
        if page.description.as_ref().is_none_or(|text| text.trim().is_empty()) {
            ward.add(path, Wrong::NoDescription);
        }
        if let Some(WithoutAlt { count, line, name }) = &page.without_alt {
            let others = count.saturating_sub(1);
            ward.add(path, Wrong::NoAlt { line: *line, name: name.clone(), others });
        }
        for warning in page.warnings.iter().filter(|warning| warning.kind == WarningKind::FrontMatter) {
            ward.add(path, Wrong::FrontMatter { line: warning.line, message: warning.message.clone() });
        }
    }
}

/// Titles that stand twice, and aliases that are another page's title: they lead nowhere of their own.
fn of_titles(ward: &mut Ward<'_>) {
    let mut titles: HashMap<(String, String), Vec<&str>> = HashMap::new();
    for (path, page) in ward.pages {
        titles.entry((page.lang.clone(), fold(&page.title))).or_default().push(path);
    }
    for (path, page) in ward.pages {
        let same = titles.get(&(page.lang.clone(), fold(&page.title))).map_or(&[][..], Vec::as_slice);
        if let Some(other) = same.iter().find(|other| *other != path).filter(|_| same.len() > 1) {
            ward.add(path, Wrong::DuplicateTitle { other: (*other).to_owned(), more: same.len() - 2 });
        }
        for alias in &page.aliases {
            let owners = titles.get(&(page.lang.clone(), fold(alias))).map_or(&[][..], Vec::as_slice);
            if let Some(owner) = owners.iter().find(|owner| *owner != path) {
                ward.add(path, Wrong::Alias { alias: alias.clone(), owner: (*owner).to_owned() });
            }
        }
    }
}

fn copies(snapshot: &Snapshot, ward: &mut Ward<'_>) {
    let mut prints: Vec<(String, u64)> = Vec::new();
    for segment in snapshot.segments() {
        let of_doc = |doc| segment.fingerprint(doc).map(|print| (segment.path_of(doc), print));
        prints.extend(segment.found().iter().filter_map(of_doc));
    }
    prints.sort();
    let only: Vec<u64> = prints.iter().map(|(_, print)| *print).collect();
    for ((path, _), other) in prints.iter().zip(earlier_copies(&only)) {
        if let Some((other, _)) = other.and_then(|other| prints.get(other)) {
            ward.add(path, Wrong::NearDuplicate { other: other.clone() });
        }
    }
}

/// For each fingerprint one before it that is the same, else the first that is nearly the same.
///
/// Two that differ in so few bits are alike in one of as many parts and one more; only those are compared, and of them
/// not more than [`MAX_COMPARED`]: the time grows with the pages, not with their square.
fn earlier_copies(prints: &[u64]) -> Vec<Option<usize>> {
    const PARTS: u32 = COPY_DISTANCE + 1;
    let width = 64_u32.div_ceil(PARTS);
    let mut known: HashMap<(u32, u64), Vec<usize>> = HashMap::new();
    let mut same: HashMap<u64, usize> = HashMap::new();
    let mut found = Vec::with_capacity(prints.len());
    for (at, print) in prints.iter().enumerate() {
        if let Some(first) = same.get(print) {
            found.push(Some(*first));
            continue;
        }
        same.insert(*print, at);
        let mut nearest: Option<usize> = None;
        for part in 0..PARTS {
            let bits = (print >> (part * width)) & (u64::MAX >> (64 - width));
            let alike = known.entry((part, bits)).or_default();
            let near = |other: &&usize| (print ^ prints[**other]).count_ones() <= COPY_DISTANCE;
            nearest = nearest.into_iter().chain(alike.iter().find(near).copied()).min();
            if alike.len() < MAX_COMPARED {
                alike.push(at);
            }
        }
        found.push(nearest);
    }
    found
}

/// Pages that no other page links to. The entrances of a wiki and of its folders need no link.
fn orphans(snapshot: &Snapshot, ward: &mut Ward<'_>) -> Result<(), SearchError> {
    let entrances: HashSet<&str> = ["home", "index", "readme"].into();
    for segment in snapshot.segments() {
        for doc in segment.found().iter().filter(|doc| segment.inlinks(*doc) == 0) {
            let path = segment.path_of(doc);
            let name = path.rsplit('/').next().unwrap_or(&path).to_lowercase();
            let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
            if !entrances.contains(stem) && page_view(snapshot, &path)?.is_some_and(|page| page.backlinks.is_empty()) {
                ward.add(&path, Wrong::Orphan);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_those_that_comparing_all_would_find() {
        // A fixed sequence (splitmix64), every fifth one near an earlier one.
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        };
        let mut prints: Vec<u64> = Vec::new();
        for number in 0..400_usize {
            let fresh = next();
            let flips = (0..next() % 4).fold(0, |flips, _| flips | 1 << (next() % 64));
            prints.push(if number % 5 == 4 { prints[number / 2] ^ flips } else { fresh });
        }
        let near = |a: u64, b: u64| (a ^ b).count_ones() <= COPY_DISTANCE;
        let expected: Vec<Option<usize>> =
            (0..prints.len()).map(|at| prints[..at].iter().position(|other| near(*other, prints[at]))).collect();
        let found = earlier_copies(&prints);
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found.is_some(), expected.is_some(), "{at}");
            assert!(found.is_none_or(|other| other < at && near(prints[other], prints[at])), "{at}");
        }
        assert!(expected.iter().flatten().count() > 40);
    }

    #[test]
    fn pages_that_are_all_alike_are_not_compared_with_each_other() {
        // Quadratic, this would be 10^10 comparisons.
        let same = vec![1; 100_000];
        assert!(earlier_copies(&same).iter().skip(1).all(|other| *other == Some(0)));
        let alike: Vec<u64> = (0..100_000).map(|number| number << 44).collect();
        assert_eq!(earlier_copies(&alike)[1], Some(0));
    }
}
