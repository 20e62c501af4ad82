//! Every limit in one table, in words: what is bounded, how far, and what becomes of the rest.
//!
//! Its own file because the numbers live in the rooms that keep them, and operators need them in one place: SECURITY.md
//! shows these rows, and a test holds it to them.

use std::path::Path;
use std::time::Duration;

use super::log_line::{MAX_FIELD_BYTES, REPEAT_EVERY, REPEATS};
use crate::config::Config;
use crate::http::limits::{
    BODY_BYTES, CLICKS, FACADE_BODY_BYTES, FACADE_REQUESTS, HEADER_BYTES, HEADERS, REFUSAL_DELAY, REFUSALS_AT_ONCE,
    TARGET_BYTES, WRITE_TIME, bounds,
};
use crate::{content, page, search};

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is bounded.
    pub what: String,
    /// How far, by default.
    pub limit: String,
    /// What becomes of what lies beyond.
    pub beyond: &'static str,
    /// The configuration key that moves it; empty where none does.
    pub key: &'static str,
}

fn row(what: impl Into<String>, limit: impl Into<String>, beyond: &'static str, key: &'static str) -> Limit {
    Limit { what: what.into(), limit: limit.into(), beyond, key }
}

/// All of them, with the defaults of what can be configured.
pub fn limits() -> Vec<Limit> {
    let defaults = Config::defaults(Path::new(""));
    let server = &defaults.server;
    let mut rows = vec![
        row("`q`", bytes(search::MAX_QUERY_BYTES), "422", ""),
        row("words in `q`", search::MAX_QUERY_WORDS.to_string(), "ignored", ""),
        row(
            "words that a half-typed word stands for",
            search::MAX_PREFIX_WORDS.to_string(),
            "the commonest are kept, titles beyond them",
            "",
        ),
    ];
    rows.extend(bounds().map(|(names, from, to)| row(names, format!("{from} to {to}"), "422", "")));
    rows.extend([
        row("request target", bytes(TARGET_BYTES), "414", ""),
        row("header fields", format!("{HEADERS}, {} in all", bytes(HEADER_BYTES)), "431", ""),
        row("body of a `GET`", "none", "413", ""),
        row("body of `POST /search` and `POST /reindex`", bytes(BODY_BYTES), "413", ""),
        row("body on the routes of Algolia's clients", bytes(FACADE_BODY_BYTES), "413", ""),
        row("queries in such a body", FACADE_REQUESTS.to_string(), "422", ""),
        row("arrival of a request's head", time(server.header_timeout), "408", "server.header_timeout_ms"),
        row(
            "a request in all, but for waiting for a job",
            time(server.request_timeout),
            "408 or 503",
            "server.request_timeout_ms",
        ),
        row("an idle connection", time(server.idle_timeout), "closed", "server.idle_timeout_ms"),
        row(
            "a client that does not take in its answer",
            format!("{}, or the idle time if shorter", time(WRITE_TIME)),
            "closed",
            "",
        ),
        row("connections", server.max_connections.to_string(), "they wait", "server.max_connections"),
        row("a search", time(server.search_timeout), "503", "server.search_timeout_ms"),
        row("searches at once", "2 for each core", "they wait", "server.search_threads"),
        row("searches that wait", server.search_queue.to_string(), "503", "server.search_queue"),
        row("wrong tokens at once", format!("{REFUSALS_AT_ONCE}, and one more each second"), "401 after a delay", ""),
        row("that delay", time(REFUSAL_DELAY), "", ""),
        row(
            "clicks of one address",
            format!("{} at once, and {} more each second", CLICKS.at_once, CLICKS.each_second),
            "not counted",
            "",
        ),
        row("open requests after a stop", time(server.drain_timeout), "dropped", "server.drain_timeout_ms"),
        row(
            "a page",
            bytes(defaults.content.max_page_bytes as usize),
            "only the title and the first part count, listed",
            "content.max_page_bytes",
        ),
        row("elements of a page", page::MAX_EVENTS.to_string(), "only those before count, listed", ""),
        row("front matter", bytes(page::MAX_FRONT_MATTER_BYTES), "read as text, listed by `achei check`", ""),
        row("depth of folders", content::MAX_DEPTH.to_string(), "listed", ""),
        row("files", content::MAX_FILES.to_string(), "listed", ""),
        row("a field of the log", bytes(MAX_FIELD_BYTES), "cut", ""),
        row(
            "warnings of one kind",
            format!("{REPEATS} at once, and one more every {}", time(REPEAT_EVERY)),
            "counted",
            "",
        ),
    ]);
    rows
}

fn bytes(count: usize) -> String {
    const KIB: usize = 1024;
    match count {
        _ if count >= KIB * KIB && count.is_multiple_of(KIB * KIB) => format!("{} MiB", count / KIB / KIB),
        _ if count >= KIB && count.is_multiple_of(KIB) => format!("{} KiB", count / KIB),
        _ => format!("{count} bytes"),
    }
}

fn time(time: Duration) -> String {
    if time.subsec_millis() == 0 { format!("{} s", time.as_secs()) } else { format!("{} ms", time.as_millis()) }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Seen to fail with any number of the table changed.
    #[test]
    fn security_md_shows_these_rows() {
        let mut table = "| what | limit | beyond it | key |\n| --- | --- | --- | --- |\n".to_owned();
        for Limit { what, limit, beyond, key } in limits() {
            let key = if key.is_empty() { String::new() } else { format!("`{key}` ") };
            let beyond = if beyond.is_empty() { String::new() } else { format!("{beyond} ") };
            let _ = writeln!(table, "| {what} | {limit} | {beyond}| {key}|");
        }
        let document = include_str!("../../SECURITY.md");
        assert!(document.contains(&table), "the table of SECURITY.md should be\n{table}");
    }

    /// A key that does not exist would send operators nowhere.
    #[test]
    fn keys_are_keys() {
        let shipped = include_str!("../../config.toml");
        for key in limits().iter().map(|limit| limit.key).filter(|key| !key.is_empty()) {
            let (section, name) = key.split_once('.').expect("a section");
            let section = shipped.split(&format!("\n[{section}]\n")).nth(1).expect(key);
            assert!(section.split("\n[").next().is_some_and(|keys| keys.contains(&format!("\n{name} = "))), "{key}");
        }
    }
}
