//! The browser's search bar: the `OpenSearch` description and suggestions.
//!
//! Its own file because browsers want absolute addresses here, and only here: from `server.public_url`,
//! else from the request's `Host` if that is plain.

use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HOST, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::etag::{Match, Tag};
use super::html::Escaped;
use super::language::Language;
use super::problem::Problem;
use super::search::json;
use super::services::Live;
use super::texts::Texts;
use super::{Services, Shared, home};
use crate::search::SuggestResponse;

/// The query, completions, descriptions and addresses, as browsers read them (`OpenSearch` Suggestions 1.1).
#[derive(Serialize)]
pub(super) struct Completions(String, Vec<String>, Vec<String>, Vec<String>);

impl PartialSchema for Completions {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let either = AnyOfBuilder::new().schema_type(SchemaType::AnyValue);
        let either = either.item(text()).item(ArrayBuilder::new().items(text()));
        RefOr::T(Schema::Array(ArrayBuilder::new().items(either).min_items(Some(4)).max_items(Some(4)).build()))
    }
}

impl ToSchema for Completions {}

/// Where readers reach us, without a `/` at the end.
pub(super) fn base(services: &Services, live: &Live, headers: &HeaderMap) -> String {
    let public = live.server.public_url.trim_end_matches('/');
    if !public.is_empty() {
        return public.to_owned();
    }
    let plain = |host: &&str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
        (1..=255).contains(&host.len()) && host.bytes().all(known)
    };
    match headers.get(HOST).and_then(|host| host.to_str().ok()).filter(plain) {
        Some(host) => format!("http://{host}"),
        None => format!("http://{}", services.listen),
    }
}

/// `url`, absolute.
fn absolute(base: &str, url: &str) -> String {
    if url.starts_with("http://") || url.starts_with("https://") {
        return url.to_owned();
    }
    if !url.starts_with('/') {
        return format!("{base}/{url}");
    }
    let host_at = base.find("://").map_or(0, |at| at + 3);
    let origin = base[host_at..].find('/').map_or(base, |at| &base[..host_at + at]);
    format!("{origin}{url}")
}

/// Completions as browsers read them.
pub(super) fn completions(answer: SuggestResponse, base: &str) -> Result<Response, Problem> {
    let mut body = Completions(answer.query, Vec::new(), Vec::new(), Vec::new());
    for suggestion in answer.suggestions {
        body.3.push(absolute(base, &suggestion.url));
        body.2.push(suggestion.path);
        body.1.push(suggestion.text);
    }
    let mut response = json(&body)?;
    let kind = HeaderValue::from_static("application/x-suggestions+json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

/// Search-engine description
///
/// What browsers read to offer the wiki in their search bar. Addresses are absolute.
#[utoipa::path(get, path = "/opensearch.xml", tag = "site", responses((status = 200, description = "The description.",
    body = String, content_type = "application/opensearchdescription+xml")))]
pub(super) async fn description(State(services): State<Shared>, headers: HeaderMap) -> Response {
    let live = services.live();
    let (language, by_reader) = Language::of_reader(&live, &headers);
    let base = base(&services, &live, &headers);
    let tag = Tag::of(&["/opensearch.xml", env!("CARGO_PKG_VERSION"), &live.digest, &base, language.tag()]);
    let mut response = if tag.matched(&headers) == Match::None {
        let kind = HeaderValue::from_static("application/opensearchdescription+xml; charset=utf-8");
        ([(CONTENT_TYPE, kind)], xml(&base, language)).into_response()
    } else {
        tag.not_modified()
    };
    tag.mark(response.headers_mut());
    if by_reader {
        response.headers_mut().append(VARY, HeaderValue::from_static("Accept-Language"));
    }
    response
}

fn xml(base: &str, language: Language) -> String {
    let texts = Texts::of(language);
    let (base, icon) = (Escaped(base), home::ICON.path());
    let (label, language) = (Escaped(texts.label), language.tag());
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
  <ShortName>Achei</ShortName>
  <Description>{label}</Description>
  <InputEncoding>UTF-8</InputEncoding>
  <OutputEncoding>UTF-8</OutputEncoding>
  <Language>{language}</Language>
  <Image width="16" height="16" type="image/svg+xml">{base}/{icon}</Image>
  <Url type="text/html" method="get" template="{base}/?q={{searchTerms}}"/>
  <Url type="application/x-suggestions+json" rel="suggestions" method="get" template="{base}/suggest?q={{searchTerms}}&amp;format=opensearch"/>
  <Url type="application/opensearchdescription+xml" rel="self" template="{base}/opensearch.xml"/>
</OpenSearchDescription>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_absolute() {
        for (base, url, whole) in [
            ("http://h:1", "/pt-br/A", "http://h:1/pt-br/A"),
            ("https://w.example/_busca", "/pt-br/A", "https://w.example/pt-br/A"),
            ("https://w.example/_busca", "https://x.example/A", "https://x.example/A"),
            ("https://w.example/_busca", "A", "https://w.example/_busca/A"),
        ] {
            assert_eq!(absolute(base, url), whole);
        }
    }
}
