//! What has changed since a plan was approved.

use super::model::{Action, Confidence, FieldChange, ObjectChange, Plan, Whose};
use crate::chart::manifest::{ObjectIndex, ObjectKey};
use serde_json::Value as Json;

/// The objects to ask about again: those that would now be written in a way that was not approved. An object that no
/// longer changes needs no question, and neither does a prediction that the server has merely completed.
#[must_use]
pub fn changed_since(approved: &Plan, now: &Plan) -> Vec<ObjectKey> {
    let written = now.changes().filter(|change| change.action != Action::Unchanged);
    let known = ObjectIndex::new("", approved.changes().map(|change| (&change.key, change)));
    let otherwise = written.filter(|change| {
        let approved = known.get(&change.key);
        approved.is_none_or(|approved| !same_writes(approved, change))
    });
    let made = now
        .preparations
        .iter()
        .filter(|made| !approved.preparations.contains(made));
    made.map(|made| made.object.clone())
        .chain(otherwise.map(|change| change.key.clone()))
        .collect()
}

/// Whether both changes write the same, whatever the server fills in besides and others keep. The seals stand for
/// masked values, and for the whole body of a creation, which has no fields.
fn same_writes(approved: &ObjectChange, now: &ObjectChange) -> bool {
    let same_action = match (&approved.action, &now.action) {
        // The server's words for why may differ from the prediction's.
        (Action::Recreate { .. }, Action::Recreate { .. }) => true,
        (approved, now) => approved == now,
    };
    let completed = approved.confidence == Confidence::Predicted && now.confidence != Confidence::Predicted;
    let same_value = |a: Option<&Json>, b: Option<&Json>| match (a, b) {
        (Some(a), Some(b)) => a == b || (completed && holds(b, a)),
        (a, b) => a == b,
    };
    let same_field = |a: &FieldChange, b: &FieldChange| {
        a.path == b.path && a.before == b.before && same_value(a.after.as_ref(), b.after.as_ref())
    };
    let (was, is) = (ours(approved), ours(now));
    same_action
        && approved.seal == now.seal
        && was.len() == is.len()
        && was.iter().zip(&is).all(|(a, b)| same_field(a, b))
}

fn ours(change: &ObjectChange) -> Vec<&FieldChange> {
    let written = |field: &&FieldChange| matches!(field.whose, Whose::Mine | Whose::Drift { .. });
    change.fields.iter().filter(written).collect()
}

/// Whether `whole` is `part` with fields that the server has filled in.
fn holds(whole: &Json, part: &Json) -> bool {
    match (whole, part) {
        (Json::Object(whole), Json::Object(part)) => part
            .iter()
            .all(|(name, part)| whole.get(name).is_some_and(|whole| holds(whole, part))),
        (Json::Array(whole), Json::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| holds(whole, part))
        }
        _ => whole == part,
    }
}
