//! What the machine is told.

use super::approval::Approved;
use super::effect::TimerId;
use super::readiness::Observation;
use crate::chart::manifest::ObjectKey;

/// What a person may ask of a running rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Stop before the next stage.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Run the failed stage again.
    Retry,
    /// Leave the stage as it is and go on with the next one.
    Skip,
    /// Take the current stage back to what was deployed before it.
    RollbackStage,
    /// Take everything back to what was deployed before the rollout.
    RollbackAll,
    /// End here and leave what was done.
    Abort,
}

/// Why an effect failed, in words for a person. Texts are clean of control sequences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// The object it is about, where there is one.
    pub object: Option<ObjectKey>,
    /// One sentence: what failed, and the cluster's words for it.
    pub message: String,
    /// What to do about it, the most useful first.
    pub advice: Vec<String>,
    /// The last lines of the log that tell more, where there is one.
    pub log: Vec<String>,
}

impl Failure {
    /// A failure that says `message`.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }
}

/// Something that happened. Those about a stage name it by its index.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The rollout was approved and starts.
    Start(Approved),
    /// The lease is held, or why it is not.
    Lease(Result<(), Failure>),
    /// Another operator took the lease, or it could not be renewed in time.
    LeaseLost(Failure),
    /// The rollout's state lies in the cluster, or why it does not.
    StateSaved(Result<(), Failure>),
    /// The stage's revision exists as pending, or why it does not.
    RevisionCreated {
        /// The stage.
        stage: usize,
        /// The revision's number.
        result: Result<i64, Failure>,
    },
    /// A hook has run to its end.
    HookFinished {
        /// The stage.
        stage: usize,
        /// The hook's object.
        hook: ObjectKey,
        /// How it ended.
        result: Result<(), Failure>,
    },
    /// One object of the stage has been written.
    ObjectApplied {
        /// The stage.
        stage: usize,
        /// The object.
        key: ObjectKey,
    },
    /// All objects of the stage have been written, or why one was not.
    StageApplied {
        /// The stage.
        stage: usize,
        /// How it ended.
        result: Result<(), Failure>,
    },
    /// What the cluster shows of the stage's objects now.
    Observed {
        /// The stage.
        stage: usize,
        /// Everything that decides about readiness.
        observation: Box<Observation>,
    },
    /// The last lines of a container's log.
    Logs {
        /// The stage.
        stage: usize,
        /// The pod.
        pod: String,
        /// The container.
        container: String,
        /// The lines, oldest first, clean of control sequences.
        lines: Vec<String>,
    },
    /// The objects that leave the release are gone, or why not.
    Pruned {
        /// The stage.
        stage: usize,
        /// How it ended.
        result: Result<(), Failure>,
    },
    /// The stage's revision is recorded as deployed, or why not.
    Recorded {
        /// The stage.
        stage: usize,
        /// How it ended.
        result: Result<(), Failure>,
    },
    /// The stage's revision is recorded as failed, or why not.
    FailureRecorded {
        /// The stage.
        stage: usize,
        /// How it ended.
        result: Result<(), Failure>,
    },
    /// What was asked to be rolled back is rolled back, or why not.
    RolledBack(Result<(), Failure>),
    /// The rollout's state is cleared and the lease is given back, or why not.
    Closed(Result<(), Failure>),
    /// A timer that [`super::Effect::StartTimer`] started is over.
    Timer(TimerId),
    /// A person decided something.
    Person(Command),
    /// The process is asked to end: finish the record, then stop.
    Cancelled,
}
