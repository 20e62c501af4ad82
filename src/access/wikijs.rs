//! Wiki.js 2's page rules, as its own code reads them.
//!
//! Its own file because every line of it is somebody else's rule: which of two rules counts is decided by the length of
//! their paths, then by kind, then by order, and a lapse here shows pages that the wiki hides.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;

use super::identity::Reader;

/// The right that is asked for.
const READ: &str = "read:pages";
/// The right that needs no rules.
const SYSTEM: &str = "manage:system";
/// The group that Wiki.js puts guests in.
const GUESTS: &str = "2";

/// Why a file of rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WikiRulesError {
    /// It is not what the query in docs/access.md gives.
    #[error("not a list of Wiki.js groups: {0}")]
    Shape(#[from] serde_json::Error),
}

/// What Wiki.js' groups may read.
#[derive(Debug)]
pub struct WikiRules {
    groups: Vec<Group>,
    /// Patterns of [`Kind::Regex`]; none where it cannot be expressed.
    patterns: BTreeMap<String, Option<Regex>>,
}

#[derive(Debug, Deserialize)]
struct Group {
    id: u64,
    name: String,
    permissions: Vec<String>,
    #[serde(rename = "pageRules")]
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    deny: bool,
    #[serde(rename = "match")]
    kind: Kind,
    roles: Vec<String>,
    path: String,
    locales: Option<Vec<String>>,
}

/// Weakest first: of rules with paths of one length the stronger kind counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Kind {
    Start,
    End,
    Regex,
    Tag,
    Exact,
}

impl WikiRules {
    /// Reads what the query in docs/access.md gives, and names the patterns that cannot be expressed.
    pub fn read(json: &str) -> Result<(Self, Vec<String>), WikiRulesError> {
        let groups: Vec<Group> = serde_json::from_str(json)?;
        let mut patterns = BTreeMap::new();
        for rule in groups.iter().flat_map(|group| &group.rules).filter(|rule| rule.kind == Kind::Regex) {
            patterns.entry(rule.path.clone()).or_insert_with(|| expressed(&rule.path));
        }
        let lost = patterns.iter().filter(|(_, regex)| regex.is_none()).map(|(text, _)| text.clone()).collect();
        Ok((Self { groups, patterns }, lost))
    }

    /// The names of the groups.
    pub fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.groups.iter().map(|group| group.name.clone())
    }

    /// Whether a reader may read a page: its path without locale and extension, its locale and its tags.
    pub fn may_read(&self, path: &str, locale: &str, tags: &[String], reader: &Reader) -> bool {
        let is_of = |group: &&Group| {
            if reader.is_guest() {
                return group.id.to_string() == GUESTS;
            }
            reader.is_in(&group.id.to_string()) || reader.is_in(&group.name)
        };
        let groups = || self.groups.iter().filter(is_of);
        let has = |right: &str| groups().any(|group| group.permissions.iter().any(|other| other == right));
        if has(SYSTEM) {
            return true;
        }
        if !has(READ) {
            return false;
        }
        let mut best: Option<(usize, Kind, bool)> = None;
        for rule in groups().flat_map(|group| &group.rules) {
            let locales = rule.locales.as_deref().unwrap_or_default();
            let locale_holds = locales.is_empty() || locales.iter().any(|other| other.eq_ignore_ascii_case(locale));
            if !locale_holds || !rule.roles.iter().any(|role| role == READ) {
                continue;
            }
            let Some(deny) = self.says(rule, path, tags) else { continue };
            // As JavaScript counts.
            let length = rule.path.encode_utf16().count();
            let replaces = match best {
                // Wiki.js begins with a path of no length, of no kind.
                None => true,
                Some((longest, kind, denied)) => {
                    length > longest
                        || length == longest && rule.kind >= kind && !(rule.kind == kind && denied && !deny)
                }
            };
            if replaces {
                best = Some((length, rule.kind, deny));
            }
        }
        best.is_some_and(|(_, _, deny)| !deny)
    }

    /// Whether a rule denies a page, or allows it; none where it does not mean it.
    fn says(&self, rule: &Rule, path: &str, tags: &[String]) -> Option<bool> {
        let means = match rule.kind {
            Kind::Start => path.starts_with(&rule.path),
            Kind::End => path.ends_with(&rule.path),
            Kind::Exact => path == rule.path,
            // Wiki.js trims a page's tags and keeps them in small letters; those of rules stay as they were typed.
            Kind::Tag => tags.iter().any(|tag| tag.trim().to_lowercase() == rule.path),
            Kind::Regex => match self.patterns.get(&rule.path) {
                Some(Some(pattern)) => pattern.is_match(path),
                // Which pages it means is not known: it may mean each of them, and deny it.
                _ => return Some(true),
            },
        };
        means.then_some(rule.deny)
    }
}

/// A pattern of JavaScript's in our syntax; none where the two may differ in what it means.
fn expressed(pattern: &str) -> Option<Regex> {
    let mut out = String::new();
    let mut letters = pattern.chars().peekable();
    // Letters of the class that is open.
    let mut class: Option<usize> = None;
    while let Some(letter) = letters.next() {
        match (letter, class) {
            ('\\', _) => match (letters.next()?, class) {
                ('d', Some(_)) => out.push_str("0-9"),
                ('d', None) => out.push_str("[0-9]"),
                ('w', Some(_)) => out.push_str("A-Za-z0-9_"),
                ('w', None) => out.push_str("[A-Za-z0-9_]"),
                ('D', None) => out.push_str("[^0-9]"),
                ('W', None) => out.push_str("[^A-Za-z0-9_]"),
                ('b', None) => out.push_str(r"(?-u:\b)"),
                // Here, with the escape, where a word begins and ends.
                (escaped @ ('<' | '>'), _) => out.push(escaped),
                (escaped, _) if escaped.is_ascii_punctuation() => {
                    out.push('\\');
                    out.push(escaped);
                }
                _ => return None,
            },
            ('[', None) => {
                out.push('[');
                if letters.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                // `[]` is nothing there, and a bracket here.
                if letters.peek() == Some(&']') {
                    return None;
                }
                class = Some(0);
                continue;
            }
            (']', Some(_)) => {
                out.push(']');
                class = None;
            }
            // A class in a class, and algebra of classes.
            ('[', Some(_)) => return None,
            ('&' | '~' | '-', Some(_)) if letters.peek() == Some(&letter) => return None,
            ('(', None) => {
                out.push('(');
                if letters.next_if_eq(&'?').is_some() {
                    // Of what may follow, a group without a number alone means the same in both.
                    letters.next_if_eq(&':')?;
                    out.push_str("?:");
                }
            }
            ('.', None) => out.push_str(r"[^\n\r\u{2028}\u{2029}]"),
            (other, _) => out.push(other),
        }
        class = class.map(|count| count + 1);
    }
    regex::RegexBuilder::new(&out).size_limit(1 << 20).build().ok()
}
