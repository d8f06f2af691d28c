//! What a rollout brings a cluster to, and what each of its revisions records.

use crate::chart::manifest::{Hook, ManifestObject, ObjectKey};
use crate::cluster::Owner;
use crate::cluster::release::{Record, StageMark};
use crate::cluster::state::RolloutState;
use crate::plan::model::{Action, StageKind, TakeOver};
use crate::rollout::{Aim, RolloutSpec, Seconds, StageSpec};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An object of a stage.
#[derive(Debug, Clone)]
pub struct JobObject {
    /// The object; its key has the namespace that it is applied to.
    pub object: ManifestObject,
    /// What the approved plan says of it.
    pub action: Action,
    /// The live object that the plan was made with.
    pub planned_on: Option<Arc<Json>>,
    /// Fields whose present values go to another manager before the object is applied: `spec.replicas`.
    pub hand_over: Vec<String>,
}

/// A stage of a job.
#[derive(Debug, Clone)]
pub struct JobStage {
    /// The stage's name.
    pub name: String,
    /// What it is for.
    pub kind: StageKind,
    /// Its objects in the order they are applied.
    pub objects: Vec<JobObject>,
    /// What leaves the release with it.
    pub leaving: Vec<ObjectKey>,
    /// Hooks before its objects.
    pub hooks_before: Vec<Hook>,
    /// Hooks after its objects are ready.
    pub hooks_after: Vec<Hook>,
    /// Whether the rollout asks before it.
    pub pause_before: bool,
}

/// Why a job runs.
#[derive(Debug, Clone)]
pub enum Purpose {
    /// To bring the release to new values or a new chart, stage by stage.
    Apply,
    /// To go back to this revision, in one stage.
    Rollback(Box<Record>),
    /// To remove the release, in one stage.
    Uninstall(Leftovers),
}

/// What stays of a release that is removed, or does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// Whether the record stays, as that of an uninstalled release.
    pub keep_history: bool,
    /// The Secrets of mesh-tui's own that go with the release.
    pub secrets: Vec<ObjectKey>,
}

impl Purpose {
    const fn aim(&self) -> Aim {
        match self {
            Self::Apply => Aim::Apply,
            Self::Rollback(_) => Aim::Rollback,
            Self::Uninstall(_) => Aim::Uninstall,
        }
    }
}

/// A rollout, as it was approved.
#[derive(Debug, Clone)]
pub struct Job {
    /// The release.
    pub owner: Owner,
    /// Why it runs.
    pub purpose: Purpose,
    /// The stages in the order they run.
    pub stages: Vec<JobStage>,
    /// The newest revision when the plan was made, 0 where there was none.
    pub last_revision: i64,
    /// The revision that was deployed when the plan was made.
    pub base: Option<Record>,
    /// The revision that was deployed before the rollout began, to take everything back to. It is another one than `base`
    /// where this job goes on with a rollout that was interrupted after some of its stages.
    pub origin: Option<Record>,
    /// The first revision of the rollout that this job goes on with, where it was interrupted.
    pub first_revision: Option<i64>,
    /// The objects of `base`, with resolved keys.
    pub base_objects: Vec<ManifestObject>,
    /// The target's objects in Helm's install order, with resolved keys.
    pub target: Vec<ManifestObject>,
    /// The target's hooks.
    pub hooks: Vec<Hook>,
    /// The rendered NOTES.txt.
    pub notes: String,
    /// The chart for the record ([`crate::cluster::release::chart_json`]).
    pub chart: Json,
    /// What the user chose above the chart's defaults.
    pub values: Json,
    /// What stays in the cluster until the rollout ends.
    pub state: RolloutState,
    /// Secrets to create before the first stage.
    pub secrets: Vec<crate::secrets::NewSecret>,
    /// Whether a missing namespace is created.
    pub create_namespace: bool,
    /// How long a stage may take, in seconds.
    pub stage_timeout: Seconds,
    /// Who runs it: `ada@laptop`.
    pub operator: String,
    /// Whether a revision that an earlier run left pending is taken over.
    pub take_over_pending: bool,
    /// The fields of other managers that somebody has agreed to take over.
    pub take_over: Vec<TakeOver>,
}

