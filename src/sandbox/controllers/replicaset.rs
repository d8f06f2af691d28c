//! `ReplicaSets`: as many pods as asked for, no more and no fewer.
//!
//! A pod counts as available once it is ready; `minReadySeconds` is not waited for.

use super::super::json::{self, condition_is_true, number, set};
use super::{MANAGER, Pass, owner_reference};
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub(super) fn run(pass: &mut Pass<'_>) {
    for set in pass.api.objects("apps", "ReplicaSet", "") {
        if !json::is_terminating(&set) {
            sync(pass, &set);
        }
    }
}

fn sync(pass: &mut Pass<'_>, owner: &Arc<Json>) {
    let mut pods = pass.controlled("", "Pod", owner);
    pods.retain(|pod| is_active(pod));
    let wanted = usize::try_from(number(owner, "/spec/replicas").unwrap_or(0)).unwrap_or(0);
    for _ in pods.len()..wanted {
        let pod = pod_of(owner, &owner["spec"]["template"]);
        match pass.create("", "Pod", json::namespace(owner), pod, MANAGER) {
            Ok(pod) => {
                pass.event(
                    owner,
                    "replicaset-controller",
                    "SuccessfulCreate",
                    &format!("Created pod: {}", json::name(&pod)),
                );
                pods.push(pod);
            }
            Err(refused) => {
                pass.warning(
                    owner,
                    "replicaset-controller",
                    "FailedCreate",
                    &format!("Error creating: {refused}"),
                );
                break;
            }
        }
    }
    if pods.len() > wanted {
        // The pods that do least go first: those without a node, then those that are not ready, then the newest.
        pods.sort_by_key(|pod| {
            let scheduled = !json::text(pod, "/spec/nodeName").is_empty();
            (
                scheduled,
                condition_is_true(pod, "Ready"),
                std::cmp::Reverse(number(pod, "/metadata/resourceVersion")),
            )
        });
        for pod in pods.drain(..pods.len() - wanted) {
            pass.api.delete("", "Pod", &pod);
            pass.event(
                owner,
                "replicaset-controller",
                "SuccessfulDelete",
                &format!("Deleted pod: {}", json::name(&pod)),
            );
        }
    }
    let ready = pods.iter().filter(|pod| condition_is_true(pod, "Ready")).count();
    let mut status = json!({"replicas": pods.len(), "observedGeneration": owner["metadata"]["generation"]});
    for (field, count) in [
        ("fullyLabeledReplicas", pods.len()),
        ("readyReplicas", ready),
        ("availableReplicas", ready),
    ] {
        if count > 0 {
            status[field] = count.into();
        }
    }
    pass.set_status("apps", "ReplicaSet", owner, status);
}

/// Whether a pod counts: it neither goes away nor has ended.
pub(super) fn is_active(pod: &Json) -> bool {
    !json::is_terminating(pod) && !matches!(json::text(pod, "/status/phase"), "Succeeded" | "Failed")
}

/// A pod as a template describes it, controlled by `owner`. Its name is still to be invented.
pub(super) fn pod_of(owner: &Json, template: &Json) -> Json {
    let mut pod = json!({
        "metadata": {
            "generateName": format!("{}-", json::name(owner)),
            "ownerReferences": [owner_reference(owner)],
        },
        "spec": template["spec"],
    });
    for field in ["labels", "annotations"] {
        if let Some(value) = template.pointer(&format!("/metadata/{field}")) {
            set(&mut pod, &format!("/metadata/{field}"), value.clone());
        }
    }
    pod
}
