//! What the machine wants done.

use super::board::Outcome;
use super::model::Seconds;
use crate::chart::manifest::ObjectKey;

/// Names a timer. A timer whose id the machine no longer waits for is stale, and is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimerId(pub(super) u64);

/// How far a rollback reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// To what was deployed before this stage.
    Stage(usize),
    /// To what was deployed before the rollout.
    All,
}

/// Something to do. The runtime performs effects in the order in which they are given, and each of them answers with the
/// event named here.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Take the lease and keep renewing it → [`super::Event::Lease`].
    AcquireLease,
    /// Store the target and the position before the first write, so that another machine can resume
    /// → [`super::Event::StateSaved`].
    SaveState {
        /// The stage that comes next.
        next: usize,
    },
    /// Create the stage's revision as pending → [`super::Event::RevisionCreated`].
    CreateRevision {
        /// The stage.
        stage: usize,
    },
    /// Run a hook to its end → [`super::Event::HookFinished`].
    RunHook {
        /// The stage.
        stage: usize,
        /// The hook's object.
        hook: ObjectKey,
    },
    /// Write the stage's objects → [`super::Event::ObjectApplied`] each, then [`super::Event::StageApplied`].
    ApplyObjects {
        /// The stage.
        stage: usize,
    },
    /// Watch the stage's objects until told otherwise → [`super::Event::Observed`] at each change.
    Observe {
        /// The stage.
        stage: usize,
    },
    /// Stop watching.
    StopObserving,
    /// Read the end of a container's log → [`super::Event::Logs`], also where there is none.
    FetchLogs {
        /// The stage.
        stage: usize,
        /// The pod.
        pod: String,
        /// The container.
        container: String,
        /// Whether the run before the last restart is meant.
        previous: bool,
    },
    /// Delete what leaves the release with the stage → [`super::Event::Pruned`].
    Prune {
        /// The stage.
        stage: usize,
    },
    /// Record the stage's revision as deployed → [`super::Event::Recorded`].
    RecordDeployed {
        /// The stage.
        stage: usize,
    },
    /// Record the stage's revision as failed → [`super::Event::FailureRecorded`].
    RecordFailed {
        /// The stage.
        stage: usize,
        /// Why, for the record's description.
        why: String,
    },
    /// Bring the cluster back and record it → [`super::Event::RolledBack`].
    RollBack(Extent),
    /// Clear the rollout's state where `ended`, keep it to resume from where not; give the lease back
    /// → [`super::Event::Closed`].
    Close {
        /// Whether nothing is left to resume.
        ended: bool,
    },
    /// Answer with [`super::Event::Timer`] after so many seconds.
    StartTimer {
        /// The timer.
        id: TimerId,
        /// Seconds from now.
        after: Seconds,
    },
    /// The rollout is over; no event is expected any more.
    Finish(Outcome),
}
