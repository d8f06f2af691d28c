//! The object as it will be: predicted by the apply of [`crate::apply`], or as the server's dry run says.

use super::input::{Answer, Outcome};
use super::model::{Confidence, FieldConflict};
use crate::apply::fields::{FieldPath, FieldSet};
use crate::apply::managed::{ManagedFields, Operation};
use crate::apply::{ApplyError, ApplyRequest, Conflict, Schema, apply, config_for, fold_update_into_apply};
use serde_json::Value as Json;
use std::borrow::Cow;

/// The field manager of the release: Helm's own, so that both Helms go on without conflicts.
pub const RELEASE_MANAGER: &str = "helm";

/// The field manager that holds a field between the release, which gives it up, and the controller that takes it.
pub const HANDOVER_MANAGER: &str = "mesh-tui-handover";

/// A prediction is made for no moment in particular; only managed fields would show it, and they are never shown.
const NO_TIME: &str = "1970-01-01T00:00:00Z";

/// What an object becomes.
pub(super) struct Predicted {
    /// The object as it will be, not yet normalized; `None` where nothing can be said.
    pub(super) after: Option<Json>,
    /// How sure that is.
    pub(super) confidence: Confidence,
    /// The live object as it will be right before the apply: with what was folded and handed over.
    pub(super) managed: ManagedFields,
    /// Whether `spec.replicas` is handed over before.
    pub(super) handover: bool,
}

/// What a prediction is made from.
pub(super) struct Subject<'a> {
    pub(super) desired: &'a Json,
    /// As the release recorded it last.
    pub(super) previous: Option<&'a Json>,
    pub(super) live: Option<&'a Json>,
    pub(super) schema: &'a Schema,
    /// Whether an autoscaler of the target scales the object.
    pub(super) autoscaled: bool,
    pub(super) answer: Option<&'a Answer>,
}

/// Predicts, or takes the server's word.
pub(super) fn predict(subject: &Subject<'_>) -> Predicted {
    let (live, handover) = prepared(subject);
    let managed = live
        .as_deref()
        .and_then(|live| ManagedFields::of(live).ok())
        .unwrap_or_default();
    let (after, confidence) = match subject.answer.map(|answer| &answer.outcome) {
        Some(Outcome::Accepted { after, conflicts, .. }) => {
            let confidence = if conflicts.is_empty() {
                Confidence::Confirmed
            } else {
                Confidence::Conflicts(conflicts.clone())
            };
            (Some((**after).clone()), confidence)
        }
        Some(Outcome::Refused { message }) => {
            let refused = Confidence::Refused {
                message: message.clone(),
            };
            (predicted(subject, live.as_deref()).0, refused)
        }
        None => predicted(subject, live.as_deref()),
    };
    Predicted {
        after,
        confidence,
        managed,
        handover,
    }
}

/// The live object after what comes before the apply: Helm's client-side entry is folded into its server-side one, and
/// replicas that an autoscaler is to own are handed over.
fn prepared<'a>(subject: &Subject<'a>) -> (Option<Cow<'a, Json>>, bool) {
    let Some(live) = subject.live else {
        return (None, false);
    };
    let live = fold_update_into_apply(live, RELEASE_MANAGER).map_or(Cow::Borrowed(live), |folded| {
        Cow::Owned(without_defaults(folded, subject))
    });
    let replicas = FieldPath::of_fields(&["spec", "replicas"]);
    let given_up = subject.autoscaled
        && subject.desired.pointer("/spec/replicas").is_none()
        && live.pointer("/spec/replicas").is_some()
        && only_ours(&live, &replicas);
    if !given_up {
        return (Some(live), false);
    }
    let share = apply(&ApplyRequest {
        live: Some(&live),
        config: &config_for(&live, &[replicas]),
        manager: HANDOVER_MANAGER,
        force: false,
        subresource: "",
        schema: subject.schema,
        time: NO_TIME,
    });
    let shared = share.map_or(live, |applied| Cow::Owned(applied.object));
    (Some(shared), true)
}

/// The folded object without the release's claim on what the server has filled in: a client that creates an object owns
/// its defaults, too, and giving those up changes nothing, since the server fills them in again.
fn without_defaults(mut folded: Json, subject: &Subject<'_>) -> Json {
    let Ok(mut managed) = ManagedFields::of(&folded) else {
        return folded;
    };
    let configs = subject.previous.into_iter().chain([subject.desired]);
    let set = configs.fold(FieldSet::default(), |set, config| {
        set.union(&fields_of(config, subject.schema))
    });
    for entry in managed.entries.iter_mut().filter(|entry| {
        entry.manager == RELEASE_MANAGER
            && entry.operation == Operation::Apply
            && entry.subresource.is_empty()
    }) {
        entry.fields = entry.fields.intersection(&set);
    }
    managed.write_to(&mut folded);
    folded
}

/// The fields that a configuration sets.
fn fields_of(config: &Json, schema: &Schema) -> FieldSet {
    let request = ApplyRequest {
        live: None,
        config,
        manager: RELEASE_MANAGER,
        force: false,
        subresource: "",
        schema,
        time: NO_TIME,
    };
    let applied = apply(&request)
        .ok()
        .and_then(|applied| ManagedFields::of(&applied.object).ok());
    let entries = applied.map(|managed| managed.entries).unwrap_or_default();
    entries
        .iter()
        .fold(FieldSet::default(), |set, entry| set.union(&entry.fields))
}

/// Whether nobody but the release owns the field.
fn only_ours(live: &Json, path: &FieldPath) -> bool {
    let managed = ManagedFields::of(live).unwrap_or_default();
    let mut owners = managed.owners(path).peekable();
    owners.peek().is_some() && owners.all(|owner| owner.manager == RELEASE_MANAGER)
}

fn predicted(subject: &Subject<'_>, live: Option<&Json>) -> (Option<Json>, Confidence) {
    let request = |force| ApplyRequest {
        live,
        config: subject.desired,
        manager: RELEASE_MANAGER,
        force,
        subresource: "",
        schema: subject.schema,
        time: NO_TIME,
    };
    match apply(&request(false)) {
        Ok(applied) => (Some(applied.object), Confidence::Predicted),
        Err(ApplyError::Conflicts(conflicts)) => {
            let after = apply(&request(true)).ok().map(|applied| applied.object);
            (
                after,
                Confidence::Conflicts(conflicts.iter().map(field_conflict).collect()),
            )
        }
        Err(error) => {
            let refused = Confidence::Refused {
                message: error.to_string(),
            };
            (None, refused)
        }
    }
}

fn field_conflict(conflict: &Conflict) -> FieldConflict {
    FieldConflict {
        manager: conflict.manager_words(),
        field: conflict.path.to_string(),
    }
}
