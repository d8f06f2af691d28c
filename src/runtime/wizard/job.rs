//! From an approved prediction to the job of a rollout.

use super::connect::Link;
use super::preview::{Prediction, Preview, backend_of};
use super::release::Recorded;
use crate::chart::manifest::{HookEvent, ObjectKey};
use crate::chart::model::{Chart, ChartFile};
use crate::cluster::Owner;
use crate::cluster::release::{chart_json, join};
use crate::cluster::state::RolloutState;
use crate::plan::model::{Action, Consequence, ObjectChange, PlannedStage, StageKind};
use crate::plan::preflight::Namespace;
use crate::runtime::rollout::{Job, JobObject, JobStage, Purpose};
use crate::secrets::backend;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// How long a stage may take to become ready, in seconds.
const STAGE_TIMEOUT: u64 = 600;

/// The job for `prediction`.
pub(super) fn job(prediction: &Prediction, preview: &Preview, link: &Link, recorded: &Recorded, pauses: bool) -> Job {
    let inputs = &prediction.inputs;
    let owner = Owner {
        release: inputs.release.clone(),
        namespace: inputs.namespace.clone(),
    };
    let chart = preview.renderer().chart();
    let stages: Vec<JobStage> = prediction
        .plan
        .stages
        .iter()
        .map(|planned| stage(planned, prediction, preview, pauses))
        .collect();
    let operator = operator();
    let secrets = backend(backend_of(&inputs.values))
        .map(|backend| backend.generate(&inputs.release, &prediction.generate))
        .unwrap_or_default();
    Job {
        purpose: Purpose::Apply,
        last_revision: recorded.last_revision,
        base: recorded.deployed.clone(),
        base_objects: recorded.objects.clone(),
        target: prediction.target.objects.clone(),
        hooks: prediction.target.hooks.clone(),
        notes: prediction.notes.clone(),
        chart: chart_json(chart),
        values: inputs.values.clone(),
        state: RolloutState {
            operator: operator.clone(),
            started: Timestamp::now().to_string(),
            chart: format!("{}-{}", chart.metadata.name, chart.metadata.version),
            chart_digest: digest(chart),
            profile: inputs.profile.clone().unwrap_or_default(),
            overlay: inputs.overlay.clone(),
            manifest: join(&prediction.target.objects),
            stages: stages.iter().map(|stage| stage.name.clone()).collect(),
            base_revision: recorded.deployed.as_ref().map(crate::cluster::release::Record::revision),
            ..RolloutState::default()
        },
        secrets,
        create_namespace: link.facts.namespace == Some(Namespace::Missing),
        stage_timeout: STAGE_TIMEOUT,
        operator,
        take_over_pending: false,
        stages,
        owner,
    }
}

fn stage(planned: &PlannedStage, prediction: &Prediction, preview: &Preview, pauses: bool) -> JobStage {
    let object = |change: &ObjectChange| {
        let object = prediction.target.objects.iter().find(|object| object.key.same_object(&change.key))?;
        Some(JobObject {
            planned_on: preview.live(&object.key),
            object: object.clone(),
            action: change.action.clone(),
            hand_over: hand_over(change),
        })
    };
    let leaving: Vec<ObjectKey> = planned
        .changes
        .iter()
        .filter(|change| change.action == Action::Delete)
        .map(|change| change.key.clone())
        .collect();
    let hooks = planned
        .hooks
        .iter()
        .filter_map(|key| prediction.target.hooks.iter().find(|hook| hook.object.key.same_object(key)));
    let (before, after): (Vec<_>, Vec<_>) = hooks.cloned().partition(|hook| {
        hook.events
            .iter()
            .any(|event| matches!(event, HookEvent::PreInstall | HookEvent::PreUpgrade))
    });
    JobStage {
        name: planned.name.clone(),
        kind: planned.kind,
        objects: planned.changes.iter().filter_map(object).collect(),
        leaving,
        hooks_before: before,
        hooks_after: after,
        pause_before: pauses && planned.kind != StageKind::Foundation,
    }
}

fn hand_over(change: &ObjectChange) -> Vec<String> {
    let fields = change.consequences.iter().filter_map(|consequence| match consequence {
        Consequence::HandedOver { field, .. } => Some(field.clone()),
        _ => None,
    });
    fields.collect()
}

/// Who runs it, for the lease and for those who find it: `ada@laptop`.
fn operator() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let user = user.unwrap_or_else(|| "somebody".to_owned());
    let host = rustix::system::uname();
    crate::cluster::text::clean(&format!("{user}@{}", host.nodename().to_string_lossy()))
}

/// The SHA-256 of everything in a chart, subcharts included, in hexadecimal.
fn digest(chart: &Chart) -> String {
    let mut hasher = Sha256::new();
    add(&mut hasher, chart, "");
    hasher.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        text.push_str(&format!("{byte:02x}"));
        text
    })
}

fn add(hasher: &mut Sha256, chart: &Chart, below: &str) {
    let mut put = |name: &str, data: &[u8]| {
        // Lengths keep two files from running into each other.
        hasher.update((name.len() as u64).to_be_bytes());
        hasher.update(name);
        hasher.update((data.len() as u64).to_be_bytes());
        hasher.update(data);
    };
    let metadata = serde_json::to_vec(&chart.metadata).unwrap_or_default();
    put(&format!("{below}Chart.yaml"), &metadata);
    put(&format!("{below}values.yaml"), &chart.values_source);
    put(&format!("{below}values.schema.json"), chart.schema.as_deref().unwrap_or_default());
    let mut files: Vec<&ChartFile> = chart.templates.iter().chain(&chart.files).chain(&chart.crds).collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    for file in files {
        put(&format!("{below}{}", file.name), &file.data);
    }
    for subchart in &chart.dependencies {
        add(hasher, subchart, &format!("{below}charts/{}/", subchart.metadata.name));
    }
}
