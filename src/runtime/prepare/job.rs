//! From an approved plan to the job that a rollout runs.

use super::{Prepared, index, writes};
use crate::chart::manifest::{Hook, HookEvent, ManifestObject, ObjectIndex};
use crate::chart::model::Chart;
use crate::cluster::release::{Record, chart_json};
use crate::cluster::state::RolloutState;
use crate::plan::model::{Action, Consequence, ObjectChange, PlannedStage, StageKind, TakeOver};
use crate::rollout::Seconds;
use crate::runtime::rollout::{Job, JobObject, JobStage, Purpose};
use crate::runtime::session::operator;
use crate::secrets::{NewSecret, Provision};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// How a rollout runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobOptions {
    /// How long a stage may take, in seconds.
    pub stage_timeout: Seconds,
    /// Whether it asks before each stage after the first one that writes.
    pub pause_between_stages: bool,
    /// Whether a revision that an earlier run left pending is taken over.
    pub take_over_pending: bool,
    /// The fields of other managers that somebody has agreed to take over.
    pub take_over: Vec<TakeOver>,
}

impl Prepared {
    /// The job that brings the cluster to the plan. The values of generated Secrets are made here.
    #[must_use]
    pub fn job(&self, options: JobOptions) -> Job {
        let stages = self.plan.stages.iter().enumerate();
        let target = index(&self.target.objects);
        let pauses = |at: usize| options.pause_between_stages && at > 0;
        Job {
            owner: self.session.owner.clone(),
            purpose: Purpose::Apply,
            stages: stages
                .map(|(at, stage)| self.stage(stage, &target, pauses(at)))
                .collect(),
            last_revision: self.survey.last_revision(),
            base: self.survey.deployed().cloned(),
            origin: self.origin(options.take_over_pending),
            first_revision: self
                .survey
                .state
                .as_ref()
                .filter(|_| options.take_over_pending)
                .and_then(|interrupted| interrupted.first_revision),
            base_objects: self.recorded(),
            target: self.target.objects.clone(),
            hooks: self.target.hooks.clone(),
            notes: self.notes.clone(),
            chart: chart_json(&self.intent.chart),
            values: self.intent.values.clone(),
            state: self.state(),
            secrets: self.new_secrets(),
            create_namespace: self.intent.create_namespace,
            stage_timeout: options.stage_timeout,
            operator: operator(),
            take_over_pending: options.take_over_pending,
            take_over: options.take_over,
        }
    }

    /// The job that goes back to `target`, in one stage.
    #[must_use]
    pub fn rollback_job(&self, target: &Record, options: JobOptions) -> Job {
        let changes: Vec<&ObjectChange> = self.plan.changes().collect();
        let hooks = |event| self.target.hooks_at(event).into_iter().cloned().collect();
        let objects = index(&self.target.objects);
        let stage = JobStage {
            name: format!("rollback to {}", target.revision()),
            kind: StageKind::Service,
            objects: changes
                .iter()
                .filter_map(|change| self.object(change, &objects))
                .collect(),
            leaving: changes
                .iter()
                .filter(|c| c.action == Action::Delete)
                .map(|c| c.key.clone())
                .collect(),
            hooks_before: hooks(HookEvent::PreRollback),
            hooks_after: hooks(HookEvent::PostRollback),
            pause_before: false,
        };
        Job {
            purpose: Purpose::Rollback(Box::new(target.clone())),
            stages: vec![stage],
            origin: self.survey.last_good().cloned(),
            first_revision: None,
            ..self.job(options)
        }
    }

    /// What was deployed before the rollout, or where this run takes an interrupted one over, before that one began. Only a
    /// first install has none: where the record itself is gone, the newest that still counts stands in its place.
    fn origin(&self, takes_over: bool) -> Option<Record> {
        let interrupted = self.survey.state.as_ref().filter(|_| takes_over);
        let before = match interrupted.map(|interrupted| interrupted.base_revision) {
            Some(None) => return None,
            Some(Some(base)) => self.survey.history.iter().find(|r| r.revision() == base),
            None => None,
        };
        before.or_else(|| self.survey.last_good()).cloned()
    }

