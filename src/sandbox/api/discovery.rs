//! Discovery: which groups, versions and resources are served, in the plain and in the aggregated form.

use super::super::failure::Failure;
use super::super::resources::Resource;
use super::review::REVIEWS;
use super::{Api, Outcome};
use serde_json::{Value as Json, json};

/// The version that the simulated API server claims to be.
const VERSION: &str = "v1.36.3";

const VERBS: [&str; 8] = [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];

/// `/version`.
pub(super) fn version() -> Json {
    json!({
        "major": "1",
        "minor": "36",
        "gitVersion": VERSION,
        "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean",
        "buildDate": "2026-10-14T00:00:00Z",
        "goVersion": "go1.26.0",
        "compiler": "gc",
        "platform": "linux/amd64",
    })
}

/// `/api`.
pub(super) fn core_versions() -> Json {
    json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "sandbox"}],
    })
}

impl Api {
    /// The groups but the core one, with their versions; the preferred one first.
    fn named_groups(&self) -> Vec<(String, Vec<String>)> {
        let mut groups: Vec<(String, Vec<String>)> = self
            .registry
            .groups()
            .into_iter()
            .filter(|(group, _)| !group.is_empty())
            .map(|(group, versions)| {
                (
                    group.to_owned(),
                    versions.into_iter().map(str::to_owned).collect(),
                )
            })
            .collect();
        for (group, _, _) in REVIEWS {
            if !groups.iter().any(|(have, _)| have == group) {
                groups.push((group.into(), vec!["v1".into()]));
            }
        }
        groups
    }

    /// `/apis`.
    pub(super) fn group_list(&self) -> Json {
        let groups: Vec<Json> = self
            .named_groups()
            .iter()
            .map(|(group, versions)| group_document(group, versions))
            .collect();
        json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
    }

    /// `/apis/<group>`.
    pub(super) fn group(&self, name: &str) -> Outcome<Json> {
        let groups = self.named_groups();
        let (group, versions) = groups
            .iter()
            .find(|(group, _)| group == name)
            .ok_or_else(Failure::no_such_path)?;
        let mut document = group_document(group, versions);
        document["kind"] = "APIGroup".into();
        document["apiVersion"] = "v1".into();
        Ok(document)
    }

    /// `/api/v1`, `/apis/<group>/<version>`.
    pub(super) fn resource_list(&self, group: &str, version: &str) -> Outcome<Json> {
        let mut resources: Vec<Json> = Vec::new();
        for resource in self
            .registry
            .all()
            .filter(|r| r.group == group && r.version == version)
        {
            resources.push(resource_document(resource));
            resources.extend(
                resource
                    .subresources()
                    .map(|name| subresource_document(resource, name)),
            );
        }
        resources.extend(reviews(group).filter(|_| version == "v1").map(|(plural, kind)| {
            json!({
                "name": plural, "singularName": kind.to_lowercase(), "namespaced": false, "kind": kind,
                "verbs": ["create"],
            })
        }));
        if resources.is_empty() {
            return Err(Failure::no_such_path());
        }
        let group_version = if group.is_empty() {
            version.to_owned()
        } else {
            format!("{group}/{version}")
        };
        Ok(json!({
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources,
        }))
    }

    /// The aggregated form of `/api` (`core`) or `/apis`.
    pub(super) fn aggregated(&self, core: bool) -> Json {
        let groups = if core {
            vec![(String::new(), vec!["v1".to_owned()])]
        } else {
            self.named_groups()
        };
        let items: Vec<Json> = groups
            .iter()
            .map(|(group, versions)| {
                let versions: Vec<Json> = versions
                    .iter()
                    .map(|version| {
                        let resources = self.aggregated_resources(group, version);
                        json!({"version": version, "freshness": "Current", "resources": resources})
                    })
                    .collect();
                json!({"metadata": {"name": group, "creationTimestamp": null}, "versions": versions})
            })
            .collect();
        json!({
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items,
        })
    }

    fn aggregated_resources(&self, group: &str, version: &str) -> Vec<Json> {
        let served = self
            .registry
            .all()
            .filter(|r| r.group == group && r.version == version);
        let mut resources: Vec<Json> = served
            .map(|resource| {
                let kind = |name: &str| json!({"group": group, "version": version, "kind": name});
                let subresources: Vec<Json> = resource
                    .subresources()
                    .map(|name| {
                        let response = if name == "scale" {
                            json!({"group": "autoscaling", "version": "v1", "kind": "Scale"})
                        } else {
                            kind(&resource.kind)
                        };
                        json!({"subresource": name, "responseKind": response, "verbs": subresource_verbs(name)})
                    })
                    .collect();
                json!({
                    "resource": resource.plural,
                    "responseKind": kind(&resource.kind),
                    "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
                    "singularResource": resource.singular(),
                    "verbs": VERBS,
                    "shortNames": resource.short_names,
                    "subresources": subresources,
                })
            })
            .collect();
        resources.extend(reviews(group).filter(|_| version == "v1").map(|(plural, kind)| {
            json!({
                "resource": plural, "responseKind": {"group": group, "version": version, "kind": kind},
                "scope": "Cluster", "singularResource": kind.to_lowercase(), "verbs": ["create"],
            })
        }));
        resources
    }
}

fn reviews(group: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    REVIEWS
        .into_iter()
        .filter(move |(of, _, _)| *of == group)
        .map(|(_, plural, kind)| (plural, kind))
}

fn group_document(group: &str, versions: &[String]) -> Json {
    let version =
        |version: &String| json!({"groupVersion": format!("{group}/{version}"), "version": version});
    json!({
        "name": group,
        "versions": versions.iter().map(version).collect::<Vec<_>>(),
        "preferredVersion": versions.first().map(version),
    })
}

fn resource_document(resource: &Resource) -> Json {
    let mut document = json!({
        "name": resource.plural,
        "singularName": resource.singular(),
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": VERBS,
    });
    if !resource.short_names.is_empty() {
        document["shortNames"] = resource.short_names.clone().into();
    }
    document
}

fn subresource_document(resource: &Resource, name: &str) -> Json {
    let mut document = json!({
        "name": format!("{}/{name}", resource.plural),
        "singularName": "",
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": subresource_verbs(name),
    });
    if name == "scale" {
        document["group"] = "autoscaling".into();
        document["version"] = "v1".into();
        document["kind"] = "Scale".into();
    }
    document
}

fn subresource_verbs(name: &str) -> &'static [&'static str] {
    if name == "log" {
        &["get"]
    } else {
        &["get", "patch", "update"]
    }
}
