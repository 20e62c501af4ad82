//! How many files and connections the process may hold open.
//!
//! Its own file because shells give 1,024 by default, as many as there may be connections: a flood of them would then leave
//! the indexer no descriptor to read a page with.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For the index, the pages that are read, the watcher and the log.
const OWN: u64 = 512;

/// Raises the limit as far as the system lets, so that all connections and our own files fit; warns where they do not.
pub(super) fn raise(connections: usize) {
    let wanted = connections as u64 + OWN;
    let limit = getrlimit(Resource::Nofile);
    let Some(raised) = raised(limit, wanted) else { return };
    let now = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current,
        Err(cause) => {
            tracing::warn!(%cause, "the limit of open files could not be raised");
            limit.current
        }
    };
    if let Some(files) = now.filter(|files| *files < wanted) {
        tracing::warn!(
            files,
            wanted,
            "few files may be open: lower server.max_connections, or raise the limit (LimitNOFILE, ulimit -n)"
        );
    }
}

/// The limit to ask for; none where there is enough.
fn raised(limit: Rlimit, wanted: u64) -> Option<Rlimit> {
    let enough = limit.current.is_none_or(|current| current >= wanted);
    let most = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    (!enough).then_some(Rlimit { current: Some(most), maximum: limit.maximum })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_as_is_wanted_and_may_be() {
        let limit = |current, maximum| Rlimit { current, maximum };
        for (given, expected) in [
            (limit(Some(1024), Some(4096)), Some(limit(Some(1536), Some(4096)))),
            (limit(Some(1024), None), Some(limit(Some(1536), None))),
            (limit(Some(256), Some(1024)), Some(limit(Some(1024), Some(1024)))),
            (limit(Some(1536), Some(4096)), None),
            (limit(None, None), None),
        ] {
            assert_eq!(raised(given, 1536), expected, "{given:?}");
        }
    }
}
