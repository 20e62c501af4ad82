//! Text as a reader sees it: what is left of directives, shortcodes and noise goes, white space is folded.
//!
//! Its own room because it works on a block's text after Markdown is gone, when inline code is known
//! exactly and cannot be harmed. No place is searched twice for the same mark, so the time is linear.

use std::ops::Range;

use super::{into_nfc, nfc};

/// How far behind its start the end of a tag, a comment or a target may stand, in bytes.
const REACH: usize = 2048;

/// The text of a block: markup left by other dialects goes, white space becomes single blanks, NFC.
/// `code` are the ranges of inline code, in order, which stay as they are.
pub(super) fn block(text: &str, code: &[Range<usize>]) -> String {
    fold(&without_markup(text, code, Keep::Prose))
}

/// The text that a heading's id is made of: as [`block`], but white space and references stay.
pub(super) fn for_slug(text: &str, code: &[Range<usize>]) -> String {
    nfc(without_markup(text, code, Keep::Slug).trim())
}

/// White space and control characters become single blanks, invisible marks go, NFC.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_graphic() {
            out.push(c);
        } else if c.is_whitespace() || c.is_control() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !is_invisible(c) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    into_nfc(out)
}

/// The text of a code block: line breaks and indentation stay.
pub(super) fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        out.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|&c| !is_invisible(c)));
        out.truncate(out.trim_end_matches([' ', '\u{a0}']).len());
        out.push('\n');
    }
    nfc(out.trim_end().trim_start_matches('\n'))
}

/// Characters that part a word for a machine and not for a reader: soft hyphen, zero-width blank and joiner, BOM.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

#[derive(Clone, Copy, PartialEq)]
enum Keep {
    Prose,
    Slug,
}

fn without_markup(text: &str, code: &[Range<usize>], keep: Keep) -> String {
    let mut out = String::with_capacity(text.len());
    let mut ranges = code.iter().peekable();
    let mut at = if keep == Keep::Prose { alert_marker(text, code) } else { 0 };
    let mut ends = Ends { text, found: Vec::new() };
    while at < text.len() {
        while ranges.next_if(|range| range.end <= at).is_some() {}
        let next_code = ranges.peek().map_or(text.len(), |range| range.start.max(at));
        if next_code == at {
            let end = ranges.next().map_or(text.len(), |range| range.end);
            out.push_str(&text[at..end]);
            at = end;
            continue;
        }
        let plain = &text[at..next_code];
        let Some(special) = plain.find(['{', '【', '†', '=', '%', '[', '!', '^', '~', ']']) else {
            out.push_str(plain);
            at = next_code;
            continue;
        };
        out.push_str(&plain[..special]);
        at += special;
        // Markup may hold code (a shortcode's argument), so ends are looked for in the whole text.
        at += markup(&mut ends, at, &mut out, keep).unwrap_or_else(|| {
            let c = text[at..].chars().next().unwrap_or(' ');
            out.push(c);
            c.len_utf8()
        });
    }
    out
}

/// Where the ends of markup stand. What was found is kept, so that openings without an end, however
/// many, cost one search a mark.
struct Ends<'a> {
    text: &'a str,
    found: Vec<(&'static str, usize)>,
}

impl Ends<'_> {
    /// The first `mark` at or behind `from`, within reach.
    fn next(&mut self, from: usize, mark: &'static str) -> Option<usize> {
        let slot = self.found.iter().position(|(known, _)| *known == mark).unwrap_or_else(|| {
            self.found.push((mark, 0));
            self.found.len() - 1
        });
        let found = &mut self.found[slot].1;
        if *found < from || *found == 0 {
            *found = self.text[from..].find(mark).map_or(usize::MAX, |at| from + at);
        }
        (*found - from <= REACH).then_some(*found)
    }
}

/// The length of the markup at `at`, once what a reader sees of it is in `out`.
fn markup(ends: &mut Ends<'_>, at: usize, out: &mut String, keep: Keep) -> Option<usize> {
    let rest = &ends.text[at..];
    let first = rest.as_bytes()[0];
    let end = match first {
        b'{' => braces(ends, at),
        b'^' | b'~' if out.ends_with(char::is_alphanumeric) => script(rest, out).map(|length| at + length),
        _ if keep == Keep::Slug => None,
        b'=' => mark(ends, at, out),
        b'%' if rest.starts_with("%%") => Some(ends.next(at + 2, "%%")? + 2),
        b'[' => footnote(rest).map(|length| at + length),
        b'!' => image(ends, at, out),
        b'^' => block_id(rest, out).then_some(ends.text.len()),
        b']' => target(ends, at),
        _ if rest.starts_with('【') => {
            let end = ends.next(at, "】").filter(|&end| end - at < 128 && ends.text[at..end].contains('†'))?;
            Some(end + '】'.len_utf8())
        }
        _ => source_reference(rest, out).map(|length| at + length),
    };
    end.map(|end| end - at)
}

