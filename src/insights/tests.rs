//! The whole room over real files: what is kept, what is survived, what the report says.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::sync::atomic::Ordering;

use super::*;
use crate::config::QueryPolicy;

fn config(file: &Path) -> InsightsConfig {
    InsightsConfig { file: Some(file.to_owned()), retention_days: 90, queries: QueryPolicy::Masked }
}

fn search(query: &str, total: u64) -> Search {
    Search { query: query.into(), total, took_us: 1500, first: vec!["a.md".into()], ..Search::default() }
}

fn read(file: &Path) -> Report {
    Report::read(file, &Filter { days: 7, ..Filter::default() }).unwrap()
}

/// As [`Insights::record`], under a new id.
fn record(insights: &Insights, client: &str, search: Search) -> SearchId {
    let id = Insights::new_id().unwrap();
    insights.record(client, id, search);
    id
}

fn names(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.name.as_str()).collect()
}

#[test]
fn what_was_searched_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("i.db");
    let insights = Insights::start(&config(&file)).unwrap().unwrap();
    let id = record(&insights, "a", search("Boleto", 3));
    record(&insights, "b", search("boleto", 3));
    record(&insights, "c", search("xyzzy 123.456.789-09", 0));
    insights.told(id, Some(2), None);
    insights.flush();
    insights.told(id, Some(9), Some(Answer::No));
    insights.told(id + 1, Some(1), None);
    insights.flush();
    let report = read(&file);
    assert_eq!((report.counts.searches, report.counts.empty, report.counts.opened, report.counts.no), (3, 1, 1, 1));
    assert!((report.counts.position - 2.0).abs() < 1e-9, "the first click counts");
    assert_eq!(names(&report.top), ["boleto", "xyzzy [cpf]"]);
    assert_eq!(names(&report.empty), ["xyzzy [cpf]"]);
    assert!(report.unopened.is_empty());
    assert_eq!(report.found, [Row { name: "a.md".into(), searches: 3, ..Row::default() }]);
    assert_eq!(report.time.iter().map(|row| row.searches).sum::<u64>(), 3);
    // Neither what was typed nor who typed it is anywhere in the file.
    record(&insights, "client-of-test", search("segredo 98765432100", 1));
    insights.flush();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("98765432100") && !text.contains("client-of-test"));
    }
}

#[test]
fn queries_may_be_hashed_or_left_out() {
    for (queries, expected) in [(QueryPolicy::Hashed, 1), (QueryPolicy::Off, 0)] {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("i.db");
        let insights = Insights::start(&InsightsConfig { queries, ..config(&file) }).unwrap().unwrap();
        record(&insights, "a", search("boleto", 3));
        record(&insights, "b", search("BOLETO ", 3));
        insights.flush();
        let report = read(&file);
        assert_eq!((report.counts.searches, report.top.len()), (2, expected), "{queries:?}");
        assert!(!report.top.iter().any(|row| row.name.contains("boleto")));
    }
}

/// Seen to fail when a garbled file is not set aside.
#[test]
fn a_garbled_file_is_set_aside_and_a_deleted_one_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("i.db");
    std::fs::write(&file, "no database at all, but long enough to be looked at. ".repeat(100)).unwrap();
    let insights = Insights::start(&config(&file)).unwrap().unwrap();
    record(&insights, "a", search("boleto", 3));
    insights.flush();
    assert_eq!(read(&file).counts.searches, 1);
    let aside = |dir: &Path| {
        let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains("garbled")).count()
    };
    assert_eq!(aside(dir.path()), 1);
    std::fs::remove_file(&file).unwrap();
    record(&insights, "b", search("vpn", 3));
    insights.flush();
    assert_eq!(names(&read(&file).top), ["vpn"]);
    assert_eq!(insights.health().dropped.load(Ordering::Relaxed), 0);
}

#[test]
fn what_cannot_be_written_is_counted_and_costs_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    // A folder stands where the file should: as unwritable as a full disk, for root too.
    let file = dir.path().join("i.db");
    std::fs::create_dir(&file).unwrap();
    let insights = Insights::start(&config(&file)).unwrap().unwrap();
    assert!(insights.record("a", 1, search("boleto", 3)));
    insights.flush();
    assert_eq!(insights.health().dropped.load(Ordering::Relaxed), 1);
    assert!(insights.health().failing.load(Ordering::Relaxed));
    std::fs::remove_dir(&file).unwrap();
    record(&insights, "a", search("vpn", 3));
    insights.flush();
    assert_eq!(names(&read(&file).top), ["vpn"]);
    assert!(!insights.health().failing.load(Ordering::Relaxed));
}

