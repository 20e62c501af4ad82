//! The address of a search on the search page: a search request written as a query string again.
//!
//! Its own file because it is the inverse of reading parameters: every link of the page keeps what was asked.
//! Addresses are relative, so that they work behind a path prefix.

use std::fmt::Write;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::search::{SearchRequest, Sort};

/// Of the search page for this request.
pub(super) fn of(request: &SearchRequest) -> String {
    let mut address = String::from("./?q=");
    address.extend(utf8_percent_encode(&request.q, NON_ALPHANUMERIC));
    let mut add = |name: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = write!(address, "&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
    };
    for (name, value) in filters(request) {
        add(name, &value);
    }
    if let Some(sort) = sort_name(request.sort) {
        add("sort", sort);
    }
    if request.limit != SearchRequest::default().limit {
        add("limit", &request.limit.to_string());
    }
    if request.offset > 0 {
        add("offset", &request.offset.to_string());
    }
    address
}

/// What narrows a search, by parameter.
pub(super) fn filters(request: &SearchRequest) -> Vec<(&'static str, String)> {
    let mut filters: Vec<(&'static str, String)> = Vec::new();
    filters.extend(request.lang.iter().map(|lang| ("lang", lang.clone())));
    filters.extend(request.category.iter().map(|category| ("category", category.clone())));
    filters.extend(request.tags.iter().map(|tag| ("tag", tag.clone())));
    filters.extend(request.updated_after.iter().map(|moment| ("updated_after", moment.to_string())));
    filters.extend(request.updated_before.iter().map(|moment| ("updated_before", moment.to_string())));
    filters
}

/// As a parameter; none for the usual order.
pub(super) fn sort_name(sort: Sort) -> Option<&'static str> {
    match sort {
        Sort::Relevance => None,
        Sort::Updated => Some("updated"),
        Sort::Title => Some("title"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::params::SEARCH;
    use super::super::search::request_of;
    use super::super::values::Values;
    use super::*;

    #[test]
    fn an_address_asks_what_was_asked() {
        for query in [
            "q=a+b%26c%00",
            "q=&tag=x&tag=y%26z&lang=pt&category=A%2FB",
            "q=a&sort=title&limit=7&offset=14&updated_after=2024-08-08&updated_before=2025-01-01T10:00:00Z",
        ] {
            let request = request_of(&Values::from_query(SEARCH, query).expect("valid"));
            let address = of(&request);
            let again = address.strip_prefix("./?").expect("relative");
            assert_eq!(request_of(&Values::from_query(SEARCH, again).expect("valid")), request, "{address}");
        }
    }
}
