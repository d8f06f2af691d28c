//! What the choices would change: the plan, and how sure it is.

use super::effect::RequestId;
use super::facts::Problem;
use crate::chart::manifest::ObjectKey;
use crate::plan::model::{Action, ObjectChange, PathStep, Plan, Whose};
use serde_json::Value as Json;
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

/// Whether two changes come to the same for an approval. How sure they are, and what only the server fills in or
/// another manager keeps, makes no difference.
fn same_to_an_approval(approved: &ObjectChange, now: &ObjectChange) -> bool {
    fn written(change: &ObjectChange) -> impl Iterator<Item = (&[PathStep], Option<&Json>, Option<&Json>)> {
        change
            .fields
            .iter()
            .filter(|field| matches!(field.whose, Whose::Mine | Whose::Drift { .. }))
            .map(|field| (field.path.as_slice(), field.before.as_ref(), field.after.as_ref()))
    }
    approved.action == now.action && written(approved).eq(written(now))
}

/// The objects that would be treated otherwise than was approved: changed, added, or no longer among them.
#[must_use]
pub fn differs_from(approved: &Plan, now: &Plan) -> Vec<ObjectKey> {
    let touched = |plan: &'_ Plan| -> Vec<ObjectChange> {
        plan.changes()
            .filter(|change| change.action != Action::Unchanged)
            .cloned()
            .collect()
    };
    let (before, after) = (touched(approved), touched(now));
    let find =
        |changes: &[ObjectChange], key: &ObjectKey| changes.iter().position(|c| c.key.same_object(key));
    let otherwise = after.iter().filter(|change| {
        find(&before, &change.key).is_none_or(|at| !same_to_an_approval(&before[at], change))
    });
    let gone = before.iter().filter(|change| find(&after, &change.key).is_none());
    otherwise.chain(gone).map(|change| change.key.clone()).collect()
}
