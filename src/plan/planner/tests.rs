#![allow(clippy::unwrap_used)]

use super::*;
use crate::apply::{ApplyRequest, UpdateRequest, apply, update};
use crate::chart::manifest::Manifest;
use crate::chart::model::Chart;
use crate::plan::HANDOVER_MANAGER;
use crate::plan::changed_since;
use crate::plan::input::{LiveObjects, Outcome};
use crate::plan::model::{Action, Confidence, Consequence, FieldConflict, Whose};
use crate::plan::ownership::words;
use crate::plan::policy::PolicyErrors;
use crate::plan::preflight::ClusterFacts;
use serde_json::json;

/// A release in a cluster that a test changes step by step.
struct World {
    chart: Chart,
    schema: Schema,
    target: Manifest,
    previous: Vec<ManifestObject>,
    live: LiveObjects,
    answers: Answers,
    facts: ClusterFacts,
    policy_errors: PolicyErrors,
}

fn object(body: Json) -> ManifestObject {
    let text = |pointer: &str| {
        body.pointer(pointer)
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    ManifestObject {
        key: ObjectKey {
            api_version: text("/apiVersion"),
            kind: text("/kind"),
            namespace: None,
            name: text("/metadata/name"),
        },
        source: "mesh/templates/a.yaml".into(),
        text: body.to_string().into(),
        body: Arc::new(body),
    }
}

fn objects(bodies: &[Json]) -> Vec<ManifestObject> {
    bodies.iter().cloned().map(object).collect()
}

impl World {
    /// A release that was installed with these objects.
    fn installed(bodies: &[Json]) -> Self {
        let schema = Schema::builtin();
        let install = |body: &Json| {
            let mut config = body.clone();
            config["metadata"]["namespace"] = json!("prod");
            let request = ApplyRequest {
                live: None,
                config: &config,
                manager: RELEASE,
                force: false,
                subresource: "",
                schema: &schema,
                time: "2026-01-01T00:00:00Z",
            };
            Arc::new(apply(&request).unwrap().object)
        };
        Self {
            live: bodies.iter().map(install).collect(),
            chart: Chart::default(),
            schema,
            target: Manifest {
                objects: objects(bodies),
                ..Manifest::default()
            },
            previous: objects(bodies),
            answers: Answers::default(),
            facts: ClusterFacts::default(),
            policy_errors: PolicyErrors::default(),
        }
    }

    fn want(&mut self, bodies: &[Json]) {
        self.target.objects = objects(bodies);
    }

    /// Somebody else writes the first object.
    fn edit(&mut self, manager: &str, subresource: &str, change: impl Fn(&mut Json)) {
        let key = self.previous[0].key.clone();
        let live = self.live.get(&key, "prod").unwrap().clone();
        let mut new = (*live).clone();
        change(&mut new);
        let request = UpdateRequest {
            live: Some(&live),
            new: &new,
            manager,
            subresource,
            schema: &self.schema,
            time: "2026-02-02T00:00:00Z",
        };
        self.live.insert(Arc::new(update(&request)));
    }

    fn input(&self) -> PlanInput<'_> {
        PlanInput {
            release: "mesh",
            namespace: "prod",
            install: false,
            chart: &self.chart,
            target: &self.target,
            previous: &self.previous,
            live: &self.live,
            schema: &self.schema,
            answers: &self.answers,
            order: &[],
            facts: &self.facts,
            policy_errors: &self.policy_errors,
            seal_key: b"key",
        }
    }

    fn plan(&self) -> Plan {
        plan(&self.input())
    }

    fn only(&self) -> ObjectChange {
        let plan = self.plan();
        let mut changes = plan.changes();
        let only = changes.next().unwrap().clone();
        assert!(changes.next().is_none());
        only
    }

    fn answer(&mut self, outcome: Outcome) {
        let object = &self.target.objects[0];
        let answer = Answer {
            body: object.body.clone(),
            live: self.live.get(&object.key, "prod").cloned(),
            outcome,
        };
        self.answers.insert(object.key.clone(), answer);
    }
}

const RELEASE: &str = "helm";

fn config_map(data: &Json) -> Json {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data})
}

fn secret(password: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"password": password}})
}

fn deployment(replicas: Option<u32>, image: &str) -> Json {
    let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"}, "spec": {
        "selector": {"matchLabels": {"app": "api"}},
        "template": {"metadata": {"labels": {"app": "api"}}, "spec": {"containers": [{"name": "api", "image": image}]}},
    }});
    if let Some(replicas) = replicas {
        object["spec"]["replicas"] = json!(replicas);
    }
    object
}

