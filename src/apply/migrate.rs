//! Changing who owns fields without changing them.

use super::fields::{FieldPath, PathElement};
use super::managed::{ManagedEntry, ManagedFields, Operation};
use serde_json::{Map, Value as Json, json};

/// Folds what `manager` owns through `Update` into its `Apply` entry, as clients do when they move from client-side
/// to server-side apply. Without that, fields that the manager no longer applies would stay for ever.
///
/// Returns the object with its new managed fields, or `None` where there is nothing to fold.
#[must_use]
pub fn fold_update_into_apply(live: &Json, manager: &str) -> Option<Json> {
    if !has_update_by(live, manager) {
        return None;
    }
    let owners = ManagedFields::of(live).ok()?;
    let written = |operation| {
        move |entry: &ManagedEntry| {
            entry.manager == manager && entry.operation == operation && entry.subresource.is_empty()
        }
    };
    let (updates, mut rest): (Vec<_>, Vec<_>) =
        owners.entries.into_iter().partition(written(Operation::Update));
    let first = updates.first()?.clone();
    let at = rest
        .iter()
        .position(written(Operation::Apply))
        .unwrap_or_else(|| {
            rest.push(ManagedEntry {
                operation: Operation::Apply,
                ..first
            });
            rest.len() - 1
        });
    // Fields written in another version of the group name something else; they are given up with their entry.
    let target = &mut rest[at];
    for update in &updates {
        if update.api_version == target.api_version {
            target.fields = target.fields.union(&update.fields);
        }
    }
    let mut folded = live.clone();
    ManagedFields { entries: rest }.write_to(&mut folded);
    Some(folded)
}

/// Whether an entry may be one to fold. What the managers own is not read for that: it is most of an object.
fn has_update_by(live: &Json, manager: &str) -> bool {
    let entries = live.pointer("/metadata/managedFields").and_then(Json::as_array);
    let mut entries = entries.into_iter().flatten();
    entries.any(|entry| entry["manager"] == manager && entry["operation"] == "Update")
}

/// The JSON patch (RFC 6902) that makes a cluster do what [`fold_update_into_apply`] says. It fails where the object
/// has changed in between.
#[must_use]
pub fn fold_patch(live: &Json, manager: &str) -> Option<Json> {
    let folded = fold_update_into_apply(live, manager)?;
    Some(json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": folded.pointer("/metadata/managedFields")?},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": live.pointer("/metadata/resourceVersion")?},
    ]))
}

/// The smallest configuration that applies the live values of these fields. Applied by another manager, it takes a
/// share in them, so that they stay when the first one drops them. Fields that are not there are left out.
#[must_use]
pub fn config_for(live: &Json, fields: &[FieldPath]) -> Json {
    let mut config = json!({"metadata": {}});
    for pointer in ["apiVersion", "kind"] {
        if let Some(value) = live.get(pointer) {
            config[pointer] = value.clone();
        }
    }
    for name in ["name", "namespace"] {
        if let Some(value) = live["metadata"].get(name) {
            config["metadata"][name] = value.clone();
        }
    }
    for field in fields {
        if exists(live, field.elements()) {
            put(&mut config, live, field.elements());
        }
    }
    config
}

fn exists(live: &Json, path: &[PathElement]) -> bool {
    path.iter().try_fold(live, step).is_some()
}

fn step<'j>(value: &'j Json, element: &PathElement) -> Option<&'j Json> {
    match element {
        PathElement::Field(name) => value.get(&**name),
        PathElement::Index(index) => value.get(usize::try_from(*index).ok()?),
        PathElement::Value(item) => value.as_array()?.iter().find(|value| **value == item.to_json()),
        PathElement::Key(keys) => {
            let matches = |item: &&Json| {
                keys.iter()
                    .all(|(name, key)| item.get(&**name).is_none_or(|value| *value == key.to_json()))
            };
            value.as_array()?.iter().find(matches)
        }
    }
}

