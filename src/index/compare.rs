//! Comparison: how an index on disk differs from the directory, without changing either.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tantivy::DocAddress;

use super::error::IndexError;
use super::live::Live;
use super::manifest::FileState;
use super::plan::plan;
use super::snapshot::Snapshot;
use super::store::{Store, StoreError, fingerprint};
use super::stored::StoredPage;
use crate::config::Config;
use crate::content::{Root, Scan, Scope};
use crate::page::PagePath;

/// How an index differs from the directory.
pub struct Comparison {
    /// The index; none if there is none.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Pages in it that can be found.
    pub found: usize,
    /// Files that are not in it.
    pub missing: Vec<String>,
    /// Files that are in it as they no longer are.
    pub stale: Vec<String>,
    /// Files that are in it and no longer on disk.
    pub left_over: Vec<String>,
    /// Why the index as a whole does not fit.
    pub index: Option<String>,
    /// Files whose URL another file has, and that file.
    pub outclaimed: Vec<(PagePath, PagePath)>,
}

/// Compares the last good index on disk with a scan of the whole directory. Takes no lock.
pub fn compare(config: &Config, root: &Root, scan: &Scan) -> Result<Comparison, IndexError> {
    let Some(open) = Store::read_only(&config.index.dir).current()? else {
        return Ok(Comparison {
            snapshot: None,
            found: 0,
            missing: scan.files.keys().map(ToString::to_string).collect(),
            stale: Vec::new(),
            left_over: Vec::new(),
            index: Some(StoreError::Missing { path: config.index.dir.clone() }.to_string()),
            outclaimed: Vec::new(),
        });
    };
    let settings_differ = open.payload.fingerprint != fingerprint(&config.content);
    let live = Live::new(open, config.index.writer_memory_bytes)?;
    let differing = plan(&live.manifest, &BTreeMap::new(), scan, &Scope::All);
    let (mut missing, mut stale) = (Vec::new(), Vec::new());
    for path in differing.read {
        match live.manifest.get(&path) {
            // Times may differ where the text does not.
            Some(known) if root.read(&path, true).is_ok_and(|source| source.hash == known.hash) => {}
            Some(_) => stale.push(path.to_string()),
            None => missing.push(path.to_string()),
        }
    }
    let outclaimed = live.manifest.iter().filter(|(_, entry)| entry.state == FileState::Outclaimed);
    let outclaimed =
        outclaimed.filter_map(|(path, entry)| Some((path.clone(), live.manifest.owner(entry.route)?.clone())));
    Ok(Comparison {
        outclaimed: outclaimed.collect(),
        found: live.manifest.iter().filter(|(_, entry)| entry.state == FileState::Found).count(),
        snapshot: Some(live.snapshot()?),
        missing,
        stale,
        left_over: differing.remove.iter().map(ToString::to_string).collect(),
        index: settings_differ
            .then(|| "it was built with other settings, or by another version: run `achei index`".to_owned()),
    })
}

impl Snapshot {
    /// The last good index on disk, beside a daemon or without one.
    pub fn open_on_disk(index_dir: &Path) -> Result<Arc<Self>, IndexError> {
        let missing = || StoreError::Missing { path: index_dir.to_owned() };
        let open = Store::read_only(index_dir).current()?.ok_or_else(missing)?;
        let reader: tantivy::IndexReader =
            open.index.reader_builder().reload_policy(tantivy::ReloadPolicy::Manual).try_into()?;
        let (identity, generation) = (open.payload.identity, open.payload.generation);
        Ok(Arc::new(Self::open(reader.searcher(), open.fields, identity, generation, None)?))
    }

    /// Every page that can be found, by path.
    pub fn all_pages(&self) -> tantivy::Result<Vec<(String, StoredPage)>> {
        let mut pages = Vec::with_capacity(self.pages() as usize);
        for (ord, segment) in self.segments().iter().enumerate() {
            for doc in segment.found().iter() {
                pages.push(self.page(DocAddress::new(ord as u32, doc))?);
            }
        }
        pages.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(pages)
    }
}
