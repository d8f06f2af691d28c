//! `StatefulSets`: pods with a name and a volume of their own, one after the other.

use super::super::json::{self, condition_is_true, number, set, strings, text};
use super::super::names::content_hash;
use super::replicaset::pod_of;
use super::{MANAGER, Pass, owner_reference};
use serde_json::{Value as Json, json};
use std::sync::Arc;

const HASH: &str = "controller-revision-hash";

pub(super) fn run(pass: &mut Pass<'_>) {
    for owner in pass.api.objects("apps", "StatefulSet", "") {
        if !json::is_terminating(&owner) {
            sync(pass, &owner);
        }
    }
}

fn sync(pass: &mut Pass<'_>, owner: &Arc<Json>) {
    let revision = format!(
        "{}-{}",
        json::name(owner),
        content_hash(&owner["spec"]["template"])
    );
    record_revision(pass, owner, &revision);
    let wanted = number(owner, "/spec/replicas").unwrap_or(1);
    let mut pods = pass.controlled("", "Pod", owner);
    pods.sort_by_key(|pod| ordinal(pod));
    step(pass, owner, wanted, &revision, &pods);
    let pods = pass.controlled("", "Pod", owner);
    report(pass, owner, wanted, &revision, &pods);
}

fn ordinal(pod: &Json) -> i64 {
    json::name(pod)
        .rsplit('-')
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(-1)
}

fn is_ready(pod: &Json) -> bool {
    !json::is_terminating(pod) && condition_is_true(pod, "Ready")
}

