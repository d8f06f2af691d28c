//! Namespaces: each gets its account and the certificate bundle, and takes everything in it along when it goes.

use super::super::api::Propagation;
use super::super::json;
use super::super::resources::Resource;
use super::{MANAGER, Pass, with_condition};
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub(super) fn run(pass: &mut Pass<'_>) {
    for namespace in pass.api.objects("", "Namespace", "") {
        if json::is_terminating(&namespace) {
            terminate(pass, &namespace);
        } else {
            furnish(pass, json::name(&namespace));
        }
    }
}

fn furnish(pass: &mut Pass<'_>, namespace: &str) {
    if pass
        .api
        .object("", "ServiceAccount", namespace, "default")
        .is_none()
    {
        let account = json!({"metadata": {"name": "default"}});
        let _ = pass.create("", "ServiceAccount", namespace, account, MANAGER);
    }
    if pass
        .api
        .object("", "ConfigMap", namespace, "kube-root-ca.crt")
        .is_none()
    {
        let bundle = json!({
            "metadata": {"name": "kube-root-ca.crt"},
            "data": {"ca.crt": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"},
        });
        let _ = pass.create("", "ConfigMap", namespace, bundle, MANAGER);
    }
}

/// Deletes what is left, says what holds it, and lets the namespace go once it is empty.
fn terminate(pass: &mut Pass<'_>, namespace: &Arc<Json>) {
    let name = json::name(namespace).to_owned();
    let kinds: Vec<Arc<Resource>> = pass
        .api
        .registry
        .all()
        .filter(|r| r.namespaced)
        .cloned()
        .collect();
    let mut left: Vec<String> = Vec::new();
    let mut finalizers: Vec<String> = Vec::new();
    for resource in kinds {
        let mut waiting = 0_usize;
        for object in pass.api.objects(&resource.group, &resource.kind, &name) {
            let live = if json::is_terminating(&object) {
                Some(object)
            } else {
                pass.api
                    .delete_live(&resource, &object, Propagation::Background, None)
            };
            if let Some(live) = live {
                waiting += 1;
                finalizers.extend(
                    json::items(&live, "/metadata/finalizers")
                        .iter()
                        .filter_map(|f| Some(f.as_str()?.to_owned())),
                );
            }
        }
        if waiting > 0 {
            left.push(format!(
                "{} has {waiting} resource instances",
                resource.qualified()
            ));
        }
    }
    if left.is_empty() {
        if let Ok(resource) = pass.api.kind("", "Namespace") {
            pass.api
                .finalize(&resource, namespace, "/spec/finalizers", "kubernetes");
        }
        return;
    }
    let now = pass.stamp();
    finalizers.sort_unstable();
    finalizers.dedup();
    let content = format!("Some resources are remaining: {}", left.join(", "));
    let old = json::items(namespace, "/status/conditions");
    let mut conditions = with_condition(
        old,
        "NamespaceContentRemaining",
        true,
        "SomeResourcesRemain",
        &content,
        &now,
    );
    if !finalizers.is_empty() {
        let held = format!(
            "Some content in the namespace has finalizers remaining: {}",
            finalizers.join(", ")
        );
        conditions = with_condition(
            &conditions,
            "NamespaceFinalizersRemaining",
            true,
            "SomeFinalizersRemain",
            &held,
            &now,
        );
    }
    pass.set_status(
        "",
        "Namespace",
        namespace,
        json!({"phase": "Terminating", "conditions": conditions}),
    );
}
