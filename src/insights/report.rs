//! The report: the questions that an editor asks, as tables.
//!
//! Its own file because page, exports and terminal must show the same. The file is opened for reading alone; one that is
//! not there yet is an empty report.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, ToSql};
use serde::Serialize;

use super::store::{DAY, HOUR, InsightsError, now_s};

/// Rows of a table.
const ROWS: usize = 50;

/// What is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Days back from now; 0 counts as 7.
    pub days: u64,
    /// Only searches with this language filter.
    pub lang: Option<String>,
    /// Only searches with this category filter.
    pub area: Option<String>,
}

/// The tables that can be had one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Searches by the hour or day.
    Time,
    /// The most frequent queries.
    Top,
    /// Queries that found nothing.
    Empty,
    /// Queries that found something which nobody opened.
    Unopened,
    /// Queries of which no page held all words.
    Relaxed,
    /// The slowest queries.
    Slow,
    /// By the language filter.
    Languages,
    /// By the category filter.
    Areas,
}

impl Table {
    /// All, in the order of the page.
    pub const ALL: [Self; 8] =
        [Self::Time, Self::Top, Self::Empty, Self::Unopened, Self::Relaxed, Self::Slow, Self::Languages, Self::Areas];

    /// As in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Top => "top",
            Self::Empty => "empty",
            Self::Unopened => "unopened",
            Self::Relaxed => "relaxed",
            Self::Slow => "slow",
            Self::Languages => "languages",
            Self::Areas => "areas",
        }
    }

    /// By its name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Row {
    /// A query, a language, an area, or a moment in RFC 3339.
    pub name: String,
    /// Searches.
    pub searches: u64,
    /// Of them, without result.
    pub empty: u64,
    /// Of them, with a hit opened.
    pub opened: u64,
    /// Of the latest, how many pages it found at most.
    pub total: u64,
    /// The slowest, in milliseconds.
    pub max_ms: f64,
    /// Answered "not found".
    pub not_found: u64,
}

/// Sums over the period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Counts {
    /// Searches.
    pub searches: u64,
    /// Without result.
    pub empty: u64,
    /// With a hit opened.
    pub opened: u64,
    /// With words made optional.
    pub relaxed: u64,
    /// Answered "found".
    pub yes: u64,
    /// Answered "not found".
    pub no: u64,
    /// The place of the hit that is opened, on average; 0 without any.
    pub position: f64,
}

/// Everything of one period.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Days looked at.
    pub days: u64,
    /// Sums.
    pub counts: Counts,
    /// By the hour up to two days, else by the day; without gaps.
    pub time: Vec<Row>,
    /// See [`Table`].
    pub top: Vec<Row>,
    /// See [`Table`].
    pub empty: Vec<Row>,
    /// See [`Table`].
    pub unopened: Vec<Row>,
    /// See [`Table`].
    pub relaxed: Vec<Row>,
    /// See [`Table`].
    pub slow: Vec<Row>,
    /// See [`Table`].
    pub languages: Vec<Row>,
    /// See [`Table`].
    pub areas: Vec<Row>,
    /// Pages that stood among the first hits, with how often.
    pub found: Vec<Row>,
}

impl Report {
    /// Reads the database.
    pub fn read(file: &Path, filter: &Filter) -> Result<Self, InsightsError> {
        let days = if filter.days == 0 { 7 } else { filter.days };
        let mut report = Self { days, ..Self::default() };
        if !file.exists() {
            return Ok(report);
        }
        let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        db.busy_timeout(Duration::from_secs(1))?;
        let asked = Asked { db: &db, since: now_s() - days.cast_signed() * DAY, filter };
        report.counts = asked.counts()?;
        report.time = asked.time(days)?;
        report.top = asked.rows("query", "query <> ''", "count(*) DESC")?;
        report.empty = asked.rows("query", "query <> '' AND total = 0", "count(*) DESC")?;
        report.unopened = asked.having(
            "query",
            "query <> '' AND total > 0",
            "count(clicked) = 0 AND count(*) > 1",
            "count(*) DESC",
        )?;
        report.relaxed = asked.rows("query", "query <> '' AND relaxed", "count(*) DESC")?;
        report.slow = asked.rows("query", "query <> ''", "max(took_us) DESC")?;
        report.languages = asked.rows("lang", "TRUE", "count(*) DESC")?;
        report.areas = asked.rows("category", "TRUE", "count(*) DESC")?;
        let mut found = db.prepare(
            "SELECT path, sum(times) FROM found WHERE day >= ?1 GROUP BY path ORDER BY 2 DESC, 1 LIMIT 2000",
        )?;
        let since = asked.since - DAY;
        report.found = found
            .query_map([since], |row| {
                Ok(Row { name: row.get(0)?, searches: row.get::<_, i64>(1)? as u64, ..Row::default() })
            })?
            .collect::<Result<_, _>>()?;
        Ok(report)
    }

