//! What is particular about removing a release: its record says so first, and goes last.

use super::job::Leftovers;
use super::worker::{Worker, failure, unix_now};
use crate::chart::manifest::ObjectKey;
use crate::cluster::release::Status;
use crate::cluster::{ClusterError, Propagation};
use crate::rollout::Failure;
use std::time::Duration;
use tokio::time::Instant;

/// The time between two looks at what is to go.
const POLL: Duration = Duration::from_millis(300);

impl Worker {
    /// Records that the release is being removed, in Helm's words. Returns the revision that says so.
    pub(super) async fn begin_uninstall(&mut self) -> Result<i64, ClusterError> {
        let Some(mut last) = self.releases.history().await?.pop() else {
            return Err(ClusterError::NotFound {
                what: format!("the record of the release {}", self.job.owner.release),
            });
        };
        last.set_status(
            Status::Uninstalling,
            Some("Deletion in progress (or silently failed)"),
        );
        self.releases.update(&mut last, unix_now()).await?;
        let revision = last.revision();
        self.current = Some(last);
        Ok(revision)
    }

    /// Removes what is left of the release: Secrets of ours where that was asked for, an unfinished rollout, the record.
    pub(super) async fn end_uninstall(&mut self, leftovers: Leftovers) -> Result<(), ClusterError> {
        for secret in &leftovers.secrets {
            self.cluster.delete(secret, Propagation::Background).await?;
        }
        if leftovers.keep_history {
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
