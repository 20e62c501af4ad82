//! From what was written to what is true: the checks across keys, and the typed configuration.
//!
//! Single values were checked when they were read, so that [`config`] cannot fail.

use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::problem::Problem;
use super::raw::{Setting, Settings};
use super::source::Origin;
use super::value::Value;
use super::{
    AccessConfig, AccessRule, AdminConfig, Boost, Config, ContentConfig, IndexConfig, InsightsConfig, LogConfig,
    OneWay, Pin, SearchConfig, Secret, ServerConfig, WatchConfig,
};
use crate::page::PageRules;

/// The configuration that the settings describe.
pub(super) fn config(settings: &Settings, token: Option<Secret>) -> Config {
    let s = settings;
    Config {
        content: ContentConfig {
            dir: s.path("content.dir").unwrap_or_default(),
            exclude: s.texts("content.exclude"),
            max_page_bytes: s.integer("content.max_page_bytes"),
            page: PageRules {
                locales: s.texts("content.locales"),
                locale_in_url: s.choice("content.locale_in_url"),
                url_base: s.text("content.url_base"),
                url_style: s.choice("content.url_style"),
                anchor_style: s.choice("content.anchor_style"),
            },
        },
        index: IndexConfig {
            dir: s.path("index.dir").unwrap_or_default(),
            writer_memory_bytes: s.integer("index.writer_memory_bytes") as usize,
        },
        server: ServerConfig {
            listen: s.address("server.listen"),
            allowed_origins: s.texts("server.allowed_origins"),
            public_url: s.text("server.public_url"),
            ui_language: s.choice("server.ui_language"),
            max_connections: s.integer("server.max_connections") as usize,
            header_timeout: s.milliseconds("server.header_timeout_ms"),
            request_timeout: s.milliseconds("server.request_timeout_ms"),
            idle_timeout: s.milliseconds("server.idle_timeout_ms"),
            drain_timeout: s.milliseconds("server.drain_timeout_ms"),
            search_threads: match s.integer("server.search_threads") {
                0 => 2 * std::thread::available_parallelism().map_or(1, usize::from),
                threads => threads as usize,
            },
            search_queue: s.integer("server.search_queue") as usize,
            search_timeout: s.milliseconds("server.search_timeout_ms"),
        },
        watch: WatchConfig {
            mode: s.choice("watch.mode"),
            debounce: s.milliseconds("watch.debounce_ms"),
            poll_interval: s.milliseconds("watch.poll_interval_ms"),
            rescan_interval: Duration::from_secs(s.integer("watch.rescan_interval_s")),
        },
        search: SearchConfig {
            synonyms: s.groups("search.synonyms"),
            synonyms_one_way: s.one_way("search.synonyms_one_way"),
            default_synonyms: s.flag("search.default_synonyms"),
            pins: s.pins("search.pins"),
            boosts: s.boosts("search.boosts"),
        },
        insights: InsightsConfig {
            file: s.path("insights.file"),
            retention_days: s.integer("insights.retention_days"),
            queries: s.choice("insights.queries"),
        },
        access: AccessConfig {
            default: s.choice("access.default"),
            rules: s.access_rules("access.rules"),
            wikijs_rules_file: s.path("access.wikijs_rules_file"),
            identity: s.choice("access.identity"),
            trusted_proxies: s.texts("access.trusted_proxies"),
            groups_header: s.text("access.groups_header"),
            jwt_algorithm: s.text("access.jwt_algorithm"),
            jwt_key_file: s.path("access.jwt_key_file"),
            jwt_issuer: s.text("access.jwt_issuer"),
            jwt_audience: s.text("access.jwt_audience"),
            jwt_cookie: s.text("access.jwt_cookie"),
            jwt_groups_claim: s.text("access.jwt_groups_claim"),
            token_key_file: s.path("access.token_key_file"),
        },
        admin: AdminConfig { token, token_file: s.path("admin.token_file") },
        log: LogConfig { format: s.choice("log.format"), level: s.text("log.level") },
    }
}

/// The typed look at a setting, each for one kind of key. A key that is not in the table, or of another kind, is a
/// mistake in [`config`] that every test of this room shows.
impl Settings {
    fn value(&self, path: &str) -> &Value {
        let setting = self.get(path).unwrap_or_else(|| not_so(path));
        &setting.value
    }

    fn path(&self, path: &str) -> Option<PathBuf> {
        match self.value(path) {
            Value::Path(value) => value.clone(),
            _ => not_so(path),
        }
    }

    fn address(&self, path: &str) -> SocketAddr {
        match self.value(path) {
            Value::Address(value) => *value,
            _ => not_so(path),
        }
    }

    fn text(&self, path: &str) -> String {
        match self.value(path) {
            Value::Text(value) => value.clone(),
            _ => not_so(path),
        }
    }

