//! `achei eval`: measures how well the index on disk answers a wiki's own golden queries, and fails under a floor.
//!
//! A golden set is configuration in the sense of the exit codes: a named file that is missing or says what it may not
//! is 78, as it is for `--config`. 1 is kept for what the set is there to tell: that a figure is under its floor.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::exit::Exit;
use super::output::{BAD, FAINT, STRONG, clean, print, styled};
use super::{Failure, index};
use crate::config::Config;
use crate::evaluation::{Format, Golden, Outcome, Report, Row, Stale, Standing, evaluate};
use crate::index::{IndexError, Snapshot, StoreError};
use crate::search::Settings;

#[derive(Debug, Args)]
pub(super) struct EvalArgs {
    /// The golden queries: .tsv (query, tab, pages, tab, kind) or .toml ([[query]] with q and expect)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Exit 1 if Success@1 of all queries is under this, 0 to 1
    #[arg(long, value_name = "N", value_parser = share)]
    min_success: Option<f64>,
    /// Exit 1 if MRR@10 of all queries is under this
    #[arg(long, value_name = "N", value_parser = share)]
    min_mrr: Option<f64>,
    /// Exit 1 if nDCG@10 of all queries is under this
    #[arg(long, value_name = "N", value_parser = share)]
    min_ndcg: Option<f64>,
    /// Exit 1 if the right section comes first in a smaller share of the queries that name one
    #[arg(long, value_name = "N", value_parser = share)]
    min_anchor: Option<f64>,
    /// So many of the worst queries are shown, with what came first instead and why
    #[arg(long, value_name = "N", default_value_t = 10)]
    worst: usize,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Bring the index up to date before, unless a daemon does so already
    #[arg(long)]
    pub(super) index_first: bool,
}

/// A floor is a share: from 0 to 1.
fn share(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number from 0 to 1".to_owned())?;
    if (0.0..=1.0).contains(&number) { Ok(number) } else { Err("expected a number from 0 to 1".to_owned()) }
}

/// A figure with what it may not be under.
#[derive(Debug, Serialize)]
struct Floor {
    /// As in the report.
    figure: &'static str,
    /// As given.
    at_least: f64,
    /// As measured; none where no query expects a section.
    value: Option<f64>,
    /// Whether it holds.
    holds: bool,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    report: &'a Report,
    /// In the order of the flags.
    floors: &'a [Floor],
    /// Queries that expect what is not in the index.
    stale: Vec<&'a Outcome>,
    /// Worst first.
    worst: Vec<&'a Outcome>,
}

pub(super) fn run(config: &Config, args: &EvalArgs) -> Result<Exit, Failure> {
    let golden = read(&args.file)?;
    if args.index_first {
        bring_up_to_date(config)?;
    }
    let snapshot = Snapshot::open_on_disk(&config.index.dir).map_err(|error| (Exit::InputOutput, error.to_string()))?;
    let settings = Settings::new(&config.search, config.server.search_timeout);
    let settings = Settings { timeout: None, ..settings };
    let report = evaluate(&snapshot, &settings, &golden).map_err(|error| (Exit::Internal, error.to_string()))?;
    let floors = floors(&report.all, args);
    if args.json {
        let printed = Printed {
            report: &report,
            floors: &floors,
            stale: report.stale().collect(),
            worst: report.worst(args.worst),
        };
        print(&serde_json::to_string_pretty(&printed).map_err(|error| (Exit::Internal, error.to_string()))?);
    } else {
        print(&readable(&report, &floors, args.worst));
    }
    Ok(if floors.iter().all(|floor| floor.holds) { Exit::Done } else { Exit::No })
}

/// Reads the golden set, or says all that is wrong with it.
fn read(file: &Path) -> Result<Golden, Failure> {
    let shown = clean(&file.display().to_string());
    let wrong = |message: String| (Exit::Config, message);
    let Some(format) = file.file_name().and_then(|name| Format::of(&name.to_string_lossy())) else {
        return Err(wrong(format!("{shown}: a golden file ends in .tsv or .toml")));
    };
    let bytes = std::fs::read(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => wrong(format!("{shown}: there is no such file")),
        _ => wrong(format!("{shown}: cannot be read: {error}")),
    })?;
    let text = String::from_utf8(bytes).map_err(|_| wrong(format!("{shown}: not valid UTF-8")))?;
    Golden::read(&text, format).map_err(|errors| {
        let lines: Vec<String> =
            errors.0.iter().map(|problem| format!("{shown}:{}: {}", problem.line, clean(&problem.message))).collect();
        wrong(lines.join("\n"))
    })
}

/// A daemon that holds the lock keeps its index equal by itself.
fn bring_up_to_date(config: &Config) -> Result<(), Failure> {
    match index::reconcile(config, false) {
        Ok(reconciled) if reconciled.equal => Ok(()),
        Ok(_) => Err((Exit::No, "the index does not equal the directory: see `achei check`".to_owned())),
        Err(IndexError::Store(StoreError::Locked { .. })) => {
            anstream::eprintln!("a daemon keeps this index up to date: it is taken as it is");
            Ok(())
        }
        Err(error) => Err((Exit::InputOutput, error.to_string())),
    }
}

