//! `achei check`: compares index and directory, and reports what is wrong with pages.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::against::Against;
use super::exit::Exit;
use super::output::{FAINT, STRONG, clean, print, styled};
use super::{Failure, output};
use crate::access::Reader;
use crate::config::Config;
use crate::content::{Root, Scan, Scope};
use crate::daemon::open_access;
use crate::index::{Comparison, Snapshot, compare};
use crate::insights::{self, Filter};
use crate::page::{WarningKind, nfc};
use crate::search::{Ailment, SearchError, health, link_report, lost_pins, stale};

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Exit 1 for any finding, not only where index and directory differ
    #[arg(long)]
    strict: bool,
    /// Instead, tell who may find the page at this path, and why
    #[arg(long, value_name = "PATH")]
    access: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Compare addresses and anchors with a site that the wiki's own tool built; exit 1 where they differ
    #[arg(long, value_name = "SITE_DIR")]
    against: Option<PathBuf>,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Report {
    /// Whether index and directory agree.
    equal: bool,
    /// Pages in the index.
    pages: usize,
    /// On disk and not in the index.
    missing: Vec<String>,
    /// In the index as they no longer are.
    stale: Vec<String>,
    /// In the index and no longer on disk.
    left_over: Vec<String>,
    /// Why the index as a whole does not fit.
    index: Option<String>,
    /// What is wrong with pages.
    findings: Vec<Finding>,
    /// How addresses compare with a built site, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<Against>,
    /// What an editor can mend, with addresses and advice; no part of the verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<Vec<Ailment>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Finding {
    path: String,
    line: Option<u32>,
    kind: &'static str,
    message: String,
}

pub(super) fn run(config: &Config, args: &CheckArgs) -> Result<Exit, Failure> {
    if let Some(site) = args.against.as_deref().filter(|site| !site.is_dir()) {
        return Err((Exit::InputOutput, format!("{}: no such folder, or not to be read", site.display())));
    }
    let root = Root::open(&config.content).map_err(|error| (Exit::InputOutput, error.to_string()))?;
    let scan = root.scan(&Scope::All);
    let comparison = compare(config, &root, &scan).map_err(|error| (Exit::InputOutput, error.to_string()))?;
    let Comparison { snapshot, found, missing, stale, left_over, index, outclaimed } = comparison;
    if let Some(path) = &args.access {
        return who_may_find(config, snapshot.as_deref(), path);
    }
    let mut findings: Vec<Finding> = scan
        .skipped
        .iter()
        .map(|skipped| Finding {
            path: skipped.path.clone(),
            line: None,
            kind: "skipped",
            message: skipped.reason.to_string(),
        })
        .collect();
    findings.extend(outclaimed.into_iter().map(|(path, owner)| Finding {
        path: path.to_string(),
        line: None,
        kind: "url_clash",
        message: format!("{owner} has the same URL and is found in its place"),
    }));
    let mut against = None;
    if let Some(snapshot) = &snapshot {
        let internal = |error: &dyn std::fmt::Display| (Exit::Internal, error.to_string());
        let pages = snapshot.all_pages().map_err(|error| internal(&error))?;
        against = args.against.as_deref().map(|site| Against::compare(&pages, site, &config.content.page.url_base));
        for (path, page) in pages {
            findings.extend(page.warnings.into_iter().map(|warning| Finding {
                path: path.clone(),
                line: warning.line,
                kind: kind_name(warning.kind),
                message: warning.message,
            }));
        }
        for link in link_report(snapshot).map_err(|error| internal(&error))? {
            let (kind, message) = match link.missing_anchor {
                None => ("broken_link", format!("no page at {}", link.target)),
                Some(anchor) => ("broken_anchor", format!("{} has no heading #{anchor}", link.target)),
            };
            findings.push(Finding { path: link.path, line: Some(link.line), kind, message });
        }
    }
    findings.extend(pins(config, &scan, snapshot.as_deref(), &[&missing, &stale])?);
    findings.sort();
    let equal = index.is_none() && missing.is_empty() && stale.is_empty() && left_over.is_empty();
    let health = match &snapshot {
        Some(snapshot) if args.json => Some(ailments(config, snapshot)?),
        _ => None,
    };
    let report = Report { health, equal, pages: found, missing, stale, left_over, index, findings, against };
    if args.json {
        print(&serde_json::to_string_pretty(&report).map_err(|error| (Exit::Internal, error.to_string()))?);
    } else {
        print(&readable(&report));
    }
    let leads = report.against.as_ref().is_none_or(Against::holds);
    let clean = report.equal && leads && (!args.strict || report.findings.is_empty());
    Ok(if clean { Exit::Done } else { Exit::No })
}

