//! What the test binaries share: the real parts (Helm, a control plane) and how tests that need them are written.
//!
//! A test binary that uses it is its own harness:
//!
//! ```ignore
//! fn main() -> ExitCode {
//!     support::harness::main(|ctx| [my_module::trials(ctx), other::trials(ctx)].concat())
//! }
//! ```
//!
//! and each of its modules has one `pub fn trials(ctx: &Ctx) -> Vec<Trial>`; [`trial`] has the helpers that make
//! trials. A trial whose parts this machine cannot build is reported as ignored, with the reason; with `CI=true` it fails.
//!
//! - [`parts`] builds the real programs from the Go modules in `tests/parts`, once for each machine
//! - [`cluster`] runs a control plane; [`supervisor`] takes it down, however the test process ends
//! - [`governance`] makes workloads that break the platform's rules
//! - [`seed`] has the commands that the platform's owner wrote down
//! - [`helm`] runs the real Helm 3 and Helm 4; [`render`] renders the embedded chart here
#![allow(dead_code, reason = "each test binary uses its own share of this module")]

pub mod audit;
pub mod certificates;
pub mod choices;
pub mod cluster;
pub mod control_plane;
pub mod furniture;
pub mod governance;
pub mod harness;
pub mod helm;
pub mod kubelet;
pub mod parts;
pub mod render;
pub mod seed;
pub mod supervisor;
pub mod trial;
