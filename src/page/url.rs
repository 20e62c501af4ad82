//! Where readers find a page: locale, folders, route and URL of a path.
//!
//! Its own room because links, clashes and hits must agree on one identity of a page. The invariant:
//! two files that claim one URL have equal routes, and two that do not have different ones.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::front_matter::FrontMatter;
use super::shape::{Shape, own_path};
use super::{Anchor, LocaleInUrl, PagePath, PageRules, UrlStyle, nfc};

/// All but the unreserved characters: what remains can break out of no attribute, header or shell word.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path, apart in its locale and what lies below.
pub(super) struct Place<'a> {
    /// Index into [`PageRules::locales`], where the first folder is one of them.
    pub locale: Option<usize>,
    /// The folder of the locale as on disk.
    pub locale_folder: Option<&'a str>,
    /// Folders below the locale folder, as on disk.
    pub folders: Vec<&'a str>,
}

impl<'a> Place<'a> {
    pub(super) fn of(path: &'a PagePath, rules: &PageRules) -> Self {
        let mut folders: Vec<_> = path.folders().collect();
        let locale = folders.first().and_then(|first| locale_index(first, rules));
        let locale_folder = locale.map(|_| folders.remove(0));
        Self { locale, locale_folder, folders }
    }
}

/// Which of the configured locales a folder name is, in any case of letters.
pub(super) fn locale_index(folder: &str, rules: &PageRules) -> Option<usize> {
    rules.locales.iter().position(|locale| locale.eq_ignore_ascii_case(folder))
}

/// What links and clashes compare: the URL of a page without base, extension and encoding, in NFC.
///
/// In `wikijs` style the locale as configured, then the path below it (`pt-br/Cadastros/VPN`); in the other styles the path
/// as the style spells it, `index` and the like taken for their folder (empty for that of the root). Where `A.html` is not
/// `A/`, the route of a folder ends in a slash, so that `A.md` and `A/index.md` are two pages.
pub fn route_of(path: &PagePath, rules: &PageRules) -> String {
    let segments = url_segments(path, rules);
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    route(&segments, rules)
}

/// The route of a decoded path in the URL space, as a page or a link has it, without extension.
pub(super) fn route(segments: &[&str], rules: &PageRules) -> String {
    let joined = match rules.url_style {
        UrlStyle::Wikijs => {
            let (locale, below) = match segments.split_first().map(|(first, below)| (locale_index(first, rules), below))
            {
                Some((Some(locale), below)) => (locale, below),
                _ => (0, segments),
            };
            let locale = rules.locales.get(locale).map_or("", String::as_str);
            let mut route = vec![locale];
            // The wiki's root is the page `home`.
            route.extend(if below.is_empty() { &["home"][..] } else { below });
            route.join("/")
        }
        _ => {
            let shape = Shape::of(rules.url_style);
            match folder_of(segments, shape) {
                Some(folders) => {
                    let folder = spelled(folders, shape).join("/");
                    if folder.is_empty() || !shape.folders_differ() { folder } else { folder + "/" }
                }
                None => spelled(segments, shape).join("/"),
            }
        }
    };
    nfc(&joined)
}

/// The folders, where the last of the segments stands for them.
fn folder_of<'a, 'b>(segments: &'a [&'b str], shape: &Shape) -> Option<&'a [&'b str]> {
    let (last, folders) = segments.split_last()?;
    shape.is_index(last, folders.last().copied()).then_some(folders)
}

fn spelled(segments: &[&str], shape: &Shape) -> Vec<String> {
    segments.iter().map(|segment| nfc(&shape.spell(segment))).collect()
}

/// The decoded path of a page's URL, without base and extension.
fn url_segments(path: &PagePath, rules: &PageRules) -> Vec<String> {
    let stem = nfc(kept_stem(path, rules));
    let mut segments: Vec<String> = stem.split('/').map(str::to_owned).collect();
    if rules.url_style == UrlStyle::Wikijs {
        let place = Place::of(path, rules);
        if place.locale.is_some() {
            segments.remove(0);
        }
        let locale = place.locale.unwrap_or(0);
        let shown = match rules.locale_in_url {
            LocaleInUrl::Always => true,
            LocaleInUrl::NonDefault => locale != 0,
            LocaleInUrl::Never => false,
        };
        if shown && let Some(locale) = rules.locales.get(locale) {
            segments.insert(0, nfc(locale));
        }
    }
    segments
}

