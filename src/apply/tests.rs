//! Applies and updates as a whole: who owns what afterwards, what goes, what conflicts.

#![allow(clippy::unwrap_used)]

use super::managed::{ManagedFields, Operation};
use super::{Applied, ApplyError, ApplyRequest, Schema, UpdateRequest, apply, update};
use serde_json::{Value as Json, json};

const NOW: &str = "2026-11-23T08:00:00Z";
const LATER: &str = "2026-11-23T09:00:00Z";

struct Cluster {
    schema: Schema,
    live: Option<Json>,
}

impl Cluster {
    fn new() -> Self {
        Self {
            schema: Schema::builtin(),
            live: None,
        }
    }

    fn try_apply(&self, manager: &str, config: &Json, force: bool) -> Result<Applied, ApplyError> {
        apply(&ApplyRequest {
            live: self.live.as_ref(),
            config,
            manager,
            force,
            subresource: "",
            schema: &self.schema,
            time: NOW,
        })
    }

    fn apply(&mut self, manager: &str, config: &Json) -> bool {
        let applied = self.try_apply(manager, config, false).unwrap();
        self.live = Some(applied.object);
        applied.changed
    }

    fn update(&mut self, manager: &str, change: impl Fn(&mut Json)) {
        let mut new = self.live.clone().unwrap();
        change(&mut new);
        self.live = Some(update(&UpdateRequest {
            live: self.live.as_ref(),
            new: &new,
            manager,
            subresource: "",
            schema: &self.schema,
            time: LATER,
        }));
    }

    fn live(&self) -> &Json {
        self.live.as_ref().unwrap()
    }

    fn owned(&self, manager: &str, operation: Operation) -> Json {
        let owners = ManagedFields::of(self.live()).unwrap();
        let of = |e: &&super::managed::ManagedEntry| e.manager == manager && e.operation == operation;
        owners
            .entries
            .iter()
            .find(of)
            .map_or(Json::Null, |entry| entry.fields.to_fields_v1())
    }
}

fn config_map(data: &Json) -> Json {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n"}, "data": data})
}

fn deployment(spec: &Json, containers: &Json) -> Json {
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"selector": {"matchLabels": {"app": "d"}},
            "template": {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": containers}}},
    });
    for (name, value) in spec.as_object().unwrap() {
        object["spec"][name] = value.clone();
    }
    object
}

#[test]
fn a_first_apply_owns_what_it_says() {
    let mut cluster = Cluster::new();
    assert!(cluster.apply("helm", &config_map(&json!({"a": "1"}))));
    assert_eq!(
        cluster.owned("helm", Operation::Apply),
        json!({"f:data": {"f:a": {}}})
    );
    assert_eq!(cluster.live()["data"], json!({"a": "1"}));
    assert_eq!(cluster.live()["metadata"]["managedFields"][0]["time"], NOW);
}

#[test]
fn applying_the_same_again_writes_nothing() {
    let mut cluster = Cluster::new();
    let config = config_map(&json!({"a": "1"}));
    cluster.apply("helm", &config);
    let before = cluster.live.clone();
    assert!(!cluster.apply("helm", &config));
    assert_eq!(cluster.live, before);
}

#[test]
fn what_is_no_longer_applied_goes_unless_another_manager_owns_it() {
    let mut cluster = Cluster::new();
    cluster.apply("helm", &config_map(&json!({"a": "1", "b": "1", "c": "1"})));
    cluster.apply("other", &config_map(&json!({"b": "1"})));
    cluster.update("kubectl", |new| new["data"]["d"] = json!("1"));
    cluster.apply("helm", &config_map(&json!({"a": "1"})));
    assert_eq!(cluster.live()["data"], json!({"a": "1", "b": "1", "d": "1"}));
}

#[test]
fn a_map_goes_with_its_last_key() {
    let mut cluster = Cluster::new();
    cluster.apply("helm", &config_map(&json!({"a": "1"})));
    let mut none = config_map(&json!({}));
    none.as_object_mut().unwrap().remove("data");
    cluster.apply("helm", &none);
    assert_eq!(cluster.live().get("data"), None);
}

