//! Rendering: from a chart, values and what is known of the release and the cluster to a manifest and notes.

use super::manifest::Manifest;
use serde_json::Value as Json;

/// What `.Release` holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseOptions {
    /// `.Release.Name`.
    pub name: String,
    /// `.Release.Namespace`.
    pub namespace: String,
    /// `.Release.Revision`, from 1.
    pub revision: i64,
    /// `.Release.IsUpgrade`; `.Release.IsInstall` is its opposite.
    pub is_upgrade: bool,
}

/// What `.Capabilities` holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// `.Capabilities.KubeVersion.Version`: `v1.36.3`.
    pub kube_version: String,
    /// `.Capabilities.APIVersions`: `apps/v1`, `apps/v1/Deployment`.
    pub api_versions: Vec<String>,
}

/// How the template function `lookup` reaches the cluster.
pub trait Lookup {
    /// The object, or the list of objects where `name` is empty; an empty object where there is none.
    ///
    /// # Errors
    /// What the cluster answered, as a text for the template's error.
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Json, String>;
}

/// The [`Lookup`] without a cluster, as `helm template` has it: nothing is ever found.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCluster;

impl Lookup for NoCluster {
    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Json, String> {
        Ok(Json::Object(serde_json::Map::new()))
    }
}

/// What a render results in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rendered {
    /// Objects and hooks.
    pub manifest: Manifest,
    /// NOTES.txt of the chart itself, rendered; empty where there is none.
    pub notes: String,
    /// The values that the templates saw: defaults and choices coalesced.
    pub values: Json,
}
