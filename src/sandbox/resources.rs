//! The table of resources that the sandbox serves, as discovery lists them, and those that custom resource definitions add.

use super::json::{condition_is_true, items, text};
use serde_json::Value as Json;
use std::sync::Arc;

/// A resource of the API: what its URL, its kind and its subresources are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resource {
    /// The API group; empty for the core group.
    pub(super) group: String,
    /// The version.
    pub(super) version: String,
    /// `Deployment`.
    pub(super) kind: String,
    /// `deployments`, as the URL writes it.
    pub(super) plural: String,
    /// `deploy`.
    pub(super) short_names: Vec<String>,
    /// Whether its objects live in namespaces.
    pub(super) namespaced: bool,
    /// Its subresources.
    pub(super) serves: Serves,
    /// Whether `metadata.generation` counts the changes of the desired state.
    pub(super) generation: bool,
    /// Whether it comes from a custom resource definition.
    pub(super) custom: bool,
}

/// The subresources that a resource may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Serves {
    /// The status is written apart from everything else.
    pub(super) status: bool,
    /// The replicas are an object of their own.
    pub(super) scale: bool,
}

impl Resource {
    /// `apps/v1`, or `v1` for the core group.
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `deployments.apps`, or `secrets` for the core group: as the API server's messages write it.
    pub(super) fn qualified(&self) -> String {
        qualify(&self.plural, &self.group)
    }

    /// `Deployment.apps`, or `Secret`.
    pub(super) fn qualified_kind(&self) -> String {
        qualify(&self.kind, &self.group)
    }

    /// `deployment`.
    pub(super) fn singular(&self) -> String {
        self.kind.to_lowercase()
    }

    /// The subresources that discovery lists.
    pub(super) fn subresources(&self) -> impl Iterator<Item = &'static str> {
        [
            (self.serves.status, "status"),
            (self.serves.scale, "scale"),
            (self.group.is_empty() && self.plural == "pods", "log"),
        ]
        .into_iter()
        .filter_map(|(served, name)| served.then_some(name))
    }
}

/// `name.group`, or the name alone in the core group.
fn qualify(name: &str, group: &str) -> String {
    if group.is_empty() {
        name.to_owned()
    } else {
        format!("{name}.{group}")
    }
}

/// Flags of the table: namespaced, with status, with scale, with a generation.
const NS: u8 = 1;
const STATUS: u8 = 2;
const SCALE: u8 = 4;
const GENERATION: u8 = 8;

/// Group, version, kind, plural, short name, flags.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    u8,
);

/// The built-in resources. A kind comes before those whose controllers read it, as in discovery.
const BUILT_IN: &[Row] = &[
    ("", "v1", "Namespace", "namespaces", "ns", STATUS),
    ("", "v1", "Node", "nodes", "no", STATUS),
    ("", "v1", "Pod", "pods", "po", NS | STATUS | GENERATION),
    ("", "v1", "Service", "services", "svc", NS | STATUS),
    ("", "v1", "Secret", "secrets", "", NS),
    ("", "v1", "ConfigMap", "configmaps", "cm", NS),
    ("", "v1", "ServiceAccount", "serviceaccounts", "sa", NS),
    ("", "v1", "Event", "events", "ev", NS),
    ("", "v1", "Endpoints", "endpoints", "ep", NS),
    ("", "v1", "PersistentVolume", "persistentvolumes", "pv", STATUS),
    (
        "",
        "v1",
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        "pvc",
        NS | STATUS,
    ),
    ("", "v1", "ResourceQuota", "resourcequotas", "quota", NS | STATUS),
    ("", "v1", "LimitRange", "limitranges", "limits", NS),
    (
        "apps",
        "v1",
        "Deployment",
        "deployments",
        "deploy",
        NS | STATUS | SCALE | GENERATION,
    ),
    (
        "apps",
        "v1",
        "ReplicaSet",
        "replicasets",
        "rs",
        NS | STATUS | SCALE | GENERATION,
    ),
    (
        "apps",
        "v1",
        "StatefulSet",
        "statefulsets",
        "sts",
        NS | STATUS | SCALE | GENERATION,
    ),
    (
        "apps",
        "v1",
        "DaemonSet",
        "daemonsets",
        "ds",
        NS | STATUS | GENERATION,
    ),
    ("apps", "v1", "ControllerRevision", "controllerrevisions", "", NS),
    ("batch", "v1", "Job", "jobs", "", NS | STATUS | GENERATION),
    (
        "batch",
        "v1",
        "CronJob",
        "cronjobs",
        "cj",
        NS | STATUS | GENERATION,
    ),
    (
        "autoscaling",
        "v2",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        "hpa",
        NS | STATUS,
    ),
    (
        "policy",
        "v1",
        "PodDisruptionBudget",
        "poddisruptionbudgets",
        "pdb",
        NS | STATUS | GENERATION,
    ),
    (
        "networking.k8s.io",
        "v1",
        "Ingress",
        "ingresses",
        "ing",
        NS | STATUS | GENERATION,
    ),
    (
        "networking.k8s.io",
        "v1",
        "IngressClass",
        "ingressclasses",
        "",
        GENERATION,
    ),
    (
        "networking.k8s.io",
        "v1",
        "NetworkPolicy",
        "networkpolicies",
        "netpol",
        NS | GENERATION,
    ),
    ("rbac.authorization.k8s.io", "v1", "Role", "roles", "", NS),
    (
        "rbac.authorization.k8s.io",
        "v1",
        "RoleBinding",
        "rolebindings",
        "",
        NS,
    ),
    (
        "rbac.authorization.k8s.io",
        "v1",
        "ClusterRole",
        "clusterroles",
        "",
        0,
    ),
    (
        "rbac.authorization.k8s.io",
        "v1",
        "ClusterRoleBinding",
        "clusterrolebindings",
        "",
        0,
    ),
    ("coordination.k8s.io", "v1", "Lease", "leases", "", NS),
    (
        "discovery.k8s.io",
        "v1",
        "EndpointSlice",
        "endpointslices",
        "",
        NS,
    ),
    ("storage.k8s.io", "v1", "StorageClass", "storageclasses", "sc", 0),
    (
        "scheduling.k8s.io",
        "v1",
        "PriorityClass",
        "priorityclasses",
        "pc",
        GENERATION,
    ),
    (
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingAdmissionPolicy",
        "validatingadmissionpolicies",
        "",
        STATUS | GENERATION,
    ),
    (
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        "",
        GENERATION,
    ),
    (
        CRD_GROUP,
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        "crd",
        STATUS | GENERATION,
    ),
];

