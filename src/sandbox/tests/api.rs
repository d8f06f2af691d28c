//! Reads, writes, watches and their failures.

use super::super::{Fault, Matcher, Rule};
use super::{config_map, dynamic, healthy, object, until};
use futures::{StreamExt, TryStreamExt};
use http::Method;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams};
use kube::{Discovery, Error, ResourceExt};
use serde_json::{Value as Json, json};

fn refusal(error: Error) -> (u16, String, String) {
    match error {
        Error::Api(status) => (status.code, status.reason.clone(), status.message.clone()),
        other => panic!("no answer of the API: {other}"),
    }
}

#[tokio::test]
async fn discovery_finds_built_in_and_custom_kinds() {
    let (_sandbox, client) = healthy();
    for discovery in [
        Discovery::new(client.clone()).run().await.unwrap(),
        Discovery::new(client.clone()).run_aggregated().await.unwrap(),
    ] {
        let find = |group: &str, kind: &str| {
            discovery
                .groups()
                .filter(|g| g.name() == group)
                .flat_map(kube::discovery::ApiGroup::recommended_resources)
                .find(|(resource, _)| resource.kind == kind)
                .map(|(resource, capabilities)| (resource.plural, capabilities.subresources.len()))
        };
        assert_eq!(find("apps", "Deployment"), Some(("deployments".into(), 2)));
        assert_eq!(find("", "Secret"), Some(("secrets".into(), 0)));
        assert_eq!(
            find("cert-manager.io", "ClusterIssuer"),
            Some(("clusterissuers".into(), 1))
        );
    }
    assert_eq!(client.apiserver_version().await.unwrap().git_version, "v1.36.3");
}

#[tokio::test]
async fn objects_are_created_read_changed_and_deleted() {
    let (_sandbox, client) = healthy();
    let api = dynamic(&client, "v1", "ConfigMap");
    let created = api
        .create(&PostParams::default(), &config_map("a", "1"))
        .await
        .unwrap();
    assert!(created.metadata.uid.is_some() && created.metadata.creation_timestamp.is_some());
    let (code, reason, message) = refusal(
        api.create(&PostParams::default(), &config_map("a", "1"))
            .await
            .unwrap_err(),
    );
    assert_eq!((code, reason.as_str()), (409, "AlreadyExists"));
    assert_eq!(message, "configmaps \"a\" already exists");

    let mut changed = created.clone();
    changed.data["data"]["key"] = "2".into();
    let replaced = api.replace("a", &PostParams::default(), &changed).await.unwrap();
    assert_ne!(replaced.resource_version(), created.resource_version());
    let (code, reason, _) = refusal(
        api.replace("a", &PostParams::default(), &changed)
            .await
            .unwrap_err(),
    );
    assert_eq!((code, reason.as_str()), (409, "Conflict"));

    let merged = api
        .patch(
            "a",
            &PatchParams::default(),
            &Patch::Merge(json!({"data": {"key": null, "b": "3"}})),
        )
        .await
        .unwrap();
    assert_eq!(merged.data["data"], json!({"b": "3"}));

    api.delete("a", &DeleteParams::default()).await.unwrap();
    let (code, _, message) = refusal(api.get("a").await.unwrap_err());
    assert_eq!((code, message.as_str()), (404, "configmaps \"a\" not found"));
}

#[tokio::test]
async fn a_write_of_nothing_new_keeps_the_revision() {
    let (_sandbox, client) = healthy();
    let api = dynamic(&client, "v1", "ConfigMap");
    let created = api
        .create(&PostParams::default(), &config_map("a", "1"))
        .await
        .unwrap();
    let same = api
        .patch(
            "a",
            &PatchParams::default(),
            &Patch::Merge(json!({"data": {"key": "1"}})),
        )
        .await
        .unwrap();
    assert_eq!(same.resource_version(), created.resource_version());
}

#[tokio::test]
async fn a_list_is_selected_and_paged() {
    let (_sandbox, client) = healthy();
    let api = dynamic(&client, "v1", "Secret");
    for n in 0..5 {
        let labels = if n % 2 == 0 {
            json!({"owner": "helm"})
        } else {
            json!({})
        };
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": format!("s{n}"), "labels": labels}});
        api.create(&PostParams::default(), &object(secret)).await.unwrap();
    }
    let owned = api
        .list(&ListParams::default().labels("owner=helm"))
        .await
        .unwrap();
    assert_eq!(owned.items.len(), 3);
    let one = api
        .list(&ListParams::default().fields("metadata.name=s1"))
        .await
        .unwrap();
    assert_eq!(
        one.items.iter().map(ResourceExt::name_any).collect::<Vec<_>>(),
        ["s1"]
    );
    let first = api.list(&ListParams::default().limit(3)).await.unwrap();
    assert_eq!(
        (first.items.len(), first.metadata.remaining_item_count),
        (3, Some(2))
    );
    let token = first.metadata.continue_.unwrap();
    let rest = api
        .list(&ListParams::default().limit(3).continue_token(&token))
        .await
        .unwrap();
    assert_eq!(
        rest.items.iter().map(ResourceExt::name_any).collect::<Vec<_>>(),
        ["s3", "s4"]
    );
}

