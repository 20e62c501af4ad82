//! Tests of the index that see its inside: what a power loss and a kill leave behind, how files are held, how segments grow,
//! edits that leave no trace in times.

mod bulk;
mod checkpoints;
mod clashes;
mod counts;
mod emptied;
mod held;
mod merges;
mod power;
mod tick;

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{Indexer, Outcome, Request};
use crate::config::Config;
use crate::search::{SearchRequest, Settings, search};

/// A directory and its index.
struct Wiki {
    config: Config,
    _dir: TempDir,
}

impl Wiki {
    fn of(pages: usize) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut config = Config::defaults(dir.path());
        config.index.writer_memory_bytes = 15_000_000;
        fs::create_dir(&config.content.dir).expect("a folder");
        let wiki = Self { config, _dir: dir };
        for number in 0..pages {
            wiki.write(number, &format!("texto{number}"));
        }
        wiki
    }

    fn write(&self, number: usize, word: &str) {
        let text = format!("# Página {number}\n\n{word} comum\n");
        fs::write(self.config.content.dir.join(format!("P{number}.md")), text).expect("a page");
    }

    fn open(&self) -> Indexer {
        Indexer::open(self.config.content.clone(), self.config.index.clone()).expect("an index directory")
    }

    fn folder(&self) -> PathBuf {
        let folders = fs::read_dir(&self.config.index.dir).expect("a folder").flatten().map(|entry| entry.path());
        let mut folders = folders.filter(|path| path.join("meta.json").exists());
        folders.next().expect("an index")
    }

    fn found(&self, indexer: &Indexer, word: &str) -> Vec<String> {
        let snapshot = indexer.published().load_full().expect("an index");
        let settings = Settings::new(&self.config.search, self.config.server.search_timeout);
        let settings = Settings { timeout: None, ..settings };
        let request = SearchRequest { q: word.to_owned(), limit: 100, ..SearchRequest::default() };
        let hits = search(&snapshot, &settings, &request).expect("an answer").hits;
        hits.into_iter().map(|hit| hit.path).collect()
    }
}

fn reconcile(indexer: &mut Indexer) -> Outcome {
    indexer.reconcile(&Request::all(), &|_| {}).expect("a reconcile")
}
