//! What happens within the process: rendering, planning, drawing.
//!
//! `cargo bench --bench engine -- FILTER` measures some of it; `docs/PERFORMANCE.md` has the figures and their limits.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "a bench may fail by panicking, prints, and has no outside"
)]

#[path = "../support/mod.rs"]
mod support;

mod chart;
mod growth;
mod keys;
mod yaml;

use criterion::Criterion;
use mimalloc::MiMalloc;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    chart::benches(&mut criterion);
    keys::benches(&mut criterion);
    growth::benches(&mut criterion);
    yaml::benches(&mut criterion);
    criterion.final_summary();
}
