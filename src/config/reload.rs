//! What a second reading (SIGHUP) may change while the daemon runs, and what needs a restart.
//!
//! The two functions here halve the configuration: a test changes every key and holds that exactly one of them sees it.

use super::Config;

/// The keys whose change needs a restart, in the order of the table; `ACHEI_ADMIN_TOKEN` for the token itself.
pub fn diff_restart_only(old: &Config, new: &Config) -> Vec<&'static str> {
    let (oc, nc) = (&old.content, &new.content);
    let (op, np) = (&oc.page, &nc.page);
    let (os, ns) = (&old.server, &new.server);
    let changed = [
        ("content.dir", oc.dir != nc.dir),
        ("content.locales", op.locales != np.locales),
        ("content.locale_in_url", op.locale_in_url != np.locale_in_url),
        ("content.url_base", op.url_base != np.url_base),
        ("content.url_style", op.url_style != np.url_style),
        ("content.anchor_style", op.anchor_style != np.anchor_style),
        ("content.max_page_bytes", oc.max_page_bytes != nc.max_page_bytes),
        ("index.dir", old.index.dir != new.index.dir),
        ("index.writer_memory_bytes", old.index.writer_memory_bytes != new.index.writer_memory_bytes),
        ("server.listen", os.listen != ns.listen),
        ("server.max_connections", os.max_connections != ns.max_connections),
        ("server.header_timeout_ms", os.header_timeout != ns.header_timeout),
        ("server.request_timeout_ms", os.request_timeout != ns.request_timeout),
        ("server.idle_timeout_ms", os.idle_timeout != ns.idle_timeout),
        ("server.drain_timeout_ms", os.drain_timeout != ns.drain_timeout),
        ("server.search_threads", os.search_threads != ns.search_threads),
        ("server.search_queue", os.search_queue != ns.search_queue),
        ("server.search_timeout_ms", os.search_timeout != ns.search_timeout),
        ("watch.mode", old.watch.mode != new.watch.mode),
        ("insights.file", old.insights.file != new.insights.file),
        ("insights.retention_days", old.insights.retention_days != new.insights.retention_days),
        ("insights.queries", old.insights.queries != new.insights.queries),
        ("admin.token_file", old.admin.token_file != new.admin.token_file),
        ("ACHEI_ADMIN_TOKEN", old.admin.token != new.admin.token),
        ("log.format", old.log.format != new.log.format),
    ];
    changed.into_iter().filter_map(|(key, changed)| changed.then_some(key)).collect()
}

impl Config {
    /// This configuration with what may change at run time taken from `new`.
    #[must_use]
    pub fn with_runtime_part_of(&self, new: &Self) -> Self {
        let mut out = self.clone();
        out.content.exclude.clone_from(&new.content.exclude);
        out.server.allowed_origins.clone_from(&new.server.allowed_origins);
        out.server.public_url.clone_from(&new.server.public_url);
        out.server.ui_language = new.server.ui_language;
        out.watch.debounce = new.watch.debounce;
        out.watch.poll_interval = new.watch.poll_interval;
        out.watch.rescan_interval = new.watch.rescan_interval;
        out.search = new.search.clone();
        out.access = new.access.clone();
        out.log.level.clone_from(&new.log.level);
        out
    }
}
