//! Spanish stems: Snowball's, for words that have lost their accents.

use frostem::{Algorithm, Stemmer};

use super::super::fold::fold;

/// Endings, how Snowball knows them, and the letters that must remain before them.
const WRITTEN: [(&str, &str, usize); 3] = [("acion", "ar", 4), ("cion", "ción", 2), ("logia", "logía", 2)];

/// Last letters that differ between forms, and how they end here: `buscar/busque`, `pagar/pague`, `luz/luces`,
/// `vender/vendió` without its accent; and the letters that must remain.
const EQUAL: [(&str, &str, usize); 4] = [("qu", "c", 2), ("gu", "g", 2), ("z", "c", 2), ("i", "", 4)];

/// The stem of a folded word of at least three ASCII letters.
pub fn stem(folded: &str) -> String {
    let word = singular(folded);
    let written = WRITTEN.iter().find_map(|&row| replace(word, row));
    let stem = fold(&Stemmer::new(Algorithm::Spanish).stem(written.as_deref().unwrap_or(word)));
    EQUAL.iter().find_map(|&row| replace(&stem, row)).unwrap_or(stem)
}

/// Snowball takes `-es` off, but no plain s after a consonant, as loan words have it: tokens, logs.
fn singular(folded: &str) -> &str {
    let loan = |root: &&str| root.len() > 2 && !root.ends_with(['a', 'e', 'i', 'o', 'u', 's']);
    folded.strip_suffix('s').filter(loan).unwrap_or(folded)
}

/// `word` with the row's ending replaced, if it has it after so many letters.
fn replace(word: &str, (ending, other, before): (&str, &str, usize)) -> Option<String> {
    let root = word.strip_suffix(ending).filter(|root| root.len() >= before)?;
    Some(format!("{root}{other}"))
}