    /// One of the tables.
    pub fn table(&self, table: Table) -> &[Row] {
        match table {
            Table::Time => &self.time,
            Table::Top => &self.top,
            Table::Empty => &self.empty,
            Table::Unopened => &self.unopened,
            Table::Relaxed => &self.relaxed,
            Table::Slow => &self.slow,
            Table::Languages => &self.languages,
            Table::Areas => &self.areas,
        }
    }

    /// A table for spreadsheets: quoted, and no text in it begins a formula.
    pub fn csv(&self, table: Table) -> String {
        let mut out = String::from("name,searches,empty,opened,total,max_ms,not_found\r\n");
        for row in self.table(table) {
            let Row { name, searches, empty, opened, total, max_ms, not_found } = row;
            // A leading apostrophe: OWASP's answer to `=`, `+`, `-`, `@`, tab and return, and their full-width forms.
            let formula =
                name.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠', '|', '%']);
            let (lead, name) = (if formula { "'" } else { "" }, name.replace('"', "\"\""));
            // Writing to a String cannot fail.
            let _ = write!(out, "\"{lead}{name}\",{searches},{empty},{opened},{total},{max_ms:.1},{not_found}\r\n");
        }
        out
    }
}

struct Asked<'a> {
    db: &'a Connection,
    since: i64,
    filter: &'a Filter,
}

/// The condition of every question; its parameters are those of [`Asked::values`].
const WHERE: &str = "hour >= ?1 AND (?2 IS NULL OR lang = ?2) AND (?3 IS NULL OR category = ?3 OR substr(category, 1, length(?3) + 1) = ?3 || '/')";

impl Asked<'_> {
    fn values(&self) -> [&dyn ToSql; 3] {
        [&self.since, &self.filter.lang, &self.filter.area]
    }

    fn rows(&self, name: &str, condition: &str, order: &str) -> Result<Vec<Row>, InsightsError> {
        self.having(name, condition, "TRUE", order)
    }

    /// Only constants of this file come into the text.
    fn having(&self, name: &str, condition: &str, having: &str, order: &str) -> Result<Vec<Row>, InsightsError> {
        let mut statement = self.db.prepare(&format!(
            "SELECT {name}, count(*), sum(total = 0), count(clicked), max(total), max(took_us), \
             count(CASE WHEN answer = 0 THEN 1 END) FROM searches WHERE {WHERE} AND {condition} GROUP BY 1 \
             HAVING {having} ORDER BY {order}, 1 LIMIT {ROWS}"
        ))?;
        let count = |row: &rusqlite::Row<'_>, at: usize| row.get::<_, i64>(at).map(|count| count.max(0) as u64);
        let rows = statement.query_map(&self.values()[..], |row| {
            Ok(Row {
                name: row.get(0)?,
                searches: count(row, 1)?,
                empty: count(row, 2)?,
                opened: count(row, 3)?,
                total: count(row, 4)?,
                max_ms: row.get::<_, i64>(5)? as f64 / 1000.0,
                not_found: count(row, 6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn counts(&self) -> Result<Counts, InsightsError> {
        let text = format!(
            "SELECT count(*), coalesce(sum(total = 0), 0), count(clicked), coalesce(sum(relaxed), 0), \
             count(CASE WHEN answer = 1 THEN 1 END), count(CASE WHEN answer = 0 THEN 1 END), coalesce(avg(clicked), 0.0) \
             FROM searches WHERE {WHERE}"
        );
        Ok(self.db.query_row(&text, &self.values()[..], |row| {
            let count = |at| row.get::<_, i64>(at).map(|count| count as u64);
            Ok(Counts {
                searches: count(0)?,
                empty: count(1)?,
                opened: count(2)?,
                relaxed: count(3)?,
                yes: count(4)?,
                no: count(5)?,
                position: row.get(6)?,
            })
        })?)
    }

    /// Every step of the period, with 0 where nobody searched.
    fn time(&self, days: u64) -> Result<Vec<Row>, InsightsError> {
        let step = if days <= 2 { HOUR } else { DAY };
        let mut statement = self.db.prepare(&format!(
            "SELECT hour - hour % {step}, count(*), sum(total = 0), count(clicked) FROM searches WHERE {WHERE} GROUP BY 1"
        ))?;
        let known: std::collections::BTreeMap<i64, [i64; 3]> = statement
            .query_map(&self.values()[..], |row| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?])))?
            .collect::<Result<_, _>>()?;
        let (first, now) = (self.since - self.since.rem_euclid(step), now_s());
        let steps = (first..=now).step_by(step as usize);
        let row = |at: i64| {
            let [searches, empty, opened] = known.get(&at).copied().unwrap_or_default().map(|count| count as u64);
            Row { name: moment(at), searches, empty, opened, ..Row::default() }
        };
        Ok(steps.map(row).collect())
    }
}

/// RFC 3339, in UTC.
fn moment(seconds: i64) -> String {
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]Z");
    time::OffsetDateTime::from_unix_timestamp(seconds).ok().and_then(|at| at.format(&format).ok()).unwrap_or_default()
}
