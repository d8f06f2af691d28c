//! What a person sees of a rollout: plain data for screens and reports. Texts in it are clean of control sequences.

use super::event::Command;
use super::model::{Aim, Seconds};
use crate::chart::manifest::ObjectKey;
use crate::plan::model::StageKind;

/// Where a stage stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageStatus {
    /// Not begun.
    Pending,
    /// Its hooks run or its objects are being written.
    Applying,
    /// Its objects are written and must become ready.
    Waiting,
    /// It is ready and is being recorded.
    Recording,
    /// Ready and recorded.
    Done,
    /// It failed; the board's cause card says why.
    Failed,
    /// Left as it is because a person said so.
    Skipped,
    /// Taken back to what was deployed before.
    RolledBack,
}

/// A stage's line on the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageRow {
    /// The stage's name.
    pub name: String,
    /// What it is for.
    pub kind: StageKind,
    /// Where it stands.
    pub status: StageStatus,
    /// How many objects it has.
    pub objects: usize,
    /// How many of them are written.
    pub changes: usize,
    /// How many have been written so far.
    pub applied: usize,
    /// Pods that are ready, of those wanted; `None` for a stage without pods, or before it is known.
    pub ready: Option<(u32, u32)>,
    /// How long it took, or has been taking, in seconds; `None` before it begins.
    pub elapsed: Option<Seconds>,
    /// What it waits for, in words, the most important first.
    pub waits_for: Vec<String>,
    /// What is worth knowing although the stage goes on.
    pub warnings: Vec<String>,
    /// Its revision, once there is one.
    pub revision: Option<i64>,
    /// Whether the rollout asks before it starts.
    pub pause_before: bool,
}

/// Where the rollout as a whole stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Not started.
    Ready,
    /// Taking the lease and storing the state.
    Preparing,
    /// A stage runs.
    Running,
    /// A stage runs; the rollout stops before the next one.
    Pausing,
    /// Waits for a person before this stage.
    Paused {
        /// The stage's index.
        before: usize,
    },
    /// A stage failed and its failure is being recorded.
    Failing,
    /// Waits for a person to decide about a failed or rolled-back stage.
    Deciding,
    /// Brings the cluster back.
    RollingBack,
    /// Finishes the record, then ends.
    Stopping,
    /// Over.
    Finished(Outcome),
}

/// How a rollout ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing had to change, and nothing was written.
    Unchanged,
    /// Every stage is done (or was skipped, which the stages tell).
    Completed,
    /// A person ended it after a failure or at a pause; what was done stays, and can be resumed.
    Aborted,
    /// Everything is back at what was deployed before.
    RolledBack,
    /// The process was asked to end; the record is complete and the rollout can be resumed.
    Interrupted,
    /// It could not start, or could not go on or be recorded; the cause card says why.
    Failed,
}

/// A pod of the current stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodRow {
    /// The pod's name.
    pub name: String,
    /// `Running`, `Pending`, or the reason of the container that holds it up: `ImagePullBackOff`.
    pub status: String,
    /// Containers that are ready, of all.
    pub ready: (u32, u32),
    /// Restarts of all containers.
    pub restarts: u32,
    /// Seconds since the rollout first saw it.
    pub age: Seconds,
    /// Whether it belongs to the new version of its workload.
    pub current: bool,
}

/// An event of the cluster about the current stage's objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// When it was last seen, as RFC 3339 in UTC, as the cluster wrote it.
    pub at: String,
    /// Whether it is a warning.
    pub warning: bool,
    /// `Pulling`, `FailedCreate`.
    pub reason: String,
    /// `Pod/rest-api-7d9c-8kq2p`.
    pub object: String,
    /// The cluster's words.
    pub message: String,
}

/// The end of a container's log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogTail {
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// The lines, oldest first.
    pub lines: Vec<String>,
}

/// Why a stage failed, on one card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseCard {
    /// One sentence: what failed.
    pub headline: String,
    /// The stage it failed in; `None` where the rollout did not get to a stage.
    pub stage: Option<String>,
    /// The object, where it is one.
    pub object: Option<ObjectKey>,
    /// The event that tells most.
    pub event: Option<EventRow>,
    /// The end of the failing container's log.
    pub log: Option<LogTail>,
    /// What to do about it, the most useful first.
    pub advice: Vec<String>,
    /// The stages that are done.
    pub done: Vec<String>,
    /// The stages that have not begun.
    pub not_done: Vec<String>,
}

/// Something that a person may decide now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The command.
    pub command: Command,
    /// What it does in this situation, as one sentence.
    pub means: String,
}

/// A rollout as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// The release's name.
    pub release: String,
    /// The release's namespace.
    pub namespace: String,
    /// What the rollout is for.
    pub aim: Aim,
    /// Where the rollout stands.
    pub phase: Phase,
    /// The stages in the order they run.
    pub stages: Vec<StageRow>,
    /// The stage that runs, failed or comes next.
    pub current: Option<usize>,
    /// The current stage's pods.
    pub pods: Vec<PodRow>,
    /// The current stage's events, the newest first.
    pub events: Vec<EventRow>,
    /// The end of the log of the container that matters most now.
    pub log: Option<LogTail>,
    /// Why it failed.
    pub cause: Option<CauseCard>,
    /// What a person may decide now.
    pub choices: Vec<Choice>,
    /// Seconds since the rollout started.
    pub elapsed: Seconds,
}
