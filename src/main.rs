//! The `dmscope` program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    dmscope::cli::main(std::env::args_os())
}
