//! The platform's own rules as the API server enforces them: what the chart renders passes, and each rule denies the
//! workload that breaks it. The policy is cluster-wide; its binding keeps it to the trial's namespace.

use crate::support::choices::{chart_folder, values_file};
use crate::support::governance::faults;
use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, PostParams};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long the API server may take to enforce a new policy.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    vec![in_cluster(
        ctx,
        "governance::the_api_server_enforces_the_platforms_rules",
        enforced,
    )]
}

async fn enforced(place: TestNamespace) -> Outcome {
    let objects = rendered(&place)?;
    let is_policy = |object: &Value| object["apiVersion"] == "admissionregistration.k8s.io/v1";
    let (policies, objects): (Vec<Value>, Vec<Value>) = objects.into_iter().partition(is_policy);
    assert_eq!(policies.len(), 2, "a policy and its binding");
    let is_worker =
        |object: &&Value| object["kind"] == "Deployment" && object["metadata"]["name"] == "dm-worker";
    let faults = faults(objects.iter().find(is_worker).ok_or("there is no worker")?);

    for policy in &policies {
        api(&place, policy)
            .create(&PostParams::default(), &serde_json::from_value(policy.clone())?)
            .await?;
    }
    let outcome = tried(&place, &policies[0], &objects, &faults).await;
    for policy in &policies {
        let name = policy["metadata"]["name"].as_str().unwrap_or_default();
        api(&place, policy).delete(name, &DeleteParams::default()).await?;
    }
    outcome
}

async fn tried(
    place: &TestNamespace,
    policy: &Value,
    objects: &[Value],
    faults: &[(&'static str, Value)],
) -> Outcome {
    let started = Instant::now();
    while create(place, &faults[0].1).await.is_ok() {
        assert!(started.elapsed() < PATIENCE, "the policy is not enforced");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let makes_pods = ["Deployment", "StatefulSet", "Job", "CronJob", "Pod"];
    for object in objects {
        if makes_pods.contains(&object["kind"].as_str().unwrap_or_default()) {
            create(place, object).await?;
        }
    }
    for (rule, object) in faults {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let refusal = create(place, object).await.err().unwrap_or_default();
        assert!(refusal.contains(&format!("[{rule}]")), "{name}: {refusal:?}");
    }
    // Somebody else's workloads are none of the platform's business.
    let (_, mut foreign) = faults[0].clone();
    foreign["metadata"]["labels"] = json!({"app": "foreign"});
    create(place, &foreign).await?;
    checked(place, policy, started).await
}

/// Waits until the controller has checked the types of the expressions, and finds that it warns of nothing.
async fn checked(place: &TestNamespace, policy: &Value, started: Instant) -> Outcome {
    let name = policy["metadata"]["name"].as_str().unwrap_or_default();
    loop {
        let live = serde_json::to_value(api(place, policy).get(name).await?)?;
        if let Some(checked) = live.pointer("/status/typeChecking") {
            let warnings = checked["expressionWarnings"].as_array().map_or(0, Vec::len);
            assert_eq!(warnings, 0, "{checked:#}");
            return Ok(());
        }
        assert!(
            started.elapsed() < PATIENCE,
            "the types were not checked: {:#}",
            live["status"]
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What the chart renders with everything on that makes pods, as the real Helm renders it.
fn rendered(place: &TestNamespace) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let values = json!({
        "postgresql": {"enabled": true, "backup": {"enabled": true, "upload": {"enabled": true}}},
        "redis": {"enabled": true},
        "governance": {
            "allowedRegistries": ["ghcr.io/", "ghcr.io:443/", "docker.io/library/", "docker.io/pgvector/", "docker.io/amazon/"],
            "validatingAdmissionPolicy": {"enabled": true},
        },
    });
    let file = values_file(&values)?;
    let arguments = [
        "--namespace".as_ref(),
        Path::new(&place.name),
        "--values".as_ref(),
        file.path(),
    ];
    let manifest = Helm::three()?.template("dm", &chart_folder(), arguments)?.ok()?;
    let documents = manifest
        .split("\n---\n")
        .map(|text| text.trim_start_matches("---\n"));
    let objects: Result<Vec<Value>, _> = documents.map(serde_yaml::from_str).collect();
    Ok(objects?)
}

fn api(place: &TestNamespace, object: &Value) -> Api<DynamicObject> {
    let text = |name: &str| object[name].as_str().unwrap_or_default();
    let (group, version) = text("apiVersion")
        .split_once('/')
        .unwrap_or(("", text("apiVersion")));
    let mut resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, text("kind")));
    if text("kind") == "ValidatingAdmissionPolicy" {
        "validatingadmissionpolicies".clone_into(&mut resource.plural);
    }
    if object["metadata"]["namespace"].is_null() {
        Api::all_with(place.client(), &resource)
    } else {
        Api::namespaced_with(place.client(), &place.name, &resource)
    }
}

/// Has the API server create an object as far as admission, or says why it would not.
async fn create(place: &TestNamespace, object: &Value) -> Result<(), String> {
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let mut object = object.clone();
    if object["kind"] == "Pod" {
        // The service account is part of the same release, and not there.
        object["spec"]["serviceAccountName"] = json!("default");
    }
    let body = serde_json::from_value(object.clone()).map_err(|error| error.to_string())?;
    let created = api(place, &object).create(&dry_run, &body).await;
    created.map(drop).map_err(|error| error.to_string())
}
