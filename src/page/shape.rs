//! How tools spell the addresses of pages: a row a URL style, and what front matter has to say to it.
//!
//! Its own file because it is the table that a new style adds a row to. Spelling takes one segment at a time and never
//! makes an empty one, `.` or `..`: what it would leave so stays as it is on disk.

use std::borrow::Cow;

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::front_matter::FrontMatter;
use super::{AnchorStyle, UrlStyle, nfc, slug};

/// The parameters of a tool's addresses.
pub(super) struct Shape {
    /// Stands behind the name of a page that is no folder's.
    pub end: &'static str,
    /// File names that stand for their folder, in any case of letters.
    pub index: &'static [&'static str],
    /// So does a file that is named as its folder.
    pub namesake: bool,
    spell: fn(&str) -> Cow<'_, str>,
}

const PLAIN: Shape =
    Shape { end: "/", index: &["index", "readme", "_index"], namesake: false, spell: |name| Cow::Borrowed(name) };

impl Shape {
    pub(super) fn of(style: UrlStyle) -> &'static Self {
        match style {
            // Wiki.js knows no index: `home` is a page of this name.
            UrlStyle::Wikijs => &Shape { end: "", index: &[], ..PLAIN },
            UrlStyle::Directory => &PLAIN,
            UrlStyle::Html => &Shape { end: ".html", ..PLAIN },
            UrlStyle::File => &Shape { end: ".md", ..PLAIN },
            UrlStyle::Clean => &Shape { end: "", ..PLAIN },
            UrlStyle::Docusaurus => {
                &Shape { index: &["index", "readme"], namesake: true, spell: without_order_prefix, ..PLAIN }
            }
            UrlStyle::Starlight => &Shape { index: &["index"], spell: as_github_slug, ..PLAIN },
            UrlStyle::Hugo => &Shape { index: &["index", "_index"], spell: sanitized, ..PLAIN },
        }
    }

    /// Whether a file's stem stands for its folder.
    pub(super) fn is_index(&self, stem: &str, folder: Option<&str>) -> bool {
        let known = self.index.iter().any(|name| stem.eq_ignore_ascii_case(name));
        known || self.namesake && folder.is_some_and(|folder| folder.to_lowercase() == stem.to_lowercase())
    }

    /// Whether the URL of a page differs from that of a folder of its name.
    pub(super) fn folders_differ(&self) -> bool {
        self.end != "/" && !self.index.is_empty()
    }

    /// A segment as addresses have it.
    pub(super) fn spell<'a>(&self, segment: &'a str) -> Cow<'a, str> {
        let spelled = (self.spell)(segment);
        if matches!(&*spelled, "" | "." | "..") { Cow::Borrowed(segment) } else { spelled }
    }
}

/// The path that the front matter gives a page: decoded segments, none of them empty; none where it gives no path.
/// `folders` are those of the page, as addresses have them.
pub(super) fn own_path(
    style: UrlStyle,
    front: &FrontMatter,
    folders: &[String],
    is_index: bool,
) -> Option<Vec<String>> {
    let absolute = |path: &str| resolved(&[], path);
    match style {
        UrlStyle::Docusaurus => match (front.slug.as_deref(), front.id.as_deref()) {
            (Some(slug), _) if slug.starts_with('/') => Some(absolute(slug)),
            (Some(slug), _) => Some(resolved(folders, slug)),
            (None, Some(id)) if !is_index => Some(resolved(folders, id)),
            _ => None,
        },
        UrlStyle::Starlight => front.slug.as_deref().map(absolute),
        UrlStyle::Hugo => match (front.url.as_deref(), front.slug.as_deref()) {
            // `/a/b.html` is a file, and not the page of a folder.
            (Some(url), _) => Some(absolute(url)).filter(|path| path.last().is_none_or(|last| !last.contains('.'))),
            (None, Some(slug)) if !is_index => {
                let spelled: Vec<_> = slug.split('/').map(sanitized).collect();
                Some(resolved(folders, &spelled.join("/")))
            }
            _ => None,
        },
        _ => None,
    }
}

/// `path` seen from `folders`; `..` above the root is dropped.
fn resolved(folders: &[String], path: &str) -> Vec<String> {
    let mut segments = folders.to_vec();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(nfc(segment)),
        }
    }
    segments
}

