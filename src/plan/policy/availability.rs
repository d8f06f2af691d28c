//! Disruption budgets that no drain can meet, and replicas that may all share one node.

use super::report::Report;
use super::rule::Rule;
use super::scene::{Scene, Workload};
use crate::chart::manifest::ManifestObject;
use crate::plan::labels::selects;
use serde_json::Value as Json;

pub(super) const PDB_MAX_UNAVAILABLE: Rule = Rule {
    name: "pdb-max-unavailable",
    level: None,
    finds: "lets no pod go, so that no node can be drained",
    advice: "Set maxUnavailable to 1 or more.",
};
pub(super) const PDB_MIN_AVAILABLE: Rule = Rule {
    name: "pdb-min-available",
    level: None,
    finds: "asks for as many pods as there are, so that no node can be drained",
    advice: "Set minAvailable below the number of replicas, or use maxUnavailable.",
};
pub(super) const NO_ANTI_AFFINITY: Rule = Rule {
    name: "no-anti-affinity",
    level: None,
    finds: "may put all its replicas on one node",
    advice: "Give the pods a podAntiAffinity or a topologySpreadConstraint over kubernetes.io/hostname.",
};

/// What tells nodes apart, or groups of nodes.
const TOPOLOGIES: [&str; 2] = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"];

pub(super) fn check(scene: &Scene<'_>, report: &mut Report<'_>) {
    for budget in scene.of_kind("PodDisruptionBudget") {
        max_unavailable(budget, report);
        min_available(scene, budget, report);
    }
    for workload in &scene.workloads {
        if workload.has_replicas() && scene.replicas(workload) > 1 && !is_spread(workload) {
            report.pod(&NO_ANTI_AFFINITY, workload, "affinity", NO_ANTI_AFFINITY.finds);
        }
    }
}

fn max_unavailable(budget: &ManifestObject, report: &mut Report<'_>) {
    let most = &budget.body["spec"]["maxUnavailable"];
    if *most == 0 || most.as_str().and_then(percent) == Some(0) {
        report.object(
            &PDB_MAX_UNAVAILABLE,
            budget,
            "spec.maxUnavailable",
            PDB_MAX_UNAVAILABLE.finds,
        );
    }
}

fn min_available(scene: &Scene<'_>, budget: &ManifestObject, report: &mut Report<'_>) {
    let spec = &budget.body["spec"];
    let least = &spec["minAvailable"];
    // Without a selector a budget guards no pod.
    if least.is_null() || spec["selector"].is_null() {
        return;
    }
    let guarded = scene.selected(&spec["selector"]).map(|(_, workload)| workload);
    let replicated = guarded.filter(|workload| workload.has_replicas());
    let replicas: u64 = replicated.map(|workload| scene.replicas(workload)).sum();
    let needed = match least {
        // As many pods as the share comes to, rounded up.
        Json::String(share) => percent(share).map_or(0, |share| (share * replicas).div_ceil(100)),
        number => number.as_u64().unwrap_or(0),
    };
    if replicas > 0 && needed >= replicas {
        let what = format!("asks for {needed} of the {replicas} pods that there are: no node can be drained");
        report.object(&PDB_MIN_AVAILABLE, budget, "spec.minAvailable", &what);
    }
}

/// The number before a percent sign.
fn percent(text: &str) -> Option<u64> {
    text.strip_suffix('%')?.parse().ok()
}

/// Whether something keeps replicas apart, be it but a preference.
fn is_spread(workload: &Workload<'_>) -> bool {
    let labels = workload.labels();
    let any = |list: &Json, within: &str| {
        let mut items = list.as_array().into_iter().flatten();
        items.any(|item| parts(item.pointer(within).unwrap_or(&Json::Null), labels))
    };
    let affinity = &workload.spec["affinity"]["podAntiAffinity"];
    any(&affinity["requiredDuringSchedulingIgnoredDuringExecution"], "")
        || any(
            &affinity["preferredDuringSchedulingIgnoredDuringExecution"],
            "/podAffinityTerm",
        )
        || any(&workload.spec["topologySpreadConstraints"], "")
}

/// Whether a term tells nodes apart for pods with these labels.
fn parts(term: &Json, labels: &Json) -> bool {
    let apart = term["topologyKey"]
        .as_str()
        .is_some_and(|key| TOPOLOGIES.contains(&key));
    apart && !term["labelSelector"].is_null() && selects(&term["labelSelector"], labels)
}
