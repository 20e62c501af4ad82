//! Golden queries: what is asked, and which pages should answer. Read from TSV or TOML, with every problem at once.

mod toml_file;
mod tsv_file;

use std::fmt;

use crate::page::{has_markdown_extension, nfc};

/// Of a query that names no kind.
const NO_KIND: &str = "query";
/// The daemon refuses longer queries.
const MAX_QUERY_BYTES: usize = 512;

/// A golden set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Golden {
    /// In the order of the file; at least one.
    pub queries: Vec<GoldenQuery>,
}

/// A query and what should answer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoldenQuery {
    /// Where it stands in the file, from 1.
    pub line: usize,
    /// What is typed, to the letter.
    pub q: String,
    /// The kind whose figures it counts for, `query` where none is named.
    pub kind: String,
    /// Asked in this language alone, as with `lang=`.
    pub lang: Option<String>,
    /// The pages that should come first, no page twice; at least one.
    pub expected: Vec<Expected>,
}

/// A page that should answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its file, relative to the content directory, in Unicode normalization form C.
    pub path: String,
    /// The sections that are right, by anchor, in form C; the empty anchor is the text before the first heading.
    /// None named: any section is.
    pub anchors: Vec<String>,
    /// How well it answers, 1 to [`Expected::MAX_GRADE`].
    pub grade: u8,
}

impl Expected {
    /// The best grade.
    pub const MAX_GRADE: u8 = 10;

    /// Reads `path` or `path#anchor`. A path ends as a Markdown file does, so `#` in names is no anchor.
    fn read(text: &str, grade: u8) -> Result<Self, String> {
        let text = nfc(text.trim());
        let cut = text.match_indices('#').map(|(at, _)| at).find(|at| has_markdown_extension(&text[..*at]));
        let (path, anchor) = match cut {
            Some(at) => (&text[..at], Some(text[at + 1..].to_owned())),
            None => (text.as_str(), None),
        };
        if !has_markdown_extension(path) {
            return Err(format!(
                "{text:?} is no page: expected its file, as in `Folder/Page.md` or `Folder/Page.md#anchor`"
            ));
        }
        Ok(Self { path: path.to_owned(), anchors: anchor.into_iter().collect(), grade })
    }
}

/// How a golden set is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A line a query: the query, a tab, its pages with `|` between, and if wanted a tab and a kind.
    Tsv,
    /// `[[query]]` tables with `q`, `expect`, and if wanted `kind` and `lang`.
    Toml,
}

impl Format {
    /// By the file's name; none where it ends neither as `.tsv` nor as `.toml`.
    pub fn of(file_name: &str) -> Option<Self> {
        let (_, extension) = file_name.rsplit_once('.')?;
        [("tsv", Self::Tsv), ("toml", Self::Toml)]
            .into_iter()
            .find(|(known, _)| extension.eq_ignore_ascii_case(known))
            .map(|(_, format)| format)
    }
}

/// Something that is wrong with a golden set. What it quotes of the file is escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Everything that is wrong with a golden set, by line; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct GoldenErrors(
    /// At least one.
    pub Vec<Problem>,
);

impl fmt::Display for GoldenErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Problem { line, message }) in self.0.iter().enumerate() {
            let line_break = if at > 0 { "\n" } else { "" };
            write!(f, "{line_break}line {line}: {message}")?;
        }
        Ok(())
    }
}

impl Golden {
    /// Reads a golden set.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, with lines: what cannot be read, unknown keys, what is no page, empty and overlong
    /// queries, a page with two grades, and a set without a query.
    pub fn read(text: &str, format: Format) -> Result<Self, GoldenErrors> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut problems = Vec::new();
        let queries = match format {
            Format::Tsv => tsv_file::read(text, &mut problems),
            Format::Toml => toml_file::read(text, &mut problems),
        };
        if queries.is_empty() && problems.is_empty() {
            problems.push(Problem { line: 1, message: "there is no query in it".to_owned() });
        }
        problems.sort_by_key(|problem| problem.line);
        if problems.is_empty() { Ok(Self { queries }) } else { Err(GoldenErrors(problems)) }
    }
}

