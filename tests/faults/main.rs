//! Faults that need a build with fault points, a disk of their own, or minutes: `tests/faults/run`.
//!
//! | file | holds |
//! | --- | --- |
//! | `points` | each named point fails, panics, ends the process (C02); a page that cannot be read or parsed (C16); a directory replaced under a look (W05); names in the log (W13) |
//! | `moving` | the n-th operation on a file fails, for every n, once and from then on (C03) |
//! | `kill` | SIGKILL at any moment (C01); files cut off under a mapped index (C09) |
//! | `process` | a clock that jumps (C15), memory that ends (C12), a minute of being frozen (C14), what it does to the content (S07) |
//! | `watching` | no watches (W07) or late ones (W03), no rights (W08), a disk that goes (W06), git at work on thousands of pages (W01) |
//! | `namespaces` | what the daemon has of its own: mounts, limits |
//! | `disk` | full, without inodes, without descriptors, read-only (C04 to C06), and asked a thousand times meanwhile (S03) |
//!
//! Each test ends with the check of `tests/it`: the index, asked over HTTP, equals an own walk of the directory.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

mod disk;
mod kill;
#[path = "../it/lab.rs"]
#[allow(dead_code, reason = "shared with the other tests of the whole")]
mod lab;
mod moving;
mod namespaces;
mod points;
mod process;
#[path = "../it/site.rs"]
#[allow(dead_code, reason = "shared with the other tests of the whole")]
mod site;
mod watching;
