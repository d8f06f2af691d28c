//! A real API server takes every object that the embedded chart renders to, whatever is chosen, without a warning, and
//! admits every pod that those objects make, in a namespace that enforces the Pod Security Standard `restricted`.
//!
//! What the chart renders to is the same as with Helm, which `tests/helm` proves; so it is rendered here, and each object
//! that differs from all others is sent once.

use crate::support::harness::Ctx;
use crate::support::render::rendered_documents;
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use kube::api::{Api, ApiResource, GroupVersionKind, Patch, PatchParams, PostParams, Request};
use kube::client::Body;
use kube::core::{DynamicObject, Resource as _};
use kube::discovery::{Discovery, Scope};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The labels by which a namespace enforces a Pod Security Standard, and warns of what makes pods that break it.
const LABELS: [&str; 2] = [
    "pod-security.kubernetes.io/enforce",
    "pod-security.kubernetes.io/warn",
];

/// How many requests are under way at once.
const AT_ONCE: usize = 16;

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    vec![
        in_cluster(ctx, "chart::every_object_of_every_choice_is_taken", objects),
        in_cluster(ctx, "chart::every_pod_of_every_choice_is_admitted", pods),
        in_cluster(ctx, "chart::a_careless_workload_is_not_taken", careless),
    ]
}

/// What the API server is asked, with where it comes from.
struct Question {
    /// The values document that it comes from first, and the object.
    name: String,
    request: http::Request<Vec<u8>>,
}

async fn objects(place: TestNamespace) -> Outcome {
    prepare(&place).await?;
    let discovery = Discovery::new(place.client()).run().await?;
    let mut seen = BTreeMap::new();
    for (document, mut object) in rendered()? {
        // Some choose another namespace, which is not there; the one of the test has its rules.
        object["metadata"]["namespace"] = json!(place.name);
        let name = format!("{document}: {} {}", object["kind"], object["metadata"]["name"]);
        // A pod is asked about below: its service account is of the same release, and not there yet.
        if object["kind"] != "Pod" {
            seen.entry(object.to_string()).or_insert((name, object));
        }
    }
    let mut questions = Vec::new();
    for (name, object) in seen.into_values() {
        questions.push(Question {
            request: application(&place, &discovery, object)?,
            name,
        });
    }
    assert!(questions.len() > 1000, "only {} objects", questions.len());
    all_taken(&place, questions).await
}

async fn pods(place: TestNamespace) -> Outcome {
    prepare(&place).await?;
    let mut seen = BTreeMap::new();
    for (document, object) in rendered()? {
        if let Some(pod) = pod_of(&object) {
            let name = format!(
                "{document}: a pod of {} {}",
                object["kind"], object["metadata"]["name"]
            );
            seen.entry(pod["spec"].to_string()).or_insert((name, pod));
        }
    }
    let mut questions = Vec::new();
    for (name, pod) in seen.into_values() {
        questions.push(Question {
            request: creation(&place, &pod)?,
            name,
        });
    }
    assert!(questions.len() > 300, "only {} pods", questions.len());
    all_taken(&place, questions).await
}

/// The trials above can fail: of a careless Deployment the server warns, and its pod it refuses.
async fn careless(place: TestNamespace) -> Outcome {
    prepare(&place).await?;
    let discovery = Discovery::new(place.client()).run().await?;
    let deployment = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "careless", "namespace": place.name},
        "spec": {
            "selector": {"matchLabels": {"app": "careless"}},
            "template": {
                "metadata": {"labels": {"app": "careless"}},
                "spec": {"containers": [{"name": "main", "image": "app:1"}]},
            },
        },
    });
    let pod = pod_of(&deployment).expect("it makes pods");
    for request in [
        application(&place, &discovery, deployment)?,
        creation(&place, &pod)?,
    ] {
        let refusal = refusal(&place, request).await?.unwrap_or_default();
        assert!(refusal.contains("violate"), "{refusal:?}");
    }
    Ok(())
}

/// Every object of every values document, hooks included.
fn rendered() -> Result<impl Iterator<Item = (&'static str, Value)>, Failed> {
    Ok(rendered_documents()?.iter().flat_map(|document| {
        let manifest = &document.rendered.manifest;
        let hooks = manifest.hooks.iter().map(|hook| &hook.object);
        let objects = manifest.objects.iter().chain(hooks);
        objects.map(|object| (document.name.as_str(), (*object.body).clone()))
    }))
}