impl Job {
    /// The job as the stage machine needs it.
    #[must_use]
    pub fn spec(&self) -> RolloutSpec {
        let mut stages: Vec<StageSpec> = self
            .stages
            .iter()
            .enumerate()
            .map(|(index, stage)| self.stage_spec(index, stage))
            .collect();
        if !self.secrets.is_empty()
            && let Some(first) = stages.first_mut()
        {
            first.recorded = true;
        }
        let writes = stages
            .iter()
            .any(|stage| stage.recorded || stage.changes > 0 || !stage.leaving.is_empty());
        for (stage, job) in stages.iter_mut().zip(&self.stages) {
            // A run that changes nothing runs no hooks either.
            if writes {
                stage.hooks_before = job
                    .hooks_before
                    .iter()
                    .map(|hook| hook.object.key.clone())
                    .collect();
                stage.hooks_after = job
                    .hooks_after
                    .iter()
                    .map(|hook| hook.object.key.clone())
                    .collect();
            }
        }
        RolloutSpec {
            release: self.owner.release.clone(),
            namespace: self.owner.namespace.clone(),
            aim: self.purpose.aim(),
            base_revision: self.origin.as_ref().map(Record::revision),
            stages,
            stage_timeout: self.stage_timeout,
        }
    }

    fn stage_spec(&self, index: usize, stage: &JobStage) -> StageSpec {
        StageSpec {
            name: stage.name.clone(),
            kind: stage.kind,
            objects: stage.objects.iter().map(|o| o.object.key.clone()).collect(),
            changes: stage
                .objects
                .iter()
                .filter(|o| o.action != Action::Unchanged)
                .count(),
            leaving: stage.leaving.clone(),
            hooks_before: Vec::new(),
            hooks_after: Vec::new(),
            recorded: self.record_differs(index, stage),
            pause_before: stage.pause_before,
        }
    }

    /// Whether the record has to change with the stage although no object does.
    fn record_differs(&self, index: usize, stage: &JobStage) -> bool {
        if !matches!(self.purpose, Purpose::Apply) {
            return true;
        }
        let Some(base) = &self.base else {
            return !stage.objects.is_empty() || index + 1 == self.stages.len();
        };
        let text_differs = stage.objects.iter().any(|o| {
            let recorded = self
                .base_objects
                .iter()
                .find(|b| b.key.same_object(&o.object.key));
            recorded.is_none_or(|recorded| recorded.text.trim_end() != o.object.text.trim_end())
        });
        let last = index + 1 == self.stages.len();
        let ends_differ = last
            && (base.values() != self.values
                || base.chart().pointer("/metadata/version") != self.chart.pointer("/metadata/version"));
        text_differs || ends_differ
    }

    /// The description of a stage's revision.
    #[must_use]
    pub fn mark(&self, stage: usize) -> StageMark {
        StageMark {
            stage: stage + 1,
            of: self.stages.len(),
            name: self.stages[stage].name.clone(),
        }
    }

    /// The objects that the cluster has once the stages `reached` are applied: those of the target that they hold, and
    /// the earlier ones of all other stages.
    #[must_use]
    pub fn objects_after(&self, reached: &[bool]) -> Vec<ManifestObject> {
        let stage_of = |key: &ObjectKey| {
            self.stages.iter().position(|stage| {
                stage.objects.iter().any(|o| o.object.key.same_object(key))
                    || stage.leaving.iter().any(|leaving| leaving.same_object(key))
            })
        };
        let is_reached = |key: &ObjectKey| stage_of(key).is_none_or(|stage| reached[stage]);
        let earlier = |key: &ObjectKey| self.base_objects.iter().find(|o| o.key.same_object(key)).cloned();
        let mut objects: Vec<ManifestObject> = self
            .target
            .iter()
            .filter_map(|object| {
                if is_reached(&object.key) {
                    Some(object.clone())
                } else {
                    earlier(&object.key)
                }
            })
            .collect();
        let gone = |object: &&ManifestObject| !self.target.iter().any(|t| t.key.same_object(&object.key));
        objects.extend(
            self.base_objects
                .iter()
                .filter(gone)
                .filter(|o| !is_reached(&o.key))
                .cloned(),
        );
        objects
    }

