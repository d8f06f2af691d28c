//! The live diff: choices rendered and compared with the live objects at hand, and the server's answers to dry runs.
//!
//! Making a plan is quick and happens within a frame; reading live objects and asking the server are tasks.

use super::connect::Link;
use super::release::Recorded;
use crate::chart::manifest::{Manifest, ManifestObject, ObjectKey};
use crate::chart::render::{Frozen, NoCluster, ReleaseOptions, RenderError, Renderer};
use crate::cluster::apply::{Mode, apply};
use crate::cluster::{Cluster, ClusterError, Owner, live};
use crate::plan::model::{Action, Plan};
use crate::plan::preflight::Namespace;
use crate::plan::{Answer, Answers, LiveObjects, Outcome, PlanInput, Planner};
use crate::secrets::{LiveSecret, Provision, backend, required};
use crate::wizard::effect::{Inputs, RequestId};
use futures::StreamExt;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many dry runs are under way at once.
const AT_ONCE: usize = 8;

/// What lives between two key presses.
pub(super) struct Preview {
    renderer: Renderer,
    planner: Planner,
    seal_key: [u8; 32],
    live: BTreeMap<ObjectKey, Option<Arc<Json>>>,
    answers: Answers,
    last: Option<Prediction>,
}

/// The newest prediction, with everything that a rollout of it needs.
#[derive(Clone)]
pub(super) struct Prediction {
    pub(super) id: RequestId,
    pub(super) inputs: Inputs,
    /// The manifest with resolved keys.
    pub(super) target: Manifest,
    pub(super) notes: String,
    pub(super) plan: Arc<Plan>,
    /// The Secrets that a backend makes, with their keys.
    pub(super) generate: BTreeMap<String, BTreeSet<String>>,
}

impl Preview {
    pub(super) fn new(renderer: Renderer) -> Self {
        Self {
            renderer,
            planner: Planner::default(),
            seal_key: rand::random(),
            live: BTreeMap::new(),
            answers: Answers::default(),
            last: None,
        }
    }

    pub(super) const fn renderer(&self) -> &Renderer {
        &self.renderer
    }

    pub(super) const fn last(&self) -> Option<&Prediction> {
        self.last.as_ref()
    }

    /// The live object that the plan was made with.
    pub(super) fn live(&self, key: &ObjectKey) -> Option<Arc<Json>> {
        self.live.get(key).cloned().flatten()
    }

    /// Forgets everything that another cluster or namespace said.
    pub(super) fn forget(&mut self) {
        self.live.clear();
        self.answers = Answers::default();
        self.last = None;
    }

    /// Renders and compares. Answers with the plan, and whether objects in it have not been read yet.
    pub(super) fn predict(
        &mut self,
        id: RequestId,
        inputs: Inputs,
        link: &Link,
        recorded: &Recorded,
    ) -> Result<(Arc<Plan>, bool), RenderError> {
        let release = ReleaseOptions {
            name: inputs.release.clone(),
            namespace: inputs.namespace.clone(),
            revision: recorded.last_revision + 1,
            is_upgrade: recorded.deployed.is_some(),
        };
        let rendered = self.renderer.render(
            &inputs.values,
            &release,
            &link.capabilities,
            &NoCluster,
            &Frozen::default(),
        )?;
        let target = resolved(rendered.manifest, &link.cluster, &inputs.namespace);
        let generate = to_generate(&target, &inputs, link);
        self.last = Some(Prediction {
            id,
            target,
            notes: rendered.notes,
            plan: Arc::default(),
            generate,
            inputs,
        });
        let plan = self.remake(link, recorded).unwrap_or_default();
        let unread = self.keys(recorded).any(|key| !self.live.contains_key(&key));
        Ok((plan, unread))
    }

    /// Makes the plan of the newest prediction anew, from what is known now.
    pub(super) fn remake(&mut self, link: &Link, recorded: &Recorded) -> Option<Arc<Plan>> {
        let last = self.last.as_mut()?;
        let mut facts = link.facts.clone();
        facts.promised_secrets.clone_from(&last.generate);
        facts.pending.clone_from(&recorded.pending);
        if facts.namespace == Some(Namespace::Missing) {
            // The target step and the review say so before anything is approved.
            facts.namespace = Some(Namespace::WillBeCreated);
        }
        let live: LiveObjects = self.live.values().flatten().cloned().collect();
        let plan = self.planner.plan(&PlanInput {
            release: &last.inputs.release,
            namespace: &last.inputs.namespace,
            install: recorded.deployed.is_none(),
            chart: self.renderer.chart(),
            target: &last.target,
            previous: &recorded.objects,
            live: &live,
            schema: &link.schema,
            answers: &self.answers,
            order: &[],
            facts: &facts,
            seal_key: &self.seal_key,
        });
        last.plan = Arc::new(plan);
        Some(Arc::clone(&last.plan))
    }

    /// Every object that the plan is about.
    pub(super) fn keys(&self, recorded: &Recorded) -> impl Iterator<Item = ObjectKey> + use<> {
        let target = self.last.iter().flat_map(|last| &last.target.objects);
        let keys: BTreeSet<ObjectKey> = target.chain(&recorded.objects).map(|object| object.key.clone()).collect();
        keys.into_iter()
    }

    /// Takes live objects in. One that differs in what only the cluster writes keeps its place, so that what was worked
    /// out and asked about it still holds. True when something differs that matters.
    pub(super) fn take_live(&mut self, read: BTreeMap<ObjectKey, Option<Arc<Json>>>) -> bool {
        let mut changed = false;
        for (key, body) in read {
            let same = match (self.live.get(&key), &body) {
                (Some(Some(known)), Some(body)) => matters(known) == matters(body),
                (Some(None), None) => true,
                _ => false,
            };
            if !same {
                changed = true;
                self.live.insert(key, body);
            }
        }
        changed
    }

