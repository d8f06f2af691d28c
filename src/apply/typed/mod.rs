//! Values under a schema: merged, compared, pruned, and turned into the set of their fields.
//!
//! These are the operations of Kubernetes' structured-merge-diff. `None` stands for a value that is not there, which
//! is not the same as null.

mod compare;
mod defaults;
mod fieldset;
mod items;
mod lookup;
mod merge;
mod prune;
mod tidy;
mod validate;

pub(crate) use compare::equal;
pub(super) use compare::{Comparison, compare};
pub(crate) use defaults::carry_defaults;
pub(super) use fieldset::{field_set, with_named_fields};
pub(crate) use items::item_element;
pub(crate) use lookup::lookup;
pub(super) use merge::merge;
pub(crate) use prune::carry_removals;
pub(super) use prune::remove;
pub(crate) use tidy::drop_absent;
pub(super) use tidy::tidy;
pub(super) use validate::validate;

use super::schema::{ListOwnership, Shape, Type};
use serde_json::{Map, Value as Json};

/// How a value is treated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Manner {
    /// As one thing: scalars, atomic lists and maps.
    Whole,
    /// Item by item.
    List,
    /// Key by key.
    Map,
}

/// How a value of this type is treated. Null takes the manner of its type; without one it is an empty map.
fn manner(ty: Type<'_>, value: &Json) -> Manner {
    match ty.shape() {
        Shape::Scalar(_) | Shape::Opaque => Manner::Whole,
        Shape::List(list) if list.ownership == ListOwnership::Atomic => Manner::Whole,
        Shape::List(_) => Manner::List,
        Shape::Map(_) if ty.is_atomic_map() => Manner::Whole,
        Shape::Map(_) => Manner::Map,
        Shape::Deduced | Shape::Struct => match value {
            Json::Object(_) | Json::Null => Manner::Map,
            _ => Manner::Whole,
        },
    }
}

fn items(value: Option<&Json>) -> &[Json] {
    value.and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn entries(value: Option<&Json>) -> Option<&Map<String, Json>> {
    value.and_then(Json::as_object).filter(|map| !map.is_empty())
}
