//! Tokens: text cut into the words and codes that people search for.
//!
//! A *chunk* is what stands between blanks without its outer punctuation: `NF-e`, `78.54.2`, `camelCase`.
//! Its *parts* (`nf`, `e`) take a position each, so that phrases of parts work. Two more forms stand at the
//! positions of the parts: the chunk as written (`nf-e`) and joined (`nfe`). A chunk of one part is a plain word.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::fold::{fold_into, is_invisible};

/// What a token is of its chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A plain word, or one part of a compound chunk.
    Word,
    /// A compound chunk as written: `nf-e`, `78.54.2`, `c++`.
    Whole,
    /// A compound chunk without its connectors: `nfe`.
    Joined,
    /// A piece of a `camelCase` word; takes no position of its own.
    Camel,
}

/// A word or code of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is compared by.
    pub folded: &'a str,
    /// As it stands in the text, in bytes.
    pub span: (usize, usize),
    /// Counts parts from 0.
    pub position: u32,
    /// What it is of its chunk.
    pub form: Form,
}

/// Longer tokens are cut, in texts and queries alike, so that they still meet. In bytes.
const MAX_TOKEN_BYTES: usize = 96;
/// Chunks of more parts (URLs, paths) get no whole and joined form.
const MAX_COMPOUND_PARTS: usize = 8;
/// Numbers joined over connectors need this many digits: `1.5` is not `15`, a CPF is one number.
const MIN_JOINED_DIGITS: usize = 8;

