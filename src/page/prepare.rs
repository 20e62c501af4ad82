//! Lines that other tools than a Markdown parser understand, taken out before it runs.
//!
//! Its own room because these (directives, MDX, shortcodes alone on a line) change the block structure,
//! so they cannot wait until the text is known. Two invariants: the number of lines stays, so that a line
//! number means the line of the file; and nothing inside a fence is touched.

use std::fmt::Write as _;

use inline::{REACH, code_spans, is_within, reachable, rewrite};
use jsx::{Tag, may_hold_tag, shown_code};

mod inline;
mod jsx;

/// `body` with the same number of lines, fit for a Markdown parser.
pub(super) fn prepare(body: &str) -> String {
    let mut pass = Pass {
        body,
        at: 0,
        out: String::with_capacity(body.len()),
        fence: None,
        dedent: Vec::new(),
        after_blank: true,
        budget: body.len().saturating_mul(16).saturating_add(1 << 20),
    };
    while pass.at < body.len() {
        pass.line();
    }
    pass.out
}

/// A component's code is kept in its list item by so many blanks at most before each of its lines.
const MAX_MARGIN: usize = 32;

struct Pass<'a> {
    body: &'a str,
    /// Where the next line starts.
    at: usize,
    out: String,
    /// The open fence: its character and length.
    fence: Option<(u8, usize)>,
    /// Indentation of the open admonitions, whose content is indented by four more.
    dedent: Vec<usize>,
    /// The line before was blank or has been taken out.
    after_blank: bool,
    /// How many bytes may still be looked at ahead of the line: starts without an end would otherwise
    /// cost quadratic time.
    budget: usize,
}

impl<'a> Pass<'a> {
    fn line(&mut self) {
        let whole = self.current();
        let line = self.dedented(whole);
        let text = line.trim_start();
        if self.in_fence(text) {
            self.keep(line);
            return;
        }
        if text.is_empty() {
            self.keep(line);
            self.after_blank = true;
            return;
        }
        if self.statement(whole) || self.comment_lines(text) || self.shortcode_lines(text) || self.directive(line) {
            self.after_blank = true;
            return;
        }
        self.after_blank = false;
        if may_hold_tag(text) {
            self.tags(line);
            return;
        }
        let rewritten = rewrite(line);
        self.keep(rewritten.as_deref().unwrap_or(line));
    }

