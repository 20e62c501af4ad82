//! Heading ids: one table of parameters, one row per renderer.
//!
//! Its own room because a hit is only as good as the place it scrolls to. Every row is held by
//! golden vectors made with the renderers' own packages.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::{Anchor, AnchorStyle};

/// A heading as its id is made of it.
pub(super) struct Source<'a> {
    /// 1 to 6.
    pub level: u8,
    /// The heading's text as rendered, white space unfolded.
    pub text: &'a str,
    /// The id that the author wrote.
    pub explicit: Option<&'a str>,
    /// Marked `{.tabset}`: the headings one level below become tab labels.
    pub tabset: bool,
    /// Written as an HTML tag and not as Markdown.
    pub html: bool,
}

/// What becomes of a character.
enum Class {
    Kept,
    Blank,
    Hyphen,
    Dropped,
}

/// The normalization form that the text is brought into first.
#[derive(Clone, Copy)]
enum Form {
    AsWritten,
    Nfkc,
    /// Decomposed by compatibility, combining marks dropped.
    NfkdBare,
}

#[derive(Clone, Copy)]
enum Trim {
    None,
    Blanks,
    /// Blanks, and hyphens once they are collapsed.
    Hyphens,
}

#[derive(Clone, Copy)]
enum Case {
    Lower,
    AsciiLower,
}

/// What a second heading with the same id gets.
#[derive(Clone, Copy)]
enum Duplicates {
    /// The first free number, tested against all ids of the page.
    FirstFree,
    /// A number that counts the uses of the same slug, and may meet another heading's id.
    PerSlug,
    /// As [`Duplicates::FirstFree`], counting on from a number at the end; an empty id counts as taken.
    CountOn,
}

/// How ids that the author wrote take part.
#[derive(Clone, Copy, PartialEq)]
enum Explicit {
    /// They are numbered like any other.
    Numbered,
    /// They stand as written, and are known before the first slug is made.
    KnownFirst,
    /// They stand as written, and are known from where they stand.
    Known,
    /// They stand as written, and no slug avoids them.
    Unknown,
}

/// The parameters of a renderer's heading ids.
#[allow(clippy::struct_excessive_bools)] // a row of a table, not a state
struct Slugger {
    form: Form,
    /// Drop everything before the first ASCII letter.
    from_first_letter: bool,
    class: fn(char) -> Class,
    trim: Trim,
    /// Runs of blanks and hyphens become one hyphen; else each blank becomes one.
    collapse: bool,
    case: Case,
    /// Put before an id that starts with an ASCII digit.
    digit_prefix: &'static str,
    /// The id of a heading whose text leaves none.
    when_empty: &'static str,
    separator: char,
    duplicates: Duplicates,
    explicit: Explicit,
    /// Emoji shortcodes are rendered as images, which have no text.
    shortcodes_are_images: bool,
    /// Headings written as HTML get ids too.
    html_headings: bool,
    tabsets: bool,
    /// Headings of the first level are printed without the id that they were given.
    bare_first_level: bool,
    /// `--` has become a dash before the id is made.
    smart_dashes: bool,
    /// Alternative texts of images are part of the id.
    image_texts: bool,
}

const GITHUB: Slugger = Slugger {
    form: Form::AsWritten,
    from_first_letter: false,
    class: |c| match c {
        ' ' => Class::Blank,
        '-' => Class::Kept,
        // Word characters as Ruby has them; numbers such as ² and ½ are none.
        _ if c.is_alphabetic() || is_mark(c) => Class::Kept,
        _ => match c.general_category() {
            GeneralCategory::DecimalNumber | GeneralCategory::ConnectorPunctuation => Class::Kept,
            _ => Class::Dropped,
        },
    },
    trim: Trim::None,
    collapse: false,
    case: Case::Lower,
    digit_prefix: "",
    when_empty: "",
    separator: '-',
    duplicates: Duplicates::FirstFree,
    explicit: Explicit::Unknown,
    shortcodes_are_images: false,
    html_headings: true,
    tabsets: false,
    bare_first_level: false,
    smart_dashes: false,
    image_texts: false,
};

const DOCUSAURUS: Slugger = Slugger { bare_first_level: true, image_texts: true, ..GITHUB };

const STARLIGHT: Slugger = Slugger { smart_dashes: true, ..GITHUB };

const WIKIJS: Slugger = Slugger {
    form: Form::Nfkc,
    class: |c| {
        if matches!(c, '-' | '_' | '~') {
            return Class::Kept;
        }
        // Its tables know the basic plane alone.
        if c > '\u{ffff}' {
            return Class::Dropped;
        }
        match c.general_category_group() {
            GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number | GeneralCategoryGroup::Mark => Class::Kept,
            GeneralCategoryGroup::Separator => Class::Blank,
            _ if matches!(c, '\u{3001}' | '\u{3002}') => Class::Blank,
            _ => Class::Dropped,
        }
    },
    trim: Trim::Blanks,
    collapse: true,
    digit_prefix: "h-",
    explicit: Explicit::Numbered,
    shortcodes_are_images: true,
    tabsets: true,
    ..GITHUB
};

