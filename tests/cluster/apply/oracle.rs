//! The API server as the oracle, and how its objects are compared with ours.

use super::steps::Step;
use crate::support::trial::TestNamespace;
use kube::Client;
use libtest_mimic::Failed;
use mesh_tui::apply::managed::ManagedFields;
use mesh_tui::apply::{ApplyError, Schema};
use mesh_tui::plan::normalize::{normalize, same_quantity};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// A kind with its place in the API.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub group: &'static str,
    pub version: &'static str,
    pub name: &'static str,
    pub plural: &'static str,
}

impl Kind {
    pub const CONFIG_MAP: Self = Self::new("", "ConfigMap", "configmaps");
    pub const SERVICE: Self = Self::new("", "Service", "services");
    pub const DEPLOYMENT: Self = Self::new("apps", "Deployment", "deployments");
    pub const CUSTOM: Self = Self::new("apply.example.com", "Thing", "things");

    const fn new(group: &'static str, name: &'static str, plural: &'static str) -> Self {
        Self {
            group,
            version: "v1",
            name,
            plural,
        }
    }

    pub fn api_version(&self) -> String {
        let slash = if self.group.is_empty() { "" } else { "/" };
        format!("{}{slash}{}", self.group, self.version)
    }

    fn root(&self) -> String {
        let root = if self.group.is_empty() { "api" } else { "apis" };
        format!("{root}/{}", self.api_version())
    }
}

/// What the server made of a step.
#[derive(Debug)]
pub enum Verdict {
    /// The object as it is stored now.
    Stored(Value),
    /// Field and message of each conflict.
    Conflicts(Vec<(String, String)>),
    /// The object had changed in the meantime.
    Stale,
    /// It refused for another reason.
    Invalid(String),
}

pub struct Server {
    client: Client,
    namespace: String,
    kind: Kind,
}

impl Server {
    pub fn new(place: &TestNamespace, kind: Kind) -> Self {
        Self {
            client: place.client(),
            namespace: place.name.clone(),
            kind,
        }
    }

