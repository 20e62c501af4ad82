//! Faults, by the numbers of the fault list. Each test says how it was seen to fail with its guard off.
//!
//! | file | holds |
//! | --- | --- |
//! | `watcher` | events that are lost, late or never come (W), a process that is frozen (C14) |

mod watcher;
