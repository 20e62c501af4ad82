//! Asks each golden query as anybody would, and compares.

use serde_json::Value;

use super::golden::{Expected, Golden, GoldenQuery};
use super::metrics::{DEPTH, Scores};
use super::report::{First, Outcome, Report, Stale, Standing};
use crate::index::Snapshot;
use crate::page::nfc;
use crate::search::{Hit, SearchError, SearchRequest, SearchResponse, Settings, page, search};

/// Hits asked for at once where a page stands further down.
const PAGE_OF_HITS: usize = 100;

/// Asks the queries of a golden set from one index state.
///
/// # Errors
///
/// As [`search`]: the first search that fails.
pub fn evaluate(snapshot: &Snapshot, settings: &Settings, golden: &Golden) -> Result<Report, SearchError> {
    let asker = Asker { snapshot, settings };
    let outcomes = golden.queries.iter().map(|query| asker.outcome(query)).collect::<Result<_, _>>()?;
    Ok(Report::new(snapshot.generation(), outcomes))
}

/// Who asks.
struct Asker<'a> {
    snapshot: &'a Snapshot,
    settings: &'a Settings,
}

impl Asker<'_> {
    fn ask(&self, query: &GoldenQuery, change: impl FnOnce(&mut SearchRequest)) -> Result<SearchResponse, SearchError> {
        let mut request =
            SearchRequest { q: query.q.clone(), lang: query.lang.clone(), limit: DEPTH, ..SearchRequest::default() };
        change(&mut request);
        search(self.snapshot, self.settings, &request)
    }

    fn outcome(&self, query: &GoldenQuery) -> Result<Outcome, SearchError> {
        let response = self.ask(query, |_| ())?;
        let grades: Vec<u8> =
            response.hits.iter().map(|hit| expected_of(query, hit).map_or(0, |page| page.grade)).collect();
        let ideal: Vec<u8> = query.expected.iter().map(|page| page.grade).collect();
        let first = response.hits.first();
        let mut outcome = Outcome {
            line: query.line,
            q: query.q.clone(),
            kind: query.kind.clone(),
            scores: Scores::of(&grades, &ideal),
            anchor_at_1: anchor_at_1(query, first),
            total: response.total,
            relaxed: response.relaxed,
            expected: self.standings(query, &response)?,
            first: first.map(|hit| First {
                path: hit.path.clone(),
                anchor: hit.anchor.clone(),
                score: hit.score,
                why: Vec::new(),
            }),
            took_ms: response.took_ms,
        };
        // Reasons cost a second search, and nobody asks why all is well.
        if !outcome.is_perfect()
            && let Some(first) = &mut outcome.first
        {
            let explained = self.ask(query, |request| (request.limit, request.explain) = (1, true))?;
            let explanation = explained.hits.into_iter().next().and_then(|hit| hit.explanation);
            first.why = explanation.map(|explanation| reasons(&explanation)).unwrap_or_default();
        }
        Ok(outcome)
    }

    /// Where the expected pages stand, however far down.
    fn standings(&self, query: &GoldenQuery, response: &SearchResponse) -> Result<Vec<Standing>, SearchError> {
        let mut standings = query.expected.iter().map(|page| self.standing(page)).collect::<Result<Vec<_>, _>>()?;
        note_ranks(&mut standings, &response.hits, 0);
        let mut offset = response.hits.len();
        while offset < response.total && standings.iter().any(|page| page.rank.is_none() && !is_gone(page)) {
            let further = self.ask(query, |request| (request.offset, request.limit) = (offset, PAGE_OF_HITS))?;
            if further.hits.is_empty() {
                break;
            }
            note_ranks(&mut standings, &further.hits, offset);
            offset += further.hits.len();
        }
        Ok(standings)
    }

    /// An expected page before it was looked for, and what of it the index does not know.
    fn standing(&self, expected: &Expected) -> Result<Standing, SearchError> {
        let stale = match page(self.snapshot, &expected.path)? {
            None => Some(Stale::Page),
            Some(view) => {
                let known = |anchor: &String| {
                    anchor.is_empty() || view.headings.iter().any(|heading| nfc(&heading.anchor) == *anchor)
                };
                let gone: Vec<String> = expected.anchors.iter().filter(|anchor| !known(anchor)).cloned().collect();
                (!gone.is_empty()).then_some(Stale::Anchors(gone))
            }
        };
        let (path, anchors) = (expected.path.clone(), expected.anchors.clone());
        Ok(Standing { path, anchors, rank: None, score: None, stale })
    }
}

