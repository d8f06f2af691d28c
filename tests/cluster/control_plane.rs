//! The test cluster itself behaves as the tests that build on it assume.

use crate::support::harness::Ctx;
use crate::support::kubelet::{LOG, PREVIOUS_LOG};
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Event, PersistentVolumeClaim, Pod};
use kube::api::{Api, DeleteParams, ListParams, LogParams, Patch, PatchParams, PostParams};
use libtest_mimic::Trial;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    vec![
        in_cluster(ctx, "control_plane::calls_itself_by_its_version", version),
        in_cluster(ctx, "control_plane::a_deployment_becomes_available", deployment),
        in_cluster(
            ctx,
            "control_plane::an_image_that_cannot_be_pulled_backs_off",
            unpullable,
        ),
        in_cluster(
            ctx,
            "control_plane::a_crashing_container_loops_and_leaves_a_log",
            crashing,
        ),
        in_cluster(ctx, "control_plane::a_failing_probe_keeps_a_pod_unready", unready),
        in_cluster(ctx, "control_plane::a_job_succeeds_and_a_failing_one_fails", jobs),
        in_cluster(ctx, "control_plane::a_claim_binds", claim),
        in_cluster(ctx, "control_plane::logs_can_be_read", logs),
        in_cluster(
            ctx,
            "control_plane::the_audit_log_tells_writes_from_the_rest",
            audit,
        ),
        in_cluster(ctx, "control_plane::a_user_without_rights_is_refused", refused),
    ]
}

async fn version(place: TestNamespace) -> Outcome {
    let version = place.client().apiserver_version().await?;
    assert_eq!(version.git_version, crate::support::helm::KUBE_VERSION);
    Ok(())
}

async fn deployment(place: TestNamespace) -> Outcome {
    let api = Api::<Deployment>::namespaced(place.client(), &place.name);
    api.create(&PostParams::default(), &a_deployment("web", "app:1", 3)?)
        .await?;
    place
        .cluster
        .until("three available replicas", || async {
            let status = api.get("web").await.ok().and_then(|it| it.status);
            status.and_then(|it| it.available_replicas) == Some(3)
        })
        .await?;
    Ok(())
}

async fn unpullable(place: TestNamespace) -> Outcome {
    run_pod(&place, "app:1-nopull").await?;
    waits_for(&place, "ImagePullBackOff").await?;
    let events = Api::<Event>::namespaced(place.client(), &place.name);
    place
        .cluster
        .until("an event about the image", || async {
            let list = events.list(&ListParams::default()).await;
            list.is_ok_and(|list| list.iter().any(|event| event.reason.as_deref() == Some("Failed")))
        })
        .await?;
    Ok(())
}

async fn crashing(place: TestNamespace) -> Outcome {
    run_pod(&place, "app:1-crash").await?;
    waits_for(&place, "CrashLoopBackOff").await?;
    let parameters = LogParams {
        previous: true,
        ..LogParams::default()
    };
    let log = pods(&place).logs("pod", &parameters).await?;
    assert_eq!(log.lines().collect::<Vec<_>>(), PREVIOUS_LOG);
    Ok(())
}

async fn unready(place: TestNamespace) -> Outcome {
    run_pod(&place, "app:1-unready").await?;
    place
        .cluster
        .until("a running container that is not ready", || async {
            let status = container(&place).await;
            !status["state"]["running"].is_null() && status["ready"] == json!(false)
        })
        .await?;
    Ok(())
}

async fn jobs(place: TestNamespace) -> Outcome {
    let api = Api::<Job>::namespaced(place.client(), &place.name);
    for (name, image) in [("good", "app:1"), ("bad", "app:1-fail")] {
        let job = json!({
            "metadata": {"name": name},
            "spec": {"backoffLimit": 0, "template": {"spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "main", "image": image}],
            }}},
        });
        api.create(&PostParams::default(), &typed(job)?).await?;
    }
    for (name, condition) in [("good", "Complete"), ("bad", "Failed")] {
        place
            .cluster
            .until("a job's end", || async {
                let status = api.get(name).await.ok().and_then(|job| job.status);
                let conditions = status.and_then(|it| it.conditions).unwrap_or_default();
                conditions
                    .iter()
                    .any(|it| it.type_ == condition && it.status == "True")
            })
            .await?;
    }
    Ok(())
}

