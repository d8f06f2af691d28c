//! What kwok, which plays the kubelet, is told: how nodes, pods and volumes live, and what containers log.
//!
//! The stock documents come from kwok's own module; `stages.yaml` beside this file adds images that fail.

use super::parts::Built;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The stock documents that are used, below `kustomize/stage`.
const STOCK: [&str; 12] = [
    "node/fast/node-initialize.yaml",
    "node/heartbeat/node-heartbeat.yaml",
    "pod/general/pod-create.yaml",
    "pod/general/pod-init-container-running.yaml",
    "pod/general/pod-init-container-completed.yaml",
    "pod/general/pod-ready.yaml",
    "pod/general/pod-complete.yaml",
    "pod/general/pod-delete.yaml",
    "volume/fast/pv-bind.yaml",
    "volume/fast/pv-delete.yaml",
    "volume/fast/pvc-provision.yaml",
    "volume/fast/pvc-delete.yaml",
];

/// What every container logs. The third line carries the escapes that a terminal must never see.
pub const LOG: [&str; 3] = [
    r#"{"level":"info","msg":"starting"}"#,
    r#"{"level":"info","msg":"listening"}"#,
    "\u{1b}]0;title\u{7}\u{1b}[31mred\u{1b}[0m end",
];

/// What every container logged before its last restart: a crash, as a Go program reports one.
pub const PREVIOUS_LOG: [&str; 4] = [
    r#"{"level":"info","msg":"starting"}"#,
    r#"{"level":"fatal","msg":"cannot connect to the database","error":"dial tcp 10.96.0.9:5432: connect: connection refused"}"#,
    "panic: cannot connect to the database",
    "goroutine 1 [running]:",
];

/// The storage class that kwok provisions volumes of, as the manifest to apply.
pub fn storage_class(kwok: &Built) -> io::Result<Value> {
    read(&kwok.data("kustomize/stage/volume/fast/storage-class.yaml"))
}

/// Writes kwok's configuration into `folder` and returns its path.
pub fn write_configuration(kwok: &Built, folder: &Path) -> io::Result<PathBuf> {
    let stock = kwok.data("kustomize/stage");
    let mut documents = Vec::new();
    for file in STOCK {
        let mut stage = read(&stock.join(file))?;
        if file.starts_with("pod/") {
            quicken(&mut stage);
        }
        if file.ends_with("pod-ready.yaml") {
            documents.push(slowed(&stage));
        }
        if file.ends_with("pod-complete.yaml") {
            documents.push(tested(&stage));
        }
        documents.push(stage);
    }
    documents.push(logs(folder)?);
    let mut documents: Vec<String> = documents.iter().map(Value::to_string).collect();
    documents.push(include_str!("stages.yaml").to_owned());
    let path = folder.join("kwok.yaml");
    fs::write(&path, documents.join("\n---\n"))?;
    Ok(path)
}

/// Shortens a stage's delay: the stock ones, of 1 to 6 seconds, only make tests wait.
fn quicken(stage: &mut Value) {
    if let Some(delay) = stage.pointer_mut("/spec/delay").and_then(Value::as_object_mut) {
        delay.insert("durationMilliseconds".to_owned(), json!(100));
        if delay.contains_key("jitterDurationMilliseconds") {
            delay.insert("jitterDurationMilliseconds".to_owned(), json!(300));
        }
    }
}

/// The stage in which the pod of a Job completes, for the pods that `helm test` makes.
fn tested(complete: &Value) -> Value {
    let mut stage = complete.clone();
    stage["metadata"]["name"] = json!("pod-of-a-test-complete");
    let expressions = stage.pointer_mut("/spec/selector/matchExpressions");
    for expression in expressions.and_then(Value::as_array_mut).into_iter().flatten() {
        if expression["values"] == json!(["Job"]) {
            expression["key"] = json!(r#".metadata.labels["app.kubernetes.io/component"]"#);
            expression["values"] = json!(["test"]);
        }
    }
    stage
}

/// The stage after which a pod is ready, for images ending in `-slow`: 15 seconds later than others.
fn slowed(ready: &Value) -> Value {
    let mut stage = ready.clone();
    stage["metadata"]["name"] = json!("pod-ready-slow");
    stage["spec"]["weight"] = json!(1_000_000);
    stage["spec"]["delay"] = json!({"durationMilliseconds": 15_000});
    if let Some(expressions) = stage
        .pointer_mut("/spec/selector/matchExpressions")
        .and_then(Value::as_array_mut)
    {
        expressions.push(json!({
            "key": r#"[.spec.containers[].image | endswith("-slow")] | any | tostring"#,
            "operator": "In",
            "values": ["true"],
        }));
    }
    stage
}

/// Writes the log files, in the format of the container runtime interface, and returns the document that names them.
fn logs(folder: &Path) -> io::Result<Value> {
    let write = |name: &str, lines: &[&str]| -> io::Result<PathBuf> {
        let path = folder.join(name);
        let mut file = File::create(&path)?;
        for (line, second) in lines.iter().zip(1..) {
            writeln!(file, "2026-01-01T00:00:{second:02}.000000000Z stdout F {line}")?;
        }
        Ok(path)
    };
    Ok(json!({
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "ClusterLogs",
        "metadata": {"name": "every-container"},
        "spec": {"logs": [{
            "logsFile": write("container.log.cri", &LOG)?,
            "previousLogsFile": write("container.previous.log.cri", &PREVIOUS_LOG)?,
            "follow": true,
        }]},
    }))
}

fn read(path: &Path) -> io::Result<Value> {
    serde_yaml::from_str(&fs::read_to_string(path)?).map_err(io::Error::other)
}