    /// The server's OpenAPI v3 document for the kind's group and version.
    pub async fn openapi(&self) -> Result<Value, Failed> {
        let path = format!("/openapi/v3/{}", self.kind.root());
        // The document of a definition follows it after a moment.
        for _ in 0..100 {
            let document = self.send("GET", &path, "", None).await;
            let wanted = |document: &Value| {
                Schema::from_openapi([document])
                    .is_ok_and(|s| s.knows(&self.kind.api_version(), self.kind.name))
            };
            if let Ok(document) = document
                && wanted(&document)
            {
                return Ok(document);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(format!("{path} does not hold the kind {}", self.kind.name).into())
    }

    /// Adds a `CustomResourceDefinition` and waits until it serves.
    pub async fn define(&self, definition: &Value) -> Result<(), Failed> {
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        self.send("POST", path, "application/json", Some(definition))
            .await?;
        for _ in 0..100 {
            if self.send("GET", &self.path(""), "", None).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("the definition is not served".into())
    }

    fn path(&self, name: &str) -> String {
        let slash = if name.is_empty() { "" } else { "/" };
        format!(
            "/{}/namespaces/{}/{}{slash}{name}",
            self.kind.root(),
            self.namespace,
            self.kind.plural
        )
    }

    pub async fn get(&self, name: &str) -> Option<Value> {
        self.send("GET", &self.path(name), "", None).await.ok()
    }

    pub async fn json_patch(&self, name: &str, patch: &Value) -> Result<Value, kube::Error> {
        let uri = format!("{}?fieldManager=patcher", self.path(name));
        self.send("PATCH", &uri, "application/json-patch+json", Some(patch))
            .await
    }

    /// The configuration with what makes it one of this object, and of this version of it.
    pub fn named(&self, name: &str, live: Option<&Value>, config: &Value) -> Value {
        let mut config = config.clone();
        config["apiVersion"] = json!(self.kind.api_version());
        config["kind"] = json!(self.kind.name);
        config["metadata"]["name"] = json!(name);
        config["metadata"]["namespace"] = json!(self.namespace);
        if let Some(live) = live {
            config["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"].clone();
        }
        config
    }

    /// Takes a step from `live`, which must be what the server has.
    pub async fn take(&self, name: &str, live: Option<&Value>, step: &Step) -> Verdict {
        let path = self.path(name);
        let result = match (step, live) {
            (
                Step::Apply {
                    manager,
                    force,
                    config,
                },
                _,
            ) => {
                let path = format!("{path}?fieldManager={manager}&force={force}");
                let config = self.named(name, live, config);
                self.send("PATCH", &path, "application/apply-patch+yaml", Some(&config))
                    .await
            }
            (Step::Update { manager, change }, None) => {
                let path = format!("{}?fieldManager={manager}", self.path(""));
                self.send(
                    "POST",
                    &path,
                    "application/json",
                    Some(&self.named(name, None, change)),
                )
                .await
            }
            (Step::Update { manager, change }, Some(live)) => {
                let mut new = live.clone();
                merge_patch(&mut new, change);
                self.put(&format!("{path}?fieldManager={manager}"), &new).await
            }
            (Step::Forget { manager }, Some(live)) => {
                let mut new = live.clone();
                new["metadata"]["managedFields"] = json!([{}]);
                self.put(&format!("{path}?fieldManager={manager}"), &new).await
            }
            (Step::Scale { manager, replicas }, Some(live)) => {
                let version = &live["metadata"]["resourceVersion"];
                let scale = json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "spec": {"replicas": replicas},
                    "metadata": {"name": name, "namespace": self.namespace, "resourceVersion": version}});
                match self
                    .put(&format!("{path}/scale?fieldManager={manager}"), &scale)
                    .await
                {
                    Ok(scaled) => self.at_version(name, &scaled).await,
                    Err(error) => Err(error),
                }
            }
            (Step::Forget { .. } | Step::Scale { .. }, None) => {
                return Verdict::Invalid("there is nothing".into());
            }
        };
        match result {
            Ok(stored) => Verdict::Stored(stored),
            Err(error) => verdict_of(error),
        }
    }

    /// The object, if it is still of the version that a write of its scale came to.
    async fn at_version(&self, name: &str, scaled: &Value) -> Result<Value, kube::Error> {
        let stored = self.send("GET", &self.path(name), "", None).await?;
        if version(&stored) == version(scaled) {
            return Ok(stored);
        }
        let stale = json!({"status": "Failure", "code": 409, "message": "the object has been modified"});
        Err(kube::Error::Api(Box::new(
            serde_json::from_value(stale).expect("a status"),
        )))
    }

    async fn put(&self, path: &str, body: &Value) -> Result<Value, kube::Error> {
        self.send("PUT", path, "application/json", Some(body)).await
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        mime: &str,
        body: Option<&Value>,
    ) -> Result<Value, kube::Error> {
        let mut request = http::Request::builder().method(method).uri(path);
        if !mime.is_empty() {
            request = request.header("Content-Type", mime);
        }
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        self.client.request(request.body(body).expect("a request")).await
    }
}

fn verdict_of(error: kube::Error) -> Verdict {
    let kube::Error::Api(status) = error else {
        panic!("the server cannot be reached: {error}")
    };
    let causes = status
        .details
        .as_ref()
        .map(|details| details.causes.as_slice())
        .unwrap_or_default();
    let conflict = |cause: &&kube::core::response::StatusCause| cause.reason == "FieldManagerConflict";
    let conflicts: Vec<_> = causes
        .iter()
        .filter(conflict)
        .map(|cause| (cause.field.clone(), cause.message.clone()))
        .collect();
    if !conflicts.is_empty() {
        return Verdict::Conflicts(sorted(conflicts));
    }
    if status.code == 409 && status.message.contains("has been modified") {
        return Verdict::Stale;
    }
    Verdict::Invalid(status.message)
}

fn sorted<T: Ord>(items: Vec<T>) -> Vec<T> {
    let mut items = items;
    items.sort();
    items
}

/// Our conflicts as the server words them.
pub fn conflicts(error: &ApplyError) -> Vec<(String, String)> {
    let ApplyError::Conflicts(conflicts) = error else {
        panic!("not a conflict: {error}")
    };
    let words = conflicts
        .iter()
        .map(|c| (c.path.to_string(), format!("conflict with {}", c.manager_words())));
    sorted(words.collect())
}

/// What was sent to come to `stored`: the same with the managed fields that the request carried.
pub fn as_sent(stored: &Value, live: Option<&Value>, step: &Step) -> Value {
    let mut sent = stored.clone();
    let metadata = sent["metadata"].as_object_mut().expect("metadata");
    metadata.remove("managedFields");
    if live.is_none() {
        // The server gives a new Service its addresses once the managers are settled.
        if let Some(spec) = sent.get_mut("spec").and_then(Value::as_object_mut) {
            spec.retain(|name, _| !name.starts_with("clusterIP") && !name.starts_with("ipFamil"));
        }
    }
    let metadata = sent["metadata"].as_object_mut().expect("metadata");
    match step {
        Step::Forget { .. } => metadata.insert("managedFields".into(), json!([{}])),
        _ => live.and_then(|live| {
            let fields = live["metadata"].get("managedFields")?.clone();
            metadata.insert("managedFields".into(), fields)
        }),
    };
    sent
}

pub fn version(object: &Value) -> Option<&str> {
    object["metadata"]["resourceVersion"].as_str()
}

pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON")
}