#[test]
fn a_locked_database_never_holds_a_search_and_loses_counted() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("i.db");
    let insights = Insights::start(&config(&file)).unwrap().unwrap();
    insights.flush();
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    // Far more than the queue holds, each of another client: none of them waits.
    let taken = (0..20_000_u128).filter(|&n| insights.record(&n.to_string(), n, search(&format!("q{n}"), 1))).count();
    other.execute_batch("ROLLBACK").unwrap();
    insights.flush();
    let (kept, dropped) = (read(&file).counts.searches, insights.health().dropped.load(Ordering::Relaxed));
    assert!(taken <= 20_000 && kept + dropped == 20_000, "{kept} kept, {dropped} dropped");
}

#[test]
fn what_is_too_old_is_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("i.db");
    let insights = Insights::start(&config(&file)).unwrap().unwrap();
    record(&insights, "a", search("velho", 3));
    insights.flush();
    let day = 24 * 3600;
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute("UPDATE searches SET hour = hour - 91 * ?1", [day]).unwrap();
    other
        .execute(
            "INSERT INTO searches SELECT 99, hour + 2 * ?1, 'novo', '', '', 1, 0, 1, NULL, NULL FROM searches",
            [day],
        )
        .unwrap();
    drop(other);
    let store = store::Store::open(&file).unwrap();
    assert_eq!((store.expire(90).unwrap(), store.expire(90).unwrap()), (1, 0));
    assert_eq!(Report::read(&file, &Filter { days: 365, ..Filter::default() }).unwrap().counts.searches, 1);
}

/// Seen to fail when the vacuum is a statement of a batch, which gives back one page and no more.
#[test]
fn the_file_becomes_small_again() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("i.db");
    let store = store::Store::open(&file).unwrap();
    let other = rusqlite::Connection::open(&file).unwrap();
    other
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             INSERT INTO searches SELECT i, 3600, 'uma busca bem comprida, número ' || i, '', '', 1, 0, 1, NULL, NULL FROM n;
             PRAGMA wal_checkpoint(TRUNCATE);",
        )
        .unwrap();
    drop(other);
    let large = std::fs::metadata(&file).unwrap().len();
    assert_eq!(store.expire(90).unwrap(), 5000);
    let small = std::fs::metadata(&file).unwrap().len();
    assert!(small * 5 < large, "{small} of {large} bytes");
}

#[test]
fn no_cell_of_a_table_is_a_formula() {
    let rows = ["=1+1", "+1", "-1", "@sum", " =x", "a\"b,c", "＝1", "boleto"]
        .map(|name| Row { name: name.into(), ..Row::default() });
    let report = Report { top: rows.to_vec(), ..Report::default() };
    let csv = report.csv(Table::Top);
    let cells: Vec<&str> = csv.lines().skip(1).map(|line| line.rsplitn(7, ',').last().unwrap()).collect();
    assert_eq!(
        cells,
        ["\"'=1+1\"", "\"'+1\"", "\"'-1\"", "\"'@sum\"", "\"' =x\"", "\"a\"\"b,c\"", "\"'＝1\"", "\"boleto\""]
    );
}

#[test]
fn a_missing_database_is_an_empty_report_and_filters_hold() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("i.db");
    assert_eq!(read(&file).counts, Counts::default());
    let insights = Insights::start(&config(&file)).unwrap().unwrap();
    record(&insights, "a", Search { category: "Fiscal/Notas".into(), lang: "pt-br".into(), ..search("nota", 1) });
    record(&insights, "b", Search { category: "Fiscalização".into(), ..search("multa", 1) });
    insights.flush();
    let count = |lang: Option<&str>, area: Option<&str>| {
        let filter = Filter { days: 7, lang: lang.map(str::to_owned), area: area.map(str::to_owned) };
        Report::read(&file, &filter).unwrap().counts.searches
    };
    assert_eq!((count(None, None), count(Some("pt-br"), None), count(None, Some("fiscal"))), (2, 1, 1));
    assert_eq!(count(None, Some("' OR 1=1 --")), 0);
}
