//! What is drawn, one block to a file. Views only read.

mod cause;
pub mod changes;
pub mod confirm;
pub mod diff;
pub mod done;
pub mod form;
pub mod help;
pub mod palette;
pub mod review;
pub mod road;
pub mod rollout;
pub mod values;
