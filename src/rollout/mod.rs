//! A staged rollout as a pure state machine, and the rules by which objects are ready or have failed.
//!
//! [`Rollout::handle`] takes an [`Event`] and answers with [`Effect`]s; [`crate::runtime`] performs them and tells how
//! they ended. [`Board`] is what screens and reports draw. Nothing here reads a clock, talks to a cluster or knows what
//! an object's manifest says: time comes in with the events, objects come in as observations.

mod approval;
pub mod board;
mod effect;
mod event;
mod machine;
mod model;
pub mod readiness;

pub use approval::{Approved, Guard, Unapproved};
pub use board::{Board, CauseCard, Choice, Outcome, Phase, StageRow, StageStatus};
pub use effect::{Effect, Extent, TimerId};
pub use event::{Command, Event, Failure};
pub use machine::Rollout;
pub use model::{Aim, RolloutSpec, Seconds, StageSpec};
