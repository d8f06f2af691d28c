//! What is particular about removing a release: its record says so first, and goes last.

use super::job::Leftovers;
use super::worker::{Worker, failure, unix_now};
use crate::chart::manifest::ObjectKey;
use crate::cluster::apply::MANAGED_BY;
use crate::cluster::release::{Record, Status};
use crate::cluster::{ClusterError, Propagation};
use crate::rollout::Failure;
use crate::secrets::MANAGED_BY_US;
use std::time::Duration;
use tokio::time::Instant;

/// The time between two looks at what is to go.
const POLL: Duration = Duration::from_millis(300);

impl Worker {
    /// Takes up the newest revision. It says nothing of the removal before the hooks have run: until then nothing has
    /// changed.
    pub(super) async fn begin_uninstall(&mut self) -> Result<i64, ClusterError> {
        let Some(last) = self.releases.history().await?.pop() else {
            return Err(ClusterError::NotFound {
                what: format!("the record of the release {}", self.job.owner.release),
            });
        };
        let revision = last.revision();
        self.current = Some(last);
        Ok(revision)
    }

    /// Records in Helm's words that the release is being removed. It says so until the end, also after a failure: a release
    /// of which some objects are gone is no deployed one, nor one that a rollout may go on from.
    pub(super) async fn note_uninstalling(&mut self) -> Result<(), ClusterError> {
        if let Some(record) = &mut self.current {
            record.set_status(
                Status::Uninstalling,
                Some("Deletion in progress (or silently failed)"),
            );
            self.releases.update(record, unix_now()).await?;
        }
        Ok(())
    }

    /// Removes what is left of the release: Secrets of ours where that was asked for, an unfinished rollout, the record.
    pub(super) async fn end_uninstall(&mut self, leftovers: Leftovers) -> Result<(), ClusterError> {
        for secret in &leftovers.secrets {
            let live = self.cluster.get(secret).await?;
            if live.is_some_and(|live| live["metadata"]["labels"][MANAGED_BY] == MANAGED_BY_US) {
                self.cluster.delete(secret, Propagation::Background).await?;
            }
        }
        // Before the record: without one there is nothing that an unfinished rollout could go on with.
        self.states.clear().await?;
        if leftovers.keep_history {
            self.supersede_deployed().await?;
            if let Some(record) = &mut self.current {
                record.set_status(Status::Uninstalled, Some("Uninstallation complete"));
                self.releases.update(record, unix_now()).await?;
            }
            return Ok(());
        }
        // The newest goes last: until then everybody can see what is under way.
        for record in self.releases.history().await? {
            self.releases.delete(record.revision()).await?;
        }
        Ok(())
    }

    /// Only one revision says what has become of the release.
    async fn supersede_deployed(&self) -> Result<(), ClusterError> {
        let newest = self.current.as_ref().map(Record::revision);
        for mut other in self.releases.history().await? {
            if other.status() == Status::Deployed && Some(other.revision()) != newest {
                other.set_status(Status::Superseded, None);
                self.releases.update(&mut other, unix_now()).await?;
            }
        }
        Ok(())
    }

    /// Waits until the objects that were deleted are gone, as long as a stage may take.
    pub(super) async fn wait_until_all_are_gone(&self, keys: &[ObjectKey]) -> Result<(), Failure> {
        let until = Instant::now() + Duration::from_secs(self.job.stage_timeout);
        for key in keys {
            while let Some(live) = self
                .cluster
                .get(key)
                .await
                .map_err(|error| failure(error, Some(key)))?
            {
                // What is kept, or belongs to somebody else, was not deleted.
                if live["metadata"]["deletionTimestamp"].is_null() {
                    break;
                }
                if self.cancel.is_cancelled() {
                    return Err(Failure::new("interrupted while objects were going away"));
                }
                if Instant::now() >= until {
                    return Err(still_there(key, &live["metadata"]["finalizers"]));
                }
                tokio::time::sleep(POLL).await;
            }
        }
        Ok(())
    }
}

fn still_there(key: &ObjectKey, finalizers: &serde_json::Value) -> Failure {
    let names: Vec<String> = finalizers
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_str)
        .map(crate::cluster::text::clean)
        .collect();
    let mut failed = Failure::new(format!("{key} was deleted and is still there"));
    failed.object = Some(key.clone());
    if !names.is_empty() {
        failed.advice.push(format!(
            "its finalizers hold it: {}; see that what set them does its work",
            names.join(", ")
        ));
    }
    failed
}
