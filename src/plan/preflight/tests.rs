#![allow(clippy::unwrap_used)]

use super::*;
use crate::chart::manifest::ObjectKey;
use crate::plan::model::{ObjectChange, PlannedStage, Seal, StageKind};
use serde_json::{Value as Json, json};
use std::sync::Arc;

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
        source: String::new(),
        text: "".into(),
        body: Arc::new(body),
    }
}

fn manifest(bodies: impl IntoIterator<Item = Json>) -> Manifest {
    Manifest {
        objects: bodies.into_iter().map(object).collect(),
        ..Manifest::default()
    }
}

fn judge(target: &Manifest, facts: &ClusterFacts, plan: &Plan) -> Vec<Finding> {
    findings(&Subject {
        release: "mesh",
        namespace: "prod",
        target,
        facts,
        plan,
    })
}

fn messages(target: &Manifest, facts: &ClusterFacts) -> Vec<String> {
    judge(target, facts, &Plan::default())
        .into_iter()
        .map(|finding| finding.message)
        .collect()
}

fn plan_of(key: &ObjectKey, action: Action, confidence: Confidence) -> Plan {
    let change = ObjectChange {
        key: key.clone(),
        source: String::new(),
        action,
        fields: Vec::new(),
        consequences: Vec::new(),
        confidence,
        before: None,
        after: None,
        seal: Seal::default(),
    };
    Plan {
        preparations: Vec::new(),
        stages: vec![PlannedStage {
            name: "a".into(),
            kind: StageKind::Service,
            changes: vec![change],
            hooks: Vec::new(),
        }],
        findings: Vec::new(),
    }
}

fn names(names: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
    let keys = |keys: &[&str]| keys.iter().map(ToString::to_string).collect();
    names
        .iter()
        .map(|(name, of)| ((*name).to_owned(), keys(of)))
        .collect()
}

fn pod(spec: &Json) -> Json {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"},
        "spec": {"template": {"metadata": {"labels": {"app": "api"}}, "spec": spec}}})
}

#[test]
fn unknown_facts_find_nothing() {
    let target = manifest([
        pod(&json!({"imagePullSecrets": [{"name": "gone"}]})),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "i"}, "spec": {}}),
    ]);
    assert_eq!(messages(&target, &ClusterFacts::default()), Vec::<String>::new());
}

#[test]
fn every_way_to_refer_to_a_secret_is_followed() {
    let env = |name: &str, key: &str| json!({"name": "V", "valueFrom": {"secretKeyRef": {"name": name, "key": key}}});
    let spec = json!({
        "imagePullSecrets": [{"name": "pull"}],
        "initContainers": [{"name": "i", "envFrom": [{"secretRef": {"name": "all"}}, {"secretRef": {"name": "may", "optional": true}}]}],
        "containers": [{"name": "c", "env": [env("db", "password"), env("db", "gone"), env("rendered", "a"), env("soon", "k")]}],
        "volumes": [{"name": "v", "secret": {"secretName": "vol", "items": [{"key": "tls", "path": "p"}]}},
            {"name": "p", "projected": {"sources": [{"secret": {"name": "proj"}}]}}],
    });
    let rendered = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "rendered"}, "stringData": {"a": "1"}});
    let facts = ClusterFacts {
        secrets: Some(names(&[("db", &["password"])])),
        promised_secrets: names(&[("soon", &["k"])]),
        ..ClusterFacts::default()
    };
    let found = messages(&manifest([pod(&spec), rendered]), &facts);
    assert_eq!(
        found,
        [
            "Deployment/api needs Secret all, which does not exist",
            "Deployment/api needs Secret proj, which does not exist",
            "Deployment/api needs Secret pull, which does not exist",
            "Deployment/api needs Secret vol, which does not exist",
            "Deployment/api needs the key gone of Secret db, which it does not have",
        ]
    );
}

