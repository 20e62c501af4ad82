//! What must hold of any page, whatever its bytes: what the fuzz targets of this room try to break.
//!
//! Its own file because fuzzing, and the tests that replay what it found, must ask the same of the same code. Compiled
//! for these two alone.

#![allow(clippy::missing_panics_doc, reason = "panicking is what these are for")]

use std::collections::HashSet;

use percent_encoding::percent_decode_str;

use super::front_matter;
use super::link::{Href, Resolver};
use super::slug::{self, Source};
use super::{
    AnchorStyle, BlockKind, LocaleInUrl, Page, PagePath, PageRules, UrlStyle, decode, nfc, parse, route_of, url_of,
    url_with_anchor,
};

const ANCHOR_STYLES: [AnchorStyle; 10] = [
    AnchorStyle::Wikijs,
    AnchorStyle::Github,
    AnchorStyle::Docusaurus,
    AnchorStyle::Starlight,
    AnchorStyle::Vitepress,
    AnchorStyle::PythonMarkdown,
    AnchorStyle::Mdbook,
    AnchorStyle::Mdbook05,
    AnchorStyle::Hugo,
    AnchorStyle::Kramdown,
];
const URL_STYLES: [UrlStyle; 8] = [
    UrlStyle::Wikijs,
    UrlStyle::Directory,
    UrlStyle::Html,
    UrlStyle::File,
    UrlStyle::Clean,
    UrlStyle::Docusaurus,
    UrlStyle::Starlight,
    UrlStyle::Hugo,
];
const LOCALES: [LocaleInUrl; 3] = [LocaleInUrl::Always, LocaleInUrl::NonDefault, LocaleInUrl::Never];
const BASES: [&str; 3] = ["/", "/wiki/", "https://wiki.example.org/w/"];

/// One of a few configurations, by a number.
fn rules(number: usize) -> PageRules {
    PageRules {
        locales: vec!["pt-br".into(), "en".into()],
        locale_in_url: LOCALES[number % 3],
        url_base: BASES[number / 3 % 3].into(),
        url_style: URL_STYLES[number / 9 % 8],
        anchor_style: ANCHOR_STYLES[number / 72 % 10],
    }
}

/// A whole page; the first byte chooses the configuration.
pub fn markdown(data: &[u8]) {
    let (number, source) = data.split_first().map_or((0, data), |(first, rest)| (usize::from(*first), rest));
    let path = PagePath::new("Pasta_um/pt-br/Página.md").expect("a page");
    let page = parse(&path, source, number % 2 == 1, &rules(number));
    assert_page(&page, source.len());
}

/// What [`Page`] promises of itself.
pub fn assert_page(page: &Page, source_bytes: usize) {
    let shown = |text: &str| assert_eq!(text, super::clean::fold(text), "folded, without controls, in NFC");
    assert!(!page.title.is_empty());
    shown(&page.title);
    page.tags.iter().chain(&page.aliases).chain(&page.description).for_each(|text| shown(text));
    assert!((0.1..=10.0).contains(&page.boost));
    assert_eq!(page.sections.first().map(|section| section.heading), Some(None), "the preamble comes first");
    for section in &page.sections {
        assert!(section.heading.is_none_or(|heading| (heading as usize) < page.headings.len()));
        for block in &section.blocks {
            assert!(!block.text.is_empty());
            let control = |c: char| c.is_control() && !(c == '\n' && block.kind == BlockKind::Code);
            assert!(!block.text.contains(control), "{:?}", block.text);
            assert_eq!(nfc(&block.text), block.text);
        }
    }
    let text: usize = page.sections.iter().flat_map(|section| &section.blocks).map(|block| block.text.len()).sum();
    let headings: usize = page.headings.iter().map(|heading| heading.text.len() + heading.anchor.0.len()).sum();
    // Bytes that are not UTF-8 become three each, and each heading has its own id.
    assert!(text + headings <= 16 * source_bytes + 1024, "{text} and {headings} bytes from {source_bytes}");
    for heading in &page.headings {
        assert!((1..=6).contains(&heading.level));
        shown(&heading.text);
        assert_url(&url_with_anchor(&page.url, &heading.anchor));
    }
    for link in &page.links {
        assert_link(&page.path, &link.routes, &link.target);
    }
    assert_url(&page.url);
    assert!(page.warnings.len() <= 1000, "{} warnings", page.warnings.len());
}

fn assert_url(url: &str) {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%/#:".contains(&byte);
    assert!(url.bytes().all(harmless), "{url}");
    assert!(url.starts_with('/') && !url.starts_with("//") || url.starts_with("https://wiki.example.org/"), "{url}");
}

/// `page` is the page's own path: a folder may be named by anything that a disk takes.
fn assert_link(page: &PagePath, routes: &[String], target: &str) {
    let named = page.as_str().contains(char::is_control);
    assert!((1..=6).contains(&routes.len()));
    for text in routes.iter().map(String::as_str).chain([target]) {
        assert!(text.split('/').all(|segment| segment != ".."), "{text}");
        assert!(!text.starts_with('/') && (named || !text.contains(char::is_control)), "{text:?}");
    }
}

