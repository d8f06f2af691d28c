//! Parts that several screens share.

pub mod field;
pub mod footer;
pub mod header;
pub mod panel;
pub mod rows;
pub mod scrolled;
