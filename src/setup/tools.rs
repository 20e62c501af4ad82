//! By which file each tool is known, and what its settings mean for addresses, anchors and what is left out.
//!
//! Its own file because this is knowledge of others, a function a tool, and grows with them. What a tool can do and Achei
//! does not follow is a note: an address that is wrong in silence is worse than one that is known to be.

use std::path::{Path, PathBuf};

use super::keys::Keys;
use super::{Kind, walk};
use crate::config;
use crate::page::{AnchorStyle, UrlStyle};

/// What the tool's own files say.
pub(super) struct Draft {
    pub kind: Kind,
    pub because: String,
    pub content: PathBuf,
    pub content_why: String,
    pub url_style: UrlStyle,
    pub url_style_why: Option<String>,
    pub anchor_style: AnchorStyle,
    pub anchor_style_why: Option<String>,
    /// And where it stands.
    pub url_base: Option<(String, String)>,
    /// Patterns, and why.
    pub exclude: Vec<(String, String)>,
    /// The first is the default; empty where the tool says nothing.
    pub locales: Vec<String>,
    pub locales_why: String,
    pub notes: Vec<String>,
    pub tool_file: Option<PathBuf>,
}

impl Draft {
    fn new(kind: Kind, because: String, content: PathBuf, content_why: &str) -> Self {
        Self {
            kind,
            because,
            content,
            content_why: content_why.to_owned(),
            url_style: kind.url_style(),
            url_style_why: None,
            anchor_style: kind.anchor_style(),
            anchor_style_why: None,
            url_base: None,
            exclude: Vec::new(),
            locales: Vec::new(),
            locales_why: String::new(),
            notes: Vec::new(),
            tool_file: None,
        }
    }

    fn leave_out(&mut self, pattern: impl Into<String>, why: impl Into<String>) {
        self.exclude.push((pattern.into(), why.into()));
    }

    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// The pages' address, put together of what the tool says.
    fn base(&mut self, parts: &[&str], why: &str) {
        let mut base = String::new();
        for part in parts {
            let part = if base.is_empty() { part } else { part.trim_start_matches('/') };
            base.push_str(part);
            if !base.ends_with('/') {
                base.push('/');
            }
        }
        match config::url_base(&base) {
            Ok(base) => self.url_base = Some((base, why.to_owned())),
            Err(reason) => self.note(format!("{why} gives no address that Achei can use: {reason}. Set url_base")),
        }
    }

    fn languages<'a>(&mut self, found: impl IntoIterator<Item = &'a str>, why: &str) {
        for locale in found {
            let locale = locale.replace('_', "-");
            let known = self.locales.iter().any(|known| known.eq_ignore_ascii_case(&locale));
            if !known && config::locale(&locale).is_ok() {
                self.locales.push(locale);
                why.clone_into(&mut self.locales_why);
            }
        }
    }
}

/// Folders in which a project keeps its documentation, with the tool's file in them.
const BELOW: [&str; 6] = ["docs", "website", "site", "doc", "documentation", "book"];

/// What the directory is, or is a part of. As `kind` says, if it says so.
pub(super) fn recognize(dir: &Path, kind: Option<Kind>) -> Draft {
    let wanted = |known: Kind| kind.is_none_or(|kind| kind == known);
    let readers = READERS.iter().filter(|(known, _)| wanted(*known));
    let mut places = vec![dir.to_owned()];
    places.extend(dir.parent().map(Path::to_owned));
    places.extend(BELOW.map(|name| dir.join(name)));
    let mut found: Vec<Draft> = Vec::new();
    for place in &places {
        for draft in readers.clone().filter_map(|(_, read)| read(place)) {
            // The folder above counts if it is about this one.
            let about = place != dir.parent().unwrap_or(dir) || draft.content == dir;
            if about && !found.iter().any(|known| known.kind == draft.kind) {
                found.push(draft);
            }
        }
    }
    if !found.is_empty() {
        let mut best = found.remove(0);
        for other in found {
            best.note(format!("{} was found as well ({}): --kind chooses it", other.kind.name(), other.because));
        }
        return best;
    }
    let pages = walk::walk(dir);
    let wikijs = pages.samples.iter().filter(|(_, text)| is_of_wikijs(text)).count();
    if wanted(Kind::Wikijs) && (kind.is_some() || wikijs > 0 && 2 * wikijs >= pages.samples.len()) {
        return wikijs_storage(dir, wikijs, pages.samples.len());
    }
    if wanted(Kind::Obsidian)
        && let Some(draft) = obsidian(dir)
    {
        return draft;
    }
    let kind = kind.unwrap_or(Kind::Plain);
    let because = if kind == Kind::Plain {
        "Markdown files lie there, and no file of a tool that is known"
    } else {
        "no file of that tool was found"
    };
    Draft::new(kind, because.to_owned(), dir.to_owned(), "the directory itself")
}

