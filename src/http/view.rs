//! The search page as HTML.
//!
//! Its own file because only here is HTML made: every text passes [`Escaped`], every address [`is_safe_href`];
//! `title_html` and snippets come safe from `search` and are the only texts put in as they are.

use std::fmt::{self, Write};

use super::address;
use super::home::{ICON, SCRIPT, STYLE};
use super::html::{Escaped, is_safe_href};
use super::language::Language;
use super::texts::Texts;
use crate::page::Timestamp;
use crate::search::{Hit, SearchRequest, SearchResponse, Sort};

/// The largest `offset` that may be asked for.
const MAX_OFFSET: usize = 10_000;
/// Tags shown with a hit.
const TAGS_SHOWN: usize = 4;

const LENS: &str = r#"<svg class="lens" viewBox="0 0 24 24" width="22" height="22" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" aria-hidden="true"><circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/></svg>"#;

/// What the page shows below the box.
#[derive(Clone, Copy)]
pub(super) enum Outcome<'a> {
    /// Nothing was asked.
    Start,
    /// Results.
    Found(&'a SearchResponse),
    /// What went wrong, in the reader's words, and in detail.
    Failed(&'static str, &'a str),
}

/// The page for one request.
pub(super) struct View<'a> {
    pub(super) texts: &'static Texts,
    pub(super) language: Language,
    pub(super) request: &'a SearchRequest,
    pub(super) outcome: Outcome<'a>,
    /// Pages without the filters, where those leave none.
    pub(super) elsewhere: Option<usize>,
    /// Names this search where clicks are counted: browsers tell of them by `ping`, without a script.
    pub(super) search: Option<String>,
}

