//! Analysis: from text to the terms that are indexed and searched, in three strengths.
//!
//! Every word is searchable folded (case and accents gone), as written (where accents tell it apart), and
//! stemmed in the language of its page. The strengths never collide: a folded term holds no accents, a written
//! one does, stems and marks begin with a control character. Texts, queries and snippets use this one analysis.

mod fold;
mod stem;
mod stop_words;
mod stream;
mod tokens;

pub use fold::{fold, fold_into};
pub use stem::{Language, with_stem};
pub use stop_words::is_stop_word;
pub use stream::{Sinks, Strength, TermSet, TermStream, TermStreamTokenizer, accented_mark, analyse, stem_term};
pub use tokens::{Form, Token, tokenize};

/// Changes whenever the same text would give other terms: part of the index's fingerprint.
pub const ANALYSIS_VERSION: u32 = 1;
