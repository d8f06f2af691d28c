//! What the cluster serves: its version, its kinds, and whether each of them lives in a namespace.

use super::error::ClusterError;
use crate::chart::manifest::ObjectKey;
use kube::core::discovery::Scope;
use kube::{Client, Discovery};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is known of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// The resource's name in URLs: `deployments`.
    pub plural: String,
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
}

/// All kinds that the cluster serves.
#[derive(Debug, Clone, Default)]
pub struct ApiIndex {
    /// `v1.36.3`.
    version: String,
    kinds: HashMap<(String, String), Kind>,
}

impl ApiIndex {
    /// Asks the cluster: two requests where it knows aggregated discovery, one for each group where it does not.
    pub async fn discover(client: &Client, server: &str) -> Result<Self, ClusterError> {
        let fail = |what: &'static str| move |error| ClusterError::from_kube(error, what, server);
        let version = client
            .apiserver_version()
            .await
            .map_err(fail("read the server's version"))?;
        let discovery = match Discovery::new(client.clone()).run_aggregated().await {
            Ok(discovery) => discovery,
            Err(kube::Error::SerdeError(_)) => Discovery::new(client.clone())
                .run()
                .await
                .map_err(fail("read the kinds that it serves"))?,
            Err(error) => return Err(fail("read the kinds that it serves")(error)),
        };
        let mut kinds = HashMap::new();
        for group in discovery.groups() {
            for version in group.versions() {
                for (resource, capabilities) in group.versioned_resources(version) {
                    let kind = Kind {
                        plural: resource.plural,
                        namespaced: capabilities.scope == Scope::Namespaced,
                    };
                    kinds.insert((resource.api_version, resource.kind), kind);
                }
            }
        }
        Ok(Self {
            version: version.git_version,
            kinds,
        })
    }

    /// An index of these kinds: group and version, kind, what is known of it.
    #[must_use]
    pub fn of(version: &str, kinds: impl IntoIterator<Item = (String, String, Kind)>) -> Self {
        let kinds = kinds
            .into_iter()
            .map(|(api_version, kind, known)| ((api_version, kind), known))
            .collect();
        Self {
            version: version.to_owned(),
            kinds,
        }
    }

    /// The server's version: `v1.36.3`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What is known of a kind.
    pub fn kind(&self, api_version: &str, kind: &str) -> Result<&Kind, ClusterError> {
        self.kinds
            .get(&(api_version.to_owned(), kind.to_owned()))
            .ok_or_else(|| ClusterError::NoKind {
                api_version: api_version.to_owned(),
                kind: kind.to_owned(),
            })
    }

    /// The plural names of all kinds, by group, version and kind: `apps/v1/Deployment`.
    #[must_use]
    pub fn plurals(&self) -> BTreeMap<String, String> {
        let name = |(version, kind): &(String, String)| format!("{version}/{kind}");
        self.kinds
            .iter()
            .map(|(key, kind)| (name(key), kind.plural.clone()))
            .collect()
    }

    /// What templates see as `.Capabilities.APIVersions`: every group and version, and every kind in it, sorted.
    #[must_use]
    pub fn api_versions(&self) -> Vec<String> {
        let mut versions = BTreeSet::new();
        for (api_version, kind) in self.kinds.keys() {
            versions.insert(api_version.clone());
            versions.insert(format!("{api_version}/{kind}"));
        }
        versions.into_iter().collect()
    }

    /// `key` with its namespace as the cluster sees it: the release's where the manifest names none, and none for a
    /// cluster-scoped kind. A kind that the cluster does not serve is taken as namespaced.
    #[must_use]
    pub fn resolve(&self, mut key: ObjectKey, release_namespace: &str) -> ObjectKey {
        let namespaced = self
            .kind(&key.api_version, &key.kind)
            .map_or(true, |kind| kind.namespaced);
        if !namespaced {
            key.namespace = None;
        } else if key.namespace.as_deref().unwrap_or_default().is_empty() {
            key.namespace = Some(release_namespace.to_owned());
        }
        key
    }

    /// The path of the object: `/apis/apps/v1/namespaces/mesh/deployments/rest-api`.
    pub fn object_path(&self, key: &ObjectKey) -> Result<String, ClusterError> {
        let collection = self.collection_path(&key.api_version, &key.kind, key.namespace.as_deref())?;
        Ok(format!("{collection}/{}", key.name))
    }

    /// The path of all objects of a kind, in one namespace where one is given and the kind has namespaces.
    pub fn collection_path(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
    ) -> Result<String, ClusterError> {
        let known = self.kind(api_version, kind)?;
        let root = if api_version.contains('/') { "apis" } else { "api" };
        Ok(match namespace.filter(|_| known.namespaced) {
            Some(namespace) => format!("/{root}/{api_version}/namespaces/{namespace}/{}", known.plural),
            None => format!("/{root}/{api_version}/{}", known.plural),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn index() -> ApiIndex {
        let kind = |plural: &str, namespaced| Kind {
            plural: plural.to_owned(),
            namespaced,
        };
        ApiIndex::of(
            "v1.36.3",
            [
                ("v1".to_owned(), "Namespace".to_owned(), kind("namespaces", false)),
                (
                    "apps/v1".to_owned(),
                    "Deployment".to_owned(),
                    kind("deployments", true),
                ),
            ],
        )
    }

    fn key(api_version: &str, kind: &str, namespace: Option<&str>) -> ObjectKey {
        ObjectKey {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: "x".to_owned(),
        }
    }

    #[test]
    fn paths_follow_the_scope_that_the_cluster_tells() {
        let index = index();
        let deployment = index.resolve(key("apps/v1", "Deployment", None), "mesh");
        assert_eq!(
            index.object_path(&deployment).unwrap(),
            "/apis/apps/v1/namespaces/mesh/deployments/x"
        );
        let namespace = index.resolve(key("v1", "Namespace", Some("mesh")), "mesh");
        assert_eq!(index.object_path(&namespace).unwrap(), "/api/v1/namespaces/x");
        assert!(matches!(
            index.object_path(&key("a/v1", "B", None)),
            Err(ClusterError::NoKind { .. })
        ));
    }

    #[test]
    fn capabilities_name_versions_and_kinds() {
        assert_eq!(
            index().api_versions(),
            ["apps/v1", "apps/v1/Deployment", "v1", "v1/Namespace"]
        );
    }
}
