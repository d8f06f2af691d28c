//! The approval: what was typed as confirmation, and what happens between the approval and the first write.

use super::effect::RequestId;
use crate::chart::manifest::ObjectKey;
use crate::plan::model::{Plan, TakeOver};
use std::sync::Arc;

/// Where the approval stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Approval {
    /// Not given.
    #[default]
    Open,
    /// Given; the live objects are read once more, and the plan must still be the same.
    Checking {
        /// The request for live objects.
        id: RequestId,
        /// What was approved.
        plan: Arc<Plan>,
        /// Seconds on the wizard's clock when it began.
        since: u64,
    },
    /// The cluster has changed since: these objects are asked about again.
    AskAgain(Vec<ObjectKey>),
    /// The rollout has been started with what was approved.
    Started,
}

/// The review step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Review {
    /// Where the approval stands.
    pub approval: Approval,
    /// Why the last attempt to approve was not enough.
    pub refusal: Option<String>,
    /// The fields of other managers that the person agreed to take over.
    pub take_over: Vec<TakeOver>,
}
