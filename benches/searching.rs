//! How fast questions are answered in process, each with ten hits and their snippets. See README.md beside this file.

mod wiki;

use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use achei::config::SearchConfig;
use achei::index::analysis::tokenize;
use achei::index::{Snapshot, TextField};
use achei::search::{Facet, SearchRequest, Settings, SuggestRequest, by_typo, related, search, suggest};
use criterion::Criterion;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, DisjunctionMaxQuery, Occur, Query, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{Searcher, Term};

use wiki::ASKED_ABOUT;
use wiki::{Questions, Wiki, is_smoke, percentile, snapshot};

/// Titles asked for the table.
const TITLES: usize = 1_000;

/// Something to measure: a name, how many questions there are, and how one is answered; the number of hits comes back.
type Case<'a> = (&'a str, usize, Box<dyn Fn(usize) -> usize + 'a>);

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let wiki = Wiki::load();
    println!("{}", wiki.describe());
    wiki.settle();
    let questions = Questions::about(&wiki.parsed(ASKED_ABOUT));
    let (mut indexer, _) = wiki.open("index");
    wiki::compact(&mut indexer);
    let snapshot = snapshot(&indexer);
    println!("segments: {}", snapshot.segments().len());
    let settings = Settings::new(&SearchConfig::default(), Duration::from_secs(10));
    let find = |request: &SearchRequest| search(&snapshot, &settings, request).expect("an answer").hits.len();

    let plain = |queries: &[String]| -> Vec<SearchRequest> {
        queries.iter().map(|q| SearchRequest { q: q.clone(), ..SearchRequest::default() }).collect()
    };
    let mut searches: Vec<(&str, Vec<SearchRequest>)> =
        questions.classes.iter().map(|(name, queries)| (*name, plain(queries))).collect();
    let mut counted = plain(questions.class("common word"));
    for request in &mut counted {
        request.facets = vec![Facet::Lang, Facet::Tag, Facet::Category];
    }
    searches.push(("common word, facets", counted));
    let keystrokes: Vec<SuggestRequest> =
        questions.keystrokes().into_iter().map(|q| SuggestRequest { q, limit: 8, lang: None }).collect();

    let words = questions.misspelt_words();
    let titles: Vec<SearchRequest> = plain(&questions.titles).into_iter().take(TITLES).collect();
    let engine: Vec<Box<dyn Query>> = titles.iter().map(|title| engine_query(&snapshot, &title.q)).collect();

    // The same questions of a reader who may not find every tenth page.
    let began = Instant::now();
    let met = Cell::new(0_u32);
    let partial = snapshot.seen_by("bench", |_| !met.replace(met.get() + 1).is_multiple_of(10)).expect("a view");
    println!("seen by a reader: {} of {} pages, made in {:?}", partial.pages(), snapshot.pages(), began.elapsed());
    let filtered: Vec<(String, &Vec<SearchRequest>)> =
        searches.iter().map(|(name, requests)| (format!("{name}, filtered"), requests)).collect();
    let mut cases: Vec<Case<'_>> = Vec::new();
    for (name, requests) in &searches {
        cases.push((name, requests.len(), Box::new(move |number| find(&requests[number]))));
    }
    let find_in_partial = |request: &SearchRequest| search(&partial, &settings, request).expect("an answer").hits.len();
    for (name, requests) in &filtered {
        cases.push((name, requests.len(), Box::new(move |number| find_in_partial(&requests[number]))));
    }
    let complete_in_partial =
        |number: usize| suggest(&partial, &settings, &keystrokes[number]).expect("suggestions").suggestions.len();
    cases.push(("suggest, filtered", keystrokes.len(), Box::new(complete_in_partial)));
    let complete =
        |number: usize| suggest(&snapshot, &settings, &keystrokes[number]).expect("suggestions").suggestions.len();
    cases.push(("suggest", keystrokes.len(), Box::new(complete)));
    let alike = |number: usize| {
        let found = related(&snapshot, &questions.paths[number], 5).expect("an answer");
        found.map_or(0, |found| found.hits.len())
    };
    cases.push(("related", questions.paths.len().min(200), Box::new(alike)));

    let expand = |number: usize| by_typo(&snapshot, &words[number], false).expect("words").len();
    cases.push(("typo expansion of a word", words.len(), Box::new(expand)));

    let mut group = criterion.benchmark_group(wiki.group("search"));
    for (name, count, answer) in &cases {
        let mut number = 0;
        group.bench_function(*name, |bencher| {
            bencher.iter(|| {
                number = (number + 1) % count;
                black_box(answer(number))
            });
        });
    }
    group.finish();
    criterion.final_summary();

    // Criterion tells means; what a reader feels are percentiles.
    cases.push(("every title", titles.len(), Box::new(|number| find(&titles[number]))));
    cases.push((
        "every title, raw engine",
        engine.len(),
        Box::new(|number| top_ten(snapshot.searcher(), &engine[number])),
    ));
    println!(
        "\n{:<34}{:>9}{:>10}{:>10}{:>10}{:>10}{:>8}",
        "", "questions", "p50 us", "p95 us", "p99 us", "max us", "hits"
    );
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let (cases, others): (Vec<_>, Vec<_>) = cases.into_iter().partition(|(name, ..)| name.contains(&wanted));
    drop(others);
    let medians: Vec<Duration> = cases.iter().map(|(name, count, answer)| row(name, *count, answer)).collect();
    let median = |wanted: &str| {
        cases
            .iter()
            .zip(&medians)
            .find(|((name, ..), _)| *name == wanted)
            .map_or(f64::NAN, |(_, time)| time.as_secs_f64())
    };
    println!(
        "\nmedian of every title, against the engine's four-field top ten without snippets: x {:.1}",
        median("every title") / median("every title, raw engine")
    );
    for (name, filtered) in searches.iter().map(|(name, _)| *name).zip(filtered.iter().map(|(name, _)| name)) {
        println!("median of {filtered}, against unfiltered: x {:.2}", median(filtered) / median(name));
    }
    drop(cases);
    indexer.close();
}

