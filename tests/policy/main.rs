//! What is rendered, judged without a cluster: the policy checks against Kubernetes' own fixtures, the embedded
//! chart by them, and its network policies by the platform's matrix.
//!
//! Each module has `pub fn trials(ctx: &Ctx) -> Vec<Trial>`; add a new one below, in both places. Run one with
//! `cargo test --test policy -- MODULE`.
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

mod chart;
mod choices;
mod network;
mod page;
mod profile;
mod standards;
mod world;

fn main() -> std::process::ExitCode {
    support::harness::main(None, |ctx| {
        [
            chart::trials(ctx),
            choices::trials(ctx),
            network::trials(ctx),
            page::trials(ctx),
            profile::trials(ctx),
            standards::trials(ctx),
        ]
        .into_iter()
        .flatten()
        .collect()
    })
}
