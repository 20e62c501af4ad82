//! What is true: the validated configuration. Each room takes its own part, never the whole.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::PathPattern;
use crate::page::PageRules;

/// The whole, as the daemon and the command line wire it.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `[content]`
    pub content: ContentConfig,
    /// `[index]`
    pub index: IndexConfig,
    /// `[server]`
    pub server: ServerConfig,
    /// `[watch]`
    pub watch: WatchConfig,
    /// `[search]`
    pub search: SearchConfig,
    /// `[insights]`
    pub insights: InsightsConfig,
    /// `[access]`
    pub access: AccessConfig,
    /// `[admin]`
    pub admin: AdminConfig,
    /// `[log]`
    pub log: LogConfig,
}

/// Where pages lie and how they are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentConfig {
    /// The content directory; may be a symbolic link.
    pub dir: PathBuf,
    /// gitignore-style patterns, relative to `dir`.
    pub exclude: Vec<String>,
    /// Of a larger page only the title and the first part count.
    pub max_page_bytes: u64,
    /// How a page is read.
    pub page: PageRules,
}

/// Where the index lies and what building it may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexConfig {
    /// The index directory.
    pub dir: PathBuf,
    /// Memory of the index writer before it spills, in bytes.
    pub writer_memory_bytes: usize,
}

/// The listener and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// Port 0 picks a free one.
    pub listen: SocketAddr,
    /// CORS for the read endpoints: `*`, or exact origins.
    pub allowed_origins: Vec<String>,
    /// Where readers reach Achei; empty: the request's Host.
    pub public_url: String,
    /// The language of `GET /`.
    pub ui_language: UiLanguage,
    /// Connections at once; more wait in the backlog.
    pub max_connections: usize,
    /// How long a client may take over a request's head.
    pub header_timeout: Duration,
    /// How long a request may take (but `?wait=true`).
    pub request_timeout: Duration,
    /// How long a kept connection may stay idle.
    pub idle_timeout: Duration,
    /// How long open requests may take after a stop.
    pub drain_timeout: Duration,
    /// Searches at once; never 0.
    pub search_threads: usize,
    /// Searches that may wait for a turn; more get 503.
    pub search_queue: usize,
    /// How long a search may take before it is given up with 503.
    pub search_timeout: Duration,
}

/// The language of `GET /`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UiLanguage {
    /// `Accept-Language`, else the first locale.
    Auto,
    /// Brazilian Portuguese.
    PtBr,
    /// English.
    En,
    /// Spanish.
    Es,
}

/// How changes are noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchConfig {
    /// Native events, polling, or nothing but the periodic reconcile.
    pub mode: WatchMode,
    /// Events this close together are one batch.
    pub debounce: Duration,
    /// The period of mode poll.
    pub poll_interval: Duration,
    /// The safety net: a full reconcile, whatever the events said.
    pub rescan_interval: Duration,
}

/// `watch.mode`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WatchMode {
    /// Native, and polling where that fails.
    Auto,
    /// Native events only; the periodic reconcile is the net.
    Native,
    /// A full scan every `poll_interval`.
    Poll,
    /// Only the periodic reconcile and explicit reindexing.
    Off,
}

/// What an operator may say about results.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SearchConfig {
    /// Groups of words and phrases that mean the same.
    pub synonyms: Vec<Vec<String>>,
    /// Words and phrases that also find others, which do not find them.
    pub synonyms_one_way: Vec<OneWay>,
    /// Whether the set that comes with Achei counts, too.
    pub default_synonyms: bool,
    /// Best bets.
    pub pins: Vec<Pin>,
    /// Pages that count more or less by where they lie.
    pub boosts: Vec<Boost>,
}

impl Default for SearchConfig {
    fn default() -> Self {
        Self {
            synonyms: Vec::new(),
            synonyms_one_way: Vec::new(),
            default_synonyms: true,
            pins: Vec::new(),
            boosts: Vec::new(),
        }
    }
}

/// A synonym in one direction: who searches for `from` also finds `to`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct OneWay {
    /// A word or phrase.
    pub from: String,
    /// Words and phrases; never empty.
    pub to: Vec<String>,
}

/// How much the pages of some paths count.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Boost {
    /// Which pages.
    pub path: PathPattern,
    /// What their relevance is multiplied by, in thousandths: 100 to 10000.
    pub factor_milli: u32,
}

/// A best bet: the page that comes first for one query.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Pin {
    /// The whole query, in any case and accents.
    pub query: String,
    /// The page's path.
    pub path: String,
}

/// What is kept of searches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InsightsConfig {
    /// The database; none: nothing is kept.
    pub file: Option<PathBuf>,
    /// What is older is deleted.
    pub retention_days: u64,
    /// What is kept of what was typed.
    pub queries: QueryPolicy,
}

/// `insights.queries`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueryPolicy {
    /// The text, with numbers and addresses that name people replaced.
    Masked,
    /// A keyed hash of the masked text: counts, without words.
    Hashed,
    /// Nothing.
    Off,
}

/// Who may find which pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessConfig {
    /// Who may find a page that no rule means.
    pub default: AccessDefault,
    /// The most specific one that means a page counts.
    pub rules: Vec<AccessRule>,
    /// Wiki.js' groups with their page rules.
    pub wikijs_rules_file: Option<PathBuf>,
    /// How readers say who they are.
    pub identity: IdentityKind,
    /// Networks of proxies whose groups header counts.
    pub trusted_proxies: Vec<String>,
    /// The header in which they name a reader's groups, parted by commas.
    pub groups_header: String,
    /// The one algorithm of the key.
    pub jwt_algorithm: String,
    /// A secret, a public key in PEM or a JWK.
    pub jwt_key_file: Option<PathBuf>,
    /// Who signs; empty: not looked at.
    pub jwt_issuer: String,
    /// For whom is signed; empty: a token that names anybody does not hold.
    pub jwt_audience: String,
    /// The cookie that is read where there is no `Authorization`; empty: none.
    pub jwt_cookie: String,
    /// The claim with the groups.
    pub jwt_groups_claim: String,
    /// The secret of search tokens.
    pub token_key_file: Option<PathBuf>,
}

/// `access.default`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessDefault {
    /// Everybody.
    #[default]
    Public,
    /// Nobody.
    Closed,
}

/// `access.identity`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityKind {
    /// Not at all: everyone is a guest.
    #[default]
    None,
    /// A proxy says so in a header.
    Header,
    /// A signed token.
    Jwt,
    /// Wiki.js' own token.
    Wikijs,
    /// A search token of `achei token`.
    Token,
}

/// Who may find the pages of a path or with a tag.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AccessRule {
    /// Which pages, by path.
    pub path: Option<PathPattern>,
    /// Which pages, by tag; with `path`, both must hold.
    pub tag: Option<String>,
    /// Any of these may find them; `*` is everybody, no group is nobody.
    pub groups: Vec<String>,
}

/// Who may reindex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminConfig {
    /// `ACHEI_ADMIN_TOKEN`, if set: wins over the file.
    pub token: Option<Secret>,
    /// Else this file; else `admin.token` in the index directory.
    pub token_file: Option<PathBuf>,
}

/// A text that never shows in logs or errors.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

/// What the log says and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// Text or JSON lines.
    pub format: LogFormat,
    /// A `tracing` filter (`info`, `achei=debug`).
    pub level: String,
}

/// `log.format`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Readable lines.
    Text,
    /// One JSON object a line.
    Json,
}
