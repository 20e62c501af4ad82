//! One pass over the searches of a period, for all tables at once.
//!
//! Its own file because it answers for what a report costs: a table at a time the database sorted a million rows for each.
//! It keeps sums of a bounded number of queries; where there are more, it passes over a part of them at a time.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::{Connection, ToSql};

use super::report::{Counts, Filter, Row};
use super::store::InsightsError;

/// Rows of a table.
const ROWS: usize = 50;
/// Queries whose sums are held at once: some 40 MB.
pub(super) const MOST: usize = 150_000;

/// What is searched, of its parameters: since when, language, area.
const SEARCHES: &str = "SELECT hour, query, lang, category, total, relaxed, took_us, clicked, answer FROM searches WHERE hour >= ?1 \
     AND (?2 IS NULL OR lang = ?2) AND (?3 IS NULL OR category = ?3 OR substr(category, 1, length(?3) + 1) = ?3 || '/')";

/// Sums of some searches.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub(super) searches: u32,
    pub(super) empty: u32,
    pub(super) opened: u32,
    not_found: u32,
    total: u32,
    max_us: u32,
}

/// One search.
struct One {
    total: u32,
    took_us: u32,
    relaxed: bool,
    clicked: Option<u32>,
    answer: Option<bool>,
}

/// Sums of one query: of all its searches, and of those of one kind.
#[derive(Default)]
struct OfQuery {
    all: Sums,
    empty: Sums,
    found: Sums,
    relaxed: Sums,
}

/// The tables.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) counts: Counts,
    /// By the beginning of each step.
    pub(super) time: BTreeMap<i64, Sums>,
    pub(super) top: Vec<Row>,
    pub(super) empty: Vec<Row>,
    pub(super) unopened: Vec<Row>,
    pub(super) relaxed: Vec<Row>,
    pub(super) slow: Vec<Row>,
    pub(super) languages: Vec<Row>,
    pub(super) areas: Vec<Row>,
}

impl Sums {
    fn add(&mut self, one: &One) {
        self.searches += 1;
        self.empty += u32::from(one.total == 0);
        self.opened += u32::from(one.clicked.is_some());
        self.not_found += u32::from(one.answer == Some(false));
        self.total = self.total.max(one.total);
        self.max_us = self.max_us.max(one.took_us);
    }

    fn row(&self, name: &str) -> Row {
        Row {
            name: name.to_owned(),
            searches: self.searches.into(),
            empty: self.empty.into(),
            opened: self.opened.into(),
            total: self.total.into(),
            max_ms: f64::from(self.max_us) / 1000.0,
            not_found: self.not_found.into(),
        }
    }
}

/// The most frequent first.
fn frequent(a: &(&str, Sums), b: &(&str, Sums)) -> std::cmp::Ordering {
    b.1.searches.cmp(&a.1.searches).then_with(|| a.0.cmp(b.0))
}

/// The slowest first.
fn slow(a: &(&str, Sums), b: &(&str, Sums)) -> std::cmp::Ordering {
    b.1.max_us.cmp(&a.1.max_us).then_with(|| a.0.cmp(b.0))
}

/// The first rows of some sums.
fn first<'a>(
    sums: impl Iterator<Item = (&'a str, Sums)>,
    order: fn(&(&str, Sums), &(&str, Sums)) -> std::cmp::Ordering,
) -> impl Iterator<Item = Row> {
    let mut sums: Vec<(&str, Sums)> = sums.filter(|(_, sums)| sums.searches > 0).collect();
    if sums.len() > ROWS {
        sums.select_nth_unstable_by(ROWS, order);
        sums.truncate(ROWS);
    }
    sums.sort_unstable_by(order);
    sums.into_iter().map(|(name, sums)| sums.row(name))
}

/// Reads the searches since a moment; `step_s` is that of [`Tables::time`], `most` how many queries are held at once.
pub(super) fn tally(
    db: &Connection,
    since: i64,
    filter: &Filter,
    step_s: i64,
    most: usize,
) -> Result<Tables, InsightsError> {
    // All passes see one state.
    let _state = db.unchecked_transaction()?;
    let mut parts = 1;
    loop {
        let mut tables = Tables::default();
        let mut whole = true;
        for part in 0..parts {
            let mut pass = Pass { part, parts, most, step_s, tables: &mut tables, queries: HashMap::new() };
            whole = pass.run(db, since, filter)?;
            if !whole {
                break;
            }
            pass.end();
        }
        if whole {
            return Ok(tables);
        }
        parts *= 2;
    }
}

struct Pass<'a> {
    part: u64,
    parts: u64,
    most: usize,
    step_s: i64,
    tables: &'a mut Tables,
    queries: HashMap<Box<str>, OfQuery>,
}

