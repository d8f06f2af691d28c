//! Which Secrets a manifest's pods refer to, without those that the manifest brings along.

use crate::chart::manifest::{Manifest, ManifestObject};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// A Secret that has to be there before the pods that read it start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequiredSecret {
    /// Its name.
    pub name: String,
    /// Keys without which a pod does not start.
    pub keys: BTreeSet<String>,
    /// Keys that pods read where they are there.
    pub optional: BTreeSet<String>,
    /// Whether a pod does not start without the Secret, whichever keys it has.
    pub whole: bool,
    /// Who refers to it: `Deployment/rest-api`.
    pub readers: BTreeSet<String>,
}

/// The Secrets that the pods of `manifest` need and that it does not bring along, by name.
#[must_use]
pub fn required(manifest: &Manifest) -> Vec<RequiredSecret> {
    let brought: BTreeSet<&str> = manifest.objects.iter().filter_map(brings).collect();
    let mut found: BTreeMap<String, RequiredSecret> = BTreeMap::new();
    for object in manifest
        .objects
        .iter()
        .chain(manifest.hooks.iter().map(|hook| &hook.object))
    {
        let Some(pod) = pod_spec(object) else {
            continue;
        };
        for reference in references(pod) {
            if brought.contains(reference.name.as_str()) {
                continue;
            }
            let secret = found
                .entry(reference.name.clone())
                .or_insert_with(|| RequiredSecret {
                    name: reference.name.clone(),
                    ..RequiredSecret::default()
                });
            secret.readers.insert(object.key.to_string());
            secret.whole |= !reference.optional;
            let keys = if reference.optional {
                &mut secret.optional
            } else {
                &mut secret.keys
            };
            keys.extend(reference.keys);
        }
    }
    for secret in found.values_mut() {
        secret.optional = secret.optional.difference(&secret.keys).cloned().collect();
    }
    found.into_values().collect()
}

/// The name of the Secret that an object results in.
fn brings(object: &ManifestObject) -> Option<&str> {
    match object.key.kind.as_str() {
        "Secret" | "SealedSecret" => Some(&object.key.name),
        "ExternalSecret" => Some(
            object
                .body
                .pointer("/spec/target/name")
                .and_then(Json::as_str)
                .unwrap_or(&object.key.name),
        ),
        // cert-manager writes the Secret of a certificate.
        "Certificate" => object.body.pointer("/spec/secretName").and_then(Json::as_str),
        _ => None,
    }
}

/// The specification of the pods that an object makes.
fn pod_spec(object: &ManifestObject) -> Option<&Json> {
    let pointer = match object.key.kind.as_str() {
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    };
    object
        .body
        .pointer(pointer)
        .filter(|spec| spec.get("containers").is_some())
}

struct Reference {
    name: String,
    keys: Vec<String>,
    optional: bool,
}

fn references(pod: &Json) -> Vec<Reference> {
    let containers = ["containers", "initContainers"]
        .iter()
        .flat_map(|name| list(&pod[*name]));
    let mut found = Vec::new();
    for container in containers {
        for entry in list(&container["env"]) {
            let source = &entry["valueFrom"]["secretKeyRef"];
            found.extend(reference(
                &source["name"],
                source["key"].as_str(),
                &source["optional"],
            ));
        }
        for entry in list(&container["envFrom"]) {
            let source = &entry["secretRef"];
            found.extend(reference(&source["name"], None, &source["optional"]));
        }
    }
    for volume in list(&pod["volumes"]) {
        found.extend(volume_reference(&volume["secret"], "secretName"));
        for source in list(&volume["projected"]["sources"]) {
            found.extend(volume_reference(&source["secret"], "name"));
        }
    }
    found
}

fn reference(name: &Json, key: Option<&str>, optional: &Json) -> Option<Reference> {
    Some(Reference {
        name: name.as_str()?.to_owned(),
        keys: key.map(str::to_owned).into_iter().collect(),
        optional: optional == &Json::Bool(true),
    })
}

fn volume_reference(source: &Json, name: &str) -> Option<Reference> {
    let mut found = reference(&source[name], None, &source["optional"])?;
    found.keys = list(&source["items"])
        .filter_map(|item| item["key"].as_str())
        .map(str::to_owned)
        .collect();
    Some(found)
}

fn list(value: &Json) -> impl Iterator<Item = &Json> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::manifest::ObjectKey;
    use serde_json::json;
    use std::sync::Arc;

    fn object(kind: &str, name: &str, body: Json) -> ManifestObject {
        ManifestObject {
            key: ObjectKey {
                api_version: "v1".to_owned(),
                kind: kind.to_owned(),
                namespace: None,
                name: name.to_owned(),
            },
            source: String::new(),
            text: "".into(),
            body: Arc::new(body),
        }
    }

    fn deployment() -> ManifestObject {
        let env = |name: &str, key: &str, optional: bool| json!({"name": "X", "valueFrom": {"secretKeyRef": {"name": name, "key": key, "optional": optional}}});
        object(
            "Deployment",
            "api",
            json!({"spec": {"template": {"spec": {
                "containers": [{"env": [env("dm-database", "password", false), env("dm-api", "token", true)]}],
                "initContainers": [{"env": [env("dm-brought", "a", false)], "envFrom": [{"secretRef": {"name": "all"}}]}],
                "volumes": [{"secret": {"secretName": "dm-ca", "items": [{"key": "ca.crt", "path": "ca"}]}}],
            }}}}),
        )
    }

    #[test]
    fn pods_need_what_the_manifest_does_not_bring() {
        let external = object(
            "ExternalSecret",
            "x",
            json!({"spec": {"target": {"name": "dm-brought"}}}),
        );
        let manifest = Manifest {
            objects: vec![deployment(), external],
            ..Manifest::default()
        };
        let found = required(&manifest);
        let names: Vec<(&str, Vec<&str>)> = found
            .iter()
            .map(|s| (s.name.as_str(), s.keys.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(
            names,
            [
                ("all", vec![]),
                ("dm-api", vec![]),
                ("dm-ca", vec!["ca.crt"]),
                ("dm-database", vec!["password"])
            ]
        );
        assert_eq!(
            found.iter().map(|s| s.whole).collect::<Vec<_>>(),
            [true, false, true, true]
        );
        assert_eq!(found[1].optional, ["token".to_owned()].into());
        assert_eq!(found[3].readers, ["Deployment/api".to_owned()].into());
    }
}
