//! What the server would make of changed objects.

use super::apply::{Mode, apply_with_warnings};
use super::live::AT_ONCE;
use super::{Cluster, ClusterError};
use crate::apply::fold_patch;
use crate::apply::managed::ManagedFields;
use crate::chart::manifest::{ManifestObject, ObjectKey};
use crate::plan::model::{Action, Consequence, ObjectChange};
use crate::plan::{Answer, Answers, Outcome, RELEASE_MANAGER};
use futures::StreamExt;
use serde_json::Value as Json;
use std::sync::Arc;

/// An object to ask about.
#[derive(Debug, Clone)]
pub struct Question {
    key: ObjectKey,
    body: Arc<Json>,
    live: Option<Arc<Json>>,
}

impl Question {
    /// The question about a change, where there is one: what is written, and not preceded by something that a dry run
    /// cannot know of, such as a field that is handed over. `previous` is the object as the release recorded it last.
    ///
    /// Where an entry of an older Helm is folded before the apply, a dry run keeps the fields that the release drops: it
    /// is asked only where there are none.
    #[must_use]
    pub fn about(
        change: &ObjectChange,
        object: &ManifestObject,
        live: Option<&Arc<Json>>,
        previous: Option<&Json>,
    ) -> Option<Self> {
        let written = matches!(
            change.action,
            Action::Create | Action::Update | Action::Recreate { .. }
        );
        let handed_over = change
            .consequences
            .iter()
            .any(|c| matches!(c, Consequence::HandedOver { .. }));
        let folded = live.is_some_and(|live| fold_patch(live, RELEASE_MANAGER).is_some());
        let drops = folded && previous.is_none_or(|previous| !covers(&object.body, previous));
        (written && !handed_over && !drops).then(|| Self {
            key: object.key.clone(),
            body: object.body.clone(),
            live: live.cloned(),
        })
    }
}

/// Whether `now` has every field that `before` has.
fn covers(now: &Json, before: &Json) -> bool {
    match (now, before) {
        (Json::Object(now), Json::Object(before)) => before
            .iter()
            .all(|(name, before)| now.get(name).is_some_and(|now| covers(now, before))),
        (Json::Array(now), Json::Array(before)) => {
            now.len() >= before.len() && now.iter().zip(before).all(|(now, before)| covers(now, before))
        }
        (Json::Object(_) | Json::Array(_), _) | (_, Json::Object(_) | Json::Array(_)) => false,
        _ => true,
    }
}

/// Asks the server, beside each other: unforced for the conflicts, forced for the result. What cannot be asked yet (its
/// namespace or its kind is still to come) has no answer.
pub async fn ask(cluster: &Cluster, questions: Vec<Question>) -> Result<Answers, ClusterError> {
    let mut answers = Answers::default();
    let mut asked = futures::stream::iter(questions)
        .map(|question| async move { (outcome(cluster, &question).await, question) })
        .buffer_unordered(AT_ONCE);
    while let Some((outcome, question)) = asked.next().await {
        if let Some(outcome) = outcome? {
            answers.insert(
                question.key,
                Answer {
                    body: question.body,
                    live: question.live,
                    outcome,
                },
            );
        }
    }
    Ok(answers)
}

async fn outcome(cluster: &Cluster, question: &Question) -> Result<Option<Outcome>, ClusterError> {
    let Question { key, body, .. } = question;
    let (after, conflicts) = match apply_with_warnings(cluster, key, body, Mode::DryRun).await {
        Err(ClusterError::Conflicts { mut conflicts, .. }) => {
            // The entry that is folded before the apply is the release's own.
            conflicts.retain(|conflict| !conflict.manager.starts_with("helm using "));
            let forced = apply_with_warnings(cluster, key, body, Mode::DryRunForced).await;
            (forced, conflicts)
        }
        result => (result, Vec::new()),
    };
    match after {
        Ok((mut after, warnings)) => {
            // Who would own what, nobody asks; it is most of the answer.
            ManagedFields::default().write_to(&mut after);
            Ok(Some(Outcome::Accepted {
                after: Arc::new(after),
                conflicts,
                warnings,
            }))
        }
        Err(ClusterError::Refused { message, .. }) => Ok(Some(Outcome::Refused { message })),
        Err(ClusterError::NotFound { .. } | ClusterError::NoKind { .. } | ClusterError::Forbidden { .. }) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_changed_value_is_covered_and_a_dropped_field_is_not() {
        let before = json!({"spec": {"image": "a", "list": [{"x": 1}]}});
        assert!(covers(
            &json!({"spec": {"image": "b", "list": [{"x": 2}], "new": 1}}),
            &before
        ));
        assert!(!covers(&json!({"spec": {"list": [{"x": 1}]}}), &before));
        assert!(!covers(&json!({"spec": {"image": "a", "list": []}}), &before));
    }
}