/// Reads a tool's own file in a folder, if there is one.
type Reader = fn(&Path) -> Option<Draft>;

const READERS: [(Kind, Reader); 6] = [
    (Kind::Docusaurus, docusaurus),
    (Kind::Vitepress, vitepress),
    (Kind::Starlight, starlight),
    (Kind::Mkdocs, mkdocs),
    (Kind::Hugo, hugo),
    (Kind::Mdbook, mdbook),
];

/// The first of these files that is there and can be read, with what it says.
fn file(dir: &Path, names: &[&str]) -> Option<(PathBuf, String, Keys)> {
    names.iter().find_map(|name| {
        let path = dir.join(name);
        Keys::read(&path).map(|keys| (path, (*name).to_owned(), keys))
    })
}

fn begin(kind: Kind, dir: &Path, folder: Option<&str>, usual: &str, found: (&PathBuf, &str)) -> Draft {
    let (path, name) = found;
    // A folder outside of the project may be meant; one that is absolute stays so.
    let content = dir.join(folder.unwrap_or(usual).trim_start_matches("./").trim_end_matches('/'));
    let why = if folder.is_some() { format!("as {name} says") } else { format!("where {} looks", kind.name()) };
    let mut draft = Draft::new(kind, format!("{name} is there"), content, &why);
    draft.tool_file = Some(path.clone());
    draft
}

fn mkdocs(dir: &Path) -> Option<Draft> {
    let (path, name, keys) = file(dir, &["mkdocs.yml", "mkdocs.yaml"])?;
    let mut draft = begin(Kind::Mkdocs, dir, keys.get("docs_dir"), "docs", (&path, &name));
    if keys.get("use_directory_urls") == Some("false") {
        draft.url_style = UrlStyle::Html;
        draft.url_style_why = Some(format!("use_directory_urls is false in {name}"));
    }
    match keys.get("site_url") {
        Some(url) if !url.starts_with('!') => draft.base(&[url], &format!("site_url in {name}")),
        Some(_) => draft.note(format!("site_url in {name} comes from the environment: set url_base")),
        None => {}
    }
    draft.languages(keys.get("theme.language"), &format!("theme.language in {name}"));
    // What MkDocs itself leaves out.
    if draft.content.join("templates").is_dir() {
        draft.leave_out("/templates/", "MkDocs leaves it out");
    }
    for pattern in keys.all("exclude_docs").flat_map(str::lines).map(str::trim) {
        if !pattern.is_empty() && !pattern.starts_with('#') {
            draft.leave_out(pattern, format!("exclude_docs in {name}"));
        }
    }
    if keys.0.iter().any(|(key, text)| key.ends_with("slugify") || text.contains("slugify")) {
        draft.note(format!("{name} sets a slugify function of its own: anchors may differ from anchor_style"));
    }
    if keys.0.iter().any(|(key, text)| key.ends_with("docs_structure") && text == "suffix") {
        draft.note("pages named page.en.md for their language are not followed".to_owned());
    }
    Some(draft)
}

