//! The findings put together, and the configuration file that says them.
//!
//! Its own file because what is written is for people to read and change: each key with the words of the shipped
//! `config.toml`, and below them why it says what it says here.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use toml::Value;

use super::tools::Draft;
use super::walk::Walked;
use super::{Found, Kind, Setting, language};
use crate::page::UrlStyle;

/// The words for each key.
const SHIPPED: &str = include_str!("../../config.toml");

/// Where the daemon keeps and listens.
#[derive(Clone, Debug)]
pub struct Places {
    /// The folder that the file will lie in, absolute.
    pub folder: PathBuf,
    /// `index.dir`, if it was named.
    pub index: Option<PathBuf>,
    /// `server.listen`, if it was named.
    pub listen: Option<String>,
}

/// What tool and pages say, as one.
pub(super) fn found(dir: &Path, draft: Draft, walked: &Walked, told: bool) -> Found {
    let mut notes = draft.notes.clone();
    let (locales, locales_why) = locales(&draft, walked, &mut notes);
    let mut settings = vec![Setting { key: "locales", value: texts(&locales), why: locales_why }];
    if draft.kind == Kind::Wikijs {
        let why = "Wiki.js serves every page under its locale".to_owned();
        settings.push(Setting { key: "locale_in_url", value: Value::from("always"), why });
    }
    if !draft.exclude.is_empty() {
        let mut why: Vec<&str> = draft.exclude.iter().map(|(_, why)| why.as_str()).collect();
        why.dedup();
        let patterns: Vec<String> = draft.exclude.iter().map(|(pattern, _)| pattern.clone()).collect();
        settings.push(Setting { key: "exclude", value: texts(&patterns), why: why.join("; ") });
    }
    let (base, base_why) = draft.url_base.clone().unwrap_or_else(|| ("/".to_owned(), "no address is named".to_owned()));
    settings.push(Setting { key: "url_base", value: Value::from(base), why: base_why });
    let shape = format!("the shape of {} addresses", draft.kind.name());
    let why = draft.url_style_why.clone().unwrap_or(shape);
    settings.push(Setting { key: "url_style", value: plain(&draft.url_style), why });
    let why = draft.anchor_style_why.clone().unwrap_or_else(|| format!("the heading ids of {}", draft.kind.name()));
    settings.push(Setting { key: "anchor_style", value: plain(&draft.anchor_style), why });
    look_at_pages(&draft, walked, &mut notes);
    if let Ok(target) = dir.read_link() {
        notes.insert(
            0,
            format!("the directory is a link to {}: it is followed, also when it is flipped", target.display()),
        );
    }
    let because = if told { format!("as --kind says; {}", draft.because) } else { draft.because };
    Found {
        kind: draft.kind,
        because,
        content: draft.content,
        content_why: draft.content_why,
        settings,
        notes,
        pages: walked.pages.len(),
        more: walked.more,
        tool_file: draft.tool_file,
    }
}

/// The locales, the default one first.
fn locales(draft: &Draft, walked: &Walked, notes: &mut Vec<String>) -> (Vec<String>, String) {
    let folders = language::folders(walked);
    let within = |path: &str| folders.iter().any(|folder| path.starts_with(&format!("{folder}/")));
    let outside = walked.samples.iter().filter(|(path, _)| !within(path)).map(|(_, text)| text.as_str());
    let of_pages = language::of_pages(outside)
        .or_else(|| language::of_pages(walked.samples.iter().map(|(_, text)| text.as_str())));
    let mut found = draft.locales.clone();
    let mut why = draft.locales_why.clone();
    if found.is_empty()
        && let Some(language) = of_pages
    {
        // A folder's spelling counts, if there is one of that language.
        let short = language.split('-').next().unwrap_or(language);
        let of_language = |folder: &&String| folder.split('-').next() == Some(short);
        found.push(folders.iter().find(of_language).cloned().unwrap_or_else(|| language.to_owned()));
        "the language of the pages' words".clone_into(&mut why);
    }
    if found.is_empty() {
        found.extend(folders.first().cloned());
    }
    let known = found.len();
    for folder in folders {
        if !found.iter().any(|locale| locale.eq_ignore_ascii_case(&folder)) {
            found.push(folder);
        }
    }
    if found.len() > known || why.is_empty() && !found.is_empty() {
        let folders = "folders at the top that are named as locales";
        why = if why.is_empty() { folders.to_owned() } else { format!("{why}; {folders}") };
    }
    if found.is_empty() {
        found.push("pt-br".to_owned());
        "nothing tells the language of the pages".clone_into(&mut why);
        notes.push("nothing tells the language of the pages: set locales".to_owned());
    }
    (found, why)
}