/// The one thing that is due: a pod to create, to delete, or to replace; or nothing while one is still on its way.
fn step(pass: &mut Pass<'_>, owner: &Arc<Json>, wanted: i64, revision: &str, pods: &[Arc<Json>]) {
    let parallel = owner["spec"]["podManagementPolicy"] == "Parallel";
    for at in 0..wanted {
        match pods.iter().find(|pod| ordinal(pod) == at) {
            None => {
                create(pass, owner, at, revision);
                if !parallel {
                    return;
                }
            }
            Some(pod) if text(pod, "/status/phase") == "Failed" => {
                pass.api.delete("", "Pod", pod);
                return;
            }
            Some(pod) if !is_ready(pod) && !parallel => return,
            Some(_) => {}
        }
    }
    if let Some(surplus) = pods.iter().rev().find(|pod| ordinal(pod) >= wanted) {
        if !json::is_terminating(surplus) {
            delete(pass, owner, surplus);
        }
        return;
    }
    if text(owner, "/spec/updateStrategy/type") != "RollingUpdate" {
        return;
    }
    let partition = number(owner, "/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0);
    for pod in pods.iter().rev().filter(|pod| ordinal(pod) >= partition) {
        if json::is_terminating(pod) {
            return;
        }
        if json::label(pod, HASH) != revision {
            delete(pass, owner, pod);
            return;
        }
        if !is_ready(pod) {
            return;
        }
    }
}

fn create(pass: &mut Pass<'_>, owner: &Arc<Json>, at: i64, revision: &str) {
    let name = format!("{}-{at}", json::name(owner));
    let namespace = json::namespace(owner).to_owned();
    let mut pod = pod_of(owner, &owner["spec"]["template"]);
    set(&mut pod, "/metadata/name", name.clone());
    set(&mut pod, "/metadata/labels/controller-revision-hash", revision);
    set(
        &mut pod,
        "/metadata/labels/statefulset.kubernetes.io~1pod-name",
        name.clone(),
    );
    set(
        &mut pod,
        "/metadata/labels/apps.kubernetes.io~1pod-index",
        at.to_string(),
    );
    set(&mut pod, "/spec/hostname", name.clone());
    set(&mut pod, "/spec/subdomain", owner["spec"]["serviceName"].clone());
    for template in json::items(owner, "/spec/volumeClaimTemplates") {
        let claim = format!("{}-{name}", json::name(template));
        ensure_claim(pass, owner, template, &claim);
        let volume = json!({"name": json::name(template), "persistentVolumeClaim": {"claimName": claim}});
        if let Some(spec) = json::map_mut(&mut pod, "/spec") {
            let volumes = spec.entry("volumes").or_insert_with(|| json!([]));
            if let Some(volumes) = volumes.as_array_mut() {
                volumes.push(volume);
            }
        }
    }
    match pass.create("", "Pod", &namespace, pod, MANAGER) {
        Ok(_) => {
            let message = format!(
                "create Pod {name} in StatefulSet {} successful",
                json::name(owner)
            );
            pass.event(owner, "statefulset-controller", "SuccessfulCreate", &message);
        }
        Err(refused) => {
            let message = format!(
                "create Pod {name} in StatefulSet {} failed error: {refused}",
                json::name(owner)
            );
            pass.warning(owner, "statefulset-controller", "FailedCreate", &message);
        }
    }
}

fn ensure_claim(pass: &mut Pass<'_>, owner: &Arc<Json>, template: &Json, name: &str) {
    let namespace = json::namespace(owner);
    if pass
        .api
        .object("", "PersistentVolumeClaim", namespace, name)
        .is_some()
    {
        return;
    }
    let mut claim = json!({"metadata": template["metadata"], "spec": template["spec"]});
    set(&mut claim, "/metadata/name", name);
    for (key, value) in strings(&owner["spec"]["selector"], "/matchLabels") {
        let key = key.replace('~', "~0").replace('/', "~1");
        set(&mut claim, &format!("/metadata/labels/{key}"), value);
    }
    if pass
        .create("", "PersistentVolumeClaim", namespace, claim, MANAGER)
        .is_ok()
    {
        let message = format!(
            "create Claim {name} Pod {} in StatefulSet {} success",
            name,
            json::name(owner)
        );
        pass.event(owner, "statefulset-controller", "SuccessfulCreate", &message);
    }
}

fn delete(pass: &mut Pass<'_>, owner: &Arc<Json>, pod: &Arc<Json>) {
    pass.api.delete("", "Pod", pod);
    let message = format!(
        "delete Pod {} in StatefulSet {} successful",
        json::name(pod),
        json::name(owner)
    );
    pass.event(owner, "statefulset-controller", "SuccessfulDelete", &message);
}

/// Keeps the template under its revision's name, as `kubectl rollout undo` needs it.
fn record_revision(pass: &mut Pass<'_>, owner: &Arc<Json>, revision: &str) {
    let namespace = json::namespace(owner);
    if pass
        .api
        .object("apps", "ControllerRevision", namespace, revision)
        .is_some()
    {
        return;
    }
    let number = pass.controlled("apps", "ControllerRevision", owner).len() + 1;
    let object = json!({
        "metadata": {
            "name": revision,
            "labels": owner["spec"]["selector"]["matchLabels"],
            "ownerReferences": [owner_reference(owner)],
        },
        "data": {"spec": {"template": owner["spec"]["template"]}},
        "revision": number,
    });
    let _ = pass.create("apps", "ControllerRevision", namespace, object, MANAGER);
}

fn report(pass: &mut Pass<'_>, owner: &Arc<Json>, wanted: i64, revision: &str, pods: &[Arc<Json>]) {
    let count = |fits: &dyn Fn(&Json) -> bool| pods.iter().filter(|pod| fits(pod)).count();
    let updated = count(&|pod| json::label(pod, HASH) == revision);
    let ready = count(&is_ready);
    let total = pods.len();
    let done =
        updated == total && usize::try_from(wanted).is_ok_and(|wanted| wanted == ready && wanted == total);
    let before = text(owner, "/status/currentRevision");
    let current = if done || before.is_empty() {
        revision
    } else {
        before
    };
    let mut status = json!({
        "observedGeneration": owner["metadata"]["generation"],
        "replicas": total,
        "availableReplicas": ready,
        "currentRevision": current,
        "updateRevision": revision,
        "collisionCount": 0,
    });
    let old = count(&|pod| json::label(pod, HASH) == current);
    for (field, count) in [
        ("readyReplicas", ready),
        ("currentReplicas", old),
        ("updatedReplicas", updated),
    ] {
        if count > 0 {
            status[field] = count.into();
        }
    }
    pass.set_status("apps", "StatefulSet", owner, status);
}
