//! The forms, one file for each step: which fields it has, what they mean, when they show, and what is wrong.
//!
//! A form is built from the state whenever it is asked for, and is plain data. Nothing is changed here.

mod access;
mod build;
mod data;
mod environment;
mod observability;
mod review;
mod secrets;
mod services;
mod target;

use super::field::Block;
use super::state::State;
use super::step::Step;

pub use services::shown_service;

/// What the form of a step consists of.
#[must_use]
pub fn form(state: &State, step: Step) -> Vec<Block> {
    match step {
        Step::Target => target::form(state),
        Step::Environment => environment::form(state),
        Step::Services => services::form(state),
        Step::Data => data::form(state),
        Step::Secrets => secrets::form(state),
        Step::Access => access::form(state),
        Step::Observability => observability::form(state),
        Step::Review => review::form(state),
        Step::Rollout | Step::Done => Vec::new(),
    }
}
