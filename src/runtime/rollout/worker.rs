//! Performs effects, one after the other, and answers each with its event.

use super::job::{Job, Purpose, known_bodies};
use super::lease::Renewal;
use super::observe::Observing;
use crate::chart::manifest::{Manifest, ObjectKey};
use crate::cluster::lease::Lease;
use crate::cluster::release::{NewRevision, Record, Releases, Status};
use crate::cluster::state::{RolloutState, StateStore};
use crate::cluster::{Cluster, ClusterError};
use crate::rollout::{Effect, Event, Failure};
use jiff::Timestamp;
use std::collections::BTreeSet;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Holds what a rollout needs to act.
pub(super) struct Worker {
    pub(super) job: Job,
    pub(super) cluster: Cluster,
    pub(super) releases: Releases,
    pub(super) lease: Lease,
    pub(super) states: StateStore,
    pub(super) events: mpsc::UnboundedSender<Event>,
    pub(super) cancel: CancellationToken,
    pub(super) observing: Option<Observing>,
    renewal: Option<Renewal>,
    /// The revision of the stage that runs.
    pub(super) current: Option<Record>,
    /// Which stages' objects have been applied, or are about to be.
    pub(super) reached: Vec<bool>,
    /// The first revision of this rollout.
    pub(super) first_revision: Option<i64>,
    /// What this rollout has written itself.
    pub(super) written: BTreeSet<ObjectKey>,
    /// Whether the Secrets of the job exist.
    secrets_made: bool,
}

impl Worker {
    pub(super) fn new(
        cluster: Cluster,
        job: Job,
        events: mpsc::UnboundedSender<Event>,
        cancel: CancellationToken,
    ) -> Self {
        let (release, namespace) = (job.owner.release.as_str(), job.owner.namespace.as_str());
        Self {
            releases: Releases::new(cluster.clone(), namespace, release),
            lease: Lease::new(cluster.clone(), namespace, release, &job.operator),
            states: StateStore::new(cluster.clone(), namespace, release),
            reached: vec![false; job.stages.len()],
            cluster,
            events,
            cancel,
            observing: None,
            renewal: None,
            current: None,
            first_revision: job.first_revision,
            written: BTreeSet::new(),
            secrets_made: false,
            job,
        }
    }

    /// Performs effects until there are no more.
    pub(super) async fn run(mut self, mut effects: mpsc::UnboundedReceiver<Effect>) {
        while let Some(effect) = effects.recv().await {
            if let Some(event) = self.perform(effect).await {
                self.tell(event);
            }
        }
    }

    pub(super) fn tell(&self, event: Event) {
        // A machine that has finished needs no more events.
        let _ = self.events.send(event);
    }

    async fn perform(&mut self, effect: Effect) -> Option<Event> {
        Some(match effect {
            Effect::AcquireLease => Event::Lease(self.acquire().await.map_err(|error| failure(error, None))),
            Effect::SaveState { next } => {
                Event::StateSaved(self.save_state(next).await.map_err(|error| failure(error, None)))
            }
            Effect::CreateRevision { stage } => {
                let result = self
                    .create_revision(stage)
                    .await
                    .map_err(|error| failure(error, None));
                Event::RevisionCreated { stage, result }
            }
            Effect::RunHook { stage, hook } => {
                let result = self.run_hook(stage, &hook).await;
                Event::HookFinished { stage, hook, result }
            }
            Effect::ApplyObjects { stage } => {
                let result = self.apply_objects(stage).await;
                Event::StageApplied { stage, result }
            }
            Effect::Observe { stage } => {
                self.observe(stage).await;
                return None;
            }
            Effect::StopObserving => {
                self.observing = None;
                return None;
            }
            Effect::Prune { stage } => {
                let result = self.prune(stage).await;
                Event::Pruned { stage, result }
            }
            Effect::RecordDeployed { stage } => {
                let result = self
                    .record_deployed(stage)
                    .await
                    .map_err(|error| failure(error, None));
                Event::Recorded { stage, result }
            }
            Effect::RecordFailed { stage, why } => {
                let result = self
                    .record_failed(stage, &why)
                    .await
                    .map_err(|error| failure(error, None));
                Event::FailureRecorded { stage, result }
            }
            Effect::RollBack(extent) => Event::RolledBack(self.roll_back(extent).await),
            Effect::Close { ended } => {
                Event::Closed(self.close(ended).await.map_err(|error| failure(error, None)))
            }
            Effect::FetchLogs { .. } | Effect::StartTimer { .. } | Effect::Finish(_) => return None,
        })
    }

