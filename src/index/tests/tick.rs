//! Two edits within one tick of the file system's clock: the second leaves size and times as the first did.
//!
//! No test can make the system's clock stand still. So what was noted at the first reading gets the state that the file
//! has now, as if both edits had come within one tick.

use super::{Wiki, reconcile};
use crate::content::Scope;
use crate::index::manifest::FileEntry;
use crate::page::PagePath;

/// Row W10. Seen to fail with `Stat::racy` always false: the second edit was never read. Where only the times that anybody
/// may set are as they were, `ctime` tells: `a_change_that_keeps_size_and_time_is_a_change`, `c15_clock_jumps`.
#[test]
fn w10_a_second_edit_within_a_tick_is_found() {
    let wiki = Wiki::of(3);
    let mut indexer = wiki.open();
    reconcile(&mut indexer);
    wiki.write(1, "antes1");
    reconcile(&mut indexer);
    assert_eq!(wiki.found(&indexer, "antes1"), ["P1.md"]);
    wiki.write(1, "agora1");
    let path = PagePath::new("P1.md").expect("a path");
    let stat = indexer.root().expect("a directory").scan(&Scope::All).files[&path];
    let live = indexer.serving.as_mut().expect("an index");
    let known = live.manifest.get(&path).expect("it is known").clone();
    assert!(known.stat != stat && known.stat.size == stat.size);
    // Read just after it was written, as it was.
    live.manifest.insert(path.clone(), FileEntry { stat, read_at_ns: stat.ctime_ns + 1, ..known });
    indexer.verified.remove(&path);
    assert_eq!(reconcile(&mut indexer).counts.updated, 1);
    assert_eq!(wiki.found(&indexer, "agora1"), ["P1.md"]);
    assert!(wiki.found(&indexer, "antes1").is_empty());
}
