//! Finding the value that a field path names.

use super::item_element;
use crate::apply::fields::PathElement;
use crate::apply::schema::Type;
use serde_json::Value as Json;

/// The value at `path`, or `None` where there is none.
pub(crate) fn lookup<'j>(ty: Type<'_>, value: &'j Json, path: &[PathElement]) -> Option<&'j Json> {
    let Some((element, rest)) = path.split_first() else {
        return Some(value);
    };
    match element {
        PathElement::Field(name) => lookup(ty.field(name)?, value.get(&**name)?, rest),
        PathElement::Index(index) => lookup(ty.item(), value.get(usize::try_from(*index).ok()?)?, rest),
        PathElement::Key(_) | PathElement::Value(_) => {
            let named = |item: &&Json| item_element(ty.list_ownership(), item).as_ref() == Ok(element);
            lookup(ty.item(), value.as_array()?.iter().find(named)?, rest)
        }
    }
}
