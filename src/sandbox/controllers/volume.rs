//! Volume claims: a volume for each, at once or when its first consumer has a node, according to the storage class.

use super::super::json::{self, set, text};
use super::{MANAGER, Pass};
use crate::sandbox::api::Writer;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::Instant;

/// When the volumes that are on the way arrive, by the claim's UID.
#[derive(Debug, Default)]
pub(super) struct Volumes(HashMap<String, Instant>);

pub(super) fn run(pass: &mut Pass<'_>, volumes: &mut Volumes) {
    for claim in pass.api.objects("", "PersistentVolumeClaim", "") {
        if text(&claim, "/status/phase") != "Bound" && !json::is_terminating(&claim) {
            provide(pass, &claim, volumes);
        }
    }
    for volume in pass.api.objects("", "PersistentVolume", "") {
        let (namespace, name) = (
            text(&volume, "/spec/claimRef/namespace"),
            text(&volume, "/spec/claimRef/name"),
        );
        let claim = pass.api.object("", "PersistentVolumeClaim", namespace, name);
        let bound = claim.is_some_and(|claim| json::uid(&claim) == text(&volume, "/spec/claimRef/uid"));
        if !bound && volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete" {
            pass.api.delete("", "PersistentVolume", &volume);
        }
    }
}

fn provide(pass: &mut Pass<'_>, claim: &Arc<Json>, volumes: &mut Volumes) {
    const COMPONENT: &str = "persistentvolume-controller";
    let class_name = text(claim, "/spec/storageClassName");
    let Some(class) = pass.api.object("storage.k8s.io", "StorageClass", "", class_name) else {
        let message = if class_name.is_empty() {
            "no persistent volumes available for this claim and no storage class is set".to_owned()
        } else {
            format!("storageclass.storage.k8s.io \"{class_name}\" not found")
        };
        tell_once(pass, claim, COMPONENT, "Warning", "ProvisioningFailed", &message);
        return;
    };
    let waits = class["volumeBindingMode"] == "WaitForFirstConsumer";
    if waits && text(claim, "/metadata/annotations/volume.kubernetes.io~1selected-node").is_empty() {
        let message = "waiting for first consumer to be created before binding";
        tell_once(pass, claim, COMPONENT, "Normal", "WaitForFirstConsumer", message);
        return;
    }
    let due = *volumes
        .0
        .entry(json::uid(claim).to_owned())
        .or_insert(pass.now + pass.takes(400));
    if pass.now < due {
        pass.wake_at(due);
        return;
    }
    volumes.0.remove(json::uid(claim));
    bind(pass, claim, &class);
}

fn bind(pass: &mut Pass<'_>, claim: &Arc<Json>, class: &Json) {
    let name = format!("pvc-{}", json::uid(claim));
    let capacity = json!({"storage": claim.pointer("/spec/resources/requests/storage")});
    let volume = json!({
        "metadata": {
            "name": name,
            "annotations": {"pv.kubernetes.io/provisioned-by": class["provisioner"]},
        },
        "spec": {
            "capacity": capacity, "accessModes": claim["spec"]["accessModes"],
            "claimRef": {
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": json::namespace(claim),
                "name": json::name(claim), "uid": json::uid(claim),
            },
            "persistentVolumeReclaimPolicy": class["reclaimPolicy"],
            "storageClassName": json::name(class), "volumeMode": claim["spec"]["volumeMode"],
        },
    });
    if pass.create("", "PersistentVolume", "", volume, MANAGER).is_err() {
        return;
    }
    let mut object = Json::clone(claim);
    set(&mut object, "/spec/volumeName", name.clone());
    set(
        &mut object,
        "/metadata/annotations/pv.kubernetes.io~1bind-completed",
        "yes",
    );
    pass.write("", "PersistentVolumeClaim", object, Writer::new(MANAGER));
    let namespace = json::namespace(claim);
    if let Some(live) = pass
        .api
        .object("", "PersistentVolumeClaim", namespace, json::name(claim))
    {
        let status =
            json!({"phase": "Bound", "accessModes": claim["spec"]["accessModes"], "capacity": capacity});
        pass.set_status("", "PersistentVolumeClaim", &live, status);
    }
    if let Some(volume) = pass.api.object("", "PersistentVolume", "", &name) {
        pass.set_status("", "PersistentVolume", &volume, json!({"phase": "Bound"}));
    }
    let component = text(class, "/provisioner").to_owned();
    pass.event(
        claim,
        &component,
        "ProvisioningSucceeded",
        &format!("Successfully provisioned volume {name}"),
    );
}

/// Tells something only where it has not been told yet.
fn tell_once(pass: &mut Pass<'_>, claim: &Json, component: &str, kind: &str, reason: &str, message: &str) {
    let told = pass
        .api
        .objects("", "Event", json::namespace(claim))
        .iter()
        .any(|event| event["involvedObject"]["uid"] == json::uid(claim) && event["reason"] == reason);
    if !told {
        pass.tell(claim, component, kind, reason, message, "");
    }
}
