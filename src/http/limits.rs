//! The limits of the interface that no configuration changes: one table of numbers.
//!
//! Its own file because tests, documents and layers must speak of the same numbers. `daemon::limits` has these and all
//! others in words; SECURITY.md shows them.

use std::time::Duration;

use super::params::{Kind, Param, RELATED, SEARCH, SUGGEST};

/// The longest request target, in bytes: a path of 4,096 bytes is three times as long once it is encoded.
pub const TARGET_BYTES: usize = 16 * 1024;
/// The largest head, in bytes of names and values with their separators.
pub const HEADER_BYTES: usize = 16 * 1024;
/// The most header fields.
pub const HEADERS: usize = 64;
/// The longest request id taken from a client.
pub(super) const REQUEST_ID_BYTES: usize = 64;
/// The largest body of `POST /search` and `POST /reindex`.
pub const BODY_BYTES: usize = 1024 * 1024;
/// The largest body on the routes of Algolia's clients.
pub const FACADE_BODY_BYTES: usize = 64 * 1024;
/// The most queries in one such body.
pub const FACADE_REQUESTS: usize = 20;
/// The longest that taking in one answer may block.
pub const WRITE_TIME: Duration = Duration::from_secs(10);
/// How long, and how much, is read and thrown away after a refusal, so that the client reads it before it is cut off.
pub(super) const LINGER: (Duration, usize) = (Duration::from_secs(1), 64 * 1024 * 1024);
/// What the HTTP library may buffer of a head: more than our own limits, which answer in our own words.
pub(super) const HEAD_BUFFER_BYTES: usize = 64 * 1024;
/// So many wrong tokens at once are refused without delay, and one more each second.
pub const REFUSALS_AT_ONCE: u32 = 30;
/// How long further ones wait for their 401.
pub const REFUSAL_DELAY: Duration = Duration::from_millis(500);

/// How often something may happen.
#[derive(Clone, Copy, Debug)]
pub struct ClickRate {
    /// Without a pause.
    pub at_once: f32,
    /// From then on.
    pub each_second: f32,
}
/// Clicks of one address, where insights are on.
pub const CLICKS: ClickRate = ClickRate { at_once: 30.0, each_second: 1.0 };
/// Clicks of all.
pub const ALL_CLICKS: ClickRate = ClickRate { at_once: 300.0, each_second: 50.0 };
/// The largest body of a click: browsers send `PING`.
pub const CLICK_BODY_BYTES: usize = 64;
/// How long an editor waits for the insights page.
pub(super) const INSIGHTS_TIME: Duration = Duration::from_secs(20);

/// The numbers that a request may give, by name and endpoint, from and to.
pub fn bounds() -> impl Iterator<Item = (String, usize, usize)> {
    let tables: [(&str, &[Param]); 3] = [("/search", SEARCH), ("/suggest", SUGGEST), ("/related", RELATED)];
    tables.into_iter().flat_map(|(endpoint, table)| {
        table.iter().filter_map(move |param| match param.kind {
            Kind::Count(from, to, _) => Some((format!("`{}` of `{endpoint}`", param.name), from, to)),
            _ => None,
        })
    })
}
