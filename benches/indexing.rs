//! How fast pages are read, analysed and indexed, and what one save costs. See README.md beside this file.

mod wiki;

use std::collections::BTreeSet;
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use achei::content::{Root, Scope};
use achei::index::analysis::{Language, PageTerms, Strength};
use achei::index::{Indexer, Request, TextField};
use achei::page::{BlockKind, Page, PagePath, parse};
use criterion::{Criterion, SamplingMode, Throughput};

use wiki::Wiki;

fn main() {
    let mut criterion = Criterion::default().sample_size(10).warm_up_time(Duration::from_secs(1)).configure_from_args();
    let wiki = Wiki::load();
    println!("{}", wiki.describe());
    reading(&mut criterion, &wiki);
    first_index(&mut criterion, &wiki);
    nothing_changed(&mut criterion, &wiki);
    one_edit(&mut criterion, &wiki);
    criterion.final_summary();
}

/// The steps before the engine: looking at the directory, reading pages, cutting them into terms.
fn reading(criterion: &mut Criterion, wiki: &Wiki) {
    let mut group = criterion.benchmark_group(wiki.group("reading"));
    let root = Root::open(&wiki.content).expect("the content directory");
    group.throughput(Throughput::Elements(wiki.pages.len() as u64));
    group.bench_function("scan", |bencher| bencher.iter(|| root.scan(&Scope::All)));

    let sources: Vec<(PagePath, &str)> =
        wiki.pages.iter().map(|page| (PagePath::new(page.path.clone()).expect("a page"), page.text.as_str())).collect();
    group.throughput(Throughput::Bytes(wiki.bytes()));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| {
            for (path, source) in &sources {
                black_box(parse(path, source.as_bytes(), false, &wiki.content.page));
            }
        });
    });

    let pages = wiki.parsed(usize::MAX);
    let blocks = pages.iter().flat_map(|page| &page.sections).flat_map(|section| &section.blocks);
    group.throughput(Throughput::Bytes(blocks.map(|block| block.text.len() as u64).sum()));
    group.bench_function("analyse", |bencher| bencher.iter(|| pages.iter().for_each(analyse_body)));
    group.finish();
}

/// The larger part of what a page's document is made of: its text and code as terms.
fn analyse_body(page: &Page) {
    let mut terms = PageTerms::new(Language::of(&page.lang));
    for block in page.sections.iter().flat_map(|section| &section.blocks) {
        let (field, strength) = match block.kind {
            BlockKind::Code => (TextField::Code, Strength::Plain),
            _ => (TextField::Body, Strength::Body),
        };
        terms.analyse(&block.text, strength, field);
    }
    black_box(terms);
}

/// From no index to one that serves the whole wiki.
fn first_index(criterion: &mut Criterion, wiki: &Wiki) {
    let mut group = criterion.benchmark_group(wiki.group("index"));
    group.sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(15));
    group.throughput(Throughput::Bytes(wiki.bytes()));
    group.bench_function("first", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut elapsed = Duration::ZERO;
            for _ in 0..rounds {
                let start = Instant::now();
                let (indexer, outcome) = wiki.open("first");
                elapsed += start.elapsed();
                assert!(outcome.published && outcome.counts.added > 0, "a first index: {outcome:?}");
                indexer.close();
                fs::remove_dir_all(wiki.beside("first")).expect("the index goes");
            }
            elapsed
        });
    });
    group.finish();
}

/// A start over an index that is as the directory is.
fn nothing_changed(criterion: &mut Criterion, wiki: &Wiki) {
    let mut group = criterion.benchmark_group(wiki.group("start"));
    // Indexed within two seconds of being written, as a fresh clone is: times prove nothing, every page is read.
    wiki.write();
    wiki.open("just written").0.close();
    wiki.settle();
    wiki.open("settled").0.close();
    for (name, index) in
        [("nothing changed", "settled"), ("nothing changed, indexed when just written", "just written")]
    {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|rounds| {
                let mut elapsed = Duration::ZERO;
                for _ in 0..rounds {
                    let start = Instant::now();
                    let (indexer, outcome) = wiki.open(index);
                    elapsed += start.elapsed();
                    assert!(!outcome.published, "nothing changed: {outcome:?}");
                    indexer.close();
                }
                elapsed
            });
        });
    }
    group.finish();
}

/// One page saved: from the hint to the published commit.
fn one_edit(criterion: &mut Criterion, wiki: &Wiki) {
    let mut group = criterion.benchmark_group(wiki.group("edit"));
    group.sampling_mode(SamplingMode::Flat).sample_size(20).measurement_time(Duration::from_secs(10));
    let (mut indexer, _) = wiki.open("edited");
    let page = &wiki.pages[wiki.pages.len() / 2];
    let request = Request { scope: Scope::Paths(BTreeSet::from([page.path.clone()])), ..Request::all() };
    let mut number = 0;
    group.bench_function("one page", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut elapsed = Duration::ZERO;
            for _ in 0..rounds {
                number += 1;
                wiki.save(&page.path, &format!("{}\n\nEdição {number}.\n", page.text));
                elapsed += reconcile(&mut indexer, &request);
            }
            elapsed
        });
    });
    indexer.close();
    wiki.save(&page.path, &page.text);
    group.finish();
}

fn reconcile(indexer: &mut Indexer, request: &Request) -> Duration {
    let start = Instant::now();
    let outcome = indexer.reconcile(request, &|_| {}).expect("a reconcile");
    let elapsed = start.elapsed();
    assert!(outcome.published, "an edit is published: {outcome:?}");
    elapsed
}
