//! Server-side apply as a client sees it; its rules have their tests in [`crate::apply`].

use super::{dynamic, healthy, object};
use kube::Error;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::{Value as Json, json};

fn settings(level: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "edge-mcp"}, "data": {"LOG_LEVEL": level}})
}

fn managers(object: &kube::api::DynamicObject) -> Vec<String> {
    let entries = object.metadata.managed_fields.clone().unwrap_or_default();
    entries
        .into_iter()
        .map(|entry| {
            format!(
                "{}/{}",
                entry.manager.unwrap_or_default(),
                entry.operation.unwrap_or_default()
            )
        })
        .collect()
}

#[tokio::test]
async fn an_apply_creates_and_a_second_one_writes_nothing() {
    let (_sandbox, client) = healthy();
    let api = dynamic(&client, "v1", "ConfigMap");
    let helm = PatchParams::apply("helm");
    let first = api
        .patch("edge-mcp", &helm, &Patch::Apply(settings("info")))
        .await
        .unwrap();
    assert_eq!(managers(&first), ["helm/Apply"]);
    let again = api
        .patch("edge-mcp", &helm, &Patch::Apply(settings("info")))
        .await
        .unwrap();
    assert_eq!(again.metadata.resource_version, first.metadata.resource_version);
}

#[tokio::test]
async fn a_deployment_applied_twice_is_not_written_again() {
    let (_sandbox, client) = healthy();
    let api = dynamic(&client, "apps/v1", "Deployment");
    let wanted = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "x:1", "ports": [{"containerPort": 80}]}]},
            },
        },
    });
    let helm = PatchParams::apply("helm");
    api.patch("web", &helm, &Patch::Apply(&wanted)).await.unwrap();
    let settled = super::until(&api, "web", |web| web["status"]["observedGeneration"] == 1).await;
    let again = api.patch("web", &helm, &Patch::Apply(&wanted)).await.unwrap();
    assert_eq!(again.metadata.generation, Some(1));
    assert_eq!(
        again.data["spec"]["template"]["spec"]["containers"][0]["ports"][0]["protocol"],
        "TCP"
    );
    assert_eq!(settled["spec"]["strategy"]["type"], "RollingUpdate");
}

#[tokio::test]
async fn anothers_field_is_a_conflict_unless_forced() {
    let (_sandbox, client) = healthy();
    let api = dynamic(&client, "v1", "ConfigMap");
    api.patch(
        "edge-mcp",
        &PatchParams::apply("helm"),
        &Patch::Apply(settings("info")),
    )
    .await
    .unwrap();
    let edit = PatchParams {
        field_manager: Some("kubectl-edit".into()),
        ..PatchParams::default()
    };
    let level = Patch::Merge(json!({"data": {"LOG_LEVEL": "trace"}}));
    let edited = api.patch("edge-mcp", &edit, &level).await.unwrap();
    assert!(managers(&edited).contains(&"kubectl-edit/Update".to_owned()));

    let refused = api
        .patch(
            "edge-mcp",
            &PatchParams::apply("helm"),
            &Patch::Apply(settings("info")),
        )
        .await
        .unwrap_err();
    let Error::Api(status) = refused else {
        panic!("{refused}")
    };
    assert_eq!((status.code, status.reason.as_str()), (409, "Conflict"));
    assert_eq!(
        status.message,
        "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using v1: .data.LOG_LEVEL"
    );
    let cause = &status.details.unwrap().causes[0];
    assert_eq!(
        (cause.reason.as_str(), cause.field.as_str()),
        ("FieldManagerConflict", ".data.LOG_LEVEL")
    );

    let dry = PatchParams::apply("helm").force().dry_run();
    let predicted = api
        .patch("edge-mcp", &dry, &Patch::Apply(settings("info")))
        .await
        .unwrap();
    assert_eq!(predicted.data["data"]["LOG_LEVEL"], "info");
    assert_eq!(
        api.get("edge-mcp").await.unwrap().data["data"]["LOG_LEVEL"],
        "trace"
    );

    let forced = api
        .patch(
            "edge-mcp",
            &PatchParams::apply("helm").force(),
            &Patch::Apply(settings("info")),
        )
        .await
        .unwrap();
    assert_eq!(managers(&forced), ["helm/Apply"]);
}

#[tokio::test]
async fn a_scale_is_owned_through_its_subresource() {
    let (_sandbox, client) = healthy();
    let api = dynamic(&client, "apps/v1", "Deployment");
    let wanted = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 1, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "x:1"}]}},
        },
    });
    let params = PostParams {
        field_manager: Some("helm".into()),
        ..PostParams::default()
    };
    api.create(&params, &object(wanted)).await.unwrap();
    let edit = PatchParams {
        field_manager: Some("kubectl".into()),
        ..PatchParams::default()
    };
    let scale = api
        .patch_scale("web", &edit, &Patch::Merge(json!({"spec": {"replicas": 2}})))
        .await
        .unwrap();
    assert_eq!(scale.spec.unwrap().replicas, Some(2));
    let web = api.get("web").await.unwrap();
    assert_eq!(
        (web.data["spec"]["replicas"].as_i64(), web.metadata.generation),
        (Some(2), Some(2))
    );
    let entry = web
        .metadata
        .managed_fields
        .unwrap()
        .into_iter()
        .find(|e| e.manager.as_deref() == Some("kubectl"));
    assert_eq!(entry.unwrap().subresource.as_deref(), Some("scale"));
}
