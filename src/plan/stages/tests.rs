#![allow(clippy::unwrap_used)]

use super::*;
use crate::chart::manifest::ObjectKey;
use crate::chart::model::Dependency;
use serde_json::json;
use std::sync::Arc;

fn chart(subcharts: &[(&str, &str, &str)]) -> Chart {
    let metadata = |name: &str, annotations: &[(&str, &str)]| Metadata {
        name: name.into(),
        annotations: annotations
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
        ..Metadata::default()
    };
    let dependency = |(name, stage, needs): &(&str, &str, &str)| Chart {
        metadata: metadata(name, &[(STAGE_ANNOTATION, stage), (DEPENDS_ANNOTATION, needs)]),
        ..Chart::default()
    };
    let mut chart = Chart {
        metadata: metadata("mesh", &[]),
        dependencies: subcharts.iter().map(dependency).collect(),
        ..Chart::default()
    };
    let declared = |(name, ..): &(&str, &str, &str)| Dependency {
        name: (*name).into(),
        ..Dependency::default()
    };
    chart.metadata.dependencies = subcharts.iter().map(declared).collect();
    chart
}

fn mesh() -> Chart {
    chart(&[
        ("worker", "service", "postgresql, redis, rest-api"),
        ("rest-api", "service", "postgresql,redis"),
        ("edge-mcp", "", "redis"),
        ("postgresql", "data", ""),
        ("redis", "data", ""),
    ])
}

fn names(stages: &Stages) -> Vec<&str> {
    stages.list().iter().map(|stage| stage.name.as_str()).collect()
}

fn object(source: &str, stage: Option<&str>) -> ManifestObject {
    let mut body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
    if let Some(stage) = stage {
        body["metadata"]["annotations"] = json!({STAGE_ANNOTATION: stage});
    }
    ManifestObject {
        key: ObjectKey {
            api_version: "v1".into(),
            kind: "ConfigMap".into(),
            namespace: None,
            name: "a".into(),
        },
        source: source.into(),
        text: "".into(),
        body: Arc::new(body),
    }
}

fn hook(events: &[HookEvent]) -> Hook {
    Hook {
        object: object("mesh/charts/rest-api/templates/migration.yaml", None),
        events: events.to_vec(),
        weight: 0,
        delete_policies: Vec::new(),
    }
}

#[test]
fn services_follow_what_they_depend_on() {
    let (stages, findings) = Stages::of(&mesh(), &[]);
    assert_eq!(
        names(&stages),
        [
            "foundation",
            "data",
            "migration",
            "rest-api",
            "worker",
            "edge-mcp",
            "guardrails"
        ]
    );
    assert_eq!(findings, []);
}

#[test]
fn a_person_may_reorder_and_is_warned() {
    let order = ["edge-mcp".to_owned(), "worker".to_owned()];
    let (stages, findings) = Stages::of(&mesh(), &order);
    assert_eq!(names(&stages)[3..6], ["edge-mcp", "worker", "rest-api"]);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].message, "worker runs before rest-api, which it needs");
}

#[test]
fn objects_go_where_their_subchart_or_their_annotation_says() {
    let (stages, _) = Stages::of(&mesh(), &[]);
    let stage = |object: &ManifestObject| stages.list()[stages.of_object(object)].name.clone();
    assert_eq!(stage(&object("mesh/templates/secrets.yaml", None)), "foundation");
    assert_eq!(
        stage(&object("mesh/charts/redis/templates/service.yaml", None)),
        "data"
    );
    assert_eq!(
        stage(&object("mesh/charts/worker/templates/hpa.yaml", None)),
        "worker"
    );
    assert_eq!(
        stage(&object("mesh/charts/worker/charts/lib/templates/a.yaml", None)),
        "worker"
    );
    assert_eq!(
        stage(&object("mesh/templates/policy.yaml", Some("guardrails"))),
        "guardrails"
    );
    assert_eq!(
        stage(&object("mesh/templates/extra.yaml", Some("worker"))),
        "worker"
    );
    assert_eq!(
        stage(&object("mesh/templates/extra.yaml", Some("unheard-of"))),
        "foundation"
    );
}

#[test]
fn another_umbrella_has_a_service_for_each_subchart_in_its_order() {
    let (stages, _) = Stages::of(&chart(&[("b", "", ""), ("a", "", "")]), &[]);
    assert_eq!(names(&stages)[3..5], ["b", "a"]);
}

#[test]
fn a_chart_without_subcharts_is_one_service() {
    let (stages, _) = Stages::of(&chart(&[]), &[]);
    assert_eq!(
        names(&stages),
        ["foundation", "data", "migration", "mesh", "guardrails"]
    );
    assert_eq!(
        stages.of_object(&object("mesh/templates/deployment.yaml", None)),
        3
    );
}

#[test]
fn an_alias_is_the_name_of_the_stage() {
    let mut chart = chart(&[("redis", "", "")]);
    chart.metadata.dependencies[0].alias = "cache".into();
    let (stages, _) = Stages::of(&chart, &[]);
    assert_eq!(names(&stages)[3], "cache");
}

#[test]
fn what_leaves_a_service_goes_with_it_and_everything_else_at_the_end() {
    let (stages, _) = Stages::of(&mesh(), &[]);
    let target = Manifest {
        objects: vec![object("mesh/charts/rest-api/templates/service.yaml", None)],
        ..Manifest::default()
    };
    let stage = |source: &str| {
        stages.list()[stages.of_leaving(&object(source, None), &stages.with_objects(&target))]
            .name
            .clone()
    };
    assert_eq!(stage("mesh/charts/rest-api/templates/hpa.yaml"), "rest-api");
    assert_eq!(
        stage("mesh/charts/worker/templates/deployment.yaml"),
        "guardrails"
    );
    assert_eq!(
        stage("mesh/charts/postgresql/templates/statefulset.yaml"),
        "guardrails"
    );
    assert_eq!(stage("mesh/templates/secrets.yaml"), "guardrails");
}

#[test]
fn hooks_run_in_the_migration_or_with_the_guardrails() {
    let (stages, _) = Stages::of(&mesh(), &[]);
    let stage = |events: &[HookEvent], install| {
        stages
            .of_hook(&hook(events), install)
            .map(|at| stages.list()[at].name.clone())
    };
    assert_eq!(
        stage(&[HookEvent::PreInstall], true).as_deref(),
        Some("migration")
    );
    assert_eq!(stage(&[HookEvent::PreInstall], false), None);
    assert_eq!(
        stage(&[HookEvent::PostUpgrade], false).as_deref(),
        Some("guardrails")
    );
    assert_eq!(stage(&[HookEvent::Test], false), None);
}