/// Calls `emit` for each token of `text`, positions not falling. Returns the number of positions.
pub fn tokenize(text: &str, mut emit: impl FnMut(Token<'_>)) -> u32 {
    let mut scratch = Scratch::default();
    let mut position = 0;
    let mut rest = 0;
    while let Some(chunk) = next_chunk(text, rest, &mut scratch.parts) {
        rest = chunk.end;
        position += scratch.emit_chunk(text, chunk, position, &mut emit);
    }
    position
}

/// Whether `letter` makes a word.
fn is_word(letter: char) -> bool {
    match letter {
        '\0'..='\u{7f}' => letter.is_ascii_alphanumeric(),
        'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ɏ' => true,
        _ => letter.is_alphanumeric() || is_combining_mark(letter) || is_invisible(letter),
    }
}

/// Whether a word may begin with `letter`: marks and invisible characters need one before them.
fn is_word_start(letter: char) -> bool {
    is_word(letter) && (letter <= 'ɏ' || !is_combining_mark(letter) && !is_invisible(letter)) && letter != '\u{ad}'
}

/// Whether `letter` may hold the parts of a chunk together.
fn is_connector(letter: char) -> bool {
    matches!(letter, '-' | '_' | '.' | '/' | ':' | '@' | '\'' | '’' | '+' | '&' | ',' | '\\' | '‐' | '‑')
}

/// Scripts written without blanks: each letter is a part.
fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

/// The letter at byte `at`, and its length; most letters are ASCII.
fn letter_at(text: &str, at: usize) -> Option<(char, usize)> {
    let byte = *text.as_bytes().get(at)?;
    if byte < 0x80 {
        return Some((char::from(byte), 1));
    }
    text[at..].chars().next().map(|letter| (letter, letter.len_utf8()))
}

/// The span of the next chunk from byte `from` on, and the spans of its parts.
fn next_chunk(text: &str, from: usize, parts: &mut Vec<Range<usize>>) -> Option<Range<usize>> {
    parts.clear();
    let mut at = from;
    let first = loop {
        let (letter, length) = letter_at(text, at)?;
        if is_word_start(letter) {
            break at;
        }
        at += length;
    };
    let start = first - leading_mark(text, from, first);
    let mut part_start = first;
    let mut end = first;
    while let Some((letter, length)) = letter_at(text, at) {
        let next = at + length;
        if is_word(letter) {
            end = next;
            if is_unspaced(letter) {
                if part_start < at {
                    parts.push(part_start..at);
                }
                parts.push(at..end);
                part_start = end;
            }
        } else if is_connector(letter) && joins(text, at, letter, next) {
            if part_start < at {
                parts.push(part_start..at);
            }
            part_start = next;
        } else {
            break;
        }
        at = next;
    }
    if part_start < end {
        parts.push(part_start..end);
    }
    Some(start..end + trailing_marks(text, parts, end))
}

/// Whether a connector holds what stands before and behind it together.
fn joins(text: &str, at: usize, connector: char, next: usize) -> bool {
    let Some((follower, _)) = letter_at(text, next) else { return false };
    // A comma does so between digits alone: `1.500,00`.
    let in_number = || text.as_bytes()[at - 1].is_ascii_digit() && follower.is_ascii_digit();
    is_word_start(follower) && (connector != ',' || in_number())
}

/// `.NET` and `#1234` take their mark along: how many bytes before the first letter belong to the chunk.
fn leading_mark(text: &str, from: usize, first: usize) -> usize {
    if first == from || !matches!(text.as_bytes()[first - 1], b'.' | b'#') {
        return 0;
    }
    let open = text[..first - 1].chars().next_back();
    usize::from(open.is_none_or(|open| open.is_whitespace() || matches!(open, '(' | '[' | '"' | '\'')))
}

/// C++, C#, F#: the marks belong to a short name when nothing but a boundary follows: how many bytes.
fn trailing_marks(text: &str, parts: &[Range<usize>], end: usize) -> usize {
    let tail = &text.as_bytes()[end..];
    let marks = match tail {
        [b'+', b'+', ..] => 2,
        [b'#', ..] => 1,
        _ => return 0,
    };
    let [name] = parts else { return 0 };
    let short = name.len() <= 2 && text[name.clone()].chars().all(char::is_alphabetic);
    let bounded = letter_at(text, end + marks).is_none_or(|(after, _)| !is_word(after) && !matches!(after, '+' | '#'));
    if short && bounded { marks } else { 0 }
}

/// Buffers that one text's chunks share.
#[derive(Default)]
struct Scratch {
    parts: Vec<Range<usize>>,
    folded: String,
    joined: String,
}

impl Scratch {
    /// Emits the tokens of one chunk; returns how many positions it takes.
    fn emit_chunk(&mut self, text: &str, chunk: Range<usize>, position: u32, emit: &mut impl FnMut(Token<'_>)) -> u32 {
        let span = (chunk.start, chunk.end);
        let plain = self.parts.len() == 1 && self.parts[0] == chunk;
        let unspaced = self.parts.len() > 1 && self.parts.windows(2).all(|pair| pair[0].end == pair[1].start);
        let compound = !plain && !unspaced && self.parts.len() <= MAX_COMPOUND_PARTS && chunk.len() <= MAX_TOKEN_BYTES;
        let mut joined = false;
        if compound {
            self.folded.clear();
            fold_into(&text[chunk], &mut self.folded);
            emit(Token { folded: &self.folded, span, position, form: Form::Whole });
            joined = self.parts.len() > 1 && self.join(text);
            if joined {
                emit(Token { folded: &self.joined, span, position, form: Form::Joined });
            }
        }
        let mut at = position;
        for index in 0..self.parts.len() {
            let part = self.parts[index].clone();
            let last = index + 1 == self.parts.len();
            self.folded.clear();
            fold_into(&text[part.clone()], &mut self.folded);
            if last && joined && index > 0 {
                // Once more at the last position, so that a phrase may go on behind it: "nfe cancelada". A last part that
                // folds away has none.
                let place = if self.folded.is_empty() { at.saturating_sub(1).max(position) } else { at };
                emit(Token { folded: &self.joined, span, position: place, form: Form::Joined });
            }
            if self.folded.is_empty() {
                continue;
            }
            cut(&mut self.folded);
            emit(Token { folded: &self.folded, span: (part.start, part.end), position: at, form: Form::Word });
            self.emit_camel(text, part, at, emit);
            at += 1;
        }
        // A chunk whose letters all fold away takes its place all the same.
        (at - position).max(1)
    }

    /// Fills `joined` if the chunk has a joined form.
    fn join(&mut self, text: &str) -> bool {
        let chunk = &text[self.parts[0].start..self.parts[self.parts.len() - 1].end];
        if is_amount(chunk) {
            self.joined.clear();
            self.joined.extend(chunk.chars().filter(|letter| *letter != '.'));
            return true;
        }
        let digits = chunk.chars().filter(char::is_ascii_digit).count();
        let letters = chunk.chars().filter(|letter| letter.is_alphabetic()).count();
        let long_number = digits + letters >= MIN_JOINED_DIGITS && digits > 0;
        let name = letters > 0 && !chunk.contains(['/', ':', '@', '\\', ',']);
        if !(name || long_number && !chunk.contains(['@', '\\'])) {
            return false;
        }
        self.joined.clear();
        for part in &self.parts {
            fold_into(&text[part.clone()], &mut self.joined);
        }
        !self.joined.is_empty()
    }

    /// Emits the pieces of a `camelCase` part, each of two letters at least, at the part's own position.
    fn emit_camel(&mut self, text: &str, part: Range<usize>, position: u32, emit: &mut impl FnMut(Token<'_>)) {
        let word = &text[part.clone()];
        if !word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase())
            || !word.bytes().any(|byte| byte.is_ascii_lowercase())
        {
            return;
        }
        let mut cuts = vec![0];
        let letters: Vec<(usize, char)> = word.char_indices().collect();
        for pair in letters.windows(2) {
            if pair[0].1.is_lowercase() && pair[1].1.is_uppercase() {
                cuts.push(pair[1].0);
            }
        }
        cuts.push(word.len());
        let pieces: Vec<&str> = cuts.windows(2).map(|cut| &word[cut[0]..cut[1]]).collect();
        if pieces.len() < 2 || pieces.iter().any(|piece| piece.chars().count() < 2) {
            return;
        }
        for (piece, start) in pieces.into_iter().zip(cuts) {
            self.folded.clear();
            fold_into(piece, &mut self.folded);
            let span = (part.start + start, part.start + start + piece.len());
            emit(Token { folded: &self.folded, span, position, form: Form::Camel });
        }
    }
}

/// Whether a number is grouped by thousands and has decimals, `1.500,00`: many type it as `1500,00`.
fn is_amount(chunk: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((whole, decimals)) = chunk.split_once(',') else { return false };
    let mut groups = whole.split('.');
    let first = groups.next().unwrap_or_default();
    let mut thousands = groups.peekable();
    thousands.peek().is_some()
        && digits(decimals)
        && digits(first)
        && first.len() <= 3
        && thousands.all(|group| group.len() == 3 && digits(group))
}

/// Cuts an over-long token at a letter.
fn cut(token: &mut String) {
    if token.len() > MAX_TOKEN_BYTES {
        let end = (0..=MAX_TOKEN_BYTES).rev().find(|&at| token.is_char_boundary(at)).unwrap_or(0);
        token.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<(String, u32)> {
        let mut out = Vec::new();
        tokenize(text, |token| out.push((token.folded.to_owned(), token.position)));
        out
    }

    fn words(text: &str) -> String {
        tokens(text).iter().map(|(word, position)| format!("{word}@{position}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_and_codes() {
        for (text, expected) in [
            ("", ""),
            (" ... --- ", ""),
            ("Emissão de NF-e.", "emissao@0 de@1 nf-e@2 nfe@2 nf@2 nfe@3 e@3"),
            ("78.54.2", "78.54.2@0 78@0 54@1 2@2"),
            ("v1.5, ok", "v1.5@0 v15@0 v1@0 v15@1 5@1 ok@2"),
            ("1.5", "1.5@0 1@0 5@1"),
            ("R$ 1.500,00", "r@0 1.500,00@1 1500,00@1 1@1 500@2 1500,00@3 00@3"),
            ("1.50,00 1500,00", "1.50,00@0 1@0 50@1 00@2 1500,00@3 1500@3 00@4"),
            ("um,dois", "um@0 dois@1"),
            ("C++ e C#", "c++@0 c@0 e@1 c#@2 c@2"),
            (".NET (#1234)", ".net@0 net@0 #1234@1 1234@1"),
            ("fim. Net", "fim@0 net@1"),
            ("snake_case", "snake_case@0 snakecase@0 snake@0 snakecase@1 case@1"),
            ("camelCase PPPoE", "camelcase@0 camel@0 case@0 pppoe@1"),
            ("0x80070005", "0x80070005@0"),
            ("08/08/2024", "08/08/2024@0 08082024@0 08@0 08@1 08082024@2 2024@2"),
            ("a+b=c", "a+b@0 ab@0 a@0 ab@1 b@1 c@2"),
            ("e/ou", "e/ou@0 e@0 ou@1"),
            ("d’água", "d'agua@0 dagua@0 d@0 dagua@1 agua@1"),
            ("fim-de- semana", "fim-de@0 fimde@0 fim@0 fimde@1 de@1 semana@2"),
            ("日本語 ok", "日@0 本@1 語@2 ok@3"),
            ("cafe\u{301}", "cafe@0"),
            ("\u{200b}\u{200b}", ""),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn spans_are_of_the_text() {
        let text = "«Ação» da NF‑e";
        tokenize(text, |token| {
            let surface = &text[token.span.0..token.span.1];
            assert!(["Ação", "da", "NF‑e", "NF", "e"].contains(&surface), "{surface}");
        });
    }

    #[test]
    fn a_last_part_that_folds_away_takes_no_position() {
        let mut last = 0;
        let positions = tokenize("¹&𞹾㐀\u{1e026} fim", |token| last = last.max(token.position));
        assert_eq!((positions, last), (4, 3));
    }

    #[test]
    fn long_things_stay_bounded() {
        let long = "x".repeat(10_000);
        assert_eq!(tokens(&long)[0].0.len(), MAX_TOKEN_BYTES);
        let path = vec!["a"; 1000].join("/");
        assert_eq!(tokens(&path).len(), 1000, "no whole and joined form");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_cut_in_order_and_at_letters(text in "\\PC{0,60}") {
            let mut last = 0;
            let positions = tokenize(&text, |token| {
                assert!(token.position >= last, "positions do not fall");
                last = token.position;
                assert!(text.is_char_boundary(token.span.0) && text.is_char_boundary(token.span.1));
                assert!(!token.folded.is_empty() && token.span.0 < token.span.1);
                assert_eq!(super::super::fold(token.folded), token.folded, "tokens are folded");
            });
            assert!(positions == 0 || last < positions);
        }
    }
}
