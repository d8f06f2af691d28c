//! What would change: rendered objects against live ones, whose each change is, in which stage it lies, and what it
//! causes. Pure: live objects, schemas and dry-run answers come in as data, see [`crate::cluster`].
//!
//! ```text
//! model       a plan as data
//! input       what a plan is made from
//! planner     everything together; keeps what did not change between two plans
//! predict     the object as it will be, by crate::apply, or as the server's dry run says
//! normalize   taking away what only the cluster writes; quantities by value
//! diff        two objects field by field; unified: the same as text
//! ownership   whose a difference is
//! redact      masking secrets, always on a copy
//! stages      which object belongs to which stage, and in what order stages run
//! risk        what a change causes
//! preflight   rules that find what will go wrong before it does
//! network     what network policies allow
//! policy      rules on what is rendered: the Pod Security Standards, good practice
//! approval    what has changed since a plan was approved
//! ```

mod approval;
mod diff;
pub mod input;
mod labels;
pub mod model;
pub mod network;
pub mod normalize;
mod ownership;
mod planner;
pub mod policy;
mod predict;
pub mod preflight;
pub mod redact;
mod risk;
pub mod stages;
mod unified;

pub use approval::changed_since;
pub use input::{Answer, Answers, LiveObjects, Outcome, PlanInput};
pub use planner::{Planner, confirm, plan};
pub use predict::{HANDOVER_MANAGER, RELEASE_MANAGER};
pub use risk::{is_kept, of_removal};
pub use unified::{Line, Sign, unified};
