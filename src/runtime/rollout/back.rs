//! Takes a stage, or everything, back to what was deployed before.

use super::objects::{remove, write};
use super::worker::{Worker, failure, unix_now};
use crate::chart::manifest::{Hook, HookEvent, Manifest, ManifestObject};
use crate::cluster::ClusterError;
use crate::cluster::apply::fold;
use crate::cluster::release::{Record, Status};
use crate::plan::is_kept;
use crate::rollout::{Extent, Failure};
use jiff::Timestamp;

impl Worker {
    /// Rolls back, and records it as a revision of its own; where nothing was deployed before, what this rollout created
    /// is removed together with its records.
    pub(super) async fn roll_back(&mut self, extent: Extent) -> Result<(), Failure> {
        let history = self
            .releases
            .history()
            .await
            .map_err(|error| failure(error, None))?;
        let target = match extent {
            Extent::Stage(_) => history
                .iter()
                .rev()
                .find(|record| record.status() == Status::Deployed)
                .cloned(),
            Extent::All => self.job.origin.clone(),
        };
        match target {
            Some(target) => self.go_back_to(&target, &history).await?,
            None => self
                .remove_everything(&history)
                .await
                .map_err(|error| failure(error, None))?,
        }
        for (stage, reached) in self.reached.iter_mut().enumerate() {
            *reached &= extent != Extent::All && extent != Extent::Stage(stage);
        }
        self.current = None;
        Ok(())
    }

    async fn go_back_to(&mut self, target: &Record, history: &[Record]) -> Result<(), Failure> {
        let fail = |error| failure(error, None);
        let Some(last) = history.last() else {
            return Err(Failure::new("the release has no record any more"));
        };
        let revision = last.revision() + 1;
        let mut protected = vec![target.revision()];
        protected.extend(self.job.origin.as_ref().map(Record::revision));
        self.releases
            .prune(self.first_revision.unwrap_or(revision), &protected)
            .await
            .map_err(fail)?;
        let mut record = target.rolled_back_to(revision, last, &Timestamp::now().to_string());
        self.releases
            .create(&mut record, unix_now())
            .await
            .map_err(fail)?;
        self.current = Some(record);
        let newer: Vec<&Record> = history
            .iter()
            .filter(|record| record.revision() > target.revision())
            .collect();
        let result = self.restore(target, &newer).await;
        let Some(mut record) = self.current.take() else {
            return result;
        };
        if let Err(failed) = &result {
            let why = format!("Rollback to {}: {}", target.revision(), failed.message);
            record.set_status(Status::Failed, Some(&why));
            self.releases
                .update(&mut record, unix_now())
                .await
                .map_err(fail)?;
        } else {
            let description = format!("Rollback to {}", target.revision());
            self.releases
                .deploy(&mut record, &description, unix_now())
                .await
                .map_err(fail)?;
        }
        result
    }

    /// Brings the cluster to what `target` records. `newer` are the revisions since.
    async fn restore(&mut self, target: &Record, newer: &[&Record]) -> Result<(), Failure> {
        self.run_hooks_of(target, HookEvent::PreRollback).await?;
        let wanted = self.resolved(target).map_err(|error| failure(error, None))?;
        let mut since = Vec::new();
        for record in newer {
            since.push(self.resolved(record).map_err(|error| failure(error, None))?);
        }
        let present = self.job.objects_after(&self.reached);
        for object in wanted.iter().filter(|object| self.touched(object, &since)) {
            self.restore_object(object)
                .await
                .map_err(|error| failure(error, Some(&object.key)))?;
        }
        for object in present.iter().rev().filter(|object| !is_kept(&object.body)) {
            if !wanted.iter().any(|wanted| wanted.key.same_object(&object.key)) {
                let key = &object.key;
                remove(&self.cluster, &self.job.owner, key)
                    .await
                    .map_err(|error| failure(error, Some(key)))?;
            }
        }
        self.run_hooks_of(target, HookEvent::PostRollback).await
    }

    /// Whether the rollout has written the object, or some revision since was to have it otherwise, whoever made that one
    /// and however it ended. What nobody has touched is none of a rollback's business: others may have changed it meanwhile.
    fn touched(&self, object: &ManifestObject, since: &[Vec<ManifestObject>]) -> bool {
        let as_it_was = |other: &ManifestObject| {
            other.key.same_object(&object.key) && other.text.trim_end() == object.text.trim_end()
        };
        let changed = |objects: &Vec<ManifestObject>| !objects.iter().any(as_it_was);
        self.written.contains(&object.key) || since.iter().any(changed)
    }

    async fn restore_object(&self, object: &ManifestObject) -> Result<(), ClusterError> {
        if let Some(live) = self.cluster.get(&object.key).await? {
            self.job.owner.check(&object.key, &live)?;
            fold(&self.cluster, &object.key, &live).await?;
        }
        let body = self.job.owner.mark(&object.body);
        write(&self.cluster, &object.key, &body, &self.job.take_over)
            .await
            .map(|_| ())
    }

    async fn run_hooks_of(&mut self, target: &Record, event: HookEvent) -> Result<(), Failure> {
        let recorded = Manifest {
            hooks: target.hooks(),
            ..Manifest::default()
        };
        let mut hooks: Vec<Hook> = recorded.hooks_at(event).into_iter().cloned().collect();
        for hook in &mut hooks {
            let key = hook.object.key.clone();
            hook.object.key = self.cluster.index().resolve(key, &self.job.owner.namespace);
        }
        for at in 0..hooks.len() {
            self.carry_out(&hooks, at).await?;
        }
        Ok(())
    }

    /// The objects of a record with the namespaces that they are in.
    fn resolved(&self, record: &Record) -> Result<Vec<ManifestObject>, ClusterError> {
        let mut objects = record.objects().map_err(|error| ClusterError::Unreadable {
            what: format!("revision {}", record.revision()),
            reason: error.to_string(),
        })?;
        for object in &mut objects {
            object.key = self
                .cluster
                .index()
                .resolve(object.key.clone(), &self.job.owner.namespace);
        }
        Ok(objects)
    }

    /// Nothing was deployed before: what the rollout has made goes, and so do its records. Claims of stateful sets and
    /// generated Secrets stay: they may hold what cannot be made again.
    async fn remove_everything(&mut self, history: &[Record]) -> Result<(), ClusterError> {
        let present = self.job.objects_after(&self.reached);
        for object in present.iter().rev().filter(|object| !is_kept(&object.body)) {
            remove(&self.cluster, &self.job.owner, &object.key).await?;
        }
        let first = self.first_revision.unwrap_or(i64::MAX);
        for record in history.iter().filter(|record| record.revision() >= first) {
            self.releases.delete(record.revision()).await?;
        }
        Ok(())
    }
}
