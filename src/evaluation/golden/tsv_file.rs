//! Golden queries as lines with tabs: what spreadsheets and shell tools write.

use super::{Draft, Expected, GoldenQuery, Problem};

/// The queries of a text; what is wrong goes to `problems`.
pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> Vec<GoldenQuery> {
    let mut queries = Vec::new();
    for (line, row) in (1..).zip(text.lines()) {
        if row.trim().is_empty() || is_comment(row) {
            continue;
        }
        match read_row(line, row) {
            Ok(query) => queries.push(query),
            Err(message) => problems.push(Problem { line, message }),
        }
    }
    queries
}

/// `#48213` is a query: a comment has a blank after its `#`.
fn is_comment(row: &str) -> bool {
    row.strip_prefix('#').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '#']))
}

fn read_row(line: usize, row: &str) -> Result<GoldenQuery, String> {
    let mut columns = row.split('\t');
    let (Some(q), Some(pages)) = (columns.next(), columns.next()) else {
        return Err("expected a query, a tab and a page (a comment begins with `# `)".to_owned());
    };
    let kind = columns.next().map(str::to_owned);
    if columns.next().is_some() {
        return Err("expected at most three columns: query, pages, kind".to_owned());
    }
    let expected = pages.split('|').map(|page| Expected::read(page, 1)).collect::<Result<_, _>>()?;
    Draft { line, q: q.to_owned(), kind, lang: None, expected }.finish().map_err(|problem| problem.message)
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Golden};

    #[test]
    fn lines_comments_and_kinds() {
        let text = "# a comment\n#\n\n#48213\tA.md\tcode\r\nsegunda via \tB.md#x|C.md\nvpn\tD.md\t \n";
        let golden = Golden::read(text, Format::Tsv).expect("a good file");
        let shown: Vec<_> = golden
            .queries
            .iter()
            .map(|query| (query.line, query.q.as_str(), query.kind.as_str(), query.expected.len()))
            .collect();
        assert_eq!(shown, [(4, "#48213", "code", 1), (5, "segunda via ", "query", 2), (6, "vpn", "query", 1)]);
    }

    #[test]
    fn every_bad_line_is_named() {
        let text = "vpn\n\tA.md\nvpn\tA\nvpn\tA.md\tb\tc\nvpn\tA.md\nvpn\t\n";
        let errors = Golden::read(text, Format::Tsv).expect_err("a bad file").0;
        assert_eq!(errors.iter().map(|problem| problem.line).collect::<Vec<_>>(), [1, 2, 3, 4, 6], "{errors:?}");
        let long = format!("{}\tA.md", "a".repeat(513));
        assert!(Golden::read(&long, Format::Tsv).is_err());
    }
}
