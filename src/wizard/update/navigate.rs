//! Moving along the road and among the fields of a form. Nothing that was typed is touched.

use super::{rollout, target};
use crate::wizard::effect::Effect;
use crate::wizard::field::{Field, Focus, Kind, Slot};
use crate::wizard::state::State;
use crate::wizard::step::Step;

/// Goes on: to the next step, or where the step ends in a deed, to the deed.
pub(super) fn next(state: &mut State) -> Vec<Effect> {
    match state.step {
        Step::Target => leave_target(state),
        Step::Review if state.is_rolling() => jump(state, Step::Rollout),
        Step::Review => rollout::approve(state),
        Step::Rollout if state.is_rolling() => Vec::new(),
        step => match step.next() {
            Some(next) => jump(state, next),
            None => Vec::new(),
        },
    }
}

/// Chooses the cluster under the focus where there is one, connects, and goes on once it has answered.
fn leave_target(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some((focus, field)) = state.focused()
        && focus.slot == Slot::Cluster
    {
        effects = target::choose_entry(state, &field, focus.entry);
    }
    if state.target.is_ready() {
        effects.extend(jump(state, Step::Environment));
        return effects;
    }
    state.target.go_on = true;
    if !target::is_under_way(state) {
        effects.extend(target::connect(state));
    }
    effects
}

/// Goes back one step.
pub(super) fn back(state: &mut State) -> Vec<Effect> {
    state.target.go_on = false;
    match state.step.previous() {
        Some(step) => jump(state, step),
        None => Vec::new(),
    }
}

/// Goes to a step, where it can be gone to.
pub(super) fn jump(state: &mut State, step: Step) -> Vec<Effect> {
    if !state.can_go_to(step) {
        return Vec::new();
    }
    state.step = step;
    state.reached = state.reached.max(step);
    Vec::new()
}

/// Moves the focus to a place.
pub(super) fn focus(state: &mut State, focus: Focus) -> Vec<Effect> {
    if state.step == Step::Services
        && let Slot::Value(path) = &focus.slot
        && let Some(at) = state
            .setup
            .chart
            .services
            .iter()
            .position(|service| path == &format!("{}.enabled", service.name))
    {
        state.service = at;
    }
    state.focus.insert(state.step, focus);
    Vec::new()
}

/// Every place that takes the focus, in order.
fn places(fields: &[Field]) -> Vec<Focus> {
    fields
        .iter()
        .flat_map(|field| {
            (0..field.stops()).map(|entry| Focus {
                slot: field.slot.clone(),
                entry,
            })
        })
        .collect()
}

/// Moves the focus by one place.
pub(super) fn vertical(state: &mut State, down: bool) -> Vec<Effect> {
    let Some((current, _)) = state.focused() else {
        return Vec::new();
    };
    let places = places(&state.fields(state.step));
    let Some(at) = places.iter().position(|place| *place == current) else {
        return Vec::new();
    };
    let services = state.setup.chart.services.len();
    let to = match (state.step, down) {
        // From the details back to the service they belong to.
        (Step::Services, false) if at == services => state.service,
        (_, true) => at + 1,
        (_, false) => match at.checked_sub(1) {
            Some(to) => to,
            None => return Vec::new(),
        },
    };
    match places.get(to) {
        Some(place) => focus(state, place.clone()),
        None => Vec::new(),
    }
}

/// Moves the focus to another field, around the ends. From a service it leads to its details.
pub(super) fn field(state: &mut State, forward: bool) -> Vec<Effect> {
    let fields = state.fields(state.step);
    let Some((current, _)) = state.focused() else {
        return Vec::new();
    };
    let Some(at) = fields.iter().position(|field| field.slot == current.slot) else {
        return Vec::new();
    };
    let services = state.setup.chart.services.len();
    let to = match (state.step, forward) {
        (Step::Services, true) if at < services => services,
        (Step::Services, true) if at + 1 == fields.len() => (state.service + 1) % services.max(1),
        (Step::Services, false) if at == services => state.service,
        (_, true) => (at + 1) % fields.len(),
        (_, false) => (at + fields.len() - 1) % fields.len(),
    };
    let Some(field) = fields.get(to).or_else(|| fields.get(at + 1)) else {
        return Vec::new();
    };
    let entry = match &field.kind {
        Kind::List { chosen, .. } => chosen.unwrap_or(0),
        _ => 0,
    };
    let slot = field.slot.clone();
    focus(state, Focus { slot, entry })
}
