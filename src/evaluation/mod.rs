//! Evaluation: a wiki's own golden queries against one index state, and how well the search does by them.
//!
//! A room of its own, as it only reads: [`Golden::read`] says what is expected, [`evaluate`] asks the engine as anybody
//! would and compares, [`Report`] holds the figures. Nothing here knows a file, a terminal or the daemon.
//!
//! | file | does |
//! | --- | --- |
//! | `golden` | queries with the pages that should answer them, from TSV or TOML; every problem at once |
//! | `metrics` | the formulas: Success@1, reciprocal rank, nDCG |
//! | `run` | asks each query, and where a page is not where it should be, why |
//! | `report` | what came of it, by kind and in all |

mod golden;
mod metrics;
mod report;
mod run;

pub use golden::{Expected, Format, Golden, GoldenErrors, GoldenQuery, Problem};
pub use metrics::{DEPTH, Scores};
pub use report::{First, Latency, Outcome, Report, Row, Stale, Standing};
pub use run::evaluate;
