//! What a container refers to: the sources of its variables and volumes, and the Services it waits for.

use super::super::super::json::{self, items, text};
use super::super::Pass;
use serde_json::Value as Json;
use std::collections::HashSet;
use std::sync::Arc;

/// Whether the Secrets and `ConfigMaps` of all volumes exist; tells of those that do not.
pub(super) fn mounts_are_there(pass: &mut Pass<'_>, pod: &Arc<Json>) -> bool {
    let mut missing: Option<(String, String)> = None;
    for volume in items(pod, "/spec/volumes") {
        let direct = [
            (
                "Secret",
                text(volume, "/secret/secretName"),
                &volume["secret"]["optional"],
            ),
            (
                "ConfigMap",
                text(volume, "/configMap/name"),
                &volume["configMap"]["optional"],
            ),
        ];
        let projected = items(volume, "/projected/sources").iter().flat_map(|source| {
            [
                (
                    "Secret",
                    text(source, "/secret/name"),
                    &source["secret"]["optional"],
                ),
                (
                    "ConfigMap",
                    text(source, "/configMap/name"),
                    &source["configMap"]["optional"],
                ),
            ]
        });
        for (kind, name, optional) in direct.into_iter().chain(projected) {
            if name.is_empty() || *optional == true {
                continue;
            }
            if pass.api.object("", kind, json::namespace(pod), name).is_none() {
                missing.get_or_insert((
                    json::name_field(volume).to_owned(),
                    format!("{} \"{name}\" not found", kind.to_lowercase()),
                ));
            }
        }
    }
    let Some((volume, why)) = missing else { return true };
    let known = items(pod, "/status/containerStatuses").is_empty();
    if known {
        let message = format!("MountVolume.SetUp failed for volume \"{volume}\" : {why}");
        pass.warning(pod, "kubelet", "FailedMount", &message);
    }
    let again = pass.now + pass.takes(2_000);
    pass.wake_at(again);
    false
}

/// What a container's variables lack, in the kubelet's words.
pub(super) fn missing_for_variables(pass: &Pass<'_>, pod: &Json, container: &Json) -> Option<String> {
    let namespace = json::namespace(pod);
    for source in items(container, "/envFrom") {
        for (kind, field) in [("Secret", "secretRef"), ("ConfigMap", "configMapRef")] {
            let name = text(source, &format!("/{field}/name"));
            if name.is_empty() || source[field]["optional"] == true {
                continue;
            }
            if pass.api.object("", kind, namespace, name).is_none() {
                return Some(format!("{} \"{name}\" not found", kind.to_lowercase()));
            }
        }
    }
    for variable in items(container, "/env") {
        for (kind, field) in [("Secret", "secretKeyRef"), ("ConfigMap", "configMapKeyRef")] {
            let Some(reference) = variable.pointer(&format!("/valueFrom/{field}")) else {
                continue;
            };
            if reference["optional"] == true {
                continue;
            }
            let (name, key) = (text(reference, "/name"), text(reference, "/key"));
            match pass.api.object("", kind, namespace, name) {
                None => return Some(format!("{} \"{name}\" not found", kind.to_lowercase())),
                Some(found) if found["data"].get(key).is_none() && found["binaryData"].get(key).is_none() => {
                    return Some(format!("couldn't find key {key} in {kind} {namespace}/{name}"));
                }
                Some(_) => {}
            }
        }
    }
    None
}

/// The names of all variables that a container has.
pub(super) fn variables(pass: &Pass<'_>, pod: &Json, container: &Json) -> HashSet<String> {
    let mut names: HashSet<String> = items(container, "/env")
        .iter()
        .map(|variable| json::name_field(variable).to_owned())
        .collect();
    for source in items(container, "/envFrom") {
        for (kind, field) in [("Secret", "secretRef"), ("ConfigMap", "configMapRef")] {
            let name = text(source, &format!("/{field}/name"));
            let found = pass.api.object("", kind, json::namespace(pod), name);
            let data = found
                .as_deref()
                .and_then(|object| object.get("data"))
                .and_then(Json::as_object);
            let prefix = text(source, "/prefix");
            names.extend(
                data.into_iter()
                    .flatten()
                    .map(|(key, _)| format!("{prefix}{key}")),
            );
        }
    }
    names
}

/// Whether a Service has an endpoint that is ready.
pub(super) fn takes_connections(pass: &Pass<'_>, pod: &Json, service: &str) -> bool {
    pass.api
        .object("", "Endpoints", json::namespace(pod), service)
        .is_some_and(|endpoints| {
            items(&endpoints, "/subsets")
                .iter()
                .any(|s| !items(s, "/addresses").is_empty())
        })
}
