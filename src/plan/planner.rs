//! A plan, from everything it depends on. The [`Planner`] keeps what it worked out for an object as long as nothing
//! that the object's part of the plan depends on has changed.

mod object;

use super::input::{Answer, Answers, PlanInput};
use super::model::{ObjectChange, Plan, PlannedStage, Preparation};
use super::policy;
use super::preflight::{self, Namespace, Subject};
use super::redact::{Redactor, SecretValues};
use super::risk::Autoscalers;
use super::stages::Stages;
use crate::apply::Schema;
use crate::chart::manifest::{ManifestObject, ObjectIndex, ObjectKey};
use object::{Context, change_of, leaving_change};
use serde_json::Value as Json;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

/// Makes the plan.
#[must_use]
pub fn plan(input: &PlanInput<'_>) -> Plan {
    Planner::default().plan(input)
}

/// The plan with `answers` of the server in the place of its predictions. Answers that were given for another body or
/// another live object than the present ones do not count.
#[must_use]
pub fn confirm(input: &PlanInput<'_>, answers: &Answers) -> Plan {
    plan(&PlanInput { answers, ..*input })
}

/// What a plan looks up again and again.
struct Indexes<'a> {
    target: ObjectIndex<'a, &'a ManifestObject>,
    previous: ObjectIndex<'a, &'a ManifestObject>,
    autoscalers: Autoscalers<'a>,
}

impl<'a> Indexes<'a> {
    fn of(input: &PlanInput<'a>) -> Self {
        let index = |objects: &'a [ManifestObject]| {
            ObjectIndex::new(
                input.namespace,
                objects.iter().map(|object| (&object.key, object)),
            )
        };
        Self {
            target: index(&input.target.objects),
            previous: index(input.previous),
            autoscalers: Autoscalers::among(&input.target.objects),
        }
    }
}

/// Makes plans one after the other, and works out anew only what changed in between.
#[derive(Debug, Default)]
pub struct Planner {
    /// What holds for all objects; where it changes, nothing that was kept is good any more.
    common: Option<Common>,
    kept: HashMap<ObjectKey, Kept>,
}

#[derive(Debug)]
struct Common {
    schema: Schema,
    redactor: Redactor,
    namespace: String,
    seal_key: Vec<u8>,
}

/// The part of a plan that is about one object, with what it was made from.
#[derive(Debug)]
struct Kept {
    from: From,
    change: ObjectChange,
    warnings: Vec<String>,
}

#[derive(Debug, Clone)]
struct From {
    desired: Option<Arc<Json>>,
    text: Arc<str>,
    source: String,
    previous: Option<Arc<Json>>,
    live: Option<Arc<Json>>,
    answer: Option<Arc<Answer>>,
    autoscaler: Option<ObjectKey>,
}

impl From {
    /// Whether both are the same. Texts and pointers are compared, which is quick; the same content at another place
    /// counts as another.
    fn same(&self, other: &Self) -> bool {
        let same_body = same_place(self.desired.as_ref(), other.desired.as_ref())
            || (self.desired.is_some() == other.desired.is_some() && self.text == other.text);
        same_body
            && self.source == other.source
            && same_place(self.previous.as_ref(), other.previous.as_ref())
            && same_place(self.live.as_ref(), other.live.as_ref())
            && same_place(self.answer.as_ref(), other.answer.as_ref())
            && self.autoscaler == other.autoscaler
    }
}

fn same_place<T>(a: Option<&Arc<T>>, b: Option<&Arc<T>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    }
}

impl Planner {
    /// Makes the plan for `input`.
    #[must_use]
    pub fn plan(&mut self, input: &PlanInput<'_>) -> Plan {
        self.renew(input);
        let indexes = Indexes::of(input);
        let (stages, mut findings) = Stages::of(input.chart, input.order);
        let mut planned: Vec<PlannedStage> = stages.list().iter().map(empty_stage).collect();
        let mut now = HashMap::with_capacity(self.kept.len());

        for object in &input.target.objects {
            let (change, warnings) = self.object(input, &indexes, object, &mut now);
            findings.extend(
                warnings
                    .iter()
                    .map(|warning| server_warning(&object.key, warning)),
            );
            planned[stages.of_object(object)].changes.push(change);
        }
        let rendered = stages.with_objects(input.target);
        let leaving = |object: &&ManifestObject| indexes.target.get(&object.key).is_none();
        for object in input.previous.iter().filter(leaving) {
            if let Some(change) = self.leaving(input, object, &mut now) {
                planned[stages.of_leaving(object, &rendered)].changes.push(change);
            }
        }
        let mut hooks: Vec<_> = input.target.hooks.iter().collect();
        hooks.sort_by(|a, b| (a.weight, &a.object.key.name).cmp(&(b.weight, &b.object.key.name)));
        for hook in hooks {
            if let Some(at) = stages.of_hook(hook, input.install) {
                planned[at].hooks.push(hook.object.key.clone());
            }
        }
        self.kept = now;

        planned.retain(|stage| !stage.changes.is_empty() || !stage.hooks.is_empty());
        let mut plan = Plan {
            preparations: preparations(input),
            stages: planned,
            findings: Vec::new(),
        };
        findings.extend(preflight::findings(&Subject {
            release: input.release,
            namespace: input.namespace,
            target: input.target,
            facts: input.facts,
            plan: &plan,
        }));
        let hooks = input.target.hooks.iter().map(|hook| &hook.object);
        let rendered = input.target.objects.iter().chain(hooks);
        findings.extend(policy::findings(rendered, input.policy_errors));
        findings.sort_by_key(|finding| Reverse(finding.severity));
        plan.findings = findings;
        plan
    }

