//! What an object looks like once the server has read it into its structs and written it back.

use crate::apply::schema::Type;
use serde_json::{Map, Value as Json};

/// Takes away the fields that the server does not keep.
pub(in crate::apply) fn tidy(ty: Type<'_>, object: &mut Json) {
    retain(ty, object, &|ty, name, value| !ty.drops(name, value));
}

/// Takes away the fields that read the same as absent ones, so that equal objects compare equal.
pub(crate) fn drop_absent(ty: Type<'_>, object: &mut Json) {
    retain(ty, object, &|ty, name, value| !ty.is_as_absent(name, value));
}

fn retain(ty: Type<'_>, value: &mut Json, keep: &dyn Fn(Type<'_>, &str, &Json) -> bool) {
    match value {
        Json::Object(map) => retain_keys(ty, map, keep),
        Json::Array(items) => items.iter_mut().for_each(|item| retain(ty.item(), item, keep)),
        _ => {}
    }
}

fn retain_keys(ty: Type<'_>, map: &mut Map<String, Json>, keep: &dyn Fn(Type<'_>, &str, &Json) -> bool) {
    map.retain(|name, value| {
        if let Some(field) = ty.field(name) {
            retain(field, value, keep);
        }
        keep(ty, name, value)
    });
}
