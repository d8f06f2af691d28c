//! One source for each thing: the values files beside the chart and the profiles say the same, and contradictions of
//! the chart's values are refused by name.

use crate::support::choices::{chart_folder, values_documents, values_file};
use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::render::render;
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::path::Path;

/// The values of `values-dev.yaml` that the profile leaves to mesh-tui.
const SECRETS: [&str; 8] = [
    "/global/database",
    "/global/redis",
    "/global/security",
    "/rest-api/secrets",
    "/edge-mcp/secrets",
    "/worker/secrets",
    "/rag-loader/secrets",
    "/global/aws",
];

pub fn trials(_: &Ctx) -> Vec<Trial> {
    vec![
        Trial::test("sources::values_dev_is_the_local_profile", || {
            let mut file = yaml(&chart_folder().join("values-dev.yaml"));
            for pointer in SECRETS {
                take(&mut file, pointer);
            }
            same(&file, &profile("local"))
        }),
        Trial::test("sources::values_prod_is_the_production_profile", || {
            same(
                &yaml(&chart_folder().join("values-prod.yaml")),
                &profile("production"),
            )
        }),
        Trial::test("sources::contradictions_are_named", contradictions),
        Trial::test("sources::notes_fit_every_choice", notes),
        with_part("sources::wrong_keys_and_types_are_named", Helm::both, |helms| {
            wrong_keys(&helms)
        }),
    ]
}

fn yaml(file: &Path) -> Value {
    let text = std::fs::read_to_string(file).expect("the file can be read");
    serde_yaml::from_str(&text).expect("the file is YAML")
}

fn profile(name: &str) -> Value {
    let file = format!("profiles/{name}.yaml");
    yaml(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file))["values"].clone()
}

/// Takes out what a pointer leads to.
fn take(value: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer begins with a slash");
    if let Some(parent) = value.pointer_mut(parent).and_then(Value::as_object_mut) {
        parent.remove(name);
    }
}

fn same(file: &Value, profile: &Value) -> Outcome {
    if file == profile {
        return Ok(());
    }
    let text = |value: &Value| serde_json::to_string_pretty(value).expect("it is JSON");
    let (file, profile) = (text(file), text(profile));
    let diff = similar::TextDiff::from_lines(&file, &profile);
    Err(format!("the file (-) and the profile (+) differ\n{}", diff.unified_diff()).into())
}

/// Values that contradict each other, and the keys that the refusal must name.
fn contradictions() -> Outcome {
    let route = json!({"enabled": true, "hostnames": ["a.example.com"]});
    let cases: [(Value, &[&str]); 9] = [
        (
            json!({"postgresql": {"enabled": false}, "global": {"database": {"embedded": true}}}),
            &["global.database.embedded", "postgresql.enabled"],
        ),
        (
            json!({"postgresql": {"enabled": true}, "global": {"database": {"embedded": false}}}),
            &["global.database.embedded", "postgresql.enabled"],
        ),
        (
            json!({"redis": {"enabled": true}, "global": {"redis": {"host": "cache"}}}),
            &["redis.enabled", "global.redis.host", "global.redis.embedded"],
        ),
        (
            json!({"global": {"externalSecrets": {"enabled": true}}}),
            &["global.externalSecrets.secretStoreRef.name"],
        ),
        (
            json!({"global": {"tracing": {"enabled": true}}}),
            &["global.tracing.otlpEndpoint"],
        ),
        (
            json!({"global": {"aws": {"useIRSA": true, "existingSecret": "keys"}}}),
            &["global.aws.useIRSA"],
        ),
        (
            json!({"postgresql": {"backup": {"enabled": true}}}),
            &["postgresql.backup.enabled", "postgresql.enabled"],
        ),
        (
            json!({"rest-api": {"httpRoute": route}}),
            &["rest-api.httpRoute", "global.gateway.name"],
        ),
        (
            json!({"global": {"gateway": {"create": true}}}),
            &["global.gateway.className"],
        ),
    ];
    for (values, names) in cases {
        let refusal = render(&values)
            .err()
            .ok_or_else(|| format!("{values} was accepted"))?
            .to_string();
        for name in names {
            assert!(refusal.contains(name), "{values}: {name} is not in\n{refusal}");
        }
    }
    Ok(())
}

/// The notes of every values document name what is on, and no value is missing from them.
fn notes() -> Outcome {
    for (name, values) in values_documents() {
        let notes = render(values)?.notes;
        for service in ["rest-api", "edge-mcp", "worker", "rag-loader"] {
            let pointer = format!("/{service}/enabled");
            let on = values.pointer(&pointer).and_then(Value::as_bool).unwrap_or(true);
            let line = notes
                .lines()
                .find(|line| line.starts_with("Services: "))
                .unwrap_or_default();
            assert_eq!(line.contains(service), on, "{name}: {service} in\n{notes}");
        }
        for hole in ["<no value>", "<nil>", "%!"] {
            assert!(!notes.contains(hole), "{name}: {hole} in\n{notes}");
        }
    }
    Ok(())
}

/// A misspelt key, or a value of another type, is refused with its name: by both Helms, and here.
fn wrong_keys(helms: &[Helm; 2]) -> Outcome {
    let cases = [
        (json!({"global": {"databse": {"host": "x"}}}), "databse"),
        (json!({"rest_api": {"enabled": false}}), "rest_api"),
        (json!({"rest-api": {"image": {"tga": "1"}}}), "tga"),
        (
            json!({"rest-api": {"livenessProbe": {"periodSecond": 1}}}),
            "periodSecond",
        ),
        (
            json!({"rest-api": {"ingress": {"hosts": ["api.example.com"]}}}),
            "hosts",
        ),
        (json!({"edge-mcp": {"replicaCount": "many"}}), "replicaCount"),
        (json!({"worker": {"service": {"port": 1}}}), "service"),
        (json!({"global": {"environment": "prod"}}), "environment"),
        (
            json!({"global": {"tracing": {"samplingRate": 2}}}),
            "samplingRate",
        ),
        (
            json!({"postgresql": {"enabled": true, "persistence": {"sise": "1Gi"}}}),
            "sise",
        ),
        (
            json!({"redis": {"enabled": true, "resources": {"limit": {}}}}),
            "limit",
        ),
    ];
    for (values, name) in cases {
        let file = values_file(&values)?;
        for helm in helms {
            let arguments = [Path::new("--values"), file.path()];
            let said = helm.template("dm", &chart_folder(), arguments)?;
            assert!(
                !said.success && said.stderr.contains(name),
                "{values}: {}",
                said.stderr
            );
        }
        let refusal = render(&values)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(refusal.contains(name), "{values}: {refusal:?}");
    }
    Ok(())
}
