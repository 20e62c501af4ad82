//! Images: their text for readers, and which have none for those who do not see them.
//!
//! Apart from the events because Markdown and HTML mean different things by an empty text. In Markdown it is what an
//! author gets who writes none, so it is missing. In HTML the standard has `alt=""` say that an image only decorates;
//! nobody writes that by accident, so it is believed, as are `role="presentation"` and `aria-hidden`. A title is no such
//! text: neither touch nor keyboard brings it up, and screen readers pass it over beside an empty `alt`.

use std::ops::Range;

use percent_encoding::percent_decode_str;
use pulldown_cmark::LinkType;

use super::Reader;
use crate::page::{WithoutAlt, clean, html};

/// Letters of a file's name that are kept.
const MAX_NAME: usize = 120;

/// What is known of the images so far.
#[derive(Default)]
pub(super) struct Images {
    /// How many are open.
    pub(super) open: usize,
    /// The outermost open one, as long as it has no text.
    silent: Option<Silent>,
    /// Those that are shown without a text.
    pub(super) without_alt: Option<WithoutAlt>,
}

/// An image that may turn out to have no text.
struct Silent {
    line: u32,
    target: String,
    /// Written `![[target]]`.
    wiki: bool,
}

impl Images {
    fn count(&mut self, line: u32, target: &str) {
        let found = self.without_alt.get_or_insert_with(|| WithoutAlt { count: 0, line, name: name_of(target) });
        found.count = found.count.saturating_add(1);
    }
}

impl Reader<'_> {
    /// `![…](…)` or `![[…]]` begins.
    pub(super) fn open_image(&mut self, kind: LinkType, target: &str, title: &str, range: Range<usize>) {
        // One within another is text of that one.
        if self.images.open == 0 && !self.hidden {
            let wiki = matches!(kind, LinkType::WikiLink { .. });
            // `![[…]]` takes in pages, too.
            let shown = !wiki || has_image_extension(target);
            self.images.silent = shown.then(|| Silent { line: self.line, target: target.to_owned(), wiki });
        }
        self.hidden = kind == LinkType::WikiLink { has_pothole: false };
        self.images.open += 1;
        self.text(" ", false);
        if !self.source[range].starts_with("![") || self.source[self.at..].starts_with("![](") {
            self.text(title, false);
        }
    }

    /// Text within an image becomes its own, but for the address in `![[tela.png]]` and the width in `![[tela.png|300]]`.
    pub(super) fn image_text(&mut self, text: &str) {
        let is_size = |text: &str| text.split('x').all(|side| side.trim().parse::<u16>().is_ok());
        let said = !self.hidden && !clean::fold(text).is_empty();
        self.images.silent.take_if(|silent| said && !(silent.wiki && is_size(text)));
    }

    /// It ends.
    pub(super) fn close_image(&mut self) {
        self.hidden = false;
        self.text(" ", false);
        self.images.open = self.images.open.saturating_sub(1);
        if self.images.open == 0
            && let Some(silent) = self.images.silent.take()
        {
            self.images.count(silent.line, &silent.target);
        }
    }

    /// An `<img>`.
    pub(super) fn html_image(&mut self, attributes: &str) {
        let value = |name| html::attribute(attributes, name);
        // Blanks alone are neither a text nor a word that it only decorates.
        let says = |name| value(name).is_some_and(|text| !clean::fold(&text).is_empty());
        // What a template binds is known to it alone.
        let named = ["alt", ":alt", "v-bind:alt", "aria-label", "aria-labelledby"].into_iter().any(says);
        let decorates = value("alt").is_some_and(|text| text.is_empty())
            || value("role").is_some_and(|role| ["presentation", "none"].contains(&role.to_lowercase().as_str()))
            || value("aria-hidden").is_some_and(|hidden| hidden.eq_ignore_ascii_case("true"));
        if !named && !decorates && !self.hidden && self.images.open == 0 {
            self.images.count(self.line, &value("src").unwrap_or_default());
        }
    }
}

/// The name of an image's file, as an editor would look for it; empty where there is none.
fn name_of(target: &str) -> String {
    let path = match target.split_once(',') {
        // What stands in the address itself has a type in the place of a name.
        Some((kind, _)) if target.starts_with("data:") => kind.split(';').next().unwrap_or(kind),
        _ => target.split(['?', '#']).next().unwrap_or(target),
    };
    let last = if path.starts_with("data:") { path } else { path.rsplit(['/', '\\']).next().unwrap_or(path) };
    clean::fold(&percent_decode_str(last).decode_utf8_lossy()).chars().take(MAX_NAME).collect()
}

fn has_image_extension(target: &str) -> bool {
    const KNOWN: [&str; 11] = ["png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "bmp", "apng", "ico", "tiff"];
    let path = target.split(['?', '#']).next().unwrap_or(target);
    path.rsplit_once('.').is_some_and(|(_, end)| KNOWN.iter().any(|known| known.eq_ignore_ascii_case(end)))
}
