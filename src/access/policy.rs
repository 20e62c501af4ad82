//! The rules in force, and what they say of one page for one reader.
//!
//! Its own file because the order of rules stands here and nowhere else: the most specific rule counts, of equally
//! specific ones all must be met, a page's own groups narrow what is left, and Wiki.js' rules can only narrow further.

use std::collections::BTreeSet;
use std::fmt;

use super::identity::Reader;
use super::wikijs::WikiRules;
use crate::config::{AccessConfig, AccessDefault, AccessRule};
use crate::index::PageFacts;

/// The group that everybody is in, guests too.
const EVERYONE: &str = "*";

/// Who may find what.
#[derive(Debug)]
pub struct Policy {
    open_by_default: bool,
    rules: Vec<AccessRule>,
    /// Configured, and readable or not.
    wikijs: Option<Result<WikiRules, String>>,
    locales: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self::new(&AccessConfig::default(), &[], None)
    }
}

/// What the rules say, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the page may be found.
    pub allowed: bool,
    /// What decided, in words.
    pub why: Vec<String>,
}

/// Whether a rule means a page, and how specifically.
fn specificity(rule: &AccessRule, page: PageFacts<'_>, below_locale: &str) -> Option<(bool, usize)> {
    // What a page says of itself is nearer to it than where it lies.
    let by_tag = rule.tag.as_ref().map(|tag| page.tags.iter().any(|other| same(other, tag)));
    let by_path = rule.path.as_ref().map(|pattern| pattern.matches(below_locale) || pattern.matches(page.path));
    if by_tag == Some(false) || by_path == Some(false) {
        return None;
    }
    let letters = |text: &str| text.chars().filter(|letter| !matches!(letter, '*' | '?' | '/')).count();
    Some((rule.tag.is_some(), rule.path.as_ref().map_or(0, |pattern| letters(pattern.as_str()))))
}

fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

impl Policy {
    /// The rules of a configuration. `wikijs` is what the file of Wiki.js' rules holds, where one is configured.
    pub fn new(config: &AccessConfig, locales: &[String], wikijs: Option<Result<WikiRules, String>>) -> Self {
        Self {
            open_by_default: config.default == AccessDefault::Public,
            rules: config.rules.clone(),
            wikijs,
            locales: locales.to_vec(),
        }
    }

    /// Whether everybody may find every page that names no groups.
    pub fn is_open(&self) -> bool {
        self.open_by_default && self.rules.is_empty() && self.wikijs.is_none()
    }

    /// Whether a reader may find a page.
    pub fn may_find(&self, page: PageFacts<'_>, reader: &Reader) -> bool {
        self.verdict(page, reader).allowed
    }

    /// Whether a reader may find a page, and why.
    pub fn verdict(&self, page: PageFacts<'_>, reader: &Reader) -> Verdict {
        let (locale, below) = self.apart(page.path);
        let matching: Vec<_> =
            self.rules.iter().filter_map(|rule| Some((specificity(rule, page, below)?, rule))).collect();
        let most = matching.iter().map(|(specificity, _)| *specificity).max();
        let mut why = Vec::new();
        let mut allowed = self.open_by_default;
        if most.is_none() {
            why.push(format!("no rule means it: it is {}", if allowed { "public" } else { "closed" }));
        } else {
            allowed = true;
            for (_, rule) in matching.iter().filter(|(specificity, _)| Some(*specificity) == most) {
                let met = rule.groups.iter().any(|group| group == EVERYONE || reader.is_in(group));
                why.push(format!("{rule} {}", if met { "is met" } else { "is not met" }));
                allowed &= met;
            }
        }
        if !page.groups.is_empty() {
            let met = page.groups.iter().any(|group| reader.is_in(group));
            let groups = page.groups.join(", ");
            why.push(format!("the page's own groups ({groups}) {}", if met { "are met" } else { "are not met" }));
            allowed &= met;
        }
        match &self.wikijs {
            None => {}
            Some(Err(error)) => {
                why.push(format!("the file of Wiki.js' rules cannot be read, so that nobody may: {error}"));
                allowed = false;
            }
            Some(Ok(rules)) => {
                let path = below.rsplit_once('.').map_or(below, |(stem, _)| stem);
                let says = rules.may_read(path, locale, page.tags, reader);
                why.push(format!("Wiki.js' rules {}", if says { "allow it" } else { "deny it" }));
                allowed &= says;
            }
        }
        Verdict { allowed, why }
    }

    /// The groups that the rules name.
    pub fn groups(&self) -> BTreeSet<String> {
        let ours = self.rules.iter().flat_map(|rule| &rule.groups).filter(|group| *group != EVERYONE).cloned();
        let of_wiki = self.wikijs.iter().filter_map(|rules| rules.as_ref().ok()).flat_map(WikiRules::names);
        ours.chain(of_wiki).collect()
    }

    /// The locale of a path, and what lies below its folder.
    fn apart<'a>(&'a self, path: &'a str) -> (&'a str, &'a str) {
        if let Some((first, below)) = path.split_once('/')
            && let Some(locale) = self.locales.iter().find(|locale| locale.eq_ignore_ascii_case(first))
        {
            return (locale, below);
        }
        (self.locales.first().map_or("", String::as_str), path)
    }
}

impl fmt::Display for AccessRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the rule")?;
        if let Some(path) = &self.path {
            write!(f, " for {}", path.as_str())?;
        }
        if let Some(tag) = &self.tag {
            write!(f, " for tag {tag}")?;
        }
        write!(f, " ({})", self.groups.join(", "))
    }
}
