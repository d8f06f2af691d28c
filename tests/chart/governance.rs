//! The platform's own rules in Gatekeeper's form, tried with the real `gator`: all that the chart renders keeps them, and
//! each is broken by a workload that is made for it. `tests/cluster` tries them in the API server's form.

use crate::support::governance::faults;
use crate::support::harness::Ctx;
use crate::support::parts::{GATOR, Missing};
use crate::support::render::render;
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub fn trials(_: &Ctx) -> Vec<Trial> {
    vec![
        with_part("governance::gator_passes_what_is_rendered", gator, |gator| {
            passes(&gator)
        }),
        with_part("governance::gator_finds_each_fault", gator, |gator| finds(&gator)),
    ]
}

fn gator() -> Result<PathBuf, Missing> {
    Ok(GATOR.locate()?.program("gator"))
}

/// Everything that makes pods, and the rules.
fn values() -> Value {
    json!({
        "postgresql": {"enabled": true, "backup": {"enabled": true, "upload": {"enabled": true}}},
        "redis": {"enabled": true},
        "governance": {
            "allowedRegistries": ["ghcr.io/", "ghcr.io:443/", "docker.io/library/", "docker.io/pgvector/", "docker.io/amazon/"],
            "gatekeeper": {"template": true, "constraint": true},
        },
    })
}

/// The rendered objects, hooks among them.
fn objects() -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let rendered = render(&values())?;
    let hooks = rendered.manifest.hooks.iter().map(|hook| &hook.object);
    let objects = rendered.manifest.objects.iter().chain(hooks);
    Ok(objects.map(|object| (*object.body).clone()).collect())
}

/// What gator finds wrong: names of objects with the messages.
fn judge(gator: &Path, objects: &[Value]) -> Result<Vec<(String, String)>, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let documents: Vec<String> = objects.iter().map(Value::to_string).collect();
    fs::write(folder.path().join("objects.yaml"), documents.join("\n---\n"))?;
    let output = Command::new(gator)
        .args(["test", "--filename", "objects.yaml", "--output", "json"])
        .current_dir(folder.path())
        .output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    let found: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {stderr}{}", String::from_utf8_lossy(&output.stdout)))?;
    let violations = found.as_array().into_iter().flatten().map(|violation| {
        let text = |pointer: &str| {
            violation
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        (
            text("/violatingObject/metadata/name").to_owned(),
            text("/msg").to_owned(),
        )
    });
    let violations: Vec<_> = violations.collect();
    assert_eq!(output.status.success(), violations.is_empty(), "{stderr}");
    Ok(violations)
}

fn passes(gator: &Path) -> Outcome {
    let found = judge(gator, &objects()?)?;
    if found.is_empty() {
        Ok(())
    } else {
        Err(format!("{found:#?}").into())
    }
}

fn finds(gator: &Path) -> Outcome {
    let mut objects = objects()?;
    let is_worker =
        |object: &&Value| object["kind"] == "Deployment" && object["metadata"]["name"] == "dm-worker";
    let worker = objects
        .iter()
        .find(is_worker)
        .ok_or("there is no worker")?
        .clone();
    objects.retain(|object| {
        object["apiVersion"]
            .as_str()
            .is_some_and(|it| it.contains("gatekeeper.sh"))
    });
    assert_eq!(objects.len(), 2, "the template and the constraint");
    let faults = faults(&worker);
    objects.extend(faults.iter().map(|(_, object)| object.clone()));
    let found: BTreeSet<(String, String)> = judge(gator, &objects)?.into_iter().collect();
    for (rule, object) in &faults {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let said: Vec<&str> = found
            .iter()
            .filter(|(of, _)| of == name)
            .map(|(_, message)| message.as_str())
            .collect();
        assert!(
            said.len() == 1 && said[0].starts_with(&format!("[{rule}]")),
            "{name}: {said:?}"
        );
    }
    Ok(())
}
