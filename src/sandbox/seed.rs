//! What every sandbox cluster holds at the start: namespaces, nodes, classes, and the definitions and objects of the
//! operators that a real cluster of this kind runs (cert-manager, External Secrets, the Prometheus operator), and the
//! definitions of the Gateway API.

use super::api::{Api, Outcome, Writer};
use serde_json::{Value as Json, json};

/// The manager of what was there before anybody came.
const MANAGER: &str = "kubeadm";

/// Group, version, kind, plural, scope.
const DEFINITIONS: [(&str, &str, &str, &str, &str); 12] = [
    (
        "cert-manager.io",
        "v1",
        "Certificate",
        "certificates",
        "Namespaced",
    ),
    ("cert-manager.io", "v1", "Issuer", "issuers", "Namespaced"),
    (
        "cert-manager.io",
        "v1",
        "ClusterIssuer",
        "clusterissuers",
        "Cluster",
    ),
    (
        "external-secrets.io",
        "v1",
        "ExternalSecret",
        "externalsecrets",
        "Namespaced",
    ),
    (
        "external-secrets.io",
        "v1",
        "SecretStore",
        "secretstores",
        "Namespaced",
    ),
    (
        "external-secrets.io",
        "v1",
        "ClusterSecretStore",
        "clustersecretstores",
        "Cluster",
    ),
    (
        "monitoring.coreos.com",
        "v1",
        "ServiceMonitor",
        "servicemonitors",
        "Namespaced",
    ),
    (
        "monitoring.coreos.com",
        "v1",
        "PodMonitor",
        "podmonitors",
        "Namespaced",
    ),
    (
        "monitoring.coreos.com",
        "v1",
        "PrometheusRule",
        "prometheusrules",
        "Namespaced",
    ),
    (
        "gateway.networking.k8s.io",
        "v1",
        "GatewayClass",
        "gatewayclasses",
        "Cluster",
    ),
    (
        "gateway.networking.k8s.io",
        "v1",
        "Gateway",
        "gateways",
        "Namespaced",
    ),
    (
        "gateway.networking.k8s.io",
        "v1",
        "HTTPRoute",
        "httproutes",
        "Namespaced",
    ),
];

/// Fills an empty cluster.
pub(super) fn plant(api: &mut Api) -> Outcome<()> {
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        put(api, "", "Namespace", json!({"metadata": {"name": name}}))?;
    }
    for node in 1..=3 {
        put_with_status(api, "", "Node", node_object(node))?;
    }
    put(api, "storage.k8s.io", "StorageClass", storage_class())?;
    for (name, controller) in [
        ("nginx", "k8s.io/ingress-nginx"),
        ("traefik", "traefik.io/ingress-controller"),
    ] {
        let class = json!({"metadata": {"name": name}, "spec": {"controller": controller}});
        put(api, "networking.k8s.io", "IngressClass", class)?;
    }
    for definition in DEFINITIONS {
        let (group, version, kind, plural, scope) = definition;
        put_with_status(
            api,
            "apiextensions.k8s.io",
            "CustomResourceDefinition",
            crd(group, version, kind, plural, scope),
        )?;
    }
    put_with_status(api, "cert-manager.io", "ClusterIssuer", cluster_issuer())?;
    put_with_status(api, "external-secrets.io", "ClusterSecretStore", secret_store())?;
    Ok(())
}

/// Creates an object.
pub(super) fn put(api: &mut Api, group: &str, kind: &str, object: Json) -> Outcome<()> {
    let namespace = super::json::namespace(&object).to_owned();
    let resource = api.kind(group, kind)?;
    api.create(&resource, &namespace, object, Writer::new(MANAGER))
        .map(drop)
}

/// Creates an object and writes its status.
fn put_with_status(api: &mut Api, group: &str, kind: &str, object: Json) -> Outcome<()> {
    put(api, group, kind, object.clone())?;
    let resource = api.kind(group, kind)?;
    let (namespace, name) = (
        super::json::namespace(&object).to_owned(),
        super::json::name(&object).to_owned(),
    );
    api.update(&resource, &namespace, &name, object, Writer::of_status(MANAGER))
        .map(drop)
}

fn node_object(number: u8) -> Json {
    let name = format!("node-{number}");
    let capacity = json!({"cpu": "4", "memory": "16384Mi", "ephemeral-storage": "100Gi", "pods": "110"});
    let condition =
        |kind: &str, status: &str, reason: &str| json!({"type": kind, "status": status, "reason": reason});
    json!({
        "metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "topology.kubernetes.io/zone": format!("zone-{number}"),
        }},
        "spec": {"podCIDR": format!("10.244.{number}.0/24")},
        "status": {
            "capacity": capacity, "allocatable": capacity,
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID"),
                condition("Ready", "True", "KubeletReady"),
            ],
            "addresses": [
                {"type": "InternalIP", "address": format!("172.18.0.{}", number + 1)},
                {"type": "Hostname", "address": name},
            ],
            "nodeInfo": {
                "kubeletVersion": "v1.36.3", "containerRuntimeVersion": "containerd://2.1.4", "osImage": "Debian GNU/Linux 12",
                "operatingSystem": "linux", "architecture": "amd64", "kernelVersion": "6.12.0", "kubeProxyVersion": "v1.36.3",
                "machineID": name, "systemUUID": name, "bootID": name,
            },
        },
    })
}

fn storage_class() -> Json {
    json!({
        "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "rancher.io/local-path",
        "volumeBindingMode": "WaitForFirstConsumer",
    })
}

fn crd(group: &str, version: &str, kind: &str, plural: &str, scope: &str) -> Json {
    let names = json!({
        "kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": kind.to_lowercase(),
    });
    json!({
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {
            "group": group, "scope": scope, "names": names,
            "versions": [{
                "name": version, "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
            }],
        },
        "status": {
            "acceptedNames": names, "storedVersions": [version],
            "conditions": [
                {"type": "NamesAccepted", "status": "True", "reason": "NoConflicts", "message": "no conflicts found"},
                {"type": "Established", "status": "True", "reason": "InitialNamesAccepted", "message": "the initial names have been accepted"},
            ],
        },
    })
}

fn cluster_issuer() -> Json {
    json!({
        "metadata": {"name": "letsencrypt"},
        "spec": {"acme": {"server": "https://acme-v02.api.letsencrypt.org/directory", "privateKeySecretRef": {"name": "letsencrypt"}}},
        "status": {"conditions": [{
            "type": "Ready", "status": "True", "reason": "ACMEAccountRegistered",
            "message": "The ACME account was registered with the ACME server",
        }]},
    })
}

fn secret_store() -> Json {
    json!({
        "metadata": {"name": "sandbox"},
        "spec": {"provider": {"fake": {"data": []}}},
        "status": {"capabilities": "ReadOnly", "conditions": [{
            "type": "Ready", "status": "True", "reason": "Valid", "message": "store validated",
        }]},
    })
}
