//! The rules of the source tree: which room may know which, and where the outside world may be named.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which rooms a room may use, besides itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("page", &[]),
    ("config", &["page"]),
    ("content", &["config", "page"]),
    ("index", &["config", "content", "page"]),
    ("search", &["config", "index", "page"]),
    ("access", &["config", "index", "page"]),
    ("setup", &["config", "page"]),
    ("evaluation", &["index", "page", "search"]),
    ("insights", &["config"]),
    ("http", &["access", "config", "index", "insights", "page", "search"]),
    ("daemon", &["access", "config", "content", "http", "index", "insights", "page", "search"]),
    (
        "cli",
        &[
            "access",
            "config",
            "content",
            "daemon",
            "evaluation",
            "http",
            "index",
            "insights",
            "page",
            "search",
            "setup",
        ],
    ),
];

/// Crates that few rooms may name: the engine, the disk, the wire, the syntax.
const CRATES: &[(&str, &[&str])] = &[
    ("tantivy", &["index", "search"]),
    ("tantivy_fst", &["index", "search"]),
    ("levenshtein_automata", &["index", "search"]),
    ("notify", &["content"]),
    ("ignore", &["config", "content"]),
    ("rustix", &["content", "daemon"]),
    ("axum", &["http"]),
    ("hyper", &["http"]),
    ("hyper_util", &["http"]),
    ("tower_http", &["http"]),
    ("pulldown_cmark", &["page"]),
    ("serde_saphyr", &["page"]),
    ("frostem", &["index"]),
    ("rusqlite", &["insights"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("sd_notify", &["daemon"]),
    ("indicatif", &["cli"]),
    ("ureq", &["cli"]),
    ("html5gum", &["cli"]),
    ("jsonwebtoken", &["access"]),
    ("regex", &["access"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Source files with their rooms; `lib.rs` and `main.rs` belong to none.
fn sources() -> Vec<(String, PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path.strip_prefix(root().join("src")).unwrap().to_owned();
                let room = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
                found.push((room, relative, code(&fs::read_to_string(&path).unwrap())));
            }
        }
    }
    found
}

/// A file without its comments and without the tests at its end: what runs.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Tests in files of their own.
fn is_test(path: &Path) -> bool {
    path.iter().any(|part| part == "tests" || part == "tests.rs")
}

/// What follows `prefix` as whole names: `names("crate::", "use crate::{a::b, c}")` is a, c.
fn names(prefix: &str, text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(prefix) {
        if text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            continue;
        }
        let rest = &text[at + prefix.len()..];
        let name = |text: &str| {
            text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect::<String>()
        };
        let Some(list) = rest.strip_prefix('{') else {
            found.insert(name(rest));
            continue;
        };
        let mut depth = 0;
        let mut item = String::new();
        for letter in list.chars() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    found.insert(name(item.trim()));
                    item.clear();
                    continue;
                }
                _ => {}
            }
            item.push(letter);
        }
        found.insert(name(item.trim()));
    }
    found.remove("");
    found
}

#[test]
fn names_are_read_from_lists_too() {
    let text =
        "use crate::{http, index::{a, b}, page};\nuse crate::config::X; mycrate::no; fn f() { crate::search::go() }";
    assert_eq!(names("crate::", text).into_iter().collect::<Vec<_>>(), ["config", "http", "index", "page", "search"]);
}

#[test]
fn rooms_know_only_what_they_may() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut strangers = Vec::new();
    for (room, path, code) in sources() {
        let Some(allowed) = rooms.get(room.as_str()) else {
            assert!(matches!(room.as_str(), "lib" | "main"), "{} is in no room of this table", path.display());
            continue;
        };
        if is_test(&path) {
            continue;
        }
        for used in names("crate::", &code) {
            if used != room && rooms.contains_key(used.as_str()) && !allowed.contains(&used.as_str()) {
                strangers.push(format!("{} uses {used}", path.display()));
            }
        }
        // The other ways to the top: `super` out of `room/mod.rs`, `super::super` out of the files beside it.
        let top = if path.ends_with("mod.rs") { "super::" } else { "super::super::" };
        if path.components().count() == 2 {
            for climbing in names(top, &code) {
                assert!(
                    !rooms.contains_key(climbing.as_str()) || allowed.contains(&climbing.as_str()),
                    "{}: {top}{climbing}",
                    path.display()
                );
            }
        }
    }
    assert!(strangers.is_empty(), "{strangers:#?}");
}

#[test]
fn what_is_outside_is_named_in_its_rooms_only() {
    let mut strangers = Vec::new();
    for (room, path, code) in sources().into_iter().filter(|(_, path, _)| !is_test(path)) {
        for (outside, allowed) in CRATES {
            let named = code.contains(&format!("{outside}::")) && !names_only_as_part(&code, outside)
                || code.contains(&format!("use {outside};"));
            if named && !allowed.contains(&room.as_str()) {
                strangers.push(format!("{} names {outside}", path.display()));
            }
        }
    }
    assert!(strangers.is_empty(), "{strangers:#?}");
}

/// Whether every `name::` is the tail of a longer name or path (`crate::ignore::`).
fn names_only_as_part(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::"))
        .all(|(at, _)| code[..at].ends_with(|before: char| before.is_alphanumeric() || matches!(before, '_' | ':')))
}

/// Seen to fail with `services.index.snapshot()` in a handler: nothing else would notice that it answers from pages that
/// its reader may not find.
#[test]
fn index_states_come_from_the_identity_of_who_asks() {
    let direct = |code: &str| code.split_whitespace().collect::<String>().contains("index.snapshot(");
    let takers = |(room, path, code): (String, PathBuf, String)| {
        (room == "http" && !is_test(&path) && direct(&code)).then(|| path.display().to_string())
    };
    assert_eq!(sources().into_iter().filter_map(takers).collect::<Vec<_>>(), ["http/identity.rs"]);
}

#[test]
fn every_file_says_what_it_is_for() {
    for (_, path, _) in sources().into_iter().filter(|(_, path, _)| !is_test(path)) {
        let text = fs::read_to_string(root().join("src").join(&path)).unwrap();
        assert!(text.starts_with("//! "), "{}", path.display());
    }
}

#[test]
fn no_file_names_a_machine() {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let Ok(listed) = listed.map(|output| output.stdout) else { return };
    // Put together here, so that this file does not name them itself.
    let homes = ["home", "Users", "root", "work", "tmp/bash"].map(|name| format!("/{name}/"));
    let mut named = Vec::new();
    for path in listed
        .split(|byte| *byte == 0)
        .filter_map(|path| std::str::from_utf8(path).ok())
        .filter(|path| !path.is_empty())
    {
        let Ok(text) = fs::read_to_string(root().join(path)) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            for home in &homes {
                let mut at = line.match_indices(home.as_str()).map(|(at, _)| at);
                // `content/home/x` and URLs are no places of a machine.
                if at.any(|at| {
                    !line[..at].ends_with(|before: char| {
                        before.is_alphanumeric() || matches!(before, '.' | '_' | '-' | '/' | '}' | ']' | '*')
                    })
                }) {
                    named.push(format!("{path}:{number}: {}", line.trim()));
                }
            }
        }
    }
    assert!(named.is_empty(), "{named:#?}");
}
