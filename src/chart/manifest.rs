//! The manifest that a render results in: objects with their identity and their source, hooks, and the order.

use serde_json::Value as Json;
use std::fmt;
use std::sync::Arc;

/// What names an object in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey {
    /// `apps/v1`, or `v1` for the core group.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// The namespace; `None` for a cluster-scoped object, and for one whose manifest names none until discovery
    /// has told its scope.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl ObjectKey {
    /// The API group: `apps`, or the empty string for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// Whether both name the same object, whichever version of its group each was written in.
    #[must_use]
    pub fn same_object(&self, other: &Self) -> bool {
        self.group() == other.group()
            && self.kind == other.kind
            && self.namespace == other.namespace
            && self.name == other.name
    }
}

impl fmt::Display for ObjectKey {
    /// `Deployment/rest-api`: as people speak of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// One object of a manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct ManifestObject {
    /// What names it.
    pub key: ObjectKey,
    /// The template it came from: `developer-mesh/charts/rest-api/templates/deployment.yaml`.
    pub source: String,
    /// Its text as it was rendered, without the `---` and the `# Source:` line.
    pub text: Arc<str>,
    /// The same as JSON.
    pub body: Arc<Json>,
}

/// When a hook runs, with the names of the annotation `helm.sh/hook`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum HookEvent {
    PreInstall,
    PostInstall,
    PreUpgrade,
    PostUpgrade,
    PreDelete,
    PostDelete,
    PreRollback,
    PostRollback,
    Test,
}

/// When a hook's object is deleted, with the names of the annotation `helm.sh/hook-delete-policy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum HookDeletePolicy {
    BeforeHookCreation,
    HookSucceeded,
    HookFailed,
}

/// An object that runs at a moment of the release's life and is no part of its manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Hook {
    /// The object.
    pub object: ManifestObject,
    /// When it runs.
    pub events: Vec<HookEvent>,
    /// The smaller weight runs first; equal ones by name.
    pub weight: i32,
    /// When it is deleted; Helm's default is [`HookDeletePolicy::BeforeHookCreation`].
    pub delete_policies: Vec<HookDeletePolicy>,
}

/// What a chart renders to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Manifest {
    /// The objects of the release, in Helm's install order.
    pub objects: Vec<ManifestObject>,
    /// The hooks, in the order in which Helm records them.
    pub hooks: Vec<Hook>,
}
