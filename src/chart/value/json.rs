//! Between template values and JSON, by the rules of Go's `encoding/json`.

use super::{List, Map, MapType, Str, Struct, Value, Watch};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use litemap::LiteMap;
use serde_json::{Map as JsonMap, Number, Value as Json};

/// What JSON cannot write: not a number, infinity, and maps within themselves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("json: unsupported value: {0}")]
pub struct UnsupportedValue(pub &'static str);

/// Deeper than any document; a map within itself has no end.
const MAX_DEPTH: usize = 500;

/// The value of a document: every number is a `float64`, as `encoding/json` reads into an `interface {}`.
#[must_use]
pub fn from_json(json: &Json) -> Value {
    convert(json, float, None)
}

/// As [`from_json`]; `watch` sees what is written to the maps.
#[must_use]
pub fn from_watched_json(json: &Json, watch: &Watch) -> Value {
    convert(json, float, Some(watch))
}

/// The value of an object of the cluster: whole numbers are `int64` there, as client-go reads them.
#[must_use]
pub fn from_cluster_json(json: &Json) -> Value {
    let number = |number: &Number| number.as_i64().map_or_else(|| float(number), Value::Int64);
    convert(json, number, None)
}

fn float(number: &Number) -> Value {
    Value::Float(number.as_f64().unwrap_or(f64::NAN))
}

fn convert(json: &Json, number: impl Fn(&Number) -> Value + Copy, watch: Option<&Watch>) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(value) => number(value),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => {
            let items = items.iter().map(|item| convert(item, number, watch));
            List::any(items.collect()).into()
        }
        Json::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| (Str::from(key.as_str()), convert(value, number, watch)));
            // An object is sorted as texts are, and those as their bytes.
            let entries = LiteMap::from_sorted_store_unchecked(entries.collect());
            Value::Map(match watch {
                Some(watch) => Map::watched(MapType::Any, entries, watch),
                None => Map::of(MapType::Any, entries),
            })
        }
    }
}

/// What `encoding/json` would marshal: bytes as base64, structs under their JSON names, whole floats as integers.
///
/// # Errors
/// For what JSON cannot write.
pub fn to_json(value: &Value) -> Result<Json, UnsupportedValue> {
    at_depth(value, 0)
}

fn at_depth(value: &Value, depth: usize) -> Result<Json, UnsupportedValue> {
    if depth > MAX_DEPTH {
        return Err(UnsupportedValue("encountered a cycle"));
    }
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) | Value::Int64(value) => Json::from(*value),
        Value::Uint8(value) => Json::from(*value),
        Value::Uint64(value) => Json::from(*value),
        Value::Float(value) => Json::Number(float_number(*value)?),
        Value::Str(text) => Json::String(text.to_text().into_owned()),
        Value::Bytes(bytes) => Json::String(STANDARD.encode(bytes)),
        Value::List(list) if list.is_nil() => Json::Null,
        Value::List(list) => Json::Array(
            list.iter()
                .map(|item| at_depth(item, depth + 1))
                .collect::<Result<_, _>>()?,
        ),
        Value::Map(map) => map_to_json(map, depth)?,
        Value::Struct(object) => struct_to_json(object, depth)?,
        Value::Version(version) => Json::String(version.to_string()),
        Value::Time(time) => Json::String(crate::chart::template::time::rfc3339_nano(time)),
    })
}

fn map_to_json(map: &Map, depth: usize) -> Result<Json, UnsupportedValue> {
    let entries = map.entries();
    let mut json = JsonMap::new();
    for (key, value) in entries.iter() {
        json.insert(key.to_text().into_owned(), at_depth(value, depth + 1)?);
    }
    Ok(Json::Object(json))
}

fn struct_to_json(object: &Struct, depth: usize) -> Result<Json, UnsupportedValue> {
    let mut json = JsonMap::new();
    for field in &object.fields {
        if !field.omit_empty || field.value.is_true() {
            json.insert(field.json_name.to_owned(), at_depth(&field.value, depth + 1)?);
        }
    }
    Ok(Json::Object(json))
}

/// A float as Go writes it: without a fraction where it has none.
///
/// # Errors
/// For what JSON has no number for.
pub fn float_number(value: f64) -> Result<Number, UnsupportedValue> {
    /// The first whole number above those that an `i64` holds.
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    if value.is_nan() {
        return Err(UnsupportedValue("NaN"));
    }
    if value.is_infinite() {
        return Err(UnsupportedValue(if value > 0.0 { "+Inf" } else { "-Inf" }));
    }
    let is_negative_zero = value == 0.0 && value.is_sign_negative();
    if value.fract() == 0.0 && value.abs() < TWO_TO_63 && !is_negative_zero {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "whole and in the range, as just seen"
        )]
        return Ok(Number::from(value as i64));
    }
    Number::from_f64(value).ok_or(UnsupportedValue("NaN"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_of_documents_are_floats_and_go_out_whole() {
        let value = from_json(&json!({"a": 20_971_520, "b": 1.5, "c": [null, true, "x"]}));
        let Value::Map(map) = &value else {
            unreachable!("an object is a map")
        };
        assert!(matches!(map.get(b"a"), Some(Value::Float(number)) if number == 20_971_520.0));
        assert_eq!(
            to_json(&value).unwrap(),
            json!({"a": 20_971_520, "b": 1.5, "c": [null, true, "x"]})
        );
    }

    #[test]
    fn whole_numbers_of_the_cluster_are_int64() {
        assert!(matches!(from_cluster_json(&json!(3)), Value::Int64(3)));
        assert!(matches!(from_cluster_json(&json!(1.5)), Value::Float(_)));
    }

    #[test]
    fn what_json_cannot_write_is_an_error() {
        assert_eq!(to_json(&Value::Float(f64::NAN)), Err(UnsupportedValue("NaN")));
    }
}