    /// The values that go with [`Self::objects_after`]: the target's, with the earlier ones for subcharts that are not
    /// reached yet. One that was not there before is recorded as switched off: otherwise whoever upgrades from this
    /// revision with `--reuse-values` would roll it out unasked.
    #[must_use]
    pub fn values_after(&self, reached: &[bool]) -> Json {
        let mut values = self.values.clone();
        for (stage, _) in self.stages.iter().zip(reached).filter(|(_, reached)| !**reached) {
            for subchart in stage.subcharts() {
                self.hold_back(&mut values, &subchart);
            }
        }
        values
    }

    fn hold_back(&self, values: &mut Json, subchart: &str) {
        let present = self
            .base_objects
            .iter()
            .any(|object| subchart_of(&object.source).as_deref() == Some(subchart));
        let earlier = self
            .base
            .as_ref()
            .and_then(|base| base.values().get(subchart).cloned());
        let Some(all) = values.as_object_mut() else {
            return;
        };
        match (present, earlier) {
            (true, Some(earlier)) => {
                all.insert(subchart.to_owned(), earlier);
            }
            (true, None) => {
                all.remove(subchart);
            }
            (false, earlier) => {
                all.insert(subchart.to_owned(), earlier.unwrap_or_else(|| json!({})));
                if let Some(condition) = self.condition_of(subchart) {
                    switch_off(values, &condition);
                }
            }
        }
    }

    /// The path into the values that switches a subchart.
    fn condition_of(&self, subchart: &str) -> Option<String> {
        let dependencies = self.chart.pointer("/metadata/dependencies")?.as_array()?;
        let named = |dependency: &&Json| dependency["alias"] == subchart || dependency["name"] == subchart;
        let condition = dependencies.iter().find(named)?["condition"].as_str()?;
        condition.split(',').next().map(|path| path.trim().to_owned())
    }
}

