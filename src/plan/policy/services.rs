//! Services that lead to no pod, selectors that miss their own pods, and ports that nobody can reach.

use super::probes::is_port;
use super::report::Report;
use super::rule::Rule;
use super::scene::{Scene, Workload};
use crate::chart::manifest::ManifestObject;
use crate::plan::labels::selects;
use serde_json::Value as Json;

pub(super) const DANGLING_SERVICE: Rule = Rule {
    name: "dangling-service",
    level: None,
    finds: "selects no pod of the release",
    advice: "Let the selector and the labels of the pod template agree.",
};
pub(super) const MISMATCHING_SELECTOR: Rule = Rule {
    name: "mismatching-selector",
    level: None,
    finds: "does not select its own pods",
    advice: "Let spec.selector and the labels of spec.template agree.",
};
pub(super) const INVALID_TARGET_PORTS: Rule = Rule {
    name: "invalid-target-ports",
    level: None,
    finds: "leads to a port that cannot exist, or that its pods do not have",
    advice: "Name a port of the container: at most 15 lower-case letters, digits and hyphens, or a number from 1 to 65535.",
};

pub(super) fn check(scene: &Scene<'_>, report: &mut Report<'_>) {
    for service in scene.of_kind("Service") {
        let selector = &service.body["spec"]["selector"];
        if selector.as_object().is_some_and(|selector| !selector.is_empty()) {
            leads(scene, service, selector, report);
        }
    }
    for workload in &scene.workloads {
        mismatch(workload, report);
        container_ports(workload, report);
    }
}

fn leads(scene: &Scene<'_>, service: &ManifestObject, selector: &Json, report: &mut Report<'_>) {
    let pods: Vec<&Workload<'_>> = scene.carrying(selector).map(|(_, pods)| pods).collect();
    if pods.is_empty() {
        let what = format!("selects {}, which no pod of the release carries", words(selector));
        report.object(&DANGLING_SERVICE, service, "spec.selector", &what);
        return;
    }
    let ports = service.body["spec"]["ports"].as_array();
    for port in ports.into_iter().flatten() {
        let target = match &port["targetPort"] {
            Json::Null => &port["port"],
            target => target,
        };
        let field = format!("spec.ports[port={}].targetPort", port["port"]);
        if !is_valid(target) {
            let what = format!("leads to port {target}, which cannot exist");
            report.object(&INVALID_TARGET_PORTS, service, &field, &what);
        } else if target.is_string() && !pods.iter().any(|pod| has_port(pod, target)) {
            let what = format!("leads to port {target}, which its pods do not have");
            report.object(&INVALID_TARGET_PORTS, service, &field, &what);
        }
    }
}

/// A selector as `kubectl` writes it.
fn words(selector: &Json) -> String {
    let labels = selector.as_object().into_iter().flatten();
    let words: Vec<String> = labels
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
        .collect();
    words.join(",")
}

fn has_port(pod: &Workload<'_>, target: &Json) -> bool {
    pod.own_containers()
        .any(|container| container.items("ports").any(|port| is_port(port, target)))
}

/// Whether a port can exist: a number, or a service name (RFC 6335, section 5.1).
fn is_valid(port: &Json) -> bool {
    match port {
        Json::String(name) => {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            name.len() <= 15
                && name.chars().all(plain)
                && name.chars().any(|c| c.is_ascii_lowercase())
                && !name.starts_with('-')
                && !name.ends_with('-')
                && !name.contains("--")
        }
        number => number
            .as_u64()
            .is_some_and(|number| (1..=65535).contains(&number)),
    }
}

fn mismatch(workload: &Workload<'_>, report: &mut Report<'_>) {
    // Kubernetes itself chooses a Job's selector.
    let has_selector = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];
    let object = workload.object;
    if !has_selector.contains(&object.key.kind.as_str()) {
        return;
    }
    let selector = &object.body["spec"]["selector"];
    let is_empty = selector.as_object().is_none_or(serde_json::Map::is_empty);
    if is_empty || !selects(selector, workload.labels()) {
        report.object(
            &MISMATCHING_SELECTOR,
            object,
            "spec.selector",
            MISMATCHING_SELECTOR.finds,
        );
    }
}

fn container_ports(workload: &Workload<'_>, report: &mut Report<'_>) {
    for container in workload.own_containers() {
        for port in container.items("ports") {
            for field in ["name", "containerPort"] {
                let value = &port[field];
                if !value.is_null() && !is_valid(value) {
                    let what = format!("has port {value}, which cannot exist");
                    report.container(&INVALID_TARGET_PORTS, (workload, container), "ports", &what);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_valid;
    use rstest::rstest;
    use serde_json::{Value as Json, json};

    #[rstest]
    #[case(json!("http"), true)]
    #[case(json!("grpc-1"), true)]
    #[case(json!("1"), false)]
    #[case(json!("HTTP"), false)]
    #[case(json!("a--b"), false)]
    #[case(json!("-a"), false)]
    #[case(json!("sixteen-letters-"), false)]
    #[case(json!("a-much-too-long-name"), false)]
    #[case(json!(1), true)]
    #[case(json!(0), false)]
    #[case(json!(65536), false)]
    fn ports_are_numbers_or_service_names(#[case] port: Json, #[case] valid: bool) {
        assert_eq!(is_valid(&port), valid);
    }
}