/// Front matter: as the whole text, and between delimiters.
pub fn front_matter(data: &[u8]) {
    let (text, _) = decode::decode(data, false);
    assert_split(&text);
    for mark in ["---", "+++"] {
        let wrapped = format!("{mark}\n{text}\n{mark}\nzqcorpo\n");
        assert_split(&wrapped);
        assert!(front_matter::split(&wrapped).body.ends_with("zqcorpo\n"), "the body is never lost");
    }
}

fn assert_split(text: &str) {
    let split = front_matter::split(text);
    assert!(text.ends_with(split.body), "the body is the end of the text");
    let before = &text[..text.len() - split.body.len()];
    assert!(before.len() <= 64 * 1024 + 4096 || before.lines().count() > 0);
    assert_eq!(split.body_line as usize, before.matches('\n').count() + 1);
    let front = &split.front;
    let texts =
        front.title.iter().chain(&front.description).chain(&front.lang).chain(&front.tags).chain(&front.aliases);
    for text in texts {
        assert!(!text.is_empty());
        assert_eq!(*text, super::clean::fold(text));
    }
    let distinct: HashSet<String> = front.tags.iter().map(|tag| tag.to_lowercase()).collect();
    assert_eq!(distinct.len(), front.tags.len());
    assert!(front.boost.is_none_or(|boost| (0.1..=10.0).contains(&boost)));
    for warning in &split.warnings {
        assert!(warning.line.is_none_or(|line| line as usize <= text.lines().count().max(1)), "{warning:?}");
        assert!(!warning.message.contains(char::is_control));
    }
}

/// Heading ids: a heading a line, whose first byte says what it is.
pub fn anchors(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let headings: Vec<(u8, &str)> = text
        .split('\n')
        .map(|line| {
            let kind = line.bytes().next().unwrap_or(0);
            let mut rest = line.chars();
            rest.next();
            (kind, rest.as_str())
        })
        .collect();
    let sources: Vec<Source<'_>> = headings
        .iter()
        .map(|&(kind, text)| Source {
            level: kind % 6 + 1,
            text,
            explicit: (kind & 64 != 0 && kind & 8 != 0).then_some(text),
            tabset: kind & 32 != 0 && kind & 16 != 0,
            html: kind & 128 != 0,
        })
        .collect();
    for style in ANCHOR_STYLES {
        let anchors = slug::anchors(style, &sources);
        assert_eq!(anchors.len(), sources.len());
        let per_slug = matches!(style, AnchorStyle::Mdbook | AnchorStyle::Kramdown);
        let mut seen = HashSet::new();
        for (anchor, source) in anchors.iter().zip(&sources) {
            let url = url_with_anchor("/a", anchor);
            assert_url(&url);
            let fragment = url.strip_prefix("/a#").unwrap_or_default();
            assert_eq!(percent_decode_str(fragment).decode_utf8_lossy(), anchor.0.as_str());
            if source.explicit.is_none() && !anchor.0.is_empty() && !per_slug {
                assert!(seen.insert(&anchor.0), "{style:?} gives {anchor} twice");
            }
        }
    }
}

/// Paths, URLs and links: the first line is a path, the others are targets of links on that page.
pub fn urls(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let path = lines.next().map(|name| format!("{name}.md")).and_then(PagePath::new);
    let path = path.unwrap_or_else(|| PagePath::new("en/Pasta/Página.md").expect("a page"));
    let targets: Vec<Href> =
        lines.flat_map(|line| [false, true].map(|wiki| Href { target: line.to_owned(), line: 1, wiki })).collect();
    let others: Vec<PagePath> = targets
        .iter()
        .flat_map(|href| ["", ".md", "/index.md"].map(|end| PagePath::new(format!("{}{end}", href.target))))
        .flatten()
        .collect();
    for number in 0..72 {
        let rules = rules(number);
        let url = url_of(&path, &rules);
        assert_url(&url);
        let below = url.strip_prefix(rules.url_base.as_str()).expect("below the base");
        let decoded = percent_decode_str(below).decode_utf8().expect("UTF-8");
        assert_eq!(nfc(&decoded), decoded, "in NFC");
        let route = route_of(&path, &rules);
        assert!(!route.starts_with('/') && route.split('/').all(|segment| segment != ".."), "{route}");
        // Pages of one URL have one route: else both would be found at one address.
        for other in &others {
            if route_of(other, &rules) != route {
                assert_ne!(url_of(other, &rules), url, "{other} and {path} claim one URL by two routes");
            }
        }
        let resolver = Resolver::new(&path, &rules);
        for href in &targets {
            if let Some(link) = resolver.link(href) {
                assert_link(&path, &link.routes, &link.target);
                assert!(!link.routes.contains(&route), "a link to the page itself");
            }
        }
    }
}

/// Gives every input that is kept of a fuzz target to `target`, which panics at what must not be.
#[cfg(test)]
pub fn replay(name: &str, target: fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/kept").join(name);
    let mut inputs = 0;
    for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        // Shown where the input fails.
        println!("{}", path.display());
        target(&std::fs::read(&path).expect("readable"));
        inputs += 1;
    }
    assert!(inputs > 0, "{} holds no input", folder.display());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuzz_kept_front_matter() {
        replay("front_matter", front_matter);
    }

    #[test]
    fn fuzz_kept_markdown() {
        replay("markdown", markdown);
    }

    #[test]
    fn fuzz_kept_anchors() {
        replay("anchors", anchors);
    }

    #[test]
    fn fuzz_kept_urls() {
        replay("urls", urls);
    }
}