#[test]
fn an_external_secret_promises_what_it_lists() {
    let external = json!({"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "e"},
        "spec": {"target": {"name": "db"}, "data": [{"secretKey": "password"}]}});
    let spec = json!({"containers": [{"name": "c", "env": [
        {"name": "A", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
        {"name": "B", "valueFrom": {"secretKeyRef": {"name": "db", "key": "other"}}},
    ]}]});
    let facts = ClusterFacts {
        secrets: Some(BTreeMap::new()),
        ..ClusterFacts::default()
    };
    let found = messages(&manifest([external, pod(&spec)]), &facts);
    assert_eq!(
        found,
        ["Deployment/api needs the key other of Secret db, which it does not have"]
    );
}

#[test]
fn a_kind_that_the_cluster_lacks_is_named_once_unless_the_release_defines_it() {
    let monitor = |name: &str| json!({"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": {"name": name}});
    let defined = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {"group": "example.com", "names": {"kind": "Thing"}, "versions": [{"name": "v1"}]}});
    let thing = json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "t"}});
    let kinds = ["apiextensions.k8s.io/v1/CustomResourceDefinition"];
    let facts = ClusterFacts {
        kinds: Some(
            kinds
                .iter()
                .map(|kind| ((*kind).to_owned(), String::new()))
                .collect(),
        ),
        ..ClusterFacts::default()
    };
    let found = messages(&manifest([monitor("a"), monitor("b"), defined, thing]), &facts);
    assert_eq!(
        found,
        ["the cluster has no kind monitoring.coreos.com/v1/ServiceMonitor, which ServiceMonitor/a needs"]
    );
}

#[test]
fn the_namespace_and_a_pending_release_stop_everything() {
    let facts = ClusterFacts {
        namespace: Some(Namespace::Terminating {
            held_by: "a finalizer of example.com/thing".into(),
        }),
        pending: Some(Pending {
            revision: 4,
            status: "pending-upgrade".into(),
            since: "12:00".into(),
        }),
        ..ClusterFacts::default()
    };
    assert_eq!(
        messages(&Manifest::default(), &facts),
        [
            "release mesh is pending-upgrade since 12:00 (revision 4)",
            "namespace prod is being deleted: a finalizer of example.com/thing",
        ]
    );
}

#[test]
fn missing_rights_come_in_one_list() {
    let target = manifest([pod(&json!({}))]);
    let allow = |verbs: &[&str], group: &str, resource: &str| AccessRule {
        verbs: verbs.iter().map(ToString::to_string).collect(),
        groups: vec![group.into()],
        resources: vec![resource.into()],
        names: Vec::new(),
    };
    let facts = ClusterFacts {
        kinds: Some([("apps/v1/Deployment".to_owned(), "deployments".to_owned())].into()),
        access: Some(vec![
            allow(&["*"], "", "secrets"),
            allow(&["get", "list"], "", "*"),
            allow(&["get"], "apps", "deployments"),
            allow(&["*"], "coordination.k8s.io", "*"),
        ]),
        ..ClusterFacts::default()
    };
    let plan = plan_of(&target.objects[0].key, Action::Update, Confidence::Predicted);
    let found = judge(&target, &facts, &plan);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].message,
        "in namespace prod you may not use: deployments.apps (patch); pods (watch)"
    );
}

#[test]
fn ingresses_need_a_class_that_somebody_maintains() {
    let ingress = |name: &str, spec: Json| json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name}, "spec": spec});
    let target = manifest([
        ingress("a", json!({"ingressClassName": "nginx"})),
        ingress("b", json!({"ingressClassName": "gone"})),
        ingress("c", json!({})),
    ]);
    let facts = ClusterFacts {
        ingress_classes: Some(vec![IngressClass {
            name: "nginx".into(),
            controller: "k8s.io/ingress-nginx".into(),
            default: false,
        }]),
        ..ClusterFacts::default()
    };
    let rules: Vec<_> = judge(&target, &facts, &Plan::default())
        .into_iter()
        .map(|finding| finding.rule)
        .collect();
    assert_eq!(
        rules,
        ["archived-ingress-controller", "ingress-class", "ingress-class"]
    );
}

#[test]
fn refusals_and_recreations_are_findings() {
    let target = manifest([pod(&json!({}))]);
    let key = &target.objects[0].key;
    let refused = Confidence::Refused {
        message: "quota".into(),
    };
    let found = judge(
        &target,
        &ClusterFacts::default(),
        &plan_of(key, Action::Update, refused),
    );
    assert_eq!((found[0].severity, found[0].rule), (Severity::Error, "refused"));
    let recreate = Action::Recreate {
        reason: "field is immutable".into(),
    };
    let found = judge(
        &target,
        &ClusterFacts::default(),
        &plan_of(key, recreate, Confidence::Confirmed),
    );
    assert_eq!(
        (found[0].severity, found[0].rule),
        (Severity::Warning, "immutable-field")
    );
}
