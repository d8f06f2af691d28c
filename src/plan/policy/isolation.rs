//! Pods that any other may talk to, and pods that see the host's own folders.

use super::report::Report;
use super::rule::Rule;
use super::scene::{Scene, Workload};
use std::collections::HashSet;

pub(super) const NON_ISOLATED_POD: Rule = Rule {
    name: "non-isolated-pod",
    level: None,
    finds: "is selected by no NetworkPolicy: every pod of the cluster may talk to it",
    advice: "Switch the chart's network policies on, or write one that selects it.",
};
pub(super) const SENSITIVE_HOST_MOUNTS: Rule = Rule {
    name: "sensitive-host-mounts",
    level: None,
    finds: "mounts a folder that its node itself lives by",
    advice: "Take the hostPath away.",
};

/// Folders through which a node can be taken over.
const FOLDERS: [&str; 8] = ["/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr"];

pub(super) fn check(scene: &Scene<'_>, report: &mut Report<'_>) {
    let policies = scene.of_kind("NetworkPolicy");
    let isolated: HashSet<usize> = policies
        .flat_map(|policy| scene.selected(&policy.body["spec"]["podSelector"]))
        .map(|(at, _)| at)
        .collect();
    for (at, workload) in scene.workloads.iter().enumerate() {
        // To a pod that does its work and ends, nobody talks.
        if workload.serves() && !isolated.contains(&at) {
            report.object(
                &NON_ISOLATED_POD,
                workload.object,
                "metadata.labels",
                NON_ISOLATED_POD.finds,
            );
        }
    }
}

/// What a workload takes of its node's own folders.
pub(super) fn check_workload(workload: &Workload<'_>, report: &mut Report<'_>) {
    for volume in workload.volumes() {
        let Some(path) = volume["hostPath"]["path"].as_str() else {
            continue;
        };
        let trimmed = path.trim_end_matches('/');
        let folder = if trimmed.is_empty() { "/" } else { trimmed };
        if FOLDERS.contains(&folder) {
            let name = volume["name"].as_str().unwrap_or_default();
            let what = format!("mounts {folder} of its node, by which the node itself lives");
            report.pod(
                &SENSITIVE_HOST_MOUNTS,
                workload,
                &format!("volumes[name={name}].hostPath.path"),
                &what,
            );
        }
    }
}
