//! The binary: everything is in the library.

use std::process::ExitCode;

/// The system's keeps a pool for each of many threads, and pools that never shrink: the engine starts a thread a commit.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    #[cfg(feature = "failpoints")]
    achei::index::fault::from_environment();
    achei::cli::main()
}
