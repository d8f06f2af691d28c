//! What only a real control plane can prove.
//!
//! The binary's trials share one cluster; each trial has a namespace of its own in it, so they run beside each other.
//! Each module has `pub fn trials(ctx: &Ctx) -> Vec<Trial>`; add a new one below, in both places. Run one with
//! `cargo test --test cluster -- MODULE`.
#![allow(unreachable_pub, reason = "a test binary has no outside")]
#![allow(
    clippy::similar_names,
    clippy::cast_possible_wrap,
    clippy::redundant_closure_for_method_calls,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[path = "../support/mod.rs"]
mod support;

mod apply;
mod bench;
mod chart;
mod control_plane;
mod drift;
mod governance;
mod helm_test;
mod helms;
mod install;
mod rollout;
mod seed;
mod uninstall;
mod warnings;

fn main() -> std::process::ExitCode {
    support::harness::main(Some(support::harness::WAITING), |ctx| {
        [
            apply::trials(ctx),
            chart::trials(ctx),
            control_plane::trials(ctx),
            governance::trials(ctx),
            helm_test::trials(ctx),
            install::trials(ctx),
            helms::trials(ctx),
            drift::trials(ctx),
            rollout::trials(ctx),
            seed::trials(ctx),
            warnings::trials(ctx),
            uninstall::trials(ctx),
        ]
        .into_iter()
        .flatten()
        .collect()
    })
}
