//! The binary: parse the command line, run it, answer with an exit code.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Rendering makes many small allocations, which the allocator of the system is slow at (ADR 9).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    mesh_tui::cli::main()
}
