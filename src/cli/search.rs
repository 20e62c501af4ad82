//! `achei search`: asks the index on disk, beside a daemon or without one.

use std::fmt::Write as _;

use clap::Args;

use super::Failure;
use super::exit::Exit;
use super::output::{FAINT, LINK, STRONG, clean, marked, print, styled};
use crate::config::Config;
use crate::index::Snapshot;
use crate::search::{Hit, SearchRequest, SearchResponse, Settings, search};

#[derive(Debug, Args)]
pub(super) struct SearchArgs {
    /// Words, "a phrase", -word, tag:x, title:x, path:x, lang:x
    #[arg(required = true, value_name = "QUERY")]
    pub(super) query: Vec<String>,
    /// Hits wanted
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=100))]
    limit: u8,
    /// Print what GET /search answers
    #[arg(long)]
    json: bool,
}

pub(super) fn run(config: &Config, args: &SearchArgs) -> Result<Exit, Failure> {
    let snapshot = Snapshot::open_on_disk(&config.index.dir).map_err(|error| (Exit::InputOutput, error.to_string()))?;
    // The shell took the quotation marks away: an argument of several words was a phrase only if it says so itself.
    let request = SearchRequest {
        q: args.query.join(" ").replace(super::EXCLUSION, ""),
        limit: usize::from(args.limit),
        ..SearchRequest::default()
    };
    let settings = Settings::new(&config.search, config.server.search_timeout);
    let settings = Settings { timeout: None, ..settings };
    let response = search(&snapshot, &settings, &request).map_err(|error| (Exit::Internal, error.to_string()))?;
    if args.json {
        let json = serde_json::to_string_pretty(&response).map_err(|error| (Exit::Internal, error.to_string()))?;
        print(&json);
    } else {
        print(&readable(&response));
    }
    Ok(Exit::Done)
}

fn readable(response: &SearchResponse) -> String {
    let mut out = String::new();
    for (number, hit) in (1..).zip(&response.hits) {
        add_hit(&mut out, number, hit);
    }
    let pages = match response.total {
        0 => "Nothing found".to_owned(),
        1 => "1 page".to_owned(),
        total => format!("{total} pages"),
    };
    let relaxed = if response.relaxed { ", none with every word" } else { "" };
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(out, "{}", styled(FAINT, &format!("{pages}{relaxed}, {:.1} ms", response.took_ms)));
    if let Some(better) = &response.did_you_mean {
        let _ = writeln!(out, "Did you mean: {STRONG}{}{STRONG:#}", clean(better));
    }
    out
}

fn add_hit(out: &mut String, number: usize, hit: &Hit) {
    let place = if hit.breadcrumbs.is_empty() {
        String::new()
    } else {
        format!("  {}", styled(FAINT, &hit.breadcrumbs.join(" › ")))
    };
    let _ = writeln!(out, "{number:>2}. {STRONG}{}{STRONG:#}{place}", marked(&hit.title_html));
    let _ = writeln!(out, "    {}", styled(LINK, &hit.url));
    for section in &hit.sections {
        let lead = if section.heading.is_empty() {
            String::new()
        } else {
            format!("{} ", styled(FAINT, &format!("# {}:", clean(&section.heading))))
        };
        let _ = writeln!(out, "    {lead}{}", marked(&section.snippet));
    }
    out.push('\n');
}
