//! The database: one file of `SQLite`, its tables, and what is done when it cannot be used.
//!
//! Its own file because only here is the file opened. A garbled one is set aside, never deleted; what is older than the
//! retention is overwritten with zeros, so that it is gone from the file, too.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::merge::Done;
use super::{Answer, mask, tidy};
use crate::config::QueryPolicy;

/// Seconds.
pub const HOUR: i64 = 3600;
/// Seconds.
pub const DAY: i64 = 24 * HOUR;
/// How long a lock of somebody else is waited for.
const BUSY: Duration = Duration::from_secs(2);
/// Of this layout; another one is not touched.
const LAYOUT: i64 = 1;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS searches (
  id INTEGER PRIMARY KEY, hour INTEGER NOT NULL, query TEXT NOT NULL, lang TEXT NOT NULL, category TEXT NOT NULL,
  total INTEGER NOT NULL, relaxed INTEGER NOT NULL, took_us INTEGER NOT NULL, clicked INTEGER, answer INTEGER
);
CREATE INDEX IF NOT EXISTS searches_by_hour ON searches (hour);
CREATE TABLE IF NOT EXISTS found (day INTEGER NOT NULL, path TEXT NOT NULL, times INTEGER NOT NULL,
  PRIMARY KEY (day, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
";

/// Why the insights cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum InsightsError {
    /// The database says so.
    #[error("insights: {0}")]
    Database(#[from] rusqlite::Error),
    /// It was written by another version.
    #[error("insights: the file has layout {found}, this version reads layout {LAYOUT}")]
    Layout {
        /// In the file.
        found: i64,
    },
    /// The file could not be looked at or set aside.
    #[error("insights: {0}")]
    File(#[from] std::io::Error),
}

impl InsightsError {
    /// Whether the file is no database, or a broken one: nothing that waiting would mend.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Database(error) if matches!(error.sqlite_error_code(),
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)))
    }
}

/// The database, to write to.
pub struct Store {
    connection: Connection,
    file: PathBuf,
    /// Device and inode: a file of the same name may be another one.
    identity: Option<(u64, u64)>,
    key: Vec<u8>,
}

/// Now, in seconds.
pub fn now_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs().cast_signed())
}

fn identity(file: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(file).ok().map(|meta| (meta.dev(), meta.ino()))
}

impl Store {
    /// Opens or makes the file, readable by its owner alone.
    pub fn open(file: &Path) -> Result<Self, InsightsError> {
        use std::os::unix::fs::OpenOptionsExt;
        std::fs::OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(file)?;
        let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(BUSY)?;
        let layout: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if layout != 0 && layout != LAYOUT {
            return Err(InsightsError::Layout { found: layout });
        }
        connection.execute_batch(
            "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
             PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;",
        )?;
        connection.execute_batch(TABLES)?;
        connection.execute_batch(&format!("PRAGMA user_version = {LAYOUT}"))?;
        let key: Option<Vec<u8>> =
            connection.query_row("SELECT value FROM meta WHERE name = 'key'", [], |row| row.get(0)).optional()?;
        let key = if let Some(key) = key {
            key
        } else {
            let mut key = vec![0; 32];
            getrandom::fill(&mut key).map_err(std::io::Error::other)?;
            connection.execute("INSERT INTO meta VALUES ('key', ?1)", [&key])?;
            key
        };
        Ok(Self { connection, identity: identity(file), file: file.to_owned(), key })
    }

    /// As [`open`](Self::open); a garbled file is first set aside, with its journal.
    pub fn open_or_set_aside(file: &Path) -> Result<Self, InsightsError> {
        match Self::open(file) {
            Err(error) if error.is_damage() => {
                let aside = set_aside(file)?;
                tracing::error!(%error, aside = %aside.display(), "the insights were garbled: set aside, begun anew");
                Self::open(file)
            }
            other => other,
        }
    }

    /// Whether the file of this name is still the one that is open.
    pub fn is_there(&self) -> bool {
        self.identity.is_some() && identity(&self.file) == self.identity
    }

    /// Writes searches, all or none; gives their rows.
    pub fn write(&mut self, done: &[Done], policy: QueryPolicy) -> Result<Vec<i64>, InsightsError> {
        let now = now_s();
        let transaction = self.connection.transaction()?;
        let mut rows = Vec::with_capacity(done.len());
        for Done { search, clicked, answer, .. } in done {
            let query = kept(&search.query, policy, &self.key);
            transaction
                .prepare_cached(
                    "INSERT INTO searches (hour, query, lang, category, total, relaxed, took_us, clicked, answer) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute(params![
                    now - now.rem_euclid(HOUR),
                    query,
                    mask(&tidy(&search.lang)),
                    mask(&tidy(&search.category)),
                    search.total.cast_signed(),
                    search.relaxed,
                    search.took_us.cast_signed(),
                    clicked,
                    answer.map(number),
                ])?;
            rows.push(transaction.last_insert_rowid());
            let mut found = transaction.prepare_cached(
                "INSERT INTO found VALUES (?1, ?2, 1) ON CONFLICT (day, path) DO UPDATE SET times = times + 1",
            )?;
            for path in &search.first {
                found.execute(params![now - now.rem_euclid(DAY), path])?;
            }
        }
        transaction.commit()?;
        Ok(rows)
    }

    /// Adds a click or answer to a row that has none.
    pub fn told(&self, row: i64, position: Option<u32>, answer: Option<Answer>) -> Result<(), InsightsError> {
        self.connection
            .prepare_cached(
                "UPDATE searches SET clicked = coalesce(clicked, ?2), answer = coalesce(answer, ?3) WHERE id = ?1",
            )?
            .execute(params![row, position, answer.map(number)])?;
        Ok(())
    }

    /// Deletes what is older than the retention.
    pub fn expire(&self, retention_days: u64) -> Result<usize, InsightsError> {
        let before = now_s() - retention_days.cast_signed() * DAY;
        let searches = self.connection.execute("DELETE FROM searches WHERE hour < ?1", [before])?;
        self.connection.execute("DELETE FROM found WHERE day < ?1", [before])?;
        if searches > 0 {
            // Each step gives back one page, and a batch takes one step a statement.
            let mut vacuum = self.connection.prepare("PRAGMA incremental_vacuum")?;
            let mut pages = vacuum.query([])?;
            while pages.next()?.is_some() {}
            drop(pages);
            self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
        }
        Ok(searches)
    }
}

fn number(answer: Answer) -> i64 {
    i64::from(answer == Answer::Yes)
}

/// What is kept of a query.
fn kept(query: &str, policy: QueryPolicy, key: &[u8]) -> String {
    let masked = mask(&tidy(query));
    match policy {
        QueryPolicy::Masked => masked,
        QueryPolicy::Off => String::new(),
        QueryPolicy::Hashed => {
            let digest = Sha256::new().chain_update(key).chain_update(masked.as_bytes()).finalize();
            digest.iter().take(8).fold("#".to_owned(), |text, byte| text + &format!("{byte:02x}"))
        }
    }
}

/// Renames a file and its journal to a name that is free.
fn set_aside(file: &Path) -> std::io::Result<PathBuf> {
    let named = |number: u32, end: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".garbled-{}-{number}{end}", now_s()));
        PathBuf::from(name)
    };
    let free = (0..1000).find(|number| !named(*number, "").exists()).unwrap_or(1000);
    let aside = named(free, "");
    std::fs::rename(file, &aside)?;
    for end in ["-wal", "-shm"] {
        let mut journal = file.as_os_str().to_owned();
        journal.push(end);
        match std::fs::rename(&journal, named(free, end)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}
