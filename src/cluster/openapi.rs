//! The shape of kinds, from the API server's own OpenAPI v3 documents.

use super::{Cluster, ClusterError};
use crate::apply::Schema;
use futures::{StreamExt, TryStreamExt};
use http::Method;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// What is read of a document: its paths, which are most of it, never come into memory.
#[derive(Debug, Deserialize)]
struct Document {
    #[serde(default)]
    components: Json,
}

/// The schema of every kind in these groups and versions (`apps/v1`). A server without OpenAPI v3, or without one of the
/// documents, leaves those to the built-in table.
pub async fn schema(
    cluster: &Cluster,
    api_versions: impl IntoIterator<Item = String>,
) -> Result<Schema, ClusterError> {
    let root = match cluster
        .send(Method::GET, "/openapi/v3", None, "read the server's schemas")
        .await
    {
        Err(error) if error.is_not_found() => return Ok(Schema::builtin()),
        root => root?,
    };
    let wanted: BTreeSet<String> = api_versions.into_iter().collect();
    // Collected, because a borrowing iterator would keep the future from moving to another thread.
    let urls: Vec<String> = wanted
        .iter()
        .filter_map(|api_version| url(&root, api_version))
        .map(str::to_owned)
        .collect();
    let documents: Vec<Json> = futures::stream::iter(urls)
        .map(|url| async move {
            let document: Document = cluster.read(&url, "read a schema of the server").await?;
            Ok::<_, ClusterError>(json!({"components": document.components}))
        })
        .buffer_unordered(super::live::AT_ONCE)
        .try_collect()
        .await?;
    if documents.is_empty() {
        return Ok(Schema::builtin());
    }
    Schema::from_openapi(&documents).map_err(|error| ClusterError::Unreadable {
        what: "the server's schema".to_owned(),
        reason: error.to_string(),
    })
}

/// Where the document of a group and version lies, as the root document says.
fn url<'a>(root: &'a Json, api_version: &str) -> Option<&'a str> {
    let prefix = if api_version.contains('/') { "apis" } else { "api" };
    root["paths"][format!("{prefix}/{api_version}")]["serverRelativeURL"].as_str()
}