/// The path without the extension, which stays where URLs carry it and it is not `.md`.
fn kept_stem<'a>(path: &'a PagePath, rules: &PageRules) -> &'a str {
    let stem = path.stem();
    let extension = &path.as_str()[stem.len()..];
    let name = stem.rsplit('/').next().unwrap_or(stem);
    let index = Shape::of(rules.url_style).is_index(name, None);
    if rules.url_style == UrlStyle::File && extension != ".md" && !index { path.as_str() } else { stem }
}

/// Where readers find a page: `url_base` and the path, in NFC, percent-encoded per segment, without fragment.
///
/// ```
/// # use achei::page::{AnchorStyle, LocaleInUrl, PagePath, PageRules, UrlStyle, url_of};
/// let rules = PageRules {
///     locales: vec!["pt-br".into()],
///     locale_in_url: LocaleInUrl::Always,
///     url_base: "/".into(),
///     url_style: UrlStyle::Wikijs,
///     anchor_style: AnchorStyle::Wikijs,
/// };
/// let path = PagePath::new("Cadastros/Cobrança.md").expect("a page");
/// assert_eq!(url_of(&path, &rules), "/pt-br/Cadastros/Cobran%C3%A7a");
/// ```
pub fn url_of(path: &PagePath, rules: &PageRules) -> String {
    url_named(path, rules, &FrontMatter::default())
}

/// The same for a page whose front matter may name another address, where the style follows that.
pub(super) fn url_named(path: &PagePath, rules: &PageRules, front: &FrontMatter) -> String {
    let shape = Shape::of(rules.url_style);
    let segments = url_segments(path, rules);
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let folder = folder_of(&segments, shape);
    let mut end = if kept_stem(path, rules) == path.stem() && folder.is_none() { shape.end } else { "" };
    let folders = folder.unwrap_or_else(|| segments.split_last().map_or(&[], |(_, folders)| folders));
    let own = own_path(rules.url_style, front, &spelled(folders, shape), folder.is_some());
    let segments = own.unwrap_or_else(|| spelled(folder.unwrap_or(&segments), shape));
    if segments.is_empty() {
        end = "";
    } else if folder.is_some() {
        end = "/";
    }
    let mut url = rules.url_base.clone();
    for (at, segment) in segments.iter().enumerate() {
        if at > 0 {
            url.push('/');
        }
        url.extend(utf8_percent_encode(segment, ENCODED));
    }
    url.push_str(end);
    url
}

/// `url` with the fragment that scrolls to `anchor`, percent-encoded; `url` itself for an empty anchor.
pub fn url_with_anchor(url: &str, anchor: &Anchor) -> String {
    if anchor.0.is_empty() {
        return url.to_owned();
    }
    format!("{url}#{}", utf8_percent_encode(&anchor.0, ENCODED))
}