    /// Forgets what was kept where something changed that holds for all objects.
    fn renew(&mut self, input: &PlanInput<'_>) {
        let objects = || {
            let manifests = input.target.objects.iter().chain(input.previous);
            manifests
                .map(|object| &*object.body)
                .chain(input.live.iter().map(|object| &**object))
        };
        let known = self.common.as_ref().is_some_and(|common| {
            common.schema.same(input.schema)
                && common.namespace == input.namespace
                && common.seal_key == input.seal_key
                && common.redactor.knows(objects())
        });
        if !known {
            self.kept.clear();
            self.common = Some(Common {
                schema: input.schema.clone(),
                redactor: Redactor::new(SecretValues::collect(objects(), [])),
                namespace: input.namespace.to_owned(),
                seal_key: input.seal_key.to_vec(),
            });
        }
    }

    fn object(
        &mut self,
        input: &PlanInput<'_>,
        indexes: &Indexes<'_>,
        object: &ManifestObject,
        now: &mut HashMap<ObjectKey, Kept>,
    ) -> (ObjectChange, Vec<String>) {
        let live = input.live.get(&object.key, input.namespace).cloned();
        let answer = input
            .answers
            .get(&object.key, &object.body, live.as_ref())
            .cloned();
        let previous = indexes.previous.get(&object.key);
        let from = From {
            desired: Some(object.body.clone()),
            text: object.text.clone(),
            source: object.source.clone(),
            previous: previous.map(|previous| previous.body.clone()),
            live,
            answer,
            autoscaler: indexes
                .autoscalers
                .of(&object.key)
                .map(|scaler| scaler.key.clone()),
        };
        let kept = self.kept.remove(&object.key).filter(|kept| kept.from.same(&from));
        let kept = kept.unwrap_or_else(|| {
            let change = self.context(&from).map(|context| change_of(&context, object));
            Kept {
                warnings: warnings(&from, self.common.as_ref()),
                change: change.unwrap_or_else(|| object::unchanged(object)),
                from,
            }
        });
        let result = (kept.change.clone(), kept.warnings.clone());
        now.insert(object.key.clone(), kept);
        result
    }

    fn leaving(
        &mut self,
        input: &PlanInput<'_>,
        object: &ManifestObject,
        now: &mut HashMap<ObjectKey, Kept>,
    ) -> Option<ObjectChange> {
        let live = input.live.get(&object.key, input.namespace)?.clone();
        let from = From {
            desired: None,
            text: object.text.clone(),
            source: object.source.clone(),
            previous: Some(object.body.clone()),
            live: Some(live),
            answer: None,
            autoscaler: None,
        };
        let kept = self.kept.remove(&object.key).filter(|kept| kept.from.same(&from));
        let kept = match kept {
            Some(kept) => kept,
            None => Kept {
                change: leaving_change(&self.context(&from)?, object),
                warnings: Vec::new(),
                from,
            },
        };
        let change = kept.change.clone();
        now.insert(object.key.clone(), kept);
        Some(change)
    }

    fn context<'a>(&'a self, from: &'a From) -> Option<Context<'a>> {
        let common = self.common.as_ref()?;
        Some(Context {
            schema: &common.schema,
            redactor: &common.redactor,
            seal_key: &common.seal_key,
            previous: from.previous.as_deref(),
            live: from.live.as_deref(),
            answer: from.answer.as_deref(),
            autoscaler: from.autoscaler.as_ref(),
        })
    }
}

/// What is made before the first stage.
fn preparations(input: &PlanInput<'_>) -> Vec<Preparation> {
    let object = |kind: &str, namespace: Option<&str>, name: &str| ObjectKey {
        api_version: "v1".to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    };
    let created = input.facts.namespace == Some(Namespace::WillBeCreated);
    let namespace = created.then(|| Preparation {
        object: object("Namespace", None, input.namespace),
        keys: Vec::new(),
    });
    let secrets = input.facts.promised_secrets.iter();
    let secrets = secrets.map(|(name, keys)| Preparation {
        object: object("Secret", Some(input.namespace), name),
        keys: keys.iter().cloned().collect(),
    });
    namespace.into_iter().chain(secrets).collect()
}

fn empty_stage(stage: &super::stages::Stage) -> PlannedStage {
    PlannedStage {
        name: stage.name.clone(),
        kind: stage.kind,
        changes: Vec::new(),
        hooks: Vec::new(),
    }
}

/// The server's warnings, masked: they may quote what they warn of.
fn warnings(from: &From, common: Option<&Common>) -> Vec<String> {
    match (from.answer.as_deref().map(|answer| &answer.outcome), common) {
        (Some(super::input::Outcome::Accepted { warnings, .. }), Some(common)) => warnings
            .iter()
            .map(|warning| common.redactor.text(warning))
            .collect(),
        _ => Vec::new(),
    }
}

fn server_warning(key: &ObjectKey, warning: &str) -> super::model::Finding {
    super::model::Finding {
        severity: super::model::Severity::Warning,
        rule: "server-warning",
        message: format!("the cluster warns about {key}: {warning}"),
        hint: String::new(),
        object: Some(key.clone()),
        field: None,
    }
}

#[cfg(test)]
mod tests;