    /// The line at `at`, without its line break.
    fn current(&self) -> &'a str {
        let rest = &self.body[self.at..];
        &rest[..rest.find('\n').unwrap_or(rest.len())]
    }

    /// Writes `text` for the line at `at`, and goes on to the next.
    fn keep(&mut self, text: &str) {
        self.out.push_str(text);
        self.at += self.current().len();
        if self.at < self.body.len() {
            self.out.push('\n');
            self.at += 1;
        }
    }

    /// Writes blank lines up to `end`, and what stands on its line behind it.
    fn blank_to(&mut self, end: usize) {
        self.budget = self.budget.saturating_add(REACH);
        while self.at + self.current().len() < end {
            self.keep("");
        }
        let rest = &self.current()[end - self.at..];
        self.keep(rest);
    }

    /// Writes the lines of `text` for those up to `end`, of which there are as many, and what stands behind `end`.
    fn replace_to(&mut self, end: usize, text: &str) {
        self.budget = self.budget.saturating_add(REACH);
        let mut lines = text.split('\n').peekable();
        while let Some(line) = lines.next() {
            if lines.peek().is_some() {
                self.keep(line);
            } else {
                let rest = self.current().get(end.saturating_sub(self.at)..).unwrap_or("");
                self.keep(&format!("{line}{rest}"));
            }
        }
    }

    /// The start of what lies ahead. It costs budget, which comes back when lines are taken out.
    fn ahead(&mut self) -> &'a str {
        if self.budget == 0 {
            return "";
        }
        self.budget = self.budget.saturating_sub(REACH);
        reachable(&self.body[self.at..])
    }

    /// The line as it stands within the admonitions that are open here.
    fn dedented(&mut self, line: &'a str) -> &'a str {
        if self.dedent.is_empty() || line.trim().is_empty() {
            return line;
        }
        let indent = indent(line);
        if self.fence.is_none() {
            while self.dedent.last().is_some_and(|&outer| indent < outer + 4) {
                self.dedent.pop();
            }
        }
        let content = self.dedent.len() * 4;
        if line.starts_with('\t') { line.trim_start_matches('\t') } else { &line[content.min(indent)..] }
    }

    /// Whether the line opens, continues or closes a fence.
    fn in_fence(&mut self, text: &str) -> bool {
        // Fences also stand in quotations and behind list markers.
        let text = text.trim_start_matches(['>', ' ', '\t']);
        let text = list_item(text).unwrap_or(text);
        let Some(&mark @ (b'`' | b'~')) = text.as_bytes().first() else {
            return self.fence.is_some();
        };
        let run = text.bytes().take_while(|&b| b == mark).count();
        match self.fence {
            Some((open, length)) => {
                if mark == open && run >= length && text[run..].trim().is_empty() {
                    self.fence = None;
                }
                true
            }
            None if run >= 3 && !(mark == b'`' && text[run..].contains('`')) => {
                self.fence = Some((mark, run));
                true
            }
            None => false,
        }
    }

    /// MDX: `import x from 'y'`, `export const x = {…}`, at the start of a paragraph.
    fn statement(&mut self, line: &str) -> bool {
        if !self.after_blank {
            return false;
        }
        let end = if let Some(rest) = line.strip_prefix("import ") {
            import_end(self.ahead(), rest.trim_start())
        } else if let Some(rest) = line.strip_prefix("export ") {
            let declares = ["const ", "let ", "var ", "function ", "async ", "class ", "default ", "{", "* "];
            declares.iter().any(|word| rest.starts_with(word)).then(|| balanced_end(self.ahead())).flatten()
        } else {
            None
        };
        end.map(|end| self.blank_to(self.at + end)).is_some()
    }

    /// `{/* … */}` over several lines, `%%` alone on a line up to the next.
    fn comment_lines(&mut self, text: &str) -> bool {
        if text.starts_with("{/*") && !text.contains("*/}") {
            return self.ahead().find("*/}").map(|end| self.blank_to(self.at + end + 3)).is_some();
        }
        if text.trim_end() == "%%" {
            let start = self.current().len();
            let end = self.ahead().get(start..).and_then(|below| below.find("\n%%"));
            return end.map(|end| self.blank_to(self.at + start + end + 3)).is_some();
        }
        false
    }

    /// `{{< x >}}`, `{{% x %}}`, `{% x %}` that fill their lines.
    fn shortcode_lines(&mut self, text: &str) -> bool {
        let close = match text.as_bytes() {
            [b'{', b'{', b'<', ..] => ">}}",
            [b'{', b'{', b'%', ..] => "%}}",
            [b'{', b'%', ..] => "%}",
            _ => {
                return text.starts_with("--8<--") && !text[6..].trim().is_empty() && {
                    self.keep("");
                    true
                };
            }
        };
        let line = self.current();
        let ahead = if line.contains(close) { line } else { self.ahead() };
        let Some(end) = ahead.find(close).map(|end| end + close.len()) else {
            return false;
        };
        let line_rest = ahead[end..].split('\n').next().unwrap_or("");
        if !line_rest.trim().is_empty() || ahead[..end].contains("\n\n") {
            return false;
        }
        self.blank_to(self.at + end + line_rest.len());
        true
    }

    /// `:::note Title`, `!!! note "Title"`, `??? note`, `=== "Tab"`, `*[X]: meaning`: the title stays.
    fn directive(&mut self, line: &'a str) -> bool {
        let text = line.trim_start();
        let margin = &line[..line.len() - text.len()];
        let title;
        if text.starts_with(":::") {
            title = container_title(text.trim_start_matches(':').trim());
        } else if let Some(rest) = ["!!! ", "???+ ", "??? ", "=== \""].iter().find_map(|mark| text.strip_prefix(mark)) {
            let tab = text.starts_with('=');
            if !tab && !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
                return false;
            }
            let quoted = if tab { rest } else { rest.find('"').map_or("", |start| &rest[start + 1..]) };
            title = quoted[..quoted.rfind('"').unwrap_or(0)].to_owned();
            if self.dedent.len() < 64 {
                self.dedent.push(indent(line) + self.dedent.len() * 4);
            }
        } else if let Some((term, meaning)) = text.strip_prefix("*[").and_then(|rest| rest.split_once("]: ")) {
            title = format!("{term}: {meaning}");
        } else {
            return false;
        }
        let line = format!("{margin}{title}");
        self.keep(if title.is_empty() { "" } else { &line });
        true
    }

    /// JSX tags, and HTML tags with JSX expressions, which no Markdown parser takes for HTML.
    fn tags(&mut self, line: &'a str) {
        let code = code_spans(line);
        let line_start = self.at + self.current().len() - line.len();
        let mut kept = String::with_capacity(line.len());
        let mut at = 0;
        while let Some(found) = line[at..].find('<') {
            let start = at + found;
            kept.push_str(&line[at..start]);
            at = start + 1;
            // Only a tag that opens its line may go on below it.
            let opens = line[..start].trim_start().is_empty();
            let offset = line_start + start;
            let source = if opens { &self.body[offset..] } else { &line[start..] };
            let source = reachable(source);
            let plain = is_within(&code, start) || line[..start].ends_with("{{");
            let tag = if plain || self.budget == 0 { None } else { Tag::read(source) };
            let Some(tag) = tag.filter(Tag::is_foreign) else {
                self.budget = self.budget.saturating_sub(source.len());
                kept.push('<');
                continue;
            };
            if let Some(alt) = tag.alt {
                let _ = write!(kept, "![{}]()", alt.replace(['[', ']', '\n'], " "));
            }
            if let Some(code) = &tag.code {
                let margin = if opens && start <= MAX_MARGIN { &line[..start] } else { "" };
                let shown = shown_code(&source[code.clone()], opens, margin);
                if start + tag.length > line.len() {
                    let before = source[..code.start].matches('\n').count();
                    let after = source[code.end..tag.length].matches('\n').count();
                    let shown = format!("{kept}{}{}{}", "\n".repeat(before), shown, "\n".repeat(after));
                    self.replace_to(offset + tag.length, &shown);
                    return;
                }
                kept.push_str(&shown);
            }
            if start + tag.length > line.len() {
                // The rest of the last line stands where that line stood.
                let end = offset + tag.length;
                let kept = kept.trim_end().to_owned();
                self.keep(&kept);
                self.blank_to(end);
                return;
            }
            at = start + tag.length;
        }
        kept.push_str(&line[at..]);
        if kept.trim().is_empty() {
            self.after_blank = true;
            kept.clear();
        }
        let rewritten = rewrite(&kept);
        self.keep(rewritten.as_deref().unwrap_or(&kept));
    }
}

