//! Server-side apply as a pure function: managed fields, merge and conflicts, as the API server does it.
//!
//! It makes the plan's prediction and is what the sandbox answers with; the real API server is its oracle. It reads no
//! clock: the caller passes the time. Schemas come from the server's OpenAPI v3, or from a built-in table.
//!
//! What it does not do: defaulting, validation of values, admission, and conversion between versions of a group
//! (managed fields written in another version of the group are taken as they are).
//!
//! ```text
//! fields      sets of field paths and their wire format, FieldsV1
//! managed     metadata.managedFields: who owns which set
//! schema      which lists are keyed, which maps are atomic
//! typed       merge, compare and prune of values under a schema
//! apply       the apply itself; update for every other write
//! migrate     folding `Update` entries into `Apply`, handing a field to another manager
//! ```

mod error;
pub mod fields;
#[cfg(test)]
mod laws;
pub mod managed;
mod migrate;
mod operation;
mod prune;
pub mod schema;
#[cfg(test)]
mod tests;
mod typed;

pub use error::{ApplyError, Conflict};
pub use migrate::{config_for, fold_patch, fold_update_into_apply};
pub use operation::{Applied, ApplyRequest, UpdateRequest, apply, foresee, update};
pub use schema::Schema;
pub(crate) use typed::{carry_defaults, carry_removals, drop_absent, equal, item_element, lookup};
