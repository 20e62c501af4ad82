//! Markdown to headings, sections and blocks: one pass over a parser's events.
//!
//! Its own room because only it knows the parser. It keeps no tree and no stack that grows with nesting,
//! and stops at a number of events and bytes: a small file may unfold into a very large one.

use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd};

use super::link::Href;
use super::{AnchorStyle, Block, BlockKind, WithoutAlt, clean, prepare, slug};

mod attributes;
mod html_block;
mod images;

use attributes::Attributes;
use images::Images;

/// Parser events, and pieces of HTML, that are looked at.
pub const MAX_EVENTS: usize = 200_000;
/// Bytes of text that are kept.
const MAX_TEXT_BYTES: usize = 4 * 1024 * 1024 + 64 * 1024;

/// What a body holds.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub headings: Vec<RawHeading>,
    /// The blocks before the first heading, then those of each heading.
    pub sections: Vec<Vec<Block>>,
    pub hrefs: Vec<Href>,
    pub without_alt: Option<WithoutAlt>,
    /// The line at which a limit was met.
    pub cut: Option<u32>,
}

/// A heading before it has an id.
#[derive(Debug)]
pub(super) struct RawHeading {
    pub level: u8,
    pub text: String,
    /// What the id is made of.
    pub slug_text: String,
    pub explicit: Option<String>,
    pub tabset: bool,
    pub html: bool,
    pub line: u32,
}

/// Reads a body whose first line is `first_line` of the file.
pub(super) fn read(body: &str, first_line: u32, style: AnchorStyle) -> Outline {
    let source = prepare::prepare(body);
    let mut options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST;
    // `[[1]](x)` is a link with a bracketed text, of which wikilinks would take the first half.
    if !source.contains("]](") {
        options |= Options::ENABLE_WIKILINKS;
    }
    let mut reader = Reader { source: &source, style, line: first_line, ..Reader::new() };
    for (event, range) in Parser::new_ext(&source, options).into_offset_iter() {
        reader.go_to(range.start);
        reader.events += 1;
        if reader.events > MAX_EVENTS || reader.text_bytes > MAX_TEXT_BYTES {
            reader.outline.cut = Some(reader.line);
            break;
        }
        reader.take(event, range);
    }
    reader.finish()
}

/// Inline text as it comes in.
#[derive(Default)]
struct Inline {
    text: String,
    /// Where inline code stands in `text`.
    code: Vec<Range<usize>>,
    /// The same for a heading's id: without images, white space unfolded.
    slug: String,
    slug_code: Vec<Range<usize>>,
    /// Something else than images stands in `text`.
    plain: bool,
}

struct OpenHeading {
    level: u8,
    line: u32,
    explicit: Option<String>,
    /// The id was written `[#id]`, which the text still holds.
    bracketed: bool,
    tabset: bool,
    html: bool,
}

struct Reader<'a> {
    source: &'a str,
    style: AnchorStyle,
    /// The line of `at`.
    line: u32,
    at: usize,
    events: usize,
    text_bytes: usize,
    outline: Outline,
    blocks: Vec<Block>,
    inline: Inline,
    heading: Option<OpenHeading>,
    /// Cells of the open table row.
    row: Option<String>,
    /// How many list items are open.
    items: usize,
    /// The open code block's text.
    code: Option<String>,
    /// The open code block is a drawing and holds no text.
    drawing: bool,
    /// The open HTML block, and the line that it starts on.
    html: Option<(String, u32)>,
    images: Images,
    /// Text of a link or image that only repeats a file's name, or of an inline script, is skipped.
    hidden: bool,
    caption: bool,
    /// Number and uses of each footnote, by label.
    footnotes: HashMap<String, (usize, usize)>,
}