    /// Makes sure of the namespace, takes the lease, and sees to it that the release is as the plan saw it.
    async fn acquire(&mut self) -> Result<(), ClusterError> {
        self.ensure_namespace().await?;
        self.lease.acquire(Timestamp::now()).await?;
        match self.check_release().await {
            Ok(()) => {
                self.renewal = Some(Renewal::start(self.lease.clone(), self.events.clone()));
                Ok(())
            }
            Err(error) => {
                self.lease.release(Timestamp::now()).await?;
                Err(error)
            }
        }
    }

    async fn ensure_namespace(&self) -> Result<(), ClusterError> {
        let key = ObjectKey {
            api_version: "v1".to_owned(),
            kind: "Namespace".to_owned(),
            namespace: None,
            name: self.job.owner.namespace.clone(),
        };
        if self.cluster.get(&key).await?.is_some() {
            return Ok(());
        }
        if !self.job.create_namespace {
            return Err(ClusterError::NotFound {
                what: format!("the namespace {}", key.name),
            });
        }
        let body =
            serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": key.name}});
        self.cluster.create(&key, &body).await.map(|_| ())
    }

    /// The release must be where the plan found it, and its record must fit into a Secret. A revision that an earlier run
    /// left pending is recorded as failed where this run goes on from it.
    async fn check_release(&self) -> Result<(), ClusterError> {
        let history = self.releases.history().await?;
        let last = history.last();
        if last.map_or(0, Record::revision) != self.job.last_revision {
            return Err(ClusterError::Changed {
                what: format!("the release {}", self.job.owner.release),
            });
        }
        for mut pending in history.into_iter().filter(|record| record.status().is_pending()) {
            if !self.job.take_over_pending {
                return Err(ClusterError::Pending {
                    revision: pending.revision(),
                    status: pending.status().to_string(),
                    since: pending.last_deployed().to_owned(),
                });
            }
            let description = format!("{}: left unfinished", pending.description());
            pending.set_status(Status::Failed, Some(&description));
            self.releases.update(&mut pending, unix_now()).await?;
        }
        Releases::check_size(&self.revision(self.job.stages.len().saturating_sub(1), i64::MAX))
    }

    async fn save_state(&self, next: usize) -> Result<(), ClusterError> {
        if !matches!(self.job.purpose, Purpose::Apply) {
            return Ok(());
        }
        let state = RolloutState {
            operator: self.job.operator.clone(),
            next,
            stages: self.job.stages.iter().map(|stage| stage.name.clone()).collect(),
            base_revision: self.job.origin.as_ref().map(Record::revision),
            first_revision: self.first_revision.or(Some(self.job.last_revision + 1)),
            ..self.job.state.clone()
        };
        self.states.save(&state).await
    }

    async fn create_revision(&mut self, stage: usize) -> Result<i64, ClusterError> {
        self.reached[stage] = true;
        if matches!(self.job.purpose, Purpose::Uninstall(_)) {
            return self.begin_uninstall().await;
        }
        let history = self.releases.history().await?;
        let revision = history.last().map_or(0, Record::revision) + 1;
        let first = *self.first_revision.get_or_insert(revision);
        let protected: Vec<i64> = self
            .job
            .base
            .iter()
            .chain(&self.job.origin)
            .map(Record::revision)
            .collect();
        self.releases.prune(first, &protected).await?;
        let mut record = self.revision(stage, revision);
        self.releases.create(&mut record, unix_now()).await?;
        self.current = Some(record);
        self.make_secrets().await?;
        Ok(revision)
    }

