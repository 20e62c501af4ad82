//! Faults: what must survive what, by the numbers of the fault list. Each test bears the number of its scenario, and says how it was
//! seen to fail with its guard off.
//!
//! | file | holds |
//! | --- | --- |
//! | `input` | pages: bytes, size, nesting, front matter, scripts of the world (P) |
//! | `queries` | what may be asked (Q) |
//! | `sockets` | slow, many, huge and broken clients (H) |
//! | `posture` | tokens, origins, headers, the log (S) |
//! | `process` | a stop under load (C13) |
//! | `output` | whatever pages and queries hold leaves as text (P05) |
//! | `watcher` | events that are lost, late or never come (W), a process that is frozen (C14) |
//! | `names` | what may lie in the directory: names, kinds of files, ways to write and to rename (W) |

mod input;
mod names;
mod output;
mod posture;
mod process;
mod queries;
mod sockets;
mod watcher;
