//! Whose a difference is: the person's, somebody's who changed the cluster, another manager's, or the server's.

use super::diff::Difference;
use super::model::{PathStep, Whose};
use super::normalize::same_quantity;
use crate::apply::fields::{FieldPath, FieldSet, PathElement};
use crate::apply::managed::{ManagedEntry, ManagedFields};
use crate::apply::schema::Type;
use crate::apply::{equal, lookup};
use serde_json::Value as Json;

/// Managers that are parts of Kubernetes: what they write besides is no news to a person.
const SYSTEM_MANAGERS: [&str; 5] = [
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "cloud-controller-manager",
    "before-first-apply",
];

/// The manager that is named where nobody has noted who it was.
const UNKNOWN: &str = "unknown";

/// What is known of an object besides its two states. All objects are normalized.
pub(super) struct Known<'a> {
    pub(super) ty: Type<'a>,
    /// What the release recorded; `None` where it recorded nothing of it.
    pub(super) previous: Option<&'a Json>,
    /// What the chart renders to.
    pub(super) desired: &'a Json,
    /// Who owns what in the cluster.
    pub(super) managed: &'a ManagedFields,
    /// Our own manager.
    pub(super) manager: &'a str,
}

impl Known<'_> {
    /// Whose this difference is.
    pub(super) fn whose(&self, difference: &Difference<'_>) -> Whose {
        let recorded = self
            .previous
            .and_then(|object| lookup(self.ty, object, &difference.owned));
        let desired = lookup(self.ty, self.desired, &difference.owned);
        match (self.previous, recorded, desired) {
            (_, None, None) if difference.before.is_none() => Whose::ServerDefault,
            (Some(_), recorded, desired) if same(recorded, desired) => self.drift(difference),
            _ => Whose::Mine,
        }
    }

    fn drift(&self, difference: &Difference<'_>) -> Whose {
        let owner = self.other_owner(&difference.owned);
        Whose::Drift {
            manager: owner.map_or_else(|| UNKNOWN.to_owned(), |owner| owner.manager.clone()),
            at: owner.and_then(|owner| owner.time.clone()),
        }
    }

    /// The other manager that owns the field, something below it, or the nearest field above it. The latest counts.
    fn other_owner(&self, path: &[PathElement]) -> Option<&ManagedEntry> {
        let others = || {
            self.managed
                .entries
                .iter()
                .filter(|entry| entry.manager != self.manager)
        };
        let latest = |owns: &dyn Fn(&FieldSet) -> bool| {
            others()
                .filter(|entry| owns(&entry.fields))
                .max_by(|a, b| a.time.cmp(&b.time))
        };
        latest(&|fields| fields.contains(path) || fields.below_path(path).is_some()).or_else(|| {
            (1..path.len())
                .rev()
                .find_map(|end| latest(&|fields| fields.contains(&path[..end])))
        })
    }

    /// The fields that other managers own besides what the chart says, and that they keep: what a person added by
    /// hand, or an autoscaler's `replicas`.
    pub(super) fn kept_by_others(&self) -> Vec<(FieldPath, &ManagedEntry)> {
        let mut kept: Vec<(FieldPath, &ManagedEntry)> = Vec::new();
        for entry in &self.managed.entries {
            if entry.manager == self.manager || entry.subresource == "status" {
                continue;
            }
            let system = SYSTEM_MANAGERS.contains(&entry.manager.as_str());
            let mut found = Vec::new();
            self.collect_besides(&entry.fields, &mut Vec::new(), &mut found);
            for path in found {
                let recorded = self
                    .previous
                    .is_some_and(|object| lookup(self.ty, object, path.elements()).is_some());
                let news = !system || recorded || is_scale(&path);
                if news && kept.iter().all(|(other, _)| *other != path) {
                    kept.push((path, entry));
                }
            }
        }
        kept
    }

    /// The topmost members of a set that the chart does not state.
    fn collect_besides(&self, fields: &FieldSet, path: &mut Vec<PathElement>, found: &mut Vec<FieldPath>) {
        for (element, member, below) in fields.children() {
            path.push(element.clone());
            if member && lookup(self.ty, self.desired, path).is_none() {
                found.push(path.iter().cloned().collect());
            } else {
                self.collect_besides(below, path, found);
            }
            path.pop();
        }
    }
}

fn is_scale(path: &FieldPath) -> bool {
    *path == FieldPath::of_fields(&["spec", "replicas"])
}

fn same(a: Option<&Json>, b: Option<&Json>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => equal(a, b) || same_quantity(a, b),
        (None, None) => true,
        _ => false,
    }
}

/// A path as a person writes it: `spec.template.spec.containers[rest-api].image`.
pub(crate) fn words(steps: &[PathStep]) -> String {
    let mut words = String::new();
    for step in steps {
        match step {
            PathStep::Key(key) if key.contains(['.', '/']) => bracket(&mut words, key),
            PathStep::Key(key) => {
                if !words.is_empty() {
                    words.push('.');
                }
                words.push_str(key);
            }
            PathStep::Index(index) => bracket(&mut words, &index.to_string()),
            PathStep::Item(_, value) => bracket(&mut words, value),
        }
    }
    words
}

fn bracket(words: &mut String, inside: &str) {
    words.push('[');
    words.push_str(inside);
    words.push(']');
}