    /// The revision that records `stage`, as pending.
    fn revision(&self, stage: usize, revision: i64) -> Record {
        let now = Timestamp::now().to_string();
        if let Purpose::Rollback(target) = &self.job.purpose {
            return target.rolled_back_to(revision, self.job.base.as_ref().unwrap_or(target), &now);
        }
        Record::new(NewRevision {
            release: self.job.owner.release.clone(),
            namespace: self.job.owner.namespace.clone(),
            revision,
            status: if self.job.last_revision == 0
                && self.first_revision.is_none_or(|first| first == revision)
            {
                Status::PendingInstall
            } else {
                Status::PendingUpgrade
            },
            description: self.job.mark(stage).to_string(),
            chart: self.job.chart.clone(),
            values: self.job.values_after(&self.reached),
            manifest: Manifest {
                objects: self.job.objects_after(&self.reached),
                ..Manifest::default()
            }
            .text(),
            hooks: self.job.hooks.clone(),
            notes: self.job.notes.clone(),
            first_deployed: self
                .job
                .base
                .as_ref()
                .map(|base| base.first_deployed().to_owned()),
            now,
            labels: self.job.base.as_ref().map(Record::own_labels).unwrap_or_default(),
        })
    }

    /// Creates the Secrets of the job, or adds keys to those that an earlier run made. What exists is never changed.
    async fn make_secrets(&mut self) -> Result<(), ClusterError> {
        if !self.secrets_made {
            for secret in &self.job.secrets {
                super::generated::store(&self.cluster, &self.job.owner.namespace, secret).await?;
            }
            self.secrets_made = true;
        }
        Ok(())
    }

    async fn observe(&mut self, stage: usize) {
        let known = known_bodies(&self.job.stages[stage]);
        let keys = self.job.stages[stage]
            .objects
            .iter()
            .map(|o| o.object.key.clone())
            .collect();
        let namespace = &self.job.owner.namespace;
        self.observing =
            Some(Observing::start(&self.cluster, namespace, stage, keys, known, self.events.clone()).await);
    }

    async fn record_deployed(&mut self, stage: usize) -> Result<(), ClusterError> {
        let description = match &self.job.purpose {
            Purpose::Apply => self.job.mark(stage).to_string(),
            Purpose::Rollback(target) => format!("Rollback to {}", target.revision()),
            Purpose::Uninstall(leftovers) => return self.end_uninstall(leftovers.clone()).await,
        };
        match &mut self.current {
            Some(record) => self.releases.deploy(record, &description, unix_now()).await,
            None => Ok(()),
        }
    }

    async fn record_failed(&mut self, stage: usize, why: &str) -> Result<(), ClusterError> {
        let description = format!("{}: {why}", self.job.mark(stage));
        if matches!(self.job.purpose, Purpose::Uninstall(_)) {
            return Ok(());
        }
        match &mut self.current {
            Some(record) => {
                record.set_status(Status::Failed, Some(&description));
                self.releases.update(record, unix_now()).await
            }
            None => Ok(()),
        }
    }

    async fn close(&mut self, ended: bool) -> Result<(), ClusterError> {
        self.observing = None;
        self.renewal = None;
        let cleared = if ended { self.states.clear().await } else { Ok(()) };
        self.lease.release(Timestamp::now()).await?;
        cleared
    }
}

/// The time for labels.
pub(super) fn unix_now() -> i64 {
    Timestamp::now().as_second()
}

/// What a person reads of an error.
pub(super) fn failure(error: ClusterError, object: Option<&ObjectKey>) -> Failure {
    let error = crate::Error::from(error);
    let causes = error.causes();
    let mut message = error.to_string();
    for cause in causes {
        message.push_str(": ");
        message.push_str(&cause);
    }
    Failure {
        object: object.cloned(),
        message,
        advice: error.hints().to_vec(),
        log: Vec::new(),
    }
}
