//! What surrounds workloads: autoscalers, budgets, ingresses and the operators' objects.

use super::{dynamic, healthy, object, until};
use kube::Client;
use kube::api::PostParams;
use serde_json::{Value as Json, json};

async fn create(client: &Client, value: Json) {
    let api = dynamic(
        client,
        value["apiVersion"].as_str().unwrap(),
        value["kind"].as_str().unwrap(),
    );
    api.create(&PostParams::default(), &object(value)).await.unwrap();
}

fn is_ready(object: &Json) -> bool {
    super::super::json::condition_is_true(object, "Ready")
}

#[tokio::test]
async fn an_autoscaler_raises_the_replicas_and_owns_them() {
    let (_sandbox, client) = healthy();
    create(&client, json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "x:1"}]}},
        },
    }))
    .await;
    create(&client, json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
        "spec": {"minReplicas": 3, "maxReplicas": 5, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}},
    }))
    .await;
    create(
        &client,
        json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"},
            "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}},
        }),
    )
    .await;
    let web = until(&dynamic(&client, "apps/v1", "Deployment"), "web", |web| {
        web["status"]["availableReplicas"] == 3
    })
    .await;
    let owner = web["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["subresource"] == "scale");
    assert_eq!(owner.unwrap()["fieldsV1"]["f:spec"], json!({"f:replicas": {}}));
    until(
        &dynamic(&client, "policy/v1", "PodDisruptionBudget"),
        "web",
        |pdb| pdb["status"]["disruptionsAllowed"] == 1,
    )
    .await;
    until(
        &dynamic(&client, "autoscaling/v2", "HorizontalPodAutoscaler"),
        "web",
        |hpa| {
            super::super::json::condition_is_true(hpa, "AbleToScale") && hpa["status"]["desiredReplicas"] == 3
        },
    )
    .await;
}

#[tokio::test]
async fn an_external_secret_is_synchronized_from_a_store_that_exists() {
    let (_sandbox, client) = healthy();
    let wanted = |name: &str, store: &str| {
        json!({
            "apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": name},
            "spec": {
                "secretStoreRef": {"kind": "ClusterSecretStore", "name": store},
                "data": [{"secretKey": "password", "remoteRef": {"key": "prod/db", "property": "password"}}],
            },
        })
    };
    create(&client, wanted("db", "sandbox")).await;
    create(&client, wanted("lost", "nowhere")).await;
    let api = dynamic(&client, "external-secrets.io/v1", "ExternalSecret");
    let synced = until(&api, "db", is_ready).await;
    assert_eq!(synced["status"]["conditions"][0]["reason"], "SecretSynced");
    let secret = until(&dynamic(&client, "v1", "Secret"), "db", |_| true).await;
    assert!(secret["data"]["password"].is_string());
    let lost = until(&api, "lost", |lost| !lost["status"]["conditions"].is_null()).await;
    assert_eq!(lost["status"]["conditions"][0]["reason"], "SecretSyncedError");
}

#[tokio::test]
async fn an_ingress_gets_its_address_and_its_certificate() {
    let (_sandbox, client) = healthy();
    create(&client, json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": "web", "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"}},
        "spec": {"ingressClassName": "traefik", "tls": [{"hosts": ["web.example"], "secretName": "web-tls"}]},
    }))
    .await;
    until(
        &dynamic(&client, "networking.k8s.io/v1", "Ingress"),
        "web",
        |web| web["status"]["loadBalancer"]["ingress"][0]["ip"].is_string(),
    )
    .await;
    until(
        &dynamic(&client, "cert-manager.io/v1", "Certificate"),
        "web-tls",
        is_ready,
    )
    .await;
    let secret = until(&dynamic(&client, "v1", "Secret"), "web-tls", |_| true).await;
    assert_eq!(secret["type"], "kubernetes.io/tls");
}

#[tokio::test]
async fn a_definition_is_served_once_it_is_established() {
    let (_sandbox, client) = healthy();
    create(&client, json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "things.example.org"},
        "spec": {
            "group": "example.org", "scope": "Namespaced", "names": {"kind": "Thing", "plural": "things"},
            "versions": [{"name": "v1", "served": true, "storage": true}],
        },
    }))
    .await;
    let definitions = kube::Api::<kube::api::DynamicObject>::all_with(
        client.clone(),
        &kube::api::ApiResource::from_gvk(&kube::api::GroupVersionKind::gvk(
            "apiextensions.k8s.io",
            "v1",
            "CustomResourceDefinition",
        )),
    );
    until(&definitions, "things.example.org", |crd| {
        super::super::json::condition_is_true(crd, "Established")
    })
    .await;
    create(
        &client,
        json!({"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"}}),
    )
    .await;
}