#[test]
fn a_field_that_another_manager_changed_conflicts() {
    let mut cluster = Cluster::new();
    let containers = json!([{"name": "app", "image": "a:1"}]);
    cluster.apply("helm", &deployment(&json!({"replicas": 1}), &containers));
    cluster.update("kubectl-edit", |new| new["spec"]["replicas"] = json!(5));
    let two = deployment(&json!({"replicas": 2}), &containers);
    let error = cluster.try_apply("helm", &two, false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using apps/v1: .spec.replicas"
    );

    let forced = cluster.try_apply("helm", &two, true).unwrap();
    cluster.live = Some(forced.object);
    assert_eq!(cluster.live()["spec"]["replicas"], 2);
    assert_eq!(cluster.owned("kubectl-edit", Operation::Update), Json::Null);
}

#[test]
fn the_same_value_is_shared_and_stays_when_one_drops_it() {
    let mut cluster = Cluster::new();
    let containers = json!([{"name": "app", "image": "a:1"}]);
    cluster.apply("helm", &deployment(&json!({"replicas": 3}), &containers));
    let share = super::config_for(
        cluster.live(),
        &[super::fields::FieldPath::of_fields(&["spec", "replicas"])],
    );
    cluster.apply("handover", &share);
    cluster.apply("helm", &deployment(&json!({}), &containers));
    assert_eq!(cluster.live()["spec"]["replicas"], 3);
    assert_eq!(
        cluster.owned("handover", Operation::Apply),
        json!({"f:spec": {"f:replicas": {}}})
    );
}

#[test]
fn a_field_that_nobody_shares_goes_when_it_is_dropped() {
    let mut cluster = Cluster::new();
    let containers = json!([{"name": "app", "image": "a:1"}]);
    cluster.apply("helm", &deployment(&json!({"replicas": 3}), &containers));
    cluster.apply("helm", &deployment(&json!({}), &containers));
    assert_eq!(cluster.live()["spec"].get("replicas"), None);
}

#[test]
fn items_of_keyed_lists_are_owned_one_by_one() {
    let mut cluster = Cluster::new();
    let helm = json!([{"name": "app", "image": "a:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]}]);
    cluster.apply("helm", &deployment(&json!({}), &helm));
    let injected = json!({"name": "sidecar", "image": "s:1"});
    cluster.update("injector", |new| {
        new["spec"]["template"]["spec"]["containers"]
            .as_array_mut()
            .unwrap()
            .insert(0, injected.clone());
    });
    let changed = json!([{"name": "app", "image": "a:2", "env": [{"name": "B", "value": "2"}]}]);
    cluster.apply("helm", &deployment(&json!({}), &changed));
    let containers = &cluster.live()["spec"]["template"]["spec"]["containers"];
    assert_eq!(
        *containers,
        json!([{"name": "sidecar", "image": "s:1"}, changed[0]])
    );
}

#[test]
fn defaults_below_an_item_do_not_keep_it() {
    let mut cluster = Cluster::new();
    cluster.apply(
        "helm",
        &deployment(
            &json!({}),
            &json!([{"name": "a", "image": "a"}, {"name": "b", "image": "b"}]),
        ),
    );
    // The server's defaults belong to nobody.
    let containers = &mut cluster.live.as_mut().unwrap()["spec"]["template"]["spec"]["containers"];
    for container in containers.as_array_mut().unwrap() {
        container["imagePullPolicy"] = json!("Always");
    }
    cluster.apply(
        "helm",
        &deployment(&json!({}), &json!([{"name": "a", "image": "a"}])),
    );
    let containers = &cluster.live()["spec"]["template"]["spec"]["containers"];
    assert_eq!(
        *containers,
        json!([{"name": "a", "image": "a", "imagePullPolicy": "Always"}])
    );
}

#[test]
fn ports_without_a_protocol_are_the_tcp_ones() {
    let service = |port: &Json| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [port]}});
    let mut cluster = Cluster::new();
    cluster.apply("helm", &service(&json!({"port": 80, "targetPort": 1})));
    cluster.apply(
        "other",
        &service(&json!({"port": 80, "protocol": "TCP", "name": "http"})),
    );
    assert_eq!(
        cluster.live()["spec"]["ports"],
        json!([{"port": 80, "targetPort": 1, "protocol": "TCP", "name": "http"}])
    );
}

