//! Faults: what hostile pages and requests may not do. Each test bears the number of its scenario, and says how it was
//! seen to fail with its guard off.
//!
//! | file | holds |
//! | --- | --- |
//! | `input` | pages: bytes, size, nesting, front matter, scripts of the world (P) |
//! | `queries` | what may be asked (Q) |
//! | `sockets` | slow, many, huge and broken clients (H) |
//! | `posture` | tokens, origins, headers, the log (S) |
//! | `output` | whatever pages and queries hold leaves as text (P05) |

mod input;
mod output;
mod posture;
mod queries;
mod sockets;