    /// Takes the server's answers in.
    pub(super) fn take_answers(&mut self, answers: Vec<(ObjectKey, Answer)>) {
        for (key, answer) in answers {
            self.answers.insert(key, answer);
        }
    }

    /// What the server is to be asked about: each object that the plan writes.
    pub(super) fn questions(&self) -> Vec<Question> {
        let Some(last) = &self.last else { return Vec::new() };
        let written = last.plan.changes().filter(|change| {
            matches!(change.action, Action::Create | Action::Update | Action::Recreate { .. })
        });
        written
            .filter_map(|change| {
                let object = last.target.objects.iter().find(|object| object.key.same_object(&change.key))?;
                let live = self.live(&object.key);
                let known = self.answers.get(&object.key, &object.body, live.as_ref()).is_some();
                (!known).then(|| Question {
                    key: object.key.clone(),
                    body: Arc::clone(&object.body),
                    live,
                })
            })
            .collect()
    }
}

/// What of a live object matters to a plan: all but what changes by itself.
fn matters(object: &Json) -> Json {
    let mut object = object.clone();
    if let Json::Object(fields) = &mut object {
        fields.remove("status");
    }
    if let Some(Json::Object(metadata)) = object.get_mut("metadata") {
        metadata.remove("resourceVersion");
        if let Some(Json::Array(entries)) = metadata.get_mut("managedFields") {
            entries.retain(|entry| entry["subresource"] != "status");
            for entry in entries {
                if let Json::Object(entry) = entry {
                    entry.remove("time");
                }
            }
        }
        if let Some(Json::Object(annotations)) = metadata.get_mut("annotations") {
            annotations.remove("deployment.kubernetes.io/revision");
        }
    }
    object
}

/// Gives every object the namespace that it is applied to.
fn resolved(mut manifest: Manifest, cluster: &Cluster, namespace: &str) -> Manifest {
    let resolve = |object: &mut ManifestObject| {
        object.key = cluster.index().resolve(object.key.clone(), namespace);
    };
    manifest.objects.iter_mut().for_each(resolve);
    for hook in &mut manifest.hooks {
        resolve(&mut hook.object);
    }
    manifest
}

/// The backend that the values choose.
pub(super) fn backend_of(values: &Json) -> &'static str {
    let external = values.pointer("/global/externalSecrets/enabled").and_then(Json::as_bool);
    if external == Some(true) { "external" } else { "kubernetes" }
}

fn to_generate(target: &Manifest, inputs: &Inputs, link: &Link) -> BTreeMap<String, BTreeSet<String>> {
    let Some(backend) = backend(backend_of(&inputs.values)) else {
        return BTreeMap::new();
    };
    let known = link.facts.secrets.clone().unwrap_or_default();
    required(target)
        .into_iter()
        .filter_map(|secret| {
            let live = known.get(&secret.name).map(|keys| LiveSecret {
                keys: keys.clone(),
                ours: link.own_secrets.contains(&secret.name),
            });
            match backend.provision(&inputs.release, &secret, live.as_ref()) {
                Provision::Generate { keys } => Some((secret.name, keys)),
                Provision::Present | Provision::Missing { .. } => None,
            }
        })
        .collect()
}

/// Something to ask the server about.
pub(super) struct Question {
    key: ObjectKey,
    body: Arc<Json>,
    live: Option<Arc<Json>>,
}

/// Reads live objects.
pub(super) async fn read(
    cluster: Cluster,
    keys: Vec<ObjectKey>,
) -> Result<BTreeMap<ObjectKey, Option<Arc<Json>>>, ClusterError> {
    live::fetch(&cluster, keys).await
}

/// Asks the server about each question: unforced for the conflicts, forced for the result where there are some. Only a
/// server that cannot be asked is an error; one that refuses has answered.
pub(super) async fn ask(
    cluster: Cluster,
    owner: Owner,
    questions: Vec<Question>,
) -> Result<Vec<(ObjectKey, Answer)>, ClusterError> {
    let (cluster, owner) = (&cluster, &owner);
    let answers: Vec<Result<_, ClusterError>> = futures::stream::iter(questions)
        .map(|question| async move {
            let outcome = dry_run(cluster, owner, &question).await?;
            let answer = Answer {
                body: question.body,
                live: question.live,
                outcome,
            };
            Ok((question.key, answer))
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    answers.into_iter().collect()
}

async fn dry_run(cluster: &Cluster, owner: &Owner, question: &Question) -> Result<Outcome, ClusterError> {
    let body = owner.mark(&question.body);
    let (result, conflicts) = match apply(cluster, &question.key, &body, Mode::DryRun).await {
        Err(ClusterError::Conflicts { conflicts, .. }) => {
            (apply(cluster, &question.key, &body, Mode::DryRunForced).await, conflicts)
        }
        result => (result, Vec::new()),
    };
    match result {
        Ok(after) => Ok(Outcome::Accepted {
            after: Arc::new(after),
            conflicts,
            warnings: Vec::new(),
        }),
        Err(error @ (ClusterError::Refused { .. } | ClusterError::Forbidden { .. } | ClusterError::NoKind { .. })) => {
            Ok(Outcome::Refused {
                message: error.to_string(),
            })
        }
        Err(ClusterError::Api { code, message, .. }) if (400..500).contains(&code) => Ok(Outcome::Refused { message }),
        Err(error) => Err(error),
    }
}