    /// What the release has recorded; after a first install that failed only what has got into the cluster.
    fn recorded(&self) -> Vec<ManifestObject> {
        let deployed = self.survey.deployed().is_some();
        let there = |object: &&ManifestObject| {
            deployed
                || self
                    .live
                    .get(&object.key, &self.session.owner.namespace)
                    .is_some()
        };
        self.previous.iter().filter(there).cloned().collect()
    }

    fn stage(
        &self,
        planned: &PlannedStage,
        target: &ObjectIndex<'_, &ManifestObject>,
        pause_before: bool,
    ) -> JobStage {
        let (before, after) = if self.survey.is_install() {
            (HookEvent::PreInstall, HookEvent::PostInstall)
        } else {
            (HookEvent::PreUpgrade, HookEvent::PostUpgrade)
        };
        JobStage {
            name: planned.name.clone(),
            kind: planned.kind,
            objects: planned
                .changes
                .iter()
                .filter_map(|change| self.object(change, target))
                .collect(),
            leaving: planned
                .changes
                .iter()
                .filter(|c| c.action == Action::Delete)
                .map(|c| c.key.clone())
                .collect(),
            hooks_before: self.hooks(planned, before),
            hooks_after: self.hooks(planned, after),
            pause_before,
        }
    }

    fn object(&self, change: &ObjectChange, target: &ObjectIndex<'_, &ManifestObject>) -> Option<JobObject> {
        let object = target.get(&change.key)?;
        let handed_over = change
            .consequences
            .iter()
            .filter_map(|consequence| match consequence {
                Consequence::HandedOver { field, .. } => Some(field.clone()),
                _ => None,
            });
        Some(JobObject {
            object: ManifestObject::clone(object),
            action: if writes(&change.action) {
                change.action.clone()
            } else {
                Action::Unchanged
            },
            planned_on: self.live.get(&change.key, &self.session.owner.namespace).cloned(),
            hand_over: handed_over.collect(),
        })
    }

    fn hooks(&self, planned: &PlannedStage, event: HookEvent) -> Vec<Hook> {
        let hooks = self.target.hooks_at(event).into_iter();
        hooks
            .filter(|hook| planned.hooks.contains(&hook.object.key))
            .cloned()
            .collect()
    }

    fn state(&self) -> RolloutState {
        RolloutState {
            started: Timestamp::now().to_string(),
            chart: format!(
                "{}-{}",
                self.intent.chart.metadata.name, self.intent.chart.metadata.version
            ),
            chart_digest: chart_digest(&self.intent.chart),
            chart_source: self.intent.chart_source.clone(),
            profile: self.intent.profile.clone(),
            overlay: self.intent.values.clone(),
            manifest: self.target.text(),
            ..RolloutState::default()
        }
    }

    fn new_secrets(&self) -> Vec<NewSecret> {
        let wanted: BTreeMap<String, BTreeSet<String>> = self
            .secrets
            .iter()
            .filter_map(|(secret, provision)| match provision {
                Provision::Generate { keys } => Some((secret.name.clone(), keys.clone())),
                _ => None,
            })
            .collect();
        crate::secrets::backend(&self.intent.secrets)
            .map(|backend| backend.generate(&self.session.owner.release, &wanted))
            .unwrap_or_default()
    }
}

/// The SHA-256 of everything that is in a chart, subcharts included, in hexadecimal.
#[must_use]
pub fn chart_digest(chart: &Chart) -> String {
    let mut digest = Sha256::new();
    add(&mut digest, chart);
    digest
        .finalize()
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn add(digest: &mut Sha256, chart: &Chart) {
    let mut part = |name: &str, data: &[u8]| {
        digest.update((name.len() as u64).to_le_bytes());
        digest.update(name.as_bytes());
        digest.update((data.len() as u64).to_le_bytes());
        digest.update(data);
    };
    part(
        "Chart.yaml",
        serde_json::to_string(&chart.metadata)
            .unwrap_or_default()
            .as_bytes(),
    );
    part("values.yaml", chart.values.to_string().as_bytes());
    for file in chart.templates.iter().chain(&chart.files).chain(&chart.crds) {
        part(&file.name, &file.data);
    }
    for dependency in &chart.dependencies {
        add(digest, dependency);
    }
}
