//! A plan as data. How it is made lies in the modules beside this one, how it is shown in `tui` and `cli`.

use crate::chart::manifest::ObjectKey;
use serde_json::Value as Json;
use std::fmt;
use std::sync::Arc;

/// What will happen to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It does not exist yet.
    Create,
    /// It exists and fields of it change.
    Update,
    /// A field changes that the cluster does not let change: the object would have to be deleted and created anew.
    Recreate {
        /// The cluster's words for it.
        reason: String,
    },
    /// It was part of the release and is no longer.
    Delete,
    /// It is as it should be and is left alone.
    Unchanged,
}

/// Whose a difference is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The person's own choice: what was recorded last and what is wanted now differ.
    Mine,
    /// Somebody changed in the cluster what the release had set, and applying sets it back.
    Drift {
        /// The field manager that changed it.
        manager: String,
        /// When, as RFC 3339 in UTC, where the cluster noted it.
        at: Option<String>,
    },
    /// The cluster fills it in; nothing changes.
    ServerDefault,
    /// Another manager owns the field and keeps it: `replicas` under an autoscaler.
    Other {
        /// The field manager that owns it.
        manager: String,
    },
}

/// A step of the way to a field, as a person writes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PathStep {
    /// A key of a map.
    Key(String),
    /// An item of a list, by its position.
    Index(usize),
    /// An item of a keyed list: `containers[name=rest-api]` as key and value.
    Item(String, String),
}

/// One field that differs. Secret values in it are already masked.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// The way to it from the object's root.
    pub path: Vec<PathStep>,
    /// What the cluster has; `None` where it has nothing.
    pub before: Option<Json>,
    /// What it will have; `None` where it is taken away.
    pub after: Option<Json>,
    /// Whose difference it is.
    pub whose: Whose,
}

/// What changing an object causes beyond the object itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consequence {
    /// The object's pods are replaced, because of this field.
    PodsRestart {
        /// How many run now, where it is known.
        pods: Option<u32>,
        /// The field that causes it, as a person writes it.
        because: String,
    },
    /// Data goes away with it.
    DataLost {
        /// What is lost.
        what: String,
    },
    /// The object stays in the cluster although the release no longer has it (`helm.sh/resource-policy: keep`).
    Kept,
    /// A field that the release gives up goes to another owner with its present value, before the object is
    /// applied: dropped without that, it would fall back to its default.
    HandedOver {
        /// The field, as a person writes it: `spec.replicas`.
        field: String,
        /// The object that decides about it from now on: `HorizontalPodAutoscaler/rest-api`.
        to: ObjectKey,
    },
}

/// How sure the plan is of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confidence {
    /// Computed here; the cluster has not been asked yet.
    Predicted,
    /// The cluster answered a dry run alike, or its answer has replaced the prediction.
    Confirmed,
    /// The cluster refuses the change.
    Refused {
        /// Its words, cleaned.
        message: String,
    },
    /// Other managers own fields that the change sets to something else.
    Conflicts(Vec<FieldConflict>),
}

/// A field that another manager owns with another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldConflict {
    /// The manager, with its subresource, version and time as the cluster names them: `kubectl-edit using v1`.
    pub manager: String,
    /// The field, as the cluster writes it: `.spec.replicas`.
    pub field: String,
}

impl FieldConflict {
    /// The manager's bare name: `kubectl-edit`.
    #[must_use]
    pub fn manager_name(&self) -> &str {
        self.manager.split(' ').next().unwrap_or_default()
    }
}

/// A field that the release takes over from another manager, once somebody has agreed to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeOver {
    /// The object.
    pub object: ObjectKey,
    /// The field, as the cluster writes it.
    pub field: String,
    /// The bare name of the manager that loses it.
    pub manager: String,
}

impl TakeOver {
    /// Whether agreeing to this is agreeing to that conflict: the same field of the same object and manager, whenever it
    /// was written and in whatever version.
    #[must_use]
    pub fn covers(&self, object: &ObjectKey, conflict: &FieldConflict) -> bool {
        self.object.same_object(object)
            && self.field == conflict.field
            && self.manager == conflict.manager_name()
    }
}

