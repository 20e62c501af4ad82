//! Every key: section, name, what it takes and its default.
//!
//! The one table that reading, the environment, unknown keys, printing and the shipped file's test go by. A new key is
//! a row here, a field in [`super::types`] with its line in `validate.rs`, and a line in `reload.rs` that says whether
//! it may change at run time.

use super::rules;

/// A key.
#[derive(Debug)]
pub(super) struct Key {
    /// `server`
    pub section: &'static str,
    /// `listen`
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// The default, as it would stand in the file.
    pub default: &'static str,
}

impl Key {
    /// `server.listen`
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// `ACHEI_SERVER__LISTEN`
    pub fn variable(&self) -> String {
        format!("ACHEI_{}__{}", self.section, self.name).to_uppercase()
    }
}

/// Looks at a text: what it says, normalised, or what is wrong with it.
pub(super) type Check = fn(&str) -> Result<String, String>;

/// What a key takes.
#[derive(Debug)]
pub(super) enum Kind {
    /// A file or folder; empty means none where it is optional.
    Path { optional: bool },
    /// An address and port to listen on.
    Address,
    /// A text that passes the check.
    Text(Check),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number, both bounds in.
    Integer { least: u64, most: u64 },
    /// Texts that pass the check; where it is a set, at least one and none twice in any case of letters.
    Texts { check: Check, set: bool },
    /// Groups of two or more texts.
    Groups,
    /// `true` or `false`
    Flag,
    /// Tables of `from`, a text, and `to`, one or more.
    OneWay,
    /// Tables of `path`, a pattern, and `factor`, 0.1 to 10.
    Boosts,
    /// Tables of `path` or `tag` or both, and `groups`.
    AccessRules,
    /// Tables of `query` and `path`.
    Pins,
}

impl Kind {
    /// Whether a bare text is what it takes, so that an environment variable needs no quotes.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Path { .. } | Self::Address | Self::Text(_) | Self::Choice(_))
    }
}

const FOLDER: Kind = Kind::Path { optional: false };
const HOUR_MS: u64 = 3_600_000;

const fn from_to(least: u64, most: u64) -> Kind {
    Kind::Integer { least, most }
}

const fn key(section: &'static str, name: &'static str, kind: Kind, default: &'static str) -> Key {
    Key { section, name, kind, default }
}

