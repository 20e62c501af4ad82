//! What is asked: queries of each class, drawn from the wiki itself, so that they find what a reader's would.

use std::collections::{HashMap, HashSet};

use achei::index::analysis::{Form, Language, fold, is_stop_word, tokenize};
use achei::page::{BlockKind, Page};

use super::generator::Random;

/// Queries of a class.
const EACH: usize = 32;
/// Misspelt words.
const MISSPELT: usize = 1_000;

/// Queries by class, and what else can be asked about.
pub struct Questions {
    /// Name and queries.
    pub classes: Vec<(&'static str, Vec<String>)>,
    /// All titles, once each.
    pub titles: Vec<String>,
    /// Of pages.
    pub paths: Vec<String>,
}

impl Questions {
    /// Questions about these pages; always the same.
    pub fn about(pages: &[Page]) -> Self {
        let mut random = Random(7);
        let mut titles: Vec<String> = Vec::new();
        let mut seen = HashSet::new();
        for page in pages {
            if seen.insert(page.title.to_lowercase()) {
                titles.push(page.title.clone());
            }
        }
        let common = common_words(pages);
        let codes = codes(pages);
        let title = |random: &mut Random| random.pick(&titles).clone();
        let mut classes: Vec<(&'static str, Vec<String>)> = Vec::new();
        let mut class = |name, draw: &mut dyn FnMut(&mut Random) -> String| {
            classes.push((name, (0..EACH).map(|_| draw(&mut random)).collect()));
        };
        class("common word", &mut |random| random.pick(&common).clone());
        class("title", &mut |random| title(random));
        class("title with a typo", &mut |random| misspelt(&title(random)));
        class("prefix", &mut |random| half_a_word(&title(random)));
        class("phrase", &mut |random| format!("\"{}\"", run_of_words(pages, random, 3)));
        class("excluded word", &mut |random| format!("{} -{}", random.pick(&common), random.pick(&common)));
        class("code", &mut |random| {
            codes.get(random.below(codes.len())).cloned().unwrap_or_else(|| "78.54.2".to_owned())
        });
        class("no hits", &mut |random| format!("{} {}", gibberish(random), gibberish(random)));
        class("ten words", &mut |random| run_of_words(pages, random, 10));
        class("empty", &mut |_| String::new());
        let paths = pages.iter().map(|page| page.path.as_str().to_owned()).collect();
        Self { classes, titles, paths }
    }

    /// The queries of one class.
    pub fn class(&self, name: &str) -> &[String] {
        self.classes.iter().find(|(class, _)| *class == name).map_or(&[], |(_, queries)| queries)
    }

    /// The longest words of titles, folded, with two letters that have changed places.
    pub fn misspelt_words(&self) -> Vec<String> {
        let words =
            self.titles.iter().filter_map(|title| title.split_whitespace().max_by_key(|word| word.chars().count()));
        let plain = words.map(fold).filter(|word| word.chars().all(char::is_alphabetic));
        plain.map(|word| misspelt(&word)).take(MISSPELT).collect()
    }

    /// What is asked while a title is typed, keystroke by keystroke from the third letter.
    pub fn keystrokes(&self) -> Vec<String> {
        let mut random = Random(11);
        let mut typed = Vec::new();
        for _ in 0..8 {
            let letters: Vec<char> = random.pick(&self.titles).chars().collect();
            typed.extend((3..=letters.len().clamp(3, 12)).map(|length| letters.iter().take(length).collect()));
        }
        typed
    }
}

/// The words that most pages hold, but for those that say nothing.
fn common_words(pages: &[Page]) -> Vec<String> {
    let languages = [Language::of("pt-br"), Language::of("en")].into_iter().flatten().collect::<Vec<_>>();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for page in pages {
        let mut words = HashSet::new();
        for block in page.sections.iter().flat_map(|section| &section.blocks) {
            tokenize(&block.text, |token| {
                if token.form == Form::Word
                    && token.folded.len() > 3
                    && token.folded.bytes().all(|byte| byte.is_ascii_lowercase())
                {
                    words.insert(token.folded.to_owned());
                }
            });
        }
        for word in words {
            *counts.entry(word).or_default() += 1;
        }
    }
    let mut counts: Vec<(String, usize)> =
        counts.into_iter().filter(|(word, _)| !is_stop_word(word, &languages)).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.into_iter().take(EACH).map(|(word, _)| word).collect()
}

/// Version numbers, addresses and the like.
fn codes(pages: &[Page]) -> Vec<String> {
    let mut codes = Vec::new();
    for block in pages.iter().flat_map(|page| &page.sections).flat_map(|section| &section.blocks) {
        for word in block.text.split_whitespace() {
            let word = word.trim_matches(|letter: char| !letter.is_alphanumeric());
            let digits = word.bytes().filter(u8::is_ascii_digit).count();
            let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
            if digits > 1 && plain && word.len() < 20 && word.contains(['.', '-', '_']) {
                codes.push(word.to_owned());
            }
        }
    }
    codes.sort();
    codes.dedup();
    codes
}

/// A word that nobody writes, and that is no code either: it may be misspelt.
fn gibberish(random: &mut Random) -> String {
    (0..9).map(|_| char::from(*random.pick(b"hjkqwxyz"))).collect()
}

/// Two letters of the longest word change places.
fn misspelt(title: &str) -> String {
    let words: Vec<&str> = title.split_whitespace().collect();
    let Some(longest) = words.iter().copied().max_by_key(|word| word.chars().count()) else { return title.to_owned() };
    let mut letters: Vec<char> = longest.chars().collect();
    let middle = letters.len() / 2;
    if let Some(at) = (middle..letters.len().saturating_sub(1)).find(|at| letters[*at] != letters[at + 1]) {
        letters.swap(at, at + 1);
    }
    let wrong: String = letters.into_iter().collect();
    words.into_iter().map(|word| if word == longest { wrong.as_str() } else { word }).collect::<Vec<_>>().join(" ")
}

/// A title as far as half of its longest word.
fn half_a_word(title: &str) -> String {
    let longest = title.split_whitespace().max_by_key(|word| word.chars().count()).unwrap_or(title);
    let letters = longest.chars().count();
    longest.chars().take((letters / 2).max(3)).collect()
}

/// Words that follow each other somewhere.
fn run_of_words(pages: &[Page], random: &mut Random, count: usize) -> String {
    for _ in 0..10_000 {
        let page = random.pick(pages);
        let texts: Vec<&str> = page
            .sections
            .iter()
            .flat_map(|section| &section.blocks)
            .filter(|block| block.kind != BlockKind::Code)
            .map(|block| block.text.as_str())
            .collect();
        if texts.is_empty() {
            continue;
        }
        let words: Vec<String> = random
            .pick(&texts)
            .split(|letter: char| !letter.is_alphabetic())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        if words.len() > count {
            let from = random.below(words.len() - count);
            return words[from..from + count].join(" ");
        }
    }
    panic!("no text of {count} words in the wiki");
}
