//! A real API server accepts what the embedded chart renders to, for every profile and combination of choices, in a
//! namespace that enforces the Pod Security Standard `restricted`.

use crate::support::choices::{chart_folder, values_documents, values_file};
use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::path::Path;

/// The label by which a namespace enforces a Pod Security Standard.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    let documents = values_documents().into_iter();
    let mut trials: Vec<Trial> = documents
        .map(|(name, values)| {
            in_cluster(
                ctx,
                &format!("chart::{name}_is_admitted"),
                move |place| async move { admitted(&place, &values).await },
            )
        })
        .collect();
    trials.push(in_cluster(ctx, "chart::a_careless_pod_is_not_admitted", careless));
    trials
}

async fn admitted(place: &TestNamespace, values: &Value) -> Outcome {
    restrict(place).await?;
    let file = values_file(values)?;
    let arguments = [
        "--namespace".as_ref(),
        Path::new(&place.name),
        "--values".as_ref(),
        file.path(),
    ];
    let manifest = Helm::three()?.template("dm", &chart_folder(), arguments)?.ok()?;
    let mut refusals = Vec::new();
    for text in manifest.split("\n---\n") {
        let object: Value = serde_yaml::from_str(text.trim_start_matches("---\n"))?;
        if object.is_object() {
            refusals.extend(apply(place, &object).await.err());
            refusals.extend(run(place, &object).await.err());
        }
    }
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(format!("with {values}\n{}", refusals.join("\n")).into())
    }
}

async fn restrict(place: &TestNamespace) -> Outcome {
    let label = Patch::Merge(json!({"metadata": {"labels": {ENFORCE: "restricted"}}}));
    Api::<Namespace>::all(place.client())
        .patch(&place.name, &PatchParams::default(), &label)
        .await?;
    Ok(())
}

/// Has the API server check an object as it would be applied; unknown and repeated fields are refused, too.
async fn apply(place: &TestNamespace, object: &Value) -> Result<(), String> {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (kind, name) = (text("/kind"), text("/metadata/name"));
    let (group, version) = text("/apiVersion")
        .split_once('/')
        .unwrap_or(("", text("/apiVersion")));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    let api = Api::<DynamicObject>::namespaced_with(place.client(), &place.name, &resource);
    let check = PatchParams {
        dry_run: true,
        ..PatchParams::apply("mesh-tui-tests").validation_strict()
    };
    match api.patch(name, &check, &Patch::Apply(object)).await {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("{kind}/{name}: {error}")),
    }
}

/// Has the API server admit an object's pod template as a pod: of a workload that violates a Pod Security Standard it
/// would only warn, and then admit none of its pods.
async fn run(place: &TestNamespace, object: &Value) -> Result<(), String> {
    let Some(template) = object.pointer("/spec/template") else {
        return Ok(());
    };
    let kind = object["kind"].as_str().unwrap_or_default();
    let mut pod = template.clone();
    pod["metadata"]["name"] = object["metadata"]["name"].clone();
    // The service account is part of the same release, and not there yet.
    pod["spec"]["serviceAccountName"] = json!("default");
    if kind == "StatefulSet" {
        claim_volumes(object, &mut pod);
    }
    if pod["spec"]["restartPolicy"].is_null() {
        pod["spec"]["restartPolicy"] = json!("Always");
    }
    create(place, pod)
        .await
        .map_err(|error| format!("a pod of {kind}/{}: {error}", object["metadata"]["name"]))
}

/// Gives the pod of a StatefulSet the volumes that its claim templates stand for.
fn claim_volumes(set: &Value, pod: &mut Value) {
    let templates = set
        .pointer("/spec/volumeClaimTemplates")
        .and_then(Value::as_array);
    let Some(volumes) = pod["spec"]["volumes"].as_array_mut() else {
        return;
    };
    for template in templates.into_iter().flatten() {
        let name = &template["metadata"]["name"];
        volumes.push(json!({"name": name, "persistentVolumeClaim": {"claimName": name}}));
    }
}

async fn create(place: &TestNamespace, pod: Value) -> Result<(), String> {
    let pod = serde_json::from_value(pod).map_err(|error| error.to_string())?;
    let check = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let api = Api::<k8s_openapi::api::core::v1::Pod>::namespaced(place.client(), &place.name);
    api.create(&check, &pod)
        .await
        .map(drop)
        .map_err(|error| error.to_string())
}

/// The trials above can fail: a pod without a security context is refused.
async fn careless(place: TestNamespace) -> Outcome {
    restrict(&place).await?;
    let deployment = json!({
        "kind": "Deployment",
        "metadata": {"name": "careless"},
        "spec": {"template": {"metadata": {}, "spec": {"containers": [{"name": "main", "image": "app:1"}]}}},
    });
    let refusal = run(&place, &deployment).await.err().unwrap_or_default();
    assert!(refusal.contains("violates PodSecurity"), "{refusal:?}");
    Ok(())
}
