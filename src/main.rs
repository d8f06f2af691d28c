//! The binary: parse the command line, run it, answer with an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    mesh_tui::cli::main()
}