impl Pass<'_> {
    /// Whether all queries of the part could be held.
    fn run(&mut self, db: &Connection, since: i64, filter: &Filter) -> Result<bool, InsightsError> {
        let (mut languages, mut areas) = (HashMap::new(), HashMap::new());
        let (mut opened_at, mut opened) = (0.0, 0_u32);
        let mut statement = db.prepare(SEARCHES)?;
        let parameters: [&dyn ToSql; 3] = [&since, &filter.lang, &filter.area];
        let mut rows = statement.query(&parameters[..])?;
        while let Some(row) = rows.next()? {
            let small = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
            let one = One {
                total: small(row.get(4)?),
                relaxed: row.get(5)?,
                took_us: small(row.get(6)?),
                clicked: row.get::<_, Option<i64>>(7)?.map(small),
                answer: row.get(8)?,
            };
            if self.part == 0 {
                let hour: i64 = row.get(0)?;
                self.tables.time.entry(hour - hour.rem_euclid(self.step_s)).or_default().add(&one);
                self.named(&mut languages, text(row, 2)?, &one);
                self.named(&mut areas, text(row, 3)?, &one);
                let counts = &mut self.tables.counts;
                counts.searches += 1;
                counts.empty += u64::from(one.total == 0);
                counts.opened += u64::from(one.clicked.is_some());
                counts.relaxed += u64::from(one.relaxed);
                counts.yes += u64::from(one.answer == Some(true));
                counts.no += u64::from(one.answer == Some(false));
                opened += u32::from(one.clicked.is_some());
                opened_at += one.clicked.map_or(0.0, f64::from);
            }
            let query = text(row, 1)?;
            if query.is_empty() || self.parts > 1 && part_of(query, self.parts) != self.part {
                continue;
            }
            if !self.queries.contains_key(query) {
                if self.queries.len() >= self.most {
                    return Ok(false);
                }
                self.queries.insert(query.into(), OfQuery::default());
            }
            if let Some(of) = self.queries.get_mut(query) {
                of.all.add(&one);
                (if one.total == 0 { &mut of.empty } else { &mut of.found }).add(&one);
                if one.relaxed {
                    of.relaxed.add(&one);
                }
            }
        }
        if self.part == 0 {
            self.tables.counts.position = if opened > 0 { opened_at / f64::from(opened) } else { 0.0 };
            let sorted = |names: &HashMap<Box<str>, Sums>| {
                first(names.iter().map(|(name, sums)| (&**name, *sums)), frequent).collect()
            };
            (self.tables.languages, self.tables.areas) = (sorted(&languages), sorted(&areas));
        }
        Ok(true)
    }

    /// Adds to a language or an area. There are few, unless somebody makes them up; those beyond the bound have no row.
    fn named(&self, names: &mut HashMap<Box<str>, Sums>, name: &str, one: &One) {
        if let Some(sums) = names.get_mut(name) {
            sums.add(one);
        } else if names.len() < self.most {
            names.entry(name.into()).or_default().add(one);
        }
    }

    /// Keeps the first of this part's queries beside those of the parts before.
    fn end(self) {
        let Self { tables, queries, .. } = self;
        let of = |pick: fn(&OfQuery) -> Sums| queries.iter().map(move |(name, of)| (&**name, pick(of)));
        tables.top.extend(first(of(|of| of.all), frequent));
        tables.empty.extend(first(of(|of| of.empty), frequent));
        let nobody =
            |of: &OfQuery| if of.found.opened == 0 && of.found.searches > 1 { of.found } else { Sums::default() };
        tables.unopened.extend(first(of(nobody), frequent));
        tables.relaxed.extend(first(of(|of| of.relaxed), frequent));
        tables.slow.extend(first(of(|of| of.all), slow));
        for table in [&mut tables.top, &mut tables.empty, &mut tables.unopened, &mut tables.relaxed] {
            table.sort_by(|a, b| b.searches.cmp(&a.searches).then_with(|| a.name.cmp(&b.name)));
            table.truncate(ROWS);
        }
        tables.slow.sort_by(|a, b| b.max_ms.total_cmp(&a.max_ms).then_with(|| a.name.cmp(&b.name)));
        tables.slow.truncate(ROWS);
    }
}

fn text<'a>(row: &'a rusqlite::Row<'_>, at: usize) -> Result<&'a str, rusqlite::Error> {
    Ok(row.get_ref(at)?.as_str()?)
}

fn part_of(query: &str, parts: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    query.hash(&mut hasher);
    hasher.finish() % parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail when a part's rows are not cut and sorted again.
    #[test]
    fn in_parts_the_tables_are_the_same() {
        let db = Connection::open_in_memory().expect("a database");
        db.execute_batch(
            "CREATE TABLE searches (hour, query, lang, category, total, relaxed, took_us, clicked, answer);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
             INSERT INTO searches SELECT i % 50 * 3600, 'q' || (i * i % 397), 'l' || (i % 3), 'c' || (i % 7), i % 5, i % 11 = 0,
               i * 37 % 1009, CASE WHEN i % 4 = 0 THEN i % 9 END, CASE WHEN i % 13 = 0 THEN i % 2 END FROM n;",
        )
        .expect("searches");
        let of = |most| {
            let tables = tally(&db, 3600, &Filter::default(), 7200, most).expect("tables");
            let rows = [tables.top, tables.empty, tables.unopened, tables.relaxed, tables.slow, tables.languages];
            assert!(rows[0].len() == ROWS && rows[5].len() == 3 && !tables.time.is_empty());
            (rows, tables.counts)
        };
        let whole = of(MOST);
        let expected = db.query_row(
            "SELECT query, count(*), sum(total = 0), count(clicked), max(total), max(took_us), sum(answer = 0) FROM searches \
             WHERE hour >= 3600 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1",
            [],
            |row| {
                let number = |at| row.get::<_, Option<u32>>(at).map(|number| u64::from(number.unwrap_or(0)));
                let (searches, empty, opened, total) = (number(1)?, number(2)?, number(3)?, number(4)?);
                let max_ms = number(5)? as f64 / 1000.0;
                Ok(Row { name: row.get(0)?, searches, empty, opened, total, max_ms, not_found: number(6)? })
            },
        );
        assert_eq!(whole.0[0][0], expected.expect("a row"));
        for most in [150, 20, 3] {
            assert_eq!(of(most), whole, "{most} at once");
        }
    }
}
