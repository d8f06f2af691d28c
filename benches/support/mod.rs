//! What the benches share. It owns the setups that are longer than what they measure.
#![allow(dead_code, reason = "each bench uses its own share of this module")]

pub mod charts;
pub mod samples;
pub mod wizard;