/// A query as written, before its parts are put together.
struct Draft {
    line: usize,
    q: String,
    kind: Option<String>,
    lang: Option<String>,
    expected: Vec<Expected>,
}

impl Draft {
    /// The query, or what is wrong with it as a whole.
    fn finish(self) -> Result<GoldenQuery, Problem> {
        let Self { line, q, kind, lang, expected } = self;
        let problem = |message: String| Err(Problem { line, message });
        if q.trim().is_empty() {
            return problem("the query is empty".to_owned());
        }
        if q.len() > MAX_QUERY_BYTES {
            return problem(format!(
                "the query has {} bytes, more than the {MAX_QUERY_BYTES} that may be asked",
                q.len()
            ));
        }
        if expected.is_empty() {
            return problem("no page is expected".to_owned());
        }
        let mut merged: Vec<Expected> = Vec::with_capacity(expected.len());
        for page in expected {
            match merged.iter_mut().find(|other| other.path == page.path) {
                None => merged.push(page),
                Some(other) if other.grade != page.grade => {
                    return problem(format!("{:?} is expected with two grades", page.path));
                }
                // One of them without an anchor takes any section.
                Some(other) if other.anchors.is_empty() || page.anchors.is_empty() => other.anchors.clear(),
                Some(other) => other.anchors.extend(page.anchors),
            }
        }
        let kind = kind.filter(|kind| !kind.trim().is_empty());
        let kind = kind.map_or_else(|| NO_KIND.to_owned(), |kind| kind.trim().to_owned());
        Ok(GoldenQuery { line, q, kind, lang, expected: merged })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_anchors() {
        for (text, path, anchor) in [
            ("a.md", "a.md", None),
            (" A/B.markdown#um-dois ", "A/B.markdown", Some("um-dois")),
            ("C#.md", "C#.md", None),
            ("C#/F#.md#x#y", "C#/F#.md", Some("x#y")),
            ("a.md#", "a.md", Some("")),
            ("Configurac\u{327}a\u{303}o.md#c\u{327}", "Configuração.md", Some("ç")),
        ] {
            let expected = Expected::read(text, 1).expect(text);
            assert_eq!(
                (expected.path.as_str(), expected.anchors.first().map(String::as_str)),
                (path, anchor),
                "{text}"
            );
        }
        for wrong in ["", "Financeiro/PIX", "/pt-br/Financeiro/PIX#x", "a.md.txt", "#a"] {
            assert!(Expected::read(wrong, 1).is_err(), "{wrong}");
        }
    }

    #[test]
    fn formats_by_name() {
        assert_eq!(Format::of("a/golden.TSV"), Some(Format::Tsv));
        assert_eq!(Format::of("golden.toml"), Some(Format::Toml));
        for wrong in ["golden", "golden.csv", "toml", "golden.tsv.bak"] {
            assert_eq!(Format::of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_page_named_twice_counts_once() {
        let read = |text: &str| Golden::read(text, Format::Tsv).map(|golden| golden.queries[0].expected.clone());
        let two = read("q\ta.md#x | a.md#y | b.md").expect("a good line");
        assert_eq!(two.len(), 2);
        assert_eq!(two[0].anchors, ["x", "y"]);
        assert!(read("q\ta.md#x|a.md").expect("a good line")[0].anchors.is_empty(), "any section will do");
    }

    #[test]
    fn a_set_without_queries_is_an_error() {
        for (text, format) in [("", Format::Tsv), ("# only a comment\n\n", Format::Tsv), ("", Format::Toml)] {
            assert!(Golden::read(text, format).is_err(), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_set_or_has_problems(text in "(\\PC|[\\t\\n\"=\\[\\]]){0,200}") {
            for format in [Format::Tsv, Format::Toml] {
                match Golden::read(&text, format) {
                    Ok(golden) => assert!(golden.queries.iter().all(|query| !query.expected.is_empty())),
                    Err(errors) => assert!(!errors.0.is_empty() && errors.0.iter().all(|problem| problem.line > 0)),
                }
            }
        }
    }
}
