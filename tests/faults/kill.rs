//! The end of the process at any moment.

use std::fs;
use std::time::Duration;

use crate::site::{Site, page, word};

/// SIGKILL after 0 to 800 ms of work, `ACHEI_FAULTS_ROUNDS` times. Seen to fail before a start removed what a kill had left
/// of a switch or of a rebuild: both indexes stayed.
#[test]
fn c01_kill_at_random() {
    let rounds: usize = std::env::var("ACHEI_FAULTS_ROUNDS").map_or(40, |rounds| rounds.parse().unwrap());
    let mut site = Site::new();
    for number in 0..200 {
        site.write(&format!("Pasta{}/P{number}.md", number % 9), &page(&format!("Página {number}"), &word(number)));
    }
    let mut random = 0x9e37_79b9_u64;
    for round in 0..rounds {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        site.launch();
        if round % 4 == 3 {
            site.reindex("", r#"{"rebuild": true}"#);
        }
        let delay = random >> 33;
        for save in 0..4 {
            let number = (round * 17 + save * 5) % 200;
            let path = format!("Pasta{}/P{number}.md", number % 9);
            site.write(&path, &page(&format!("Página {number}"), &word(1_000 + round * 4 + save)));
            std::thread::sleep(Duration::from_millis(delay % 801 / 4));
        }
        site.kill();
        if round % 10 == 9 {
            site.restart();
            site.assert_equals_directory(&[]);
            site.kill();
        }
    }
    site.restart();
    site.assert_equals_directory(&[]);
    let folders = fs::read_dir(site.index()).unwrap().flatten().filter(|entry| entry.path().is_dir());
    let names: Vec<_> = folders.map(|entry| entry.file_name()).collect();
    assert_eq!(names.len(), 1, "one index, and nothing was ever damaged: {names:?}");
}

/// With everything mapped: a file that is cut off while it is read may end the process, and the restart heals. Held in
/// memory, as small indexes are, it ends nothing: `c07_c09_files_lost_or_cut_off_under_a_running_daemon`. Seen to fail without
/// `check_end` in `IndexDirectory::hold`: the engine panicked at every start over a file of five bytes.
#[test]
fn c09_a_mapped_file_is_cut_off_while_it_is_read() {
    let mut site = Site::small();
    for number in 0..60 {
        site.write(
            &format!("P{number}.md"),
            &page("Página", &format!("{} {}", word(number), "palavra ".repeat(2_000))),
        );
    }
    site.set_env("FAILPOINTS", Some("hold=return(0)"));
    site.restart();
    // To nothing, to less than the engine's own end, and within it.
    for (kind, length) in [("store", 0), ("idx", 5), ("term", 7), ("fast", 40)] {
        for entry in fs::read_dir(site.index()).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
            for file in fs::read_dir(entry.path()).unwrap().flatten() {
                if file.path().extension().is_some_and(|extension| extension == kind) {
                    fs::OpenOptions::new().write(true).open(file.path()).unwrap().set_len(length).unwrap();
                }
            }
        }
        // It may die of any of these; it may as well have noticed before.
        for number in 0..60 {
            if !site.runs() || site.try_get(&format!("/search?q={}", word(number))).is_none() {
                break;
            }
        }
        if site.runs() {
            site.kill();
        } else {
            eprintln!("{kind}: the process was ended");
            site.forget();
        }
        site.restart();
        site.assert_equals_directory(&[]);
    }
}
