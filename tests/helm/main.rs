//! What only the real Helm can prove: that charts render here as they do there, and that it accepts our chart.
//!
//! Each module has `pub fn trials(ctx: &Ctx) -> Vec<Trial>`; add a new one below, in both places. Run one with
//! `cargo test --test helm -- MODULE`.
#![allow(unreachable_pub, reason = "a test binary has no outside")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[path = "../support/mod.rs"]
mod support;

mod argo;
mod cases;
mod certificates;
mod chart;
mod charts;
mod corpus;
mod manifest;
mod render;
mod schema;
mod sources;
mod version;

fn main() -> std::process::ExitCode {
    support::harness::main(None, |ctx| {
        [
            argo::trials(ctx),
            cases::trials(ctx),
            certificates::trials(ctx),
            chart::trials(ctx),
            charts::trials(ctx),
            corpus::trials(ctx),
            render::trials(ctx),
            schema::trials(ctx),
            sources::trials(ctx),
            version::trials(ctx),
        ]
        .into_iter()
        .flatten()
        .collect()
    })
}
