//! Runs a rollout: performs the machine's effects against a cluster and tells it how they ended.
//!
//! [`start`] takes a [`Job`] that was approved and returns a [`RolloutHandle`]: commands go in, boards come out. The
//! command line and the screens both use it. What a rollout does next is decided in [`crate::rollout`] only.

mod back;
mod driver;
mod generated;
mod handle;
mod hooks;
mod job;
mod lease;
mod objects;
mod observe;
mod uninstall;
mod worker;

pub use driver::start;
pub use handle::RolloutHandle;
pub use job::{Job, JobObject, JobStage, Leftovers, Purpose};
