//! Golden queries as TOML: the form with a language and with grades.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Draft, Expected, GoldenQuery, Problem};

/// What a `[[query]]` may say.
const QUERY_KEYS: &[&str] = &["q", "expect", "kind", "lang"];
/// What a page of `expect` may say.
const PAGE_KEYS: &[&str] = &["page", "grade"];

/// The queries of a text; what is wrong goes to `problems`. After a syntax error the lines that could be read are
/// still looked at.
pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> Vec<GoldenQuery> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { text, problems: Vec::new() };
    let mut queries = Vec::new();
    for (key, value) in document.get_ref() {
        let name = key.get_ref().as_ref();
        match value.get_ref().as_array() {
            _ if name != "query" => reader.unknown(key.span().start, name, &["query"]),
            Some(tables) => queries.extend(tables.iter().filter_map(|table| reader.query(table))),
            None => reader.problem(key.span().start, "`query`: expected tables, each headed `[[query]]`".to_owned()),
        }
    }
    let mut broken: Vec<Problem> = Vec::new();
    for error in errors {
        let line = reader.line(error.span().map_or(0, |span| span.start));
        broken.push(Problem { line, message: format!("invalid TOML: {}", error.message().escape_debug()) });
    }
    // What follows from a syntax error is said by the error.
    reader.problems.retain(|problem| broken.iter().all(|other| other.line != problem.line));
    problems.append(&mut reader.problems);
    problems.append(&mut broken);
    queries
}

/// Takes a document apart, and notes what is wrong.
struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn line(&self, offset: usize) -> usize {
        1 + self.text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count()
    }

    fn problem(&mut self, at: usize, message: String) {
        let line = self.line(at);
        self.problems.push(Problem { line, message });
    }

    /// Names the nearest known key.
    fn unknown(&mut self, at: usize, name: &str, known: &[&str]) {
        let likeness = |key: &str| strsim::jaro_winkler(&name.to_lowercase(), key);
        let nearest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let nearest = nearest.map_or_else(String::new, |key| format!(": the nearest known one is `{key}`"));
        self.problem(at, format!("unknown key `{}`{nearest}", name.escape_debug()));
    }

    fn query(&mut self, table: &Spanned<DeValue<'_>>) -> Option<GoldenQuery> {
        let at = table.span().start;
        let before = self.problems.len();
        let Some(keys) = table.get_ref().as_table() else {
            self.problem(at, "expected a table with `q` and `expect`".to_owned());
            return None;
        };
        let mut draft = Draft { line: self.line(at), q: String::new(), kind: None, lang: None, expected: Vec::new() };
        for (key, value) in keys {
            match key.get_ref().as_ref() {
                "q" => draft.q = self.text_of("q", value).unwrap_or_default(),
                "expect" => draft.expected = self.pages(value),
                "kind" => draft.kind = self.text_of("kind", value),
                "lang" => draft.lang = self.text_of("lang", value),
                unknown => self.unknown(key.span().start, unknown, QUERY_KEYS),
            }
        }
        for required in ["q", "expect"] {
            if !keys.iter().any(|(key, _)| key.get_ref() == required) {
                self.problem(at, format!("`{required}` is missing"));
            }
        }
        // A query that is wrong in a part says nothing more as a whole.
        if self.problems.len() > before {
            return None;
        }
        draft.finish().map_err(|problem| self.problems.push(problem)).ok()
    }

    fn text_of(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.problem(value.span().start, format!("`{key}`: expected a text in quotes"));
        }
        text
    }

    fn pages(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Expected> {
        match value.get_ref().as_array() {
            Some(list) => list.iter().filter_map(|page| self.page(page)).collect(),
            None => self.page(value).into_iter().collect(),
        }
    }

    /// `"path#anchor"`, or `{ page = "path#anchor", grade = 3 }`.
    fn page(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Expected> {
        let at = value.span().start;
        let (page, grade) = match value.get_ref() {
            DeValue::String(page) => (page.to_string(), 1),
            DeValue::Table(keys) => {
                let (mut page, mut grade) = (None, Some(1));
                for (key, value) in keys {
                    match key.get_ref().as_ref() {
                        "page" => page = self.text_of("page", value),
                        "grade" => grade = self.grade(value),
                        unknown => self.unknown(key.span().start, unknown, PAGE_KEYS),
                    }
                }
                if !keys.iter().any(|(key, _)| key.get_ref() == "page") {
                    self.problem(at, "`page` is missing".to_owned());
                }
                (page?, grade?)
            }
            _ => {
                self.problem(at, "`expect`: expected a page in quotes, or a list of pages".to_owned());
                return None;
            }
        };
        Expected::read(&page, grade).map_err(|message| self.problem(at, message)).ok()
    }

    fn grade(&mut self, value: &Spanned<DeValue<'_>>) -> Option<u8> {
        let written = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
        let grade = written.filter(|grade| (1..=Expected::MAX_GRADE).contains(grade));
        if grade.is_none() {
            let message = format!("`grade`: expected a whole number from 1 to {}", Expected::MAX_GRADE);
            self.problem(value.span().start, message);
        }
        grade
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Expected, Format, Golden};

    #[test]
    fn every_form_of_a_query() {
        let text = "# a comment\n[[query]]\nq = \"segunda via\"\nexpect = \"A.md#x\"\n\n[[query]]\nq = '#48213'\n\
                    kind = \"code\"\nlang = \"pt\"\nexpect = [\"B.md\", { page = \"C.md\", grade = 3 }]\n";
        let golden = Golden::read(text, Format::Toml).expect("a good file");
        assert_eq!(golden.queries[0].expected, [Expected { path: "A.md".into(), anchors: vec!["x".into()], grade: 1 }]);
        let second = &golden.queries[1];
        assert_eq!((second.line, second.q.as_str(), second.kind.as_str()), (6, "#48213", "code"));
        assert_eq!(second.lang.as_deref(), Some("pt"));
        assert_eq!(second.expected.iter().map(|page| page.grade).collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn every_problem_with_its_line_and_the_nearest_key() {
        let text = "[[query]]\nq = \"a\"\nexpects = \"A.md\"\n[[query]]\nq = 5\nexpect = [\"A\", 7, { page = \"B.md\", \
                    grade = 0 }, { grad = 1 }]\n[[querys]]\n[[query]]\nexpect = \"A.md\"\n";
        let errors = Golden::read(text, Format::Toml).expect_err("a bad file");
        let shown = errors.to_string();
        for part in [
            "line 3: unknown key `expects`: the nearest known one is `expect`",
            "line 1: `expect` is missing",
            "line 5: `q`",
            "line 6: \"A\" is no page",
            "line 6: `expect`: expected a page",
            "line 6: `grade`: expected a whole number",
            "unknown key `grad`: the nearest known one is `grade`",
            "line 7: unknown key `querys`",
            "line 8: `q` is missing",
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        assert!(errors.0.is_sorted_by_key(|problem| problem.line));
    }

    #[test]
    fn other_shapes_are_refused() {
        for text in
            ["query = 1", "[query]\nq = \"a\"", "[[query]]\nq = \"a\"\nexpect = []", "[[query]\nq = ", "q = \"a\""]
        {
            assert!(Golden::read(text, Format::Toml).is_err(), "{text}");
        }
        let two = "[[query]]\nq = \"a\"\nexpect = [\"A.md\", { page = \"A.md\", grade = 2 }]";
        assert!(Golden::read(two, Format::Toml).expect_err("two grades").to_string().contains("two grades"));
    }
}
