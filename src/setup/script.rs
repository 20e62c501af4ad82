//! Literals of a configuration that is a program: `url: 'https://…'` in `docusaurus.config.js`.
//!
//! Its own file because such a configuration is read and never run: it may do anything, and `achei init` is tried on
//! directories of others. What is no plain literal (a variable, a call, a sum) says nothing, so that nothing is guessed
//! from it. One pass, total, no recursion.

/// The paths of keys, `presets.docs.routeBasePath`, with the texts, numbers and booleans behind them. Objects and arrays
/// without a key have no part in a path.
pub(super) fn literals(text: &str) -> Vec<(String, String)> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    // Each open bracket, with the key that it stands behind.
    let mut open: Vec<(char, Option<String>)> = Vec::new();
    // A key, and where it stands.
    let mut key: Option<(usize, String)> = None;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Mark(bracket @ ('{' | '[' | '(')) => open.push((*bracket, key.take().map(|(_, key)| key))),
            Token::Mark('}' | ']' | ')') => {
                open.pop();
                key = None;
            }
            Token::Mark(',' | ';') => key = None,
            Token::Mark(_) => {}
            Token::Word(word) | Token::Text(word) => {
                if key.is_none() && tokens.get(at + 1) == Some(&Token::Mark(':')) {
                    key = Some((at, word.clone()));
                    continue;
                }
                // A value is all that stands behind its key, or between two commas of an array.
                let behind_key = key.as_ref().is_some_and(|(place, _)| place + 2 == at);
                let before = at.checked_sub(1).and_then(|before| tokens.get(before));
                let in_array = key.is_none()
                    && matches!(open.last(), Some(('[', _)))
                    && matches!(before, Some(Token::Mark(',' | '[')));
                let ends = matches!(tokens.get(at + 1), None | Some(Token::Mark(',' | '}' | ']')));
                let literal = matches!(token, Token::Text(_)) || is_plain(word);
                if literal && ends && (behind_key || in_array) {
                    let keys = open.iter().filter_map(|(_, key)| key.as_deref());
                    let keys = keys.chain(key.as_ref().map(|(_, key)| key.as_str()));
                    let path = keys.collect::<Vec<_>>().join(".");
                    if !path.is_empty() {
                        found.push((path, word.clone()));
                    }
                }
            }
        }
    }
    found
}

fn is_plain(word: &str) -> bool {
    matches!(word, "true" | "false") || word.bytes().all(|byte| byte.is_ascii_digit())
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Mark(char),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.split_once('\n').map_or("", |(_, behind)| behind);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, behind)| behind);
        } else if matches!(first, '"' | '\'' | '`') {
            let (inner, behind) = quoted(&rest[1..], first);
            found.push(match inner {
                // A template with a value in it is no literal.
                Some(inner) if first == '`' && inner.contains("${") => Token::Mark('?'),
                Some(inner) => Token::Text(inner),
                // No program at all: what follows stands for itself.
                None => Token::Mark(';'),
            });
            rest = behind;
        } else if first.is_alphanumeric() || matches!(first, '_' | '$') {
            let end = rest.find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '$'));
            let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
            found.push(Token::Word(word.to_owned()));
            rest = behind;
        } else {
            if !first.is_whitespace() {
                found.push(Token::Mark(first));
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}

/// A text up to its closing quote, and what follows. None where the line ends before.
fn quoted(text: &str, quote: char) -> (Option<String>, &str) {
    let mut inner = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => inner.extend(letters.next().map(|(_, escaped)| escaped)),
            '\n' if quote != '`' => return (None, &text[at..]),
            _ if letter == quote => return (Some(inner), &text[at + letter.len_utf8()..]),
            _ => inner.push(letter),
        }
    }
    (None, "")
}
