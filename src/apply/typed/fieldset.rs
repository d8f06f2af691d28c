//! The set of the fields that a value has.

use super::{Manner, item_element, manner};
use crate::apply::fields::{FieldSet, PathElement};
use crate::apply::schema::Type;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The fields that a manager owns which applies `value`: leaves, items of lists, and keys that are data.
pub(in crate::apply) fn field_set(ty: Type<'_>, value: &Json) -> FieldSet {
    fields_of(ty, value).1
}

/// Whether the value itself is a leaf, and what is owned below it.
fn fields_of(ty: Type<'_>, value: &Json) -> (bool, FieldSet) {
    match manner(ty, value) {
        Manner::Whole => (true, FieldSet::new()),
        Manner::List => (false, fields_of_list(ty, value)),
        Manner::Map => (false, fields_of_map(ty, value)),
    }
}

fn fields_of_map(ty: Type<'_>, value: &Json) -> FieldSet {
    let mut set = FieldSet::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        let Some(field) = ty.field(name) else { continue };
        let (leaf, below) = fields_of(field, value);
        let empty = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
        set.add(
            &PathElement::field(name),
            leaf || empty || !ty.declares(name),
            below,
        );
    }
    set
}

fn fields_of_list(ty: Type<'_>, value: &Json) -> FieldSet {
    let mut items: BTreeMap<PathElement, Option<&Json>> = BTreeMap::new();
    for item in value.as_array().into_iter().flatten() {
        let Ok(element) = item_element(ty.list_ownership(), item) else {
            continue;
        };
        // Items of the same name, which only a live object can have, are owned together and without what they hold.
        items
            .entry(element)
            .and_modify(|item| *item = None)
            .or_insert(Some(item));
    }
    let mut set = FieldSet::new();
    for (element, item) in items {
        let below = item.map_or_else(FieldSet::new, |item| fields_of(ty.item(), item).1);
        set.add(&element, true, below);
    }
    set
}

/// The set with the declared fields that have something below them as members, too. Sets are compared in this form
/// when fields are pruned, so that a struct goes away with the last of its fields.
pub(in crate::apply) fn with_named_fields(ty: Option<Type<'_>>, set: &FieldSet) -> FieldSet {
    let mut result = FieldSet::new();
    for (element, member, below) in set.children() {
        let (named, next) = match (element, ty) {
            (PathElement::Field(name), Some(ty)) => (ty.declares(name) && !below.is_empty(), ty.field(name)),
            (PathElement::Key(_), Some(ty)) => (false, Some(ty.item())),
            _ => (false, None),
        };
        result.add(element, member || named, with_named_fields(next, below));
    }
    result
}
