//! Whether a configuration fits its schema. Values are not judged, that is the API server's validation.

use super::item_element;
use crate::apply::error::ApplyError;
use crate::apply::fields::{FieldPath, PathElement};
use crate::apply::schema::{ListOwnership, ScalarKind, Shape, Type};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Checks the sorts of all values, that every field is declared, and that no two items of a list have one name.
pub(in crate::apply) fn validate(ty: Type<'_>, value: &Json) -> Result<(), ApplyError> {
    check(ty, value, &mut Vec::new())
}

fn check(ty: Type<'_>, value: &Json, path: &mut Vec<PathElement>) -> Result<(), ApplyError> {
    match (ty.shape(), value) {
        (_, Json::Null) | (Shape::Deduced | Shape::Opaque | Shape::Struct, _) => Ok(()),
        (Shape::Scalar(kind), value) => check_scalar(*kind, value).map_err(|message| wrong(path, message)),
        (Shape::List(list), Json::Array(items)) => check_items(ty, &list.ownership, items, path),
        (Shape::List(_), value) => Err(wrong(path, format!("expected list, got {}", sort_of(value)))),
        (Shape::Map(_), Json::Object(map)) => {
            for (name, value) in map {
                path.push(PathElement::field(name));
                let field = ty
                    .field(name)
                    .ok_or_else(|| wrong(path, "field not declared in schema".into()))?;
                check(field, value, path)?;
                path.pop();
            }
            Ok(())
        }
        (Shape::Map(_), value) => Err(wrong(path, format!("expected map, got {}", sort_of(value)))),
    }
}

fn check_scalar(kind: ScalarKind, value: &Json) -> Result<(), String> {
    let expected = match (kind, value) {
        (ScalarKind::String, Json::String(_))
        | (ScalarKind::Number, Json::Number(_))
        | (ScalarKind::Boolean, Json::Bool(_))
        | (ScalarKind::Any, Json::String(_) | Json::Number(_) | Json::Bool(_)) => return Ok(()),
        (ScalarKind::String, _) => "string",
        (ScalarKind::Number, _) => "numeric (int or float)",
        (ScalarKind::Boolean, _) => "boolean",
        (ScalarKind::Any, _) => "any scalar",
    };
    Err(format!("expected {expected}, got {}", sort_of(value)))
}

fn check_items(
    ty: Type<'_>,
    ownership: &ListOwnership,
    items: &[Json],
    path: &mut Vec<PathElement>,
) -> Result<(), ApplyError> {
    let mut seen = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        let element = if *ownership == ListOwnership::Atomic {
            PathElement::Index(i64::try_from(index).unwrap_or(i64::MAX))
        } else {
            let element = item_element(ownership, item)
                .map_err(|message| wrong(path, format!("element {index}: {message}")))?;
            if !seen.insert(element.clone()) {
                return Err(wrong(path, format!("duplicate entries for key {element}")));
            }
            element
        };
        path.push(element);
        check(ty.item(), item, path)?;
        path.pop();
    }
    Ok(())
}

fn wrong(path: &[PathElement], message: String) -> ApplyError {
    ApplyError::Schema {
        path: path.iter().cloned().collect::<FieldPath>().to_string(),
        message,
    }
}

/// The sort of a value. The value itself may be a secret.
const fn sort_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "a map",
    }
}
