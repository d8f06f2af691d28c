//! The live objects of a plan, read beside each other.

use super::api::Cluster;
use super::error::ClusterError;
use crate::apply::managed::ManagedFields;
use crate::chart::manifest::ObjectKey;
use futures::{StreamExt, TryStreamExt};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many requests are under way at once.
pub(super) const AT_ONCE: usize = 24;

/// The live objects by their key, with their managed fields packed ([`ManagedFields::pack`]); `None` for one that does not exist. Keys must have been resolved ([`super::discovery::ApiIndex::resolve`]).
pub async fn fetch(
    cluster: &Cluster,
    keys: impl IntoIterator<Item = ObjectKey>,
) -> Result<BTreeMap<ObjectKey, Option<Arc<Json>>>, ClusterError> {
    futures::stream::iter(keys)
        .map(|key| async move {
            let mut body = cluster.get(&key).await?;
            body.iter_mut().for_each(ManagedFields::pack);
            Ok((key, body.map(Arc::new)))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}
