//! The modules that pages of other sites load: the widget, and the module that Pagefind's interfaces ask for.
//!
//! Its own file because who may load them is not configured: a script holds nothing of the wiki, so any origin may have
//! it, whatever `server.allowed_origins` says of the answers that it then asks for.

use std::sync::LazyLock;

use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::etag::{Match, Tag, hex};

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// The shortest `v` that names a content, in digits: less could be chance.
const MIN_VERSION_DIGITS: usize = 8;

/// A module compiled in.
struct Script {
    /// As it is served.
    content: String,
    /// SHA-256 of the content in hexadecimal.
    hash: String,
}

static WIDGET: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("../../web/achei.js")));

static PAGEFIND: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("../../web/pagefind.js")));

/// A source without the lines that hold a comment alone: a tenth of what readers would download.
fn without_comments(source: &str) -> String {
    let comment = |line: &str| {
        let line = line.trim();
        line.starts_with("//") || (line.starts_with("/**") && line.find("*/") == line.len().checked_sub(2))
    };
    source.split_inclusive('\n').filter(|line| !comment(line)).collect()
}

impl Script {
    fn new(source: &str) -> Self {
        let content = without_comments(source);
        let digest = Sha256::digest(content.as_bytes());
        Self { hash: hex(&digest, digest.len()), content }
    }

    /// Whether `v` names this very content: its hash, or enough of the beginning.
    fn is_version(&self, v: &str) -> bool {
        v.len() >= MIN_VERSION_DIGITS && self.hash.starts_with(&v.to_ascii_lowercase())
    }

    /// The module, or 304. With a `v` that names its content it may be kept for ever.
    fn answer(&'static self, query: &str, headers: &HeaderMap) -> Response {
        let tag = Tag::of_content(&self.hash);
        let mut response = if tag.matched(headers) == Match::None {
            ([(CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"))], self.content.as_str())
                .into_response()
        } else {
            tag.not_modified()
        };
        let headers = response.headers_mut();
        tag.mark(headers);
        if super::query::pairs(query).any(|(name, v)| name == "v" && self.is_version(&v)) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
        }
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(CORP, HeaderValue::from_static("cross-origin"));
        response
    }
}

/// The widget
///
/// A module that defines `<achei-search>`. Any origin may load it. With `v`, the SHA-256 of the content in hexadecimal
/// or its first 8 digits and more (as the `ETag` has them), it is kept for ever; with another `v` or none it is asked for
/// anew.
#[utoipa::path(get, path = "/achei.js", tag = "site",
    responses((status = 200, description = "The module.", body = String, content_type = "text/javascript")))]
pub(super) async fn widget(uri: Uri, headers: HeaderMap) -> Response {
    WIDGET.answer(uri.query().unwrap_or_default(), &headers)
}

/// Pagefind's module
///
/// What Pagefind's interfaces load from their bundle path; it asks `/search`. Any origin may load it.
#[utoipa::path(get, path = "/pagefind/pagefind.js", tag = "site",
    responses((status = 200, description = "The module.", body = String, content_type = "text/javascript")))]
pub(super) async fn pagefind(uri: Uri, headers: HeaderMap) -> Response {
    PAGEFIND.answer(uri.query().unwrap_or_default(), &headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_are_a_comment_alone_are_left_out() {
        let source = "// one\n  // two\nlet a = 'x'; // three\n  /** four */\n/** five\n */ let b;\n/** six */ let c;\nlet d = `\n`;";
        let served = "let a = 'x'; // three\n/** five\n */ let b;\n/** six */ let c;\nlet d = `\n`;";
        assert_eq!(without_comments(source), served);
        assert!(WIDGET.content.contains("customElements.define('achei-search'"));
        assert!(!WIDGET.content.lines().any(|line| line.trim_start().starts_with("//")));
    }

    #[test]
    fn a_version_is_the_beginning_of_the_hash() {
        assert!(WIDGET.is_version(&WIDGET.hash));
        assert!(WIDGET.is_version(&WIDGET.hash[..8]));
        assert!(WIDGET.is_version(&WIDGET.hash[..12].to_uppercase()));
        assert!(!WIDGET.is_version(&WIDGET.hash[..7]));
        assert!(!WIDGET.is_version(""));
        assert!(!WIDGET.is_version(&PAGEFIND.hash));
        assert!(!WIDGET.is_version(&format!("{}0", WIDGET.hash)));
    }
}
