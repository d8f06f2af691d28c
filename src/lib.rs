//! `mesh-tui` takes Developer Mesh into a Kubernetes cluster, one safe step at a time.
//!
//! The crate is a library with a thin binary. Its modules form layers; a module may use those below it,
//! never those above:
//!
//! ```text
//! cli, tui                 what a person sees: commands and reports, screens and keys
//! runtime                  the only place that performs effects: tasks, timers, cancellation
//! wizard, rollout          PURE state machines: (state, event) -> effects
//! cluster, sandbox, secrets, source, profile    the edges: Kubernetes, its simulation, backends, files
//! plan                     PURE what would change, whose change it is, what it causes
//! apply, chart             PURE server-side apply, and Helm's chart engine
//! error                    what went wrong, as data
//! ```
//!
//! PURE modules know no runtime, clock, randomness, I/O, terminal or Kubernetes client; `tests/tidy.rs` checks it.
//! `docs/ARCHITECTURE.md` is the map with the invariants.
#![deny(missing_docs)]
#![cfg_attr(
    test,
    allow(
        clippy::needless_pass_by_value,
        clippy::format_push_string,
        clippy::float_cmp,
        clippy::result_large_err,
        reason = "test fixtures are written for reading"
    )
)]

pub mod apply;
pub mod chart;
pub mod cli;
pub mod cluster;
pub mod error;
pub mod plan;
pub mod profile;
pub mod rollout;
pub mod runtime;
pub mod sandbox;
pub mod secrets;
pub mod source;
mod suggest;
pub mod tui;
pub mod wizard;

pub use error::{Error, ErrorKind, Result};