/// Docusaurus: `01-intro` and `2. Redes` without their number; versions and dates (`7.0-x`, `2024-08`) stay.
fn without_order_prefix(name: &str) -> Cow<'_, str> {
    let after_digits = name.trim_start_matches(|c: char| c.is_ascii_digit());
    if after_digits.len() == name.len() {
        return Cow::Borrowed(name);
    }
    let mut marks = after_digits.chars();
    let version = marks.next().is_some_and(|c| matches!(c, '-' | '_' | '.')) && marks.as_str().starts_with(is_digit);
    let after_blanks = after_digits.trim_start();
    let after_marks = after_blanks.trim_start_matches(['-', '_', '.']);
    let suffix = after_marks.trim_start();
    let parted = after_marks.len() < after_blanks.len() && !suffix.is_empty() && !suffix.starts_with(['-', '_', '.']);
    Cow::Borrowed(if parted && !version { suffix } else { name })
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// Starlight, and all of Astro's content collections.
fn as_github_slug(name: &str) -> Cow<'_, str> {
    Cow::Owned(slug::slug(AnchorStyle::Github, name))
}

/// Hugo: letters, digits, marks and a few signs in lower case; blanks are hyphens, all else goes.
fn sanitized(name: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(name.len());
    for (at, c) in name.char_indices() {
        let escape = || name.as_bytes().get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        if c.is_whitespace() {
            // One each, at the ends too.
            out.push('-');
        } else if is_letter_digit_or_mark(c) || ".\\_#+~-@".contains(c) || c == '%' && escape() {
            out.push(c);
        }
    }
    Cow::Owned(out.to_lowercase())
}

