//! Fingerprints of texts: pages that say nearly the same get nearly the same 64 bits.
//!
//! Charikar's simhash over runs of words: each run's hash votes on every bit. Two fingerprints differ in as many bits
//! as the texts differ in runs, roughly: 64 bits times the angle between them over π.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::analysis::PageTerms;

/// Words that vote together, so that the same words in another order are another text.
const RUN: usize = 3;
/// Shorter pages get no fingerprint: what comes from a template would be most of them.
const LEAST_WORDS: usize = 50;

/// The fingerprint of what is read in a page's sections, given by the numbers of its words; none of a short page. Pages of
/// different languages are never near each other: a page and its translation are no copies, even where it is not
/// translated yet.
pub fn fingerprint(lang: &str, terms: &PageTerms, running: &[u32]) -> Option<u64> {
    if running.len() < LEAST_WORDS {
        return None;
    }
    let language = xxh3_64(lang.as_bytes());
    // A word is hashed once, however often it is there.
    let mut hashes: Vec<Option<u64>> = vec![None; terms.len()];
    let words: Vec<u64> = running
        .iter()
        .map(|word| {
            let hash = || xxh3_64_with_seed(terms.term(*word).as_bytes(), language);
            *hashes[*word as usize].get_or_insert_with(hash)
        })
        .collect();
    Some(simhash(&words))
}

/// The lowest bit of each byte.
const LOWEST: u64 = 0x0101_0101_0101_0101;

/// The simhash of hashed words: a bit is set where more runs have it than not.
fn simhash(words: &[u64]) -> u64 {
    let mut votes = [0_usize; 64];
    // As many runs as a byte can count: eight sums of eight bits at once.
    let mut runs = words.windows(RUN).peekable();
    let mut count = 0;
    while runs.peek().is_some() {
        let mut sums = [0_u64; 8];
        for run in runs.by_ref().take(usize::from(u8::MAX)) {
            let hash = run.iter().fold(0, |hash, word| xxh3_64_with_seed(&word.to_le_bytes(), hash));
            for (shift, sum) in sums.iter_mut().enumerate() {
                *sum += hash >> shift & LOWEST;
            }
            count += 1;
        }
        for (shift, sum) in sums.iter().enumerate() {
            for (byte, votes_of_byte) in sum.to_le_bytes().iter().enumerate() {
                votes[8 * byte + shift] += usize::from(*votes_of_byte);
            }
        }
    }
    votes.iter().enumerate().filter(|(_, votes)| 2 * **votes > count).fold(0, |bits, (bit, _)| bits | 1 << bit)
}

#[cfg(test)]
mod tests {
    use super::super::document::words_of;
    use super::*;
    use crate::page::{AnchorStyle, LocaleInUrl, PagePath, PageRules, UrlStyle, parse};

    fn of(path: &str, body: &str) -> Option<u64> {
        let rules = PageRules {
            locales: vec!["pt-br".into(), "en".into()],
            locale_in_url: LocaleInUrl::Always,
            url_base: "/".into(),
            url_style: UrlStyle::Wikijs,
            anchor_style: AnchorStyle::Wikijs,
        };
        let path = PagePath::new(path).expect("a page");
        let page = parse(&path, format!("---\ntitle: {path}\n---\n{body}").as_bytes(), false, &rules);
        let (terms, positions) = words_of(&path, &page);
        fingerprint(&page.lang, &terms, &positions.running)
    }

    fn text(seed: usize, words: usize) -> String {
        let word = |number| format!("palavra{}", (number * 7919 + seed * 104_729) % 5003);
        (0..words).map(word).collect::<Vec<_>>().join(" ")
    }

    fn distance(a: &str, b: &str) -> u32 {
        (of("a.md", a).expect("long enough") ^ of("b.md", b).expect("long enough")).count_ones()
    }

    #[test]
    fn eight_sums_at_once_are_sixty_four() {
        // With one word again and again, every run votes the same: the sums are as large as they can be.
        let different = |count| (0..count).map(|word: u64| xxh3_64(&word.to_le_bytes())).collect::<Vec<_>>();
        let the_same = |count| vec![7; count as usize];
        for words in [0, 1, 2, 3, 257, 258, 600].into_iter().flat_map(|count| [different(count), the_same(count)]) {
            let mut votes = [0_i64; 64];
            for run in words.windows(RUN) {
                let hash = run.iter().fold(0, |hash, word| xxh3_64_with_seed(&word.to_le_bytes(), hash));
                votes.iter_mut().enumerate().for_each(|(bit, vote)| *vote += if hash >> bit & 1 == 1 { 1 } else { -1 });
            }
            let expected = votes.iter().enumerate().map(|(bit, vote)| u64::from(*vote > 0) << bit).sum::<u64>();
            assert_eq!(simhash(&words), expected, "{}", words.len());
        }
    }

    #[test]
    fn the_same_text_is_the_same_whatever_the_title_and_the_marks() {
        let text = text(1, 80);
        assert_eq!(distance(&text, &text), 0);
        assert_eq!(distance(&text, &text.to_uppercase().replace("PALAVRA1", "**PALAVRA1")), 0);
    }

    #[test]
    fn nearly_the_same_is_near_and_another_text_is_far() {
        let long = text(1, 600);
        let changed = long.replacen("palavra", "outra", 2);
        assert!(distance(&long, &changed) <= 6, "{}", distance(&long, &changed));
        assert!(distance(&long, &text(2, 600)) > 15);
        let reversed: Vec<&str> = long.split(' ').rev().collect();
        assert!(distance(&long, &reversed.join(" ")) > 15, "the same words in another order");
    }

    #[test]
    fn short_pages_have_none_and_languages_are_apart() {
        assert_eq!(of("a.md", &text(1, LEAST_WORDS - 1)), None);
        let text = text(1, LEAST_WORDS);
        let (pt, en) = (of("a.md", &text), of("en/a.md", &text));
        assert!((pt.expect("long enough") ^ en.expect("long enough")).count_ones() > 15);
    }
}
