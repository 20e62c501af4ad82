//! What a page is once it has been read: plain values, without disk, engine or clock.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{PagePath, Timestamp};

/// The fragment that the wiki's renderer gives a heading, plain (not percent-encoded).
/// Empty for a preamble, and for a heading that the renderer gives no id.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Anchor(pub String);

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a page is read: the part of the configuration that changes what a page says or where it lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageRules {
    /// Only these count as locale folders, in any case of letters; the first is the default. Never empty.
    pub locales: Vec<String>,
    /// Whether page URLs carry the locale (`url_style` `wikijs` only).
    pub locale_in_url: LocaleInUrl,
    /// Prefixed to page URLs: a path (`/`, `/wiki/`) or absolute (`https://wiki.example.org/`); ends in `/`.
    pub url_base: String,
    /// The shape of page URLs.
    pub url_style: UrlStyle,
    /// The renderer whose heading ids are reproduced.
    pub anchor_style: AnchorStyle,
}

/// When page URLs carry the locale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LocaleInUrl {
    /// In every URL, the default locale's too.
    Always,
    /// In URLs of other locales than the default.
    NonDefault,
    /// In none.
    Never,
}

/// The shape of page URLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UrlStyle {
    /// `/pt-br/A/B`
    Wikijs,
    /// `/A/B/`
    Directory,
    /// `/A/B.html`
    Html,
    /// `/A/B.md`
    File,
    /// `/A/B`, and `/A/` for a folder.
    Clean,
    /// `/A/B/`, order prefixes off, front matter `slug` and `id`.
    Docusaurus,
    /// `/a/b/`, each segment a slug, front matter `slug`.
    Starlight,
    /// `/a/b/`, each segment sanitized, front matter `url` and `slug`.
    Hugo,
}

/// The renderer whose heading ids are reproduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnchorStyle {
    /// Wiki.js 2.
    Wikijs,
    /// `GitHub`, and others.
    Github,
    /// Docusaurus: as `GitHub`, none for the first level.
    Docusaurus,
    /// Starlight and Astro: as `GitHub`, of what typography has made of the text.
    Starlight,
    /// `VitePress`, `VuePress` 2.
    Vitepress,
    /// Python-Markdown: `MkDocs`, Material.
    PythonMarkdown,
    /// mdBook up to 0.4.
    Mdbook,
    /// mdBook from 0.5 on.
    #[serde(rename = "mdbook-0.5")]
    Mdbook05,
    /// Hugo with its default ids, those of `GitHub`.
    Hugo,
    /// kramdown without GFM.
    Kramdown,
}

/// Whether a page may be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visibility {
    /// It may.
    Public,
    /// `published: false` or `draft: true`.
    Unpublished,
    /// `search: false`.
    Unsearchable,
}

/// One Markdown file, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Where it lies.
    pub path: PagePath,
    /// Where readers find it, percent-encoded, without fragment.
    pub url: String,
    /// What links and clashes compare: see [`super::route_of`]. Of the path alone, whatever address the front matter names.
    pub route: String,
    /// Front matter, else first H1, else the file name made readable. Never empty.
    pub title: String,
    /// Front matter `description` or `summary`.
    pub description: Option<String>,
    /// Front matter `tags` or `keywords`, as written, trimmed, without empty ones or doubles.
    pub tags: Vec<String>,
    /// Front matter `groups`: who may find it; no groups, no limit. A value that cannot be read is one group that
    /// nobody is in, without a name.
    pub groups: Vec<String>,
    /// Front matter `aliases`.
    pub aliases: Vec<String>,
    /// Lower case (`pt-br`): front matter, else the locale folder, else the default locale.
    pub lang: String,
    /// The date of the last change that the front matter names; the file's time stands in for none.
    pub updated: Option<Timestamp>,
    /// Whether the front matter names any date (`date` counts): settles which of two pages owns a URL.
    pub dated: bool,
    /// Folders below the locale folder, as on disk in NFC (`["Cadastros", "Contratos"]`).
    pub folders: Vec<String>,
    /// The same, made readable (`Tipo de cobrança`).
    pub breadcrumbs: Vec<String>,
    /// Front matter `search: {boost: 0.1..10}`; 1 where none is given.
    pub boost: f32,
    /// Front matter `deprecated: true`, or what to use instead.
    pub deprecated: bool,
    /// Whether it may be found.
    pub visibility: Visibility,
    /// Every heading in page order, the one that repeats the title included.
    pub headings: Vec<Heading>,
    /// The preamble, then one section a heading, in page order. A first heading equal to the title opens the preamble.
    pub sections: Vec<Section>,
    /// Links to other pages, in page order, without doubles.
    pub links: Vec<Link>,
    /// What had to be guessed, in line order.
    pub warnings: Vec<Warning>,
    /// Images that say nothing to those who do not see them.
    pub without_alt: Option<WithoutAlt>,
}

/// A heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// As a reader sees it.
    pub text: String,
    /// The renderer's id; empty where it gives none.
    pub anchor: Anchor,
}

/// A heading and the text up to the next one, or the text before the first (the preamble).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Index into [`Page::headings`]; none for the preamble.
    pub heading: Option<u32>,
    /// Where a link to this section goes: the heading's own anchor, or for one without id
    /// (a tab) that of the last heading before that has one. Empty for the preamble.
    pub anchor: Anchor,
    /// Paragraphs, list items, table rows and code blocks, in page order; none is empty.
    pub blocks: Vec<Block>,
}

/// A run of text that is shown, and cut, as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// What a reader sees, white space folded (line breaks kept in code), in NFC.
    pub text: String,
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BlockKind {
    /// A paragraph, a quotation, a definition, a footnote.
    Prose,
    /// A list item.
    Item,
    /// A table row, its cells parted by ` | `.
    Row,
    /// A code block: its own, weaker field.
    Code,
    /// Alternative text of an image, a caption, the title of a figure, video or frame.
    Caption,
}

/// A link to another page of the wiki.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The routes it may mean, likeliest first; it leads to the first that exists.
    pub routes: Vec<String>,
    /// The path it points to, relative to the content directory, decoded, in NFC: what is shown of a broken link.
    pub target: String,
    /// The fragment, decoded.
    pub anchor: Option<String>,
    /// The line in the file, from 1.
    pub line: u32,
}

/// Images without an alternative text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithoutAlt {
    /// How many, at least one.
    pub count: u32,
    /// The line of the first in the file, from 1.
    pub line: u32,
    /// The name of its file, decoded; may be empty.
    pub name: String,
}

/// Something in a page that had to be guessed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// The line in the file, from 1, where one can be named.
    pub line: Option<u32>,
    /// What it is about.
    pub kind: WarningKind,
    /// In words, lower case, no full stop.
    pub message: String,
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// Front matter that is no valid YAML or TOML, or a value of the wrong type; read line by line.
    FrontMatter,
    /// Bytes that are not UTF-8, replaced.
    Encoding,
    /// Two headings with one anchor.
    DuplicateAnchor,
    /// Over a limit: only the first part counts.
    TooLarge,
}