fn autoscaler() -> Json {
    json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "api"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}, "maxReplicas": 9}})
}

/// Each field in a line: path, before, after, whose.
fn fields(change: &ObjectChange) -> Vec<String> {
    let text = |value: &Option<Json>| value.as_ref().map_or("-".into(), ToString::to_string);
    let whose = |whose: &Whose| match whose {
        Whose::Mine => "mine".to_owned(),
        Whose::Drift { manager, at } => format!("drift {manager} {}", at.as_deref().unwrap_or("-")),
        Whose::ServerDefault => "default".to_owned(),
        Whose::Other { manager } => format!("kept for {manager}"),
    };
    let line = |field: &crate::plan::model::FieldChange| {
        format!(
            "{} {} {} {}",
            words(&field.path),
            text(&field.before),
            text(&field.after),
            whose(&field.whose)
        )
    };
    change.fields.iter().map(line).collect()
}

#[test]
fn an_installed_release_has_nothing_to_change() {
    let world = World::installed(&[
        config_map(&json!({"a": "1"})),
        secret("hunter22"),
        deployment(Some(2), "api:1"),
    ]);
    let plan = world.plan();
    assert!(plan.is_empty(), "{plan:?}");
    assert_eq!(plan.counts().unchanged, 3);
}

#[test]
fn a_new_object_is_created() {
    let mut world = World::installed(&[]);
    world.want(&[config_map(&json!({"a": "1"}))]);
    let change = world.only();
    assert_eq!(change.action, Action::Create);
    assert_eq!(change.after.unwrap()["data"], json!({"a": "1"}));
}

#[test]
fn a_choice_of_the_person_is_mine_and_restarts_pods() {
    let mut world = World::installed(&[deployment(Some(2), "api:1")]);
    world.want(&[deployment(Some(2), "api:2")]);
    let change = world.only();
    assert_eq!(
        fields(&change),
        ["spec.template.spec.containers[api].image \"api:1\" \"api:2\" mine"]
    );
    let restart = Consequence::PodsRestart {
        pods: Some(2),
        because: "containers[api].image".into(),
    };
    assert_eq!(change.consequences, [restart]);
}

#[test]
fn what_somebody_changed_is_drift_and_conflicts() {
    let mut world = World::installed(&[config_map(&json!({"level": "info"}))]);
    world.edit("kubectl-edit", "", |new| {
        new["data"]["level"] = json!("trace");
        new["data"]["extra"] = json!("1");
    });
    let change = world.only();
    assert_eq!(
        fields(&change),
        [
            "data.level \"trace\" \"info\" drift kubectl-edit 2026-02-02T00:00:00Z",
            "data.extra \"1\" \"1\" kept for kubectl-edit",
        ]
    );
    let conflict = FieldConflict {
        manager: "kubectl-edit using v1".into(),
        field: ".data.level".into(),
    };
    assert_eq!(change.confidence, Confidence::Conflicts(vec![conflict]));
    assert_eq!(world.plan().counts().drift, 1);
}

#[test]
fn what_is_no_longer_rendered_is_deleted_unless_it_is_kept() {
    let mut kept = config_map(&json!({"a": "1"}));
    kept["metadata"]["annotations"] = json!({"helm.sh/resource-policy": "keep"});
    let mut world = World::installed(&[kept, secret("hunter22")]);
    world.want(&[]);
    let plan = world.plan();
    let found: Vec<_> = plan
        .changes()
        .map(|change| (&change.action, change.consequences.clone()))
        .collect();
    let lost = Consequence::DataLost {
        what: "the values in Secret/s".into(),
    };
    assert_eq!(
        found,
        [
            (&Action::Unchanged, vec![Consequence::Kept]),
            (&Action::Delete, vec![lost])
        ]
    );
}

#[test]
fn what_is_gone_already_is_not_deleted() {
    let mut world = World::installed(&[config_map(&json!({"a": "1"}))]);
    world.want(&[]);
    world.live = LiveObjects::default();
    assert_eq!(world.plan().changes().count(), 0);
}

#[test]
fn replicas_go_to_the_autoscaler_with_their_present_value() {
    let mut world = World::installed(&[deployment(Some(3), "api:1")]);
    world.want(&[deployment(None, "api:1"), autoscaler()]);
    let plan = world.plan();
    let change = plan.changes().next().unwrap();
    assert_eq!(
        fields(change),
        ["spec.replicas 3 3 kept for HorizontalPodAutoscaler/api"]
    );
    assert!(matches!(&change.consequences[..], [Consequence::HandedOver { to, .. }] if to.name == "api"));
    assert_eq!(change.after.as_ref().unwrap()["spec"]["replicas"], 3);
}

