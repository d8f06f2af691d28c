//! Sets of fields, and the paths that name them.
//!
//! A set holds the fields that a manager owns. It is a tree over [`PathElement`]s; a node may be a member itself,
//! have members below it, or both. Owning a node does not mean to own what lies below it.

mod codec;
mod element;
mod set;

pub use codec::FieldsError;
pub use element::{FieldPath, PathElement, Scalar};
pub use set::FieldSet;