fn is_letter_digit_or_mark(c: char) -> bool {
    use GeneralCategoryGroup::{Letter, Mark};
    let digit = || c.general_category() == unicode_properties::GeneralCategory::DecimalNumber;
    matches!(c.general_category_group(), Letter | Mark) || digit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{LocaleInUrl, PagePath, PageRules, route_of, url::url_named, url_of};

    fn rules(url_style: UrlStyle) -> PageRules {
        PageRules {
            locales: vec!["pt-br".into()],
            locale_in_url: LocaleInUrl::Always,
            url_base: "/d/".into(),
            url_style,
            anchor_style: AnchorStyle::Github,
        }
    }

    /// Made with Docusaurus 3.10.2, `github-slugger` 2.0.0 and Hugo 0.168.0.
    #[test]
    fn segments_are_spelled_as_the_tools_do() {
        use UrlStyle::{Clean, Docusaurus, Hugo, Starlight};
        for (style, name, spelled) in [
            (Clean, "01-Guia & C", "01-Guia & C"),
            (Docusaurus, "01-intro", "intro"),
            (Docusaurus, "1. Redes", "Redes"),
            (Docusaurus, "003 - Minha página", "Minha página"),
            (Docusaurus, "12_a", "a"),
            (Docusaurus, "1--x", "x"),
            (Docusaurus, "1.a", "a"),
            (Docusaurus, "7.0-x", "7.0-x"),
            (Docusaurus, "2024-08", "2024-08"),
            (Docusaurus, "1-", "1-"),
            (Docusaurus, "1- -x", "1- -x"),
            (Docusaurus, "1 x", "1 x"),
            (Docusaurus, "3d", "3d"),
            (Docusaurus, "01", "01"),
            (Starlight, "Códigos_de_erro", "códigos_de_erro"),
            (Starlight, "Pós-pago & C", "pós-pago--c"),
            (Starlight, "v1.2", "v12"),
            (Starlight, "!?", "!?"),
            (Hugo, "Códigos_de_erro", "códigos_de_erro"),
            (Hugo, "A & B  c", "a--b--c"),
            (Hugo, "O'Neil (2) + x@y", "oneil-2-+-x@y"),
            (Hugo, "C#", "c#"),
            (Hugo, "100%", "100"),
            (Hugo, "É À", "é-à"),
            (Hugo, "a~b", "a~b"),
            (Hugo, "½ ²ª", "-ª"),
            (Hugo, " x y ", "-x-y-"),
            (Hugo, ".(.", ".(."),
        ] {
            assert_eq!(Shape::of(style).spell(name), spelled, "{name} as {style:?}");
        }
    }

    #[test]
    fn addresses_of_pages_and_folders() {
        use UrlStyle::{Clean, Docusaurus, Hugo, Starlight};
        for (style, path, url, route) in [
            (Clean, "guia/A.md", "/d/guia/A", "guia/A"),
            (Clean, "guia/index.md", "/d/guia/", "guia/"),
            (Clean, "guia.md", "/d/guia", "guia"),
            (Clean, "index.md", "/d/", ""),
            (Docusaurus, "01-guia/02-Meu arquivo.md", "/d/guia/Meu%20arquivo/", "guia/Meu arquivo"),
            (Docusaurus, "01-guia/README.md", "/d/guia/", "guia"),
            (Docusaurus, "01-guia/01-GUIA.md", "/d/guia/", "guia"),
            (Docusaurus, "guia/Guia.md", "/d/guia/", "guia"),
            (Docusaurus, "01-index.md", "/d/index/", "index"),
            (Starlight, "Guia/README.md", "/d/guia/readme/", "guia/readme"),
            (Starlight, "Guia/Index.md", "/d/guia/", "guia"),
            (Hugo, "Guia Um/_index.md", "/d/guia-um/", "guia-um"),
            (Hugo, "Guia Um/README.md", "/d/guia-um/readme/", "guia-um/readme"),
            (Hugo, "..(/a.md", "/d/..%28/a/", "..(/a"),
        ] {
            let path = PagePath::new(path).expect("a page");
            assert_eq!(url_of(&path, &rules(style)), url, "{path} {style:?}");
            assert_eq!(route_of(&path, &rules(style)), route, "{path} {style:?}");
        }
    }

    #[test]
    fn front_matter_may_name_the_address() {
        use UrlStyle::{Directory, Docusaurus, Hugo, Starlight};
        let slug = |text: &str| FrontMatter { slug: Some(text.into()), ..FrontMatter::default() };
        let id = |text: &str| FrontMatter { id: Some(text.into()), ..FrontMatter::default() };
        let url = |text: &str| FrontMatter { url: Some(text.into()), ..FrontMatter::default() };
        for (style, path, front, expected) in [
            (Docusaurus, "01-guia/a.md", slug("/"), "/d/"),
            (Docusaurus, "01-guia/a.md", slug("/Outro/lugar"), "/d/Outro/lugar/"),
            (Docusaurus, "01-guia/a.md", slug("b"), "/d/guia/b/"),
            (Docusaurus, "01-guia/a.md", slug("../b/./c"), "/d/b/c/"),
            (Docusaurus, "01-guia/a.md", slug("../../../b"), "/d/b/"),
            (Docusaurus, "01-guia/a.md", id("03-b"), "/d/guia/03-b/"),
            (Docusaurus, "01-guia/index.md", id("b"), "/d/guia/"),
            (Docusaurus, "01-guia/index.md", slug("b"), "/d/guia/b/"),
            (Starlight, "Guia/a.md", slug("Outro/Lugar"), "/d/Outro/Lugar/"),
            (Hugo, "Guia/a.md", slug("Meu Slug É"), "/d/guia/meu-slug-%C3%A9/"),
            (Hugo, "Guia/a.md", slug("a/b C"), "/d/guia/a/b-c/"),
            (Hugo, "Guia/a.md", url("/Outro/Lugar X/"), "/d/Outro/Lugar%20X/"),
            (Hugo, "Guia/a.md", url("rel/x/"), "/d/rel/x/"),
            (Hugo, "Guia/a.md", url("/solto"), "/d/solto/"),
            (Hugo, "Guia/a.md", url("/a/b.html"), "/d/guia/a/"),
            (Hugo, "Guia/_index.md", slug("b"), "/d/guia/"),
            (Directory, "Guia/a.md", slug("b"), "/d/Guia/a/"),
            (Docusaurus, "a.md", slug("/x\"><y/..%2f/é"), "/d/x%22%3E%3Cy/..%252f/%C3%A9/"),
        ] {
            let path = PagePath::new(path).expect("a page");
            assert_eq!(url_named(&path, &rules(style), &front), expected, "{path} {style:?} {front:?}");
        }
    }
}
