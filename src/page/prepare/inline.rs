//! What is rewritten within a line: comments and targets that Markdown would misread. Inline code stays.

use std::ops::Range;

/// How many bytes a statement, a comment or a tag may run over.
pub(super) const REACH: usize = 16 * 1024;

/// How many bytes the target of a link may run over.
const TARGET_REACH: usize = 1024;

/// The line with what Markdown would misread written in its way.
pub(super) fn rewrite(line: &str) -> Option<String> {
    let commented = html_comments(line);
    targets(commented.as_deref().unwrap_or(line)).or(commented)
}

/// `{/* x */}` as an HTML comment around it, before emphasis takes the asterisks.
fn html_comments(line: &str) -> Option<String> {
    let mut start = line.find("{/*")?;
    let code = code_spans(line);
    let (mut out, mut at) = (String::with_capacity(line.len() + 16), 0);
    while let Some(end) = line[start..].find("*/}") {
        let end = start + end + 3;
        let comment = &line[start..end];
        out.push_str(&line[at..start]);
        at = end;
        if is_within(&code, start) {
            at = start + 1;
            out.push('{');
        } else if !comment.contains("--") {
            out.push_str("<!--");
            out.push_str(comment);
            out.push_str("-->");
        }
        let Some(next) = line[at..].find("{/*") else {
            break;
        };
        start = at + next;
    }
    out.push_str(&line[at..]);
    Some(out)
}

/// Targets of links in a shape that Markdown cannot read: `](x =100x50)`, `]({{< ref "x" >}})`.
fn targets(line: &str) -> Option<String> {
    if !line.contains("](") || !(line.contains(" =") || line.contains("]({")) {
        return None;
    }
    let code = code_spans(line);
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(found) = rest.find("](") {
        let at = line.len() - rest.len() + found + 2;
        out.push_str(&rest[..found + 2]);
        rest = &rest[found + 2..];
        let reach = first_bytes(rest, TARGET_REACH);
        if is_within(&code, at) {
            continue;
        }
        let Some(end) = reach.find(')') else { continue };
        let target = &rest[..end];
        if let Some(written) = generated_target(reach) {
            out.push_str(written.0);
            rest = &rest[written.1..];
        } else if let Some((kept, size)) = target.trim_end().rsplit_once(" =")
            && !size.is_empty()
            && size.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'x' | b'%'))
        {
            out.push_str(kept.trim_end());
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    Some(out)
}

/// The target inside `{{< ref "x" >}}`, `{{ '/x' | relative_url }}`, `{% link x %}`, and the length of the whole.
fn generated_target(rest: &str) -> Option<(&str, usize)> {
    let close = if rest.starts_with("{{") {
        "}}"
    } else if rest.starts_with("{%") {
        "%}"
    } else {
        return None;
    };
    // Behind the opening mark: in `{%}` the two share a character.
    let inner = &rest[2..][..rest[2..].find(close)?];
    let quoted = inner.find(['"', '\'']).and_then(|start| {
        let quote = inner.as_bytes()[start] as char;
        let inner = &inner[start + 1..];
        inner.find(quote).map(|end| &inner[..end])
    });
    let linked = || inner.trim().strip_prefix("link ").map(str::trim);
    let target = quoted.or_else(linked).unwrap_or("");
    (!target.contains([' ', '<', '>', '(', ')'])).then_some((target, inner.len() + 4))
}

/// The inline code of a line. Each run of backticks is looked at a bounded number of times.
pub(super) fn code_spans(line: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let bytes = line.as_bytes();
    let mut at = 0;
    while let Some(found) = line[at..].find('`') {
        let start = at + found;
        at = start + bytes[start..].iter().take_while(|&&b| b == b'`').count();
        runs.push(start..at);
    }
    // The last run of each length: an opening run behind it has no end.
    let mut last = std::collections::HashMap::new();
    for (index, run) in runs.iter().enumerate() {
        last.insert(run.len(), index);
    }
    let mut spans = Vec::new();
    let mut index = 0;
    while index < runs.len() {
        let length = runs[index].len();
        if last.get(&length).is_some_and(|&last| last > index)
            && let Some(end) = (index + 1..runs.len()).find(|&end| runs[end].len() == length)
        {
            spans.push(runs[index].start..runs[end].end);
            index = end;
        }
        index += 1;
    }
    spans
}

/// The first [`REACH`] bytes.
pub(super) fn reachable(text: &str) -> &str {
    first_bytes(text, REACH)
}

fn first_bytes(text: &str, count: usize) -> &str {
    let mut end = count.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Whether a position lies within one of the ranges, which are in order.
pub(super) fn is_within(ranges: &[Range<usize>], at: usize) -> bool {
    let next = ranges.partition_point(|range| range.end <= at);
    ranges.get(next).is_some_and(|range| range.contains(&at))
}
