//! Fingerprints of texts: pages that say nearly the same get nearly the same 64 bits.
//!
//! Charikar's simhash over runs of words: each run's hash votes on every bit. Two fingerprints differ in as many bits
//! as the texts differ in runs, roughly: 64 bits times the angle between them over π.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::analysis::{Form, tokenize};
use crate::page::Page;

/// Words that vote together, so that the same words in another order are another text.
const RUN: usize = 3;
/// Shorter pages get no fingerprint: what comes from a template would be most of them.
const LEAST_WORDS: usize = 50;

/// The fingerprint of a page's sections, without its title; none of a short page. Pages of different languages are
/// never near each other: a page and its translation are no copies, even where it is not translated yet.
pub fn fingerprint(page: &Page) -> Option<u64> {
    let language = xxh3_64(page.lang.as_bytes());
    let mut words = Vec::new();
    for section in &page.sections {
        let heading = section.heading.and_then(|index| page.headings.get(index as usize));
        let texts =
            heading.map(|heading| &heading.text).into_iter().chain(section.blocks.iter().map(|block| &block.text));
        for text in texts {
            tokenize(text, |token| {
                if token.form == Form::Word {
                    words.push(xxh3_64_with_seed(token.folded.as_bytes(), language));
                }
            });
        }
    }
    (words.len() >= LEAST_WORDS).then(|| simhash(&words))
}

/// The simhash of hashed words.
fn simhash(words: &[u64]) -> u64 {
    let mut votes = [0_i64; 64];
    for run in words.windows(RUN) {
        let hash = run.iter().fold(0, |hash, word| xxh3_64_with_seed(&word.to_le_bytes(), hash));
        for (bit, votes) in votes.iter_mut().enumerate() {
            *votes += if hash >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    votes.iter().enumerate().filter(|(_, votes)| **votes > 0).fold(0, |bits, (bit, _)| bits | 1 << bit)
}

#[cfg(test)]
mod tests {
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
        fingerprint(&parse(&path, format!("---\ntitle: {path}\n---\n{body}").as_bytes(), false, &rules))
    }

    fn text(seed: usize, words: usize) -> String {
        let word = |number| format!("palavra{}", (number * 7919 + seed * 104_729) % 5003);
        (0..words).map(word).collect::<Vec<_>>().join(" ")
    }

    fn distance(a: &str, b: &str) -> u32 {
        (of("a.md", a).expect("long enough") ^ of("b.md", b).expect("long enough")).count_ones()
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