impl Reader<'_> {
    fn new() -> Self {
        Reader {
            source: "",
            style: AnchorStyle::Wikijs,
            line: 1,
            at: 0,
            events: 0,
            text_bytes: 0,
            outline: Outline::default(),
            blocks: Vec::new(),
            inline: Inline::default(),
            heading: None,
            row: None,
            items: 0,
            code: None,
            drawing: false,
            html: None,
            images: Images::default(),
            hidden: false,
            caption: false,
            footnotes: HashMap::new(),
        }
    }

    fn go_to(&mut self, offset: usize) {
        if offset > self.at {
            self.line += self.source[self.at..offset].matches('\n').count() as u32;
            self.at = offset;
        }
    }

    fn finish(mut self) -> Outline {
        if let Some((html, line)) = self.html.take() {
            self.html_block(&html, line);
        }
        let code = self.code.take().filter(|_| !self.drawing);
        self.code_block(code);
        self.end_row();
        self.flush();
        self.outline.sections.push(self.blocks);
        self.outline.without_alt = self.images.without_alt;
        self.outline
    }

    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => {
                    // Some ids have the text of images, too.
                    if self.images.open > 0 && self.heading.is_some() && slug::image_texts(self.style) {
                        self.inline.slug.push_str(&text);
                    }
                    self.image_text(&text);
                    self.text(&text, false);
                }
            },
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.image_text(&text);
                self.text(&text, true);
            }
            Event::Html(text) => match &mut self.html {
                Some((html, _)) => html.push_str(&text),
                None => self.inline_html(&text),
            },
            Event::InlineHtml(text) => self.inline_html(&text),
            Event::SoftBreak | Event::HardBreak => self.text("\n", false),
            Event::FootnoteReference(label) => self.footnote(&label),
            Event::Rule => self.flush(),
            Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Paragraph if self.items > 0 => self.text("\n", false),
            Tag::Heading { level, .. } => {
                self.flush();
                let Attributes { id, bracketed, tabset } = Attributes::of(&self.source[range]);
                let level = level_number(level);
                self.heading =
                    Some(OpenHeading { level, line: self.line, explicit: id, bracketed, tabset, html: false });
            }
            Tag::CodeBlock(kind) => {
                self.flush();
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => info.split([' ', ',', '{', ':']).next().unwrap_or(""),
                    CodeBlockKind::Indented => "",
                };
                // Wiki.js keeps drawings as base64 in such a block.
                self.drawing = language.eq_ignore_ascii_case("diagram");
                self.code = Some(String::new());
            }
            Tag::HtmlBlock => {
                self.flush();
                self.html = Some((String::new(), self.line));
            }
            Tag::Item => {
                self.flush();
                self.items += 1;
            }
            Tag::TableHead | Tag::TableRow => {
                self.flush();
                self.row = Some(String::new());
            }
            Tag::Link { link_type, dest_url, .. } => {
                let wiki = matches!(link_type, LinkType::WikiLink { .. });
                if wiki && dest_url.eq_ignore_ascii_case("toc") {
                    self.hidden = true;
                } else if link_type != LinkType::Email {
                    self.outline.hrefs.push(Href { target: dest_url.into_string(), line: self.line, wiki });
                }
            }
            Tag::Image { link_type, dest_url, title, .. } => self.open_image(link_type, &dest_url, &title, range),
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Superscript | Tag::Subscript | Tag::TableCell => {}
            _ => self.flush(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph if self.items > 0 => self.text("\n", false),
            TagEnd::CodeBlock => {
                let code = self.code.take().filter(|_| !self.drawing);
                self.code_block(code);
            }
            TagEnd::HtmlBlock => {
                if let Some((html, line)) = self.html.take() {
                    self.html_block(&html, line);
                }
            }
            TagEnd::Item => {
                self.flush();
                self.items = self.items.saturating_sub(1);
            }
            TagEnd::TableCell => self.end_cell(),
            TagEnd::TableHead | TagEnd::TableRow => self.end_row(),
            TagEnd::Image => self.close_image(),
            TagEnd::Link => self.hidden = false,
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Superscript | TagEnd::Subscript => {}
            _ => self.flush(),
        }
    }

    /// Inline text. Images have a text for readers, and none for ids.
    fn text(&mut self, text: &str, code: bool) {
        if self.hidden {
            return;
        }
        let inline = &mut self.inline;
        if code {
            inline.code.push(inline.text.len()..inline.text.len() + text.len());
        }
        inline.text.push_str(text);
        self.text_bytes += text.len();
        if self.images.open > 0 {
            return;
        }
        inline.plain |= !text.trim().is_empty();
        if self.heading.is_some() {
            if code {
                inline.slug_code.push(inline.slug.len()..inline.slug.len() + text.len());
            }
            if slug::smart_dashes(self.style) && !code {
                // They have become dashes by then, which are no part of ids.
                inline.slug.push_str(&text.replace("---", "").replace("--", ""));
            } else {
                inline.slug.push_str(text);
            }
        }
    }

    /// A reader sees a small number, which Wiki.js lets into ids.
    fn footnote(&mut self, label: &str) {
        let count = self.footnotes.len();
        let (number, uses) = self.footnotes.entry(label.to_owned()).or_insert((count + 1, 0));
        if self.heading.is_some() && self.style == AnchorStyle::Wikijs {
            let mark = if *uses == 0 { format!("[{number}]") } else { format!("[{number}:{uses}]") };
            self.inline.slug.push_str(&mark);
        }
        *uses += 1;
    }

    /// Ends the open heading, or makes a block of the text so far.
    fn flush(&mut self) {
        let inline = std::mem::take(&mut self.inline);
        if let Some(heading) = self.heading.take() {
            self.end_heading(heading, &inline);
            return;
        }
        if inline.text.is_empty() {
            return;
        }
        let kind = if self.caption || !inline.plain {
            BlockKind::Caption
        } else if self.items > 0 {
            BlockKind::Item
        } else {
            BlockKind::Prose
        };
        self.push(kind, clean::block(&inline.text, &inline.code));
    }

    fn push(&mut self, kind: BlockKind, text: String) {
        if !text.is_empty() {
            self.blocks.push(Block { kind, text });
        }
    }

    fn end_heading(&mut self, heading: OpenHeading, inline: &Inline) {
        let mut text = clean::block(&inline.text, &inline.code);
        if heading.bracketed
            && let Some(start) = text.rfind("[#")
        {
            text.truncate(text[..start].trim_end().len());
        }
        self.outline.sections.push(std::mem::take(&mut self.blocks));
        self.outline.headings.push(RawHeading {
            level: heading.level,
            text,
            slug_text: clean::for_slug(&inline.slug, &inline.slug_code),
            explicit: heading.explicit,
            tabset: heading.tabset,
            html: heading.html,
            line: heading.line,
        });
    }

    fn end_cell(&mut self) {
        let inline = std::mem::take(&mut self.inline);
        let text = clean::block(&inline.text, &inline.code);
        if let Some(row) = self.row.as_mut().filter(|_| !text.is_empty()) {
            if !row.is_empty() {
                row.push_str(" | ");
            }
            row.push_str(&text);
        }
    }

    fn end_row(&mut self) {
        if self.row.is_some() {
            self.end_cell();
        }
        if let Some(row) = self.row.take() {
            self.push(BlockKind::Row, clean::fold(&row));
        }
    }

    fn code_block(&mut self, code: Option<String>) {
        let text = clean::code(&code.unwrap_or_default());
        self.text_bytes += text.len();
        self.push(BlockKind::Code, text);
    }
}

fn level_number(level: HeadingLevel) -> u8 {
    level as u8
}

#[cfg(test)]
mod tests;
