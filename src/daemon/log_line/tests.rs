//! Lines as they are written.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::layer::SubscriberExt;

use super::*;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the lines").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(json: bool, log: impl FnOnce()) -> Vec<String> {
    let written = Written::default();
    let to = written.clone();
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).event_format(Lines::new(json));
    let subscriber = tracing_subscriber::registry().with(layer.with_writer(move || to.clone()));
    tracing::subscriber::with_default(subscriber, log);
    let text = String::from_utf8(written.0.lock().expect("the lines").clone()).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

/// Seen to fail with `acts` false for every character.
#[test]
fn nothing_acts_on_a_terminal() {
    let hostile = "a\u{1b}]0;x\u{7}\nb\u{9b}31m\u{202e}c\u{2028}d\u{0}";
    let active = |letter: char| letter.is_control() || matches!(letter, '\u{202e}' | '\u{2028}');
    for json in [false, true] {
        let lines = logged(json, || tracing::error!(text = hostile, said = %hostile, shown = ?hostile, "{hostile}"));
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(!lines[0].contains(active), "{lines:?}");
        assert!(lines[0].contains("u{1b}]0;x"), "{lines:?}");
    }
}

/// Seen to fail with the cut in `Bounded` taken out.
#[test]
fn fields_are_cut() {
    for letter in ["a", "é", "€", "\u{1b}"] {
        let long = letter.repeat(10_000);
        let lines = logged(true, || tracing::warn!(text = long, said = %long, "{long}"));
        let line: serde_json::Value = serde_json::from_str(&lines[0]).expect("json");
        for field in ["text", "said", "message"] {
            let said = line[field].as_str().expect("a text");
            assert!(said.len() <= MAX_FIELD_BYTES && said.len() > MAX_FIELD_BYTES - 12, "{field}: {}", said.len());
            assert!(said.ends_with('…'), "{field}");
        }
    }
    let (whole, cut) = ("a".repeat(MAX_FIELD_BYTES - 3), "a".repeat(MAX_FIELD_BYTES - 2));
    assert_eq!(bounded(format_args!("{whole}")), whole);
    assert_eq!(bounded(format_args!("{cut}")), format!("{}…", &cut[1..]));
}

#[test]
fn both_formats() {
    let log = || tracing::info!(n = 1_u64, x = -1.5, yes = true, said = %"b c", text = "d \"e\"", "hello {}", "there");
    let lines = logged(true, log);
    let line: serde_json::Value = serde_json::from_str(&lines[0]).expect("json");
    assert_eq!((line["n"].as_u64(), line["x"].as_f64(), line["yes"].as_bool()), (Some(1), Some(-1.5), Some(true)));
    assert_eq!((line["said"].as_str(), line["text"].as_str()), (Some("b c"), Some("d \"e\"")));
    assert_eq!((line["level"].as_str(), line["message"].as_str()), (Some("INFO"), Some("hello there")));
    assert!(line["timestamp"].as_str().is_some_and(|time| time.starts_with("20") && time.ends_with('Z')));
    let lines = logged(false, log);
    assert!(lines[0].ends_with("  INFO hello there n=1 x=-1.5 yes=true said=b c text=\"d \\\"e\\\"\""), "{lines:?}");
}

/// Seen to fail with `admit` always giving `Some(0)`.
#[test]
fn warnings_that_repeat_are_held_back_and_counted() {
    let lines = logged(false, || {
        for number in 0..1000 {
            tracing::warn!(number, "the same");
            tracing::info!(number, "not bounded");
        }
        tracing::error!("another");
    });
    let count = |words: &str| lines.iter().filter(|line| line.contains(words)).count();
    // A slow machine may let one more through.
    assert!((20..=25).contains(&count("the same")), "{}", count("the same"));
    assert_eq!((count("not bounded"), count("another")), (1000, 1));

    let repeats = Repeats::default();
    let place = tracing::callsite!(name: "x", kind: tracing::metadata::Kind::EVENT, fields: a);
    let place = Identifier(place);
    let start = Instant::now();
    assert!((0..REPEATS).all(|_| repeats.admit(&place, start) == Some(0)));
    assert!((0..7).all(|_| repeats.admit(&place, start).is_none()));
    assert_eq!(repeats.admit(&place, start + REPEAT_EVERY), Some(7));
    assert_eq!(repeats.admit(&place, start + REPEAT_EVERY), None);
}