const VITEPRESS: Slugger = Slugger {
    form: Form::NfkdBare,
    class: |c| match c {
        '\0'..='\x1f' => Class::Dropped,
        ' ' | '!'..='/' | ':'..='@' | '['..='`' | '{'..='~' | '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' => {
            Class::Hyphen
        }
        _ if c.is_whitespace() || c == '\u{feff}' => Class::Hyphen,
        _ => Class::Kept,
    },
    trim: Trim::Hyphens,
    collapse: true,
    digit_prefix: "_",
    explicit: Explicit::Known,
    html_headings: false,
    ..GITHUB
};

const PYTHON_MARKDOWN: Slugger = Slugger {
    form: Form::NfkdBare,
    class: |c| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => Class::Kept,
        ' ' | '\t'..='\r' => Class::Blank,
        _ => Class::Dropped,
    },
    trim: Trim::Blanks,
    collapse: true,
    separator: '_',
    duplicates: Duplicates::CountOn,
    explicit: Explicit::KnownFirst,
    html_headings: false,
    ..GITHUB
};

const MDBOOK: Slugger = Slugger {
    class: |c| match c {
        '_' | '-' => Class::Kept,
        _ if c.is_alphanumeric() => Class::Kept,
        _ if c.is_whitespace() => Class::Blank,
        _ => Class::Dropped,
    },
    case: Case::AsciiLower,
    duplicates: Duplicates::PerSlug,
    html_headings: false,
    ..GITHUB
};

const MDBOOK_05: Slugger =
    Slugger { case: Case::Lower, duplicates: Duplicates::FirstFree, smart_dashes: true, ..MDBOOK };

const HUGO: Slugger = Slugger {
    class: |c| match c {
        ' ' | '\t' => Class::Blank,
        '_' | '-' => Class::Kept,
        _ => match c.general_category() {
            GeneralCategory::DecimalNumber => Class::Kept,
            _ if c.general_category_group() == GeneralCategoryGroup::Letter => Class::Kept,
            _ => Class::Dropped,
        },
    },
    when_empty: "heading",
    explicit: Explicit::Known,
    html_headings: false,
    smart_dashes: true,
    image_texts: true,
    ..GITHUB
};

const KRAMDOWN: Slugger = Slugger {
    from_first_letter: true,
    class: |c| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' => Class::Kept,
        ' ' => Class::Blank,
        _ => Class::Dropped,
    },
    when_empty: "section",
    duplicates: Duplicates::PerSlug,
    html_headings: false,
    ..GITHUB
};

impl Slugger {
    fn of(style: AnchorStyle) -> &'static Self {
        match style {
            AnchorStyle::Wikijs => &WIKIJS,
            AnchorStyle::Github => &GITHUB,
            AnchorStyle::Docusaurus => &DOCUSAURUS,
            AnchorStyle::Starlight => &STARLIGHT,
            AnchorStyle::Vitepress => &VITEPRESS,
            AnchorStyle::PythonMarkdown => &PYTHON_MARKDOWN,
            AnchorStyle::Mdbook => &MDBOOK,
            AnchorStyle::Mdbook05 => &MDBOOK_05,
            AnchorStyle::Hugo => &HUGO,
            AnchorStyle::Kramdown => &KRAMDOWN,
        }
    }

    /// The slug of a text, before other headings are looked at.
    fn slug(&self, text: &str) -> String {
        let mut source = if self.shortcodes_are_images { without_shortcodes(text) } else { text.to_owned() };
        source = match self.form {
            Form::AsWritten => source,
            Form::Nfkc => source.nfkc().collect(),
            Form::NfkdBare => source.nfkd().filter(|&c| !('\u{300}'..='\u{36f}').contains(&c)).collect(),
        };
        if self.from_first_letter {
            let start = source.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(source.len());
            source.drain(..start);
        }
        let mut slug = String::with_capacity(source.len());
        for c in source.chars() {
            match (self.class)(c) {
                Class::Kept => slug.push(c),
                Class::Blank => slug.push(' '),
                Class::Hyphen => slug.push('-'),
                Class::Dropped => {}
            }
        }
        let trimmed = match self.trim {
            Trim::None => slug.as_str(),
            Trim::Blanks => slug.trim_matches(' '),
            Trim::Hyphens => slug.trim_matches([' ', '-']),
        };
        let mut joined = String::with_capacity(trimmed.len() + 2);
        if trimmed.starts_with(|c: char| c.is_ascii_digit()) {
            joined.push_str(self.digit_prefix);
        }
        let mut after_hyphen = false;
        for c in trimmed.chars() {
            let c = if c == ' ' { '-' } else { c };
            if !(self.collapse && c == '-' && after_hyphen) {
                joined.push(c);
            }
            after_hyphen = c == '-';
        }
        match self.case {
            Case::Lower => joined = joined.to_lowercase(),
            Case::AsciiLower => joined.make_ascii_lowercase(),
        }
        if joined.is_empty() { self.when_empty.to_owned() } else { joined }
    }
}

