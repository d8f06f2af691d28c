//! Workloads that break one of the platform's own rules each, made of one that breaks none.

use serde_json::{Value, json};

/// A fault: the rule that it breaks, as the rule's message names it, and the workload.
pub type Fault = (&'static str, Value);

/// Each rule broken once. `deployment` is a Deployment as the chart renders it.
pub fn faults(deployment: &Value) -> Vec<Fault> {
    let pod = "/spec/template/spec";
    let container = "/spec/template/spec/containers/0";
    let security = "/spec/template/spec/containers/0/securityContext";
    let cases: [(&'static str, &str, &str, Value); 17] = [
        (
            "non-root",
            &format!("{pod}/securityContext"),
            "runAsNonRoot",
            json!(false),
        ),
        ("non-root", security, "runAsNonRoot", json!(false)),
        ("read-only", security, "readOnlyRootFilesystem", Value::Null),
        (
            "capabilities",
            security,
            "capabilities",
            json!({"drop": ["NET_RAW"]}),
        ),
        (
            "capabilities",
            security,
            "capabilities",
            json!({"drop": ["ALL"], "add": ["CHOWN"]}),
        ),
        ("escalation", security, "allowPrivilegeEscalation", json!(true)),
        (
            "seccomp",
            &format!("{pod}/securityContext"),
            "seccompProfile",
            Value::Null,
        ),
        (
            "seccomp",
            security,
            "seccompProfile",
            json!({"type": "Unconfined"}),
        ),
        ("token", pod, "automountServiceAccountToken", Value::Null),
        (
            "resources",
            container,
            "resources",
            json!({"requests": {"cpu": "1"}}),
        ),
        (
            "image-version",
            container,
            "image",
            json!("ghcr.io/developer-mesh/worker"),
        ),
        (
            "image-version",
            container,
            "image",
            json!("ghcr.io:443/developer-mesh/worker:latest"),
        ),
        (
            "registry",
            container,
            "image",
            json!("docker.io/someone/worker:1"),
        ),
        ("probes", container, "livenessProbe", Value::Null),
        (
            "plain-secret",
            container,
            "env",
            json!([{"name": "OPENAI_API_KEY", "value": "sk-1"}]),
        ),
        (
            "no-gap",
            "/spec/strategy/rollingUpdate",
            "maxUnavailable",
            json!("25%"),
        ),
        (
            "read-only",
            &format!("{pod}/initContainers/0/securityContext"),
            "readOnlyRootFilesystem",
            json!(false),
        ),
    ];
    let fault = |(number, (rule, parent, field, value)): (usize, (&'static str, &str, &str, Value))| {
        let mut object = deployment.clone();
        object["metadata"]["name"] = json!(format!("fault-{number}-{rule}"));
        let parent = object
            .pointer_mut(parent)
            .and_then(Value::as_object_mut)
            .expect("the workload has it");
        if value.is_null() {
            parent.remove(field).expect("the workload has it");
        } else {
            parent.insert(field.to_owned(), value);
        }
        (rule, object)
    };
    cases.into_iter().enumerate().map(fault).collect()
}