/// Makes the namespace a strict one, and what some choices refer to.
async fn prepare(place: &TestNamespace) -> Outcome {
    let labels: BTreeMap<&str, &str> = LABELS.map(|label| (label, "restricted")).into();
    let patch = Patch::Merge(json!({"metadata": {"labels": labels}}));
    Api::<Namespace>::all(place.client())
        .patch(&place.name, &PatchParams::default(), &patch)
        .await?;
    let class = json!({
        "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
        "metadata": {"name": "high"}, "value": 1000,
    });
    Api::<PriorityClass>::all(place.client())
        .patch(
            "high",
            &PatchParams::apply("mesh-tui-tests"),
            &Patch::Apply(class),
        )
        .await?;
    Ok(())
}

/// A dry run of applying an object; unknown and repeated fields are refused, too.
fn application(
    place: &TestNamespace,
    discovery: &Discovery,
    mut object: Value,
) -> Result<http::Request<Vec<u8>>, Failed> {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (group, version) = text("/apiVersion")
        .split_once('/')
        .unwrap_or(("", text("/apiVersion")));
    let kind = GroupVersionKind::gvk(group, version, text("/kind"));
    let name = text("/metadata/name").to_owned();
    let Some((resource, capabilities)) = discovery.resolve_gvk(&kind) else {
        return Err(format!("the server has no kind {kind:?}, which {name} is of").into());
    };
    let url = if capabilities.scope == Scope::Namespaced {
        DynamicObject::url_path(&resource, Some(&place.name))
    } else {
        object["metadata"]
            .as_object_mut()
            .map(|it| it.remove("namespace"));
        DynamicObject::url_path(&resource, None)
    };
    let check = PatchParams {
        dry_run: true,
        force: true,
        ..PatchParams::apply("mesh-tui-tests").validation_strict()
    };
    Ok(Request::new(url).patch(&name, &check, &Patch::Apply(object))?)
}

/// A dry run of creating a pod.
fn creation(place: &TestNamespace, pod: &Value) -> Result<http::Request<Vec<u8>>, Failed> {
    let check = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let resource = ApiResource::erase::<Pod>(&());
    let url = DynamicObject::url_path(&resource, Some(&place.name));
    Ok(Request::new(url).create(&check, serde_json::to_vec(pod)?)?)
}

/// The pod that an object makes, or is.
fn pod_of(object: &Value) -> Option<Value> {
    let kind = object["kind"].as_str()?;
    let template = match kind {
        "Pod" => object,
        "CronJob" => object.pointer("/spec/jobTemplate/spec/template")?,
        "Deployment" | "StatefulSet" | "Job" => object.pointer("/spec/template")?,
        _ => return None,
    };
    let mut spec = template["spec"].clone();
    // The service account is part of the same release, and not there yet.
    spec["serviceAccountName"] = json!("default");
    if let Some(volumes) = spec["volumes"].as_array_mut() {
        volumes.extend(claimed_volumes(object));
    }
    Some(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": object["metadata"]["name"], "labels": template["metadata"]["labels"]},
        "spec": spec,
    }))
}

/// The volumes that a StatefulSet's claim templates stand for.
fn claimed_volumes(set: &Value) -> Vec<Value> {
    let templates = set
        .pointer("/spec/volumeClaimTemplates")
        .and_then(Value::as_array);
    let volume = |template: &Value| {
        let name = &template["metadata"]["name"];
        json!({"name": name, "persistentVolumeClaim": {"claimName": name}})
    };
    templates.into_iter().flatten().map(volume).collect()
}

async fn all_taken(place: &TestNamespace, questions: Vec<Question>) -> Outcome {
    let mut answers = futures::stream::iter(questions)
        .map(|question| async move { (refusal(place, question.request).await, question.name) })
        .buffer_unordered(AT_ONCE);
    let mut refusals = BTreeSet::new();
    while let Some((refusal, name)) = answers.next().await {
        refusals.extend(refusal?.map(|refusal| format!("{name}: {refusal}")));
    }
    if refusals.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = refusals.iter().take(20).cloned().collect();
    Err(format!("{} refusals\n{}", refusals.len(), shown.join("\n")).into())
}

/// Why the server does not take it as it is: its error, or its warnings.
async fn refusal(place: &TestNamespace, request: http::Request<Vec<u8>>) -> Result<Option<String>, Failed> {
    let answer = place.client().send(request.map(Body::from)).await?;
    let warnings = answer.headers().get_all(http::header::WARNING).iter();
    let warnings: Vec<String> = warnings
        .map(|warning| String::from_utf8_lossy(warning.as_bytes()).into_owned())
        .collect();
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    Ok(if status.is_success() {
        (!warnings.is_empty()).then(|| warnings.join("; "))
    } else {
        Some(String::from_utf8_lossy(&body).into_owned())
    })
}
