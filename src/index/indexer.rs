//! The indexer: makes the index equal the directory, whatever either has been through.
//!
//! One way for every change: scan, plan, apply, commit, publish. Events, jobs and restarts only choose how much of
//! the directory is scanned. No thread of its own here, so that tests and the command line use it as it is.

mod build;
mod recovery;
mod upkeep;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;

use super::apply::{Applied, Progress, apply};
use super::error::IndexError;
use super::fault;
use super::live::Live;
use super::look::{Look, current, look};
use super::manifest::{FileState, Manifest, is_below};
use super::snapshot::Snapshot;
use super::status::{JobCounts, SkippedFile};
use super::store::{Store, fingerprint, is_damage};
use super::verified::{self, Verified};
use crate::config::{ContentConfig, IndexConfig};
use crate::content::{Root, RootError, Scan, Scope, UnreadableKind};
use crate::page::PagePath;

/// A build commits after this, then less and less often, so that kills lose little.
const FIRST_CHECKPOINT: Duration = Duration::from_secs(2);

const EMPTIED: &str = "the content directory holds no page where pages were before: \
    the last index is held until pages return or a reindex is asked for";

/// How much of the directory is compared, and how sure the caller is.
#[derive(Clone, Debug)]
pub struct Request {
    /// Which part.
    pub scope: Scope,
    /// Files and folders to be taken even while they change.
    pub forced: BTreeSet<String>,
    /// Somebody asked for it: a directory without pages then empties the index.
    pub explicit: bool,
    /// How many files a look before this one saw, when it was put off because most pages seemed to go.
    pub seen_before: Option<usize>,
}

impl Request {
    /// Everything, as a safety net or at start.
    pub fn all() -> Self {
        Self { scope: Scope::All, forced: BTreeSet::new(), explicit: false, seen_before: None }
    }
}

/// What came of a reconcile.
#[derive(Debug, Default)]
pub struct Outcome {
    /// In pages.
    pub counts: JobCounts,
    /// Whether a new generation was published.
    pub published: bool,
    /// Files that changed while they were read: to be looked at again.
    pub unsettled: BTreeSet<PagePath>,
    /// Pages and folders that the system failed to read, served as they last were: to be looked at again in a while.
    pub stale: u64,
    /// Why the last good generation is held instead of following the directory.
    pub held: Option<String>,
    /// Most pages seem to go, and nothing was done yet: how many files were still there. Ask again in a moment, with
    /// this number in [`Request::seen_before`]; a disk that is being unmounted or emptied shows another one then.
    pub deferred: Option<usize>,
}

/// Owns the index directory and keeps it equal to the content directory.
pub struct Indexer {
    content: ContentConfig,
    index: IndexConfig,
    store: Store,
    fingerprint: String,
    root: Option<Root>,
    pub(super) serving: Option<Live>,
    building: Option<Live>,
    /// The directory is missing, or most pages seem to go: until a look at everything has settled it, none is taken out.
    doubtful: bool,
    /// The last commit could not be opened again, which proves nothing: it is tried before anything else is done.
    lost: bool,
    pub(super) verified: Verified,
    /// Whether it is kept on disk as it is.
    pub(super) verified_saved: bool,
    scan_skips: BTreeMap<String, String>,
    faults: BTreeMap<PagePath, String>,
    published: Arc<ArcSwapOption<Snapshot>>,
    /// [`FIRST_CHECKPOINT`], but in tests.
    pub(super) first_checkpoint: Duration,
}

impl Indexer {
    /// Locks the index directory and opens the last good index, which is published at once.
    pub fn open(content: ContentConfig, index: IndexConfig) -> Result<Self, IndexError> {
        let mut indexer = Self::lock(content, index)?;
        indexer.open_last()?;
        Ok(indexer)
    }

