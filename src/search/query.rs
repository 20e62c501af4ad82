//! The query reader: what was typed, taken apart. Flat, total and linear: nothing in a query is ever an error.

/// A query of more words is cut.
pub const MAX_WORDS: usize = 32;

/// A longer query is refused at the door: none is proposed either.
pub const MAX_BYTES: usize = 512;

/// What was typed, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// In the order typed.
    pub clauses: Vec<Clause>,
    /// Whether the last clause is a word that may still be typed: no blank follows it.
    pub open: bool,
}

/// A part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// A word to be found.
    Word(String),
    /// Words to be found side by side.
    Phrase(String),
    /// A word or phrase that must not occur.
    Exclude(String),
    /// A restriction.
    Filter {
        /// On what.
        field: FilterField,
        /// To what.
        value: String,
        /// Whether it must not hold.
        excluded: bool,
    },
}

/// What a query may be restricted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterField {
    /// A whole tag.
    Tag,
    /// Words of the title.
    Title,
    /// Words of the path.
    Path,
    /// A language.
    Lang,
}

impl FilterField {
    fn read(name: &str) -> Option<Self> {
        const NAMES: [(&str, FilterField); 4] = [
            ("tag", FilterField::Tag),
            ("title", FilterField::Title),
            ("path", FilterField::Path),
            ("lang", FilterField::Lang),
        ];
        NAMES.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, field)| field)
    }
}

impl Query {
    /// Reads what was typed.
    pub fn read(text: &str) -> Self {
        let mut query = Self::default();
        let mut rest = text;
        let mut words = 0;
        while words < MAX_WORDS {
            rest = rest.trim_start_matches(is_blank);
            if rest.is_empty() {
                break;
            }
            let (clause, after) = read_clause(rest);
            query.open = matches!(clause, Clause::Word(_)) && after.is_empty();
            words += match &clause {
                Clause::Phrase(text) | Clause::Exclude(text) => {
                    text.split(is_blank).filter(|word| !word.is_empty()).count().max(1)
                }
                Clause::Word(_) | Clause::Filter { .. } => 1,
            };
            query.clauses.push(clause);
            rest = after;
        }
        query
    }
}

/// Where the plain words stand in what was typed, in bytes: no phrases, exclusions or restrictions.
pub fn plain_words(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut rest = text;
    for _ in 0..MAX_WORDS {
        rest = rest.trim_start_matches(is_blank);
        if rest.is_empty() {
            break;
        }
        let (clause, after) = read_clause(rest);
        if matches!(clause, Clause::Word(_)) {
            found.push(text.len() - rest.len()..text.len() - after.len());
        }
        rest = after;
    }
    found
}

fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control()
}

/// Opening quotation marks and what closes them.
fn closing(letter: char) -> Option<char> {
    match letter {
        '"' => Some('"'),
        '“' | '„' => Some('”'),
        '«' => Some('»'),
        _ => None,
    }
}

/// A quotation at the start of `text`: what stands in it, and what follows. None if it never ends.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let open = text.chars().next()?;
    let close = closing(open)?;
    let inner = &text[open.len_utf8()..];
    let end = inner.find(close)?;
    Some((&inner[..end], &inner[end + close.len_utf8()..]))
}

/// A word at the start of `text`, and what follows.
fn word(text: &str) -> (&str, &str) {
    text.split_at(text.find(is_blank).unwrap_or(text.len()))
}

fn read_clause(text: &str) -> (Clause, &str) {
    if let Some((phrase, after)) = quoted(text) {
        return (Clause::Phrase(phrase.to_owned()), after);
    }
    let negated = text
        .strip_prefix('-')
        .filter(|body| body.starts_with(|first: char| first.is_alphabetic() || closing(first).is_some()));
    if let Some(body) = negated {
        if let Some((phrase, after)) = quoted(body) {
            return (Clause::Exclude(phrase.to_owned()), after);
        }
        if let Some((field, value, after)) = read_filter(body) {
            return (Clause::Filter { field, value, excluded: true }, after);
        }
        let (word, after) = word(body);
        return (Clause::Exclude(word.to_owned()), after);
    }
    if let Some((field, value, after)) = read_filter(text) {
        return (Clause::Filter { field, value, excluded: false }, after);
    }
    let (word, after) = word(text);
    (Clause::Word(word.to_owned()), after)
}

fn read_filter(text: &str) -> Option<(FilterField, String, &str)> {
    let (name, value) = text.split_once(':')?;
    let field = FilterField::read(name)?;
    if let Some((phrase, after)) = quoted(value) {
        return (!phrase.trim().is_empty()).then(|| (field, phrase.to_owned(), after));
    }
    let (value, after) = word(value);
    (!value.is_empty()).then(|| (field, value.to_owned(), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        let query = Query::read(text);
        let mut shown: Vec<String> = query
            .clauses
            .iter()
            .map(|clause| match clause {
                Clause::Word(word) => word.clone(),
                Clause::Phrase(phrase) => format!("[{phrase}]"),
                Clause::Exclude(text) => format!("not[{text}]"),
                Clause::Filter { field, value, excluded } => {
                    format!("{}{field:?}={value}", if *excluded { "not " } else { "" })
                }
            })
            .collect();
        if query.open {
            shown.push("…".to_owned());
        }
        shown.join(" | ")
    }

    #[test]
    fn what_people_type() {
        for (typed, read) in [
            ("", ""),
            ("  configurar vpn", "configurar | vpn | …"),
            ("configurar vpn ", "configurar | vpn"),
            ("\"data da assinatura\" contrato", "[data da assinatura] | contrato | …"),
            ("“ponto a ponto”", "[ponto a ponto]"),
            ("vpn -windows", "vpn | not[windows]"),
            ("vpn -\"duas palavras\" x", "vpn | not[duas palavras] | x | …"),
            ("nf-e -5 - --x a-b", "nf-e | -5 | - | --x | a-b | …"),
            ("tag:boleto title:\"a b\" PATH:x -lang:en", "Tag=boleto | Title=a b | Path=x | not Lang=en"),
            ("tag: x tag:\"\"", "tag: | x | tag:\"\" | …"),
            ("\"sem fim", "\"sem | fim | …"),
            ("foo:bar http://x.y/z", "foo:bar | http://x.y/z | …"),
            ("((( AND OR ~ * /re/", "((( | AND | OR | ~ | * | /re/ | …"),
            ("a\u{0}b\tc", "a | b | c | …"),
        ] {
            assert_eq!(show(typed), read, "{typed:?}");
        }
    }

    #[test]
    fn plain_words_are_found_in_place() {
        let text = " tag:ag ag \"ag x\" -ag é, title:\"ag\"fim";
        let words: Vec<&str> = plain_words(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(words, ["ag", "é,", "fim"]);
        assert_eq!(plain_words(&"a ".repeat(100)).len(), MAX_WORDS);
    }

    #[test]
    fn only_the_first_words_count() {
        assert_eq!(Query::read(&"a ".repeat(100)).clauses.len(), MAX_WORDS);
        let phrases = Query::read(&"\"a b c d e f g h\" ".repeat(10));
        assert_eq!(phrases.clauses.len(), 4);
        assert!(!Query::read(&"a ".repeat(33)).open);
    }

    proptest::proptest! {
        #[test]
        fn anything_is_read(text in "\\PC{0,200}") {
            let query = Query::read(&text);
            assert!(query.clauses.len() <= MAX_WORDS);
        }
    }
}
