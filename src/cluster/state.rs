//! What Helm's record cannot hold of a rollout under way, in one Secret of our own, until the rollout ends: from it any
//! other machine can resume.

use super::release::{decode, encode};
use super::{Cluster, ClusterError, Propagation};
use crate::chart::manifest::ObjectKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// The version of the format.
const FORMAT: u32 = 1;

/// A rollout under way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RolloutState {
    /// The version of this format.
    pub format: u32,
    /// Who started it.
    pub operator: String,
    /// When it started, RFC 3339.
    pub started: String,
    /// The chart: `developer-mesh-0.1.0`.
    pub chart: String,
    /// The SHA-256 of everything that is in the chart, subcharts included, in hexadecimal.
    pub chart_digest: String,
    /// Where the chart came from, as it was named; empty for the embedded one.
    pub chart_source: String,
    /// The profile, empty where there was none.
    pub profile: String,
    /// What was chosen above the chart's defaults.
    pub overlay: Json,
    /// What the cluster is to be brought to.
    pub manifest: String,
    /// The stages in their order.
    pub stages: Vec<String>,
    /// The stage that comes next, from 0.
    pub next: usize,
    /// The revision that was deployed before, where there was one.
    pub base_revision: Option<i64>,
    /// The first revision of the rollout itself.
    #[serde(default)]
    pub first_revision: Option<i64>,
}

/// Where the state of one release's rollout lies.
#[derive(Debug, Clone)]
pub struct StateStore {
    cluster: Cluster,
    key: ObjectKey,
    release: String,
}

impl StateStore {
    /// The place for `release` in `namespace`.
    #[must_use]
    pub fn new(cluster: Cluster, namespace: &str, release: &str) -> Self {
        let key = ObjectKey {
            api_version: "v1".to_owned(),
            kind: "Secret".to_owned(),
            namespace: Some(namespace.to_owned()),
            name: format!("mesh-tui.{release}.rollout"),
        };
        Self {
            cluster,
            key,
            release: release.to_owned(),
        }
    }

    /// The rollout under way, where there is one.
    pub async fn load(&self) -> Result<Option<RolloutState>, ClusterError> {
        let Some(secret) = self.cluster.get(&self.key).await? else {
            return Ok(None);
        };
        let fail = |reason: String| ClusterError::Unreadable {
            what: format!("the rollout's state in {}", self.key),
            reason,
        };
        let data = secret["data"]["state"].as_str().unwrap_or_default();
        let data = STANDARD.decode(data).map_err(|error| fail(error.to_string()))?;
        let document = decode(&data).map_err(fail)?;
        let state: RolloutState =
            serde_json::from_value(document).map_err(|error| fail(error.to_string()))?;
        if state.format == FORMAT {
            Ok(Some(state))
        } else {
            Err(fail(format!(
                "it has format {}, which another version of mesh-tui wrote",
                state.format
            )))
        }
    }

    /// Stores the rollout.
    pub async fn save(&self, state: &RolloutState) -> Result<(), ClusterError> {
        let state = RolloutState {
            format: FORMAT,
            ..state.clone()
        };
        let fail = |reason: String| ClusterError::Unreadable {
            what: "the rollout's state".to_owned(),
            reason,
        };
        let document = serde_json::to_value(&state).map_err(|error| fail(error.to_string()))?;
        let text = encode(&document).map_err(|error| fail(error.to_string()))?;
        if text.len() > super::release::LIMIT {
            return Err(ClusterError::TooLarge {
                size: text.len(),
                limit: super::release::LIMIT,
            });
        }
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "mesh-tui.dev/rollout.v1",
            "metadata": {
                "name": self.key.name,
                "namespace": self.key.namespace,
                "labels": {"app.kubernetes.io/managed-by": "mesh-tui", "mesh-tui.dev/release": self.release},
            },
            "data": {"state": STANDARD.encode(text)},
        });
        match self.cluster.create(&self.key, &secret).await {
            Err(ClusterError::AlreadyExists { .. }) => {
                self.cluster.replace(&self.key, &secret).await.map(|_| ())
            }
            result => result.map(|_| ()),
        }
    }

    /// Removes it: the rollout has ended.
    pub async fn clear(&self) -> Result<(), ClusterError> {
        self.cluster
            .delete(&self.key, Propagation::Background)
            .await
            .map(|_| ())
    }
}
