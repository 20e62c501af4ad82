//! YAML as plain text values: the events of a YAML parser, put together one level deep.
//!
//! Its own room because the usual way, deserialising into a type, would turn `1.10` into 1.1 and `no` into
//! false. Events also keep hostile input cheap: an alias is one event, however much it stands for.

use std::collections::HashSet;

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle};

use super::{Fields, Value};

/// Far above what front matter needs; 64 KiB may hold that many only if it is hostile.
const MAX_EVENTS: usize = 20_000;
const MAX_DEPTH: usize = 64;

/// An error with its line within the block, from 1.
type Error = (Option<u32>, String);

/// The keys of a mapping. Anything else than a mapping is an error, so are doubled keys.
pub(super) fn fields(block: &str) -> Result<Fields, Error> {
    let mut options = Options::default();
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut tree = Tree::default();
    for (count, event) in Parser::new_from_str_with_options(block, options).enumerate() {
        let (event, span) = event.map_err(|error| (Some(error.marker().line() as u32), error.info()))?;
        if count > MAX_EVENTS {
            return Err((None, "too many values".to_owned()));
        }
        tree.take(event, span.start.line() as u32)?;
    }
    match tree.root {
        None | Some(Value::Null) => Ok(Fields::new()),
        Some(Value::Map(pairs)) => {
            let mut fields = Fields::new();
            let mut known = HashSet::new();
            for ((key, value), line) in pairs.into_iter().zip(tree.lines) {
                if !known.insert(key.clone()) {
                    return Err((Some(line), format!("the key {key} stands twice")));
                }
                fields.push((key, value, line));
            }
            Ok(fields)
        }
        Some(_) => Err((Some(1), "not a list of keys".to_owned())),
    }
}

/// An open list or mapping.
struct Open {
    value: Value,
    key: Option<String>,
    anchor: usize,
}

#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    root: Option<Value>,
    /// The line of each key of the root.
    lines: Vec<u32>,
    /// Values with a name (`&x`), by number. Names of large values are not kept: only texts are.
    named: Vec<(usize, Value)>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, line: u32) -> Result<(), Error> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let null = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if null { Value::Null } else { Value::Text(text.into_owned()) };
                self.close(value, anchor, line)
            }
            Event::Alias(anchor) => {
                let known = self.named.iter().rev().find(|(name, _)| *name == anchor);
                let value = known.map_or(Value::Other, |(_, value)| value.clone());
                self.close(value, 0, line)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open.push(Open { value: Value::List(Vec::new()), key: None, anchor });
                Ok(())
            }
            Event::MappingStart(_, anchor, _) => {
                self.open.push(Open { value: Value::Map(Vec::new()), key: None, anchor });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.close(open.value, open.anchor, line),
                None => Ok(()),
            },
            Event::DocumentStart(..) if self.root.is_some() => Err((Some(line), "a second document".to_owned())),
            _ => Ok(()),
        }
    }

    /// Puts a finished value into what it stands in.
    fn close(&mut self, value: Value, anchor: usize, line: u32) -> Result<(), Error> {
        if anchor != 0 && matches!(value, Value::Text(_)) && self.named.len() < 100 {
            self.named.push((anchor, value.clone()));
        }
        let depth = self.open.len();
        let Some(outer) = self.open.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        match &mut outer.value {
            Value::Map(pairs) => match outer.key.take() {
                // Below the second level nothing counts, so it is not kept.
                Some(key) => pairs.push((key, if depth > 2 { Value::Other } else { value })),
                None => match value {
                    Value::Text(key) => {
                        if depth == 1 {
                            self.lines.push(line);
                        }
                        outer.key = Some(key.to_ascii_lowercase());
                    }
                    _ => return Err((Some(line), "a key that is no text".to_owned())),
                },
            },
            Value::List(items) => match value {
                Value::Text(text) => items.push(text),
                Value::Null => {}
                _ => outer.value = Value::Other,
            },
            _ => {}
        }
        Ok(())
    }
}