impl View<'_> {
    /// Neither words nor filters: a page to start from.
    pub(super) fn asks_nothing(&self) -> bool {
        let asked = self.request;
        asked.q.trim().is_empty()
            && asked.lang.is_none()
            && asked.tags.is_empty()
            && asked.category.is_none()
            && asked.updated_after.is_none()
            && asked.updated_before.is_none()
            && asked.sort == Sort::Relevance
            && asked.offset == 0
    }

    /// The whole page.
    pub(super) fn html(&self) -> String {
        let mut out = String::with_capacity(16 * 1024);
        // Writing to a String cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        let texts = self.texts;
        let query = Escaped(self.request.q.trim());
        let separator = if self.request.q.trim().is_empty() { "" } else { " · " };
        let (style, icon, script, language) = (STYLE.path(), ICON.path(), SCRIPT.path(), self.language.tag());
        let start = matches!(self.outcome, Outcome::Start);
        write!(
            out,
            r#"<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{query}{separator}{title}</title>
<link rel="stylesheet" href="{style}">
<link rel="icon" type="image/svg+xml" href="{icon}">
<link rel="search" type="application/opensearchdescription+xml" title="Achei" href="opensearch.xml">
<script type="module" src="{script}"></script>
</head>
<body class="{class}">
<header class="top">
<a class="brand" href="./"><img src="{icon}" width="32" height="32" alt=""><span>Achei</span></a>
"#,
            title = texts.title,
            class = if start { "start" } else { "results" },
        )?;
        writeln!(out, r#"<p class="tagline">{}</p>"#, texts.tagline)?;
        self.write_form(out, start)?;
        // For the script: what screen readers are told, and what everybody is told where no answer comes.
        writeln!(out, r#"<p class="said" role="status" data-unreachable="{}"></p>"#, texts.unreachable)?;
        out.push_str("</header>\n<main>\n");
        match self.outcome {
            Outcome::Start => self.write_tips(out)?,
            Outcome::Failed(words, detail) => {
                writeln!(
                    out,
                    r#"<section class="empty" role="alert"><h1>{words}</h1><p>{}</p></section>"#,
                    Escaped(detail)
                )?;
            }
            Outcome::Found(found) => self.write_results(out, found)?,
        }
        out.push_str("</main>\n");
        writeln!(
            out,
            r#"<footer><span>Achei {}</span> <a href="opensearch.xml">OpenSearch</a> <a href="openapi.json">API</a></footer>"#,
            env!("CARGO_PKG_VERSION")
        )?;
        out.push_str("</body>\n</html>\n");
        Ok(())
    }

    fn write_form(&self, out: &mut String, start: bool) -> fmt::Result {
        let texts = self.texts;
        let focus = if start { " autofocus" } else { "" };
        write!(
            out,
            r#"<form class="box" role="search" action="./" method="get">
{LENS}
<input type="search" name="q" value="{query}" placeholder="{placeholder}" aria-label="{label}" autocomplete="off" autocapitalize="off" spellcheck="false" dir="auto" enterkeyhint="search"{focus}>
"#,
            query = Escaped(&self.request.q),
            placeholder = texts.placeholder,
            label = texts.label,
        )?;
        for (name, value) in address::filters(self.request) {
            writeln!(out, r#"<input type="hidden" name="{name}" value="{}">"#, Escaped(&value))?;
        }
        if let Some(sort) = address::sort_name(self.request.sort) {
            writeln!(out, r#"<input type="hidden" name="sort" value="{sort}">"#)?;
        }
        writeln!(out, "<button type=\"submit\">{}</button>\n</form>", texts.submit)
    }

    fn write_tips(&self, out: &mut String) -> fmt::Result {
        writeln!(out, r#"<section class="tips"><h1>{}</h1><ul>"#, self.texts.tips_title)?;
        for (typed, does) in self.texts.tips {
            writeln!(out, "<li><code>{}</code><span>{does}</span></li>", Escaped(typed))?;
        }
        out.write_str("</ul></section>\n")
    }

    fn write_results(&self, out: &mut String, found: &SearchResponse) -> fmt::Result {
        let texts = self.texts;
        out.push_str("<div class=\"bar\">\n");
        let total = self.number(found.total);
        let pages = if found.total == 1 { texts.found.0 } else { texts.found.1 };
        write!(out, r#"<h1 class="count"><strong>{total}</strong> {pages}"#)?;
        if self.request.q.trim().is_empty() && self.request.sort == Sort::Relevance {
            write!(out, ", {}", texts.newest)?;
        }
        out.push_str("</h1>\n");
        if found.total > 1 && !self.request.q.trim().is_empty() {
            self.write_sorts(out)?;
        }
        out.push_str("</div>\n");
        self.write_filters(out)?;
        out.push_str("<div class=\"columns\">\n<div class=\"found\">\n");
        self.write_found(out, found)?;
        out.push_str("</div>\n");
        self.write_choices(out, found)?;
        out.write_str("</div>\n")
    }

    fn write_found(&self, out: &mut String, found: &SearchResponse) -> fmt::Result {
        let texts = self.texts;
        if found.relaxed && !found.hits.is_empty() {
            writeln!(out, r#"<p class="note">{}</p>"#, texts.relaxed)?;
        }
        if let Some(better) = &found.did_you_mean {
            let link = self.link(|ask| ask.q.clone_from(better));
            writeln!(
                out,
                r#"<p class="note">{} <a href="{}" dir="auto">{}</a>?</p>"#,
                texts.did_you_mean,
                Escaped(&link),
                Escaped(better)
            )?;
        }
        if found.hits.is_empty() {
            write!(out, r#"<section class="empty"><h2>{}</h2>"#, texts.none_title)?;
            writeln!(out, "<p>{}</p>", texts.none_help)?;
            self.write_everywhere(out)?;
            return out.write_str("</section>\n");
        }
        writeln!(out, r#"<ol class="hits" start="{}">"#, found.offset + 1)?;
        for (place, hit) in (found.offset + 1..).zip(&found.hits) {
            self.write_hit(out, place, hit)?;
        }
        out.push_str("</ol>\n");
        self.write_paging(out, found)
    }

    fn write_hit(&self, out: &mut String, place: usize, hit: &Hit) -> fmt::Result {
        out.push_str("<li class=\"hit\">\n<p class=\"crumbs\" dir=\"auto\">");
        for crumb in &hit.breadcrumbs {
            write!(out, r#"<span dir="auto">{}</span>"#, Escaped(crumb))?;
        }
        out.push_str("</p>\n<h2 dir=\"auto\">");
        let ping = self.search.as_ref().map(|id| format!("click?id={id}&n={place}"));
        write_link(out, &hit.url, &hit.title_html, ping.as_deref())?;
        writeln!(out, "</h2>\n<p class=\"snippet\" dir=\"auto\">{}</p>", hit.snippet)?;
        let mut sections = hit.sections.iter().filter(|section| !section.heading.is_empty()).peekable();
        if sections.peek().is_some() {
            out.push_str("<ul class=\"sections\">\n");
            for section in sections {
                out.push_str("<li dir=\"auto\">");
                write_link(out, &section.url, &Escaped(&section.heading).to_string(), ping.as_deref())?;
                out.push_str("</li>\n");
            }
            out.push_str("</ul>\n");
        }
        let (machine, date) = self.date(hit.updated);
        write!(
            out,
            r#"<p class="meta"><time datetime="{machine}" title="{} {date}">{date}</time>"#,
            self.texts.updated
        )?;
        for tag in hit.tags.iter().take(TAGS_SHOWN) {
            let link = self.link(|ask| {
                if !ask.tags.contains(tag) {
                    ask.tags.push(tag.clone());
                }
            });
            write!(out, r#" <a class="tag" href="{}" rel="nofollow" dir="auto">{}</a>"#, Escaped(&link), Escaped(tag))?;
        }
        out.write_str("</p>\n</li>\n")
    }

    fn write_sorts(&self, out: &mut String) -> fmt::Result {
        let texts = self.texts;
        write!(out, r#"<nav class="sorts" aria-label="{}">"#, texts.sort)?;
        let sorts =
            [(Sort::Relevance, texts.by_relevance), (Sort::Updated, texts.by_date), (Sort::Title, texts.by_title)];
        for (sort, words) in sorts {
            let current = if sort == self.request.sort { r#" aria-current="true""# } else { "" };
            let link = self.link(|ask| ask.sort = sort);
            write!(out, r#"<a href="{}"{current} rel="nofollow">{words}</a>"#, Escaped(&link))?;
        }
        out.write_str("</nav>\n")
    }

    fn write_paging(&self, out: &mut String, found: &SearchResponse) -> fmt::Result {
        let texts = self.texts;
        let last = found.offset + found.hits.len();
        let next = found.offset + found.limit;
        let (earlier, later) = (found.offset > 0, next < found.total && next <= MAX_OFFSET);
        if !earlier && !later {
            return Ok(());
        }
        writeln!(out, r#"<nav class="paging" aria-label="{}">"#, texts.pages)?;
        if earlier {
            let link = self.link(|ask| ask.offset = found.offset.saturating_sub(found.limit));
            writeln!(out, r#"<a rel="prev" href="{}">{}</a>"#, Escaped(&link), texts.previous)?;
        }
        let (from, to, total) = (self.number(found.offset + 1), self.number(last), self.number(found.total));
        writeln!(out, "<span>{from}–{to} {} {total}</span>", texts.of)?;
        if later {
            let link = self.link(|ask| ask.offset = next);
            writeln!(out, r#"<a rel="next" href="{}">{}</a>"#, Escaped(&link), texts.next)?;
        }
        out.write_str("</nav>\n")
    }

    /// The address of this search with a change; another search begins at its first hit.
    pub(super) fn link(&self, change: impl FnOnce(&mut SearchRequest)) -> String {
        let mut asked = SearchRequest { offset: 0, ..self.request.clone() };
        change(&mut asked);
        address::of(&asked)
    }

    /// A number with its thousands parted.
    pub(super) fn number(&self, number: usize) -> String {
        let digits = number.to_string();
        let mut parted = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                parted.push(self.texts.thousands);
            }
            parted.push(digit);
        }
        parted
    }

    /// A date for programs and for people.
    fn date(&self, moment: Timestamp) -> (String, String) {
        let machine: String = moment.to_string().chars().take(10).collect();
        let mut parts = machine.split('-');
        let people = match (self.language, parts.next(), parts.next(), parts.next()) {
            (Language::PtBr | Language::Es, Some(year), Some(month), Some(day)) => {
                format!("{day}/{month}/{year}")
            }
            _ => machine.clone(),
        };
        (machine, people)
    }
}

/// A link to a page of the wiki, or its bare text where the address leads elsewhere than to a web page.
fn write_link(out: &mut String, url: &str, safe_html: &str, ping: Option<&str>) -> fmt::Result {
    if is_safe_href(url) {
        write!(out, r#"<a href="{}""#, Escaped(url))?;
        if let Some(ping) = ping {
            write!(out, r#" ping="{}""#, Escaped(ping))?;
        }
        write!(out, ">{safe_html}</a>")
    } else {
        out.write_str(safe_html)
    }
}
