//! Analysis: from text to the terms that are indexed and searched, in three strengths.
//!
//! Every word is searchable folded (case and accents gone), as written (where accents tell it apart), and
//! stemmed in the language of its page. The strengths never collide: a folded term holds no accents, a written
//! one does, stems and marks begin with a control character. Texts, queries and snippets use this one analysis.

mod fold;
mod stem;
mod stop_words;
mod stream;
mod terms;
mod tokens;

pub use fold::{fold, fold_into};
pub use stem::{Language, with_stem};
pub use stop_words::is_stop_word;
pub use stream::{TermStreamTokenizer, accented_mark, is_stem, stem_term};
pub use terms::{Occurrence, Occurrences, PageTerms, Strength, hash_of};
pub use tokens::{Form, Token, tokenize};

/// Changes whenever the same text would give other terms: part of the index's fingerprint.
pub const ANALYSIS_VERSION: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::TextField;

    /// An index of other terms under the same version would serve on, wrong: whoever changes the terms is stopped here.
    #[test]
    fn other_terms_need_another_version() {
        let text = "Configurações da NF-e 78.54.2: perfis, tokens, bons backups, camelCase, C++ e d’água; cancelamento, \
            connections, configuraciones, 08/08/2024, 1.500,00, mãos, fáceis";
        let mut lines = String::new();
        for language in [Some(Language::Pt), Some(Language::En), Some(Language::Es), None] {
            let mut terms = PageTerms::new(language);
            terms.analyse(text, Strength::Full, TextField::Title);
            lines += &terms.lines(terms.field(TextField::Title));
            lines += &terms.all_lines();
        }
        let hash = xxhash_rust::xxh3::xxh3_64(lines.as_bytes());
        assert_eq!(
            (ANALYSIS_VERSION, hash),
            (3, 15_603_601_023_306_015_121),
            "raise ANALYSIS_VERSION, then write the new hash here"
        );
    }
}