impl JobStage {
    /// The umbrella's subcharts that the stage is about: none for a stage that gathers objects of all of them.
    fn subcharts(&self) -> Vec<String> {
        if !matches!(self.kind, StageKind::Data | StageKind::Service) {
            return Vec::new();
        }
        let mut names: Vec<String> = self
            .objects
            .iter()
            .filter_map(|o| subchart_of(&o.object.source))
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

/// The first subchart in a template's path: `worker` in `developer-mesh/charts/worker/templates/hpa.yaml`.
fn subchart_of(source: &str) -> Option<String> {
    let mut parts = source.split('/').skip(1);
    (parts.next()? == "charts").then(|| parts.next().map(str::to_owned))?
}

/// Sets the boolean at `path` (`worker.enabled`) to false.
fn switch_off(values: &mut Json, path: &str) {
    let mut at = values;
    for part in path.split('.') {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[part];
    }
    *at = Json::Bool(false);
}

/// The bodies that a stage's objects have now, as far as the plan knew them.
pub(super) fn known_bodies(stage: &JobStage) -> BTreeMap<ObjectKey, Arc<Json>> {
    stage
        .objects
        .iter()
        .filter_map(|o| Some((o.object.key.clone(), o.planned_on.clone()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::cluster::release::{NewRevision, Status};

    fn object(source: &str, name: &str, version: u32) -> ManifestObject {
        ManifestObject {
            key: ObjectKey {
                api_version: "v1".to_owned(),
                kind: "ConfigMap".to_owned(),
                namespace: Some("mesh".to_owned()),
                name: name.to_owned(),
            },
            source: format!("dm/charts/{source}/templates/x.yaml"),
            text: format!("version: {version}").into(),
            body: Arc::new(json!({"version": version})),
        }
    }

    fn stage(name: &str, action: Action, object: ManifestObject) -> JobStage {
        JobStage {
            name: name.to_owned(),
            kind: StageKind::Service,
            objects: vec![JobObject {
                object,
                action,
                planned_on: None,
                hand_over: Vec::new(),
            }],
            leaving: Vec::new(),
            hooks_before: Vec::new(),
            hooks_after: Vec::new(),
            pause_before: false,
        }
    }

    fn chart() -> Json {
        json!({"metadata": {"version": "1", "dependencies": [
            {"name": "api", "condition": "api.enabled"}, {"name": "worker", "condition": "worker.enabled"}]}})
    }

    fn base(values: Json, objects: &[ManifestObject]) -> Record {
        Record::new(NewRevision {
            release: "dm".to_owned(),
            namespace: "mesh".to_owned(),
            revision: 3,
            status: Status::Deployed,
            description: String::new(),
            chart: chart(),
            values,
            manifest: crate::chart::manifest::Manifest {
                objects: objects.to_vec(),
                ..Default::default()
            }
            .text(),
            hooks: Vec::new(),
            notes: String::new(),
            first_deployed: None,
            now: String::new(),
            labels: BTreeMap::new(),
        })
    }

    /// `api` goes from version 1 to 2, `worker` is new, `old` leaves with the worker's stage.
    fn job() -> Job {
        let (api, worker) = (object("api", "api", 2), object("worker", "worker", 1));
        let before = vec![object("api", "api", 1), object("worker", "old", 1)];
        let mut stages = vec![
            stage("api", Action::Update, api.clone()),
            stage("worker", Action::Create, worker.clone()),
        ];
        stages[1].leaving = vec![before[1].key.clone()];
        Job {
            owner: Owner {
                release: "dm".to_owned(),
                namespace: "mesh".to_owned(),
            },
            purpose: Purpose::Apply,
            stages,
            last_revision: 3,
            base: Some(base(json!({"api": {"tag": 1}}), &before)),
            origin: None,
            first_revision: None,
            base_objects: before[..1].to_vec(),
            target: vec![api, worker],
            hooks: Vec::new(),
            notes: String::new(),
            chart: chart(),
            values: json!({"api": {"tag": 2}, "global": {"x": 1}}),
            state: RolloutState::default(),
            secrets: Vec::new(),
            create_namespace: false,
            stage_timeout: 600,
            operator: String::new(),
            take_over_pending: false,
            take_over: Vec::new(),
        }
    }

    fn texts(objects: &[ManifestObject]) -> Vec<String> {
        objects
            .iter()
            .map(|o| format!("{} {}", o.key.name, o.text))
            .collect()
    }

    #[test]
    fn a_revision_holds_new_objects_of_reached_stages_and_earlier_ones_of_the_others() {
        let mut job = job();
        job.base_objects.push(object("worker", "old", 1));
        assert_eq!(
            texts(&job.objects_after(&[true, false])),
            ["api version: 2", "old version: 1"]
        );
        assert_eq!(
            texts(&job.objects_after(&[false, true])),
            ["api version: 1", "worker version: 1"]
        );
        assert_eq!(
            texts(&job.objects_after(&[true, true])),
            ["api version: 2", "worker version: 1"]
        );
    }

    #[test]
    fn a_service_that_is_not_reached_keeps_its_values_and_a_new_one_is_recorded_as_off() {
        let job = job();
        assert_eq!(
            job.values_after(&[true, false]),
            json!({"api": {"tag": 2}, "worker": {"enabled": false}, "global": {"x": 1}})
        );
        assert_eq!(
            job.values_after(&[false, true]),
            json!({"api": {"tag": 1}, "global": {"x": 1}})
        );
        assert_eq!(job.values_after(&[true, true]), job.values);
    }

    #[test]
    fn nothing_changed_needs_no_revision_and_runs_no_hooks() {
        let mut job = job();
        let objects = vec![object("api", "api", 1)];
        job.stages = vec![stage("api", Action::Unchanged, objects[0].clone())];
        job.stages[0].hooks_before = vec![Hook {
            object: object("api", "hook", 1),
            events: Vec::new(),
            weight: 0,
            delete_policies: Vec::new(),
        }];
        job.target.clone_from(&objects);
        job.values = json!({"api": {"tag": 1}});
        assert!(!job.spec().writes());
        job.values = json!({"api": {"tag": 1, "note": "x"}});
        assert!(job.spec().writes());
        assert_eq!(job.spec().stages[0].hooks_before.len(), 1);
    }
}