/// An object and what happens to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectChange {
    /// What names it.
    pub key: ObjectKey,
    /// The template it comes from; empty for one that leaves the release.
    pub source: String,
    /// What happens.
    pub action: Action,
    /// The fields that differ, in the object's order.
    pub fields: Vec<FieldChange>,
    /// What it causes.
    pub consequences: Vec<Consequence>,
    /// How sure this is.
    pub confidence: Confidence,
    /// The live object without what only the cluster writes, masked, for showing side by side.
    pub before: Option<Arc<Json>>,
    /// The object as it will be, without what only the cluster writes, masked.
    pub after: Option<Arc<Json>>,
    /// Stands for the values that are masked in it, so that an approval notices when one of them changes.
    pub seal: Seal,
}

/// A keyed digest of masked values. Tells equal from unequal and nothing else; it is never shown or stored.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Seal([u8; 16]);

impl Seal {
    /// A seal of these bytes.
    #[must_use]
    pub const fn new(digest: [u8; 16]) -> Self {
        Self(digest)
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

/// What a stage is for; it decides the place in the default order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StageKind {
    /// Namespace, shared secrets and accounts.
    Foundation,
    /// Databases and caches that the release itself runs.
    Data,
    /// Hooks that run before everything else of an install or upgrade.
    Migration,
    /// A service.
    Service,
    /// What is switched on last: default deny, alerts, post hooks.
    Guardrails,
}

/// A stage of a rollout with what changes in it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedStage {
    /// `foundation`, `data`, `migration`, the service's name, `guardrails`.
    pub name: String,
    /// What it is for.
    pub kind: StageKind,
    /// The objects of the stage, changed or not, in the order they are applied.
    pub changes: Vec<ObjectChange>,
    /// The hooks that run in it, by name, in order.
    pub hooks: Vec<ObjectKey>,
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Note,
    /// May well go wrong.
    Warning,
    /// Will go wrong, or the profile forbids it: the rollout does not start.
    Error,
}

/// What the preflight found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// The rule's short name: `missing-secret`, `forbidden`.
    pub rule: &'static str,
    /// One sentence: what and where.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
    /// The object it is about, where there is one.
    pub object: Option<ObjectKey>,
    /// The field of the object, where it is about one: `spec.template.spec.containers[name=main].image`.
    pub field: Option<String>,
}

/// An object that is made before the first stage, outside of the release: the namespace, or a Secret of mesh-tui's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preparation {
    /// The object.
    pub object: ObjectKey,
    /// The keys that a Secret gets, with generated values; none of those that it has already.
    pub keys: Vec<String>,
}

/// Everything that would happen, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// What is made first.
    pub preparations: Vec<Preparation>,
    /// The stages in the order they run, also those without a change.
    pub stages: Vec<PlannedStage>,
    /// What the preflight found, the gravest first.
    pub findings: Vec<Finding>,
}

/// How many objects a plan touches, by what happens to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Counts {
    pub create: usize,
    pub update: usize,
    pub recreate: usize,
    pub delete: usize,
    pub unchanged: usize,
    /// Fields whose difference is drift.
    pub drift: usize,
}

impl Plan {
    /// All object changes, in order.
    pub fn changes(&self) -> impl Iterator<Item = &ObjectChange> {
        self.stages.iter().flat_map(|stage| &stage.changes)
    }

    /// The fields that other managers own and that the plan sets to something else. Without a word on each of them the
    /// plan cannot be applied.
    #[must_use]
    pub fn conflicts(&self) -> Vec<TakeOver> {
        let of = |change: &ObjectChange| -> Vec<TakeOver> {
            let Confidence::Conflicts(conflicts) = &change.confidence else {
                return Vec::new();
            };
            if change.action == Action::Unchanged {
                return Vec::new();
            }
            let take_over = |conflict: &FieldConflict| TakeOver {
                object: change.key.clone(),
                field: conflict.field.clone(),
                manager: conflict.manager_name().to_owned(),
            };
            conflicts.iter().map(take_over).collect()
        };
        self.changes().flat_map(of).collect()
    }

    /// Counts what happens.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for change in self.changes() {
            match change.action {
                Action::Create => counts.create += 1,
                Action::Update => counts.update += 1,
                Action::Recreate { .. } => counts.recreate += 1,
                Action::Delete => counts.delete += 1,
                Action::Unchanged => counts.unchanged += 1,
            }
            counts.drift += change
                .fields
                .iter()
                .filter(|f| matches!(f.whose, Whose::Drift { .. }))
                .count();
        }
        counts
    }

    /// Whether applying it would write nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.preparations.is_empty() && self.changes().all(|change| change.action == Action::Unchanged)
    }
}
