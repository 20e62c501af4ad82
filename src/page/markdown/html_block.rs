//! Raw HTML in a body: what its tags mean for headings, blocks and links.
//!
//! Apart from the events because a tag is not balanced: what a block leaves open ends with it.

use super::attributes::is_id;
use super::{MAX_EVENTS, OpenHeading, Reader};
use crate::page::html::{self, Piece};
use crate::page::link::Href;

impl Reader<'_> {
    /// A tag within a paragraph, a cell or a heading.
    pub(super) fn inline_html(&mut self, html: &str) {
        // `{{<note>}}` is a shortcode, whose end takes it out.
        if self.inline.text.ends_with("{{") {
            self.text(html, false);
            return;
        }
        let bytes = html.as_bytes();
        let closes = bytes.get(1) == Some(&b'/');
        let name = &html[html.len().min(1 + usize::from(closes))..];
        if ["script", "style"]
            .iter()
            .any(|hidden| name.get(..hidden.len()).is_some_and(|name| name.eq_ignore_ascii_case(hidden)))
        {
            self.hidden = !closes;
            return;
        }
        for piece in html::pieces(html) {
            match piece {
                Piece::Text(text) => self.text(&html::decode(text), false),
                Piece::Open(name, attributes) => {
                    self.element(name, attributes, false);
                    // A break parts words for a reader; ids are made without it.
                    if name.eq_ignore_ascii_case("br") || is_block(name) {
                        self.inline.text.push(' ');
                    }
                }
                Piece::Close(name) if is_block(name) => self.inline.text.push(' '),
                Piece::Close(_) => {}
            }
        }
    }

    /// What an opening tag says by itself: links, alternative texts, titles.
    fn element(&mut self, name: &str, attributes: &str, alone: bool) {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("a") {
            if let Some(target) = html::attribute(attributes, "href") {
                self.outline.hrefs.push(Href { target, line: self.line, wiki: false });
            }
            return;
        }
        let wanted = if is("img") {
            self.html_image(attributes);
            "alt"
        } else if ["iframe", "video", "audio", "figure", "embed", "object"].iter().any(|known| is(known)) {
            "title"
        } else {
            return;
        };
        let Some(said) = html::attribute(attributes, wanted) else {
            return;
        };
        if alone && wanted == "title" {
            self.flush();
        }
        self.images.open += 1;
        self.text(&format!(" {said} "), false);
        self.images.open -= 1;
        if alone && wanted == "title" {
            self.flush();
        }
    }

    /// A whole block of raw HTML. What it leaves open ends with it.
    pub(super) fn html_block(&mut self, html: &str, first_line: u32) {
        let items = self.items;
        let mut pre: Option<String> = None;
        let last_line = std::mem::replace(&mut self.line, first_line);
        for piece in html::pieces(html) {
            self.events += 1;
            if self.events > MAX_EVENTS {
                break;
            }
            match piece {
                Piece::Text(text) => {
                    match &mut pre {
                        Some(pre) => pre.push_str(&html::decode(text)),
                        None => self.text(&html::decode(text), false),
                    }
                    self.line += text.matches('\n').count() as u32;
                }
                Piece::Open(name, attributes) => {
                    self.open(name, attributes, &mut pre);
                    self.line += attributes.matches('\n').count() as u32;
                }
                Piece::Close(name) => self.close(name, &mut pre),
            }
        }
        self.code_block(pre);
        self.end_row();
        self.flush();
        self.caption = false;
        self.items = items;
        self.line = last_line;
    }

    fn open(&mut self, name: &str, attributes: &str, pre: &mut Option<String>) {
        let lower = name.to_ascii_lowercase();
        self.element(name, attributes, true);
        match lower.as_str() {
            "br" => self.text("\n", false),
            "pre" => {
                self.flush();
                *pre = Some(String::new());
            }
            "td" | "th" => self.end_cell(),
            "tr" => {
                self.end_row();
                self.flush();
                self.row = Some(String::new());
            }
            "li" => {
                self.flush();
                self.items += 1;
            }
            "figcaption" | "caption" => {
                self.flush();
                self.caption = true;
            }
            _ if heading_level(&lower).is_some() => {
                self.flush();
                let level = heading_level(&lower).unwrap_or(1);
                let explicit = html::attribute(attributes, "id").filter(|id| is_id(id));
                self.heading =
                    Some(OpenHeading { level, line: self.line, explicit, bracketed: false, tabset: false, html: true });
            }
            _ if is_block(&lower) && self.row.is_none() => self.flush(),
            _ if is_block(&lower) => self.text("\n", false),
            _ => {}
        }
    }

    fn close(&mut self, name: &str, pre: &mut Option<String>) {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "pre" => {
                let code = pre.take();
                self.code_block(code);
            }
            "td" | "th" => self.end_cell(),
            "tr" | "table" => self.end_row(),
            "li" => {
                self.flush();
                self.items = self.items.saturating_sub(1);
            }
            "figcaption" | "caption" => {
                self.flush();
                self.caption = false;
            }
            _ if heading_level(&lower).is_some() && self.heading.is_none() => {}
            _ if is_block(&lower) && self.row.is_none() => self.flush(),
            _ if is_block(&lower) => self.text("\n", false),
            _ => {}
        }
    }
}

/// The level of `h1` to `h6`.
fn heading_level(name: &str) -> Option<u8> {
    match name.as_bytes() {
        [b'h', level @ b'1'..=b'6'] => Some(level - b'0'),
        _ => None,
    }
}

/// Whether an element begins a line of its own.
fn is_block(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "iframe",
        "video",
    ];
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}
