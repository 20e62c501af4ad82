//! One line of the log: text or JSON, with fields of bounded length, nothing in them that acts on a terminal, and
//! warnings that repeat held back.
//!
//! Its own file because it keeps the log bounded and harmless whatever pages, requests and disks put into an error's
//! words; the stock formats bound neither a field nor a repetition.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// The longest field, in bytes; what is longer is cut.
pub const MAX_FIELD_BYTES: usize = 256;
/// So many warnings and errors from one place in the code are written at once.
pub const REPEATS: u32 = 20;
/// And one more after each such time.
pub const REPEAT_EVERY: Duration = Duration::from_secs(3);

/// Writes events as lines.
pub(super) struct Lines {
    json: bool,
    repeats: Repeats,
}

impl Lines {
    pub(super) fn new(json: bool) -> Self {
        Self { json, repeats: Repeats::default() }
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let level = *event.metadata().level();
        let held_back = if level <= Level::WARN {
            match self.repeats.admit(&event.metadata().callsite(), Instant::now()) {
                Some(held_back) => held_back,
                None => return Ok(()),
            }
        } else {
            0
        };
        let mut fields = Fields::default();
        event.record(&mut fields);
        if held_back > 0 {
            fields.0.push(("held_back", Value::Plain(held_back.to_string())));
        }
        if self.json { fields.write_json(level, &mut writer) } else { fields.write_text(level, &mut writer) }
    }
}

/// What may still be written of each place in the code: there are finitely many of these.
#[derive(Default)]
struct Repeats(Mutex<HashMap<Identifier, Bucket>>);

struct Bucket {
    left: f64,
    since: Instant,
    held_back: u64,
}

impl Repeats {
    /// Whether an event may be written, and how many like it were not since the last one that was.
    fn admit(&self, place: &Identifier, now: Instant) -> Option<u64> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let most = f64::from(REPEATS);
        let bucket = places.entry(place.clone()).or_insert(Bucket { left: most, since: now, held_back: 0 });
        let back = now.duration_since(bucket.since).as_secs_f64() / REPEAT_EVERY.as_secs_f64();
        bucket.left = (bucket.left + back).min(most);
        bucket.since = now;
        if bucket.left < 1.0 {
            bucket.held_back += 1;
            return None;
        }
        bucket.left -= 1.0;
        Some(std::mem::take(&mut bucket.held_back))
    }
}

/// A field's value.
enum Value {
    /// A text, quoted.
    Text(String),
    /// What a type says of itself; in JSON a text, too.
    Said(String),
    /// A number or flag, as it stands in both formats.
    Plain(String),
}

#[derive(Default)]
struct Fields(Vec<(&'static str, Value)>);

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        let value = if value.is_finite() { value.to_string() } else { "null".to_owned() };
        self.0.push((field.name(), Value::Plain(value)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.name(), Value::Plain(value.to_string())));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.name(), Value::Plain(value.to_string())));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.name(), Value::Plain(value.to_string())));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), Value::Text(bounded(format_args!("{value}")))));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.name(), Value::Said(bounded(format_args!("{value:?}")))));
    }
}

impl Fields {
    fn write_json(&self, level: Level, writer: &mut Writer<'_>) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        write!(writer, "{{\"timestamp\":\"{time}\",\"level\":\"{level}\"")?;
        for (name, value) in &self.0 {
            match value {
                Value::Plain(plain) => write!(writer, ",\"{name}\":{plain}")?,
                Value::Text(text) | Value::Said(text) => {
                    let quoted = serde_json::to_string(text).map_err(|_| fmt::Error)?;
                    write!(writer, ",\"{name}\":{quoted}")?;
                }
            }
        }
        writer.write_str("}\n")
    }

    /// The time, the level, the message, the other fields.
    fn write_text(&self, level: Level, writer: &mut Writer<'_>) -> fmt::Result {
        let (dim, colour, plain) = match level {
            _ if !writer.has_ansi_escapes() => ("", "", ""),
            Level::ERROR => ("\u{1b}[2m", "\u{1b}[31m", "\u{1b}[0m"),
            Level::WARN => ("\u{1b}[2m", "\u{1b}[33m", "\u{1b}[0m"),
            Level::INFO => ("\u{1b}[2m", "\u{1b}[32m", "\u{1b}[0m"),
            _ => ("\u{1b}[2m", "\u{1b}[34m", "\u{1b}[0m"),
        };
        writer.write_str(dim)?;
        SystemTime.format_time(writer)?;
        write!(writer, "{plain} {colour}{level:>5}{plain}")?;
        let is_message = |name: &str| name == "message";
        for (_, value) in self.0.iter().filter(|(name, _)| is_message(name)) {
            let (Value::Text(text) | Value::Said(text) | Value::Plain(text)) = value;
            write!(writer, " {text}")?;
        }
        for (name, value) in self.0.iter().filter(|(name, _)| !is_message(name)) {
            match value {
                Value::Text(text) => write!(writer, " {dim}{name}={plain}\"{}\"", text.replace('"', "\\\""))?,
                Value::Said(text) | Value::Plain(text) => write!(writer, " {dim}{name}={plain}{text}")?,
            }
        }
        writer.write_char('\n')
    }
}

/// A text of at most [`MAX_FIELD_BYTES`], in which what acts on a terminal is written out. Longer ones end in `…`, and no
/// more of them is ever held.
fn bounded(value: fmt::Arguments<'_>) -> String {
    let mut bounded = Bounded { text: String::new(), full: false };
    // Writing ends early where it is cut: that is no error.
    let _ = bounded.write_fmt(value);
    if bounded.full {
        bounded.text.push('…');
    }
    bounded.text
}

struct Bounded {
    text: String,
    full: bool,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const ELLIPSIS: usize = '…'.len_utf8();
        for letter in text.chars() {
            let before = self.text.len();
            match letter {
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                _ if acts(letter) => self.text.extend(letter.escape_unicode()),
                _ => self.text.push(letter),
            }
            if self.text.len() > MAX_FIELD_BYTES - ELLIPSIS {
                self.text.truncate(before);
                self.full = true;
                return Err(fmt::Error);
            }
        }
        Ok(())
    }
}

/// Whether a character does something to the lines around it: controls, line separators, direction.
fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests;
