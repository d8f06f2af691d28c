//! Rights that are missing, all in one list.

use super::{Subject, finding};
use crate::plan::model::{Action, Finding, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// A rule of a `SelfSubjectRulesReview`: what may be done with which resources. `*` stands for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessRule {
    /// `get`, `patch`, `delete`, …
    pub verbs: Vec<String>,
    /// API groups; the empty text is the core group.
    pub groups: Vec<String>,
    /// Resources by their plural names, `pods/log` for a subresource.
    pub resources: Vec<String>,
    /// The objects it is about; empty for all.
    pub names: Vec<String>,
}

impl AccessRule {
    /// Whether it allows `verb` on this object.
    #[must_use]
    pub fn allows(&self, verb: &str, group: &str, resource: &str, name: &str) -> bool {
        let has = |list: &[String], wanted: &str| list.iter().any(|word| word == "*" || word == wanted);
        has(&self.verbs, verb)
            && has(&self.groups, group)
            && has(&self.resources, resource)
            && (self.names.is_empty() || self.names.iter().any(|allowed| allowed == name))
    }
}

/// One finding that lists every verb that is missing, by resource. Objects outside of the namespace are left to the
/// dry run: the rules of a namespace do not tell of them.
pub(super) fn findings(subject: &Subject<'_>) -> Option<Finding> {
    let rules = subject.facts.access.as_ref()?;
    let kinds = subject.facts.kinds.as_ref()?;
    let mut missing: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut need = |group: &str, resource: &str, verb: &'static str, name: &str| {
        if !rules.iter().any(|rule| rule.allows(verb, group, resource, name)) {
            let dot = if group.is_empty() { "" } else { "." };
            missing
                .entry(format!("{resource}{dot}{group}"))
                .or_default()
                .insert(verb);
        }
    };
    for change in subject.plan.changes() {
        let key = &change.key;
        let Some(resource) = kinds.get(&format!("{}/{}", key.api_version, key.kind)) else {
            continue;
        };
        let verbs: &[&'static str] = match change.action {
            Action::Unchanged => &["get"],
            Action::Update => &["get", "patch"],
            Action::Create => &["get", "create", "patch"],
            Action::Recreate { .. } => &["get", "create", "patch", "delete"],
            Action::Delete => &["get", "delete"],
        };
        if key.namespace.is_some() || !CLUSTER_KINDS.contains(&key.kind.as_str()) {
            for verb in verbs {
                need(key.group(), resource, verb, &key.name);
            }
        }
    }
    if !subject.plan.is_empty() {
        for verb in ["get", "list", "create", "update", "delete"] {
            need("", "secrets", verb, "");
        }
        for verb in ["get", "list", "watch"] {
            need("", "pods", verb, "");
        }
        for verb in ["get", "create", "update"] {
            need("coordination.k8s.io", "leases", verb, "");
        }
    }
    if missing.is_empty() {
        return None;
    }
    let list = missing.iter().map(|(resource, verbs)| {
        let verbs: Vec<&str> = verbs.iter().copied().collect();
        format!("{resource} ({})", verbs.join(", "))
    });
    let list: Vec<String> = list.collect();
    Some(finding(
        Severity::Error,
        "forbidden",
        format!(
            "in namespace {} you may not use: {}",
            subject.namespace,
            list.join("; ")
        ),
        "Ask for a role that allows it.",
    ))
}

/// Kinds of Kubernetes that have no namespace and that charts render.
const CLUSTER_KINDS: [&str; 10] = [
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "PersistentVolume",
    "StorageClass",
    "IngressClass",
    "PriorityClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
];
