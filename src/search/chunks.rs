//! Chunks: the words and codes of a query, as the analysis cuts texts, and runs of them.

use crate::index::analysis::{Form, tokenize};

/// A word or code of the query, as the analysis cuts it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    /// As typed.
    pub surface: String,
    /// The code as written, where it has several parts.
    pub whole: Option<String>,
    /// Its parts as one word.
    pub joined: Option<String>,
    /// One word, or the parts of a code.
    pub parts: Vec<String>,
}

/// The words and codes of a text.
pub fn chunks(text: &str) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut span = (0, 0);
    tokenize(text, |token| {
        let within = span.0 <= token.span.0 && token.span.1 <= span.1 && !chunks.is_empty();
        if token.form == Form::Whole || token.form == Form::Word && !within {
            span = token.span;
            chunks.push(Chunk { surface: text[token.span.0..token.span.1].to_owned(), ..Chunk::default() });
        }
        let Some(chunk) = chunks.last_mut() else { return };
        match token.form {
            Form::Whole => chunk.whole = Some(token.folded.to_owned()),
            Form::Joined => chunk.joined = Some(token.folded.to_owned()),
            Form::Word => chunk.parts.push(token.folded.to_owned()),
            Form::Camel => {}
        }
    });
    chunks.retain(|chunk| !chunk.parts.is_empty());
    chunks
}

/// How many chunks at the start of `plain` say these words; none if they do not. A code may stand for its parts:
/// `nf-e` is `nf`, `e`, and also `nfe`.
pub fn run_length(plain: &[Chunk], words: &[String]) -> Option<usize> {
    let mut rest = words;
    for (count, chunk) in plain.iter().enumerate() {
        let Some((word, after)) = rest.split_first() else { return Some(count) };
        rest = match rest.strip_prefix(chunk.parts.as_slice()) {
            Some(after) if chunk.whole.is_none() || chunk.parts.len() > 1 => after,
            _ if chunk.joined.as_ref() == Some(word) || chunk.whole.as_ref() == Some(word) => after,
            _ => return None,
        };
    }
    rest.is_empty().then_some(plain.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_one_chunk() {
        let chunks = chunks("emitir NF-e 78.54.2 do C++");
        let shown: Vec<String> = chunks
            .iter()
            .map(|chunk| format!("{:?}/{:?}/{}", chunk.whole, chunk.joined, chunk.parts.join("+")))
            .collect();
        assert_eq!(
            shown,
            [
                "None/None/emitir",
                "Some(\"nf-e\")/Some(\"nfe\")/nf+e",
                "Some(\"78.54.2\")/None/78+54+2",
                "None/None/do",
                "Some(\"c++\")/None/c"
            ]
        );
    }

    #[test]
    fn runs_of_words_and_codes() {
        for (text, words, run) in [
            ("nota fiscal eletronica hoje", "nota fiscal eletronica", Some(3)),
            ("NF-e", "nfe", Some(1)),
            ("NF-e hoje", "nf e", Some(1)),
            ("nf e", "nf e", Some(2)),
            ("xml da NF-e", "xml da nfe", Some(3)),
            ("nota fiscal", "nota fiscal eletronica", None),
            ("NF-e", "nf", None),
            ("C++", "c", None),
            ("C++", "c++", Some(1)),
            ("", "a", None),
        ] {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            assert_eq!(run_length(&chunks(text), &words), run, "{text}: {words:?}");
        }
    }
}
