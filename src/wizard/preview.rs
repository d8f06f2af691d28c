//! What the choices would change: the plan, and how sure it is.

use super::effect::RequestId;
use super::facts::Problem;
use crate::plan::model::Plan;
use std::sync::Arc;

/// How sure the plan is as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sureness {
    /// There is no cluster to compare with.
    #[default]
    Nothing,
    /// Live objects are being read.
    Reading {
        /// Seconds on the wizard's clock when it began.
        since: u64,
    },
    /// Computed here.
    Predicted,
    /// The server is being asked.
    Confirming {
        /// Seconds on the wizard's clock when it began.
        since: u64,
    },
    /// The server was asked and its answers are in the plan.
    Confirmed,
    /// The server could not be asked.
    Unconfirmed(Problem),
}

/// What the choices would change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preview {
    /// The newest plan; the last good one stays while a new one cannot be made.
    pub plan: Option<Arc<Plan>>,
    /// The newest plan as it was computed here, before the server was asked; approvals are compared with it.
    pub predicted: Option<Arc<Plan>>,
    /// How sure it is.
    pub sureness: Sureness,
    /// Why the chart cannot be rendered with these choices.
    pub problem: Option<Problem>,
    /// The prediction that the plan came from.
    pub prediction: RequestId,
    /// The newest request for live objects.
    pub reading: RequestId,
    /// The newest request for a dry run.
    pub confirming: RequestId,
    /// The timer that waits for the choices to settle before the server is asked.
    pub settling: RequestId,
    /// Grows with every plan; views cache by it.
    pub generation: u64,
}
