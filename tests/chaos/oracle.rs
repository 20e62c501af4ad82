//! What must be found, judged by an own walk of the directory: none of the daemon's code, and HTTP alone to ask.
//!
//! Its own file because it is what everything else is measured with. It knows the rules of eligibility as the documents
//! tell them: hidden names, front matter, links, and who owns a URL.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::site::{Site, is_page};

/// Whether dated, the date, the file's time, the path (the smaller is better): the best claim has the URL.
type Claim = (bool, String, (i64, i64), Reverse<String>);
/// Mode, time, inode, bytes.
type Facts = (u32, (i64, i64), u64, Vec<u8>);

/// The words of its own that each eligible page holds, by path.
pub type Expected = BTreeMap<String, BTreeSet<String>>;

/// Words that begin with `zq`.
pub fn own_words(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphabetic());
    words.filter(|word| word.len() > 4 && word.starts_with("zq")).map(str::to_owned).collect()
}

/// Reads the directory.
pub fn expected(content: &Path) -> Expected {
    let root = fs::canonicalize(content).unwrap();
    let mut files = BTreeMap::new();
    walk(&root, &root, "", 0, &mut files);
    let mut claims: BTreeMap<String, Claim> = BTreeMap::new();
    for (path, (text, mtime)) in &files {
        let front = text.strip_prefix("---\n").and_then(|text| text.split("---\n").next()).unwrap_or_default();
        if ["draft: true", "published: false", "search: false"].iter().any(|line| front.contains(line)) {
            continue;
        }
        let (stem, _) = path.rsplit_once('.').unwrap();
        let url = if stem.starts_with("en/") || stem.starts_with("es/") {
            stem.to_owned()
        } else {
            format!("pt-br/{}", stem.strip_prefix("pt-br/").unwrap_or(stem))
        };
        let date = front.lines().find_map(|line| line.strip_prefix("updated: ").or(line.strip_prefix("date: ")));
        let date = date.unwrap_or_default();
        let claim = (!date.is_empty(), date.to_owned(), *mtime, Reverse(path.clone()));
        if claims.get(&url).is_none_or(|best| *best < claim) {
            claims.insert(url, claim);
        }
    }
    claims.into_values().map(|(_, _, _, Reverse(path))| (path.clone(), own_words(&files[&path].0))).collect()
}

fn walk(root: &Path, folder: &Path, path: &str, depth: usize, files: &mut BTreeMap<String, (String, (i64, i64))>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') || name == "node_modules" {
            continue;
        }
        let path = if path.is_empty() { name } else { format!("{path}/{name}") };
        // A link counts where it lies, if what it leads to lies in the directory.
        let Ok(real) = fs::canonicalize(entry.path()) else { continue };
        let is_link = entry.file_type().unwrap().is_symlink();
        if is_link && (!real.starts_with(root) || folder.starts_with(&real)) {
            continue;
        }
        let metadata = fs::metadata(&real).unwrap();
        if metadata.is_dir() && depth < 250 {
            walk(root, &real, &path, depth + 1, files);
        } else if metadata.is_file() && is_page(&path) {
            let text = String::from_utf8_lossy(&fs::read(&real).unwrap()).into_owned();
            files.insert(path, (text, (metadata.mtime(), metadata.mtime_nsec())));
        }
    }
}

/// Everything in the directory as anybody could change it: mode, time, inode and bytes, links unfollowed.
pub fn facts(content: &Path) -> BTreeMap<PathBuf, Facts> {
    let mut facts = BTreeMap::new();
    let mut folders = vec![fs::canonicalize(content).unwrap()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let (path, metadata) = (entry.path(), entry.metadata().unwrap());
            let bytes = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
            if metadata.is_dir() {
                folders.push(path.clone());
            }
            facts.insert(path, (metadata.mode(), (metadata.mtime(), metadata.mtime_nsec()), metadata.ino(), bytes));
        }
    }
    facts
}

/// What is wrong with the index, if anything is. `dead` are words that no page holds any more.
pub fn wrong(site: &Site, expected: &Expected, dead: &[String]) -> Option<String> {
    let listed = site.listed();
    let once: BTreeSet<&String> = listed.iter().collect();
    if once.len() != listed.len() {
        return Some("a page is listed twice".to_owned());
    }
    let on_disk: BTreeSet<&String> = expected.keys().collect();
    if once != on_disk {
        let missed: Vec<_> = on_disk.difference(&once).take(5).collect();
        let ghosts: Vec<_> = once.difference(&on_disk).take(5).collect();
        return Some(format!("missed {missed:?}, ghosts {ghosts:?}"));
    }
    let counted = &site.status()["pages"];
    if counted.as_u64() != Some(expected.len() as u64) {
        return Some(format!("{counted} pages counted, {} on disk", expected.len()));
    }
    let mut holders: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
    for (path, words) in expected {
        for word in words {
            holders.entry(word).or_default().push(path);
        }
    }
    for (word, paths) in &holders {
        let mut found = site.paths(&format!("\"{word}\""));
        found.sort();
        if found.iter().ne(paths.iter().copied()) {
            return Some(format!("{word} is found in {found:?}, and stands in {paths:?}"));
        }
    }
    let ghost = dead.iter().filter(|word| !holders.contains_key(word)).find(|word| !site.gone(word));
    ghost.map(|word| format!("{word} is found, and stands nowhere"))
}
