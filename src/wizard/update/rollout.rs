//! Approval and rollout. Nothing here starts one without the proof that [`Guard`] gives.

use super::target;
use crate::plan::changed_since;
use crate::rollout::{Board, Command, Guard, Phase, Unapproved};
use crate::wizard::effect::{Effect, RequestId};
use crate::wizard::facts::Problem;
use crate::wizard::field::Slot;
use crate::wizard::review::{Approval, Review};
use crate::wizard::state::State;
use crate::wizard::step::Step;
use std::sync::Arc;

/// The person approves the plan as it is shown. Before the first write the live objects are read once more.
pub(super) fn approve(state: &mut State) -> Vec<Effect> {
    if state.step != Step::Review
        || matches!(
            state.review.approval,
            Approval::Checking { .. } | Approval::Started
        )
    {
        return Vec::new();
    }
    // The review shows why, for as long as it is so.
    if state.blocked().is_some() {
        state.review.refusal = None;
        return Vec::new();
    }
    if let Err(refusal) = proof(state) {
        state.review.refusal = Some(match refusal {
            Unapproved::NotTyped { release } => format!("What was typed is not {release}"),
            Unapproved::NotAnswered => refusal.to_string(),
        });
        return Vec::new();
    }
    let Some(plan) = state.preview.predicted.clone() else {
        return Vec::new();
    };
    state.review.refusal = None;
    let id = state.request();
    state.review.approval = Approval::Checking {
        id,
        plan,
        since: state.now,
    };
    state.preview.reading = id;
    state.preview.settling = RequestId::default();
    vec![Effect::FetchLive { id }]
}

/// The person agrees to take over what others have changed, each field that the plan shows now; once more takes it back.
pub(super) fn take_over(state: &mut State) -> Vec<Effect> {
    if state.step != Step::Review
        || matches!(
            state.review.approval,
            Approval::Checking { .. } | Approval::Started
        )
    {
        return Vec::new();
    }
    state.review.take_over = match state.open_conflict() {
        Some(_) => state.conflicts(),
        None => Vec::new(),
    };
    state.review.refusal = None;
    Vec::new()
}

/// The proof that the plan may be rolled out, as far as the person has given what it takes.
pub(in crate::wizard) fn proof(state: &State) -> Result<crate::rollout::Approved, Unapproved> {
    let typed = state
        .drafts
        .get(&Slot::Confirmation)
        .map(|draft| draft.text().trim());
    Guard::new(state.target.release.clone(), state.is_guarded()).approve(true, typed)
}

/// A plan was made from live objects that were just read. Where one was approved it must be the same as then.
pub(super) fn plan_remade(state: &mut State) -> Vec<Effect> {
    let Approval::Checking { plan: approved, .. } = state.review.approval.clone() else {
        return Vec::new();
    };
    let Some(plan) = state.preview.predicted.clone() else {
        return Vec::new();
    };
    let mut others = changed_since(&approved, &plan);
    others.extend(state.open_conflict().map(|conflict| conflict.object));
    if !others.is_empty() {
        state.review.approval = Approval::AskAgain(others);
        return Vec::new();
    }
    match proof(state) {
        Ok(approved) => start(state, approved),
        Err(refusal) => {
            state.review.approval = Approval::Open;
            state.review.refusal = Some(refusal.to_string());
            Vec::new()
        }
    }
}

fn start(state: &mut State, approved: crate::rollout::Approved) -> Vec<Effect> {
    state.review.approval = Approval::Started;
    state.drafts.remove(&Slot::Confirmation);
    state.board = None;
    state.rollout_problem = None;
    state.notes.clear();
    state.step = Step::Rollout;
    state.reached = state.reached.max(Step::Rollout);
    vec![Effect::StartRollout {
        approved,
        prediction: state.preview.prediction,
        pauses: state.pauses(),
        take_over: state.review.take_over.clone(),
    }]
}

/// The plan could not be made anew: what was approved cannot be checked.
pub(super) fn plan_failed(state: &mut State) -> Vec<Effect> {
    if matches!(state.review.approval, Approval::Checking { .. }) {
        state.review.approval = Approval::Open;
        state.review.refusal = Some("The cluster could not be read once more, so nothing was started".into());
    }
    Vec::new()
}

/// The person decides about the running rollout; only what the board offers is passed on.
pub(super) fn command(state: &mut State, command: Command) -> Vec<Effect> {
    let offered = state
        .board
        .as_ref()
        .is_some_and(|board| board.choices.iter().any(|choice| choice.command == command));
    if offered && state.is_rolling() {
        vec![Effect::RolloutCommand(command)]
    } else {
        Vec::new()
    }
}

/// The rollout moved.
pub(super) fn board(state: &mut State, board: Arc<Board>) -> Vec<Effect> {
    if state.review.approval != Approval::Started {
        return Vec::new();
    }
    let over = matches!(board.phase, Phase::Finished(_));
    state.board = Some(board);
    if !over {
        return Vec::new();
    }
    // The road is open again: what comes next is compared with what there is now.
    state.reached = Step::Done;
    state.review = Review::default();
    target::reload(state)
}

/// The rollout could not be started.
pub(super) fn refused(state: &mut State, problem: Problem) -> Vec<Effect> {
    state.rollout_problem = Some(problem);
    state.review = Review::default();
    Vec::new()
}
