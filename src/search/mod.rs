//! Search: query text in, hits out, over one published index state.
//!
//! The way of a query: `query` takes apart what was typed, `compile` turns it into terms of this index state,
//! `matching` finds the pages, `scoring` orders them, `snippet` shows where the answer stands. No disk paths, no
//! writer, no HTTP.

mod ailment;
mod boosts;
mod chunks;
mod closeness;
mod compile;
mod did_you_mean;
mod duplicates;
mod engine;
mod expand;
mod facets;
mod frequencies;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod health;
mod highlight;
mod matching;
mod order;
mod pages;
mod passages;
mod pins;
mod present;
mod query;
mod ranking;
mod related;
mod scoring;
mod settings;
mod snippet;
mod suggest;
mod synonyms;
mod tolerance;
mod types;

pub use ailment::{Ailment, Wrong};
pub use engine::search;
pub use expand::by_typo;
pub use health::{health, stale};
pub use highlight::escape_into;
pub use pages::{LinkReport, link_report, page};
pub use pins::lost_pins;
pub use query::{MAX_BYTES as MAX_QUERY_BYTES, MAX_WORDS as MAX_QUERY_WORDS};
pub use ranking::MAX_PREFIX_WORDS;
pub use related::related;
pub use settings::Settings;
pub use suggest::suggest;
pub use types::*;

pub use crate::index::analysis::fold;