#[tokio::test]
async fn a_watch_tells_what_happens_after_its_revision() {
    let (_sandbox, client) = healthy();
    let api = dynamic(&client, "v1", "ConfigMap");
    let start = api
        .list(&ListParams::default())
        .await
        .unwrap()
        .metadata
        .resource_version
        .unwrap();
    let watch = WatchParams::default().labels("watched").timeout(290);
    let mut events = api.watch(&watch, &start).await.unwrap().boxed();

    api.create(&PostParams::default(), &config_map("unseen", "1"))
        .await
        .unwrap();
    api.create(&PostParams::default(), &config_map("a", "1"))
        .await
        .unwrap();
    let label = |value: Json| Patch::Merge(json!({"metadata": {"labels": {"watched": value}}}));
    api.patch("a", &PatchParams::default(), &label("1".into()))
        .await
        .unwrap();
    api.patch("a", &PatchParams::default(), &label("2".into()))
        .await
        .unwrap();
    api.patch("a", &PatchParams::default(), &label(Json::Null))
        .await
        .unwrap();

    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(match events.try_next().await.unwrap().unwrap() {
            WatchEvent::Added(object) => format!("added {}", object.name_any()),
            WatchEvent::Modified(object) => format!("modified {}", object.name_any()),
            WatchEvent::Deleted(object) => format!("deleted {}", object.name_any()),
            other => format!("{other:?}"),
        });
    }
    assert_eq!(seen, ["added a", "modified a", "deleted a"]);
}

#[tokio::test]
async fn a_watch_from_a_compacted_revision_is_gone() {
    let (sandbox, client) = healthy();
    let api = dynamic(&client, "v1", "ConfigMap");
    api.create(&PostParams::default(), &config_map("a", "1"))
        .await
        .unwrap();
    sandbox.compact();
    let mut events = api.watch(&WatchParams::default(), "2").await.unwrap().boxed();
    match events.try_next().await.unwrap().unwrap() {
        WatchEvent::Error(status) => assert_eq!((status.code, status.reason.as_str()), (410, "Expired")),
        other => panic!("{other:?}"),
    }
    assert!(events.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_watcher_begins_with_what_there_is() {
    use kube::runtime::watcher::{Config, Event, watcher};
    let (_sandbox, client) = healthy();
    let api = dynamic(&client, "v1", "ConfigMap");
    api.create(&PostParams::default(), &config_map("a", "1"))
        .await
        .unwrap();
    for config in [Config::default(), Config::default().streaming_lists()] {
        let mut events = watcher(api.clone(), config.fields("metadata.name=a")).boxed();
        let mut names = Vec::new();
        loop {
            match events.try_next().await.unwrap().unwrap() {
                Event::Init => {}
                Event::InitApply(object) => names.push(object.name_any()),
                Event::InitDone => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(names, ["a"]);
    }
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let (_sandbox, client) = healthy();
    let api = dynamic(&client, "v1", "ConfigMap");
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    api.create(&dry, &config_map("a", "1")).await.unwrap();
    assert!(api.get_opt("a").await.unwrap().is_none());
    let created = api
        .create(&PostParams::default(), &config_map("a", "1"))
        .await
        .unwrap();
    let patch = Patch::Merge(json!({"data": {"key": "2"}}));
    let predicted = api
        .patch("a", &PatchParams::default().dry_run(), &patch)
        .await
        .unwrap();
    assert_eq!(predicted.data["data"]["key"], "2");
    let live = api.get("a").await.unwrap();
    assert_eq!(
        (&live.data["data"]["key"], live.resource_version()),
        (&json!("1"), created.resource_version())
    );
}

#[tokio::test]
async fn a_frozen_field_is_refused_with_the_servers_words() {
    let (_sandbox, client) = healthy();
    let api = dynamic(&client, "v1", "Service");
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}});
    let created = api
        .create(&PostParams::default(), &object(service))
        .await
        .unwrap();
    assert!(
        created.data["spec"]["clusterIP"]
            .as_str()
            .unwrap()
            .starts_with("10.96.")
    );
    let patch = Patch::Merge(json!({"spec": {"clusterIP": "10.96.9.9"}}));
    let (code, reason, message) = refusal(api.patch("a", &PatchParams::default(), &patch).await.unwrap_err());
    assert_eq!((code, reason.as_str()), (422, "Invalid"));
    assert_eq!(
        message,
        "Service \"a\" is invalid: spec.clusterIPs[0]: Invalid value: [\"10.96.9.9\"]: may not change once set"
    );
}

#[tokio::test]
async fn what_is_forbidden_is_refused_and_reviewed_alike() {
    let (sandbox, client) = healthy();
    sandbox.forbid(Rule::everywhere("list", "", "secrets"));
    let api = dynamic(&client, "v1", "Secret");
    let (code, _, message) = refusal(api.list(&ListParams::default()).await.unwrap_err());
    assert_eq!(code, 403);
    assert_eq!(
        message,
        "secrets is forbidden: User \"sandbox\" cannot list resource \"secrets\" in API group \"\" in the namespace \"default\""
    );
    for (verb, allowed) in [("list", false), ("get", true)] {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {"verb": verb, "resource": "secrets", "namespace": "default"}},
        });
        let request = http::Request::post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
            .header("content-type", "application/json")
            .body(review.to_string().into_bytes())
            .unwrap();
        let answer: Json = client.request(request).await.unwrap();
        assert_eq!(answer["status"]["allowed"], allowed, "{verb}");
    }
}