/// In the order of the shipped file.
#[rustfmt::skip] // a table: one row a key
pub(super) static KEYS: &[Key] = &[
    key("content", "dir", FOLDER, r#""content""#),
    key("content", "locales", Kind::Texts { check: rules::locale, set: true }, r#"["pt-br", "en", "es"]"#),
    key("content", "locale_in_url", Kind::Choice(&["always", "non_default", "never"]), r#""always""#),
    key("content", "exclude", Kind::Texts { check: rules::any, set: false }, "[]"),
    key("content", "url_base", Kind::Text(rules::url_base), r#""/""#),
    key("content", "url_style", Kind::Choice(&["wikijs", "directory", "html", "file", "clean", "docusaurus", "starlight", "hugo"]), r#""wikijs""#),
    key("content", "anchor_style", Kind::Choice(&["wikijs", "github", "docusaurus", "starlight", "vitepress", "python-markdown", "mdbook", "mdbook-0.5", "hugo", "kramdown"]), r#""wikijs""#),
    key("content", "max_page_bytes", from_to(1, 1 << 30), "4194304"),
    key("index", "dir", FOLDER, r#""index""#),
    key("index", "writer_memory_bytes", from_to(15_000_000, 4_000_000_000), "160000000"),
    key("server", "listen", Kind::Address, r#""127.0.0.1:7370""#),
    key("server", "allowed_origins", Kind::Texts { check: rules::origin, set: false }, r#"["*"]"#),
    key("server", "public_url", Kind::Text(rules::public_url), r#""""#),
    key("server", "ui_language", Kind::Choice(&["auto", "pt-br", "en", "es"]), r#""auto""#),
    key("server", "max_connections", from_to(1, 1_000_000), "1024"),
    key("server", "header_timeout_ms", from_to(1, HOUR_MS), "5000"),
    key("server", "request_timeout_ms", from_to(1, HOUR_MS), "2000"),
    key("server", "idle_timeout_ms", from_to(1, HOUR_MS), "15000"),
    key("server", "drain_timeout_ms", from_to(0, 8000), "5000"),
    key("server", "search_threads", from_to(0, 1024), "0"),
    key("server", "search_queue", from_to(0, 1_000_000), "64"),
    key("server", "search_timeout_ms", from_to(1, HOUR_MS), "500"),
    key("watch", "mode", Kind::Choice(&["auto", "native", "poll", "off"]), r#""auto""#),
    key("watch", "debounce_ms", from_to(0, 60_000), "50"),
    key("watch", "poll_interval_ms", from_to(1, HOUR_MS), "2000"),
    key("watch", "rescan_interval_s", from_to(1, 604_800), "300"),
    key("search", "synonyms", Kind::Groups, "[]"),
    key("search", "synonyms_one_way", Kind::OneWay, "[]"),
    key("search", "default_synonyms", Kind::Flag, "true"),
    key("search", "pins", Kind::Pins, "[]"),
    key("search", "boosts", Kind::Boosts, "[]"),
    key("insights", "file", Kind::Path { optional: true }, r#""""#),
    key("insights", "retention_days", from_to(1, 3650), "90"),
    key("insights", "queries", Kind::Choice(&["masked", "hashed", "off"]), r#""masked""#),
    key("access", "default", Kind::Choice(&["public", "closed"]), r#""public""#),
    key("access", "rules", Kind::AccessRules, "[]"),
    key("access", "wikijs_rules_file", Kind::Path { optional: true }, r#""""#),
    key("access", "identity", Kind::Choice(&["none", "header", "jwt", "wikijs", "token"]), r#""none""#),
    key("access", "trusted_proxies", Kind::Texts { check: rules::network, set: false }, "[]"),
    key("access", "groups_header", Kind::Text(rules::header_name), r#""x-groups""#),
    key("access", "jwt_algorithm", Kind::Choice(&["HS256", "RS256", "ES256"]), r#""RS256""#),
    key("access", "jwt_key_file", Kind::Path { optional: true }, r#""""#),
    key("access", "jwt_issuer", Kind::Text(rules::any), r#""""#),
    key("access", "jwt_audience", Kind::Text(rules::any), r#""""#),
    key("access", "jwt_cookie", Kind::Text(rules::any), r#""""#),
    key("access", "jwt_groups_claim", Kind::Text(rules::any), r#""groups""#),
    key("access", "token_key_file", Kind::Path { optional: true }, r#""""#),
    key("admin", "token_file", Kind::Path { optional: true }, r#""""#),
    key("log", "format", Kind::Choice(&["text", "json"]), r#""text""#),
    key("log", "level", Kind::Text(rules::log_level), r#""info""#),
];

/// The sections, in the order of the table.
pub(super) fn sections() -> Vec<&'static str> {
    let mut sections: Vec<_> = KEYS.iter().map(|key| key.section).collect();
    sections.dedup();
    sections
}

/// Where in the table `section.name` stands.
pub(super) fn find(path: &str) -> Option<usize> {
    KEYS.iter().position(|key| key.path() == path)
}

/// The known key that is most like an unknown one, and how much (0 to 1). A key of the section that was meant comes
/// before a better one elsewhere, unless that one is all but the same: a key in the wrong section.
pub(super) fn nearest_key(section: &str, name: &str) -> (&'static Key, f64) {
    let meant = nearest_word(section, &sections()).filter(|&(_, likeness)| likeness >= 0.8).map(|(section, _)| section);
    let rank = |key: &Key| {
        let likeness = strsim::jaro_winkler(&name.to_lowercase(), key.name);
        let in_section = meant == Some(key.section);
        (in_section || likeness >= 0.9, likeness, in_section)
    };
    let mut best = (&KEYS[0], rank(&KEYS[0]));
    for key in &KEYS[1..] {
        let of_key = rank(key);
        if of_key > best.1 {
            best = (key, of_key);
        }
    }
    (best.0, best.1.1)
}

/// The word that is most like an unknown one, and how much (0 to 1); none of no words.
pub(super) fn nearest_word<'a>(word: &str, known: &[&'a str]) -> Option<(&'a str, f64)> {
    known
        .iter()
        .map(|&other| (other, strsim::jaro_winkler(&word.to_lowercase(), other)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

/// Names what is nearest: as a question where that is likely meant, else plainly.
pub(super) fn suggestion(nearest: &str, likeness: f64) -> String {
    if likeness >= 0.59 {
        format!("did you mean `{nearest}`?")
    } else {
        format!("the nearest known one is `{nearest}`")
    }
}
