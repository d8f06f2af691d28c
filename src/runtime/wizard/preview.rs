//! The live diff: choices rendered and compared with the live objects at hand, and the server's answers to dry runs.
//!
//! Making a plan is quick and happens within a frame; reading live objects and asking the server are tasks.

use super::connect::Link;
use super::release::Recorded;
use crate::chart::manifest::{Manifest, ObjectKey};
use crate::chart::render::{Frozen, NoCluster, ReleaseOptions, RenderError, Renderer};
use crate::cluster::dry_run::Question;
use crate::plan::model::Plan;
use crate::plan::preflight::{ClusterFacts, Namespace};
use crate::plan::{Answers, LiveObjects, PlanInput, Planner};
use crate::runtime::prepare::{Intent, Prepared, foreign, index, settle};
use crate::secrets::{LiveSecret, Provision, RequiredSecret, backend, required};
use crate::wizard::effect::{Inputs, RequestId};
use serde_json::Value as Json;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Live objects by key; `None` for one that does not exist.
pub(super) type Read = BTreeMap<ObjectKey, Option<Arc<Json>>>;

/// What lives between two key presses.
pub(super) struct Preview {
    renderer: Renderer,
    planner: Planner,
    seal_key: [u8; 32],
    live: Read,
    answers: Answers,
    last: Option<(RequestId, Prepared)>,
}

impl Preview {
    pub(super) fn new(renderer: Renderer) -> Self {
        Self {
            renderer,
            planner: Planner::default(),
            seal_key: rand::random(),
            live: Read::new(),
            answers: Answers::default(),
            last: None,
        }
    }

    /// The newest prediction, with everything that a rollout of it needs.
    pub(super) fn last(&self) -> Option<(RequestId, &Prepared)> {
        self.last.as_ref().map(|(id, prepared)| (*id, prepared))
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
            name: inputs.release,
            namespace: inputs.namespace,
            revision: recorded.survey.last_revision() + 1,
            is_upgrade: !recorded.survey.is_install(),
        };
        let rendered = self.renderer.render(
            &inputs.values,
            &release,
            &link.capabilities,
            &NoCluster,
            &Frozen::default(),
        )?;
        let target = settle(rendered.manifest, &recorded.session);
        let secrets = backend_of(&inputs.values);
        let prepared = Prepared {
            secrets: provisions(&target, secrets, link, recorded),
            intent: Intent {
                chart: Arc::clone(self.renderer.chart()),
                chart_source: String::new(),
                values: inputs.values,
                profile: inputs.profile.unwrap_or_default(),
                order: Vec::new(),
                policy_errors: inputs.policy_errors,
                secrets: secrets.to_owned(),
                // The target step and the review say so before anything is approved.
                create_namespace: true,
            },
            session: recorded.session.clone(),
            survey: recorded.survey.clone(),
            previous: recorded.previous.clone(),
            notes: rendered.notes,
            live: LiveObjects::default(),
            plan: Plan::default(),
            target,
        };
        self.last = Some((id, prepared));
        let plan = self.remake(link, recorded).unwrap_or_default();
        let unread = self.keys().any(|key| !self.live.contains_key(&key));
        Ok((plan, unread))
    }

    /// Makes the plan of the newest prediction anew, from what is known now.
    pub(super) fn remake(&mut self, link: &Link, recorded: &Recorded) -> Option<Arc<Plan>> {
        let (_, prepared) = self.last.as_mut()?;
        prepared.live = self.live.values().flatten().cloned().collect();
        let owner = &prepared.session.owner;
        let mut plan = self.planner.plan(&PlanInput {
            release: &owner.release,
            namespace: &owner.namespace,
            install: recorded.survey.is_install(),
            chart: self.renderer.chart(),
            target: &prepared.target,
            previous: &prepared.previous,
            live: &prepared.live,
            schema: &link.schema,
            answers: &self.answers,
            order: &[],
            facts: &facts(link, recorded, &prepared.secrets),
            policy_errors: &prepared.intent.policy_errors,
            seal_key: &self.seal_key,
        });
        plan.findings
            .extend(foreign(&prepared.target, &prepared.live, &prepared.session));
        plan.findings.sort_by_key(|finding| Reverse(finding.severity));
        prepared.plan = plan;
        Some(Arc::new(prepared.plan.clone()))
    }

    /// Every object that the plan is about.
    pub(super) fn keys(&self) -> impl Iterator<Item = ObjectKey> + use<> {
        let objects = self
            .last
            .iter()
            .flat_map(|(_, prepared)| prepared.target.objects.iter().chain(&prepared.previous));
        let keys: BTreeSet<ObjectKey> = objects.map(|object| object.key.clone()).collect();
        keys.into_iter()
    }

    /// Takes live objects in. One that differs in what changes by itself keeps its place, so that what was worked out and
    /// asked about it still holds. True when something differs that matters.
    pub(super) fn take_live(&mut self, read: Read) -> bool {
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
    pub(super) fn take_answers(&mut self, answers: Answers) {
        self.answers.extend(answers);
    }

    /// What the server is to be asked about, as far as it has not answered yet.
    pub(super) fn questions(&self) -> Vec<Question> {
        let Some((_, prepared)) = &self.last else {
            return Vec::new();
        };
        let (target, previous) = (index(&prepared.target.objects), index(&prepared.previous));
        let changes = prepared.plan.changes();
        changes
            .filter_map(|change| {
                let object = target.get(&change.key)?;
                let live = self.live.get(&change.key).and_then(Option::as_ref);
                if self.answers.get(&object.key, &object.body, live).is_some() {
                    return None;
                }
                let recorded = previous.get(&change.key);
                Question::about(change, object, live, recorded.map(|recorded| &*recorded.body))
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
    }
    object
}

/// What the preflight knows.
fn facts(link: &Link, recorded: &Recorded, secrets: &[(RequiredSecret, Provision)]) -> ClusterFacts {
    let promised = secrets.iter().filter_map(|(secret, provision)| match provision {
        Provision::Generate { keys } => Some((secret.name.clone(), keys.clone())),
        Provision::Present | Provision::Missing { .. } => None,
    });
    ClusterFacts {
        namespace: Some(match &recorded.survey.namespace {
            Namespace::Missing => Namespace::WillBeCreated,
            found => found.clone(),
        }),
        promised_secrets: promised.collect(),
        pending: recorded.pending(),
        ..link.facts.clone()
    }
}

/// The backend that the values choose.
fn backend_of(values: &Json) -> &'static str {
    let external = values
        .pointer("/global/externalSecrets/enabled")
        .and_then(Json::as_bool);
    if external == Some(true) {
        "external"
    } else {
        "kubernetes"
    }
}

/// The Secrets that pods need and the chart does not bring, and what happens for each.
fn provisions(
    target: &Manifest,
    id: &str,
    link: &Link,
    recorded: &Recorded,
) -> Vec<(RequiredSecret, Provision)> {
    let Some(backend) = backend(id) else {
        return Vec::new();
    };
    let known = link.facts.secrets.as_ref();
    required(target)
        .into_iter()
        .map(|secret| {
            let live = known
                .and_then(|known| known.get(&secret.name))
                .map(|keys| LiveSecret {
                    keys: keys.clone(),
                    ours: link.own_secrets.contains(&secret.name),
                });
            let provision = backend.provision(&recorded.session.owner.release, &secret, live.as_ref());
            (secret, provision)
        })
        .collect()
}