#[tokio::test]
async fn a_namespace_takes_what_is_in_it_along() {
    let (_sandbox, client) = healthy();
    let namespaces = kube::Api::all_with(
        client.clone(),
        &kube::api::ApiResource::from_gvk(&kube::api::GroupVersionKind::gvk("", "v1", "Namespace")),
    );
    let other = kube::Api::namespaced_with(
        client.clone(),
        "other",
        &kube::api::ApiResource::from_gvk(&kube::api::GroupVersionKind::gvk("", "v1", "ConfigMap")),
    );
    let (code, _, message) = refusal(
        other
            .create(&PostParams::default(), &config_map("a", "1"))
            .await
            .unwrap_err(),
    );
    assert_eq!((code, message.as_str()), (404, "namespaces \"other\" not found"));
    let namespace = object(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}}));
    namespaces
        .create(&PostParams::default(), &namespace)
        .await
        .unwrap();
    until(&dynamic(&client, "v1", "ServiceAccount"), "default", |_| true).await;
    other
        .create(&PostParams::default(), &config_map("a", "1"))
        .await
        .unwrap();
    namespaces
        .delete("other", &DeleteParams::default())
        .await
        .unwrap();
    while namespaces.get_opt("other").await.unwrap().is_some() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert!(other.get_opt("a").await.unwrap().is_none());
}

#[tokio::test]
async fn what_an_owner_leaves_behind_is_collected() {
    let (_sandbox, client) = healthy();
    let api = dynamic(&client, "v1", "ConfigMap");
    let owner = api
        .create(&PostParams::default(), &config_map("owner", "1"))
        .await
        .unwrap();
    let mut dependent = config_map("owned", "1");
    dependent.metadata.owner_references = Some(vec![
        serde_json::from_value(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner.metadata.uid,
        }))
        .unwrap(),
    ]);
    api.create(&PostParams::default(), &dependent).await.unwrap();
    api.delete("owner", &DeleteParams::default()).await.unwrap();
    while api.get_opt("owned").await.unwrap().is_some() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn faults_happen_once_and_say_whether_they_committed() {
    let (sandbox, client) = healthy();
    let api = dynamic(&client, "v1", "ConfigMap");
    let post = Matcher::method(Method::POST).path("/configmaps");
    sandbox.fail_next(post.clone(), Fault::Unavailable);
    let (code, ..) = refusal(
        api.create(&PostParams::default(), &config_map("a", "1"))
            .await
            .unwrap_err(),
    );
    assert_eq!(code, 503);
    assert!(api.get_opt("a").await.unwrap().is_none());

    sandbox.fail_next(post, Fault::ResetAfterCommit);
    let lost = api
        .create(&PostParams::default(), &config_map("a", "1"))
        .await
        .unwrap_err();
    assert!(matches!(lost, Error::Service(_)), "{lost}");
    assert!(api.get_opt("a").await.unwrap().is_some());

    sandbox.fail_next(Matcher::watch(), Fault::WatchGone);
    let mut events = api.watch(&WatchParams::default(), "0").await.unwrap().boxed();
    assert!(
        matches!(events.try_next().await.unwrap(), Some(WatchEvent::Error(status)) if status.code == 410)
    );
    assert!(sandbox.faults_are_spent());
}
