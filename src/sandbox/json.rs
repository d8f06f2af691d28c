//! Reading and writing JSON objects by pointer. Knows nothing of Kubernetes but where its metadata lies.

use serde_json::{Map, Value as Json};

/// The text at `pointer`, or the empty string.
pub(super) fn text<'a>(value: &'a Json, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

/// The whole number at `pointer`.
pub(super) fn number(value: &Json, pointer: &str) -> Option<i64> {
    value.pointer(pointer).and_then(Json::as_i64)
}

/// The items of the list at `pointer`; none where there is no list.
pub(super) fn items<'a>(value: &'a Json, pointer: &str) -> &'a [Json] {
    value
        .pointer(pointer)
        .and_then(Json::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The entries of the map at `pointer` whose values are texts.
pub(super) fn strings<'a>(value: &'a Json, pointer: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    value
        .pointer(pointer)
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}

/// Sets the value at `pointer`, a path of map keys (`/spec/replicas`), and creates the maps on the way.
pub(super) fn set(value: &mut Json, pointer: &str, new: impl Into<Json>) {
    let mut here = value;
    for key in pointer.split('/').skip(1) {
        let key = key.replace("~1", "/").replace("~0", "~");
        if !here.is_object() {
            *here = Json::Object(Map::new());
        }
        let Json::Object(map) = here else { return };
        here = map.entry(key).or_insert(Json::Null);
    }
    *here = new.into();
}

/// Takes away the key that `pointer` ends with, and answers with what it held.
pub(super) fn remove(value: &mut Json, pointer: &str) -> Option<Json> {
    let (parent, key) = pointer.rsplit_once('/')?;
    let key = key.replace("~1", "/").replace("~0", "~");
    value.pointer_mut(parent)?.as_object_mut()?.remove(&key)
}

/// The map at `pointer`, created where there is none.
pub(super) fn map_mut<'a>(value: &'a mut Json, pointer: &str) -> Option<&'a mut Map<String, Json>> {
    if !value.pointer(pointer).is_some_and(Json::is_object) {
        set(value, pointer, Json::Object(Map::new()));
    }
    value.pointer_mut(pointer)?.as_object_mut()
}

/// `metadata.name`.
pub(super) fn name(object: &Json) -> &str {
    text(object, "/metadata/name")
}

/// `metadata.namespace`, empty for a cluster-scoped object.
pub(super) fn namespace(object: &Json) -> &str {
    text(object, "/metadata/namespace")
}

/// `metadata.uid`.
pub(super) fn uid(object: &Json) -> &str {
    text(object, "/metadata/uid")
}

/// The `name` of an item in a list: a container, a port, a volume.
pub(super) fn name_field(item: &Json) -> &str {
    text(item, "/name")
}

/// The label's value, or the empty string.
pub(super) fn label<'a>(object: &'a Json, key: &str) -> &'a str {
    object
        .pointer("/metadata/labels")
        .and_then(|labels| labels.get(key))
        .and_then(Json::as_str)
        .unwrap_or_default()
}

/// Whether the object is being deleted.
pub(super) fn is_terminating(object: &Json) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some()
}

/// The owner reference that is marked as the controller.
pub(super) fn controller_of(object: &Json) -> Option<&Json> {
    items(object, "/metadata/ownerReferences")
        .iter()
        .find(|owner| owner["controller"] == true)
}

/// Whether the condition `kind` of the object's status is `True`.
pub(super) fn condition_is_true(object: &Json, kind: &str) -> bool {
    items(object, "/status/conditions")
        .iter()
        .any(|condition| condition["type"] == kind && condition["status"] == "True")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn set_creates_the_maps_on_the_way() {
        let mut value = json!({});
        set(&mut value, "/metadata/labels/kubernetes.io~1name", "x");
        assert_eq!(
            value,
            json!({"metadata": {"labels": {"kubernetes.io/name": "x"}}})
        );
        assert_eq!(
            remove(&mut value, "/metadata/labels/kubernetes.io~1name"),
            Some(json!("x"))
        );
        assert_eq!(value, json!({"metadata": {"labels": {}}}));
    }
}
