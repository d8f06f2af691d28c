//! What a server fills in again of a value that is set as a whole.

use super::{Manner, entries, item_element, items, manner};
use crate::apply::fields::PathElement;
use crate::apply::schema::Type;
use serde_json::Value as Json;

/// `after` with the defaults that an apply loses from atomic values: it sets them as a whole, and the server then fills in
/// what it had filled in of `live` before. A default is what `live` has and neither `after` nor `last`, the configuration
/// that was applied before, says anything of: what `last` has was meant to go.
///
/// `others` are the fields that other managers have set to something else: what is in those is no default.
pub(crate) fn carry_defaults(
    ty: Type<'_>,
    live: &Json,
    last: &Json,
    after: &mut Json,
    others: &[&[PathElement]],
) {
    match manner(ty, after) {
        Manner::Whole if others.is_empty() => fill(live, last, after),
        Manner::Whole => {}
        Manner::Map => {
            let (Json::Object(after), Some(live)) = (after, entries(Some(live))) else {
                return;
            };
            for (name, value) in after {
                if let (Some(field), Some(live), Some(last)) =
                    (ty.field(name), live.get(name), last.get(name))
                {
                    let others = below(others, &PathElement::field(name));
                    carry_defaults(field, live, last, value, &others);
                }
            }
        }
        Manner::List => {
            let Json::Array(after) = after else { return };
            for item in after {
                let Ok(element) = item_element(ty.list_ownership(), item) else {
                    continue;
                };
                let named = |list| {
                    let same =
                        |item: &&Json| item_element(ty.list_ownership(), item).as_ref() == Ok(&element);
                    items(Some(list)).iter().find(same)
                };
                if let (Some(live), Some(last)) = (named(live), named(last)) {
                    carry_defaults(ty.item(), live, last, item, &below(others, &element));
                }
            }
        }
    }
}

/// The paths that go through `element`, from there on.
fn below<'p>(paths: &[&'p [PathElement]], element: &PathElement) -> Vec<&'p [PathElement]> {
    let rest = |path: &&'p [PathElement]| match path.split_first() {
        Some((first, rest)) if first == element => Some(rest),
        _ => None,
    };
    paths.iter().filter_map(rest).collect()
}

fn fill(live: &Json, last: &Json, after: &mut Json) {
    match (live, last, after) {
        (Json::Object(live), Json::Object(last), Json::Object(after)) => {
            for (name, value) in live {
                match (after.get_mut(name), last.get(name)) {
                    (Some(after), Some(last)) => fill(value, last, after),
                    (None, None) => {
                        after.insert(name.clone(), value.clone());
                    }
                    _ => {}
                }
            }
        }
        (Json::Array(live), Json::Array(last), Json::Array(after))
            if live.len() == after.len() && live.len() == last.len() =>
        {
            for ((live, last), after) in live.iter().zip(last).zip(after) {
                fill(live, last, after);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Schema;
    use serde_json::json;

    fn pod(env: Json) -> Json {
        json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "env": [env]}]}})
    }

    fn carried(live: Json, last: Json, after: Json) -> Json {
        let (live, last, mut after) = (pod(live), pod(last), pod(after));
        let schema = Schema::builtin();
        carry_defaults(schema.of(&after.clone()), &live, &last, &mut after, &[]);
        after["spec"]["containers"][0]["env"][0].clone()
    }

    #[test]
    fn a_default_of_an_atomic_value_comes_back() {
        let live = json!({"name": "ID", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}});
        let set = json!({"name": "ID", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}});
        assert_eq!(carried(live.clone(), set.clone(), set), live);
    }

    #[test]
    fn what_was_set_before_and_is_no_longer_stays_away() {
        let live = json!({"name": "ID", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}});
        let set = json!({"name": "ID", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}});
        assert_eq!(carried(live.clone(), live, set.clone()), set);
    }
}
