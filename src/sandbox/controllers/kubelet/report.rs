//! A pod's status, from what its containers have come to.

use super::super::super::api::Writer;
use super::super::super::clock::seconds;
use super::super::super::json::{self, items, set, text};
use super::super::super::names::content_hash;
use super::super::{Pass, with_condition};
use super::container::{Container, End, State};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Writes the status of a pod.
pub(super) fn write(
    pass: &mut Pass<'_>,
    pod: &Arc<Json>,
    address: &str,
    started: Timestamp,
    containers: &BTreeMap<String, Container>,
) {
    let statuses = |list: &str, idle: &str| -> Vec<Json> {
        items(pod, list)
            .iter()
            .map(|spec| container_status(pod, spec, containers.get(json::name_field(spec)), idle))
            .collect()
    };
    let has_init = !items(pod, "/spec/initContainers").is_empty();
    let init = statuses("/spec/initContainers", "PodInitializing");
    let main = statuses(
        "/spec/containers",
        if has_init {
            "PodInitializing"
        } else {
            "ContainerCreating"
        },
    );
    let initialized = init.iter().all(|status| {
        status["state"]["terminated"]["exitCode"] == 0 || status["state"].get("running").is_some()
    });
    let ready = initialized && main.iter().all(|status| status["ready"] == true);
    let phase = phase(pod, initialized, &init, &main);
    let sandboxed = !containers.is_empty();
    let now = pass.stamp();
    let unready = format!(
        "containers with unready status: [{}]",
        names(&main, |s| s["ready"] != true)
    );
    let incomplete = format!(
        "containers with incomplete status: [{}]",
        names(&init, |s| s["state"]["terminated"]["exitCode"] != 0)
    );
    let done = phase == "Succeeded";
    let mut conditions = items(pod, "/status/conditions").to_vec();
    let mut put = |kind: &str, holds: bool, reason: &str, message: &str| {
        let (reason, message) = if holds { ("", "") } else { (reason, message) };
        conditions = with_condition(&conditions, kind, holds, reason, message, &now);
    };
    put("PodReadyToStartContainers", sandboxed && !done, "", "");
    put(
        "Initialized",
        initialized,
        "ContainersNotInitialized",
        &incomplete,
    );
    let why = if done {
        "PodCompleted"
    } else {
        "ContainersNotReady"
    };
    put("Ready", ready, why, if done { "" } else { &unready });
    put("ContainersReady", ready, why, if done { "" } else { &unready });

    let mut status = json!({
        "phase": phase,
        "conditions": conditions,
        "startTime": seconds(started),
        "qosClass": pod["status"]["qosClass"],
        "hostIP": host_address(text(pod, "/spec/nodeName")),
        "containerStatuses": main,
    });
    status["hostIPs"] = json!([{"ip": status["hostIP"]}]);
    if has_init {
        status["initContainerStatuses"] = init.into();
    }
    if sandboxed {
        status["podIP"] = address.into();
        status["podIPs"] = json!([{"ip": address}]);
    }
    put_status(pass, pod, status);
}

/// A pod that is being deleted takes no more connections.
pub(super) fn not_ready(pass: &mut Pass<'_>, pod: &Arc<Json>) {
    let now = pass.stamp();
    let mut status = pod["status"].clone();
    let mut conditions = items(pod, "/status/conditions").to_vec();
    for kind in ["Ready", "ContainersReady"] {
        conditions = with_condition(&conditions, kind, false, "ContainersNotReady", "", &now);
    }
    set(&mut status, "/conditions", conditions);
    put_status(pass, pod, status);
}

fn put_status(pass: &mut Pass<'_>, pod: &Arc<Json>, status: Json) {
    if pod["status"] != status {
        let mut object = Json::clone(pod);
        object["status"] = status;
        pass.write("", "Pod", object, Writer::of_status("kubelet"));
    }
}

fn names(statuses: &[Json], fits: impl Fn(&Json) -> bool) -> String {
    statuses
        .iter()
        .filter(|status| fits(status))
        .map(json::name_field)
        .collect::<Vec<_>>()
        .join(" ")
}

fn host_address(node: &str) -> String {
    let number = node
        .rsplit('-')
        .next()
        .and_then(|text| text.parse::<u8>().ok())
        .unwrap_or(0);
    format!("172.18.0.{}", number.saturating_add(1))
}

fn phase(pod: &Json, initialized: bool, init: &[Json], main: &[Json]) -> &'static str {
    let code = |status: &Json| status["state"]["terminated"]["exitCode"].as_i64();
    let never = pod["spec"]["restartPolicy"] == "Never";
    if never && init.iter().filter_map(code).any(|code| code != 0) {
        return "Failed";
    }
    let codes: Option<Vec<i64>> = main.iter().map(code).collect();
    match codes {
        Some(codes) if initialized && codes.iter().all(|code| *code == 0) => "Succeeded",
        Some(_) if initialized && never => "Failed",
        _ if initialized
            && main.iter().any(|s| {
                s["state"].get("running").is_some() || s.get("lastState").is_some_and(|l| l != &json!({}))
            }) =>
        {
            "Running"
        }
        _ => "Pending",
    }
}

fn container_status(pod: &Json, spec: &Json, container: Option<&Container>, idle: &str) -> Json {
    let (uid, name, image) = (json::uid(pod), json::name_field(spec), text(spec, "/image"));
    let id = |life: u32| format!("containerd://{}", content_hash(&json!([uid, name, life])));
    let restarts = container.map_or(0, |container| container.restarts);
    let waiting = |reason: &str, message: &str| {
        let mut state = json!({"waiting": {"reason": reason}});
        if !message.is_empty() {
            state["waiting"]["message"] = message.into();
        }
        state
    };
    let (state, ready, started) = match container.map(|container| &container.state) {
        Some(State::Waiting { reason, message, .. }) => (waiting(reason, message), false, false),
        None | Some(State::Pulling { .. } | State::Starting { .. }) => (waiting(idle, ""), false, false),
        Some(State::Running { since, ready, .. }) => {
            let startup = spec.get("startupProbe").is_some();
            (
                json!({"running": {"startedAt": seconds(*since)}}),
                *ready,
                *ready || !startup,
            )
        }
        Some(State::Ended(end)) => (terminated(*end, &id(restarts)), end.code == 0, false),
    };
    let runs = state.get("waiting").is_none();
    let mut status = json!({
        "name": name,
        "image": image,
        "imageID": if runs { format!("{image}@sha256:{}", content_hash(&json!(image))) } else { String::new() },
        "ready": ready,
        "started": started,
        "restartCount": restarts,
        "state": state,
        "lastState": {},
    });
    if runs {
        status["containerID"] = id(restarts).into();
    }
    if let Some(end) = container.and_then(|container| container.last) {
        status["lastState"] = terminated(end, &id(restarts.saturating_sub(1)));
    }
    status
}

fn terminated(end: End, id: &str) -> Json {
    json!({"terminated": {
        "exitCode": end.code,
        "reason": if end.code == 0 { "Completed" } else { "Error" },
        "startedAt": seconds(end.since),
        "finishedAt": seconds(end.at),
        "containerID": id,
    }})
}
