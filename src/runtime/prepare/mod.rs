//! From a chart and values to a plan against the cluster, and from an approved plan to a job. Reads only.

mod facts;
mod job;
mod removal;
mod render;

pub(super) use facts::access;
pub use job::{JobOptions, chart_digest};
pub use removal::{Removal, prepare_removal};
pub use render::{ClusterLookup, render, settle};

use super::session::{Session, Survey};
use crate::Result;
use crate::chart::manifest::{Manifest, ManifestObject, ObjectIndex, ObjectKey};
use crate::chart::model::Chart;
use crate::chart::render::Rendered;
use crate::cluster::dry_run::{Question, ask};
use crate::cluster::release::Record;
use crate::cluster::{ClusterError, live, openapi};
use crate::plan::model::{Action, Finding, ObjectChange, Plan, Severity};
use crate::plan::policy::PolicyErrors;
use crate::plan::{Answers, LiveObjects, PlanInput, plan};
use crate::secrets::{Backend, Provision, RequiredSecret};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a release is to become.
#[derive(Debug, Clone)]
pub struct Intent {
    /// The chart.
    pub chart: Arc<Chart>,
    /// Where it came from, as it was named; empty for the embedded one.
    pub chart_source: String,
    /// What was chosen above the chart's defaults: the profile's values with the person's own on top.
    pub values: Json,
    /// The profile, empty for none.
    pub profile: String,
    /// The order of services that a person wants; empty for the chart's own.
    pub order: Vec<String>,
    /// The policy rules whose findings keep a rollout from starting.
    pub policy_errors: PolicyErrors,
    /// Where secret values come from: the id of a backend.
    pub secrets: String,
    /// Whether a missing namespace is created.
    pub create_namespace: bool,
}

/// A plan with everything that it was made from.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The release.
    pub session: Session,
    /// What it is to become.
    pub intent: Intent,
    /// What there was.
    pub survey: Survey,
    /// What the chart renders to, with keys as the cluster knows them and marked as the release's own.
    pub target: Manifest,
    /// The rendered NOTES.txt.
    pub notes: String,
    /// What the release has recorded, in the same form.
    pub previous: Vec<ManifestObject>,
    /// The live objects.
    pub live: LiveObjects,
    /// The Secrets that pods need and that the chart does not bring, and what happens for each.
    pub secrets: Vec<(RequiredSecret, Provision)>,
    /// The plan.
    pub plan: Plan,
}

/// Makes the plan for `intent`, confirmed by the server's dry runs.
pub async fn prepare(session: &Session, intent: &Intent) -> Result<Prepared> {
    let survey = session.survey().await?;
    let rendered = render(session, intent, &survey).await?;
    against(session, intent.clone(), survey, rendered).await
}

/// Makes the plan for going back to a revision: to exactly what it recorded.
pub async fn prepare_rollback(session: &Session, survey: Survey, target: &Record) -> Result<Prepared> {
    let intent = Intent {
        chart: Arc::new(Chart::default()),
        chart_source: String::new(),
        values: target.values(),
        profile: String::new(),
        order: Vec::new(),
        // What ran before may run again, whatever the rules say of it today.
        policy_errors: PolicyErrors::default(),
        secrets: "kubernetes".to_owned(),
        create_namespace: false,
    };
    let objects = target.objects().map_err(|error| ClusterError::Unreadable {
        what: format!("the manifest of revision {}", target.revision()),
        reason: error.to_string(),
    })?;
    let manifest = Manifest {
        objects,
        hooks: target.hooks(),
        ..Manifest::default()
    };
    let rendered = Rendered {
        manifest,
        notes: target.notes().to_owned(),
        warnings: Vec::new(),
    };
    against(session, intent, survey, rendered).await
}

