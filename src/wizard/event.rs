//! What the wizard is told: what the person does, and how effects ended.

use super::effect::RequestId;
use super::facts::{ClusterFacts, ClusterRef, Context, Found, Problem};
use super::field::Focus;
use super::input::Edit;
use super::step::Step;
use crate::plan::model::Plan;
use crate::rollout::{Board, Command};
use serde_json::Value as Json;
use std::sync::Arc;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The person goes on: to the next step, or from the review to the rollout.
    Next,
    /// The person goes back one step.
    Back,
    /// The person goes to a step.
    Jump(Step),
    /// The focus moves down by one place.
    Down,
    /// The focus moves up by one place.
    Up,
    /// The focus moves to the next field.
    NextField,
    /// The focus moves to the field before.
    PreviousField,
    /// The focus moves to this place.
    Focus(Focus),
    /// The focused field is switched, or the focused entry chosen.
    Toggle,
    /// The focused field takes the next (or previous) of its words.
    Cycle {
        /// Whether the next one is meant.
        forward: bool,
    },
    /// The focused field's text is edited.
    Edit(Edit),
    /// The focused field goes back to its default.
    Reset,
    /// The person's choices are replaced as a whole, from the values view.
    ReplaceOverlay(Json),
    /// The cluster is asked again: the connection, or the live objects.
    Refresh,
    /// The person agrees to take over the fields that others have changed, or takes that back.
    TakeOver,
    /// The person approves the plan.
    Approve,
    /// The person decides about the running rollout.
    Rollout(Command),

    /// The kubeconfig was read.
    Contexts(Result<Vec<Context>, Problem>),
    /// A cluster answered.
    Connected {
        /// The request.
        id: RequestId,
        /// The cluster, as it is to be named.
        cluster: ClusterRef,
        /// What it offers.
        result: Result<Box<ClusterFacts>, Problem>,
    },
    /// The release was looked for.
    ReleaseLoaded {
        /// The request.
        id: RequestId,
        /// What was found.
        result: Result<Box<Found>, Problem>,
    },
    /// The choices were rendered and compared.
    Predicted {
        /// The request.
        id: RequestId,
        /// The plan.
        result: Result<Arc<Plan>, Problem>,
        /// Whether objects in it have not been read yet.
        unread: bool,
    },
    /// The live objects were read.
    LiveRead {
        /// The request.
        id: RequestId,
        /// Whether it worked.
        result: Result<(), Problem>,
    },
    /// A live object has changed by itself.
    LiveChanged,
    /// The server has been asked.
    Confirmed {
        /// The request.
        id: RequestId,
        /// The plan with the server's answers in it.
        result: Result<Arc<Plan>, Problem>,
    },
    /// A timer is over.
    Timer(RequestId),
    /// The rollout moved.
    Board(Arc<Board>),
    /// The rollout could not be started.
    RolloutRefused(Problem),
    /// The notes of the chart, once the rollout is over.
    Notes(String),
    /// Seconds since the program started. Told only while [`super::State::is_waiting`].
    Tick(u64),
}