/// Every word in any of four fields, the best field counting: what the engine alone would be asked.
fn engine_query(snapshot: &Snapshot, q: &str) -> Box<dyn Query> {
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    tokenize(q, |token| {
        let fields = [TextField::Title, TextField::Headings, TextField::Body, TextField::Code];
        let terms = fields.map(|field| {
            let term = Term::from_field_text(snapshot.fields().text(field), token.folded);
            Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)) as Box<dyn Query>
        });
        clauses.push((Occur::Should, Box::new(DisjunctionMaxQuery::new(terms.into()))));
    });
    let words = clauses.len();
    Box::new(BooleanQuery::with_minimum_required_clauses(clauses, words))
}

fn top_ten(searcher: &Searcher, query: &dyn Query) -> usize {
    searcher.search(query, &TopDocs::with_limit(10).order_by_score()).expect("an answer").len()
}

/// Each question once to warm up, then some more rounds, and how the times lie: the median comes back.
fn row(name: &str, count: usize, answer: &dyn Fn(usize) -> usize) -> Duration {
    let rounds = if is_smoke() { 1 } else { (2_000 / count).clamp(3, 60) };
    let hits: usize = (0..count).map(answer).sum();
    let mut times: Vec<Duration> = (0..rounds * count)
        .map(|number| {
            let start = Instant::now();
            black_box(answer(number % count));
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let micros = |share| percentile(&times, share).as_secs_f64() * 1e6;
    let [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1.0].map(micros);
    println!("{name:<34}{count:>9}{p50:>10.0}{p95:>10.0}{p99:>10.0}{max:>10.0}{:>8.1}", hits as f64 / count as f64);
    percentile(&times, 0.5)
}