/// A folder's name as a reader would write it: `Tipo_de_cobrança` is `Tipo de cobrança`, `01-guia` is `guia`.
pub(super) fn readable(name: &str) -> String {
    let name = without_order_number(name);
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        let blank = matches!(c, '_' | '-') || c.is_whitespace() || c.is_control();
        if !blank {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    let out = nfc(out.trim_end());
    if out.is_empty() { nfc(name) } else { out }
}

/// `01-guia` and `2.guia` without their number; a number that says something (`2024-08`, `3d`, `1.2`) stays.
fn without_order_number(name: &str) -> &str {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=3).contains(&digits) {
        return name;
    }
    let rest = name[digits..].trim_start_matches([' ', '_', '-', '.']);
    let parted = rest.len() < name.len() - digits;
    if parted && rest.starts_with(char::is_alphabetic) { rest } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::AnchorStyle;

    fn rules(url_style: UrlStyle, locale_in_url: LocaleInUrl, url_base: &str) -> PageRules {
        PageRules {
            locales: vec!["pt-br".into(), "en".into()],
            locale_in_url,
            url_base: url_base.into(),
            url_style,
            anchor_style: AnchorStyle::Wikijs,
        }
    }

    fn page(path: &str) -> PagePath {
        PagePath::new(path).expect("a page")
    }

    #[test]
    fn wikijs_urls_by_locale() {
        use LocaleInUrl::{Always, Never, NonDefault};
        for (path, locale_in_url, url, route) in [
            ("A/B.md", Always, "/pt-br/A/B", "pt-br/A/B"),
            ("pt-br/A/B.md", Always, "/pt-br/A/B", "pt-br/A/B"),
            ("PT-BR/A/B.md", Always, "/pt-br/A/B", "pt-br/A/B"),
            ("EN/A/B.markdown", Always, "/en/A/B", "en/A/B"),
            ("A/B.md", NonDefault, "/A/B", "pt-br/A/B"),
            ("pt-br/A/B.md", NonDefault, "/A/B", "pt-br/A/B"),
            ("en/A/B.md", NonDefault, "/en/A/B", "en/A/B"),
            ("pt-br/en/B.md", NonDefault, "/en/B", "en/B"),
            ("en/A/B.md", Never, "/A/B", "pt-br/A/B"),
            ("TI/Redes.md", Always, "/pt-br/TI/Redes", "pt-br/TI/Redes"),
            ("pt-br.md", Always, "/pt-br/pt-br", "pt-br/pt-br"),
            ("guia/index.md", Always, "/pt-br/guia/index", "pt-br/guia/index"),
            (
                "Tipo_de_cobranc\u{327}a/Po\u{301}s pago.md",
                Always,
                "/pt-br/Tipo_de_cobran%C3%A7a/P%C3%B3s%20pago",
                "pt-br/Tipo_de_cobrança/Pós pago",
            ),
        ] {
            let rules = rules(UrlStyle::Wikijs, locale_in_url, "/");
            assert_eq!(url_of(&page(path), &rules), url, "{path} {locale_in_url:?}");
            assert_eq!(route_of(&page(path), &rules), route, "{path} {locale_in_url:?}");
        }
    }

    #[test]
    fn other_styles() {
        use UrlStyle::{Directory, File, Html, Wikijs};
        for (style, path, url, route) in [
            (Wikijs, "guia/Meu_Arquivo.md", "/w/pt-br/guia/Meu_Arquivo", "pt-br/guia/Meu_Arquivo"),
            (Directory, "guia/Meu_Arquivo.md", "/w/guia/Meu_Arquivo/", "guia/Meu_Arquivo"),
            (Html, "guia/Meu_Arquivo.md", "/w/guia/Meu_Arquivo.html", "guia/Meu_Arquivo"),
            (File, "guia/Meu_Arquivo.md", "/w/guia/Meu_Arquivo.md", "guia/Meu_Arquivo"),
            (File, "guia/a.markdown", "/w/guia/a.markdown", "guia/a.markdown"),
            (Directory, "guia/index.md", "/w/guia/", "guia"),
            (Html, "guia/README.md", "/w/guia/", "guia/"),
            (File, "guia/README.md", "/w/guia/", "guia/"),
            (Html, "guia.md", "/w/guia.html", "guia"),
            (File, "guia.md", "/w/guia.md", "guia"),
            (Html, "index.md", "/w/", ""),
            (Directory, "_index.md", "/w/", ""),
            (Directory, "en/a.md", "/w/en/a/", "en/a"),
            (Directory, "EN/a.md", "/w/EN/a/", "EN/a"),
            (Directory, "pt-br/index.md", "/w/pt-br/", "pt-br"),
        ] {
            let rules = rules(style, LocaleInUrl::Always, "/w/");
            assert_eq!(url_of(&page(path), &rules), url, "{path} {style:?}");
            assert_eq!(route_of(&page(path), &rules), route, "{path} {style:?}");
        }
    }

    #[test]
    fn nothing_breaks_out_of_a_url() {
        let rules = rules(UrlStyle::Wikijs, LocaleInUrl::Always, "https://wiki.example.org/");
        let path = page("a\"><'`$(x)&/..%2f#?\u{202e}\n\u{1b}!*.md");
        assert_eq!(
            url_of(&path, &rules),
            "https://wiki.example.org/pt-br/a%22%3E%3C%27%60%24%28x%29%26/..%252f%23%3F%E2%80%AE%0A%1B%21%2A"
        );
        let anchor = Anchor("ação\"<>".into());
        assert_eq!(url_with_anchor("/x", &anchor), "/x#a%C3%A7%C3%A3o%22%3C%3E");
        assert_eq!(url_with_anchor("/x", &Anchor::default()), "/x");
    }

    #[test]
    fn readable_names() {
        for (name, expected) in [
            ("Tipo_de_cobrança", "Tipo de cobrança"),
            ("01-guia", "guia"),
            ("2. Redes_e_VPN", "Redes e VPN"),
            ("2024-08", "2024 08"),
            ("01", "01"),
            ("3d", "3d"),
            ("1.2", "1.2"),
            ("__", "__"),
            ("pre\u{301}--pago", "pré pago"),
            ("a\u{1b}[31m", "a [31m"),
        ] {
            assert_eq!(readable(name), expected, "{name}");
        }
    }
}
