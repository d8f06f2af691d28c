//! Writes a stage's objects, and deletes what leaves the release.

use super::job::{JobObject, Purpose};
use super::worker::{Worker, failure};
use crate::apply::config_for;
use crate::apply::fields::FieldPath;
use crate::chart::manifest::ObjectKey;
use crate::cluster::apply::{Mode, apply, apply_as, fold};
use crate::cluster::{Cluster, ClusterError, Owner, Propagation};
use crate::plan::model::{Action, FieldConflict, TakeOver};
use crate::plan::{HANDOVER_MANAGER, is_kept};
use crate::rollout::{Event, Failure};
use serde_json::Value as Json;
use std::time::Duration;

/// How long a deleted object may take to go, in polls.
const POLLS: u32 = 300;
/// The time between two polls.
const POLL: Duration = Duration::from_millis(200);

impl Worker {
    /// Writes the objects of `stage` that the plan changes, in their order.
    pub(super) async fn apply_objects(&mut self, stage: usize) -> Result<(), Failure> {
        let objects = self.job.stages[stage].objects.clone();
        for object in objects.iter().filter(|object| object.action != Action::Unchanged) {
            if self.cancel.is_cancelled() {
                return Err(Failure::new("interrupted before all objects were applied"));
            }
            let key = &object.object.key;
            let live = self
                .apply_object(object)
                .await
                .map_err(|error| failure(error, Some(key)))?;
            if let Some(observing) = &self.observing {
                observing.note(key, live);
            }
            self.tell(Event::ObjectApplied {
                stage,
                key: key.clone(),
            });
        }
        Ok(())
    }

    async fn apply_object(&mut self, object: &JobObject) -> Result<Json, ClusterError> {
        let key = &object.object.key;
        let mut cluster = self.cluster.clone();
        if cluster.index().kind(&key.api_version, &key.kind).is_err() {
            // The kind may have come with an earlier stage.
            cluster = cluster.rediscover().await?;
            self.cluster = cluster.clone();
        }
        let body = self.job.owner.mark(&object.object.body);
        if let Some(live) = cluster.get(key).await? {
            self.job.owner.check(key, &live)?;
            if !self.written.contains(key) {
                approved_on(key, &body, object.planned_on.as_deref(), &live)?;
            }
            self.written.insert(key.clone());
            if matches!(object.action, Action::Recreate { .. }) {
                cluster.delete(key, Propagation::Foreground).await?;
                wait_until_gone(&cluster, key).await?;
            } else {
                let live = fold(&cluster, key, &live).await?.unwrap_or(live);
                hand_over(&cluster, key, &live, &object.hand_over).await?;
            }
        }
        self.written.insert(key.clone());
        let live = write(&cluster, key, &body, &self.job.take_over).await?;
        // What was agreed to has happened: a field that somebody takes afterwards is asked about again.
        self.job
            .take_over
            .retain(|agreed| !agreed.object.same_object(key));
        Ok(live)
    }

    /// Deletes what leaves the release with `stage`, the reverse of the order in which it was installed.
    pub(super) async fn prune(&mut self, stage: usize) -> Result<(), Failure> {
        let leaving = self.job.stages[stage].leaving.clone();
        if matches!(self.job.purpose, Purpose::Uninstall(_)) {
            self.note_uninstalling()
                .await
                .map_err(|error| failure(error, None))?;
        }
        for key in leaving.iter().rev() {
            remove(&self.cluster, &self.job.owner, key)
                .await
                .map_err(|error| failure(error, Some(key)))?;
        }
        if matches!(self.job.purpose, Purpose::Uninstall(_)) {
            self.wait_until_all_are_gone(&leaving).await?;
        }
        Ok(())
    }
}

/// Applies `body`. What an earlier rollout set up to keep a field is taken back; fields of others are taken over where
/// somebody has agreed to each of them.
pub(super) async fn write(
    cluster: &Cluster,
    key: &ObjectKey,
    body: &Json,
    take_over: &[TakeOver],
) -> Result<Json, ClusterError> {
    match apply(cluster, key, body, Mode::Apply).await {
        Err(ClusterError::Conflicts { .. }) => seize(cluster, key, body, take_over).await,
        result => result,
    }
}