async fn claim(place: TestNamespace) -> Outcome {
    let api = Api::<PersistentVolumeClaim>::namespaced(place.client(), &place.name);
    let claim = json!({
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    });
    api.create(&PostParams::default(), &typed(claim)?).await?;
    place
        .cluster
        .until("a bound claim", || async {
            let status = api.get("data").await.ok().and_then(|it| it.status);
            status.and_then(|it| it.phase).as_deref() == Some("Bound")
        })
        .await?;
    Ok(())
}

async fn logs(place: TestNamespace) -> Outcome {
    run_pod(&place, "app:1").await?;
    place
        .cluster
        .until("a ready pod", || async {
            container(&place).await["ready"] == json!(true)
        })
        .await?;
    let log = pods(&place).logs("pod", &LogParams::default()).await?;
    assert_eq!(log.lines().collect::<Vec<_>>(), LOG);
    Ok(())
}

async fn audit(place: TestNamespace) -> Outcome {
    let api = Api::<ConfigMap>::namespaced(place.client(), &place.name);
    let mark = place.cluster.mark().await?;
    let map: ConfigMap = typed(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"a": "b"},
    }))?;
    api.list(&ListParams::default()).await?;
    let dry = PatchParams {
        dry_run: true,
        ..PatchParams::apply("mesh-tui-tests")
    };
    api.patch("one", &dry, &Patch::Apply(&map)).await?;
    api.patch("one", &PatchParams::apply("mesh-tui-tests"), &Patch::Apply(&map))
        .await?;
    api.delete("one", &DeleteParams::default()).await?;
    let writes: Vec<_> = place
        .writes_since(mark)
        .await?
        .into_iter()
        .map(|write| (write.verb, write.object_ref.resource, write.object_ref.name))
        .collect();
    let expected = ["patch", "delete"].map(|verb| (verb.into(), "configmaps".into(), "one".into()));
    assert_eq!(writes, expected);
    Ok(())
}

async fn refused(place: TestNamespace) -> Outcome {
    let kubeconfig = place.cluster.kubeconfig_as("guest")?;
    let guest = crate::support::cluster::client(&kubeconfig).await?;
    let answer = Api::<ConfigMap>::namespaced(guest, &place.name)
        .list(&ListParams::default())
        .await;
    let status = match answer {
        Err(kube::Error::Api(status)) => status,
        other => panic!("a guest got {other:?}"),
    };
    assert_eq!(status.code, 403);
    Ok(())
}

fn pods(place: &TestNamespace) -> Api<Pod> {
    Api::namespaced(place.client(), &place.name)
}

/// Creates the pod `pod` with one container of `image`.
async fn run_pod(place: &TestNamespace, image: &str) -> Outcome {
    let pod = json!({
        "metadata": {"name": "pod"},
        "spec": {"containers": [{"name": "main", "image": image}]},
    });
    pods(place).create(&PostParams::default(), &typed(pod)?).await?;
    Ok(())
}

/// Waits until the container of the pod `pod` waits for `reason`.
async fn waits_for(place: &TestNamespace, reason: &str) -> Outcome {
    place
        .cluster
        .until(reason, || async {
            container(place).await["state"]["waiting"]["reason"] == json!(reason)
        })
        .await?;
    Ok(())
}

/// The status of the only container of the pod `pod`, or null.
async fn container(place: &TestNamespace) -> Value {
    let pod = pods(place).get("pod").await.ok();
    let status = pod
        .and_then(|pod| pod.status)
        .and_then(|status| status.container_statuses);
    json!(status.and_then(|all| all.into_iter().next()))
}

fn a_deployment(name: &str, image: &str, replicas: i32) -> Result<Deployment, serde_json::Error> {
    typed(json!({
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": image}]},
            },
        },
    }))
}

fn typed<T: DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(value)
}
