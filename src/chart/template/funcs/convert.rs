//! JSON and YAML, in and out.

use super::json_errors::{syntax_error, without_overflow};
use crate::chart::gojson::{self, Style};
use crate::chart::goyaml::{self, YamlError};
use crate::chart::template::exec::Exec;
use crate::chart::template::function::{Failure, Function};
use crate::chart::value::{List, Map, Str, UnsupportedValue, Value, from_json};
use serde_json::Value as Json;

pub(super) fn functions() -> Vec<Function> {
    let raw = |value: Value| must(gojson::marshal(&value, Style::Raw));
    vec![
        // These never fail: what cannot be written is the empty text.
        Function::new("toJson", |value: Value| {
            gojson::marshal(&value, Style::Escaped).unwrap_or_default()
        }),
        Function::new("toPrettyJson", |value: Value| {
            gojson::marshal(&value, Style::Pretty).unwrap_or_default()
        }),
        Function::new("toYaml", |value: Value| {
            goyaml::value_to_string(&value).unwrap_or_default()
        }),
        Function::new("toYamlPretty", |value: Value| goyaml::to_pretty_string(&value)),
        Function::new("toRawJson", raw),
        Function::new("mustToRawJson", raw),
        Function::new("mustToJson", |value: Value| {
            must(gojson::marshal(&value, Style::Escaped))
        }),
        Function::new("mustToPrettyJson", |value: Value| {
            must(gojson::marshal(&value, Style::Pretty))
        }),
        // Nor do these: the error is a value that a template may look at.
        Function::new("fromYaml", |exec: &mut Exec<'_>, text: Str| {
            match exec.document(&text) {
                Ok(json) => object(&json),
                Err(error) => error_map(error.to_string()),
            }
        }),
        Function::new("fromYamlArray", |exec: &mut Exec<'_>, text: Str| {
            match exec.document(&text) {
                Ok(json) => array(&json, "error unmarshaling JSON: while decoding JSON: "),
                Err(error) => error_list(error.to_string()),
            }
        }),
        Function::new("fromJson", |text: Str| match read_json(&text) {
            Ok(json @ Json::Object(_)) => from_json(&json),
            Ok(Json::Null) => Value::from(Map::new()),
            Ok(other) => error_map(unmarshal_error(&other, "map[string]interface {}")),
            Err(error) => match error.read.map(|json| (from_json(&json), json)) {
                Some((Value::Map(map), _)) => {
                    map.insert("Error", error.message);
                    map.into()
                }
                Some((_, other)) => error_map(unmarshal_error(&other, "map[string]interface {}")),
                None => error_map(error.message),
            },
        }),
        Function::new("fromJsonArray", |text: Str| match read_json(&text) {
            Ok(json) => array(&json, ""),
            Err(error) => match error.read {
                None | Some(Json::Array(_)) => error_list(error.message),
                Some(other) => array(&other, ""),
            },
        }),
        Function::new("mustFromJson", |text: Str| {
            read_json(&text)
                .map(|json| from_json(&json))
                .map_err(|error| Failure(error.message))
        }),
    ]
}

fn must(written: Result<String, UnsupportedValue>) -> Result<String, Failure> {
    written.map_err(|error| Failure(error.to_string()))
}

fn object(json: &Json) -> Value {
    match json {
        Json::Object(_) => from_json(json),
        Json::Null => Value::from(Map::new()),
        other => error_map(YamlError::no_object(other).to_string()),
    }
}

fn array(json: &Json, prefix: &str) -> Value {
    match json {
        Json::Array(_) => from_json(json),
        Json::Null => Value::from(List::any(Vec::new())),
        other => error_list(format!("{prefix}{}", unmarshal_error(other, "[]interface {}"))),
    }
}

/// What a template reads at `.Error`.
fn error_map(message: String) -> Value {
    Value::from(Map::from_iter([("Error", message)]))
}

fn error_list(message: String) -> Value {
    Value::from(List::any(vec![Value::from(message)]))
}

fn unmarshal_error(found: &Json, wanted: &str) -> String {
    let found = match found {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}

/// Reads JSON; the error is worded as `encoding/json` words it.
/// Why a text cannot be read as JSON, and what Go reads of it all the same.
struct JsonError {
    message: String,
    read: Option<Json>,
}

fn read_json(text: &[u8]) -> Result<Json, JsonError> {
    serde_json::from_slice(text).map_err(|_| match without_overflow(text) {
        Some((message, rest)) => JsonError {
            message,
            read: serde_json::from_slice(&rest).ok(),
        },
        None => JsonError {
            message: syntax_error(text),
            read: None,
        },
    })
}