/// `[!NOTE]` and `[!tip]-` at the start of a block, `[TOC]` alone in one.
fn alert_marker(text: &str, code: &[Range<usize>]) -> usize {
    if code.first().is_some_and(|range| range.start == 0) {
        return 0;
    }
    let start = text.len() - text.trim_start().len();
    let rest = &text[start..];
    if rest.trim().eq_ignore_ascii_case("[toc]") {
        return text.len();
    }
    let Some(inner) = rest.strip_prefix("[!") else {
        return 0;
    };
    let name =
        inner.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'|' | b' ')).count();
    if name == 0 || !inner[name..].starts_with(']') {
        return 0;
    }
    let end = start + 2 + name + 1;
    end + usize::from(text[end..].starts_with(['+', '-']))
}

/// First words in `{{ … }}` that steer a template, where others (`{{ price }}`) stand for a text.
const TEMPLATE_ACTIONS: &[&str] = &["if", "else", "end", "range", "with", "define", "block", "template", "partial"];

/// `{{< x >}}`, `{{% x %}}`, `{% x %}`, `{/* x */}`, `{#id .class key="x"}`.
fn braces(ends: &mut Ends<'_>, at: usize) -> Option<usize> {
    for (open, close) in [("{{<", ">}}"), ("{{%", "%}}"), ("{%", "%}"), ("{/*", "*/}")] {
        if ends.text[at..].starts_with(open) {
            return Some(ends.next(at + open.len(), close)? + close.len());
        }
    }
    if ends.text[..at].ends_with('{') {
        return None;
    }
    if let Some(action) = ends.text[at..].strip_prefix("{{") {
        let word = action.trim_start_matches('-').trim_start();
        let word = word.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
        if TEMPLATE_ACTIONS.contains(&word) {
            return Some(ends.next(at, "}}")? + 2);
        }
    }
    let end = ends.next(at, "}").filter(|&end| end - at < 300)?;
    is_attributes(&ends.text[at + 1..end]).then_some(end + 1)
}

/// Whether what stands between braces are attributes and not text: `#id`, `.class`, `:target=_blank`.
pub(super) fn is_attributes(inner: &str) -> bool {
    let trimmed = inner.trim();
    let inner = trimmed.strip_prefix(':').unwrap_or(trimmed).trim_start();
    let colon = inner.len() < trimmed.len();
    let mut marked = colon;
    if inner.is_empty() {
        return false;
    }
    let name = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'))
    };
    let mut words = inner.split_whitespace();
    let mut in_quotes = false;
    let attributes = words.all(|word| {
        if in_quotes {
            in_quotes = !word.ends_with(['"', '\'']);
            return true;
        }
        if let Some(id) = word.strip_prefix('#') {
            marked = true;
            return name(id);
        }
        if let Some(class) = word.strip_prefix('.') {
            marked = true;
            return class.starts_with(|c: char| c.is_alphabetic() || c == '-') && name(class);
        }
        if let Some((key, value)) = word.split_once('=') {
            let quoted = value.starts_with(['"', '\'']);
            in_quotes = quoted && (value.len() == 1 || !value.ends_with(['"', '\'']));
            let known = ["target", "rel", "width", "height", "style", "loading", "align", "class", "id"].contains(&key);
            return name(key) && (quoted || marked || known || key.starts_with("data-"));
        }
        // kramdown's `{:toc}` and Material's `{ data-search-exclude }`.
        name(word) && (colon || word.starts_with("data-"))
    });
    attributes && !in_quotes
}

/// `==marked==`: the markers go. Comparisons (`a == b`, `a==b`) stay.
fn mark(ends: &mut Ends<'_>, at: usize, out: &mut String) -> Option<usize> {
    let text = ends.text;
    let inner = text[at..].strip_prefix("==")?;
    if out.ends_with(|c: char| c.is_alphanumeric() || c == '=')
        || inner.starts_with(|c: char| c.is_whitespace() || c == '=')
    {
        return None;
    }
    let first = inner.chars().next()?;
    let end = ends.next(at + 2 + first.len_utf8(), "==")?;
    let inner = text.get(at + 2..end)?;
    let after = text[end + 2..].chars().next();
    if inner.ends_with(char::is_whitespace) || after.is_some_and(|c| c.is_alphanumeric() || c == '=') {
        return None;
    }
    out.push_str(inner);
    Some(end + 2)
}

/// `[^1]`, where no footnote of that name exists.
fn footnote(rest: &str) -> Option<usize> {
    let label = rest.strip_prefix("[^")?;
    let end = label.bytes().take(64).take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    (end > 0 && label[end..].starts_with(']')).then_some(end + 3)
}

/// `![alt](x =100x50)`, an image to Wiki.js and to no other parser: the alternative text stays.
fn image(ends: &mut Ends<'_>, at: usize, out: &mut String) -> Option<usize> {
    ends.text[at..].strip_prefix("![")?;
    let alt = ends.next(at + 2, "](")?;
    let end = ends.next(alt + 2, ")")?;
    let text = &ends.text[at + 2..alt];
    let (_, size) = ends.text[alt + 2..end].trim_end().rsplit_once(" =")?;
    if text.contains('[') || !size.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'x' | b'%' | b'p')) {
        return None;
    }
    out.push_str(text);
    Some(end + 1)
}

