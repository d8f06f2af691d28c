//! The live diff: predicted with every choice, confirmed by the server once the choices have settled.

use super::rollout;
use crate::plan::model::Plan;
use crate::wizard::effect::{Effect, RequestId};
use crate::wizard::facts::Problem;
use crate::wizard::preview::Sureness;
use crate::wizard::review::Approval;
use crate::wizard::state::State;
use crate::wizard::target::Release;
use std::sync::Arc;
use std::time::Duration;

/// How long the choices must stay as they are before the server is asked about them.
const SETTLE: Duration = Duration::from_millis(500);

/// Renders the choices and compares them; answered within the frame.
pub(super) fn predict(state: &mut State) -> Vec<Effect> {
    if state.review.approval == Approval::Started
        || !matches!(state.target.known, Release::New | Release::Existing(_))
    {
        return Vec::new();
    }
    let id = state.request();
    state.preview.prediction = id;
    // An answer about older choices no longer counts.
    state.preview.confirming = RequestId::default();
    vec![Effect::Predict {
        id,
        inputs: Box::new(state.inputs()),
    }]
}

/// Reads the live objects of the newest prediction.
pub(super) fn read_live(state: &mut State) -> Vec<Effect> {
    let id = state.request();
    state.preview.reading = id;
    state.preview.sureness = Sureness::Reading { since: state.now };
    vec![Effect::FetchLive { id }]
}

/// The choices were rendered and compared.
pub(super) fn predicted(
    state: &mut State,
    id: RequestId,
    result: Result<Arc<Plan>, Problem>,
    unread: bool,
) -> Vec<Effect> {
    if id != state.preview.prediction {
        return Vec::new();
    }
    let reading = matches!(state.preview.sureness, Sureness::Reading { .. });
    match result {
        Err(problem) => {
            state.preview.problem = Some(problem);
            state.preview.settling = RequestId::default();
            return rollout::plan_failed(state);
        }
        Ok(plan) => {
            state.preview.problem = None;
            state.preview.predicted = Some(Arc::clone(&plan));
            state.preview.plan = Some(plan);
            state.preview.generation += 1;
        }
    }
    if unread && !reading {
        return read_live(state);
    }
    if reading {
        return Vec::new();
    }
    state.preview.sureness = Sureness::Predicted;
    let mut effects = rollout::plan_remade(state);
    if effects.is_empty() {
        state.preview.settling = state.request();
        effects.push(Effect::StartTimer {
            id: state.preview.settling,
            after: SETTLE,
        });
    }
    effects
}

/// The live objects were read: the choices are compared with them.
pub(super) fn live_read(state: &mut State, id: RequestId, result: Result<(), Problem>) -> Vec<Effect> {
    if id != state.preview.reading {
        return Vec::new();
    }
    state.preview.reading = RequestId::default();
    match result {
        Ok(()) => {
            state.preview.sureness = Sureness::Predicted;
            predict(state)
        }
        Err(problem) => {
            state.preview.sureness = Sureness::Unconfirmed(problem);
            rollout::plan_failed(state)
        }
    }
}

/// A live object has changed by itself: the diff follows.
pub(super) fn live_changed(state: &mut State) -> Vec<Effect> {
    if state.preview.plan.is_some() {
        predict(state)
    } else {
        Vec::new()
    }
}

/// The choices have settled: the server is asked.
pub(super) fn settled(state: &mut State) -> Vec<Effect> {
    state.preview.settling = RequestId::default();
    // In a namespace that does not exist the server cannot be asked about anything.
    let askable = state.target.namespace_exists && state.preview.problem.is_none();
    if state.preview.sureness != Sureness::Predicted || !askable {
        return Vec::new();
    }
    let id = state.request();
    state.preview.confirming = id;
    state.preview.sureness = Sureness::Confirming { since: state.now };
    vec![Effect::DryRun {
        id,
        prediction: state.preview.prediction,
    }]
}

/// The server has been asked.
pub(super) fn confirmed(state: &mut State, id: RequestId, result: Result<Arc<Plan>, Problem>) -> Vec<Effect> {
    if id != state.preview.confirming {
        return Vec::new();
    }
    state.preview.confirming = RequestId::default();
    match result {
        Ok(plan) => {
            state.preview.plan = Some(plan);
            state.preview.generation += 1;
            state.preview.sureness = Sureness::Confirmed;
        }
        Err(problem) => state.preview.sureness = Sureness::Unconfirmed(problem),
    }
    Vec::new()
}
