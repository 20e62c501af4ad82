//! The one table of what can go wrong, and the problem documents (RFC 9457) made from it.
//!
//! Its own file because the table answers clients and documents the interface alike; a detail never holds a cause,
//! a disk path or a value that was sent.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// `application/problem+json`
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong, for programs: stable, unlike the words in `detail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Code {
    BadRequest,
    InvalidJson,
    Unauthorized,
    NotFound,
    PageNotFound,
    JobNotFound,
    MethodNotAllowed,
    RequestTimeout,
    PayloadTooLarge,
    UriTooLong,
    InvalidParameter,
    InvalidField,
    InvalidPath,
    HeadersTooLarge,
    Internal,
    NotReady,
    Overloaded,
    SearchTimeout,
    Timeout,
    Stopping,
}

/// What is said of a code.
pub(super) struct Row {
    pub(super) code: Code,
    pub(super) status: StatusCode,
    /// The `detail` where the answer has none of its own, and the line in the document.
    pub(super) detail: &'static str,
}

/// Every code, once, in the order of the enum.
pub(super) const TABLE: &[Row] = &[
    row(Code::BadRequest, StatusCode::BAD_REQUEST, "the request could not be read"),
    row(Code::InvalidJson, StatusCode::BAD_REQUEST, "the body is not a JSON object"),
    row(Code::Unauthorized, StatusCode::UNAUTHORIZED, "this needs the admin token: Authorization: Bearer TOKEN"),
    row(Code::NotFound, StatusCode::NOT_FOUND, "there is nothing at this address"),
    row(Code::PageNotFound, StatusCode::NOT_FOUND, "the index has no page at this path"),
    row(Code::JobNotFound, StatusCode::NOT_FOUND, "there is no job of this id; the last 100 are kept until restart"),
    row(Code::MethodNotAllowed, StatusCode::METHOD_NOT_ALLOWED, "this address has other methods, see the Allow header"),
    row(Code::RequestTimeout, StatusCode::REQUEST_TIMEOUT, "the request took too long to arrive"),
    row(Code::PayloadTooLarge, StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than this address takes"),
    row(Code::UriTooLong, StatusCode::URI_TOO_LONG, "the address is longer than 16 KiB"),
    row(Code::InvalidParameter, StatusCode::UNPROCESSABLE_ENTITY, "a parameter has a value that it cannot have"),
    row(Code::InvalidField, StatusCode::UNPROCESSABLE_ENTITY, "a field of the body has a value that it cannot have"),
    row(
        Code::InvalidPath,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a path must name a Markdown file or a folder, relative to the content directory and without `..`",
    ),
    row(
        Code::HeadersTooLarge,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        "the header fields are more than 64, or larger than 16 KiB",
    ),
    row(
        Code::Internal,
        StatusCode::INTERNAL_SERVER_ERROR,
        "something failed here; the log knows more by the request id",
    ),
    row(Code::NotReady, StatusCode::SERVICE_UNAVAILABLE, "there is no index yet; the first one is being built"),
    row(Code::Overloaded, StatusCode::SERVICE_UNAVAILABLE, "too many searches at once; try again in a moment"),
    row(Code::SearchTimeout, StatusCode::SERVICE_UNAVAILABLE, "the search took longer than it may"),
    row(Code::Timeout, StatusCode::SERVICE_UNAVAILABLE, "the answer took longer than it may"),
    row(Code::Stopping, StatusCode::SERVICE_UNAVAILABLE, "the daemon is stopping"),
];

const fn row(code: Code, status: StatusCode, detail: &'static str) -> Row {
    Row { code, status, detail }
}

impl Code {
    /// What the table says of it.
    pub(super) fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// Which code stands for a bare status, as the router or the connection gives one.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            408 => Self::RequestTimeout,
            413 => Self::PayloadTooLarge,
            414 => Self::UriTooLong,
            431 => Self::HeadersTooLarge,
            503 => Self::Overloaded,
            500.. => Self::Internal,
            _ => Self::BadRequest,
        }
    }
}

/// An error as it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) code: Code,
    detail: Cow<'static, str>,
    parameter: Option<&'static str>,
}

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemBody {
    /// Always `about:blank`: `code` tells kinds apart.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened, for people.
    #[schema(value_type = String)]
    detail: Cow<'static, str>,
    /// What happened, for programs.
    code: Code,
    /// The parameter or field at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    parameter: Option<&'static str>,
    /// As `detail`, under the name that Algolia's clients read; on their routes only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>)]
    message: Option<Cow<'static, str>>,
}

impl Problem {
    /// With the detail of the table.
    pub(super) fn new(code: Code) -> Self {
        Self { code, detail: Cow::Borrowed(code.row().detail), parameter: None }
    }

    /// A query parameter has a value that it cannot have.
    pub(super) fn parameter(name: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code: Code::InvalidParameter, detail: detail.into(), parameter: Some(name) }
    }

    /// A field of a JSON body has a value that it cannot have.
    pub(super) fn field(name: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code: Code::InvalidField, detail: detail.into(), parameter: Some(name) }
    }

    /// A path in a JSON body names no page or folder.
    pub(super) fn path(name: &'static str) -> Self {
        Self { parameter: Some(name), ..Self::new(Code::InvalidPath) }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.code.row().status
    }

    /// What happened, for people.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    /// The document.
    pub(super) fn json(&self) -> Vec<u8> {
        self.document(None)
    }

    /// The document with `message`.
    pub(super) fn json_with_message(&self) -> Vec<u8> {
        self.document(Some(self.detail.clone()))
    }

    fn document(&self, message: Option<Cow<'static, str>>) -> Vec<u8> {
        let status = self.status();
        let body = ProblemBody {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: self.detail.clone(),
            code: self.code,
            parameter: self.parameter,
            message,
        };
        // Strings and a number: there is nothing in it that cannot be written.
        serde_json::to_vec(&body).unwrap_or_default()
    }

    /// In how many seconds another try may do better.
    pub(super) fn retry_after_s(&self) -> Option<u32> {
        (self.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(1)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.json()));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == Code::Unauthorized {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"achei\""));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_codes() {
        for (place, row) in TABLE.iter().enumerate() {
            assert_eq!(row.code as usize, place, "{:?}", row.code);
            assert!(row.status.canonical_reason().is_some());
        }
        assert_eq!(TABLE.len(), Code::Stopping as usize + 1);
    }

    #[test]
    fn a_document_has_the_members_of_the_contract() {
        let problem = Problem::parameter("limit", "limit must be 1 to 100");
        let json: serde_json::Value = serde_json::from_slice(&problem.json()).expect("json");
        assert_eq!(
            json,
            serde_json::json!({
                "type": "about:blank", "title": "Unprocessable Entity", "status": 422,
                "detail": "limit must be 1 to 100", "code": "invalid_parameter", "parameter": "limit"
            })
        );
    }

    #[test]
    fn every_503_says_when_to_come_back_and_every_401_how() {
        for row in TABLE {
            let response = Problem::new(row.code).into_response();
            assert_eq!(response.headers().contains_key(RETRY_AFTER), row.status.as_u16() == 503, "{:?}", row.code);
            assert_eq!(response.headers().contains_key(WWW_AUTHENTICATE), row.status.as_u16() == 401);
            assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        }
    }
}