fn docusaurus(dir: &Path) -> Option<Draft> {
    let names = [
        "docusaurus.config.js",
        "docusaurus.config.ts",
        "docusaurus.config.mjs",
        "docusaurus.config.cjs",
        "docusaurus.config.mts",
    ];
    let (path, name, keys) = file(dir, &names)?;
    let folder = keys.below("docs.path");
    let mut draft = begin(Kind::Docusaurus, dir, folder, "docs", (&path, &name));
    let route = keys.below("docs.routeBasePath").unwrap_or("docs");
    let url = keys.get("url").unwrap_or_default();
    if keys.get("url").is_none() {
        draft.note(format!(
            "{name} names no plain url: set url_base in full, which search front ends of Docusaurus need"
        ));
    }
    let base = keys.get("baseUrl").unwrap_or("/");
    draft.base(&[url, base, route], &format!("url, baseUrl and the docs' routeBasePath of {name}"));
    draft.languages(keys.get("i18n.defaultLocale"), &format!("i18n.defaultLocale in {name}"));
    draft.leave_out("_*", "Docusaurus leaves out what begins with an underscore");
    if keys.all("i18n.locales").count() > 1 {
        draft.note(
            "pages of other languages lie in i18n/, which is not read: index them with a configuration of their own",
        );
    }
    if keys.0.iter().any(|(key, _)| key.split('.').any(|part| part == "versions"))
        || dir.join("versioned_docs").is_dir()
    {
        draft.note("older versions lie in versioned_docs/, which is not read");
    }
    if dir.join("blog").is_dir() {
        draft.note("the blog lies beside the docs and is not read");
    }
    Some(draft)
}

fn vitepress(dir: &Path) -> Option<Draft> {
    let names = [
        "config.js",
        "config.ts",
        "config.mjs",
        "config.mts",
        "config/index.js",
        "config/index.ts",
        "config/index.mts",
    ];
    let (path, name, keys) = file(&dir.join(".vitepress"), &names)?;
    let name = format!(".vitepress/{name}");
    let mut draft = begin(Kind::Vitepress, dir, keys.get("srcDir"), "", (&path, &name));
    if keys.get("srcDir").is_none_or(|folder| folder == ".") {
        dir.clone_into(&mut draft.content);
    }
    if let Some(base) = keys.get("base") {
        draft.base(&[base], &format!("base in {name}"));
    }
    if keys.get("cleanUrls") == Some("true") {
        draft.url_style = UrlStyle::Clean;
        draft.url_style_why = Some(format!("cleanUrls is true in {name}"));
    }
    for pattern in keys.all("srcExclude") {
        draft.leave_out(pattern, format!("srcExclude in {name}"));
    }
    if keys.0.iter().any(|(key, _)| key.starts_with("rewrites")) {
        draft.note("rewrites are not followed");
    }
    let root = keys.below("locales.root.lang").or_else(|| keys.get("lang"));
    let folders = keys.inside("locales");
    let others = folders.iter().map(String::as_str).filter(|folder| *folder != "root");
    draft.languages(root.into_iter().chain(others), &format!("locales and lang in {name}"));
    Some(draft)
}

fn starlight(dir: &Path) -> Option<Draft> {
    let names = ["astro.config.mjs", "astro.config.ts", "astro.config.js", "astro.config.mts", "astro.config.cjs"];
    let (path, name, keys) = file(dir, &names)?;
    let text = walk::beginning(&path, 1 << 20)?;
    if !text.contains("starlight") {
        return None;
    }
    let mut draft = begin(Kind::Starlight, dir, None, "src/content/docs", (&path, &name));
    if keys.get("site").is_some() || keys.get("base").is_some() {
        let parts = [keys.get("site").unwrap_or_default(), keys.get("base").unwrap_or("/")];
        draft.base(&parts, &format!("site and base in {name}"));
    }
    let root =
        keys.below("locales.root.lang").or_else(|| keys.below("defaultLocale").filter(|locale| *locale != "root"));
    let folders = keys.inside("locales");
    let others = folders.iter().map(String::as_str).filter(|folder| *folder != "root");
    draft.languages(root.into_iter().chain(others), &format!("locales in {name}"));
    Some(draft)
}

