//! Links to other pages: what a target may mean.
//!
//! Its own room because wikis disagree on what `B` in a page means, and a link must be judged without
//! knowing which pages exist: each link carries the routes it may lead to, likeliest first.

use percent_encoding::percent_decode_str;

use super::shape::Shape;
use super::url::{Place, locale_index, route, route_of};
use super::{Link, PagePath, PageRules, UrlStyle, nfc, slug};

/// More readings than this are guesses.
const MAX_ROUTES: usize = 6;

/// First segments that Wiki.js keeps for itself.
const RESERVED: &[&str] = &[
    "a", "d", "e", "f", "h", "i", "p", "s", "t", "u", "login", "logout", "register", "verify", "favicons", "fonts",
    "img", "js", "svg", "graphql", "_assets",
];

/// A target as it stands in the page.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Href {
    pub target: String,
    pub line: u32,
    /// Written `[[target]]`.
    pub wiki: bool,
}

/// Reads the links of one page.
pub(super) struct Resolver<'a> {
    rules: &'a PageRules,
    /// The page itself, which its links do not count.
    route: String,
    /// The folder of the page's locale as on disk, else the default locale.
    locale: &'a str,
    /// Folders of the page on disk, the locale's among them.
    folders: Vec<String>,
    /// The file's name without extension.
    stem: String,
}

/// A target, apart.
struct Target {
    absolute: bool,
    /// Decoded, in NFC, `.` and empty ones gone, `..` kept; the extension as written.
    segments: Vec<String>,
    /// Written with a slash at its end.
    folder: bool,
    anchor: Option<String>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(path: &'a PagePath, rules: &'a PageRules) -> Self {
        let default = rules.locales.first().map_or("", String::as_str);
        let stem = path.stem();
        Self {
            rules,
            route: route_of(path, rules),
            locale: Place::of(path, rules).locale_folder.unwrap_or(default),
            folders: path.folders().map(nfc).collect(),
            stem: nfc(stem.rsplit('/').next().unwrap_or(stem)),
        }
    }

    /// The link, if the target can be a page of the wiki other than this one.
    pub(super) fn link(&self, href: &Href) -> Option<Link> {
        let target = self.target(&href.target)?;
        let last = target.segments.last().map_or("", String::as_str);
        if is_asset(last) || target.segments.len() > 64 {
            return None;
        }
        let (shown, readings) =
            if target.absolute { self.absolute(&target.segments)? } else { self.relative(&target.segments, href.wiki) };
        let mut routes: Vec<String> = Vec::new();
        for reading in readings {
            for route in self.routes(&reading, target.folder) {
                if !routes.contains(&route) && routes.len() < MAX_ROUTES {
                    routes.push(route);
                }
            }
        }
        if routes.first().is_none_or(|first| *first == self.route) {
            return None;
        }
        routes.retain(|route| *route != self.route);
        let anchor = if href.wiki { self.heading_anchor(target.anchor) } else { target.anchor };
        Some(Link { routes, target: shown, anchor, line: href.line })
    }

    /// Wikilinks name headings by their text, those above them first (`A#B`), and blocks by a mark (`^x`) that is no heading.
    fn heading_anchor(&self, fragment: Option<String>) -> Option<String> {
        let fragment = fragment?;
        let last = fragment.rsplit('#').next().unwrap_or(&fragment).trim();
        let anchor = slug::slug(self.rules.anchor_style, last);
        Some(anchor).filter(|anchor| !anchor.is_empty() && !last.starts_with('^'))
    }

