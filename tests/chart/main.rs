//! The embedded chart itself: what is made of its values files, what lies beside it, and the scripts and rules that it
//! carries, tried with the programs that they are written for.
//!
//! Each module has `pub fn trials(ctx: &Ctx) -> Vec<Trial>`; add a new one below, in both places. Run one with
//! `cargo test --test chart -- MODULE`.
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

mod alerts;
mod database;
mod environment;
mod generated;
mod governance;
mod guide;
mod load;
mod readme;
mod schema;
mod seed;
mod sources;
mod values;

fn main() -> std::process::ExitCode {
    support::harness::main(None, |ctx| {
        [
            alerts::trials(ctx),
            database::trials(ctx),
            environment::trials(ctx),
            generated::trials(ctx),
            governance::trials(ctx),
            guide::trials(ctx),
            load::trials(ctx),
            seed::trials(ctx),
            sources::trials(ctx),
        ]
        .into_iter()
        .flatten()
        .collect()
    })
}
