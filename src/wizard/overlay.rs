//! The person's choices as a minimal overlay: only what differs from the chart's defaults with the profile on top.
//!
//! It knows how values lie over one another for showing and choosing; the chart engine does the coalescing that
//! templates see.

use serde_json::{Map, Value as Json};

/// Lays `over` on `base` as Helm lays values over one another: maps merge, everything else replaces, null deletes.
#[must_use]
pub fn merge(base: &Json, over: &Json) -> Json {
    match (base, over) {
        (Json::Object(base), Json::Object(over)) => {
            let mut merged = base.clone();
            for (key, value) in over {
                if value.is_null() {
                    merged.remove(key);
                    continue;
                }
                let value = match merged.get(key) {
                    Some(below) => merge(below, value),
                    None => without_nulls(value),
                };
                merged.insert(key.clone(), value);
            }
            Json::Object(merged)
        }
        (_, over) => without_nulls(over),
    }
}

fn without_nulls(value: &Json) -> Json {
    match value {
        Json::Object(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// The value at a dotted path.
#[must_use]
pub fn get<'a>(values: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.').try_fold(values, |at, key| at.get(key))
}

/// Chooses `value` at a dotted path, or takes the choice back where it is what `base` says anyway.
///
/// What else stands in the overlay is left as it is.
pub fn choose(overlay: &mut Json, base: &Json, path: &str, value: Json) {
    if get(base, path).unwrap_or(&Json::Null) == &value {
        forget(overlay, path);
    } else {
        put(overlay, path, value);
    }
}

/// Takes the choice at a dotted path back, with the maps that it leaves empty.
pub fn forget(overlay: &mut Json, path: &str) {
    let Json::Object(map) = overlay else { return };
    let Some((key, rest)) = path.split_once('.') else {
        map.remove(path);
        return;
    };
    let Some(below) = map.get_mut(key) else { return };
    forget(below, rest);
    if below.as_object().is_some_and(Map::is_empty) {
        map.remove(key);
    }
}

fn put(overlay: &mut Json, path: &str, value: Json) {
    if !overlay.is_object() {
        *overlay = Json::Object(Map::new());
    }
    let Json::Object(map) = overlay else { return };
    match path.split_once('.') {
        None => {
            map.insert(path.to_owned(), value);
        }
        Some((key, rest)) => put(map.entry(key).or_insert(Json::Null), rest, value),
    }
}

/// The smallest overlay that makes `wanted` out of `base`.
#[must_use]
pub fn between(base: &Json, wanted: &Json) -> Json {
    difference(base, wanted).unwrap_or_else(|| Json::Object(Map::new()))
}

fn difference(base: &Json, wanted: &Json) -> Option<Json> {
    let (Json::Object(below), Json::Object(above)) = (base, wanted) else {
        return (base != wanted).then(|| wanted.clone());
    };
    let mut changes = Map::new();
    for (key, value) in above {
        let change = match below.get(key) {
            Some(old) => difference(old, value),
            None => Some(value.clone()),
        };
        if let Some(change) = change {
            changes.insert(key.clone(), change);
        }
    }
    for key in below.keys().filter(|key| !above.contains_key(*key)) {
        changes.insert(key.clone(), Json::Null);
    }
    (!changes.is_empty()).then_some(Json::Object(changes))
}

/// Takes back every choice below the key `name` that `explicit` does not make, too.
pub fn keep_only(overlay: &mut Json, name: &str, explicit: &Json) {
    let Some(below) = overlay.get_mut(name) else {
        return;
    };
    match explicit.get(name) {
        Some(explicit) => intersect(below, explicit),
        None => forget(overlay, name),
    }
}

fn intersect(choices: &mut Json, explicit: &Json) {
    if let (Json::Object(choices), Json::Object(explicit)) = (choices, explicit) {
        choices.retain(|key, _| explicit.contains_key(key));
        for (key, choice) in choices {
            intersect(choice, &explicit[key]);
        }
    }
}

/// How many values an overlay sets.
#[must_use]
pub fn count(overlay: &Json) -> usize {
    match overlay {
        Json::Object(map) => map.values().map(count).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_value_set_back_to_its_default_leaves_the_overlay_and_others_stay() {
        let base = json!({"a": {"b": 1, "c": 2}});
        let mut overlay = json!({"hand": {"written": [1]}});
        choose(&mut overlay, &base, "a.b", json!(5));
        assert_eq!(overlay, json!({"hand": {"written": [1]}, "a": {"b": 5}}));
        choose(&mut overlay, &base, "a.b", json!(1));
        assert_eq!(overlay, json!({"hand": {"written": [1]}}));
    }

    #[test]
    fn only_what_was_set_explicitly_is_kept_of_a_key() {
        let mut overlay = json!({"worker": {"enabled": false, "size": "large"}, "api": {"size": "large"}});
        keep_only(&mut overlay, "worker", &json!({"worker": {"enabled": false}}));
        assert_eq!(
            overlay,
            json!({"worker": {"enabled": false}, "api": {"size": "large"}})
        );
        keep_only(&mut overlay, "worker", &json!({}));
        assert_eq!(overlay, json!({"api": {"size": "large"}}));
    }

    #[test]
    fn null_deletes_what_lies_below() {
        assert_eq!(
            merge(&json!({"a": {"b": 1}, "c": 2}), &json!({"a": null})),
            json!({"c": 2})
        );
    }

    fn values() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![any::<bool>().prop_map(Json::from), (0..9i64).prop_map(Json::from)];
        leaf.prop_recursive(3, 16, 3, |inner| {
            prop::collection::btree_map("[a-c]", inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect()))
        })
    }

    fn maps() -> impl Strategy<Value = Json> {
        prop::collection::btree_map("[a-c]", values(), 0..4)
            .prop_map(|map| Json::Object(map.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn the_overlay_between_two_documents_makes_one_out_of_the_other(base in maps(), wanted in maps()) {
            prop_assert_eq!(merge(&base, &between(&base, &wanted)), wanted);
        }
    }
}
