//! `achei check --against SITE_DIR`: whether addresses and anchors of results exist in the site that the wiki's own tool built.
//!
//! Its own file because it reads what no other part does, built HTML, and only here may a difference be seen between the
//! renderer that an `anchor_style` names and the one that is used. What it keeps true: it reads beneath the site's folder
//! alone, and a page that cannot be read is a difference, never an error.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use html5gum::{DefaultEmitter, Token, Tokenizer};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::output::{BAD, STRONG, clean, styled};
use crate::index::StoredPage;

/// Of a larger file only the beginning is read: no page that people read comes near.
const MAX_HTML_BYTES: u64 = 64 << 20;

/// How the addresses that results get compare with a built site.
#[derive(Debug, Serialize)]
pub(super) struct Against {
    /// Pages looked for.
    pages: usize,
    /// Anchors looked for, in pages that are there.
    anchors: usize,
    /// Pages at whose address the site has no file.
    missing_pages: Vec<MissingPage>,
    /// Headings whose anchor is no id of their page.
    missing_anchors: Vec<MissingAnchor>,
}

#[derive(Debug, Serialize)]
struct MissingPage {
    path: String,
    url: String,
    /// The files that were looked for, relative to the site.
    looked_for: Vec<String>,
}

#[derive(Debug, Serialize)]
struct MissingAnchor {
    path: String,
    url: String,
    heading: String,
    anchor: String,
    /// The file that was read, relative to the site.
    file: String,
}

impl Against {
    /// Compares what is in the index with the site in `site`, whose pages lie there as below `url_base`.
    pub(super) fn compare(pages: &[(String, StoredPage)], site: &Path, url_base: &str) -> Self {
        let mut against =
            Self { pages: pages.len(), anchors: 0, missing_pages: Vec::new(), missing_anchors: Vec::new() };
        for (path, page) in pages {
            let looked_for = candidates(&page.url, url_base);
            let found = looked_for.iter().find_map(|file| Some((file, read(&site.join(file))?)));
            let Some((file, html)) = found else {
                let looked_for = looked_for.iter().map(|file| file.display().to_string()).collect();
                against.missing_pages.push(MissingPage { path: path.clone(), url: page.url.clone(), looked_for });
                continue;
            };
            let ids = ids(&html);
            for section in &page.sections {
                let heading = section.heading.and_then(|heading| page.headings.get(heading as usize));
                // A heading without an anchor of its own leads to the one before, which is looked for there.
                let Some(heading) = heading.filter(|heading| heading.anchor == section.anchor) else { continue };
                let anchor = &heading.anchor.0;
                if anchor.is_empty() {
                    continue;
                }
                against.anchors += 1;
                if !ids.contains(anchor.as_str()) {
                    against.missing_anchors.push(MissingAnchor {
                        path: path.clone(),
                        url: page.url.clone(),
                        heading: heading.text.clone(),
                        anchor: anchor.clone(),
                        file: file.display().to_string(),
                    });
                }
            }
        }
        against
    }

    /// Whether every address leads where it should.
    pub(super) fn holds(&self) -> bool {
        self.missing_pages.is_empty() && self.missing_anchors.is_empty()
    }

    pub(super) fn readable(&self) -> String {
        let mut out = String::new();
        for MissingPage { path, url, looked_for } in &self.missing_pages {
            // Writing to a String cannot fail, here and below.
            let _ = writeln!(
                out,
                "{} {}: {} (looked for {})",
                styled(BAD, "no page in the site:"),
                clean(path),
                clean(url),
                clean(&looked_for.join(", "))
            );
        }
        for MissingAnchor { path, heading, anchor, file, .. } in &self.missing_anchors {
            let _ = writeln!(
                out,
                "{} {}: #{} of \"{}\", in {}",
                styled(BAD, "no such id:"),
                clean(path),
                clean(anchor),
                clean(heading),
                clean(file)
            );
        }
        let verdict = if self.holds() { "Addresses lead into the site" } else { "Addresses and site differ" };
        let _ = writeln!(
            out,
            "{}: {} of {} pages, {} of {} anchors of these",
            styled(STRONG, verdict),
            self.pages - self.missing_pages.len(),
            self.pages,
            self.anchors - self.missing_anchors.len(),
            self.anchors
        );
        out
    }
}

