//! What a rollout is told before it starts.

use crate::chart::manifest::ObjectKey;
use crate::plan::model::StageKind;

/// Seconds since a moment that the runtime chose. Only differences mean anything.
pub type Seconds = u64;

/// A stage as the machine needs it; the objects' manifests stay with the runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageSpec {
    /// `foundation`, `data`, `migration`, the service's name, `guardrails`.
    pub name: String,
    /// What it is for.
    pub kind: StageKind,
    /// The objects whose readiness decides, in the order they are applied.
    pub objects: Vec<ObjectKey>,
    /// How many of them are written.
    pub changes: usize,
    /// The objects that leave the release with this stage.
    pub leaving: Vec<ObjectKey>,
    /// Hooks that run before the stage's objects are applied, in order.
    pub hooks_before: Vec<ObjectKey>,
    /// Hooks that run once the stage's objects are ready, in order.
    pub hooks_after: Vec<ObjectKey>,
    /// Whether the release's record differs after this stage, so that it needs a revision of its own.
    pub recorded: bool,
    /// Whether the rollout asks before it starts this stage.
    pub pause_before: bool,
}

impl StageSpec {
    /// Whether the stage writes anything: objects, hooks or a revision.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.recorded
            || self.changes > 0
            || !self.leaving.is_empty()
            || !self.hooks_before.is_empty()
            || !self.hooks_after.is_empty()
    }
}

/// What a rollout is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// To bring the release to new values or a new chart.
    Apply,
    /// To go back to an earlier revision.
    Rollback,
    /// To remove the release. It cannot be taken back, and no part of it can be left out.
    Uninstall,
}

impl Aim {
    /// How to go on with one that ended before its time, as one clause.
    #[must_use]
    pub const fn how_to_go_on(self) -> &'static str {
        match self {
            Self::Apply => "`mesh-tui resume` goes on, `mesh-tui rollback` goes back",
            Self::Rollback => "`mesh-tui rollback` starts anew",
            Self::Uninstall => "`mesh-tui uninstall` goes on",
        }
    }
}

/// A rollout as it was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloutSpec {
    /// The release's name.
    pub release: String,
    /// The release's namespace.
    pub namespace: String,
    /// What it is for.
    pub aim: Aim,
    /// The revision that was deployed before, to roll everything back to; `None` for a first install.
    pub base_revision: Option<i64>,
    /// The stages in the order they run.
    pub stages: Vec<StageSpec>,
    /// How long a stage may take to become ready, in seconds.
    pub stage_timeout: Seconds,
}

impl RolloutSpec {
    /// Whether the rollout would write anything at all.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.stages.iter().any(StageSpec::writes)
    }
}