    fn target(&self, href: &str) -> Option<Target> {
        let href = href.trim();
        let base = self.rules.url_base.as_str();
        let base_path = base_path(base);
        let (mut rest, in_base) = match href.strip_prefix(base).filter(|_| base.contains("://")) {
            Some(rest) => (rest, true),
            None if href.starts_with("//") || href.starts_with('\\') || has_scheme(href) => {
                return None;
            }
            None => match href.strip_prefix(base_path) {
                Some(rest) => (rest, true),
                None => (href, false),
            },
        };
        let mut anchor = None;
        if let Some((path, fragment)) = rest.split_once('#') {
            rest = path;
            anchor = Some(decoded(fragment)).filter(|fragment| !fragment.is_empty());
        }
        rest = rest.split('?').next().unwrap_or(rest);
        let absolute = in_base || rest.starts_with('/');
        if rest.is_empty() && !absolute {
            return None;
        }
        let segments = rest.split('/').map(decoded).flat_map(|segment| {
            // A decoded `%2f` parts nothing, and must not open a way out either.
            segment.split(['/', '\\']).map(str::to_owned).collect::<Vec<_>>()
        });
        let segments = segments.filter(|segment| !segment.is_empty() && segment != ".").collect();
        Some(Target { absolute, segments, folder: rest.is_empty() || rest.ends_with('/'), anchor })
    }

    /// `/x/y`: with its locale, else in that of the page, else in the default one.
    fn absolute(&self, segments: &[String]) -> Option<(String, Vec<Vec<String>>)> {
        let segments = resolved(&[], segments);
        let first = segments.first().map_or("", String::as_str);
        let wikijs = self.rules.url_style == UrlStyle::Wikijs;
        if wikijs && RESERVED.contains(&first) {
            return None;
        }
        let shown = segments.join("/");
        if locale_index(first, self.rules).is_some() {
            return Some((shown, vec![segments]));
        }
        let default = self.rules.locales.first().map_or("", String::as_str);
        let below = |locale: &str| [&[locale.to_owned()], segments.as_slice()].concat();
        let (own, default) = (below(self.locale), below(default));
        Some((shown, if wikijs { vec![own, default] } else { vec![segments, own, default] }))
    }

    /// `B`, `../A/B.md`: beside the file, below the page as if it were a folder, from the root.
    fn relative(&self, segments: &[String], wiki: bool) -> (String, Vec<Vec<String>>) {
        let beside = resolved(&self.folders, segments);
        let shown = beside.join("/");
        let page_is_folder = self.rules.url_style == UrlStyle::Wikijs || Shape::of(self.rules.url_style).end == "/";
        let as_file = segments.last().is_some_and(|last| super::has_markdown_extension(last));
        let mut readings = vec![beside];
        if page_is_folder && !as_file && !wiki {
            let page = [self.folders.as_slice(), std::slice::from_ref(&self.stem)].concat();
            readings.push(resolved(&page, segments));
        }
        let root = resolved(&[], segments);
        if root.first().is_none_or(|first| locale_index(first, self.rules).is_none()) {
            readings.push([&[self.locale.to_owned()], root.as_slice()].concat());
        }
        readings.push(root);
        if wiki {
            // `[[Minha página]]` is `Minha-página.md` in some wikis and `Minha_página.md` in others.
            for mark in ["-", "_"] {
                readings.push(readings[0].iter().map(|segment| segment.replace(' ', mark)).collect());
            }
        }
        (shown, readings)
    }

    /// The routes of a path as a link writes it, likeliest first: a name without extension may be a page or a folder.
    fn routes(&self, reading: &[String], folder: bool) -> Vec<String> {
        let (page, shape) = (self.route(reading), Shape::of(self.rules.url_style));
        let last = reading.last().map_or("", String::as_str);
        let named = last.is_empty()
            || shape.is_index(last, None)
            || super::has_markdown_extension(last)
            || !page.ends_with(&nfc(last));
        if named || !shape.folders_differ() {
            return vec![page];
        }
        let below = format!("{page}/");
        if folder { vec![below, page] } else { vec![page, below] }
    }

    /// The route of a path as a link writes it: the extension goes, unless URLs carry it.
    fn route(&self, reading: &[String]) -> String {
        let mut segments: Vec<&str> = reading.iter().map(String::as_str).collect();
        if let Some(last) = segments.last_mut() {
            // `...md` is a name, and its stem would lead upward.
            let stem = last.rsplit_once('.').filter(|(stem, _)| !matches!(*stem, "" | "." | ".."));
            if let Some((stem, extension)) = stem {
                let index = Shape::of(self.rules.url_style).is_index(stem, None);
                let file_style = self.rules.url_style == UrlStyle::File && extension != "md" && !index;
                let html = ["html", "htm"].iter().any(|known| extension.eq_ignore_ascii_case(known));
                if html || super::has_markdown_extension(last) && !file_style {
                    *last = stem;
                }
            }
        }
        route(&segments, self.rules)
    }
}

