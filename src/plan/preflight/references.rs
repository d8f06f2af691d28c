//! Secrets that pods refer to and that will not be there.

use super::{Subject, finding};
use crate::chart::manifest::ManifestObject;
use crate::plan::model::{Finding, Severity};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// The Secrets that will be there: names with their keys, `None` where the keys are not known yet.
type Secrets = BTreeMap<String, Option<BTreeSet<String>>>;

/// A reference to a Secret, or to one key of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Reference {
    secret: String,
    key: Option<String>,
}

pub(super) fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(secrets) = known_secrets(subject) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for object in subject.objects() {
        let Some(pod) = pod_spec(object) else { continue };
        let references: BTreeSet<Reference> = references(pod).into_iter().collect();
        let missing: BTreeSet<&str> = references
            .iter()
            .filter(|reference| !secrets.contains_key(&reference.secret))
            .map(|reference| reference.secret.as_str())
            .collect();
        for secret in missing {
            findings.push(about(
                object,
                "missing-secret",
                &format!("Secret {secret}, which does not exist"),
            ));
        }
        for reference in &references {
            let keys = secrets.get(&reference.secret).and_then(Option::as_ref);
            if let (Some(keys), Some(key)) = (keys, &reference.key)
                && !keys.contains(key)
            {
                let what = format!(
                    "the key {key} of Secret {}, which it does not have",
                    reference.secret
                );
                findings.push(about(object, "missing-secret-key", &what));
            }
        }
    }
    findings
}

fn about(object: &ManifestObject, rule: &'static str, what: &str) -> Finding {
    let message = format!("{} needs {what}", object.key);
    let hint = "Create it first, or choose another source for it; its pods do not start without.";
    Finding {
        object: Some(object.key.clone()),
        ..finding(Severity::Error, rule, message, hint)
    }
}

/// What the cluster has, what the release renders, and what a backend will have made.
fn known_secrets(subject: &Subject<'_>) -> Option<Secrets> {
    let mut secrets: Secrets = BTreeMap::new();
    for (name, keys) in subject.facts.secrets.as_ref()? {
        secrets.insert(name.clone(), Some(keys.clone()));
    }
    for (name, keys) in &subject.facts.promised_secrets {
        let known = secrets
            .entry(name.clone())
            .or_insert_with(|| Some(BTreeSet::new()));
        if let Some(known) = known {
            known.extend(keys.iter().cloned());
        }
    }
    for object in subject.objects() {
        let body = &object.body;
        match object.key.kind.as_str() {
            "Secret" => {
                let keys = ["data", "stringData"]
                    .into_iter()
                    .filter_map(|field| body.get(field)?.as_object());
                let keys: BTreeSet<String> = keys.flat_map(|map| map.keys().cloned()).collect();
                secrets.insert(object.key.name.clone(), Some(keys));
            }
            "SealedSecret" => {
                let keys = body.pointer("/spec/encryptedData").and_then(Json::as_object);
                secrets.insert(
                    object.key.name.clone(),
                    keys.map(|keys| keys.keys().cloned().collect()),
                );
            }
            "ExternalSecret" => {
                let name = body.pointer("/spec/target/name").and_then(Json::as_str);
                secrets.insert(name.unwrap_or(&object.key.name).to_owned(), external_keys(body));
            }
            "Certificate" => {
                if let Some(name) = body.pointer("/spec/secretName").and_then(Json::as_str) {
                    secrets.insert(name.to_owned(), None);
                }
            }
            _ => {}
        }
    }
    Some(secrets)
}

/// The keys that an `ExternalSecret` lists; `None` where it takes all that is in the store, or a template decides.
fn external_keys(body: &Json) -> Option<BTreeSet<String>> {
    let spec = body.get("spec")?;
    if spec.get("dataFrom").is_some() || spec.pointer("/target/template").is_some() {
        return None;
    }
    let keys = spec
        .get("data")?
        .as_array()?
        .iter()
        .filter_map(|item| item.get("secretKey")?.as_str());
    Some(keys.map(ToOwned::to_owned).collect())
}

/// The spec of the pods that an object makes.
fn pod_spec(object: &ManifestObject) -> Option<&Json> {
    object.body.pointer(match object.key.kind.as_str() {
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" => "/spec/template/spec",
        _ => return None,
    })
}

fn references(pod: &Json) -> Vec<Reference> {
    let list = |value: &'_ Json, name: &str| {
        value
            .get(name)
            .and_then(Json::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let mut found = Vec::new();
    for container in ["initContainers", "containers", "ephemeralContainers"]
        .iter()
        .flat_map(|name| list(pod, name))
    {
        for variable in list(&container, "env") {
            found.extend(
                variable
                    .pointer("/valueFrom/secretKeyRef")
                    .and_then(|source| reference(source, "name")),
            );
        }
        for source in list(&container, "envFrom") {
            found.extend(
                source
                    .get("secretRef")
                    .and_then(|source| reference(source, "name")),
            );
        }
    }
    for volume in list(pod, "volumes") {
        if let Some(source) = volume.get("secret") {
            found.extend(volume_references(source, "secretName"));
        }
        let projected = volume
            .get("projected")
            .map(|projected| list(projected, "sources"))
            .unwrap_or_default();
        for source in projected.iter().filter_map(|source| source.get("secret")) {
            found.extend(volume_references(source, "name"));
        }
    }
    found.extend(
        list(pod, "imagePullSecrets")
            .iter()
            .filter_map(|source| reference(source, "name")),
    );
    found
}

/// A reference that must be met.
fn reference(source: &Json, name: &str) -> Option<Reference> {
    if source.get("optional").and_then(Json::as_bool).unwrap_or_default() {
        return None;
    }
    Some(Reference {
        secret: source.get(name)?.as_str()?.to_owned(),
        key: source.get("key").and_then(Json::as_str).map(ToOwned::to_owned),
    })
}

fn volume_references(source: &Json, name: &str) -> Vec<Reference> {
    let Some(whole) = reference(source, name) else {
        return Vec::new();
    };
    let items = source.get("items").and_then(Json::as_array).into_iter().flatten();
    let keys = items
        .filter_map(|item| item.get("key")?.as_str())
        .map(|key| Reference {
            secret: whole.secret.clone(),
            key: Some(key.to_owned()),
        });
    keys.chain([whole.clone()]).collect()
}
