//! The Pod Security Standards `baseline` and `restricted`, as Kubernetes 1.35 and later judge them
//! (<https://kubernetes.io/docs/concepts/security/pod-security-standards/>).
//!
//! What breaks both standards is reported once, by the rule of the wider one.

mod baseline;
mod restricted;

pub(super) use baseline::*;
pub(super) use restricted::*;

use super::report::Report;
use super::scene::Workload;
use serde_json::Value as Json;

pub(super) fn check(workload: &Workload<'_>, report: &mut Report<'_>) {
    baseline::check(workload, report);
    restricted::check(workload, report);
}

/// Whether a profile of this type confines a container: seccomp's and `AppArmor`'s alike.
fn confines(profile: &Json) -> bool {
    matches!(profile["type"].as_str(), Some("RuntimeDefault" | "Localhost"))
}

/// A value as a sentence shows it.
fn shown(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), ToOwned::to_owned)
}