    fn choice<T: DeserializeOwned>(&self, path: &str) -> T {
        let word = toml::Value::String(self.text(path));
        word.try_into().unwrap_or_else(|_| not_so(path))
    }

    fn integer(&self, path: &str) -> u64 {
        match self.value(path) {
            Value::Integer(value) => *value,
            _ => not_so(path),
        }
    }

    fn milliseconds(&self, path: &str) -> Duration {
        Duration::from_millis(self.integer(path))
    }

    fn texts(&self, path: &str) -> Vec<String> {
        match self.value(path) {
            Value::Texts(value) => value.clone(),
            _ => not_so(path),
        }
    }

    fn groups(&self, path: &str) -> Vec<Vec<String>> {
        match self.value(path) {
            Value::Groups(value) => value.clone(),
            _ => not_so(path),
        }
    }

    fn flag(&self, path: &str) -> bool {
        match self.value(path) {
            Value::Flag(value) => *value,
            _ => not_so(path),
        }
    }

    fn one_way(&self, path: &str) -> Vec<OneWay> {
        match self.value(path) {
            Value::OneWay(value) => value.clone(),
            _ => not_so(path),
        }
    }

    fn boosts(&self, path: &str) -> Vec<Boost> {
        match self.value(path) {
            Value::Boosts(value) => value.clone(),
            _ => not_so(path),
        }
    }

    fn access_rules(&self, path: &str) -> Vec<AccessRule> {
        match self.value(path) {
            Value::AccessRules(value) => value.clone(),
            _ => not_so(path),
        }
    }

    fn pins(&self, path: &str) -> Vec<Pin> {
        match self.value(path) {
            Value::Pins(value) => value.clone(),
            _ => not_so(path),
        }
    }
}

fn not_so(path: &str) -> ! {
    unreachable!("`{path}` is a row of the table, of the kind that its field needs")
}

/// Index and content directory may not lie in one another: we would read what we write.
pub(super) fn directories_apart(settings: &Settings, problems: &mut Vec<Problem>) {
    let keys = ["index.dir", "content.dir"];
    let broken = |key: &str| problems.iter().any(|p| p.key.as_deref() == Some(key));
    let [Some(index), Some(content)] = keys.map(|key| settings.get(key)) else {
        return;
    };
    if keys.into_iter().any(broken) {
        return;
    }
    let (Value::Path(Some(index_dir)), Value::Path(Some(content_dir))) = (&index.value, &content.value) else {
        return;
    };
    let Some(relation) = nested(&lexical(index_dir), &lexical(content_dir))
        .or_else(|| nested(&on_disk(index_dir), &on_disk(content_dir)))
    else {
        return;
    };
    let message = format!(
        "the index directory {} {relation} the content directory {}; they may not lie in one another",
        index_dir.display(),
        content_dir.display(),
    );
    problems.push(Problem::value(written_last(index, content), "index.dir", &message));
}

/// The insights cannot be built anew, so they lie neither in the index, which may be deleted, nor among the pages.
pub(super) fn insights_apart(settings: &Settings, problems: &mut Vec<Problem>) {
    let Some(file) = settings.get("insights.file") else { return };
    let Value::Path(Some(path)) = &file.value else { return };
    for (key, name) in [("index.dir", "index"), ("content.dir", "content")] {
        let Some(Setting { value: Value::Path(Some(dir)), .. }) = settings.get(key) else { continue };
        if lexical(path).starts_with(lexical(dir)) || on_disk(path).starts_with(on_disk(dir)) {
            let message = format!("{} lies in the {name} directory {}", path.display(), dir.display());
            problems.push(Problem::value(file.origin.clone(), "insights.file", &message));
        }
    }
}

/// The origin of the first, or of the second where the first is only a default.
fn written_last(first: &Setting, second: &Setting) -> Origin {
    match first.origin {
        Origin::Default => second.origin.clone(),
        _ => first.origin.clone(),
    }
}

fn nested(index: &Path, content: &Path) -> Option<&'static str> {
    if index == content {
        Some("is")
    } else if index.starts_with(content) {
        Some("lies in")
    } else if content.starts_with(index) {
        Some("holds")
    } else {
        None
    }
}

/// The path without `.` and `..`, whatever is on disk.
fn lexical(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            Component::ParentDir if out.has_root() => {}
            other => out.push(other),
        }
    }
    out
}

/// The path with the links resolved in as much of it as exists.
fn on_disk(path: &Path) -> PathBuf {
    for existing in path.ancestors() {
        if let (Ok(resolved), Ok(rest)) = (existing.canonicalize(), path.strip_prefix(existing)) {
            return lexical(&resolved.join(rest));
        }
    }
    lexical(path)
}
