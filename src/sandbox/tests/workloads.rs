//! Workloads: how pods come, go, fail and log.

use super::super::{Sandbox, Scenario, Speed};
use super::{dynamic, healthy, object, started, until};
use futures::{AsyncBufReadExt, TryStreamExt};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::{Api, DeleteParams, ListParams, LogParams, Patch, PatchParams, PostParams};
use kube::{Client, ResourceExt};
use serde_json::{Value as Json, json};
use std::time::Duration;

fn deployment(name: &str, image: &str, replicas: u32) -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{
                    "name": name, "image": image, "ports": [{"name": "http", "containerPort": 8080}],
                    "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}},
                }]},
            },
        },
    })
}

async fn create(client: &Client, value: Json) {
    let api = dynamic(
        client,
        value["apiVersion"].as_str().unwrap(),
        value["kind"].as_str().unwrap(),
    );
    api.create(&PostParams::default(), &object(value)).await.unwrap();
}

fn is_rolled_out(deployment: &Json) -> bool {
    let status = &deployment["status"];
    let wanted = &deployment["spec"]["replicas"];
    status["observedGeneration"] == deployment["metadata"]["generation"]
        && ["replicas", "updatedReplicas", "availableReplicas"]
            .iter()
            .all(|field| status[*field] == *wanted)
}

fn condition(object: &Json, kind: &str) -> String {
    let conditions = object["status"]["conditions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let found = conditions.iter().find(|condition| condition["type"] == kind);
    found
        .map(|c| {
            format!(
                "{} {}",
                c["status"].as_str().unwrap(),
                c["reason"].as_str().unwrap_or_default()
            )
        })
        .unwrap_or_default()
}

async fn reasons(client: &Client, name: &str) -> Vec<String> {
    let events: Api<Event> = Api::default_namespaced(client.clone());
    let mut events = events.list(&ListParams::default()).await.unwrap().items;
    events.retain(|event| {
        event
            .involved_object
            .name
            .as_deref()
            .is_some_and(|of| of.starts_with(name))
    });
    events.sort_by_key(|event| event.resource_version().unwrap().parse::<u64>().unwrap());
    events.into_iter().filter_map(|event| event.reason).collect()
}

async fn pods(client: &Client, app: &str) -> Vec<Pod> {
    let api: Api<Pod> = Api::default_namespaced(client.clone());
    api.list(&ListParams::default().labels(&format!("app={app}")))
        .await
        .unwrap()
        .items
}

#[tokio::test]
async fn a_deployment_becomes_available_and_tells_how() {
    let (_sandbox, client) = healthy();
    create(
        &client,
        deployment("rest-api", "ghcr.io/x/developer-mesh-rest-api:1.4.2", 3),
    )
    .await;
    let api = dynamic(&client, "apps/v1", "Deployment");
    let rolled_out = until(&api, "rest-api", is_rolled_out).await;
    assert_eq!(
        condition(&rolled_out, "Available"),
        "True MinimumReplicasAvailable"
    );
    assert_eq!(
        condition(&rolled_out, "Progressing"),
        "True NewReplicaSetAvailable"
    );
    let running = pods(&client, "rest-api").await;
    assert_eq!(running.len(), 3);
    for pod in &running {
        assert!(pod.labels().contains_key("pod-template-hash"));
        let told = reasons(&client, &pod.name_any()).await;
        assert!(told.starts_with(&["Scheduled".to_owned()]), "{told:?}");
        assert!(
            told.ends_with(&["Pulled", "Created", "Started"].map(str::to_owned)),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn a_rolling_update_never_drops_below_what_is_wanted() {
    let (_sandbox, client) = healthy();
    create(&client, deployment("web", "x/web:1", 3)).await;
    let api = dynamic(&client, "apps/v1", "Deployment");
    until(&api, "web", is_rolled_out).await;
    let patch = json!({"spec": {"template": {"metadata": {"annotations": {"revision": "2"}}}}});
    api.patch("web", &PatchParams::default(), &Patch::Merge(patch))
        .await
        .unwrap();
    let done = until(&api, "web", |web| {
        let available = web["status"]["availableReplicas"].as_i64().unwrap_or(0);
        let total = web["status"]["replicas"].as_i64().unwrap_or(0);
        assert!((3..=4).contains(&available) && total <= 4, "{}", web["status"]);
        is_rolled_out(web)
    })
    .await;
    assert_eq!(
        done["metadata"]["annotations"]["deployment.kubernetes.io/revision"],
        "2"
    );
    let sets = dynamic(&client, "apps/v1", "ReplicaSet")
        .list(&ListParams::default())
        .await
        .unwrap();
    let mut sizes: Vec<i64> = sets
        .iter()
        .map(|set| set.data["spec"]["replicas"].as_i64().unwrap())
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [0, 3]);
}

#[tokio::test]
async fn a_stateful_set_has_a_bound_volume_for_each_pod() {
    let (_sandbox, client) = healthy();
    create(
        &client,
        json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
            "spec": {
                "serviceName": "db", "replicas": 2, "selector": {"matchLabels": {"app": "db"}},
                "template": {
                    "metadata": {"labels": {"app": "db"}},
                    "spec": {"containers": [{"name": "postgres", "image": "pgvector/pgvector:pg17"}]},
                },
                "volumeClaimTemplates": [{
                    "metadata": {"name": "data"},
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
                }],
            },
        }),
    )
    .await;
    let api = dynamic(&client, "apps/v1", "StatefulSet");
    let set = until(&api, "db", |set| set["status"]["readyReplicas"] == 2).await;
    assert_eq!(set["status"]["currentRevision"], set["status"]["updateRevision"]);
    let claim = until(
        &dynamic(&client, "v1", "PersistentVolumeClaim"),
        "data-db-1",
        |_| true,
    )
    .await;
    assert_eq!(claim["status"]["phase"], "Bound");
    let names: Vec<String> = pods(&client, "db")
        .await
        .iter()
        .map(ResourceExt::name_any)
        .collect();
    assert_eq!(names, ["db-0", "db-1"]);
}

#[tokio::test]
async fn a_job_runs_to_its_end() {
    let (_sandbox, client) = healthy();
    create(
        &client,
        json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate"},
            "spec": {"template": {"spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "migrate", "image": "x/rest-api:1", "args": ["-migrate"]}],
            }}},
        }),
    )
    .await;
    let job = until(&dynamic(&client, "batch/v1", "Job"), "migrate", |job| {
        condition(job, "Complete").starts_with("True")
    })
    .await;
    assert_eq!(
        (&job["status"]["succeeded"], job["status"].get("failed")),
        (&json!(1), None)
    );
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    let pod = pods
        .list(&ListParams::default().labels("job-name=migrate"))
        .await
        .unwrap()
        .items
        .remove(0);
    let log = pods.logs(&pod.name_any(), &LogParams::default()).await.unwrap();
    assert!(log.contains("\"msg\":\"applied migrations\""), "{log}");
}

