//! The scheduler: a node for each pod, or the reason why there is none.

use super::super::json::{self, items, set, strings, text};
use super::{Pass, with_condition};
use crate::sandbox::api::Writer;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::Instant;

const SELECTED_NODE: &str = "/metadata/annotations/volume.kubernetes.io~1selected-node";

/// When the pods that have no node yet were first seen, by UID.
#[derive(Debug, Default)]
pub(super) struct Queue(HashMap<String, Instant>);

pub(super) fn run(pass: &mut Pass<'_>, queue: &mut Queue) {
    let pods = pass.api.objects("", "Pod", "");
    let mut load: HashMap<String, usize> = HashMap::new();
    for pod in &pods {
        *load.entry(text(pod, "/spec/nodeName").to_owned()).or_default() += 1;
    }
    for pod in &pods {
        if !text(pod, "/spec/nodeName").is_empty() || json::is_terminating(pod) {
            queue.0.remove(json::uid(pod));
            continue;
        }
        let due = *queue
            .0
            .entry(json::uid(pod).to_owned())
            .or_insert(pass.now + pass.takes(60));
        if pass.now < due {
            pass.wake_at(due);
            continue;
        }
        if let Some(node) = schedule(pass, pod, &load) {
            *load.entry(node).or_default() += 1;
        }
    }
}

/// Binds the pod, or says why that is impossible for now; answers with the node.
fn schedule(pass: &mut Pass<'_>, pod: &Arc<Json>, load: &HashMap<String, usize>) -> Option<String> {
    let nodes = pass.api.objects("", "Node", "");
    let mut fitting: Vec<&Arc<Json>> = nodes.iter().filter(|node| fits(pod, node)).collect();
    if fitting.is_empty() {
        let count = nodes.len();
        let message = format!(
            "0/{count} nodes are available: {count} node(s) didn't match Pod's node affinity/selector. \
             preemption: 0/{count} nodes are available: {count} Preemption is not helpful for scheduling."
        );
        refuse(pass, pod, &message);
        return None;
    }
    fitting.sort_by_key(|node| {
        (
            load.get(json::name(node)).copied().unwrap_or(0),
            json::name(node).to_owned(),
        )
    });
    let node = json::name(fitting[0]).to_owned();
    for volume in items(pod, "/spec/volumes") {
        let claim_name = text(volume, "/persistentVolumeClaim/claimName");
        if claim_name.is_empty() {
            continue;
        }
        let Some(claim) = pass
            .api
            .object("", "PersistentVolumeClaim", json::namespace(pod), claim_name)
        else {
            let message = format!(
                "0/{} nodes are available: persistentvolumeclaim \"{claim_name}\" not found. preemption: not eligible.",
                nodes.len()
            );
            refuse(pass, pod, &message);
            return None;
        };
        if text(&claim, "/status/phase") != "Bound" {
            choose_node(pass, &claim, &node);
            return None;
        }
    }
    bind(pass, pod, &node);
    Some(node)
}

fn fits(pod: &Json, node: &Json) -> bool {
    node["spec"]["unschedulable"] != true
        && strings(pod, "/spec/nodeSelector").all(|(key, value)| json::label(node, key) == value)
}

/// Tells the volume's provisioner where its first consumer will run.
fn choose_node(pass: &mut Pass<'_>, claim: &Arc<Json>, node: &str) {
    if text(claim, SELECTED_NODE).is_empty() {
        let mut object = Json::clone(claim);
        set(&mut object, SELECTED_NODE, node);
        pass.write("", "PersistentVolumeClaim", object, Writer::new("kube-scheduler"));
    }
}

fn refuse(pass: &mut Pass<'_>, pod: &Arc<Json>, message: &str) {
    let known = items(pod, "/status/conditions")
        .iter()
        .any(|condition| condition["type"] == "PodScheduled" && condition["message"] == message);
    if known {
        return;
    }
    let now = pass.stamp();
    let mut status = pod["status"].clone();
    let old = items(pod, "/status/conditions");
    status["conditions"] = with_condition(old, "PodScheduled", false, "Unschedulable", message, &now).into();
    pass.set_status("", "Pod", pod, status);
    pass.warning(pod, "default-scheduler", "FailedScheduling", message);
}

fn bind(pass: &mut Pass<'_>, pod: &Arc<Json>, node: &str) {
    let now = pass.stamp();
    let conditions = with_condition(
        items(pod, "/status/conditions"),
        "PodScheduled",
        true,
        "",
        "",
        &now,
    );
    pass.api.bind(pod, node, &json!(conditions));
    let message = format!(
        "Successfully assigned {}/{} to {node}",
        json::namespace(pod),
        json::name(pod)
    );
    pass.event(pod, "default-scheduler", "Scheduled", &message);
}
