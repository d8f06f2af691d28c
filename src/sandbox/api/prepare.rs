//! What the server adds to an object beyond plain defaults: addresses, generated selectors, and what it carries over
//! from the object before.

use super::super::json::{self, items, set, text};
use super::super::resources::Resource;
use super::Api;
use serde_json::{Value as Json, json};

impl Api {
    /// Fills in what only the cluster can know. A dry run takes no address.
    pub(super) fn prepare(
        &mut self,
        resource: &Resource,
        live: Option<&Json>,
        object: &mut Json,
        dry_run: bool,
    ) {
        match (resource.group.as_str(), resource.kind.as_str()) {
            ("", "Service") => self.prepare_service(live, object, dry_run),
            ("", "Pod") if live.is_none() => self.prepare_pod(object),
            ("", "PersistentVolumeClaim") => self.prepare_claim(live, object),
            ("batch", "Job") if live.is_none() => prepare_job(object),
            _ => {}
        }
    }

    fn prepare_service(&mut self, live: Option<&Json>, object: &mut Json, dry_run: bool) {
        if object["spec"]["type"] == "ExternalName" {
            return;
        }
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            let pointer = format!("/spec/{field}");
            if object.pointer(&pointer).is_none()
                && let Some(value) = live.and_then(|live| live.pointer(&pointer))
            {
                set(object, &pointer, value.clone());
            }
        }
        if object.pointer("/spec/clusterIP").is_none() && !dry_run {
            set(
                object,
                "/spec/clusterIP",
                self.names.service_address().to_string(),
            );
        }
        if let (Some(address), None) = (
            object.pointer("/spec/clusterIP").cloned(),
            object.pointer("/spec/clusterIPs"),
        ) {
            set(object, "/spec/clusterIPs", json!([address]));
        }
        for (field, default) in [
            ("ipFamilies", json!(["IPv4"])),
            ("ipFamilyPolicy", json!("SingleStack")),
        ] {
            let pointer = format!("/spec/{field}");
            if object.pointer(&pointer).is_none() {
                set(object, &pointer, default);
            }
        }
        if matches!(text(object, "/spec/type"), "NodePort" | "LoadBalancer") && !dry_run {
            self.open_node_ports(live, object);
        }
    }

    fn open_node_ports(&mut self, live: Option<&Json>, object: &mut Json) {
        let before = live
            .map(|live| items(live, "/spec/ports").to_vec())
            .unwrap_or_default();
        for port in object
            .pointer_mut("/spec/ports")
            .and_then(Json::as_array_mut)
            .into_iter()
            .flatten()
        {
            if port.get("nodePort").is_some() {
                continue;
            }
            let same = before
                .iter()
                .find(|old| old["port"] == port["port"])
                .map(|old| old["nodePort"].clone());
            port["nodePort"] = same.unwrap_or_else(|| self.names.node_port().into());
        }
    }

    /// A pod runs under an account, and with what the account says of image pulls.
    fn prepare_pod(&self, object: &mut Json) {
        if text(object, "/spec/serviceAccountName").is_empty() {
            set(object, "/spec/serviceAccountName", "default");
            set(object, "/spec/serviceAccount", "default");
        }
        let account = text(object, "/spec/serviceAccountName").to_owned();
        let account = self.object("", "ServiceAccount", json::namespace(object), &account);
        if object.pointer("/spec/imagePullSecrets").is_none()
            && let Some(secrets) = account
                .as_ref()
                .and_then(|account| account.get("imagePullSecrets"))
        {
            set(object, "/spec/imagePullSecrets", secrets.clone());
        }
        for (field, value) in [
            ("enableServiceLinks", json!(true)),
            ("preemptionPolicy", json!("PreemptLowerPriority")),
            ("priority", json!(0)),
        ] {
            if object["spec"].get(field).is_none() {
                set(object, &format!("/spec/{field}"), value);
            }
        }
        let tolerate = |key: &str| json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300});
        if let Some(spec) = object.get_mut("spec").and_then(Json::as_object_mut) {
            let tolerations = spec.entry("tolerations").or_insert_with(|| json!([]));
            if let Some(list) = tolerations.as_array_mut() {
                for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
                    if !list.iter().any(|toleration| toleration["key"] == key) {
                        list.push(tolerate(key));
                    }
                }
            }
        }
        set(object, "/status/qosClass", quality(object));
    }

    /// A claim without a class takes the default one; a bound one keeps its volume.
    fn prepare_claim(&self, live: Option<&Json>, object: &mut Json) {
        for field in ["storageClassName", "volumeName", "volumeMode"] {
            let pointer = format!("/spec/{field}");
            if object.pointer(&pointer).is_none()
                && let Some(value) = live.and_then(|live| live.pointer(&pointer))
            {
                set(object, &pointer, value.clone());
            }
        }
        if live.is_none() && object.pointer("/spec/storageClassName").is_none() {
            let classes = self.objects("storage.k8s.io", "StorageClass", "");
            let default = classes.iter().find(|class| {
                class.pointer("/metadata/annotations/storageclass.kubernetes.io~1is-default-class")
                    == Some(&json!("true"))
            });
            if let Some(class) = default {
                set(object, "/spec/storageClassName", json::name(class));
            }
        }
    }
}

/// A Job finds its pods by labels that the server invents; without labels of its own it takes those of its pods.
fn prepare_job(object: &mut Json) {
    if object["spec"]["manualSelector"] != true {
        let (uid, name) = (json::uid(object).to_owned(), json::name(object).to_owned());
        set(
            object,
            "/spec/selector/matchLabels",
            json!({"batch.kubernetes.io/controller-uid": uid}),
        );
        for (key, value) in [
            ("batch.kubernetes.io~1controller-uid", &uid),
            ("batch.kubernetes.io~1job-name", &name),
            ("controller-uid", &uid),
            ("job-name", &name),
        ] {
            set(
                object,
                &format!("/spec/template/metadata/labels/{key}"),
                value.clone(),
            );
        }
    }
    if object.pointer("/metadata/labels").is_none() {
        set(
            object,
            "/metadata/labels",
            object["spec"]["template"]["metadata"]["labels"].clone(),
        );
    }
}

/// The class of service that a pod's requests and limits amount to.
fn quality(pod: &Json) -> &'static str {
    let containers = items(pod, "/spec/containers");
    let resources =
        |container: &Json, field: &str| container["resources"].get(field).cloned().unwrap_or_default();
    let empty = |value: &Json| value.as_object().is_none_or(serde_json::Map::is_empty);
    if containers
        .iter()
        .all(|c| empty(&resources(c, "requests")) && empty(&resources(c, "limits")))
    {
        return "BestEffort";
    }
    let guaranteed = containers.iter().all(|c| {
        let (requests, limits) = (resources(c, "requests"), resources(c, "limits"));
        let bounded = limits.get("cpu").is_some() && limits.get("memory").is_some();
        bounded && (empty(&requests) || requests == limits)
    });
    if guaranteed { "Guaranteed" } else { "Burstable" }
}