    /// Locks the index directory: nobody else has it from now on.
    pub fn lock(content: ContentConfig, index: IndexConfig) -> Result<Self, IndexError> {
        let store = Store::lock(&index.dir)?;
        let fingerprint = fingerprint(&content);
        Ok(Self {
            content,
            index,
            store,
            fingerprint,
            root: None,
            serving: None,
            building: None,
            doubtful: false,
            lost: false,
            verified: Verified::new(),
            verified_saved: true,
            scan_skips: BTreeMap::new(),
            faults: BTreeMap::new(),
            published: Arc::new(ArcSwapOption::empty()),
            first_checkpoint: FIRST_CHECKPOINT,
        })
    }

    /// Opens the last good index, if there is one, and publishes it.
    pub fn open_last(&mut self) -> Result<(), IndexError> {
        self.open_serving()?;
        if let Some(serving) = self.serving.as_ref().filter(|_| !self.needs_build()) {
            // What a kill left of a switch, or of a rebuild that nobody asks for any more.
            self.store.keep_only(serving.folder());
        }
        Ok(())
    }

    /// Opens the newest index that can be read; damaged ones are set aside.
    fn open_serving(&mut self) -> Result<(), IndexError> {
        while let Some(open) = self.store.current()? {
            let path = open.path.clone();
            let memory = self.index.writer_memory_bytes;
            match Live::new(open, memory).and_then(|live| Ok((live.snapshot()?, live))) {
                Ok((snapshot, mut live)) => {
                    self.serve(&snapshot);
                    self.verified = verified::load(&path, &mut live.manifest);
                    live.verify_later();
                    self.serving = Some(live);
                    return Ok(());
                }
                Err(error) if is_damage(&error) => {
                    tracing::warn!(index = %path.display(), %error, "the index is damaged and is set aside");
                    self.store.set_aside(&path)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Where the published state is found.
    pub fn published(&self) -> Arc<ArcSwapOption<Snapshot>> {
        Arc::clone(&self.published)
    }

    /// Publishes a state, and only then reads what its first search would wait for: at a start aside, as that is a
    /// good part of what a start takes.
    fn serve(&self, snapshot: &Arc<Snapshot>) {
        self.published.store(Some(Arc::clone(snapshot)));
        let aside = Arc::clone(snapshot);
        let spawned = snapshot
            .is_first()
            .then(|| std::thread::Builder::new().name("words".to_owned()).spawn(move || aside.warm()));
        if !matches!(spawned, Some(Ok(_))) {
            snapshot.warm();
        }
    }

    /// The content directory's configuration.
    pub fn content(&self) -> &ContentConfig {
        &self.content
    }

    /// Patterns may change at run time; the next reconcile obeys them.
    pub fn set_exclude(&mut self, exclude: Vec<String>) {
        self.content.exclude = exclude;
        self.root = None;
    }

    /// Whether an index serves that was built for other settings or holds a page twice, or none does.
    pub fn needs_build(&self) -> bool {
        self.serving.as_ref().is_none_or(|live| live.payload.fingerprint != self.fingerprint || live.is_doubtful())
    }

    /// Whether the last good index holds any page.
    pub fn has_pages(&self) -> bool {
        self.serving.as_ref().is_some_and(|live| live.manifest.iter().any(|(_, entry)| entry.state == FileState::Found))
    }

    /// Whether there is an index that serves.
    pub fn has_index(&self) -> bool {
        self.serving.is_some()
    }

    /// Pages in the index that can be found.
    pub fn found_pages(&self) -> usize {
        let live = self.serving.as_ref();
        live.map_or(0, |live| live.manifest.iter().filter(|(_, entry)| entry.state == FileState::Found).count())
    }

    /// Bytes of the index that serves.
    pub fn index_bytes(&self) -> u64 {
        self.serving.as_ref().map_or(0, |live| Store::size_of(live.folder()))
    }

    /// When the published state was committed.
    pub fn last_commit(&self) -> Option<crate::page::Timestamp> {
        self.serving.as_ref().map(|live| live.payload.committed_at)
    }

    /// The content directory, opened anew if it is another one than before.
    pub fn root(&mut self) -> Result<&Root, RootError> {
        current(&mut self.root, &self.content)
    }

    /// A content directory that was opened elsewhere, of the same configuration.
    pub fn set_root(&mut self, root: Root) {
        self.root = Some(root);
    }

    /// Looks at a part of the directory, and compares it with the index that serves.
    fn look(&mut self, scope: &Scope, whole_if_other: bool) -> Result<Look, RootError> {
        let nothing = Manifest::default();
        let manifest = self.serving.as_ref().map_or(&nothing, |live| &live.manifest);
        look(&mut self.root, &self.content, manifest, &self.verified, scope, whole_if_other)
    }

    /// Whether so many files are taken out that they are most of the index.
    fn most_go(&self, seen: &Look) -> bool {
        let (removed, all) = (seen.plan.remove.len(), self.serving.as_ref().map_or(0, |live| live.manifest.len()));
        removed > 0 && (removed >= all || removed > 2 && removed * 2 > all)
    }

    /// Whether the content directory is another one than at the last look, or gone.
    pub fn root_changed(&self) -> bool {
        self.root.as_ref().is_some_and(|root| !root.still_current())
    }

    /// Makes the index equal the directory, or the named part of it. Without an index that fits, builds one.
    pub fn reconcile(&mut self, request: &Request, report: &dyn Fn(&JobCounts)) -> Result<Outcome, IndexError> {
        // A part of another directory than before, or of one that is held, tells nothing of what is gone.
        let whole = !request.explicit && (self.doubtful || self.root_changed());
        let scope = if whole { &Scope::All } else { &request.scope };
        let outcome = self.follow(scope, request, report)?;
        if outcome.held.is_some() || outcome.deferred.is_some() {
            self.doubtful = true;
        } else if matches!(scope, Scope::All) {
            self.doubtful = false;
        }
        Ok(outcome)
    }

    fn follow(&mut self, scope: &Scope, request: &Request, report: &dyn Fn(&JobCounts)) -> Result<Outcome, IndexError> {
        self.find_lost()?;
        let damaged = self.serving.as_ref().map_or(Ok(false), |live| live.is_intact().map(|intact| !intact))?;
        if damaged {
            tracing::warn!(
                "the index was changed or removed from outside: building a new one, the old one serves from memory"
            );
        }
        if damaged || self.needs_build() {
            return self.build(request.explicit, report);
        }
        fault::point("scan")?;
        let mut seen = match self.look(scope, !request.explicit) {
            Ok(seen) => seen,
            Err(error) => return self.without_root(error, request.explicit),
        };
        if !request.explicit && self.most_go(&seen) {
            // An unmounted or emptied disk looks like this, too: the whole directory is looked at, twice.
            seen = match self.look(&Scope::All, false) {
                Ok(seen) => seen,
                Err(error) => return self.without_root(error, request.explicit),
            };
            let files = seen.scan.files.len();
            if files == 0 {
                return Ok(Outcome { held: Some(EMPTIED.to_owned()), ..Outcome::default() });
            }
            // While ever fewer are there, something empties it; pages that come meanwhile are no reason to wait.
            if self.most_go(&seen) && request.seen_before.is_none_or(|before| files < before) {
                return Ok(Outcome { deferred: Some(files), ..Outcome::default() });
            }
        }
        let Look { scope, scan, plan } = seen;
        let (Some(root), Some(live)) = (self.root.as_ref(), self.serving.as_mut()) else {
            return Ok(Outcome::default());
        };
        // A merge may have failed meanwhile; that is not why something fails now.
        let _ = live.take_failure();
        fault::point("plan")?;
        let progress = Progress { report, first_checkpoint: None, all_clashes: matches!(scope, Scope::All) };
        let applied = fault::point("apply")
            .map_err(Into::into)
            .and_then(|()| apply(live, root, &self.content.page, plan, &request.forced, &progress));
        let applied = match applied {
            Ok(applied) => applied,
            Err(error) => return Err(self.recover(error.into())),
        };
        let mut outcome = self.note(&scope, &scan, applied);
        outcome.published = self.publish()?;
        Ok(outcome)
    }

    /// Commits what waits, and publishes the last commit unless it is published. After a fault between the two there
    /// may be one that is not.
    fn publish(&mut self) -> Result<bool, IndexError> {
        let Some(live) = self.serving.as_mut() else { return Ok(false) };
        let shown = self.published.load();
        let is_shown = shown.as_ref().is_some_and(|shown| live.is_state(shown));
        if is_shown && !live.is_dirty() {
            return Ok(false);
        }
        let generation = live.payload.generation + 1;
        let committed = if live.is_dirty() { live.commit(generation, true) } else { Ok(()) };
        match committed.and_then(|()| live.snapshot()) {
            Ok(snapshot) => {
                self.serve(&snapshot);
                Ok(true)
            }
            Err(error) => Err(self.recover(error.into())),
        }
    }

    /// Remembers what an apply found out besides documents.
    fn note(&mut self, scope: &Scope, scan: &Scan, applied: Applied) -> Outcome {
        let in_scope = |path: &str| match scope {
            Scope::All => true,
            Scope::Paths(prefixes) => prefixes.iter().any(|prefix| is_below(path, prefix)),
        };
        self.scan_skips.retain(|path, _| !in_scope(path));
        for skipped in &scan.skipped {
            self.scan_skips.insert(skipped.path.clone(), skipped.reason.to_string());
        }
        let mut unread = 0;
        for unreadable in &scan.unreadable {
            unread += u64::from(unreadable.kind == UnreadableKind::Failed);
            let reason = match unreadable.kind {
                UnreadableKind::Denied => "permission denied",
                UnreadableKind::Failed => "it cannot be read; the last good versions are kept",
            };
            self.scan_skips.entry(unreadable.path.clone()).or_insert_with(|| reason.to_owned());
        }
        self.faults.retain(|path, _| !in_scope(path.as_str()));
        self.faults.extend(applied.faults);
        let before = self.verified.len();
        self.verified.retain(|path, _| !in_scope(path.as_str()) || scan.files.contains_key(path));
        self.verified_saved &= self.verified.len() == before && applied.verified.is_empty();
        self.verified.extend(applied.verified);
        Outcome {
            counts: applied.counts,
            stale: applied.stale + unread,
            published: false,
            unsettled: applied.unsettled,
            ..Outcome::default()
        }
    }

    /// Files that are not in the index, or not whole, and why.
    pub fn skipped(&self) -> Vec<SkippedFile> {
        let mut skipped: BTreeMap<String, String> = self.scan_skips.clone();
        skipped.extend(self.faults.iter().map(|(path, reason)| (path.to_string(), reason.clone())));
        if let Some(live) = &self.serving {
            for (path, entry) in live.manifest.wanting() {
                if entry.truncated {
                    let limit = self.content.max_page_bytes;
                    skipped.insert(
                        path.to_string(),
                        format!("larger than {limit} bytes: only the title and the first part count"),
                    );
                }
                if entry.state == FileState::Outclaimed {
                    let owner = live.manifest.owner(entry.route).map_or("another file", PagePath::as_str);
                    skipped.insert(path.to_string(), format!("{owner} has the same URL and is found in its place"));
                }
            }
        }
        skipped.into_iter().map(|(path, reason)| SkippedFile { path, reason }).collect()
    }

    /// Lets go of the index: waits for merges that run, and for the disk.
    pub fn close(mut self) {
        if let Some(live) = self.serving.as_ref().filter(|_| !self.verified_saved)
            && let Err(error) = verified::save(live.folder(), &live.manifest, &self.verified)
        {
            tracing::debug!(%error, "what was verified is verified again at the next start");
        }
        for live in self.building.take().into_iter().chain(self.serving.take()) {
            live.close();
        }
    }
}
