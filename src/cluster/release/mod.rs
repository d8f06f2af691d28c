//! Helm's release storage: one Secret for each revision, in the format of Helm's Secret driver.
//!
//! A [`Record`] keeps the whole document as it was read, so that what another Helm wrote into it survives an update.

mod chart;
mod codec;
mod prune;
mod record;
mod store;

pub use chart::chart_json;
pub use codec::{decode, encode};
pub use record::{HookPhase, HookRun, NewRevision, Record, StageMark, Status};
pub use store::{LIMIT, Releases};