/// The files that a static server may answer `url` with, relative to the site, likeliest first. None leads out of it.
fn candidates(url: &str, url_base: &str) -> Vec<PathBuf> {
    let below = url.strip_prefix(url_base).unwrap_or(url);
    let mut folder = PathBuf::new();
    let mut last = String::new();
    for segment in below.split('/') {
        folder.push(&last);
        // A name on disk is bytes; those that are no UTF-8 have no page of ours.
        last = percent_decode_str(segment).decode_utf8_lossy().into_owned();
        if last == ".." || last.contains(['/', '\0']) {
            return Vec::new();
        }
    }
    if last.is_empty() {
        return vec![folder.join("index.html")];
    }
    vec![folder.join(&last), folder.join(format!("{last}.html")), folder.join(&last).join("index.html")]
}

/// A file's bytes; none for what is no file, or cannot be read.
fn read(file: &Path) -> Option<Vec<u8>> {
    let opened = File::open(file).ok()?;
    opened.metadata().ok()?.is_file().then_some(())?;
    let mut bytes = Vec::new();
    opened.take(MAX_HTML_BYTES).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// What a fragment can lead to: every `id`, and the `name` of an `a`, entities read, as browsers do.
fn ids(html: &[u8]) -> HashSet<String> {
    let mut emitter: DefaultEmitter = DefaultEmitter::default();
    // Else markup in scripts and styles would be taken for elements.
    emitter.naively_switch_states(true);
    let mut ids = HashSet::new();
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        let Token::StartTag(tag) = token else { continue };
        for (name, value) in &tag.attributes {
            if name.as_slice() == b"id" || (name.as_slice() == b"name" && tag.name.as_slice() == b"a") {
                ids.insert(String::from_utf8_lossy(value).into_owned());
            }
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(url: &str, url_base: &str) -> Vec<String> {
        candidates(url, url_base).iter().map(|file| file.display().to_string()).collect()
    }

    #[test]
    fn an_address_is_looked_for_where_static_servers_do() {
        assert_eq!(files("/a/B%20c/", "/"), ["a/B c/index.html"]);
        assert_eq!(files("/", "/"), ["index.html"]);
        assert_eq!(files("https://example.org/docs/", "https://example.org/docs/"), ["index.html"]);
        assert_eq!(files("/docs/a%C3%A7.html", "/docs/"), ["aç.html", "aç.html.html", "aç.html/index.html"]);
        assert_eq!(files("/pt-br/A", "/"), ["pt-br/A", "pt-br/A.html", "pt-br/A/index.html"]);
    }

    #[test]
    fn no_address_leads_out_of_the_site() {
        for url in ["/../etc/passwd", "/a/%2E%2E/b/", "/%2Fetc%2Fpasswd", "/a%00b"] {
            assert_eq!(files(url, "/"), [""; 0], "{url}");
        }
    }

    #[test]
    fn ids_are_read_as_browsers_read_them() {
        let html = "<h2 id=a>A</h2><h2 ID='pós &amp; b'>x</h2><a name=\"velho\"></a><p name=nao><!-- <p id=c> -->\
            <script>'<p id=d>'</script><style>/* <p id=e> */</style><textarea><p id=f></textarea><title><p id=g></title>\
            <h3 id=\"é\"></h3><p title='<p id=h>'><p id=i id=j";
        let mut found: Vec<String> = ids(html.as_bytes()).into_iter().collect();
        found.sort();
        assert_eq!(found, ["a", "pós & b", "velho", "é"]);
    }

    #[test]
    fn any_bytes_have_ids() {
        for bytes in
            [&b""[..], b"<", b"\xff\xfe<p id=\xff>", b"<p id", &b"<p ".repeat(100_000), &b"<!--".repeat(50_000)]
        {
            ids(bytes);
        }
    }
}
