//! The wizard's state machine: `update(state, event) -> effects`.
//!
//! It owns what a person has decided (a minimal overlay of values, and the target), what was typed, where they stand
//! on the road, and which question waits for an answer. It performs nothing: effects are data, the runtime performs
//! them and feeds the answers back as events that carry the request's id, so that a stale answer is ignored.
//! Pure: no clock (time arrives as [`Event::Tick`]), no I/O, no terminal.

pub mod check;
pub mod effect;
pub mod event;
pub mod facts;
pub mod field;
pub mod input;
pub mod overlay;
pub mod preview;
pub mod review;
pub mod state;
pub mod step;
pub mod steps;
pub mod target;
mod update;

#[cfg(test)]
pub(crate) mod fixture;

pub use effect::Effect;
pub use event::Event;
pub use state::State;
pub use step::Step;
pub use update::{start, update};