fn floors(all: &Row, args: &EvalArgs) -> Vec<Floor> {
    let floor = |figure, floor: Option<f64>, value: Option<f64>| {
        floor.map(|at_least| Floor { figure, at_least, value, holds: value.is_some_and(|value| value >= at_least) })
    };
    [
        floor("success_at_1", args.min_success, Some(all.scores.success_at_1)),
        floor("mrr_at_10", args.min_mrr, Some(all.scores.mrr_at_10)),
        floor("ndcg_at_10", args.min_ndcg, Some(all.scores.ndcg_at_10)),
        floor("anchor_at_1", args.min_anchor, all.anchor_at_1),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn readable(report: &Report, floors: &[Floor], worst: usize) -> String {
    let mut out = String::new();
    add_table(&mut out, report);
    let latency = report.latency;
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(out, "{FAINT}p50 {:.1} ms, p99 {:.1} ms{FAINT:#}", latency.p50_ms, latency.p99_ms);
    for outcome in report.worst(worst) {
        out.push('\n');
        add_outcome(&mut out, outcome);
    }
    for outcome in report.stale() {
        for page in outcome.expected.iter().filter(|page| page.stale.is_some()) {
            let _ = write!(out, "\n{BAD}stale:{BAD:#} line {} expects {}: ", outcome.line, clean(&page.path));
            let _ = write!(out, "{}", standing(page));
        }
        out.push('\n');
    }
    for Floor { figure, at_least, value, .. } in floors.iter().filter(|floor| !floor.holds) {
        let value =
            value.map_or_else(|| "not measured: no query names a section".to_owned(), |value| format!("{value:.3}"));
        let _ = writeln!(out, "\n{BAD}under the floor:{BAD:#} {figure} is {value}, and at least {at_least} is asked");
    }
    out
}

fn add_table(out: &mut String, report: &Report) {
    // One kind is the whole.
    let kinds = if report.kinds.len() > 1 { report.kinds.as_slice() } else { &[] };
    let rows = || kinds.iter().chain([&report.all]);
    let width = rows().map(|row| clean(&row.kind).chars().count()).max().unwrap_or(0).max("kind".len());
    let _ = writeln!(
        out,
        "{STRONG}{:<width$}  {:>5}  {:>9}  {:>6}  {:>7}  {:>8}{STRONG:#}",
        "kind", "n", "Success@1", "MRR@10", "nDCG@10", "anchor@1"
    );
    for row in rows() {
        let anchor = row.anchor_at_1.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"));
        let _ = writeln!(
            out,
            "{:<width$}  {:>5}  {:>9.3}  {:>6.3}  {:>7.3}  {anchor:>8}",
            clean(&row.kind),
            row.queries,
            row.scores.success_at_1,
            row.scores.mrr_at_10,
            row.scores.ndcg_at_10
        );
    }
}

/// One of the worst: what was asked, where the expected pages stand, and what came first and why.
fn add_outcome(out: &mut String, outcome: &Outcome) {
    let relaxed = if outcome.relaxed { ", relaxed" } else { "" };
    let about = format!("line {}, {}, {} pages{relaxed}", outcome.line, clean(&outcome.kind), outcome.total);
    let _ = writeln!(out, "{}  {FAINT}{about}{FAINT:#}", styled(STRONG, &outcome.q));
    for page in &outcome.expected {
        let _ = writeln!(out, "  expected {}: {}", place(&page.path, page.anchors.first()), standing(page));
    }
    let Some(first) = &outcome.first else { return };
    let anchor = (!first.anchor.is_empty()).then_some(&first.anchor);
    let _ = writeln!(out, "  first    {} (score {:.2})", place(&first.path, anchor), first.score);
    if !first.why.is_empty() {
        let _ = writeln!(out, "           {}", styled(FAINT, &first.why.join("; ")));
    }
}

fn place(path: &str, anchor: Option<&String>) -> String {
    clean(&anchor.map_or_else(|| path.to_owned(), |anchor| format!("{path}#{anchor}")))
}

fn standing(page: &Standing) -> String {
    let rank = match (page.rank, page.score) {
        (Some(rank), Some(score)) => format!("rank {rank} (score {score:.2})"),
        _ => "not found".to_owned(),
    };
    match &page.stale {
        None => rank,
        Some(Stale::Page) => styled(BAD, "not in the index"),
        Some(Stale::Anchors(anchors)) => {
            format!("{rank}, {}", styled(BAD, &format!("no section #{}", anchors.join(", #"))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_are_shares() {
        assert_eq!(share("0.95"), Ok(0.95));
        assert_eq!((share("0"), share("1")), (Ok(0.0), Ok(1.0)));
        for wrong in ["", "95", "-0.1", "NaN", "1.0001", "x"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
