//! Rules that find what will go wrong before it does. What they know of the cluster comes in as data; a rule whose
//! facts are unknown says nothing.

mod access;
mod ingress;
mod references;

use super::model::{Action, Confidence, Finding, Plan, Severity};
use crate::chart::manifest::{Manifest, ManifestObject};
use std::collections::{BTreeMap, BTreeSet};

pub use access::AccessRule;

/// What is known of the cluster besides its objects. `None` means unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterFacts {
    /// The state of the release's namespace.
    pub namespace: Option<Namespace>,
    /// The Secrets in the namespace: their names with the keys in each.
    pub secrets: Option<BTreeMap<String, BTreeSet<String>>>,
    /// The Secrets, or the keys of Secrets, that will be there before the first object is applied because a backend makes
    /// them.
    pub promised_secrets: BTreeMap<String, BTreeSet<String>>,
    /// The kinds that the server has: `apps/v1/Deployment` with the plural name of the resource, `deployments`.
    pub kinds: Option<BTreeMap<String, String>>,
    /// What the person may do in the namespace.
    pub access: Option<Vec<AccessRule>>,
    /// The ingress classes.
    pub ingress_classes: Option<Vec<IngressClass>>,
    /// An operation on the release that has not ended.
    pub pending: Option<Pending>,
}

/// The state of a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Namespace {
    /// It is there.
    Active,
    /// It is not there, and will be created.
    WillBeCreated,
    /// It is not there, and nobody asked to create it.
    Missing,
    /// It is being deleted.
    Terminating {
        /// What holds it, in the cluster's words; may be empty.
        held_by: String,
    },
}

/// An ingress class of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngressClass {
    /// Its name.
    pub name: String,
    /// The controller that serves it: `k8s.io/ingress-nginx`.
    pub controller: String,
    /// Whether ingresses without a class get it.
    pub default: bool,
}

/// An operation on a release that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The revision it works on.
    pub revision: i64,
    /// Helm's status of it: `pending-upgrade`.
    pub status: String,
    /// When it began, in words or RFC 3339; may be empty.
    pub since: String,
}

/// What the rules look at.
pub(super) struct Subject<'a> {
    pub(super) release: &'a str,
    pub(super) namespace: &'a str,
    pub(super) target: &'a Manifest,
    pub(super) facts: &'a ClusterFacts,
    pub(super) plan: &'a Plan,
}

impl<'a> Subject<'a> {
    /// Objects and hooks of the target.
    fn objects(&self) -> impl Iterator<Item = &'a ManifestObject> + use<'a> {
        self.target
            .objects
            .iter()
            .chain(self.target.hooks.iter().map(|hook| &hook.object))
    }
}

/// Applies all rules.
pub(super) fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(pending(subject));
    findings.extend(namespace(subject));
    findings.extend(access::findings(subject));
    findings.extend(missing_kinds(subject));
    findings.extend(references::findings(subject));
    findings.extend(dry_run(subject));
    findings.extend(ingress::findings(subject));
    findings
}

fn finding(severity: Severity, rule: &'static str, message: String, hint: impl Into<String>) -> Finding {
    Finding {
        severity,
        rule,
        message,
        hint: hint.into(),
        object: None,
        field: None,
    }
}

fn pending(subject: &Subject<'_>) -> Option<Finding> {
    let pending = subject.facts.pending.as_ref()?;
    let since = if pending.since.is_empty() {
        String::new()
    } else {
        format!(" since {}", pending.since)
    };
    Some(finding(
        Severity::Error,
        "pending-release",
        format!(
            "release {} is {}{since} (revision {})",
            subject.release, pending.status, pending.revision
        ),
        if pending.status == "uninstalling" {
            "Finish it with `mesh-tui uninstall`, or bring it back with `mesh-tui rollback`."
        } else {
            "Resume it, roll it back, or unlock it if nobody works on it any more."
        },
    ))
}

fn namespace(subject: &Subject<'_>) -> Option<Finding> {
    let name = subject.namespace;
    match subject.facts.namespace.as_ref()? {
        Namespace::Active | Namespace::WillBeCreated => None,
        Namespace::Missing => Some(finding(
            Severity::Error,
            "missing-namespace",
            format!("namespace {name} does not exist"),
            "Have it created (--create-namespace), or choose another one.",
        )),
        Namespace::Terminating { held_by } => {
            let held = if held_by.is_empty() {
                String::new()
            } else {
                format!(": {held_by}")
            };
            Some(finding(
                Severity::Error,
                "terminating-namespace",
                format!("namespace {name} is being deleted{held}"),
                "Wait until it is gone, or choose another one.",
            ))
        }
    }
}

fn missing_kinds(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(kinds) = &subject.facts.kinds else {
        return Vec::new();
    };
    let defined: BTreeSet<String> = subject.target.objects.iter().flat_map(defined_kinds).collect();
    let mut missing: BTreeMap<String, &ManifestObject> = BTreeMap::new();
    for object in subject.objects() {
        let kind = format!("{}/{}", object.key.api_version, object.key.kind);
        if !kinds.contains_key(&kind) && !defined.contains(&kind) {
            missing.entry(kind).or_insert(object);
        }
    }
    let describe = |(kind, object): (String, &ManifestObject)| Finding {
        object: Some(object.key.clone()),
        ..finding(
            Severity::Error,
            "missing-kind",
            format!("the cluster has no kind {kind}, which {} needs", object.key),
            "Install what defines it, or switch off what needs it.",
        )
    };
    missing.into_iter().map(describe).collect()
}

/// The kinds that a `CustomResourceDefinition` of the release itself defines.
fn defined_kinds(object: &ManifestObject) -> Vec<String> {
    if object.key.kind != "CustomResourceDefinition" {
        return Vec::new();
    }
    let spec = &object.body["spec"];
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let versions = spec["versions"].as_array().into_iter().flatten();
    versions
        .map(|version| {
            format!(
                "{}/{}/{}",
                text(&spec["group"]),
                text(&version["name"]),
                text(&spec["names"]["kind"])
            )
        })
        .collect()
}

/// What the dry runs said.
fn dry_run(subject: &Subject<'_>) -> Vec<Finding> {
    let judge = |change: &super::model::ObjectChange| {
        let found = match (&change.action, &change.confidence) {
            (Action::Recreate { reason }, _) => finding(
                Severity::Warning,
                "immutable-field",
                format!("{} must be deleted and created anew: {reason}", change.key),
                "Agree to it, or undo the change of that field.",
            ),
            (_, Confidence::Refused { message }) => finding(
                Severity::Error,
                "refused",
                format!("the cluster refuses {}: {message}", change.key),
                "Change what it names.",
            ),
            _ => return None,
        };
        Some(Finding {
            object: Some(change.key.clone()),
            ..found
        })
    };
    subject.plan.changes().filter_map(judge).collect()
}

#[cfg(test)]
mod tests;
