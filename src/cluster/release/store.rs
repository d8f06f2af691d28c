//! The revisions of one release in the cluster.

use super::codec;
use super::prune::superfluous;
use super::record::{Record, Status};
use crate::chart::manifest::ObjectKey;
use crate::cluster::{Cluster, ClusterError, Propagation};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// How large a record may be, in bytes: what the API server takes for a Secret, less its frame.
pub const LIMIT: usize = 1024 * 1024 - 4096;
/// How many revisions are kept, as Helm does unless told otherwise.
const HISTORY: usize = 10;

/// The storage of one release.
#[derive(Debug, Clone)]
pub struct Releases {
    cluster: Cluster,
    namespace: String,
    release: String,
}

impl Releases {
    /// The storage of `release` in `namespace`.
    #[must_use]
    pub fn new(cluster: Cluster, namespace: &str, release: &str) -> Self {
        Self {
            cluster,
            namespace: namespace.to_owned(),
            release: release.to_owned(),
        }
    }

    /// All revisions, the oldest first. A Secret that holds no readable release is an error: it may be the deployed one.
    pub async fn history(&self) -> Result<Vec<Record>, ClusterError> {
        let labels = format!("name={},owner=helm", self.release);
        let secrets = self
            .cluster
            .list("v1", "Secret", Some(&self.namespace), &labels)
            .await?;
        let mut records = secrets.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        records.sort_by_key(Record::revision);
        Ok(records)
    }

    /// All releases in the namespace: each one's newest revision.
    pub async fn all(cluster: &Cluster, namespace: &str) -> Result<Vec<Record>, ClusterError> {
        let secrets = cluster
            .list("v1", "Secret", Some(namespace), "owner=helm")
            .await?;
        let mut newest: BTreeMap<String, Record> = BTreeMap::new();
        // One release that cannot be read does not hide the others.
        for record in secrets.iter().filter_map(|secret| read(secret).ok()) {
            let known = newest
                .entry(record.name().to_owned())
                .or_insert_with(|| record.clone());
            if known.revision() < record.revision() {
                *known = record;
            }
        }
        Ok(newest.into_values().collect())
    }

    /// Creates the revision; where it exists already, somebody else was faster.
    pub async fn create(&self, record: &mut Record, unix_time: i64) -> Result<(), ClusterError> {
        record
            .labels
            .insert("createdAt".to_owned(), unix_time.to_string());
        let secret = self.secret(record)?;
        let written = match self.cluster.create(&self.key(record.revision()), &secret).await {
            Err(ClusterError::AlreadyExists { .. }) => {
                return Err(ClusterError::Changed {
                    what: format!("revision {} of the release", record.revision()),
                });
            }
            Err(ClusterError::Refused { message, .. }) if message.contains("not found") => {
                return Err(ClusterError::NotFound {
                    what: format!("the namespace {}", self.namespace),
                });
            }
            result => result?,
        };
        record.resource_version = resource_version(&written);
        Ok(())
    }

    /// Writes the revision anew, only if nobody else has since.
    pub async fn update(&self, record: &mut Record, unix_time: i64) -> Result<(), ClusterError> {
        record
            .labels
            .insert("modifiedAt".to_owned(), unix_time.to_string());
        let secret = self.secret(record)?;
        let written = self
            .cluster
            .replace(&self.key(record.revision()), &secret)
            .await?;
        record.resource_version = resource_version(&written);
        Ok(())
    }

    /// Deletes one revision.
    pub async fn delete(&self, revision: i64) -> Result<(), ClusterError> {
        self.cluster
            .delete(&self.key(revision), Propagation::Background)
            .await
            .map(|_| ())
    }

    /// Supersedes every other deployed revision, then records `record` as deployed.
    ///
    /// In this order, as Helm does it: after a crash in between there is none deployed rather than two.
    pub async fn deploy(
        &self,
        record: &mut Record,
        description: &str,
        unix_time: i64,
    ) -> Result<(), ClusterError> {
        for mut other in self.history().await? {
            if other.status() == Status::Deployed && other.revision() != record.revision() {
                other.set_status(Status::Superseded, None);
                self.update(&mut other, unix_time).await?;
            }
        }
        record.set_status(Status::Deployed, Some(description));
        self.update(record, unix_time).await
    }

    /// Makes room for one more revision. `rollout_began` is the first revision of the rollout that runs.
    pub async fn prune(&self, rollout_began: i64, protected: &[i64]) -> Result<(), ClusterError> {
        let history = self.history().await?;
        for revision in superfluous(&history, HISTORY - 1, rollout_began, protected) {
            self.delete(revision).await?;
        }
        Ok(())
    }

    /// Fails where the record would be larger than a Secret may be.
    pub fn check_size(record: &Record) -> Result<(), ClusterError> {
        encoded(record).map(|_| ())
    }

    fn key(&self, revision: i64) -> ObjectKey {
        ObjectKey {
            api_version: "v1".to_owned(),
            kind: "Secret".to_owned(),
            namespace: Some(self.namespace.clone()),
            name: format!("sh.helm.release.v1.{}.v{revision}", self.release),
        }
    }

    fn secret(&self, record: &Record) -> Result<Json, ClusterError> {
        let mut secret = record.to_secret()?;
        secret["metadata"]["name"] = json!(self.key(record.revision()).name);
        secret["metadata"]["namespace"] = json!(self.namespace);
        Ok(secret)
    }
}

impl Record {
    /// The Secret that holds it, as Helm's Secret driver writes it.
    pub fn to_secret(&self) -> Result<Json, ClusterError> {
        let mut metadata = json!({
            "name": format!("sh.helm.release.v1.{}.v{}", self.name(), self.revision()),
            "namespace": self.document["namespace"],
            "labels": self.secret_labels(),
        });
        if let Some(version) = &self.resource_version {
            metadata["resourceVersion"] = json!(version);
        }
        Ok(json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "helm.sh/release.v1",
            "metadata": metadata,
            "data": {"release": STANDARD.encode(encoded(self)?)},
        }))
    }
}

fn encoded(record: &Record) -> Result<String, ClusterError> {
    let text = codec::encode(&record.document).map_err(|error| ClusterError::Unreadable {
        what: "the record of the release".to_owned(),
        reason: error.to_string(),
    })?;
    if text.len() > LIMIT {
        return Err(ClusterError::TooLarge {
            size: text.len(),
            limit: LIMIT,
        });
    }
    Ok(text)
}

fn resource_version(secret: &Json) -> Option<String> {
    secret["metadata"]["resourceVersion"].as_str().map(str::to_owned)
}

fn read(secret: &Json) -> Result<Record, ClusterError> {
    let name = secret["metadata"]["name"].as_str().unwrap_or_default();
    let fail = |reason: String| ClusterError::Unreadable {
        what: format!("the release record {name}"),
        reason,
    };
    let data = secret["data"]["release"].as_str().unwrap_or_default();
    let data = STANDARD.decode(data).map_err(|error| fail(error.to_string()))?;
    let labels = secret["metadata"]["labels"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    Ok(Record {
        document: codec::decode(&data).map_err(fail)?,
        labels: labels
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
            .collect(),
        resource_version: resource_version(secret),
    })
}
