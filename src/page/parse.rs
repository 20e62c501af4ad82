//! A file's bytes to a [`Page`]: puts together what the other files of this room find.
//!
//! The invariant: it is total. Any bytes give a page with a title, and what had to be guessed is a warning.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::link::{Href, Resolver};
use super::markdown::{self, Outline};
use super::shape::Shape;
use super::url::{Place, readable, route_of, url_named};
use super::{
    Anchor, Heading, Link, Page, PagePath, PageRules, Section, Visibility, Warning, WarningKind, clean, decode,
    front_matter, nfc, slug,
};

/// Links of a page that are kept.
const MAX_LINKS: usize = 10_000;
/// Warnings of one kind that are kept.
const MAX_WARNINGS: usize = 100;

/// Reads a page. Never fails and never panics.
///
/// `source` is the file's content in any encoding; `truncated` says that it is only the first part of the
/// file, which may end within a character.
///
/// ```
/// # use achei::page::{AnchorStyle, LocaleInUrl, PagePath, PageRules, UrlStyle, parse};
/// let rules = PageRules {
///     locales: vec!["pt-br".into()],
///     locale_in_url: LocaleInUrl::Always,
///     url_base: "/".into(),
///     url_style: UrlStyle::Wikijs,
///     anchor_style: AnchorStyle::Wikijs,
/// };
/// let path = PagePath::new("Redes/VPN.md").expect("a page");
/// let page = parse(&path, "---\ntitle: VPN\n---\n## 1. Instalação\nBaixe o cliente.".as_bytes(), false, &rules);
/// assert_eq!(page.title, "VPN");
/// assert_eq!(page.headings[0].anchor.0, "h-1-instalação");
/// assert_eq!(page.sections[1].blocks[0].text, "Baixe o cliente.");
/// ```
pub fn parse(path: &PagePath, source: &[u8], truncated: bool, rules: &PageRules) -> Page {
    let mut warnings = Vec::new();
    let mut warn = |line, kind, message: &str| {
        let message = message.to_owned();
        warnings.push(Warning { line, kind, message });
    };
    if truncated {
        warn(None, WarningKind::TooLarge, "over the size limit, only the first part counts");
    }
    let (text, replaced) = decode::decode(source, truncated);
    if replaced {
        warn(None, WarningKind::Encoding, "bytes that are not UTF-8, replaced");
    }
    let split = front_matter::split(&text);
    let front = split.front;
    let mut outline = markdown::read(split.body, split.body_line, rules.anchor_style);
    let without_alt = outline.without_alt.take();
    if let Some(line) = outline.cut {
        warn(Some(line), WarningKind::TooLarge, "too many elements, only those up to here count");
    }
    warnings.extend(split.warnings);

    let place = Place::of(path, rules);
    let url = url_named(path, rules, &front);
    let title = front.title.or_else(|| first_h1(&outline)).unwrap_or_else(|| title_of_file(path, &place, rules));
    let links = links(&outline.hrefs, path, rules);
    let anchors = anchors(&outline, rules, &mut warnings);
    let (headings, sections) = assemble(outline, anchors, &title);
    warnings.sort_by_key(|warning| warning.line);
    let lang = front.lang.or_else(|| rules.locales.get(place.locale.unwrap_or(0)).cloned()).unwrap_or_default();
    Page {
        url,
        route: route_of(path, rules),
        title,
        description: front.description,
        tags: front.tags,
        groups: front.groups,
        aliases: front.aliases,
        lang: lang.to_lowercase().replace('_', "-"),
        updated: front.updated,
        dated: front.updated.is_some(),
        folders: place.folders.iter().map(|folder| nfc(folder)).collect(),
        breadcrumbs: place.folders.iter().map(|folder| readable(folder)).collect(),
        boost: front.boost.unwrap_or(1.0),
        deprecated: front.deprecated,
        visibility: front.visibility.unwrap_or(Visibility::Public),
        headings,
        sections,
        links,
        warnings,
        without_alt,
        path: path.clone(),
    }
}

fn first_h1(outline: &Outline) -> Option<String> {
    outline
        .headings
        .iter()
        .find(|heading| heading.level == 1 && !heading.text.is_empty())
        .map(|heading| heading.text.clone())
}

/// The file's name made readable; for `index` and `README` that of their folder, where URLs treat them so.
fn title_of_file(path: &PagePath, place: &Place<'_>, rules: &PageRules) -> String {
    let stem = path.stem().rsplit('/').next().unwrap_or(path.stem());
    let stands_for_folder = Shape::of(rules.url_style).is_index(stem, None);
    let name = place.folders.last().filter(|_| stands_for_folder).copied().unwrap_or(stem);
    let title = clean::fold(&readable(name));
    // A name of blanks and invisible characters still has an extension.
    if title.is_empty() { clean::fold(path.file_name()) } else { title }
}

fn links(hrefs: &[Href], path: &PagePath, rules: &PageRules) -> Vec<Link> {
    let resolver = Resolver::new(path, rules);
    let mut seen = HashSet::new();
    let links = hrefs.iter().filter_map(|href| resolver.link(href));
    links.filter(|link| seen.insert((link.routes.clone(), link.anchor.clone()))).take(MAX_LINKS).collect()
}

fn anchors(outline: &Outline, rules: &PageRules, warnings: &mut Vec<Warning>) -> Vec<Anchor> {
    let sources: Vec<_> = outline
        .headings
        .iter()
        .map(|heading| slug::Source {
            level: heading.level,
            text: &heading.slug_text,
            explicit: heading.explicit.as_deref(),
            tabset: heading.tabset,
            html: heading.html,
        })
        .collect();
    let anchors = slug::anchors(rules.anchor_style, &sources);
    let mut seen = HashSet::new();
    let doubles =
        anchors.iter().zip(&outline.headings).filter(|(anchor, _)| !anchor.0.is_empty() && !seen.insert(&anchor.0));
    warnings.extend(doubles.take(MAX_WARNINGS).map(|(anchor, heading)| Warning {
        line: Some(heading.line),
        kind: WarningKind::DuplicateAnchor,
        message: format!("a heading before has the anchor {anchor} too"),
    }));
    anchors
}

/// Headings with their ids, and sections; a first heading that repeats the title gives its text to the preamble.
fn assemble(outline: Outline, anchors: Vec<Anchor>, title: &str) -> (Vec<Heading>, Vec<Section>) {
    let mut blocks = outline.sections.into_iter();
    let mut sections =
        vec![Section { heading: None, anchor: Anchor::default(), blocks: blocks.next().unwrap_or_default() }];
    let mut headings = Vec::with_capacity(outline.headings.len());
    let mut last_anchor = Anchor::default();
    for (index, ((heading, anchor), blocks)) in outline.headings.into_iter().zip(anchors).zip(blocks).enumerate() {
        if !anchor.0.is_empty() {
            last_anchor = anchor.clone();
        }
        if index == 0 && compared(&heading.text) == compared(title) {
            sections[0].blocks.extend(blocks);
        } else {
            sections.push(Section { heading: Some(index as u32), anchor: last_anchor.clone(), blocks });
        }
        headings.push(Heading { level: heading.level, text: heading.text, anchor });
    }
    (headings, sections)
}

/// A title as it is compared: without accents, case and doubled white space.
fn compared(text: &str) -> String {
    let bare: String = text.nfkd().filter(|&c| !is_combining_mark(c)).collect();
    clean::fold(&bare.to_lowercase())
}

#[cfg(test)]
mod tests;
