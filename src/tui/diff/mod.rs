//! A plan as rows on a screen: objects written as YAML, compared line by line, folded into a tree.
//!
//! Nothing here draws, and nothing decides: whose a change is, the plan says.

pub mod tree;
pub mod unified;
pub mod yaml;
