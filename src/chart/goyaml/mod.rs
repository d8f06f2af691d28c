//! YAML as Go's `sigs.k8s.io/yaml` reads and writes it: YAML 1.1 by way of JSON.
//!
//! Charts, values files and rendered manifests are read with this, and `toYaml` writes with it, byte for byte. It is
//! not for documents of our own with a type: those are read with serde.
//!
//! Numbers keep their precision: an integer stays one, and a float without a fraction becomes one, as in the JSON text
//! that Go goes through.

mod compose;
mod decode;
mod direct;
mod emit;
mod error;
mod everyday;
mod gosyntax;
mod number;
mod order;
mod pretty;
mod readable;
mod resolve;
mod scan;

pub use error::YamlError;
pub(crate) use pretty::to_pretty_string;

use super::value::{Value, to_json};
use serde_json::{Map, Value as Json};

/// Reads the first document of a text. An empty text is null.
///
/// As in Go, a key that occurs twice keeps its last value.
pub fn parse(text: &[u8]) -> Result<Json, YamlError> {
    document(&compose::decode_text(text)?, None)
}

/// As [`parse`], for a text that is UTF-8. Where `fields` are named, others may be missing from a map.
pub(crate) fn parse_text(text: &str, fields: Option<&[&str]>) -> Result<Json, YamlError> {
    document(compose::checked_text(text)?, fields)
}

fn document(text: &str, fields: Option<&[&str]>) -> Result<Json, YamlError> {
    match everyday::read(text, fields) {
        Some(value) => Ok(value),
        None => decode::to_json(&compose::first_document(text)?),
    }
}

/// Reads the first document of a text that must be a map; null is an empty one.
pub fn parse_object(text: &[u8]) -> Result<Map<String, Json>, YamlError> {
    match parse(text)? {
        Json::Object(map) => Ok(map),
        Json::Null => Ok(Map::new()),
        other => Err(YamlError::no_object(&other)),
    }
}

/// Writes a value as Helm's `toYaml` does, without a line break at the end.
///
/// A value with characters that Go's YAML refuses (control characters beyond those of JSON) is the empty text, as it
/// is in Helm.
#[must_use]
pub fn to_string(value: &Json) -> String {
    try_to_string(value).unwrap_or_default()
}

/// As [`to_string`], with the reason where the value cannot be written.
pub fn try_to_string(value: &Json) -> Result<String, YamlError> {
    let reread = readable::reread(value)?;
    let Ok(text) = emit::document(reread.as_ref().unwrap_or(value));
    Ok(without_last_break(text))
}

/// As [`to_string`], of a template's value; `None` where JSON cannot write it.
pub(crate) fn value_to_string(value: &Value) -> Option<String> {
    match emit::document(value) {
        Ok(text) => Some(without_last_break(text)),
        Err(direct::OnlyAsJson) => to_json(value).ok().map(|json| to_string(&json)),
    }
}

fn without_last_break(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests;
