//! Stores generated Secrets: created, or keys added to one of our own, never a value changed.

use crate::chart::manifest::ObjectKey;
use crate::cluster::{Cluster, ClusterError};
use crate::secrets::{MANAGED_BY_US, NewSecret};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use serde_json::{Value as Json, json};

const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// Stores `secret` in `namespace`.
pub(super) async fn store(
    cluster: &Cluster,
    namespace: &str,
    secret: &NewSecret,
) -> Result<(), ClusterError> {
    let key = ObjectKey {
        api_version: "v1".to_owned(),
        kind: "Secret".to_owned(),
        namespace: Some(namespace.to_owned()),
        name: secret.name.clone(),
    };
    let Some(mut live) = cluster.get(&key).await? else {
        let mut body = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": {"name": key.name, "namespace": namespace, "labels": {MANAGED_BY: MANAGED_BY_US}},
            "data": {},
        });
        add(&mut body, secret);
        return cluster.create(&key, &body).await.map(|_| ());
    };
    if live["metadata"]["labels"][MANAGED_BY] != MANAGED_BY_US {
        return Err(ClusterError::Changed {
            what: key.to_string(),
        });
    }
    add(&mut live, secret);
    cluster.replace(&key, &live).await.map(|_| ())
}

/// Adds the keys that `body` does not have yet.
fn add(body: &mut Json, secret: &NewSecret) {
    if !body["data"].is_object() {
        body["data"] = json!({});
    }
    for (name, value) in &secret.data {
        if body["data"].get(name).is_none() {
            body["data"][name] = json!(STANDARD.encode(value.expose_secret()));
        }
    }
}
