//! How `merge` and `mergeOverwrite` lay maps over each other, as the library `mergo` does.

use crate::chart::value::{Map, Value};

/// Who wins where both maps have a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Winner {
    /// The target, unless its value is empty.
    First,
    /// The source.
    Last,
}

/// Deeper than any values; a map within itself has no end.
const MAX_DEPTH: usize = 500;

/// Merges `source` into `target`, deeply. A map that the target has not becomes the very map of the source.
pub(super) fn merge(target: &Map, source: &Map, winner: Winner, depth: usize) {
    if depth > MAX_DEPTH || target.is_same(source) {
        return;
    }
    for (key, value) in source.snapshot() {
        let existing = target.get(&key);
        if value.is_nil() {
            if winner == Winner::Last {
                target.insert(key, Value::Nil);
            }
            continue;
        }
        if let (Some(Value::Map(existing)), Value::Map(value)) = (&existing, &value) {
            merge(existing, value, winner, depth + 1);
            if !existing.is_empty() {
                continue;
            }
        }
        // The library also puts values in the place of empty ones: false, 0 and "" among them.
        if winner == Winner::Last || !existing.is_some_and(|existing| existing.is_true()) {
            target.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::chart::value::{from_json, to_json};
    use serde_json::json;

    fn map(json: &serde_json::Value) -> Map {
        match from_json(json) {
            Value::Map(map) => map,
            _ => Map::new(),
        }
    }

    fn merged(target: &serde_json::Value, source: &serde_json::Value, winner: Winner) -> serde_json::Value {
        let target = map(target);
        merge(&target, &map(source), winner, 0);
        to_json(&Value::Map(target)).unwrap()
    }

    #[test]
    fn the_first_keeps_what_is_not_empty() {
        let target = json!({"a": 1, "b": {"c": false, "d": "x"}, "l": [1], "e": {}});
        let source = json!({"a": 2, "b": {"c": true, "d": "y", "f": 1}, "l": [2], "e": {"g": 1}, "n": null});
        assert_eq!(
            merged(&target, &source, Winner::First),
            json!({"a": 1, "b": {"c": true, "d": "x", "f": 1}, "l": [1], "e": {"g": 1}})
        );
    }

    #[test]
    fn the_last_wins_with_empty_values_too() {
        let target = json!({"a": 1, "b": {"c": true, "d": "x"}, "l": [1], "m": {"x": 1}});
        let source = json!({"a": 0, "b": {"c": false}, "l": [], "n": null, "m": "s"});
        assert_eq!(
            merged(&target, &source, Winner::Last),
            json!({"a": 0, "b": {"c": false, "d": "x"}, "l": [], "n": null, "m": "s"})
        );
    }
}