fn is_gone(standing: &Standing) -> bool {
    standing.stale == Some(Stale::Page)
}

fn note_ranks(standings: &mut [Standing], hits: &[Hit], offset: usize) {
    for (at, hit) in hits.iter().enumerate() {
        let path = nfc(&hit.path);
        if let Some(standing) = standings.iter_mut().find(|standing| standing.path == path) {
            standing.rank = Some(offset + at + 1);
            standing.score = Some(hit.score);
        }
    }
}

/// The expectation that a hit meets, whatever its section.
fn expected_of<'a>(query: &'a GoldenQuery, hit: &Hit) -> Option<&'a Expected> {
    let path = nfc(&hit.path);
    query.expected.iter().find(|page| page.path == path)
}

/// Whether the first hit opens at an expected section; none where the query expects no section.
fn anchor_at_1(query: &GoldenQuery, first: Option<&Hit>) -> Option<bool> {
    if query.expected.iter().all(|page| page.anchors.is_empty()) {
        return None;
    }
    Some(first.is_some_and(|hit| {
        let anchor = nfc(&hit.anchor);
        expected_of(query, hit).is_some_and(|page| page.anchors.is_empty() || page.anchors.contains(&anchor))
    }))
}

/// An explanation in short: of each word its strongest match, and what else decided. Function words decide nothing.
fn reasons(explanation: &Value) -> Vec<String> {
    let mut reasons: Vec<String> = [("pinned", "pinned"), ("title_is_query", "its title is the query")]
        .into_iter()
        .filter(|(key, _)| explanation[key] == true)
        .map(|(_, reason)| reason.to_owned())
        .collect();
    let words = explanation["words"].as_array().into_iter().flatten();
    for word in words.filter(|word| word["function_word"] != true) {
        let weight = |found: &Value| found["weight"].as_f64().unwrap_or(0.0);
        let matches = word["matches"].as_array().into_iter().flatten();
        let Some(best) = matches.reduce(|best, found| if weight(found) > weight(best) { found } else { best }) else {
            continue;
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (typed, term) = (text(&word["word"]), text(&best["term"]));
        let term = if term == typed { String::new() } else { format!(" {term:?}") };
        let score = word["score"].as_f64().unwrap_or(0.0);
        reasons.push(format!("{typed}: {} {}{term} {score:.1}", text(&best["field"]), text(&best["tier"])));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reasons_name_the_strongest_match_of_each_word() {
        let explanation = json!({
            "title_is_query": false,
            "pinned": true,
            "words": [
                {"word": "boletos", "score": 3.26, "matches": [
                    {"field": "body", "tier": "folded", "term": "boletos", "weight": 0.5},
                    {"field": "title", "tier": "stemmed", "term": "pt:bolet", "weight": 0.65},
                ]},
                {"word": "via", "score": 1.0, "matches": [{"field": "title", "tier": "folded", "term": "via", "weight": 1.0}]},
                {"word": "x", "score": 0.0, "matches": []},
                {"word": "de", "score": 0.1, "function_word": true, "matches": [
                    {"field": "body", "tier": "folded", "term": "de", "weight": 1.0},
                ]},
            ],
        });
        assert_eq!(
            reasons(&explanation),
            ["pinned", "boletos: title stemmed \"pt:bolet\" 3.3", "via: title folded 1.0"]
        );
        assert!(reasons(&Value::Null).is_empty());
    }
}