/// Copies the value at `path` from `live` into `target`, with the keys of the items on the way.
fn put(target: &mut Json, live: &Json, path: &[PathElement]) {
    let Some((element, rest)) = path.split_first() else {
        *target = live.clone();
        return;
    };
    let Some(live) = step(live, element) else { return };
    if let PathElement::Field(name) = element {
        if !target.is_object() {
            *target = Json::Object(Map::new());
        }
        put(&mut target[&**name], live, rest);
        return;
    }
    if !target.is_array() {
        *target = Json::Array(Vec::new());
    }
    let Some(items) = target.as_array_mut() else {
        return;
    };
    let wanted = |item: &Json| step(&Json::Array(vec![item.clone()]), element).is_some();
    let at = items.iter().position(wanted).unwrap_or_else(|| {
        items.push(new_item(live, element));
        items.len() - 1
    });
    put(&mut items[at], live, rest);
}

fn new_item(live: &Json, element: &PathElement) -> Json {
    match element {
        PathElement::Key(keys) => Json::Object(
            keys.iter()
                .map(|(name, value)| (name.to_string(), value.to_json()))
                .collect(),
        ),
        _ => live.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::fields::Scalar;

    fn live() -> Json {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "a", "namespace": "n", "resourceVersion": "7", "managedFields": [
                {"manager": "helm", "operation": "Update", "apiVersion": "apps/v1", "fieldsType": "FieldsV1",
                 "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}, "f:paused": {}}}},
                {"manager": "helm", "operation": "Update", "apiVersion": "apps/v1", "fieldsType": "FieldsV1",
                 "subresource": "status", "fieldsV1": {"f:status": {"f:replicas": {}}}},
            ]},
            "spec": {"replicas": 3, "template": {"spec": {"containers": [
                {"name": "app", "image": "a:1", "env": [{"name": "A", "value": "1"}]},
                {"name": "other", "image": "b:1"},
            ]}}},
        })
    }

    fn entries(object: &Json) -> Vec<(String, Operation, usize)> {
        let managed = ManagedFields::of(object).unwrap();
        managed
            .entries
            .iter()
            .map(|e| (e.subresource.clone(), e.operation, e.fields.len()))
            .collect()
    }

    #[test]
    fn an_update_entry_becomes_the_apply_entry() {
        let folded = fold_update_into_apply(&live(), "helm").unwrap();
        assert_eq!(
            entries(&folded),
            [
                (String::new(), Operation::Apply, 2),
                ("status".into(), Operation::Update, 1)
            ]
        );
        assert_eq!(fold_update_into_apply(&folded, "helm"), None);
    }

    #[test]
    fn an_update_entry_joins_the_apply_entry_that_is_there() {
        let mut live = live();
        let applied = json!({"manager": "helm", "operation": "Apply", "apiVersion": "apps/v1",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:replicas": {}, "f:selector": {}}}});
        live["metadata"]["managedFields"]
            .as_array_mut()
            .unwrap()
            .push(applied);
        let folded = fold_update_into_apply(&live, "helm").unwrap();
        assert_eq!(entries(&folded)[0], (String::new(), Operation::Apply, 3));
    }

    #[test]
    fn the_patch_holds_on_to_the_version_it_was_made_for() {
        let patch = fold_patch(&live(), "helm").unwrap();
        assert_eq!(patch[1]["value"], "7");
        assert_eq!(fold_patch(&live(), "kubectl"), None);
    }

    #[test]
    fn the_smallest_configuration_names_the_items_on_the_way() {
        let image = |container: &str| -> FieldPath {
            let key = PathElement::key([("name", Scalar::String(container.into()))]);
            let path = ["spec", "template", "spec", "containers"].map(PathElement::field);
            path.into_iter()
                .chain([key, PathElement::field("image")])
                .collect()
        };
        let fields = [
            FieldPath::of_fields(&["spec", "replicas"]),
            image("app"),
            image("gone"),
        ];
        let expected = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "n"},
            "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "app", "image": "a:1"}]}}},
        });
        assert_eq!(config_for(&live(), &fields), expected);
    }
}
