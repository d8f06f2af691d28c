//! Services: the addresses behind each, as Endpoints and as an `EndpointSlice`, and the address of a load balancer.

use super::super::json::{self, items, text};
use super::super::selector::LabelSelector;
use super::{MANAGER, Pass, owner_reference};
use crate::sandbox::api::Writer;
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub(super) fn run(pass: &mut Pass<'_>) {
    for service in pass.api.objects("", "Service", "") {
        if service["spec"]["type"] == "LoadBalancer" {
            let status = json!({"loadBalancer": {"ingress": [{"ip": "172.18.0.240", "ipMode": "VIP"}]}});
            pass.set_status("", "Service", &service, status);
        }
        let selector = LabelSelector::of_map(&service["spec"]["selector"]);
        if !selector.is_empty() {
            sync(pass, &service, &selector);
        }
    }
    remove_orphans(pass);
}

fn sync(pass: &mut Pass<'_>, service: &Arc<Json>, selector: &LabelSelector) {
    let mut pods = pass.api.objects("", "Pod", json::namespace(service));
    pods.retain(|pod| {
        let over = matches!(text(pod, "/status/phase"), "Succeeded" | "Failed");
        selector.matches(pod) && !text(pod, "/status/podIP").is_empty() && !over
    });
    let ports: Vec<Json> = items(service, "/spec/ports")
        .iter()
        .filter_map(|port| {
            let target = target_port(&port["targetPort"], &pods)?;
            let mut entry = json!({"port": target, "protocol": port["protocol"]});
            if let Some(name) = port.get("name") {
                entry["name"] = name.clone();
            }
            Some(entry)
        })
        .collect();
    put(pass, "", "Endpoints", service, endpoints(service, &pods, &ports));
    put(
        pass,
        "discovery.k8s.io",
        "EndpointSlice",
        service,
        slice(service, &pods, &ports),
    );
}

/// The number of a port, which a Service may also name.
fn target_port(target: &Json, pods: &[Arc<Json>]) -> Option<i64> {
    if let Some(number) = target.as_i64() {
        return Some(number);
    }
    pods.iter()
        .flat_map(|pod| items(pod, "/spec/containers"))
        .flat_map(|container| items(container, "/ports"))
        .find(|port| port["name"] == *target)
        .and_then(|port| port["containerPort"].as_i64())
}

fn target(pod: &Json) -> Json {
    json!({"kind": "Pod", "namespace": json::namespace(pod), "name": json::name(pod), "uid": json::uid(pod)})
}

fn is_ready(pod: &Json) -> bool {
    json::condition_is_true(pod, "Ready") && !json::is_terminating(pod)
}

fn endpoints(service: &Json, pods: &[Arc<Json>], ports: &[Json]) -> Json {
    let addresses = |ready: bool| -> Vec<Json> {
        pods.iter()
            .filter(|pod| is_ready(pod) == ready && !json::is_terminating(pod))
            .map(|pod| json!({"ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"], "targetRef": target(pod)}))
            .collect()
    };
    let mut subset = json!({});
    for (field, list) in [
        ("addresses", addresses(true)),
        ("notReadyAddresses", addresses(false)),
    ] {
        if !list.is_empty() {
            subset[field] = list.into();
        }
    }
    let mut object = json!({"metadata": {"name": json::name(service)}});
    if subset != json!({}) {
        subset["ports"] = ports.into();
        object["subsets"] = json!([subset]);
    }
    object
}

fn slice(service: &Json, pods: &[Arc<Json>], ports: &[Json]) -> Json {
    let endpoints: Vec<Json> = pods
        .iter()
        .map(|pod| {
            let (ready, terminating) = (is_ready(pod), json::is_terminating(pod));
            json!({
                "addresses": [pod["status"]["podIP"]],
                "conditions": {"ready": ready, "serving": ready, "terminating": terminating},
                "nodeName": pod["spec"]["nodeName"], "targetRef": target(pod),
            })
        })
        .collect();
    json!({
        "metadata": {
            "name": format!("{}-sandbox", json::name(service)),
            "labels": {
                "kubernetes.io/service-name": json::name(service),
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            },
            "ownerReferences": [owner_reference(service)],
        },
        "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
    })
}

/// Creates or replaces what belongs to a Service.
fn put(pass: &mut Pass<'_>, group: &str, kind: &str, service: &Json, wanted: Json) {
    let namespace = json::namespace(service);
    let Some(live) = pass.api.object(group, kind, namespace, json::name(&wanted)) else {
        let _ = pass.create(group, kind, namespace, wanted, MANAGER);
        return;
    };
    let mut object = Json::clone(&live);
    for field in ["subsets", "endpoints", "ports"] {
        match wanted.get(field) {
            Some(value) => object[field] = value.clone(),
            None => {
                json::remove(&mut object, &format!("/{field}"));
            }
        }
    }
    if object != *live {
        pass.write(group, kind, object, Writer::new(MANAGER));
    }
}

/// Endpoints have no owner reference; they go with the Service of their name.
fn remove_orphans(pass: &mut Pass<'_>) {
    for endpoints in pass.api.objects("", "Endpoints", "") {
        if pass
            .api
            .object("", "Service", json::namespace(&endpoints), json::name(&endpoints))
            .is_none()
        {
            pass.api.delete("", "Endpoints", &endpoints);
        }
    }
}