/// Plans what was rendered, or recorded, against the cluster.
async fn against(session: &Session, intent: Intent, survey: Survey, rendered: Rendered) -> Result<Prepared> {
    let target = settle(rendered.manifest, session);
    let previous = Manifest {
        objects: survey.objects()?,
        ..Manifest::default()
    };
    let previous = settle(previous, session).objects;
    let live = read(session, &target, &previous).await?;
    let backend = backend(&intent.secrets)?;
    let secrets = facts::provisions(session, &target, backend.as_ref()).await?;
    let facts = facts::gather(session, &intent, &survey, &target, &secrets).await?;
    let versions: BTreeSet<String> = target
        .objects
        .iter()
        .map(|object| object.key.api_version.clone())
        .collect();
    let schema = openapi::schema(&session.cluster, versions).await?;
    let seal_key: [u8; 32] = rand::random();
    let none = Answers::default();
    let input = |answers| PlanInput {
        release: &session.owner.release,
        namespace: &session.owner.namespace,
        install: survey.is_install(),
        chart: &intent.chart,
        target: &target,
        previous: &previous,
        live: &live,
        schema: &schema,
        answers,
        order: &intent.order,
        facts: &facts,
        policy_errors: &intent.policy_errors,
        seal_key: &seal_key,
    };
    let predicted = plan(&input(&none));
    let questions = questions(&predicted, &target, &previous, &live, &session.owner.namespace);
    let answers = ask(&session.cluster, questions).await?;
    let mut plan = plan(&input(&answers));
    plan.findings.extend(foreign(&target, &live, session));
    plan.findings
        .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok(Prepared {
        session: session.clone(),
        intent,
        survey,
        target,
        notes: rendered.notes,
        previous,
        live,
        secrets,
        plan,
    })
}

impl Prepared {
    /// What keeps a rollout from starting.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.plan
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
    }
}

fn backend(id: &str) -> Result<Box<dyn Backend + Send + Sync>> {
    crate::secrets::backend(id).ok_or_else(|| {
        crate::Error::new(
            crate::ErrorKind::Input,
            format!("there is no secrets backend {id:?}"),
        )
        .hint("the backends are kubernetes and external")
    })
}

/// The live objects of both manifests.
async fn read(
    session: &Session,
    target: &Manifest,
    previous: &[ManifestObject],
) -> Result<LiveObjects, ClusterError> {
    let keys: BTreeSet<ObjectKey> = target
        .objects
        .iter()
        .chain(previous)
        .map(|object| object.key.clone())
        .collect();
    let found = live::fetch(&session.cluster, keys).await?;
    Ok(found.into_values().flatten().collect())
}

fn questions(
    plan: &Plan,
    target: &Manifest,
    previous: &[ManifestObject],
    live: &LiveObjects,
    namespace: &str,
) -> Vec<Question> {
    let (target, previous) = (index(&target.objects), index(previous));
    let ask = |change: &ObjectChange| {
        Question::about(
            change,
            target.get(&change.key)?,
            live.get(&change.key, namespace),
            previous.get(&change.key).map(|recorded| &*recorded.body),
        )
    };
    plan.changes().filter_map(ask).collect()
}

/// Objects, whose keys are as the cluster knows them, by what names them.
pub(super) fn index(objects: &[ManifestObject]) -> ObjectIndex<'_, &ManifestObject> {
    ObjectIndex::new("", objects.iter().map(|object| (&object.key, object)))
}

/// Objects of the target that exist and belong to somebody else: Helm would refuse to touch them, and so does this.
pub(super) fn foreign(target: &Manifest, live: &LiveObjects, session: &Session) -> Vec<Finding> {
    let refused = |object: &ManifestObject| {
        let live = live.get(&object.key, &session.owner.namespace)?;
        let error = session.owner.check(&object.key, live).err()?;
        Some(Finding {
            severity: Severity::Error,
            rule: "foreign-object",
            message: error.to_string(),
            hint: "Remove it, or give it Helm's label and annotations so that the release adopts it."
                .to_owned(),
            object: Some(object.key.clone()),
            field: None,
        })
    };
    target.objects.iter().filter_map(refused).collect()
}

/// Whether an action writes the object.
pub(super) fn writes(action: &Action) -> bool {
    matches!(action, Action::Create | Action::Update | Action::Recreate { .. })
}
