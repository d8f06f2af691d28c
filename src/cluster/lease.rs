//! The Lease that keeps a second operator out of a release.

use super::text::clean;
use super::{Cluster, ClusterError, Propagation};
use crate::chart::manifest::ObjectKey;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

/// How long a lease holds without being renewed, in seconds.
pub const DURATION: i64 = 60;
/// How often it is renewed, in seconds.
pub const RENEWAL: u64 = 15;

/// Who holds a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its name for itself: `ada@laptop`.
    pub name: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// Whether it has renewed the lease in time.
    pub alive: bool,
}

/// The lease of one release.
#[derive(Debug, Clone)]
pub struct Lease {
    cluster: Cluster,
    key: ObjectKey,
    identity: String,
}

impl Lease {
    /// The lease of `release` in `namespace`, for the operator `identity`.
    #[must_use]
    pub fn new(cluster: Cluster, namespace: &str, release: &str, identity: &str) -> Self {
        let key = ObjectKey {
            api_version: "coordination.k8s.io/v1".to_owned(),
            kind: "Lease".to_owned(),
            namespace: Some(namespace.to_owned()),
            name: format!("mesh-tui.{release}"),
        };
        Self {
            cluster,
            key,
            identity: identity.to_owned(),
        }
    }

    /// Who holds it now, whether alive or not.
    pub async fn holder(&self, now: Timestamp) -> Result<Option<Holder>, ClusterError> {
        Ok(self
            .cluster
            .get(&self.key)
            .await?
            .and_then(|lease| holder(&lease, now)))
    }

    /// Takes it, unless somebody alive holds it.
    pub async fn acquire(&self, now: Timestamp) -> Result<(), ClusterError> {
        let Some(live) = self.cluster.get(&self.key).await? else {
            return match self.cluster.create(&self.key, &self.body(now, now, None)).await {
                // Somebody was faster in this very moment.
                Err(ClusterError::AlreadyExists { .. }) => Err(self.held(now).await),
                result => result.map(|_| ()),
            };
        };
        if let Some(holder) = holder(&live, now).filter(|holder| holder.alive && holder.name != self.identity)
        {
            return Err(ClusterError::Held {
                holder: holder.name,
                since: holder.since,
            });
        }
        match self
            .cluster
            .replace(&self.key, &self.body(now, now, Some(&live)))
            .await
        {
            Err(ClusterError::Changed { .. }) => Err(self.held(now).await),
            result => result.map(|_| ()),
        }
    }

    /// Renews it; an error where somebody else has taken it.
    pub async fn renew(&self, now: Timestamp) -> Result<(), ClusterError> {
        let live = self.cluster.get(&self.key).await?;
        let (Some(live), Some(holder)) = (&live, live.as_ref().and_then(|lease| holder(lease, now))) else {
            return Err(ClusterError::NotFound {
                what: "the lease of the release".to_owned(),
            });
        };
        if holder.name != self.identity {
            return Err(ClusterError::Held {
                holder: holder.name,
                since: holder.since,
            });
        }
        let since = live["spec"]["acquireTime"]
            .as_str()
            .and_then(|at| at.parse().ok())
            .unwrap_or(now);
        self.cluster
            .replace(&self.key, &self.body(now, since, Some(live)))
            .await
            .map(|_| ())
    }

    /// Gives it back, if it is still ours.
    pub async fn release(&self, now: Timestamp) -> Result<(), ClusterError> {
        match self.holder(now).await? {
            Some(holder) if holder.name == self.identity => self.remove().await,
            _ => Ok(()),
        }
    }

    /// Removes it, whoever holds it: what `unlock` does after a person said so.
    pub async fn remove(&self) -> Result<(), ClusterError> {
        self.cluster
            .delete(&self.key, Propagation::Background)
            .await
            .map(|_| ())
    }

    async fn held(&self, now: Timestamp) -> ClusterError {
        match self.holder(now).await {
            Ok(Some(holder)) => ClusterError::Held {
                holder: holder.name,
                since: holder.since,
            },
            _ => ClusterError::Changed {
                what: "the lease of the release".to_owned(),
            },
        }
    }

    fn body(&self, now: Timestamp, since: Timestamp, live: Option<&Json>) -> Json {
        let transitions = live
            .and_then(|lease| lease["spec"]["leaseTransitions"].as_i64())
            .unwrap_or(0);
        let mut metadata = json!({
            "name": self.key.name,
            "namespace": self.key.namespace,
            "labels": {"app.kubernetes.io/managed-by": "mesh-tui"},
        });
        if let Some(version) = live.map(|lease| &lease["metadata"]["resourceVersion"]) {
            metadata["resourceVersion"] = version.clone();
        }
        json!({
            "apiVersion": self.key.api_version,
            "kind": self.key.kind,
            "metadata": metadata,
            "spec": {
                "holderIdentity": self.identity,
                "leaseDurationSeconds": DURATION,
                "acquireTime": micro(since),
                "renewTime": micro(now),
                "leaseTransitions": transitions + i64::from(now == since && live.is_some()),
            },
        })
    }
}

/// The API's `MicroTime`.
fn micro(at: Timestamp) -> String {
    format!("{at:.6}")
}

fn holder(lease: &Json, now: Timestamp) -> Option<Holder> {
    let spec = &lease["spec"];
    let name = spec["holderIdentity"].as_str().filter(|name| !name.is_empty())?;
    let seconds = spec["leaseDurationSeconds"].as_i64().unwrap_or(DURATION);
    let renewed: Option<Timestamp> = spec["renewTime"].as_str().and_then(|at| at.parse().ok());
    let until = renewed.and_then(|at| at.checked_add(SignedDuration::from_secs(seconds)).ok());
    Some(Holder {
        name: clean(name),
        since: clean(spec["acquireTime"].as_str().unwrap_or_default()),
        alive: until.is_some_and(|until| until > now),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_holder_is_alive_until_its_time_is_over() {
        let now: Timestamp = "2026-01-01T00:01:00Z".parse().unwrap();
        let lease = |renewed: &str| {
            json!({"spec": {"holderIdentity": "ada", "leaseDurationSeconds": 60, "renewTime": renewed,
                "acquireTime": "2026-01-01T00:00:00.000000Z"}})
        };
        assert!(holder(&lease("2026-01-01T00:00:30.000000Z"), now).unwrap().alive);
        assert!(!holder(&lease("2025-12-31T23:59:59.000000Z"), now).unwrap().alive);
        assert_eq!(holder(&json!({"spec": {}}), now), None);
    }

    #[test]
    fn times_have_six_digits() {
        assert_eq!(
            micro("2026-01-01T00:00:00.5Z".parse().unwrap()),
            "2026-01-01T00:00:00.500000Z"
        );
    }
}
