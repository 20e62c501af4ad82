//! `achei insights`: what readers miss, from the database on disk, beside a daemon or without one.

use std::fmt::Write as _;

use clap::Args;

use super::Failure;
use super::exit::Exit;
use super::output::{FAINT, STRONG, clean, print, styled};
use crate::config::Config;
use crate::insights::{Filter, Report, Table};

#[derive(Debug, Args)]
pub(super) struct InsightsArgs {
    /// Days back from now
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=3650))]
    days: u64,
    /// Only searches with this language filter
    #[arg(long)]
    lang: Option<String>,
    /// Only searches below this folder
    #[arg(long)]
    area: Option<String>,
    /// Print everything as JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print one table as CSV: time, top, empty, unopened, relaxed, slow, languages, areas
    #[arg(long, value_name = "TABLE", value_parser = table)]
    csv: Option<Table>,
}

fn table(name: &str) -> Result<Table, String> {
    Table::of(name).ok_or_else(|| format!("one of {}", Table::ALL.map(Table::name).join(", ")))
}

pub(super) fn run(config: &Config, args: &InsightsArgs) -> Result<Exit, Failure> {
    let Some(file) = &config.insights.file else {
        return Err((
            Exit::Config,
            "insights are off: set `file` in the section `[insights]` of config.toml".to_owned(),
        ));
    };
    let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_lowercase());
    let filter = Filter { days: args.days, lang: lower(&args.lang), area: lower(&args.area) };
    let report = Report::read(file, &filter).map_err(|error| (Exit::InputOutput, error.to_string()))?;
    if args.json {
        print(&serde_json::to_string_pretty(&report).map_err(|error| (Exit::Internal, error.to_string()))?);
    } else if let Some(table) = args.csv {
        print(&report.csv(table));
    } else {
        print(&readable(&report));
    }
    Ok(Exit::Done)
}

fn readable(report: &Report) -> String {
    let (mut out, counts) = (String::new(), &report.counts);
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(
        out,
        "{}: {} searches, {} without result, {} opened, {} relaxed; found it: {} yes, {} no",
        styled(STRONG, &format!("{} days", report.days)),
        counts.searches,
        counts.empty,
        counts.opened,
        counts.relaxed,
        counts.yes,
        counts.no
    );
    for (table, title) in [
        (Table::Time, "Over time"),
        (Table::Empty, "Without result"),
        (Table::Unopened, "With results that nobody opens"),
        (Table::Top, "Most frequent"),
        (Table::Relaxed, "No page with every word"),
        (Table::Slow, "Slowest"),
        (Table::Areas, "By area"),
        (Table::Languages, "By language"),
    ] {
        let rows = report.table(table);
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{}", styled(STRONG, title));
        let most = rows.iter().map(|row| row.searches).max().unwrap_or(0).max(1);
        for row in rows.iter().take(40) {
            let name = if row.name.is_empty() { "(all)".to_owned() } else { clean(&row.name) };
            let bar =
                if table == Table::Time { "█".repeat((row.searches * 40 / most) as usize) } else { String::new() };
            let more = if table == Table::Slow { format!("  {:.1} ms", row.max_ms) } else { String::new() };
            let _ = writeln!(out, "{:>7}  {name}{} {bar}", row.searches, styled(FAINT, &more));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insights::Row;

    /// Seen to fail without `clean`.
    #[test]
    fn queries_cannot_send_escapes_to_the_terminal() {
        let rows = vec![Row { name: "\u{1b}[31mred\u{7}\u{202e}".into(), searches: 2, ..Row::default() }];
        let text = readable(&Report { top: rows.clone(), empty: rows, ..Report::default() });
        assert!(text.contains("[31mred") && !text.contains("\u{1b}[31m") && !text.contains(['\u{7}', '\u{202e}']));
    }
}