/// Whether `--` in a heading has become a dash, which no id keeps, before the id is made.
pub(super) fn smart_dashes(style: AnchorStyle) -> bool {
    Slugger::of(style).smart_dashes
}

/// Whether alternative texts of images are part of ids.
pub(super) fn image_texts(style: AnchorStyle) -> bool {
    Slugger::of(style).image_texts
}

/// The slug of a text that stands alone.
pub(super) fn slug(style: AnchorStyle, text: &str) -> String {
    Slugger::of(style).slug(text)
}

/// The ids of a page's headings, in page order; empty where the renderer gives none.
pub(super) fn anchors(style: AnchorStyle, headings: &[Source<'_>]) -> Vec<Anchor> {
    let slugger = Slugger::of(style);
    let mut given = Given::default();
    if slugger.explicit == Explicit::KnownFirst {
        given.used.extend(headings.iter().filter_map(|heading| heading.explicit.map(str::to_owned)));
    }
    let mut tabs = Tabs::default();
    headings
        .iter()
        .map(|heading| {
            if slugger.tabsets && tabs.takes(heading) {
                return Anchor::default();
            }
            let id = match heading.explicit {
                Some(id) => given.explicit(slugger, id),
                None if heading.html && !slugger.html_headings => String::new(),
                None => given.next(slugger, slugger.slug(heading.text)),
            };
            Anchor(if slugger.bare_first_level && heading.level == 1 { String::new() } else { id })
        })
        .collect()
}

/// Which headings are tab labels now: one flag a heading level.
#[derive(Default)]
struct Tabs([bool; 8]);

impl Tabs {
    /// Whether the heading is a set of tabs or the label of one, and so has no id.
    fn takes(&mut self, heading: &Source<'_>) -> bool {
        let level = usize::from(heading.level.clamp(1, 6));
        let label = self.0[level - 1];
        self.0[level..].fill(false);
        self.0[level] = heading.tabset;
        label || heading.tabset
    }
}

/// The ids given so far.
#[derive(Default)]
struct Given {
    used: HashSet<String>,
    /// For ids that are taken a number from which on others may be free: ids are never taken back, so a search goes on from
    /// there, and a page of equal headings costs linear time, however they count on from one another.
    last: HashMap<String, u64>,
}

impl Given {
    fn explicit(&mut self, slugger: &Slugger, id: &str) -> String {
        match slugger.explicit {
            Explicit::Numbered => {
                let prefix = if id.starts_with(|c: char| c.is_ascii_digit()) { slugger.digit_prefix } else { "" };
                self.next(slugger, format!("{prefix}{id}"))
            }
            Explicit::Known => {
                self.used.insert(id.to_owned());
                id.to_owned()
            }
            Explicit::KnownFirst | Explicit::Unknown => id.to_owned(),
        }
    }

    fn next(&mut self, slugger: &Slugger, slug: String) -> String {
        if let Duplicates::PerSlug = slugger.duplicates {
            let uses = self.last.entry(slug.clone()).and_modify(|uses| *uses += 1).or_insert(0);
            return if *uses == 0 { slug } else { format!("{slug}{}{uses}", slugger.separator) };
        }
        let counts_on = matches!(slugger.duplicates, Duplicates::CountOn);
        if !(counts_on && slug.is_empty()) && self.used.insert(slug.clone()) {
            return slug;
        }
        let numbered = slug.rsplit_once(slugger.separator).filter(|_| counts_on);
        let numbered = numbered.and_then(|(base, number)| Some((base, u64::from(number.parse::<u32>().ok()?))));
        let (base, written) = numbered.unwrap_or((&slug, 0));
        let (mut number, mut passed) = (self.last.get(&slug).copied().unwrap_or(written), Vec::new());
        loop {
            number += 1;
            let id = format!("{base}{}{number}", slugger.separator);
            if self.used.insert(id.clone()) {
                if counts_on {
                    self.last.extend(passed.into_iter().map(|id| (id, number)));
                }
                self.last.insert(slug, number);
                return id;
            }
            // A taken id of the same base knows how far it has been looked.
            let further = self.last.get(&id).copied().filter(|_| counts_on);
            number = further.unwrap_or(number).max(number);
            passed.push(id);
        }
    }
}

fn is_mark(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Mark
}

/// The text without `:tada:`. Whatever looks like a shortcode counts as one, known name or not:
/// in a heading little else stands between two colons.
fn without_shortcodes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(colon) = rest.find(':') {
        let (before, from_colon) = rest.split_at(colon);
        out.push_str(before);
        let name = from_colon[1..]
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-')))
            .filter(|&end| from_colon[1 + end..].starts_with(':'))
            .map(|end| &from_colon[1..=end]);
        let bounded = !out.ends_with(|c: char| c.is_ascii_digit());
        match name {
            Some(name)
                if bounded
                    && (name.contains(|c: char| c.is_ascii_lowercase()) || matches!(name, "+1" | "-1" | "100")) =>
            {
                rest = &from_colon[name.len() + 2..];
            }
            _ => {
                out.push(':');
                rest = &from_colon[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
