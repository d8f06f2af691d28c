//! What every test cluster holds from the start: three nodes, a storage class, and the CRDs of the Prometheus operator,
//! the External Secrets Operator, Sealed Secrets, cert-manager, the Gateway API and Istio. A test that wants a CRD to be missing takes another operator's.

use super::cluster::{ClusterError, TestCluster};
use super::control_plane::Programs;
use super::kubelet;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams};
use kube::runtime::{conditions, wait::Condition as _};
use serde_json::{Value, json};
use std::{fs, io};

const NODES: [&str; 3] = ["node-1", "node-2", "node-3"];

/// The files of the CRDs, in the part that has them. Some hold several, of which those named below are taken.
const CRD_FILES: [&str; 12] = [
    "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
    "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
    "config/crds/bases/external-secrets.io_externalsecrets.yaml",
    "config/crds/bases/external-secrets.io_secretstores.yaml",
    "config/crds/bases/external-secrets.io_clustersecretstores.yaml",
    "helm/sealed-secrets/crds/bitnami.com_sealedsecrets.yaml",
    "deploy/crds/cert-manager.io_certificates.yaml",
    "deploy/crds/cert-manager.io_issuers.yaml",
    "deploy/crds/cert-manager.io_clusterissuers.yaml",
    "config/crd/standard/gateway.networking.k8s.io_gateways.yaml",
    "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
    "kubernetes/customresourcedefinitions.gen.yaml",
];

/// Of Istio's CRDs, which lie in one file, the ones that are taken.
const OF_ISTIO: [&str; 1] = ["peerauthentications.security.istio.io"];

/// Creates it all.
pub async fn furnish(cluster: &TestCluster, programs: &Programs) -> Result<(), ClusterError> {
    let nodes = Api::<Node>::all(cluster.client());
    for name in NODES {
        let node = serde_json::from_value(node(name)).map_err(io::Error::other)?;
        nodes.create(&PostParams::default(), &node).await?;
    }
    let apply = PatchParams::apply("mesh-tui-tests");
    Api::<StorageClass>::all(cluster.client())
        .patch(
            "kwok-volume",
            &apply,
            &Patch::Apply(kubelet::storage_class(&programs.kwok)?),
        )
        .await?;
    let crds = Api::<CustomResourceDefinition>::all(cluster.client());
    for file in CRD_FILES {
        let text = fs::read_to_string(programs.crds.data(file))?;
        for document in text.split("\n---\n").filter(|text| !text.trim().is_empty()) {
            let mut crd: Value = serde_yaml::from_str(document).map_err(io::Error::other)?;
            without_conversion(&mut crd);
            let name = crd["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            if !name.ends_with(".istio.io") || OF_ISTIO.contains(&name.as_str()) {
                crds.patch(&name, &apply, &Patch::Apply(&crd)).await?;
            }
        }
    }
    Ok(())
}

/// Whether the nodes take pods and the CRDs are served.
pub async fn is_ready(cluster: &TestCluster) -> bool {
    let all = ListParams::default();
    let Ok(nodes) = Api::<Node>::all(cluster.client()).list(&all).await else {
        return false;
    };
    let Ok(crds) = Api::<CustomResourceDefinition>::all(cluster.client())
        .list(&all)
        .await
    else {
        return false;
    };
    let established =
        |crd: &CustomResourceDefinition| conditions::is_crd_established().matches_object(Some(crd));
    nodes.iter().filter(|node| takes_pods(node)).count() == NODES.len()
        && crds.items.len() == CRD_FILES.len()
        && crds.iter().all(established)
}

fn takes_pods(node: &Node) -> bool {
    let tainted = node.spec.as_ref().is_some_and(|spec| spec.taints.is_some());
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    !tainted && conditions.is_some_and(|all| all.iter().any(|it| it.type_ == "Ready" && it.status == "True"))
}

/// A node of a middling size, so that a request for too much stays unscheduled.
fn node(name: &str) -> Value {
    let size = json!({"cpu": "16", "memory": "64Gi", "pods": "110", "ephemeral-storage": "100Gi"});
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "topology.kubernetes.io/zone": format!("zone-{name}"),
        }},
        "status": {"allocatable": size, "capacity": size},
    })
}

/// Takes away a webhook for conversion: the operator that would answer it does not run.
fn without_conversion(crd: &mut Value) {
    if let Some(spec) = crd["spec"].as_object_mut() {
        spec.remove("conversion");
    }
}