#[tokio::test]
async fn a_pod_waits_for_its_secret_and_says_so() {
    let (_sandbox, client) = healthy();
    let mut wanted = deployment("web", "x/web:1", 1);
    wanted["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "key"}}}]);
    create(&client, wanted).await;
    let waiting = |pod: &Pod| {
        let state = pod.status.as_ref()?.container_statuses.as_ref()?[0]
            .state
            .clone()?
            .waiting?;
        Some((state.reason?, state.message.unwrap_or_default()))
    };
    loop {
        let pods = pods(&client, "web").await;
        if let Some((reason, message)) = pods
            .first()
            .and_then(waiting)
            .filter(|(r, _)| r != "ContainerCreating")
        {
            assert_eq!(
                (reason.as_str(), message.as_str()),
                ("CreateContainerConfigError", "secret \"keys\" not found")
            );
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    create(&client, json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": {"key": "x"}})).await;
    until(&dynamic(&client, "apps/v1", "Deployment"), "web", is_rolled_out).await;
}

#[tokio::test]
async fn an_init_container_waits_for_the_service_it_names() {
    let (_sandbox, client) = healthy();
    let mut waiter = deployment("web", "x/web:1", 1);
    waiter["spec"]["template"]["spec"]["initContainers"] = json!([{
        "name": "wait-for-database", "image": "busybox:1.37", "env": [{"name": "HOST", "value": "db"}],
    }]);
    create(
        &client,
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "db"},
            "spec": {"selector": {"app": "db"}, "ports": [{"port": 5432, "targetPort": "http"}]},
        }),
    )
    .await;
    create(&client, waiter).await;
    loop {
        let pods = pods(&client, "web").await;
        let running = pods.first().and_then(|pod| {
            pod.status.as_ref()?.init_container_statuses.as_ref()?[0]
                .state
                .as_ref()?
                .running
                .clone()
        });
        if running.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    create(&client, deployment("db", "pgvector/pgvector:pg17", 1)).await;
    until(&dynamic(&client, "apps/v1", "Deployment"), "web", is_rolled_out).await;
    let endpoints = until(&dynamic(&client, "v1", "Endpoints"), "db", |_| true).await;
    assert_eq!(endpoints["subsets"][0]["ports"][0]["port"], 8080);
}

#[tokio::test]
async fn logs_are_read_followed_and_cut() {
    let (_sandbox, client) = healthy();
    create(&client, deployment("edge-mcp", "x/edge-mcp:1", 1)).await;
    until(
        &dynamic(&client, "apps/v1", "Deployment"),
        "edge-mcp",
        is_rolled_out,
    )
    .await;
    let api: Api<Pod> = Api::default_namespaced(client.clone());
    let name = pods(&client, "edge-mcp").await[0].name_any();
    let log = api.logs(&name, &LogParams::default()).await.unwrap();
    assert!(
        log.contains("\"service\":\"edge-mcp\"") && log.contains("listening"),
        "{log}"
    );
    let tail = LogParams {
        tail_lines: Some(1),
        timestamps: true,
        ..LogParams::default()
    };
    assert_eq!(api.logs(&name, &tail).await.unwrap().lines().count(), 1);
    let follow = LogParams {
        follow: true,
        ..LogParams::default()
    };
    let mut lines = api.log_stream(&name, &follow).await.unwrap().lines();
    assert!(
        lines
            .try_next()
            .await
            .unwrap()
            .is_some_and(|line| line.contains("starting edge-mcp"))
    );
    let missing = api
        .logs(
            &name,
            &LogParams {
                container: Some("x".into()),
                ..LogParams::default()
            },
        )
        .await;
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .contains("container x is not valid for pod")
    );
}

#[tokio::test]
async fn deleting_a_deployment_takes_its_pods_along() {
    let (_sandbox, client) = healthy();
    create(&client, deployment("web", "x/web:1", 2)).await;
    let api = dynamic(&client, "apps/v1", "Deployment");
    until(&api, "web", is_rolled_out).await;
    api.delete("web", &DeleteParams::foreground()).await.unwrap();
    while api.get_opt("web").await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(pods(&client, "web").await.is_empty());
}

#[tokio::test]
async fn a_cluster_comes_to_rest() {
    let sandbox = Sandbox::start(Scenario::Healthy, Speed::INSTANT);
    let client = sandbox.client("default");
    create(&client, deployment("web", "x/web:1", 2)).await;
    until(&dynamic(&client, "apps/v1", "Deployment"), "web", is_rolled_out).await;
    let revision = || sandbox.shared.api().store.revision();
    let mut before = revision();
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let now = revision();
        if now == before {
            return;
        }
        before = now;
    }
    panic!("the controllers never stop writing");
}

