//! The languages of the pages: from folders that are named as locales, and from the words of some pages.
//!
//! Its own file because both are guesses, and are told as such.

use super::walk::Walked;

/// Words that stand in nearly every text of a language and hardly in the others.
const WORDS: [(&str, &[&str]); 3] = [
    ("pt-br", &["não", "uma", "são", "você", "também", "pelo", "pela", "dos", "das", "ao", "os", "em", "um", "seu"]),
    ("es", &["una", "los", "las", "el", "del", "usted", "también", "pero", "y", "su", "en", "al", "sus", "muy"]),
    ("en", &["the", "and", "of", "is", "with", "this", "you", "are", "it", "be", "by", "from", "your", "on"]),
];
/// So many of them, or the pages tell nothing.
const ENOUGH: usize = 3;

/// Folders of these names are locales. Codes that are as well words or abbreviations ("it", "no", "id") only beside others.
const SURE: [&str; 22] = [
    "pt", "en", "es", "fr", "ru", "zh", "ja", "ko", "pl", "uk", "tr", "nl", "sv", "fi", "cs", "el", "hu", "ro", "he",
    "ar", "ca", "vi",
];
const UNSURE: [&str; 8] = ["it", "de", "no", "id", "da", "is", "hi", "sk"];

/// The folders at the top that are locales, as they are spelled.
pub(super) fn folders(walked: &Walked) -> Vec<String> {
    let language = |name: &str| name.split('-').next().unwrap_or_default().to_owned();
    let regional = |name: &str| {
        name.split_once('-').is_some_and(|(_, region)| {
            matches!(region.len(), 2 | 4) && region.bytes().all(|byte| byte.is_ascii_alphabetic())
        })
    };
    let holds_pages = |name: &str| {
        let prefix = format!("{name}/");
        walked.pages.iter().any(|page| page.starts_with(&prefix))
    };
    let named = |codes: &[&str]| {
        let of = |name: &&String| {
            let code = language(name);
            codes.contains(&code.as_str()) && (name.len() == code.len() || regional(name)) && holds_pages(name)
        };
        walked.top.iter().filter(of).cloned().collect::<Vec<_>>()
    };
    let mut found = named(&SURE);
    found.extend(named(&UNSURE).into_iter().filter(|name| regional(name) || !named(&SURE).is_empty()));
    found.sort();
    found
}

/// The language that most of the pages are written in; none where their words do not tell.
pub(super) fn of_pages<'a>(texts: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    let mut counts = [0; WORDS.len()];
    for text in texts {
        for word in text.split(|letter: char| !letter.is_alphabetic()) {
            let word = word.to_lowercase();
            for (count, (_, words)) in counts.iter_mut().zip(&WORDS) {
                *count += usize::from(words.contains(&word.as_str()));
            }
        }
    }
    let best = (0..WORDS.len()).max_by_key(|&at| counts[at])?;
    let second = (0..WORDS.len()).filter(|&at| at != best).map(|at| counts[at]).max().unwrap_or(0);
    (counts[best] >= ENOUGH && counts[best] > second).then_some(WORDS[best].0)
}
