//! The wiki that is measured: generated from a seed, or a real one, written to a scratch directory.
//!
//! Shared by the benchmarks, so that all of them speak of the same pages. Nothing is ever written to a real wiki: its
//! pages are copied.

#![allow(dead_code, unused_imports, reason = "each benchmark uses its part of this module")]

mod generator;
mod questions;

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use achei::config::{ContentConfig, IndexConfig};
use achei::index::{Indexer, Outcome, Request, Snapshot};
use achei::page::{AnchorStyle, LocaleInUrl, PagePath, PageRules, UrlStyle, has_markdown_extension, parse};
use tempfile::TempDir;

pub use questions::Questions;

/// Pages of the generated wiki, unless `ACHEI_BENCH_PAGES` says otherwise.
const PAGES: usize = 1_000;
/// Pages in smoke mode, also of a real wiki.
const SMOKE_PAGES: usize = 40;
/// Files younger than two seconds when they are read are read again at each start. Most wikis are older.
const SETTLED: Duration = Duration::from_millis(2_200);
/// Questions are made of so many pages of a large wiki.
pub const ASKED_ABOUT: usize = 20_000;
/// The seed of everything that is drawn.
const SEED: u64 = 0x00ac_4e10;

/// One file.
pub struct Page {
    /// Relative to the content directory.
    pub path: String,
    /// The file.
    pub text: String,
}

/// A wiki on disk, with room for indexes beside it. It goes when it is dropped.
pub struct Wiki {
    /// What figures are headed with.
    pub name: String,
    /// In path order.
    pub pages: Vec<Page>,
    /// How it is read.
    pub content: ContentConfig,
    scratch: TempDir,
    written: Cell<Instant>,
}

impl Wiki {
    /// The wiki of `ACHEI_BENCH_CORPUS`, else a generated one.
    pub fn load() -> Self {
        let (name, mut pages, rules) = match std::env::var_os("ACHEI_BENCH_CORPUS") {
            Some(dir) => {
                let dir = PathBuf::from(dir);
                let mut pages = Vec::new();
                collect(&dir, &dir, &mut pages);
                assert!(!pages.is_empty(), "ACHEI_BENCH_CORPUS: no Markdown file in {}", dir.display());
                (dir.display().to_string(), pages, rules(UrlStyle::File, AnchorStyle::Github))
            }
            None => {
                let count = std::env::var("ACHEI_BENCH_PAGES")
                    .map_or(PAGES, |count| count.parse().expect("ACHEI_BENCH_PAGES is a number"));
                let count = if is_smoke() { count.min(SMOKE_PAGES) } else { count };
                (
                    "generated".to_owned(),
                    generator::pages(SEED, count, std::env::var_os("ACHEI_BENCH_SHORT").is_some()),
                    rules(UrlStyle::Wikijs, AnchorStyle::Wikijs),
                )
            }
        };
        pages.sort_by(|a, b| a.path.cmp(&b.path));
        if is_smoke() {
            pages.truncate(SMOKE_PAGES);
        }
        let scratch = TempDir::new().expect("a scratch directory");
        let dir = scratch.path().join("content");
        let content = ContentConfig { dir, exclude: Vec::new(), max_page_bytes: 4 << 20, page: rules };
        let wiki = Self { name, pages, content, scratch, written: Cell::new(Instant::now()) };
        wiki.write();
        wiki
    }

    /// Writes every file, once more if it is there.
    pub fn write(&self) {
        for page in &self.pages {
            let file = self.content.dir.join(&page.path);
            fs::create_dir_all(file.parent().expect("below the content directory")).expect("a folder");
            fs::write(file, &page.text).expect("a page");
        }
        self.written.set(Instant::now());
    }

    /// A group's name, so that figures of different wikis are not compared.
    pub fn group(&self, name: &str) -> String {
        let wiki = Path::new(&self.name).file_name().unwrap_or_default().to_string_lossy();
        format!("{name}, {} of {wiki}", self.pages.len())
    }

    /// Of all files.
    pub fn bytes(&self) -> u64 {
        self.pages.iter().map(|page| page.text.len() as u64).sum()
    }

    /// One line of what it is.
    pub fn describe(&self) -> String {
        format!("wiki: {}, {} pages, {:.2} MB", self.name, self.pages.len(), self.bytes() as f64 / 1e6)
    }

    /// Every file, read as a page, or of a larger wiki so many of them.
    pub fn parsed(&self, most: usize) -> Vec<achei::page::Page> {
        let read = |page: &Page| {
            let path = PagePath::new(page.path.clone()).expect("a page's path");
            parse(&path, page.text.as_bytes(), false, &self.content.page)
        };
        self.pages.iter().step_by(self.pages.len().div_ceil(most.max(1)).max(1)).map(read).collect()
    }

    /// Waits until the files are old enough to be known by their times alone.
    pub fn settle(&self) {
        if !is_smoke() {
            std::thread::sleep(SETTLED.saturating_sub(self.written.get().elapsed()));
        }
    }

    /// A folder beside the content directory; it may not exist yet.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// The settings of an index beside the content directory.
    pub fn index(&self, name: &str) -> IndexConfig {
        IndexConfig { dir: self.beside(name), writer_memory_bytes: 160_000_000 }
    }

    /// Opens an index and makes it equal the directory.
    pub fn open(&self, name: &str) -> (Indexer, Outcome) {
        let mut indexer = Indexer::open(self.content.clone(), self.index(name)).expect("an index");
        let outcome = indexer.reconcile(&Request::all(), &|_| {}).expect("a reconcile");
        (indexer, outcome)
    }

    /// Replaces a page as an editor that saves atomically does.
    pub fn save(&self, path: &str, text: &str) {
        let file = self.content.dir.join(path);
        let new = file.with_file_name(".achei-bench-new");
        fs::write(&new, text).expect("a page");
        fs::rename(new, file).expect("a page in its place");
    }
}

/// Waits for what a daemon does in the background after a build.
pub fn compact(indexer: &mut Indexer) {
    // The first look begins it where it is worth while; what is done may leave more to do.
    indexer.look_after();
    while indexer.is_compacting() {
        if !indexer.look_after() {
            std::thread::sleep(Duration::from_millis(10));
        }
        if !indexer.is_compacting() {
            indexer.look_after();
        }
    }
}

/// What is published.
pub fn snapshot(indexer: &Indexer) -> Arc<Snapshot> {
    indexer.published().load_full().expect("an index that serves")
}

/// Whether everything runs once, only to see that it does: `cargo bench -- --test`, or `cargo test --benches`.
pub fn is_smoke() -> bool {
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    given("--test") || !given("--bench")
}

/// The value below which a share of sorted values lies.
pub fn percentile(sorted: &[Duration], share: f64) -> Duration {
    sorted.get(((sorted.len().saturating_sub(1)) as f64 * share).round() as usize).copied().unwrap_or_default()
}

fn rules(url_style: UrlStyle, anchor_style: AnchorStyle) -> PageRules {
    let locales = ["pt-br", "en"].map(str::to_owned).to_vec();
    PageRules { locales, locale_in_url: LocaleInUrl::Always, url_base: "/".to_owned(), url_style, anchor_style }
}

fn collect(root: &Path, folder: &Path, pages: &mut Vec<Page>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("ACHEI_BENCH_CORPUS: {}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, pages);
        } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str)
            && has_markdown_extension(name)
            && let Ok(text) = fs::read_to_string(&path)
        {
            pages.push(Page { path: name.to_owned(), text });
        }
    }
}