fn indent(line: &str) -> usize {
    line.bytes().take_while(|&b| b == b' ').count()
}

/// What stands behind a list marker.
fn list_item(text: &str) -> Option<&str> {
    let marker = match text.as_bytes().first()? {
        b'-' | b'*' | b'+' => 1,
        b'0'..=b'9' => {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            matches!(text.as_bytes().get(digits), Some(b'.' | b')')).then_some(digits + 1)?
        }
        _ => return None,
    };
    text[marker..].starts_with([' ', '\t']).then(|| text[marker..].trim_start())
}

/// `rest` is what follows `import ` on the first of the lines `ahead`.
fn import_end(ahead: &str, rest: &str) -> Option<usize> {
    if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '{' | '*' | '_' | '$' | '"' | '\'')) {
        return None;
    }
    let mut end = 0;
    for line in ahead.split_inclusive('\n') {
        let first = end == 0;
        end += line.len();
        let line = line.trim_end();
        let code = line.trim_end_matches(';');
        let quoted = code.ends_with(['"', '\'']);
        if quoted && (code.contains("from ") || code.contains("from'") || (first && rest.starts_with(['"', '\'']))) {
            return Some(end - usize::from(ahead[..end].ends_with('\n')));
        }
        if line.is_empty() || (first && !rest.contains('{')) {
            return None;
        }
    }
    None
}

/// The end of the line in which all brackets are closed.
fn balanced_end(ahead: &str) -> Option<usize> {
    let (mut depth, mut end) = (0_i32, 0);
    for line in ahead.split_inclusive('\n') {
        for b in line.bytes() {
            match b {
                b'{' | b'(' | b'[' => depth += 1,
                b'}' | b')' | b']' => depth -= 1,
                _ => {}
            }
        }
        end += line.len();
        if depth <= 0 {
            return Some(end - usize::from(ahead[..end].ends_with('\n')));
        }
    }
    None
}

/// The title of `:::name`, `:::name[Title]{#id}`, `::: name Title`, `::: {.name}`.
fn container_title(rest: &str) -> String {
    let rest = match rest.split_once('{') {
        Some((before, attributes)) if attributes.ends_with('}') => before.trim_end(),
        _ => rest,
    };
    let name = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(rest.len());
    let title = rest[name..].trim();
    let title = title.strip_prefix('[').map_or(title, |inner| inner.strip_suffix(']').unwrap_or(inner));
    if name == 0 { rest.to_owned() } else { title.trim_matches('"').to_owned() }
}

#[cfg(test)]
mod tests;