/// What the pages show of what is not followed, or cannot be read.
fn look_at_pages(draft: &Draft, walked: &Walked, notes: &mut Vec<String>) {
    let slug = |text: &str| {
        let block = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---")).map_or("", |(block, _)| block);
        block.lines().any(|line| ["slug:", "url:", "permalink:"].iter().any(|key| line.starts_with(key)))
    };
    let sluggish = walked.samples.iter().filter(|(_, text)| slug(text)).count();
    let followed = [UrlStyle::Docusaurus, UrlStyle::Starlight, UrlStyle::Hugo].contains(&draft.url_style);
    if sluggish > 0 && draft.url_style != UrlStyle::Wikijs && !followed {
        notes.push(format!(
            "{sluggish} of the pages looked into set an address of their own (slug), which is not followed"
        ));
    }
    if walked.mdx > 0 {
        notes.push(format!("{} files are .mdx, which is not read: only .md and .markdown are", walked.mdx));
    }
    if walked.links > 0 {
        notes.push(format!(
            "{} symbolic links: those whose target lies inside the directory count, others are skipped",
            walked.links
        ));
    }
    if walked.unreadable > 0 {
        let one = walked.unreadable_one.as_deref().unwrap_or(Path::new("")).display().to_string();
        notes.push(format!(
            "{} folders or files cannot be read, such as {one}: the daemon's user must be able to",
            walked.unreadable
        ));
    }
    if walked.unnamed > 0 {
        notes.push(format!("{} names are not UTF-8 and are skipped", walked.unnamed));
    }
    if walked.more {
        notes.push("the directory is huge and was looked at in part: is it the right one?".to_owned());
    }
    if walked.pages.is_empty() {
        notes.push("no page lies there yet: the daemon waits for the first".to_owned());
    }
}

impl Found {
    /// The file, with `places` for what is no matter of the pages.
    pub fn config(&self, places: &Places) -> String {
        let tool = self.kind.name();
        let mut text = format!(
            "# Achei's configuration for {tool}: {}.\n#\n# What is not here has its default; `achei config` shows all that holds. Every key with its words stands in the\n\
             # config.toml that comes with Achei. Relative paths are relative to this file's folder.\n\n[content]\n",
            one_line(&self.because)
        );
        let dir = relative(&self.content, &places.folder);
        put(&mut text, "content", "dir", &path(&dir), &self.content_why);
        for Setting { key, value, why } in &self.settings {
            put(&mut text, "content", key, value, why);
        }
        text.push_str("[index]\n");
        put(&mut text, "index", "dir", &path(&self.index(places)), "");
        text.push_str("[server]\n");
        let listen = places.listen.as_deref().unwrap_or("127.0.0.1:7370");
        put(&mut text, "server", "listen", &Value::from(listen), "");
        text.push_str(
            "[search]\n# What means the same in this wiki, and best bets. `achei check` tells of pins whose page is gone.\n\
             # synonyms = [[\"nfe\", \"nota fiscal eletronica\"]]\n# pins = [{ query = \"boleto\", path = \"Financeiro/Boletos.md\" }]\n\n\
             # What readers search for and do not find (docs/insights.md): off until a file is named, outside of the index.\n\
             # [insights]\n# file = \"insights.db\"\n\n\
             # Who may find what (docs/access.md). Without it everybody finds every page that is indexed.\n# [access]\n# default = \"public\"\n",
        );
        text
    }

    /// The index directory: named, else beside the file, never in the pages.
    pub fn index(&self, places: &Places) -> PathBuf {
        if let Some(index) = &places.index {
            return relative(index, &places.folder);
        }
        if places.folder.starts_with(&self.content) {
            let mut name = self.content.file_name().unwrap_or_default().to_owned();
            name.push("-index");
            return self.content.with_file_name(name);
        }
        PathBuf::from("index")
    }
}

/// A key with its words, its reason and its value.
fn put(text: &mut String, section: &str, key: &str, value: &Value, why: &str) {
    text.push_str(&words(section, key));
    if !why.is_empty() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# Here: {}.", one_line(why));
    }
    let _ = writeln!(text, "{key} = {value}\n");
}

/// The comment of a key in the shipped file.
fn words(section: &str, key: &str) -> String {
    let body = SHIPPED.split_once(&format!("\n[{section}]\n")).map_or("", |(_, body)| body);
    let mut comment = String::new();
    for line in body.lines() {
        if line.starts_with('#') {
            comment.push_str(line);
            comment.push('\n');
        } else if line.strip_prefix(key).is_some_and(|rest| rest.starts_with(" =")) {
            return comment;
        } else if line.starts_with('[') {
            break;
        } else {
            comment.clear();
        }
    }
    String::new()
}

/// What a file of others says, on one line of a comment.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Relative where it lies below, else whole.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    match path.strip_prefix(folder) {
        Ok(below) if below.as_os_str().is_empty() => PathBuf::from("."),
        Ok(below) => below.to_owned(),
        Err(_) => path.to_owned(),
    }
}

fn path(path: &Path) -> Value {
    Value::from(path.to_string_lossy().into_owned())
}

fn texts(texts: &[String]) -> Value {
    Value::Array(texts.iter().map(|text| Value::from(text.as_str())).collect())
}

/// A choice as the file spells it.
fn plain(choice: &impl Serialize) -> Value {
    Value::try_from(choice).expect("a choice is one word")
}
