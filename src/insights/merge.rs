//! Keystrokes of one search become one record.
//!
//! A search waits here until its client has been quiet for [`QUIET`] or asks for something else; only then is it
//! written. The client is a keyed hash that never leaves memory, and what is kept of it ends with the waiting. Also
//! keeps which search an id meant, for as long as a click may come: both are bounded, the oldest go first.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::{Answer, Search};

/// Keystrokes further apart are searches of their own.
pub const QUIET: Duration = Duration::from_secs(30);
/// How long a click may come after its search.
const CLICKABLE: Duration = Duration::from_secs(30 * 60);
/// Clients that are waited for at once.
const MAX_WAITING: usize = 1024;
/// Searches that may still be clicked.
const MAX_KNOWN: usize = 16_384;

/// An opaque name of one answer, random.
pub type SearchId = u128;

struct Waiting {
    search: Search,
    ids: Vec<SearchId>,
    since: Instant,
    clicked: Option<u32>,
    answer: Option<Answer>,
}

/// A search that is done with being typed.
pub struct Done {
    /// As it was last typed.
    pub search: Search,
    /// The hit that was opened, from 1.
    pub clicked: Option<u32>,
    /// What the reader said.
    pub answer: Option<Answer>,
    /// The ids of its answers.
    ids: Vec<SearchId>,
}

/// What is still being typed, and what may still be clicked.
#[derive(Default)]
pub struct Merging {
    waiting: HashMap<u64, Waiting>,
    rows: HashMap<SearchId, i64>,
    order: VecDeque<(SearchId, Instant)>,
}

/// Whether two queries are one search at two moments.
fn continues(earlier: &str, later: &str) -> bool {
    earlier.starts_with(later) || later.starts_with(earlier)
}

impl Merging {
    /// Takes a search; gives those that are thereby done.
    pub fn take(&mut self, client: u64, id: SearchId, search: Search, now: Instant) -> Vec<Done> {
        let mut done = Vec::new();
        if let Some(mut before) = self.waiting.remove(&client) {
            let goes_on = now.duration_since(before.since) < QUIET
                && before.clicked.is_none()
                && continues(&before.search.query, &search.query)
                && before.search.category == search.category
                && before.search.lang == search.lang;
            if goes_on {
                // A query that is taken back letter by letter ends as what it was at its longest.
                if search.query.len() >= before.search.query.len() {
                    before.search = search;
                }
                if before.ids.len() < 64 {
                    before.ids.push(id);
                }
                self.waiting.insert(client, Waiting { since: now, ..before });
                return done;
            }
            done.push(before.done());
        }
        if self.waiting.len() >= MAX_WAITING {
            let oldest = self.waiting.iter().min_by_key(|(_, waiting)| waiting.since).map(|(client, _)| *client);
            done.extend(oldest.and_then(|client| self.waiting.remove(&client)).map(Waiting::done));
        }
        self.waiting.insert(client, Waiting { search, ids: vec![id], since: now, clicked: None, answer: None });
        done
    }

    /// Those whose client has been quiet; with `all`, all.
    pub fn quiet(&mut self, now: Instant, all: bool) -> Vec<Done> {
        let quiet: Vec<u64> = self
            .waiting
            .iter()
            .filter(|(_, waiting)| all || now.duration_since(waiting.since) >= QUIET)
            .map(|(client, _)| *client)
            .collect();
        quiet.into_iter().filter_map(|client| self.waiting.remove(&client)).map(Waiting::done).collect()
    }

    /// Notes a click or answer where its search still waits; else names the row to change, once for each id and kind.
    pub fn told(&mut self, id: SearchId, position: Option<u32>, answer: Option<Answer>, now: Instant) -> Option<i64> {
        if let Some(waiting) = self.waiting.values_mut().find(|waiting| waiting.ids.contains(&id)) {
            waiting.clicked = waiting.clicked.or(position);
            waiting.answer = waiting.answer.or(answer);
            return None;
        }
        self.forget(now);
        self.rows.get(&id).copied()
    }

    /// Where a search was written.
    pub fn written(&mut self, done: &Done, row: i64, now: Instant) {
        for id in &done.ids {
            self.rows.insert(*id, row);
            self.order.push_back((*id, now));
        }
        self.forget(now);
    }

    fn forget(&mut self, now: Instant) {
        while let Some((id, since)) = self.order.front().copied() {
            if self.order.len() <= MAX_KNOWN && now.duration_since(since) < CLICKABLE {
                break;
            }
            self.order.pop_front();
            self.rows.remove(&id);
        }
    }
}

impl Waiting {
    fn done(self) -> Done {
        Done { search: self.search, clicked: self.clicked, answer: self.answer, ids: self.ids }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(query: &str) -> Search {
        Search { query: query.to_owned(), ..Search::default() }
    }

    /// The queries of a script of (seconds, client, query), as they are kept.
    fn kept(script: &[(u64, u64, &str)]) -> Vec<String> {
        let (mut merging, start) = (Merging::default(), Instant::now());
        let mut done = Vec::new();
        for (number, (second, client, query)) in script.iter().enumerate() {
            let now = start + Duration::from_secs(*second);
            done.extend(merging.quiet(now, false));
            done.extend(merging.take(*client, number as u128, search(query), now));
        }
        done.extend(merging.quiet(start, true));
        let mut kept: Vec<String> = done.into_iter().map(|done| done.search.query).collect();
        kept.sort();
        kept
    }

    #[test]
    fn keystrokes_of_one_client_are_one_search() {
        for (script, expected) in [
            (&[(0, 1, "bo"), (1, 1, "bole"), (2, 1, "boleto")][..], &["boleto"][..]),
            (&[(0, 1, "boleto"), (1, 1, "bol")], &["boleto"]),
            (&[(0, 1, "bol"), (30, 1, "boleto")], &["bol", "boleto"]),
            (&[(0, 1, "bol"), (29, 1, "bole"), (58, 1, "boleto")], &["boleto"]),
            (&[(0, 1, "bol"), (1, 2, "boleto")], &["bol", "boleto"]),
            (&[(0, 1, "bol"), (1, 1, "vpn"), (2, 1, "vpn ssl")], &["bol", "vpn ssl"]),
            (&[], &[]),
        ] {
            assert_eq!(kept(script), expected, "{script:?}");
        }
    }

    #[test]
    fn a_click_ends_a_search_and_ids_are_known_for_a_while() {
        let (mut merging, start) = (Merging::default(), Instant::now());
        merging.take(1, 10, search("bol"), start);
        assert_eq!(merging.told(10, Some(2), None, start), None);
        assert_eq!(merging.told(11, Some(1), None, start), None, "an id that nobody gave");
        let done = merging.take(1, 12, search("boleto"), start);
        assert_eq!((done.len(), done[0].clicked), (1, Some(2)));
        merging.written(&done[0], 7, start);
        assert_eq!(merging.told(10, None, Some(Answer::No), start), Some(7));
        assert_eq!(merging.told(10, None, Some(Answer::No), start + CLICKABLE), None);
    }

    #[test]
    fn it_never_grows_without_bound() {
        let (mut merging, now) = (Merging::default(), Instant::now());
        for client in 0..(MAX_KNOWN + 2 * MAX_WAITING) as u64 {
            for done in merging.take(client, u128::from(client), search("x"), now) {
                merging.written(&done, 1, now);
            }
        }
        assert!(merging.waiting.len() <= MAX_WAITING && merging.rows.len() <= MAX_KNOWN);
        assert_eq!(merging.rows.len(), merging.order.len());
    }
}