/// Applies `body` by force where its conflicts are those that were agreed to, to the very object that has these conflicts:
/// a version that is newer is refused.
async fn seize(
    cluster: &Cluster,
    key: &ObjectKey,
    body: &Json,
    take_over: &[TakeOver],
) -> Result<Json, ClusterError> {
    let live = cluster.get(key).await?.unwrap_or_default();
    let mut pinned = body.clone();
    pinned["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"].clone();
    let agreed = |conflict: &FieldConflict| {
        conflict.manager_name() == HANDOVER_MANAGER
            || take_over.iter().any(|agreed| agreed.covers(key, conflict))
    };
    let forced = match apply(cluster, key, &pinned, Mode::Apply).await {
        Err(ClusterError::Conflicts { conflicts, .. }) if conflicts.iter().all(agreed) => {
            apply(cluster, key, &pinned, Mode::ApplyForced).await
        }
        result => result,
    };
    match forced {
        // Somebody was faster; or this very write had got through, and its answer had not, before it was sent again. What
        // stands there now tells: without force nothing is lost.
        Err(ClusterError::Changed { .. }) => apply(cluster, key, body, Mode::Apply).await,
        result => result,
    }
}

/// Gives the present values of `fields` to another manager, so that they stay when the release drops them.
async fn hand_over(
    cluster: &Cluster,
    key: &ObjectKey,
    live: &Json,
    fields: &[String],
) -> Result<(), ClusterError> {
    if fields.is_empty() {
        return Ok(());
    }
    let paths: Vec<FieldPath> = fields
        .iter()
        .map(|field| FieldPath::of_fields(&field.split('.').collect::<Vec<_>>()))
        .collect();
    apply_as(
        cluster,
        key,
        &config_for(live, &paths),
        Mode::Apply,
        HANDOVER_MANAGER,
    )
    .await
    .map(|_| ())
}

/// Deletes an object of the release, unless it is to be kept. One that is not the release's own is left alone.
pub(super) async fn remove(cluster: &Cluster, owner: &Owner, key: &ObjectKey) -> Result<(), ClusterError> {
    let Some(live) = cluster.get(key).await? else {
        return Ok(());
    };
    if is_kept(&live) || owner.check(key, &live).is_err() {
        return Ok(());
    }
    cluster.delete(key, Propagation::Background).await.map(|_| ())
}

/// Waits until a deleted object is gone.
pub(super) async fn wait_until_gone(cluster: &Cluster, key: &ObjectKey) -> Result<(), ClusterError> {
    for _ in 0..POLLS {
        match cluster.get(key).await? {
            None => return Ok(()),
            Some(_) => tokio::time::sleep(POLL).await,
        }
    }
    Err(ClusterError::Api {
        what: format!("delete {key}"),
        code: 0,
        message: "it is still there after a minute; a finalizer may hold it".to_owned(),
    })
}

/// What is applied must be what was approved: the fields that the release sets are as the plan saw them.
fn approved_on(
    key: &ObjectKey,
    body: &Json,
    planned: Option<&Json>,
    live: &Json,
) -> Result<(), ClusterError> {
    let same = planned.is_some_and(|planned| same_where(body, planned, live));
    if same {
        Ok(())
    } else {
        Err(ClusterError::Changed {
            what: key.to_string(),
        })
    }
}

/// Whether `a` and `b` are alike in all that `config` speaks of. Lists are compared as a whole.
fn same_where(config: &Json, a: &Json, b: &Json) -> bool {
    match (config, a, b) {
        (Json::Object(fields), Json::Object(a), Json::Object(b)) => {
            fields
                .iter()
                .all(|(name, field)| match (a.get(name), b.get(name)) {
                    (Some(a), Some(b)) => same_where(field, a, b),
                    (a, b) => a == b,
                })
        }
        (_, a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_the_release_sets_counts_as_changed() {
        let config = json!({"spec": {"image": "a:2", "list": [1]}});
        let planned =
            json!({"spec": {"image": "a:1", "replicas": 3, "list": [1, 2]}, "status": {"ready": 1}});
        let scaled = json!({"spec": {"image": "a:1", "replicas": 7, "list": [1, 2]}, "status": {}});
        let edited = json!({"spec": {"image": "b", "replicas": 3, "list": [1, 2]}});
        assert!(same_where(&config, &planned, &scaled));
        assert!(!same_where(&config, &planned, &edited));
        assert!(!same_where(
            &config,
            &planned,
            &json!({"spec": {"image": "a:1", "list": [2]}})
        ));
    }
}