/// Everything of ours is in the server's object, and what that has besides belongs to nobody: the server filled it in.
pub fn assert_same_object(ours: &Value, theirs: &Value, context: &str) {
    let schema = Schema::builtin();
    let clean = |object: &Value| normalize(schema.of(object), object);
    let managed = ManagedFields::of(theirs).expect("managed fields");
    let mut differences = Vec::new();
    let (ours, theirs) = (clean(ours), clean(theirs));
    differ(&ours, &theirs, &mut Vec::new(), &mut differences);
    for (path, ours, theirs) in differences {
        let is_default = ours.is_none() && !is_owned(&managed, &path);
        assert!(
            is_default,
            "at {path:?}\nours: {ours:?}\nthe server's: {theirs:?}\n{context}"
        );
    }
}

/// A step of the way to a difference: a field, or an item of a list as the server has it.
#[derive(Debug, Clone)]
enum Way<'v> {
    Field(&'v str),
    Item(&'v Value),
}

type Difference<'v> = (Vec<Way<'v>>, Option<&'v Value>, Option<&'v Value>);

fn differ<'v>(ours: &'v Value, theirs: &'v Value, path: &mut Vec<Way<'v>>, found: &mut Vec<Difference<'v>>) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => differ_maps(a, b, path, found),
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (a, b) in a.iter().zip(b) {
                path.push(Way::Item(b));
                differ(a, b, path, found);
                path.pop();
            }
        }
        _ if ours == theirs || same_quantity(ours, theirs) => {}
        _ => found.push((path.clone(), Some(ours), Some(theirs))),
    }
}

fn differ_maps<'v>(
    a: &'v Map<String, Value>,
    b: &'v Map<String, Value>,
    path: &mut Vec<Way<'v>>,
    found: &mut Vec<Difference<'v>>,
) {
    let only_b = b.keys().filter(|name| !a.contains_key(*name));
    for name in a.keys().chain(only_b) {
        path.push(Way::Field(name));
        match (a.get(name), b.get(name)) {
            (Some(a), Some(b)) => differ(a, b, path, found),
            (a, b) => found.push((path.clone(), a, b)),
        }
        path.pop();
    }
}

/// Whether a manager owns what lies at this path, or something in it.
fn is_owned(managed: &ManagedFields, path: &[Way<'_>]) -> bool {
    managed.entries.iter().any(|entry| {
        let fields = entry.fields.to_fields_v1();
        path.iter()
            .try_fold(&fields, |node, way| step(node, way))
            .is_some()
    })
}

fn step<'v>(node: &'v Value, way: &Way<'_>) -> Option<&'v Value> {
    match way {
        Way::Field(name) => node.get(format!("f:{name}")),
        Way::Item(item) => {
            let is_named = |(key, _): &(&String, &Value)| {
                let keys = key
                    .strip_prefix("k:")
                    .and_then(|keys| serde_json::from_str::<Value>(keys).ok());
                let keys = keys.as_ref().and_then(Value::as_object);
                keys.is_some_and(|keys| keys.iter().all(|(name, value)| item.get(name) == Some(value)))
            };
            node.as_object()?.iter().find(is_named).map(|(_, below)| below)
        }
    }
}

/// Whether a manager has two entries.
pub fn has_twins(object: &Value) -> bool {
    let entries = object["metadata"]["managedFields"].as_array();
    let read = ManagedFields::of(object).expect("managed fields");
    entries.is_some_and(|entries| entries.len() != read.entries.len())
}

/// The same managers own the same fields, and the same ones have a time.
pub fn assert_same_managers(ours: &Value, theirs: &Value, context: &str) {
    let read = |object: &Value| {
        let managed = ManagedFields::of(object).expect("managed fields");
        let entries = managed.entries.into_iter().map(|entry| {
            let identity = (
                entry.operation,
                entry.manager,
                entry.subresource,
                entry.api_version,
            );
            (
                identity,
                (entry.time.is_some(), pretty(&entry.fields.to_fields_v1())),
            )
        });
        sorted(entries.collect())
    };
    let (ours, theirs) = (read(ours), read(theirs));
    let who = |side: &[(_, _)]| {
        side.iter()
            .map(|(identity, _)| format!("{identity:?}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(who(&ours), who(&theirs), "managers\n{context}");
    for (a, b) in ours.iter().zip(&theirs) {
        assert_eq!(a.1.1, b.1.1, "fields of {:?}\n{context}", a.0);
        assert_eq!(a.1.0, b.1.0, "whether {:?} has a time\n{context}", a.0);
    }
}

/// RFC 7396, but null takes nothing away where there is nothing.
fn merge_patch(target: &mut Value, patch: &Value) {
    let (Some(target), Some(patch)) = (target.as_object_mut(), patch.as_object()) else {
        *target = patch.clone();
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge_patch(target.entry(name).or_insert(Value::Null), value);
        }
    }
}
