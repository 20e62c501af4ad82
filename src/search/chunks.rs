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

/// Where a run of words stands among the plain words of the query, by chunk.
pub fn occurrences<'a>(plain: &'a [Chunk], phrase: &'a [String]) -> impl Iterator<Item = usize> + 'a {
    (0..plain.len()).filter(move |start| {
        let mut words = phrase.iter();
        let mut rest = &plain[*start..];
        // A code may stand for its parts: `nf-e` is `nf`, `e`, and also `nfe`.
        if let [word] = phrase
            && rest
                .first()
                .is_some_and(|chunk| chunk.joined.as_ref() == Some(word) || chunk.whole.as_ref() == Some(word))
        {
            return true;
        }
        while let Some((chunk, after)) = rest.split_first() {
            if words.len() == 0 {
                return true;
            }
            if !chunk.parts.iter().all(|part| words.next() == Some(part)) {
                return false;
            }
            rest = after;
        }
        words.len() == 0 && !phrase.is_empty()
    })
}

/// The chunks that a run of so many words covers.
pub fn covered(plain: &[Chunk], start: usize, words: usize) -> std::ops::Range<usize> {
    let mut end = start;
    let mut count = 0;
    while count < words && end < plain.len() {
        count += plain[end].parts.len();
        end += 1;
    }
    start..end
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
    fn synonyms_are_found_as_runs() {
        let plain = chunks("emitir nota fiscal eletronica hoje");
        let phrase: Vec<String> = ["nota", "fiscal", "eletronica"].map(str::to_owned).to_vec();
        assert_eq!(occurrences(&plain, &phrase).collect::<Vec<_>>(), [1]);
        assert_eq!(covered(&plain, 1, 3), 1..4);
        assert_eq!(occurrences(&chunks("emitir NF-e"), &["nfe".to_owned()]).collect::<Vec<_>>(), [1]);
        assert_eq!(occurrences(&chunks("nota fiscal"), &phrase).count(), 0);
    }
}
