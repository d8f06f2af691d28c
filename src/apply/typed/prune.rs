//! Taking fields out of a value.

use super::{Manner, compare, entries, item_element, items, manner};
use crate::apply::fields::{FieldSet, PathElement};
use crate::apply::schema::Type;
use serde_json::{Map, Value as Json};

/// The value without the fields of `gone`; `None` where nothing is left of it.
pub(in crate::apply) fn remove(ty: Type<'_>, value: &Json, gone: &FieldSet) -> Option<Json> {
    match manner(ty, value) {
        Manner::Whole if value.is_array() || value.is_object() => None,
        Manner::Whole => Some(value.clone()),
        Manner::List => remove_items(ty, items(Some(value)), gone),
        Manner::Map => remove_keys(ty, entries(Some(value))?, gone),
    }
}

/// `target` without the fields that `after` lacks and `before` had.
pub(crate) fn carry_removals(ty: Type<'_>, before: &Json, after: &Json, target: &Json) -> Json {
    let gone = compare(ty, before, after).removed;
    remove(ty, target, &gone).unwrap_or_else(|| Json::Object(Map::new()))
}

fn remove_items(ty: Type<'_>, list: &[Json], gone: &FieldSet) -> Option<Json> {
    let mut left = Vec::with_capacity(list.len());
    for item in list {
        let Ok(element) = item_element(ty.list_ownership(), item) else {
            continue;
        };
        if gone.has(&element) {
            continue;
        }
        left.push(match gone.below(&element) {
            Some(below) => remove(ty.item(), item, below).unwrap_or(Json::Null),
            None => item.clone(),
        });
    }
    (!left.is_empty()).then_some(Json::Array(left))
}

fn remove_keys(ty: Type<'_>, map: &Map<String, Json>, gone: &FieldSet) -> Option<Json> {
    let mut left = Map::new();
    for (name, value) in map {
        let element = PathElement::field(name);
        if gone.has(&element) {
            continue;
        }
        let value = match (gone.below(&element), ty.field(name)) {
            (Some(below), Some(field)) => remove(field, value, below).unwrap_or(Json::Null),
            _ => value.clone(),
        };
        left.insert(name.clone(), value);
    }
    (!left.is_empty()).then_some(Json::Object(left))
}
