//! The binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "failpoints")]
    achei::index::fault::from_environment();
    achei::cli::main()
}
