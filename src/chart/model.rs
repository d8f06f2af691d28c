//! A chart as data: what Chart.yaml says, the files, and the subcharts. Reading it from disk is not done here.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartFile {
    /// The path below the chart's folder, with forward slashes: `templates/deployment.yaml`.
    pub name: String,
    /// The content, byte for byte. It is shared: a chart is copied at every render.
    pub data: Arc<[u8]>,
}

/// A dependency that Chart.yaml declares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Dependency {
    /// The name of the subchart.
    pub name: String,
    /// The version or the constraint on it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Where it is fetched from; empty for a subchart in `charts/`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub repository: String,
    /// Paths into the values, separated by commas; the first one that is a boolean switches the subchart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Groups that are switched together by `tags`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Values to lift from the subchart into the parent.
    #[serde(rename = "import-values", skip_serializing_if = "Vec::is_empty")]
    pub import_values: Vec<Json>,
    /// The name under which the parent uses it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub alias: String,
    /// Whether it is used at all. Helm sets it while it processes conditions and tags, and records it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub enabled: bool,
}

/// A maintainer, as Chart.yaml names one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Maintainer {
    /// The person's or the team's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The address to write to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// A page about them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// What Chart.yaml says, with Helm's JSON names (so it serializes into a release record as Helm's own does).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// The chart's name.
    pub name: String,
    /// A page about the project.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub home: String,
    /// Where the sources lie.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// The chart's version (semantic version 2).
    pub version: String,
    /// One sentence.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Who maintains it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maintainers: Vec<Maintainer>,
    /// The URL of an icon.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub icon: String,
    /// `v1` or `v2`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// The condition for the chart to be used at all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// The tags for the chart to be used at all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tags: String,
    /// The version of the application in it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub app_version: String,
    /// Whether it should no longer be used.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// Free-form annotations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// The constraint on the cluster's version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kube_version: String,
    /// The subcharts that it declares.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
    /// `application` or `library`; empty means application.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

/// A chart with its subcharts, as it was loaded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart {
    /// Chart.yaml.
    pub metadata: Metadata,
    /// Chart.lock, as JSON, where there is one.
    pub lock: Option<Json>,
    /// values.yaml as JSON: an object, empty where there is none. It is shared as the files are.
    pub values: Arc<Json>,
    /// values.yaml as it lies in the chart, for showing its comments.
    pub values_source: Arc<[u8]>,
    /// values.schema.json, where there is one.
    pub schema: Option<Arc<[u8]>>,
    /// What lies in `templates/`, in the order Helm loads it.
    pub templates: Vec<ChartFile>,
    /// What else lies in the chart and `.Files` reaches.
    pub files: Vec<ChartFile>,
    /// What lies in `crds/`.
    pub crds: Vec<ChartFile>,
    /// The subcharts in `charts/`, whether enabled or not.
    pub dependencies: Vec<Chart>,
}