/// `H~2~O` and `x^2^`: lowered and raised, the marks go.
fn script(rest: &str, out: &mut String) -> Option<usize> {
    let inner = &rest[1..];
    let end = inner.bytes().take(9).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-')).count();
    if !(1..=8).contains(&end) || inner.as_bytes().get(end) != Some(&rest.as_bytes()[0]) {
        return None;
    }
    out.push_str(&inner[..end]);
    Some(end + 2)
}

/// ` ^a1b2c3` at the end of a block: the name that Obsidian links it by.
fn block_id(rest: &str, out: &str) -> bool {
    let id = rest[1..].trim_end();
    let named = (3..=40).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    named && (out.is_empty() || out.ends_with(char::is_whitespace))
}

/// `]({{< ref "x" >}})`: a target that only the wiki's own tool can read.
fn target(ends: &mut Ends<'_>, at: usize) -> Option<usize> {
    let inner = ends.text[at..].strip_prefix("](")?;
    let close = if inner.starts_with("{{") { "}}" } else { "%}" };
    if !inner.starts_with("{{") && !inner.starts_with("{%") {
        return None;
    }
    let end = ends.next(at + 2, close)?;
    Some(ends.next(end, ")")? + 1)
}

/// `Jul:18†source`: noise of generated answers. The word before has been written already and is taken back.
fn source_reference(rest: &str, out: &mut String) -> Option<usize> {
    let after = rest.strip_prefix("†source")?;
    let word = out.trim_end_matches(|c: char| c.is_alphanumeric() || matches!(c, ':' | '_' | '-' | '.')).len();
    out.truncate(word);
    Some(rest.len() - after.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_of_other_dialects_goes() {
        for (text, expected) in [
            ("Atenção ao prazo {.is-warning}", "Atenção ao prazo"),
            ("Veja o manual{:target=\"_blank\" rel=\"noopener\"} hoje", "Veja o manual hoje"),
            ("{: .no_toc .text-delta }", ""),
            ("Aviso {.nota lang=en}", "Aviso"),
            ("{:toc}", ""),
            ("use {nome} e {a, b} e {{ valor }}", "use {nome} e {a, b} e {{ valor }}"),
            ("{#if x} {x=1}", "{#if x} {x=1}"),
            ("a {{< nota cor=\"azul\" >}}b{{< /nota >}} c", "a b c"),
            ("{{% alerta %}}Cuidado{{% /alerta %}}", "Cuidado"),
            ("{% include x.html %}fim", "fim"),
            ("{{ if .Plano }}um {{ .Preço }}{{- end -}} fim", "um {{ .Preço }} fim"),
            ("x{/* nada */}y", "xy"),
            ("um ==trecho importante== aqui", "um trecho importante aqui"),
            ("a == b, a==b e c==d", "a == b, a==b e c==d"),
            ("antes %%segredo%% depois", "antes depois"),
            ("100% de 50%", "100% de 50%"),
            ("fato【4:0†source】 e outro Jul:18†source.", "fato e outro ."),
            ("【aviso】 fica", "【aviso】 fica"),
            ("nota[^1] e [^abc]", "nota e"),
            ("[^0-9]", "[^0-9]"),
            ("[!NOTE] Título", "Título"),
            ("[!dica]- Dobrado", "Dobrado"),
            ("[TOC]", ""),
            ("![planta](x.png =100x50) ok", "planta ok"),
            ("parágrafo citado ^a1b2c3", "parágrafo citado"),
            ("2^10 e 3^5, x ^ y, ~5 a ~6", "2^10 e 3^5, x ^ y, ~5 a ~6"),
            ("x^2^ e H~2~O", "x2 e H2O"),
            ("a\u{ad}b\u{200b}c \n\t d\u{1b}[0m\u{a0}e", "abc d [0m e"),
            ("cafe\u{301}", "café"),
            ("{", "{"),
            ("{{<", "{{<"),
            ("==", "=="),
            ("", ""),
        ] {
            assert_eq!(block(text, &[]), expected, "{text}");
        }
    }

    #[test]
    fn code_is_never_harmed() {
        let text = "use {.classe} e ==x== assim {.classe}";
        assert_eq!(block(text, &[4..13, 16..21]), "use {.classe} e ==x== assim");
        let whole = 0..7;
        assert_eq!(block("[!NOTE]", std::slice::from_ref(&whole)), "[!NOTE]");
        assert_eq!(code("\n  a\u{ad} = {.x}  \n\tb\n\n"), "  a = {.x}\n b");
    }

    #[test]
    fn hostile_text_is_linear() {
        for text in [
            "{".repeat(200_000),
            "==x".repeat(100_000),
            "![".repeat(100_000),
            "%%".repeat(99_999),
            "](".repeat(100_000),
        ] {
            assert!(!block(&text, &[]).is_empty() || text.starts_with('%'));
        }
    }
}