#[test]
fn without_an_autoscaler_dropped_replicas_are_a_change() {
    let mut world = World::installed(&[deployment(Some(3), "api:1")]);
    world.want(&[deployment(None, "api:1")]);
    assert_eq!(fields(&world.only()), ["spec.replicas 3 - mine"]);
}

#[test]
fn an_older_client_side_release_is_folded_before_it_is_compared() {
    let mut world = World::installed(&[config_map(&json!({"a": "1", "b": "1"}))]);
    let mut live = (**world.live.get(&world.previous[0].key, "prod").unwrap()).clone();
    live["metadata"]["managedFields"][0]["operation"] = json!("Update");
    world.live.insert(Arc::new(live));
    world.want(&[config_map(&json!({"a": "2"}))]);
    let change = world.only();
    assert_eq!(
        fields(&change),
        ["data.a \"1\" \"2\" mine", "data.b \"1\" - mine"]
    );
    assert_eq!(change.confidence, Confidence::Predicted);
}

#[test]
fn no_secret_value_is_in_a_plan_and_a_change_of_one_is_noticed() {
    let mut world = World::installed(&[secret("first-password"), config_map(&json!({"url": "x"}))]);
    let approve = |world: &mut World, password: &str| {
        world.want(&[
            secret(password),
            config_map(&json!({"url": format!("redis://:{password}@redis")})),
        ]);
        world.plan()
    };
    let approved = approve(&mut world, "second-password");
    let words = format!("{approved:?}");
    for value in ["first-password", "second-password", "Zmlyc3QtcGFzc3dvcmQ"] {
        assert!(!words.contains(value), "{value} in {words}");
    }
    let data = |change: &ObjectChange| fields(change).join(" ");
    assert_eq!(
        data(approved.changes().next().unwrap()),
        "data.password \"*** (before)\" \"*** (after)\" mine"
    );
    assert_eq!(
        changed_since(&approved, &approve(&mut world, "second-password")),
        []
    );
    assert_eq!(
        changed_since(&approved, &approve(&mut world, "third-password")).len(),
        2
    );
}

