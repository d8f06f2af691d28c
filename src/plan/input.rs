//! What a plan is made from.

use super::model::FieldConflict;
use super::policy::PolicyErrors;
use super::preflight::ClusterFacts;
use crate::apply::Schema;
use crate::chart::manifest::{Manifest, ManifestObject, ObjectKey};
use crate::chart::model::Chart;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Arc;

/// What a plan is made from. All of it is borrowed: a plan is made at every key press.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    /// The release's name.
    pub release: &'a str,
    /// The namespace of the release.
    pub namespace: &'a str,
    /// Whether there is no release of this name yet, so that install hooks run instead of upgrade hooks.
    pub install: bool,
    /// The chart, for its subcharts and their annotations.
    pub chart: &'a Chart,
    /// What the chart renders to now.
    pub target: &'a Manifest,
    /// The objects that the deployed revision recorded; empty for an install.
    pub previous: &'a [ManifestObject],
    /// The objects of `target` and `previous` as the cluster has them.
    pub live: &'a LiveObjects,
    /// What is known of the kinds.
    pub schema: &'a Schema,
    /// What the server answered to dry runs, as far as it was asked.
    pub answers: &'a Answers,
    /// The order of services that a person wants; empty for the chart's own.
    pub order: &'a [String],
    /// What is known of the cluster besides the objects.
    pub facts: &'a ClusterFacts,
    /// The policy rules whose findings keep a rollout from starting.
    pub policy_errors: &'a PolicyErrors,
    /// The key of the seals that stand for masked values: any bytes that live as long as the plans that are
    /// compared with each other.
    pub seal_key: &'a [u8],
}

/// Objects as the cluster has them. One that is not in it does not exist.
#[derive(Debug, Clone, Default)]
pub struct LiveObjects {
    objects: HashMap<(String, String, String, String), Arc<Json>>,
}

impl LiveObjects {
    /// Adds an object under the names that it carries itself.
    pub fn insert(&mut self, object: Arc<Json>) {
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let version = text("/apiVersion");
        let group = version.split_once('/').map_or("", |(group, _)| group).to_owned();
        let identity = (
            group,
            text("/kind"),
            text("/metadata/namespace"),
            text("/metadata/name"),
        );
        self.objects.insert(identity, object);
    }

    /// The object of this key. A key without a namespace is looked up in `namespace` as well, as a manifest does not
    /// say whether a kind has namespaces.
    #[must_use]
    pub fn get(&self, key: &ObjectKey, namespace: &str) -> Option<&Arc<Json>> {
        let find = |namespace: &str| {
            let identity = (
                key.group().to_owned(),
                key.kind.clone(),
                namespace.to_owned(),
                key.name.clone(),
            );
            self.objects.get(&identity)
        };
        match &key.namespace {
            Some(namespace) => find(namespace).or_else(|| find("")),
            None => find(namespace).or_else(|| find("")),
        }
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Json>> {
        self.objects.values()
    }
}

impl FromIterator<Arc<Json>> for LiveObjects {
    fn from_iter<T: IntoIterator<Item = Arc<Json>>>(objects: T) -> Self {
        let mut live = Self::default();
        objects.into_iter().for_each(|object| live.insert(object));
        live
    }
}

/// What the server answered to the dry run of one object.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The body that was sent. The answer counts for this very body only.
    pub body: Arc<Json>,
    /// The live object at that time; `None` where there was none. The answer counts for this very one only.
    pub live: Option<Arc<Json>>,
    /// What it said.
    pub outcome: Outcome,
}

/// How a dry run ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The server would take it.
    Accepted {
        /// The object that a forced dry run answered with.
        after: Arc<Json>,
        /// The conflicts that an unforced dry run answered with.
        conflicts: Vec<FieldConflict>,
        /// The `Warning` headers, cleaned of control sequences.
        warnings: Vec<String>,
    },
    /// The server would not.
    Refused {
        /// Its words, cleaned of control sequences.
        message: String,
    },
}

/// Answers by object.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    answers: HashMap<ObjectKey, Arc<Answer>>,
}

impl Answers {
    /// Takes an answer; it replaces an earlier one for the same object.
    pub fn insert(&mut self, key: ObjectKey, answer: Answer) {
        self.answers.insert(key, Arc::new(answer));
    }

    /// Takes further answers; each replaces an earlier one for the same object.
    pub fn extend(&mut self, others: Self) {
        self.answers.extend(others.answers);
    }

    /// The answer for an object, if it was given for this body and this live object.
    #[must_use]
    pub fn get(&self, key: &ObjectKey, body: &Arc<Json>, live: Option<&Arc<Json>>) -> Option<&Arc<Answer>> {
        self.answers.get(key).filter(|answer| {
            let same_live = match (&answer.live, live) {
                (Some(asked), Some(live)) => same(asked, live),
                (None, None) => true,
                _ => false,
            };
            same_live && same(&answer.body, body)
        })
    }
}

fn same(a: &Arc<Json>, b: &Arc<Json>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn key(namespace: Option<&str>) -> ObjectKey {
        ObjectKey {
            api_version: "v1".into(),
            kind: "ConfigMap".into(),
            namespace: namespace.map(ToOwned::to_owned),
            name: "a".into(),
        }
    }

    #[test]
    fn an_object_is_found_with_or_without_its_namespace() {
        let object =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "n"}});
        let live: LiveObjects = [Arc::new(object)].into_iter().collect();
        assert!(live.get(&key(Some("n")), "other").is_some());
        assert!(live.get(&key(None), "n").is_some());
        assert!(live.get(&key(None), "other").is_none());
        assert!(live.get(&key(Some("other")), "n").is_none());
    }

    #[test]
    fn an_answer_counts_for_what_was_asked_only() {
        let (body, live) = (Arc::new(json!({"a": 1})), Arc::new(json!({"a": 0})));
        let mut answers = Answers::default();
        let outcome = Outcome::Refused { message: "no".into() };
        answers.insert(
            key(None),
            Answer {
                body: body.clone(),
                live: Some(live.clone()),
                outcome,
            },
        );
        assert!(answers.get(&key(None), &body, Some(&live)).is_some());
        assert!(answers.get(&key(None), &body, None).is_none());
        assert!(
            answers
                .get(&key(None), &Arc::new(json!({"a": 2})), Some(&live))
                .is_none()
        );
    }
}
