//! The scenarios that begin with a release.

use super::super::{Sandbox, Scenario, Speed};
use super::{dynamic, until};
use crate::cluster::release::Status;
use crate::cluster::{Cluster, release::Releases};
use kube::api::{Patch, PatchParams};
use serde_json::Value as Json;

fn at_release(scenario: Scenario) -> (Sandbox, kube::Client) {
    let sandbox = Sandbox::start(scenario, Speed::INSTANT);
    let client = sandbox.client("developer-mesh");
    (sandbox, client)
}

#[tokio::test]
async fn the_release_is_recorded_as_helm_does_and_runs() {
    let (_sandbox, client) = at_release(Scenario::ExistingEdgeMcp);
    let deployments = dynamic(&client, "apps/v1", "Deployment");
    let edge = until(&deployments, "developer-mesh-edge-mcp", |edge| {
        edge["status"]["availableReplicas"] == 1
    })
    .await;
    assert_eq!(
        edge["metadata"]["annotations"]["meta.helm.sh/release-name"],
        "developer-mesh"
    );
    assert_eq!(edge["metadata"]["managedFields"][0]["manager"], "helm");
    assert_eq!(
        deployments
            .list(&kube::api::ListParams::default())
            .await
            .unwrap()
            .items
            .len(),
        1
    );

    let releases = Releases::new(
        Cluster::with_client(client, "sandbox").await.unwrap(),
        "developer-mesh",
        "developer-mesh",
    );
    let history = releases.history().await.unwrap();
    let [record] = &history[..] else {
        panic!("{} revisions", history.len())
    };
    assert_eq!((record.revision(), record.status()), (1, Status::Deployed));
    assert!(record.manifest().contains("kind: Deployment"));
    assert_eq!(record.values()["rest-api"]["enabled"], false);
}

#[tokio::test]
async fn somebody_else_meddles_with_the_release() {
    let (_sandbox, client) = at_release(Scenario::Drift);
    let settings = dynamic(&client, "v1", "ConfigMap");
    let is_edited = |object: &Json| object["data"]["LOG_LEVEL"] == "trace";
    let edited = until(&settings, "developer-mesh-edge-mcp", is_edited).await;
    let managers: Vec<&str> = edited["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["manager"].as_str().unwrap())
        .collect();
    assert_eq!(managers, ["helm", "kubectl-edit"]);
    let deployments = dynamic(&client, "apps/v1", "Deployment");
    until(&deployments, "developer-mesh-edge-mcp", |edge| {
        edge["status"]["availableReplicas"] == 2
    })
    .await;
    let config = serde_json::json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "developer-mesh-edge-mcp"},
        "spec": {"replicas": 1},
    });
    let refused = deployments
        .patch(
            "developer-mesh-edge-mcp",
            &PatchParams::apply("helm"),
            &Patch::Apply(config),
        )
        .await
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("conflict with \"kubectl\" with subresource \"scale\""),
        "{refused}"
    );
}
