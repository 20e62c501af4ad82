//! The report: the questions that an editor asks, as tables.
//!
//! Its own file because page, exports and terminal must show the same. The file is opened for reading alone; one that is
//! not there yet is an empty report.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde::Serialize;

use super::store::{DAY, HOUR, InsightsError, now_s};
use super::tally::{MOST, Sums, tally};

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
        let since = now_s() - days.cast_signed() * DAY;
        let step_s = if days <= 2 { HOUR } else { DAY };
        let tables = tally(&db, since, filter, step_s, MOST)?;
        report.counts = tables.counts;
        report.time = steps(&tables.time, since, step_s);
        (report.top, report.empty, report.unopened) = (tables.top, tables.empty, tables.unopened);
        (report.relaxed, report.slow) = (tables.relaxed, tables.slow);
        (report.languages, report.areas) = (tables.languages, tables.areas);
        let mut found = db.prepare(
            "SELECT path, sum(times) FROM found WHERE day >= ?1 GROUP BY path ORDER BY 2 DESC, 1 LIMIT 2000",
        )?;
        report.found = found
            .query_map([since - DAY], |row| {
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

/// Every step of the period, with 0 where nobody searched.
fn steps(known: &BTreeMap<i64, Sums>, since: i64, step_s: i64) -> Vec<Row> {
    let row = |at: i64| {
        let Sums { searches, empty, opened, .. } = known.get(&at).copied().unwrap_or_default();
        let (searches, empty, opened) = (searches.into(), empty.into(), opened.into());
        Row { name: moment(at), searches, empty, opened, ..Row::default() }
    };
    (since - since.rem_euclid(step_s)..=now_s()).step_by(step_s as usize).map(row).collect()
}

/// RFC 3339, in UTC.
fn moment(seconds: i64) -> String {
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]Z");
    time::OffsetDateTime::from_unix_timestamp(seconds).ok().and_then(|at| at.format(&format).ok()).unwrap_or_default()
}