/// Content health; what is often found is known where insights are kept.
fn ailments(config: &Config, snapshot: &Snapshot) -> Result<Vec<Ailment>, Failure> {
    // What cannot be read of the insights costs the one kind that needs them.
    let filter = Filter { days: 90, ..Filter::default() };
    let report = config.insights.file.as_ref().and_then(|file| insights::Report::read(file, &filter).ok());
    let often: Vec<(String, u64)> =
        report.unwrap_or_default().found.into_iter().map(|row| (row.name, row.searches)).collect();
    let now_ms = time::OffsetDateTime::now_utc().unix_timestamp() * 1000;
    let failed = |error: SearchError| (Exit::Internal, error.to_string());
    let mut all = stale(snapshot, &often, now_ms).map_err(failed)?;
    all.extend(health(snapshot, &config.search.pins).map_err(failed)?);
    Ok(all)
}

/// Tells who may find a page, and why: a guest, then the members of each group that is named anywhere.
fn who_may_find(config: &Config, snapshot: Option<&Snapshot>, path: &str) -> Result<Exit, Failure> {
    let (access, _) = open_access(&config.access, &config.content.page.locales);
    let lines = RefCell::new(None);
    if let Some(snapshot) = snapshot {
        let told = snapshot.seen_by("check", |facts| {
            if nfc(facts.path) == nfc(path) {
                let mut groups = access.policy.groups();
                groups.extend(facts.groups.iter().filter(|group| !group.is_empty()).cloned());
                let readers = [("a guest".to_owned(), Reader::guest())];
                let members = groups.iter().map(|group| (group.clone(), Reader::of([group.as_str()])));
                let mut out = String::new();
                for (name, reader) in readers.into_iter().chain(members) {
                    let verdict = access.policy.verdict(facts, &reader);
                    let says = if verdict.allowed { "may find it" } else { "may not find it" };
                    let _ = writeln!(out, "{}: {says}: {}", clean(&name), clean(&verdict.why.join("; ")));
                }
                lines.replace(Some(out));
            }
            true
        });
        told.map_err(|error| (Exit::Internal, error.to_string()))?;
    }
    match lines.into_inner() {
        Some(out) => {
            print(&out);
            Ok(Exit::Done)
        }
        None => {
            print(&format!("{}: no page of the index\n", clean(path)));
            Ok(Exit::No)
        }
    }
}

/// Pins whose page is gone, or is there and found by no search. Of a page that the index has yet to take in (`awaited`)
/// only the directory can tell.
fn pins(
    config: &Config,
    scan: &Scan,
    snapshot: Option<&Snapshot>,
    awaited: &[&Vec<String>],
) -> Result<Vec<Finding>, Failure> {
    let pins = &config.search.pins;
    let lost = snapshot.map_or(Ok(Vec::new()), |snapshot| lost_pins(snapshot, pins));
    let lost = lost.map_err(|error| (Exit::Internal, error.to_string()))?;
    let mut findings = Vec::new();
    for pin in pins {
        let path = nfc(&pin.path);
        let why = if !scan.files.keys().any(|file| file.nfc() == path) {
            "there is no such page"
        } else if lost.contains(&pin) && !awaited.iter().copied().flatten().any(|awaited| nfc(awaited) == path) {
            "no search finds it: its front matter keeps it out, or another page has its URL"
        } else {
            continue;
        };
        let message = format!("pinned for \"{}\", but {why}", pin.query);
        findings.push(Finding { path: pin.path.clone(), line: None, kind: "pin", message });
    }
    Ok(findings)
}

fn kind_name(kind: WarningKind) -> &'static str {
    match kind {
        WarningKind::FrontMatter => "front_matter",
        WarningKind::Encoding => "encoding",
        WarningKind::DuplicateAnchor => "duplicate_anchor",
        WarningKind::TooLarge => "too_large",
    }
}

fn readable(report: &Report) -> String {
    let mut out = String::new();
    let mut list = |title: &str, paths: &[String]| {
        for path in paths {
            // Writing to a String cannot fail, here and below.
            let _ = writeln!(out, "{} {}", styled(output::BAD, title), clean(path));
        }
    };
    list("missing in the index:", &report.missing);
    list("stale in the index:", &report.stale);
    list("left over in the index:", &report.left_over);
    if let Some(reason) = &report.index {
        let _ = writeln!(out, "{} {reason}", styled(output::BAD, "the index:"));
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &report.findings {
        *counts.entry(finding.kind).or_default() += 1;
        let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
        let _ = writeln!(
            out,
            "{}{line}: {} {}",
            clean(&finding.path),
            styled(FAINT, &format!("{}:", finding.kind)),
            clean(&finding.message)
        );
    }
    let verdict = if report.equal { "Index and directory agree" } else { "Index and directory differ" };
    let counted: Vec<String> = counts.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let findings = if counted.is_empty() { "no findings".to_owned() } else { counted.join(", ") };
    let _ = writeln!(out, "{}: {} pages; {findings}", styled(STRONG, verdict), report.pages);
    if let Some(against) = &report.against {
        out.push_str(&against.readable());
    }
    out
}