#[tokio::test]
async fn image_pull_fails_with_its_events_until_the_tag_changes() {
    let (_sandbox, client) = started(Scenario::ImagePull);
    create(
        &client,
        deployment("rag-loader", "ghcr.io/x/developer-mesh-rag-loader:1.4.2", 1),
    )
    .await;
    let seen = loop {
        let told = reasons(&client, "rag-loader-").await;
        if told.iter().any(|reason| reason == "BackOff") {
            break told;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    assert!(seen.contains(&"Failed".to_owned()), "{seen:?}");
    let api = dynamic(&client, "apps/v1", "Deployment");
    let stuck = api.get("rag-loader").await.unwrap();
    let stuck = serde_json::to_value(stuck).unwrap();
    assert_eq!(condition(&stuck, "Available"), "False MinimumReplicasUnavailable");
    let image = json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "ghcr.io/x/developer-mesh-rag-loader:1.4.1"}]);
    let patch: Patch<Json> = Patch::Json(serde_json::from_value(image).unwrap());
    api.patch("rag-loader", &PatchParams::default(), &patch)
        .await
        .unwrap();
    until(&api, "rag-loader", is_rolled_out).await;
}

#[tokio::test]
async fn a_crash_loop_names_its_cause_and_new_pods_mend_it() {
    let (_sandbox, client) = started(Scenario::CrashLoop);
    create(
        &client,
        deployment("rest-api", "ghcr.io/x/developer-mesh-rest-api:1.4.2", 1),
    )
    .await;
    let api: Api<Pod> = Api::default_namespaced(client.clone());
    let pod = loop {
        let pods = pods(&client, "rest-api").await;
        let looping = pods.into_iter().find(|pod| {
            let status = pod
                .status
                .as_ref()
                .and_then(|status| status.container_statuses.as_ref());
            status.is_some_and(|statuses| {
                let waiting = statuses[0]
                    .state
                    .as_ref()
                    .and_then(|state| state.waiting.as_ref());
                statuses[0].restart_count >= 3
                    && waiting.is_some_and(|waiting| waiting.reason.as_deref() == Some("CrashLoopBackOff"))
            })
        });
        if let Some(pod) = looping {
            break pod;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    let previous = LogParams {
        previous: true,
        ..LogParams::default()
    };
    let log = api.logs(&pod.name_any(), &previous).await.unwrap();
    assert!(
        log.contains("required environment variable EMBEDDING_MODEL_ID is not set"),
        "{log}"
    );
    assert!(
        reasons(&client, &pod.name_any())
            .await
            .contains(&"BackOff".to_owned())
    );
    api.delete(&pod.name_any(), &DeleteParams::default())
        .await
        .unwrap();
    until(
        &dynamic(&client, "apps/v1", "Deployment"),
        "rest-api",
        is_rolled_out,
    )
    .await;
}

#[tokio::test]
async fn a_slow_start_fails_its_probe_and_gets_there() {
    let (_sandbox, client) = started(Scenario::SlowStart);
    create(&client, deployment("edge-mcp", "x/edge-mcp:1", 1)).await;
    until(
        &dynamic(&client, "apps/v1", "Deployment"),
        "edge-mcp",
        is_rolled_out,
    )
    .await;
    let told = reasons(&client, "edge-mcp-").await;
    assert!(told.contains(&"Unhealthy".to_owned()), "{told:?}");
}