/// `segments` seen from `folders`; `..` above the root is dropped.
fn resolved(folders: &[String], segments: &[String]) -> Vec<String> {
    let mut path = folders.to_vec();
    for segment in segments {
        if segment == ".." {
            path.pop();
        } else {
            path.push(segment.clone());
        }
    }
    path
}

/// The path of the base: `/wiki/` of `https://example.org/wiki/`.
fn base_path(base: &str) -> &str {
    match base.split_once("://") {
        Some((_, host)) => host.find('/').map_or("/", |start| &host[start..]),
        None => base,
    }
}

fn has_scheme(href: &str) -> bool {
    let end = href.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-'))).unwrap_or(href.len());
    end > 0 && href.starts_with(|c: char| c.is_ascii_alphabetic()) && href[end..].starts_with(':')
}

/// Percent-decoded, in NFC, without control characters, which would act on a terminal.
fn decoded(text: &str) -> String {
    let text = percent_decode_str(text).decode_utf8_lossy();
    nfc(&text.replace(char::is_control, "\u{fffd}"))
}

/// Whether a name is that of a file that is no page: `x.png`, not `v1.2` and not `x.md`.
fn is_asset(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return false;
    };
    let page = ["md", "markdown", "html", "htm"].iter().any(|known| extension.eq_ignore_ascii_case(known));
    let named = !stem.is_empty()
        && (1..=5).contains(&extension.len())
        && extension.starts_with(|c: char| c.is_ascii_alphabetic())
        && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    named && !page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{AnchorStyle, LocaleInUrl};

    fn rules(url_style: UrlStyle, url_base: &str) -> PageRules {
        PageRules {
            locales: vec!["pt-br".into(), "en".into()],
            locale_in_url: LocaleInUrl::Always,
            url_base: url_base.into(),
            url_style,
            anchor_style: AnchorStyle::Wikijs,
        }
    }

    fn read(path: &str, rules: &PageRules, target: &str, wiki: bool) -> Option<Link> {
        let path = PagePath::new(path).expect("a page");
        Resolver::new(&path, rules).link(&Href { target: target.to_owned(), line: 1, wiki })
    }

    #[test]
    fn what_a_target_may_mean() {
        use UrlStyle::{Directory, File, Html, Wikijs};
        let table: &[(UrlStyle, &str, &str, &str, &[&str])] = &[
            (Wikijs, "A/P.md", "/pt-br/A/B", "pt-br/A/B", &["pt-br/A/B"]),
            (Wikijs, "A/P.md", "/PT-BR/A/B.md", "PT-BR/A/B.md", &["pt-br/A/B"]),
            (Wikijs, "A/P.md", "/A/B/", "A/B", &["pt-br/A/B"]),
            (Wikijs, "en/P.md", "/A/B?x=1#c", "A/B", &["en/A/B", "pt-br/A/B"]),
            (Wikijs, "A/P.md", "B", "A/B", &["pt-br/A/B", "pt-br/A/P/B", "pt-br/B"]),
            (Wikijs, "en/A/P.md", "B", "en/A/B", &["en/A/B", "en/A/P/B", "en/B", "pt-br/B"]),
            (Wikijs, "A/P.md", "../C/B.md", "C/B.md", &["pt-br/C/B"]),
            (Wikijs, "A/P.md", "../../../C.md", "C.md", &["pt-br/C"]),
            (
                Wikijs,
                "A/P.md",
                "./Cobran%C3%A7a_p%C3%B3s.md",
                "A/Cobrança_pós.md",
                &["pt-br/A/Cobrança_pós", "pt-br/Cobrança_pós"],
            ),
            (Wikijs, "A/P.md", "/", "", &["pt-br/home"]),
            (Wikijs, "A/P.md", "/en", "en", &["en/home"]),
            (Wikijs, "A/P.md", "v1.2", "A/v1.2", &["pt-br/A/v1.2", "pt-br/A/P/v1.2", "pt-br/v1.2"]),
            (Wikijs, "A/P.md", "/A/..%2f..%2fB", "B", &["pt-br/B"]),
            (Directory, "guia/P.md", "../a/index.md", "a/index.md", &["a", "pt-br/a"]),
            (Directory, "guia/P.md", "../b/", "b", &["b", "guia/b", "pt-br/b"]),
            (Html, "guia/P.md", "B.html#x", "guia/B.html", &["guia/B", "pt-br/B", "B"]),
            (Html, "en/P.md", "/a", "a", &["a", "a/", "en/a", "en/a/", "pt-br/a", "pt-br/a/"]),
            (Html, "P.md", "a/", "a", &["a/", "a", "pt-br/a/", "pt-br/a"]),
            (Html, "P.md", "a/index.html", "a/index.html", &["a/", "pt-br/a/"]),
            (File, "P.md", "a/README.md", "a/README.md", &["a/", "pt-br/a/"]),
            (Html, "a.md", "/", "", &["", "pt-br/", "pt-br"]),
            (File, "P.md", "B.markdown", "B.markdown", &["B.markdown", "pt-br/B.markdown"]),
            (File, "P.md", "B.md", "B.md", &["B", "pt-br/B"]),
        ];
        for (style, path, target, shown, routes) in table {
            let link = read(path, &rules(*style, "/"), target, false).unwrap_or_else(|| panic!("{target} is a link"));
            assert_eq!(
                (link.target.as_str(), link.routes.as_slice()),
                (*shown, &routes.iter().map(|r| (*r).to_owned()).collect::<Vec<_>>()[..]),
                "{path} {target}"
            );
        }
    }

    #[test]
    fn what_is_no_link_to_a_page() {
        for target in [
            "",
            "#x",
            "?x=1",
            "https://example.org/a",
            "//example.org/a",
            "mailto:a@b",
            "javascript:alert(1)",
            "data:x",
            "/a.png",
            "anexos/contrato.PDF",
            "/i/12",
            "/t/boleto",
            "/login",
            "A",
            "/pt-br/A",
            "A.md#aqui",
            "./",
            "\\\\host\\x",
        ] {
            if target != "./" {
                assert_eq!(read("A.md", &rules(UrlStyle::Wikijs, "/"), target, false), None, "{target}");
            }
        }
    }

    #[test]
    fn bases() {
        let absolute = rules(UrlStyle::Wikijs, "https://wiki.example.org/w/");
        for target in ["https://wiki.example.org/w/pt-br/B#c", "/w/B#c"] {
            let link = read("A.md", &absolute, target, false).expect("a link");
            assert_eq!(link.routes, ["pt-br/B"]);
            assert_eq!(link.anchor.as_deref(), Some("c"));
        }
        assert_eq!(read("A.md", &absolute, "https://example.org/w/B", false), None);
    }

    #[test]
    fn wikilinks() {
        let link = read("A/P.md", &rules(UrlStyle::Wikijs, "/"), "Minha página#Um%20título", true).expect("a link");
        assert_eq!(link.target, "A/Minha página");
        assert_eq!(link.anchor.as_deref(), Some("um-título"));
        for (target, anchor) in [
            ("B#Guia#1. Um passo", Some("h-1-um-passo")),
            ("B#um-passo", Some("um-passo")),
            ("B#^bloco", None),
            ("B#??", None),
        ] {
            let link = read("A/P.md", &rules(UrlStyle::Wikijs, "/"), target, true).expect("a link");
            assert_eq!(link.anchor.as_deref(), anchor, "{target}");
        }
        assert_eq!(
            link.routes,
            ["pt-br/A/Minha página", "pt-br/Minha página", "pt-br/A/Minha-página", "pt-br/A/Minha_página"]
        );
    }

    #[test]
    fn nothing_acts_on_a_terminal() {
        let link = read("A.md", &rules(UrlStyle::Wikijs, "/"), "/B%1b%5B31m%00#%07", false).expect("a link");
        assert_eq!(link.target, "B\u{fffd}[31m\u{fffd}");
        assert_eq!(link.anchor.as_deref(), Some("\u{fffd}"));
    }
}
