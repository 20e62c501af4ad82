//! A wiki without daemon and socket: indexer and search of the library, in this process.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use achei::config::{Config, Pin};
use achei::content::Scope;
use achei::index::{Indexer, Outcome, Request, Snapshot};
use achei::search::{SearchRequest, SearchResponse, Settings, search};
use tempfile::TempDir;

/// A content directory, a configuration, and an index that is made when asked for.
pub struct Lab {
    dir: TempDir,
    pub config: Config,
    indexer: Option<Indexer>,
}

impl Lab {
    pub fn new() -> Self {
        let dir = TempDir::with_prefix("achei-lab-").unwrap();
        fs::create_dir(dir.path().join("content")).unwrap();
        let mut config = Config::defaults(dir.path());
        config.index.writer_memory_bytes = 15_000_000;
        Self { dir, config, indexer: None }
    }

    /// A wiki of these pages, indexed.
    pub fn of(pages: &[(&str, &str)]) -> Self {
        let mut lab = Self::new();
        for (path, text) in pages {
            lab.write(path, text);
        }
        lab.reconcile();
        lab
    }

    #[must_use]
    pub fn synonyms(mut self, groups: &[&[&str]]) -> Self {
        self.config.search.synonyms =
            groups.iter().map(|group| group.iter().map(|&text| text.to_owned()).collect()).collect();
        self
    }

    #[must_use]
    pub fn pins(mut self, pins: &[(&str, &str)]) -> Self {
        self.config.search.pins =
            pins.iter().map(|&(query, path)| Pin { query: query.to_owned(), path: path.to_owned() }).collect();
        self
    }

    pub fn content(&self) -> PathBuf {
        self.dir.path().join("content")
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.content().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn indexer(&mut self) -> &mut Indexer {
        let config = &self.config;
        self.indexer.get_or_insert_with(|| Indexer::open(config.content.clone(), config.index.clone()).unwrap())
    }

    pub fn set_indexer(&mut self, indexer: Indexer) {
        self.indexer = Some(indexer);
    }

    pub fn is_closed(&self) -> bool {
        self.indexer.is_none()
    }

    /// Opens the index and compares the whole directory, where either may fail.
    pub fn try_reconcile(&mut self) {
        if self.indexer.is_none() {
            self.indexer = Indexer::open(self.config.content.clone(), self.config.index.clone()).ok();
        }
        if let Some(indexer) = &mut self.indexer {
            let _ = indexer.reconcile(&Request { explicit: true, ..Request::all() }, &|_| {});
        }
    }

    /// Lets go of the index, as at the end of a process.
    pub fn close(&mut self) {
        if let Some(indexer) = self.indexer.take() {
            indexer.close();
        }
    }

    /// Lets go of the index as a kill does: nothing is waited for, nothing is synced.
    pub fn abandon(&mut self) {
        self.indexer = None;
    }

    pub fn index(&self) -> PathBuf {
        self.config.index.dir.clone()
    }

    /// Compares the whole directory, for somebody who asks for it.
    pub fn reconcile(&mut self) -> Outcome {
        self.indexer().reconcile(&Request { explicit: true, ..Request::all() }, &|_| {}).unwrap()
    }

    /// Compares a part of the directory.
    pub fn reconcile_paths(&mut self, paths: &BTreeSet<String>) -> Outcome {
        let request = Request { scope: Scope::Paths(paths.clone()), explicit: true, ..Request::all() };
        self.indexer().reconcile(&request, &|_| {}).unwrap()
    }

    pub fn snapshot(&mut self) -> Arc<Snapshot> {
        self.indexer().published().load_full().expect("an index")
    }

    pub fn ask(&mut self, request: &SearchRequest) -> SearchResponse {
        let snapshot = self.snapshot();
        let settings =
            Settings { timeout: None, ..Settings::new(&self.config.search, self.config.server.search_timeout) };
        search(&snapshot, &settings, request).unwrap()
    }

    pub fn search(&mut self, q: &str) -> SearchResponse {
        self.ask(&SearchRequest { q: q.to_owned(), limit: 100, ..SearchRequest::default() })
    }

    /// The paths that a query finds, in order.
    pub fn paths(&mut self, q: &str) -> Vec<String> {
        self.search(q).hits.into_iter().map(|hit| hit.path).collect()
    }
}