fn hugo(dir: &Path) -> Option<Draft> {
    let own =
        ["hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config/_default/hugo.toml", "config/_default/hugo.yaml"];
    let older = [
        "config.toml",
        "config.yaml",
        "config.yml",
        "config.json",
        "config/_default/config.toml",
        "config/_default/config.yaml",
    ];
    let (path, name, keys) = file(dir, &own).or_else(|| {
        // Many programs have such a file, this one too.
        file(dir, &older).filter(|(_, _, keys)| keys.get("baseURL").is_some() && dir.join("content").is_dir())
    })?;
    let mut draft = begin(Kind::Hugo, dir, keys.get("contentDir"), "content", (&path, &name));
    if let Some(base) = keys.get("baseURL") {
        draft.base(&[base], &format!("baseURL in {name}"));
    }
    if keys.get("uglyURLs") == Some("true") {
        draft.url_style = UrlStyle::Html;
        draft.url_style_why = Some(format!("uglyURLs is true in {name}"));
    }
    match keys.get("markup.goldmark.parser.autoHeadingIDType") {
        None | Some("github") => {}
        Some("blackfriday" | "github-ascii") => {
            draft.note("autoHeadingIDType is not github: headings with accents have other anchors");
        }
        Some(_) => draft.note("autoHeadingIDType names a type that is not known: anchors may differ"),
    }
    let main = keys.get("defaultContentLanguage").or_else(|| keys.get("languageCode"));
    let languages = keys.inside("languages");
    draft.languages(main.into_iter().chain(languages.iter().map(String::as_str)), &format!("languages in {name}"));
    if keys.0.iter().any(|(key, _)| key.starts_with("permalinks")) {
        draft.note("permalinks are not followed");
    }
    if keys.get("disablePathToLower") == Some("true") && draft.url_style == UrlStyle::Hugo {
        draft.url_style = UrlStyle::Directory;
        draft.url_style_why = Some(format!("disablePathToLower is true in {name}"));
    }
    Some(draft)
}

fn mdbook(dir: &Path) -> Option<Draft> {
    let (path, name, keys) = file(dir, &["book.toml"])?;
    let mut draft = begin(Kind::Mdbook, dir, keys.get("book.src"), "src", (&path, &name));
    draft.anchor_style_why = Some("the heading ids of mdBook 0.5; \"mdbook\" are those up to 0.4".to_owned());
    if let Some(base) = keys.get("output.html.site-url") {
        draft.base(&[base], &format!("site-url in {name}"));
    }
    draft.languages(keys.get("book.language"), &format!("book.language in {name}"));
    draft.leave_out("/SUMMARY.md", "mdBook's table of contents");
    draft.note("mdBook shows only the pages that SUMMARY.md names; others are found all the same");
    Some(draft)
}

fn obsidian(dir: &Path) -> Option<Draft> {
    let vault = dir.join(".obsidian");
    if !vault.is_dir() {
        return None;
    }
    let mut draft = Draft::new(Kind::Obsidian, ".obsidian/ is there".to_owned(), dir.to_owned(), "the vault itself");
    for name in ["templates.json", "plugins/templater-obsidian/data.json"] {
        let keys = Keys::read(&vault.join(name));
        let folder = keys.as_ref().and_then(|keys| keys.get("folder").or_else(|| keys.get("templates_folder")));
        if let Some(folder) = folder.map(|folder| folder.trim_matches('/')).filter(|folder| !folder.is_empty()) {
            draft.leave_out(format!("/{}/", escaped(folder)), format!("the folder of templates (.obsidian/{name})"));
        }
    }
    if let Some(keys) = Keys::read(&vault.join("app.json")) {
        for filter in keys.all("userIgnoreFilters") {
            if filter.starts_with('/') {
                draft.note(format!(
                    "the excluded pattern {filter} of the vault is a regular expression: add it to exclude by hand"
                ));
            } else {
                draft.leave_out(format!("/{}", escaped(filter)), "excluded files of the vault");
            }
        }
    }
    draft.note("Obsidian Publish has addresses of its own, which are not reproduced");
    Some(draft)
}

fn wikijs_storage(dir: &Path, known: usize, looked: usize) -> Draft {
    let because = format!("{known} of {looked} pages looked into have Wiki.js' front matter (editor, dateCreated)");
    let mut draft = Draft::new(Kind::Wikijs, because, dir.to_owned(), "the storage itself");
    draft.note(
        "results lead to /LOCALE/PATH; where the wiki shows no locale in its addresses, set locale_in_url, and url_base where \
         Achei is reached under another name than the wiki",
    );
    draft.note("pages that not everybody may read: see [access] in the documentation before readers reach the search");
    draft
}

fn is_of_wikijs(text: &str) -> bool {
    let Some(block) = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---")) else { return false };
    let has = |key: &str| block.0.lines().any(|line| line.starts_with(key));
    has("editor:") && has("dateCreated:")
}

/// A path as a pattern that means it alone.
fn escaped(path: &str) -> String {
    let special = |letter: char| matches!(letter, '*' | '?' | '[' | ']' | '\\' | '!' | '#' | ' ');
    path.chars().flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter])).collect()
}