/// The group of custom resource definitions.
pub(super) const CRD_GROUP: &str = "apiextensions.k8s.io";

/// All resources that are served at a moment.
#[derive(Debug, Clone)]
pub(super) struct Registry {
    resources: Vec<Arc<Resource>>,
}

impl Registry {
    /// The built-in resources.
    pub(super) fn built_in() -> Self {
        let resources = BUILT_IN
            .iter()
            .map(|&(group, version, kind, plural, short, flags)| {
                Arc::new(Resource {
                    group: group.into(),
                    version: version.into(),
                    kind: kind.into(),
                    plural: plural.into(),
                    short_names: Some(short)
                        .filter(|s| !s.is_empty())
                        .map(Into::into)
                        .into_iter()
                        .collect(),
                    namespaced: flags & NS != 0,
                    serves: Serves {
                        status: flags & STATUS != 0,
                        scale: flags & SCALE != 0,
                    },
                    generation: flags & GENERATION != 0,
                    custom: false,
                })
            })
            .collect();
        Self { resources }
    }

    /// Replaces the custom resources by those that `definitions`, established `CustomResourceDefinitions`, serve.
    pub(super) fn set_custom<'a>(&mut self, definitions: impl Iterator<Item = &'a Json>) {
        self.resources.retain(|resource| !resource.custom);
        for definition in definitions.filter(|definition| condition_is_true(definition, "Established")) {
            let served = items(definition, "/spec/versions")
                .iter()
                .filter(|version| version["served"] == true);
            self.resources
                .extend(served.map(|version| Arc::new(custom(definition, version))));
        }
    }

    /// The resource at a URL.
    pub(super) fn find(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Resource>> {
        self.resources
            .iter()
            .find(|r| r.group == group && r.version == version && r.plural == plural)
            .cloned()
    }

    /// The resource of a kind, in the version that discovery prefers.
    pub(super) fn of_kind(&self, group: &str, kind: &str) -> Option<Arc<Resource>> {
        self.resources
            .iter()
            .find(|r| r.group == group && r.kind == kind)
            .cloned()
    }

    /// All of them, in discovery's order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.iter()
    }

    /// The groups with their versions, the core group first, in discovery's order.
    pub(super) fn groups(&self) -> Vec<(&str, Vec<&str>)> {
        let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
        for resource in &self.resources {
            match groups.iter_mut().find(|(group, _)| *group == resource.group) {
                Some((_, versions)) if versions.contains(&resource.version.as_str()) => {}
                Some((_, versions)) => versions.push(&resource.version),
                None => groups.push((&resource.group, vec![&resource.version])),
            }
        }
        groups
    }
}

/// The resource that one version of a definition serves.
fn custom(definition: &Json, version: &Json) -> Resource {
    Resource {
        group: text(definition, "/spec/group").into(),
        version: text(version, "/name").into(),
        kind: text(definition, "/spec/names/kind").into(),
        plural: text(definition, "/spec/names/plural").into(),
        short_names: items(definition, "/spec/names/shortNames")
            .iter()
            .filter_map(|name| Some(name.as_str()?.to_owned()))
            .collect(),
        namespaced: text(definition, "/spec/scope") == "Namespaced",
        serves: Serves {
            status: version.pointer("/subresources/status").is_some(),
            scale: false,
        },
        generation: true,
        custom: true,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_definition_adds_its_served_versions() {
        let mut registry = Registry::built_in();
        let before = registry.all().count();
        let definition = json!({"spec": {
            "group": "cert-manager.io", "scope": "Cluster",
            "names": {"kind": "ClusterIssuer", "plural": "clusterissuers"},
            "versions": [
                {"name": "v1", "served": true, "subresources": {"status": {}}},
                {"name": "v1alpha2", "served": false},
            ],
        }, "status": {"conditions": [{"type": "Established", "status": "True"}]}});
        registry.set_custom([&definition].into_iter());
        assert_eq!(registry.all().count(), before + 1);
        let issuer = registry.find("cert-manager.io", "v1", "clusterissuers").unwrap();
        assert!(!issuer.namespaced && issuer.serves.status && issuer.custom);
        assert_eq!(issuer.qualified_kind(), "ClusterIssuer.cert-manager.io");
        registry.set_custom(std::iter::empty());
        assert_eq!(registry.all().count(), before);
    }

    #[test]
    fn the_core_group_comes_first() {
        let registry = Registry::built_in();
        assert_eq!(registry.groups()[0], ("", vec!["v1"]));
        assert_eq!(
            registry.of_kind("apps", "Deployment").unwrap().qualified(),
            "deployments.apps"
        );
    }
}
