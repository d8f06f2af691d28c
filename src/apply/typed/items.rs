//! How an item of a list is named.

use crate::apply::fields::{PathElement, Scalar};
use crate::apply::schema::ListOwnership;
use serde_json::Value as Json;

/// The path element of an item; the error says why it has none.
pub(crate) fn item_element(ownership: &ListOwnership, item: &Json) -> Result<PathElement, String> {
    match ownership {
        ListOwnership::Atomic => Err("items of an atomic list have no name".to_owned()),
        ListOwnership::Set => match item {
            Json::Object(_) => {
                Err("associative list without keys has an element that's a map type".to_owned())
            }
            Json::Array(_) => Err("not supported: associative list with lists as elements".to_owned()),
            Json::Null => {
                Err("associative list without keys has an element that's an explicit null".to_owned())
            }
            _ => Scalar::from_json(item)
                .map(PathElement::Value)
                .ok_or_else(String::new),
        },
        ListOwnership::Map(keys) => keyed(keys, item),
    }
}

fn keyed(keys: &[(String, Option<Json>)], item: &Json) -> Result<PathElement, String> {
    let map = match item {
        Json::Object(map) => map,
        Json::Null => return Err("associative list with keys may not have a null element".to_owned()),
        _ => return Err("associative list with keys may not have non-map elements".to_owned()),
    };
    let present = keys.iter().filter_map(|(name, default)| {
        let value = map.get(name).or(default.as_ref())?;
        Some((name.as_str(), Scalar::from_json(value)?))
    });
    let element: Vec<_> = present.collect();
    if element.is_empty() {
        let names: Vec<_> = keys.iter().map(|(name, _)| format!("{name:?}")).collect();
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{}] \
             (and doesn't have default values for any key fields)",
            names.join(" ")
        ));
    }
    Ok(PathElement::key(element))
}
