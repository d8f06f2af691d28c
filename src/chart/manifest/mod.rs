//! The manifest that a render results in: objects with their identity and their source, hooks, and the order.

mod assemble;
mod document;
mod head;
mod hook;
mod index;
mod order;
mod recorded;
mod split;

pub use assemble::{Assembled, assemble};
pub use document::{DocumentCache, ManifestError, Wanted};
pub use index::ObjectIndex;
pub use order::{INSTALL_ORDER, UNINSTALL_ORDER, compare_kinds, sort_for_install, sort_for_uninstall};
pub use recorded::parse_recorded;
pub use split::split;

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
    /// The same as JSON; null where texts alone were wanted.
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

/// A document that holds no object, such as a licence's comment above an object that is switched off.
///
/// It is nothing to a cluster, but Helm records and prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The template it came from.
    pub source: String,
    /// Its text.
    pub text: Arc<str>,
    /// How many of the manifest's objects stand before it.
    pub after: usize,
}

/// What a chart renders to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Manifest {
    /// The objects of the release, in Helm's install order.
    pub objects: Vec<ManifestObject>,
    /// The hooks, in the order in which Helm records them.
    pub hooks: Vec<Hook>,
    /// What else Helm prints between the objects.
    pub remarks: Vec<Remark>,
}

impl Manifest {
    /// What Helm prints of the manifest, in its order: the template and the text of each object and remark.
    pub fn documents(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut remarks = self.remarks.iter().peekable();
        let mut objects = self.objects.iter().enumerate().peekable();
        std::iter::from_fn(move || {
            let before = objects.peek().map(|(index, _)| *index);
            let due = remarks.next_if(|remark| before.is_none_or(|index| remark.after <= index));
            if let Some(remark) = due {
                return Some((remark.source.as_str(), &*remark.text));
            }
            let (_, object) = objects.next()?;
            Some((object.source.as_str(), &*object.text))
        })
    }

    /// The text that Helm records as the release's manifest: the objects with the templates that they came from,
    /// without the hooks.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (source, document) in self.documents() {
            push_document(&mut text, source, document);
        }
        text
    }

    /// The hooks as `helm template` prints them after the manifest, and as `helm get hooks` does.
    #[must_use]
    pub fn hooks_text(&self) -> String {
        let mut text = String::new();
        for hook in &self.hooks {
            push_document(&mut text, &hook.object.source, &hook.object.text);
        }
        text
    }

    /// The hooks of a moment in the order in which they run: by weight, then by name.
    #[must_use]
    pub fn hooks_at(&self, event: HookEvent) -> Vec<&Hook> {
        let mut hooks: Vec<&Hook> = self
            .hooks
            .iter()
            .filter(|hook| hook.events.contains(&event))
            .collect();
        hooks.sort_by(|a, b| (a.weight, &a.object.key.name).cmp(&(b.weight, &b.object.key.name)));
        hooks
    }
}

fn push_document(out: &mut String, source: &str, text: &str) {
    out.push_str("---\n# Source: ");
    out.push_str(source);
    out.push('\n');
    out.push_str(text);
    out.push('\n');
}

#[cfg(test)]
mod tests;
