//! Reading objects as the API server writes them, without a type for each kind.

use serde_json::Value as Json;

/// The string at `pointer`, or an empty one.
pub(super) fn text<'a>(body: &'a Json, pointer: &str) -> &'a str {
    body.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

/// The whole number at `pointer`.
pub(super) fn number(body: &Json, pointer: &str) -> Option<i64> {
    body.pointer(pointer).and_then(Json::as_i64)
}

/// The whole number at `pointer` as a count, 0 where there is none.
pub(super) fn count(body: &Json, pointer: &str) -> u32 {
    number(body, pointer)
        .and_then(|n| u32::try_from(n).ok())
        .unwrap_or(0)
}

/// The list at `pointer`, or an empty one.
pub(super) fn list<'a>(body: &'a Json, pointer: &str) -> &'a [Json] {
    body.pointer(pointer)
        .and_then(Json::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The condition of type `kind`.
pub(super) fn condition<'a>(body: &'a Json, kind: &str) -> Option<&'a Json> {
    list(body, "/status/conditions")
        .iter()
        .find(|c| text(c, "/type") == kind)
}

/// Whether the condition of type `kind` has this status.
pub(super) fn condition_is(body: &Json, kind: &str, status: &str) -> bool {
    condition(body, kind).is_some_and(|c| text(c, "/status") == status)
}

/// `metadata.uid`.
pub(super) fn uid(body: &Json) -> &str {
    text(body, "/metadata/uid")
}

/// `metadata.name`.
pub(super) fn name(body: &Json) -> &str {
    text(body, "/metadata/name")
}

/// Whether the object's controller is the one with this UID.
pub(super) fn controlled_by(body: &Json, owner: &str) -> bool {
    !owner.is_empty()
        && list(body, "/metadata/ownerReferences")
            .iter()
            .any(|r| r.pointer("/controller") == Some(&Json::Bool(true)) && text(r, "/uid") == owner)
}

/// The label `name`, or an empty string.
pub(super) fn label<'a>(body: &'a Json, name: &str) -> &'a str {
    body.pointer("/metadata/labels")
        .and_then(|labels| labels.get(name))
        .and_then(Json::as_str)
        .unwrap_or_default()
}

/// The annotation `name`, or an empty string.
pub(super) fn annotation<'a>(body: &'a Json, name: &str) -> &'a str {
    body.pointer("/metadata/annotations")
        .and_then(|all| all.get(name))
        .and_then(Json::as_str)
        .unwrap_or_default()
}

/// Whether every label that `selector` wants is in `labels`.
pub(super) fn selects(selector: &Json, labels: Option<&Json>) -> bool {
    selector.as_object().is_some_and(|wanted| {
        !wanted.is_empty()
            && wanted
                .iter()
                .all(|(key, value)| labels.and_then(|l| l.get(key)) == Some(value))
    })
}
