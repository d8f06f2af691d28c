//! The object as it will be: predicted by the apply of [`crate::apply`], or as the server's dry run says.

use super::input::{Answer, Outcome};
use super::model::{Confidence, FieldConflict};
use crate::apply::fields::{FieldPath, FieldSet, PathElement};
use crate::apply::managed::{ManagedFields, Operation};
use crate::apply::{
    ApplyError, ApplyRequest, Conflict, Schema, apply, carry_defaults, carry_removals, config_for,
    fold_update_into_apply, foresee,
};
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
    let prepared = Prepared::of(subject);
    let live = prepared.as_ref().map(|prepared| &*prepared.live);
    let managed = live.map_or_else(|| Ok(ManagedFields::default()), ManagedFields::of);
    let predicted = || predicted(subject, live, managed.as_ref().ok());
    let (after, confidence) = match subject.answer.map(|answer| &answer.outcome) {
        Some(Outcome::Accepted { after, conflicts, .. }) => {
            let foreign: Vec<_> = conflicts
                .iter()
                .filter(|conflict| !is_ours(conflict.manager_name()))
                .cloned()
                .collect();
            let confidence = if foreign.is_empty() {
                Confidence::Confirmed
            } else {
                Confidence::Conflicts(foreign)
            };
            let after = match &prepared {
                Some(prepared) => prepared.amend(subject, after, || predicted().0),
                None => (**after).clone(),
            };
            (Some(after), confidence)
        }
        Some(Outcome::Refused { message }) => {
            let refused = Confidence::Refused {
                message: message.clone(),
            };
            (predicted().0, refused)
        }
        None => predicted(),
    };
    Predicted {
        after,
        confidence,
        managed: managed.unwrap_or_default(),
        handover: prepared.is_some_and(|prepared| prepared.handover),
    }
}

/// Whether a conflict with this manager needs nobody's word: Helm's client-side entry is folded before the apply, and what
/// the release itself had handed over it takes back.
fn is_ours(manager: &str) -> bool {
    [RELEASE_MANAGER, HANDOVER_MANAGER].contains(&manager)
}

/// The live object after what comes before the apply.
struct Prepared<'a> {
    live: Cow<'a, Json>,
    /// Helm's client-side entry was folded into its server-side one.
    folded: bool,
    /// Replicas that an autoscaler is to own were handed over.
    handover: bool,
}

impl<'a> Prepared<'a> {
    fn of(subject: &Subject<'a>) -> Option<Self> {
        let folded = fold_update_into_apply(subject.live?, RELEASE_MANAGER);
        let was_folded = folded.is_some();
        let live = folded.map_or(Cow::Borrowed(subject.live?), |folded| {
            Cow::Owned(without_defaults(folded, subject))
        });
        let replicas = FieldPath::of_fields(&["spec", "replicas"]);
        let handover = subject.autoscaled
            && subject.desired.pointer("/spec/replicas").is_none()
            && live.pointer("/spec/replicas").is_some()
            && only_ours(&live, &replicas);
        let live = if handover {
            hand_over(subject, live, replicas)
        } else {
            live
        };
        Some(Self {
            live,
            folded: was_folded,
            handover,
        })
    }

    /// What the server's answer would have been, had it known of the preparation: a dry run cannot build on another.
    fn amend(&self, subject: &Subject<'_>, answer: &Json, predicted: impl FnOnce() -> Option<Json>) -> Json {
        let mut after = answer.clone();
        if self.folded
            && let Some(predicted) = predicted()
        {
            let ty = subject.schema.of(subject.desired);
            after = carry_removals(ty, &self.live, &predicted, &after);
        }
        if self.handover {
            after["spec"]["replicas"] = self.live["spec"]["replicas"].clone();
        }
        after
    }
}

fn hand_over<'a>(subject: &Subject<'_>, live: Cow<'a, Json>, field: FieldPath) -> Cow<'a, Json> {
    let share = apply(&ApplyRequest {
        live: Some(&live),
        config: &config_for(&live, &[field]),
        manager: HANDOVER_MANAGER,
        force: false,
        subresource: "",
        schema: subject.schema,
        time: NO_TIME,
    });
    share.map_or(live, |applied| Cow::Owned(applied.object))
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

/// What the apply makes of `live`. `managed` are its managers; `None` where they cannot be read, of which the apply knows
/// what to say.
fn predicted(
    subject: &Subject<'_>,
    live: Option<&Json>,
    managed: Option<&ManagedFields>,
) -> (Option<Json>, Confidence) {
    let request = |force| ApplyRequest {
        live,
        config: subject.desired,
        manager: RELEASE_MANAGER,
        force,
        subresource: "",
        schema: subject.schema,
        time: NO_TIME,
    };
    let settled = |mut object: Json, conflicts: &[Conflict]| {
        if let (Some(live), Some(previous)) = (live, subject.previous) {
            let others: Vec<&[PathElement]> = conflicts.iter().map(|c| c.path.elements()).collect();
            let ty = subject.schema.of(subject.desired);
            carry_defaults(ty, live, previous, &mut object, &others);
        }
        object
    };
    let applied = |force| match managed {
        Some(managed) => foresee(&request(force), managed),
        None => apply(&request(force)).map(|applied| applied.object),
    };
    match applied(false) {
        Ok(object) => (Some(settled(object, &[])), Confidence::Predicted),
        Err(ApplyError::Conflicts(conflicts)) => {
            let after = applied(true).ok().map(|object| settled(object, &conflicts));
            let foreign: Vec<FieldConflict> = conflicts
                .iter()
                .filter(|conflict| !is_ours(&conflict.manager))
                .map(field_conflict)
                .collect();
            let confidence = if foreign.is_empty() {
                Confidence::Predicted
            } else {
                Confidence::Conflicts(foreign)
            };
            (after, confidence)
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
        manager: conflict.manager_words().replace('"', ""),
        field: conflict.path.to_string(),
    }
}