#[test]
fn two_items_of_one_name_are_refused() {
    let twice = deployment(&json!({}), &json!([{"name": "a"}, {"name": "a"}]));
    let error = Cluster::new().try_apply("helm", &twice, false).unwrap_err();
    assert_eq!(
        error.to_string(),
        ".spec.template.spec.containers: duplicate entries for key [name=\"a\"]"
    );
}

#[test]
fn what_was_there_before_the_first_apply_is_remembered() {
    let mut cluster = Cluster::new();
    cluster.live = Some(config_map(&json!({"a": "1", "b": "1"})));
    let error = cluster
        .try_apply("helm", &config_map(&json!({"a": "2"})), false)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: .data.a"
    );
    cluster.apply("helm", &config_map(&json!({"a": "1"})));
    assert_eq!(
        cluster.owned("before-first-apply", Operation::Update),
        json!({"f:data": {".": {}, "f:a": {}, "f:b": {}}})
    );
}

#[test]
fn an_update_takes_what_it_changes_and_nothing_else() {
    let mut cluster = Cluster::new();
    cluster.apply("helm", &config_map(&json!({"a": "1", "b": "1", "c": "1"})));
    cluster.update("kubectl", |new| {
        new["data"]["a"] = json!("2");
        new["data"].as_object_mut().unwrap().remove("c");
    });
    assert_eq!(
        cluster.owned("kubectl", Operation::Update),
        json!({"f:data": {"f:a": {}}})
    );
    assert_eq!(
        cluster.owned("helm", Operation::Apply),
        json!({"f:data": {"f:b": {}}})
    );
}

#[test]
fn the_status_belongs_to_its_subresource() {
    let mut cluster = Cluster::new();
    let mut config = deployment(&json!({}), &json!([{"name": "a"}]));
    cluster.apply("helm", &config);
    let mut new = cluster.live().clone();
    new["status"] = json!({"replicas": 1});
    let live = update(&UpdateRequest {
        live: cluster.live.as_ref(),
        new: &new,
        manager: "controller",
        subresource: "status",
        schema: &cluster.schema,
        time: NOW,
    });
    cluster.live = Some(live);
    config["status"] = json!({"replicas": 9});
    assert!(!cluster.apply("helm", &config));
    assert_eq!(cluster.live()["status"]["replicas"], 1);
}

#[test]
fn a_client_may_take_the_managed_fields_away() {
    let mut cluster = Cluster::new();
    cluster.apply("helm", &config_map(&json!({"a": "1"})));
    cluster.update("kubectl", |new| new["metadata"]["managedFields"] = json!([{}]));
    assert_eq!(cluster.live()["metadata"].get("managedFields"), None);
}

#[test]
fn a_null_takes_nothing_into_the_object() {
    let mut cluster = Cluster::new();
    let mut config = deployment(&json!({}), &json!([{"name": "a", "resources": null}]));
    config["spec"]["template"]["spec"]["nodeSelector"] = Json::Null;
    cluster.apply("helm", &config);
    assert_eq!(
        cluster.live()["spec"]["template"]["spec"],
        json!({"containers": [{"name": "a"}]})
    );
    assert!(!cluster.apply("helm", &config));
}

#[test]
fn updates_of_many_managers_are_put_together() {
    let mut cluster = Cluster::new();
    cluster.apply("helm", &config_map(&json!({"a": "1"})));
    for index in 0..14 {
        cluster.update(&format!("m{index:02}"), |new| {
            new["data"][format!("k{index}")] = json!("1");
        });
    }
    let managed = ManagedFields::of(cluster.live()).unwrap();
    assert_eq!(managed.entries.len(), 11);
    assert_ne!(cluster.owned("ancient-changes", Operation::Update), Json::Null);
}
