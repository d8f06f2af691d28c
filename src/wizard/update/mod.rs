//! The one way in which the state changes. Each file here handles the events of one subject.

mod edit;
mod navigate;
mod predict;
pub(super) mod rollout;
mod target;

use super::effect::Effect;
use super::event::Event;
use super::state::State;

/// What to do before the first event: read the contexts, and connect where the command line named a cluster.
#[must_use]
pub fn start(state: &mut State) -> Vec<Effect> {
    let mut effects = vec![Effect::ListContexts];
    if state.target.cluster.is_some() {
        effects.extend(target::connect(state));
    }
    effects
}

/// Takes an event into the state and answers with what is to be done.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Next => navigate::next(state),
        Event::Back => navigate::back(state),
        Event::Jump(step) => navigate::jump(state, step),
        Event::Down => navigate::vertical(state, true),
        Event::Up => navigate::vertical(state, false),
        Event::NextField => navigate::field(state, true),
        Event::PreviousField => navigate::field(state, false),
        Event::Focus(focus) => navigate::focus(state, focus),

        Event::Toggle => edit::toggle(state),
        Event::Cycle { forward } => edit::cycle(state, forward),
        Event::Edit(change) => edit::text(state, &change),
        Event::Reset => edit::reset(state),
        Event::ReplaceOverlay(overlay) => edit::replace(state, overlay),

        Event::Refresh => target::refresh(state),
        Event::Contexts(result) => target::contexts(state, result),
        Event::Connected { id, cluster, result } => target::connected(state, id, cluster, result),
        Event::ReleaseLoaded { id, result } => target::release_loaded(state, id, result),

        Event::Predicted { id, result, unread } => predict::predicted(state, id, result, unread),
        Event::LiveRead { id, result } => predict::live_read(state, id, result),
        Event::LiveChanged => predict::live_changed(state),
        Event::Confirmed { id, result } => predict::confirmed(state, id, result),
        Event::Timer(id) => timer(state, id),

        Event::TakeOver => rollout::take_over(state),
        Event::Approve => rollout::approve(state),
        Event::Rollout(command) => rollout::command(state, command),
        Event::Board(board) => rollout::board(state, board),
        Event::RolloutRefused(problem) => rollout::refused(state, problem),
        Event::Notes(notes) => {
            state.notes = notes;
            Vec::new()
        }
        Event::Tick(now) => {
            state.now = now;
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests;

fn timer(state: &mut State, id: super::effect::RequestId) -> Vec<Effect> {
    if id == state.preview.settling {
        predict::settled(state)
    } else if id == state.target.settling {
        target::settled(state)
    } else {
        Vec::new()
    }
}
