//! What can be wrong with a page, in kinds, and in words for those who read English.
//!
//! Apart from the search for it, since the insights page says the same in other languages.

use std::fmt;

use serde::Serialize;

/// Something to mend.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct Ailment {
    /// `stale`, `broken_link`, `broken_anchor`, `orphan`, `duplicate_title`, `near_duplicate`, `no_description`, `no_alt`,
    /// `front_matter`, `alias` or `pin`.
    pub kind: &'static str,
    /// The page's file.
    pub path: String,
    /// The page's address; none where there is no page.
    pub url: Option<String>,
    /// The page's title.
    pub title: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub advice: &'static str,
    /// The same as the message, for other languages.
    #[serde(skip)]
    #[schema(ignore)]
    pub wrong: Wrong,
}

/// What is wrong. Lines count from 1, paths are those of other pages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the words below say what each is")]
pub enum Wrong {
    Stale { times: u64, date: String },
    BrokenLink { line: u32, target: String },
    BrokenAnchor { line: u32, target: String, anchor: String },
    Orphan,
    DuplicateTitle { other: String, more: usize },
    NearDuplicate { other: String },
    NoDescription,
    NoAlt { line: u32, name: String, others: u32 },
    FrontMatter { line: Option<u32>, message: String },
    Alias { alias: String, owner: String },
    Pin { query: String },
}

impl Wrong {
    /// As in answers.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Stale { .. } => "stale",
            Self::BrokenLink { .. } => "broken_link",
            Self::BrokenAnchor { .. } => "broken_anchor",
            Self::Orphan => "orphan",
            Self::DuplicateTitle { .. } => "duplicate_title",
            Self::NearDuplicate { .. } => "near_duplicate",
            Self::NoDescription => "no_description",
            Self::NoAlt { .. } => "no_alt",
            Self::FrontMatter { .. } => "front_matter",
            Self::Alias { .. } => "alias",
            Self::Pin { .. } => "pin",
        }
    }

    /// What to do.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Stale { .. } => "Read it again; correct it, or change its date if it still holds.",
            Self::BrokenLink { .. } => "Mend or remove the link.",
            Self::BrokenAnchor { .. } => "Point the link at a heading that is there.",
            Self::Orphan => "Link it from the page above it.",
            Self::DuplicateTitle { .. } => "Say in the title what is different.",
            Self::NearDuplicate { .. } => "Make one page of both, or say in each what is different.",
            Self::NoDescription => "Add a sentence as `description:`; it is found, too.",
            Self::NoAlt { .. } => {
                "Say in its brackets what the image shows; one that only decorates is `<img alt=\"\" src=\"…\">`."
            }
            Self::FrontMatter { .. } => "Correct the front matter.",
            Self::Alias { .. } => "Take the alias out, or rename the other page.",
            Self::Pin { .. } => "Correct the path in search.pins, or take the pin out.",
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale { times, date } => write!(f, "among the first hits {times} times, last changed on {date}"),
            Self::BrokenLink { line, target } => write!(f, "line {line}: no page at {target}"),
            Self::BrokenAnchor { line, target, anchor } => write!(f, "line {line}: {target} has no heading #{anchor}"),
            Self::Orphan => f.write_str("no page links to it"),
            Self::DuplicateTitle { other, more: 0 } => write!(f, "the same title as {other}"),
            Self::DuplicateTitle { other, more } => write!(f, "the same title as {other} and {more} more"),
            Self::NearDuplicate { other } => write!(f, "says nearly the same as {other}"),
            Self::NoDescription => f.write_str("no description in the front matter"),
            Self::NoAlt { line, name, others } => {
                let image = if name.is_empty() { "an image".to_owned() } else { format!("the image {name}") };
                write!(f, "line {line}: {image} has no alternative text")?;
                match others {
                    0 => Ok(()),
                    1 => f.write_str(", nor has another one"),
                    _ => write!(f, ", nor have {others} others"),
                }
            }
            Self::FrontMatter { line: Some(line), message } => write!(f, "line {line}: {message}"),
            Self::FrontMatter { line: None, message } => f.write_str(message),
            Self::Alias { alias, owner } => {
                write!(f, "its alias \"{alias}\" is the title of {owner}, which comes first")
            }
            Self::Pin { query } => write!(f, "pinned for \"{query}\", and no search finds it"),
        }
    }
}