#[test]
fn the_servers_answer_replaces_the_prediction() {
    let mut world = World::installed(&[deployment(Some(2), "api:1")]);
    let mut wanted = deployment(Some(2), "api:1");
    wanted["spec"]["template"]["spec"]["containers"][0]["livenessProbe"] = json!({"httpGet": {"port": 80}});
    world.want(&[wanted.clone()]);
    let approved = world.plan();
    let mut after = wanted;
    after["metadata"]["namespace"] = json!("prod");
    after["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]["periodSeconds"] = json!(10);
    after["spec"]["paused"] = json!(true);
    world.answer(Outcome::Accepted {
        after: Arc::new(after),
        conflicts: Vec::new(),
        warnings: vec!["spec.x is deprecated".into()],
    });
    let change = world.only();
    assert_eq!(change.confidence, Confidence::Confirmed);
    assert_eq!(
        fields(&change),
        [
            "spec.paused - true default",
            "spec.template.spec.containers[api].livenessProbe - {\"httpGet\":{\"port\":80},\"periodSeconds\":10} mine",
        ]
    );
    assert_eq!(
        world.plan().findings[0].message,
        "the cluster warns about Deployment/api: spec.x is deprecated"
    );
    assert_eq!(changed_since(&approved, &world.plan()), []);

    // Another live object: the answer is stale.
    world.edit("kubectl", "", |new| new["spec"]["paused"] = json!(false));
    assert_eq!(world.only().confidence, Confidence::Predicted);
}

#[test]
fn a_refusal_is_shown_and_an_immutable_field_means_to_create_anew() {
    let mut world = World::installed(&[deployment(Some(2), "api:1")]);
    world.want(&[deployment(Some(3), "api:1")]);
    world.answer(Outcome::Refused {
        message: "exceeded quota".into(),
    });
    let change = world.only();
    assert_eq!(change.action, Action::Update);
    assert!(matches!(change.confidence, Confidence::Refused { .. }));
    world.answer(Outcome::Refused {
        message: "Deployment.apps \"api\" is invalid: spec.selector: Invalid value: field is immutable"
            .into(),
    });
    assert!(matches!(world.only().action, Action::Recreate { .. }));
}

#[test]
fn a_field_that_never_changes_is_known_before_the_server_is_asked() {
    let mut world = World::installed(&[deployment(Some(2), "api:1")]);
    let mut wanted = deployment(Some(2), "api:1");
    wanted["spec"]["selector"]["matchLabels"]["app"] = json!("other");
    world.want(&[wanted]);
    let expected = Action::Recreate {
        reason: "spec.selector.matchLabels.app cannot be changed".into(),
    };
    assert_eq!(world.only().action, expected);
}

#[test]
fn only_what_changed_since_the_approval_is_asked_again() {
    let mut world = World::installed(&[config_map(&json!({"a": "1"})), deployment(Some(1), "api:1")]);
    world.want(&[config_map(&json!({"a": "2"})), deployment(Some(1), "api:2")]);
    let approved = world.plan();
    assert_eq!(changed_since(&approved, &world.plan()), []);
    world.edit("kubectl-edit", "", |new| new["data"]["a"] = json!("3"));
    let again: Vec<_> = changed_since(&approved, &world.plan())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(again, ["ConfigMap/c"]);
}

#[test]
fn a_planner_that_goes_on_comes_to_the_same_plan_as_a_new_one() {
    let mut planner = Planner::default();
    let mut world = World::installed(&[
        config_map(&json!({"a": "1"})),
        deployment(Some(3), "api:1"),
        secret("hunter22"),
    ]);
    let same = |planner: &mut Planner, world: &World| assert_eq!(planner.plan(&world.input()), world.plan());
    same(&mut planner, &world);
    same(&mut planner, &world);
    world.want(&[
        config_map(&json!({"a": "2"})),
        deployment(None, "api:1"),
        secret("hunter22"),
    ]);
    same(&mut planner, &world);
    world.want(&[
        config_map(&json!({"a": "2"})),
        deployment(None, "api:1"),
        secret("hunter22"),
        autoscaler(),
    ]);
    same(&mut planner, &world);
    world.want(&[
        config_map(&json!({"a": "url=hunter33"})),
        deployment(None, "api:1"),
        secret("hunter33"),
    ]);
    same(&mut planner, &world);
    world.edit("kubectl-edit", "", |new| new["data"]["a"] = json!("9"));
    same(&mut planner, &world);
    world.want(&[]);
    same(&mut planner, &world);
}

#[test]
fn a_dry_run_that_could_not_know_of_the_fold_and_the_handover_is_amended() {
    let mut installed = deployment(Some(3), "api:1");
    installed["metadata"]["labels"] = json!({"old": "1"});
    let mut world = World::installed(&[installed]);
    let mut live = (**world.live.get(&world.previous[0].key, "prod").unwrap()).clone();
    live["metadata"]["managedFields"][0]["operation"] = json!("Update");
    world.live.insert(Arc::new(live.clone()));
    world.want(&[deployment(None, "api:1"), autoscaler()]);
    // The server keeps the old label, which Helm's client-side entry still owns, and would set the default replicas.
    live["spec"]["replicas"] = json!(1);
    world.answer(Outcome::Accepted {
        after: Arc::new(live),
        conflicts: vec![FieldConflict {
            manager: "helm using apps/v1".into(),
            field: ".spec.replicas".into(),
        }],
        warnings: Vec::new(),
    });
    let plan = world.plan();
    let change = plan.changes().next().unwrap();
    assert_eq!(change.confidence, Confidence::Confirmed);
    assert_eq!(
        fields(change),
        [
            "metadata.labels {\"old\":\"1\"} - mine",
            "spec.replicas 3 3 kept for HorizontalPodAutoscaler/api",
        ]
    );
}

#[test]
fn what_somebody_adds_to_an_atomic_value_is_drift_and_no_default() {
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api"},
        "spec": {"selector": {"app": "api"}}});
    let mut world = World::installed(&[service]);
    world.edit("kubectl-edit", "", |new| {
        new["spec"]["selector"]["extra"] = json!("x");
    });
    let change = world.only();
    assert_eq!(change.action, Action::Update);
    assert!(matches!(change.confidence, Confidence::Conflicts(_)));
    assert_eq!(
        fields(&change),
        [r#"spec.selector.extra "x" - drift kubectl-edit 2026-02-02T00:00:00Z"#]
    );
}

#[test]
fn what_the_release_itself_handed_over_it_takes_back_without_a_word() {
    let mut world = World::installed(&[deployment(None, "api:1")]);
    world.edit(HANDOVER_MANAGER, "", |new| new["spec"]["replicas"] = json!(3));
    world.want(&[deployment(Some(1), "api:1")]);
    let plan = world.plan();
    assert_eq!(plan.conflicts(), []);
    assert_eq!(plan.changes().next().unwrap().confidence, Confidence::Predicted);
}
