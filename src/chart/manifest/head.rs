//! What Helm reads of each document before it sorts them: kind, name and annotations.

use crate::chart::{gojson, goyaml::YamlError};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The head of a document. What is missing is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
    /// `None` where it is missing, empty or no text.
    pub(super) namespace: Option<String>,
    pub(super) annotations: BTreeMap<String, String>,
}

impl Head {
    /// The fields of a document that it is read from.
    pub(super) const FIELDS: [&str; 3] = ["apiVersion", "kind", "metadata"];

    /// Reads the head of a document, with the errors of Go's JSON for what has the wrong type.
    pub(super) fn of(body: &Json) -> Result<Self, YamlError> {
        let map = match body {
            Json::Null => return Ok(Self::default()),
            Json::Object(map) => map,
            other => return Err(wrong(other, "Go value of type releaseutil.SimpleHead")),
        };
        let (name, annotations) = match map.get("metadata") {
            None | Some(Json::Null) => (String::new(), BTreeMap::new()),
            Some(Json::Object(metadata)) => (
                text(metadata.get("name"), ".metadata.name")?,
                annotations(metadata)?,
            ),
            Some(other) => {
                return Err(wrong(
                    other,
                    "Go struct field SimpleHead.metadata of type struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }",
                ));
            }
        };
        Ok(Self {
            api_version: text(map.get("apiVersion"), "SimpleHead.apiVersion")?,
            kind: text(map.get("kind"), "SimpleHead.kind")?,
            name,
            namespace: body["metadata"]["namespace"]
                .as_str()
                .filter(|namespace| !namespace.is_empty())
                .map(str::to_owned),
            annotations,
        })
    }
}

fn annotations(metadata: &Map<String, Json>) -> Result<BTreeMap<String, String>, YamlError> {
    let map = match metadata.get("annotations") {
        None | Some(Json::Null) => return Ok(BTreeMap::new()),
        Some(Json::Object(map)) => map,
        Some(other) => {
            return Err(wrong(
                other,
                "Go struct field .metadata.annotations of type map[string]string",
            ));
        }
    };
    map.iter()
        .map(|(key, value)| Ok((key.clone(), text(Some(value), ".metadata.annotations")?)))
        .collect()
}

/// A field that Go has a string for. Numbers and truth values become one on the way through YAML.
fn text(value: Option<&Json>, field: &str) -> Result<String, YamlError> {
    match value {
        None | Some(Json::Null) => Ok(String::new()),
        Some(Json::String(text)) => Ok(text.clone()),
        Some(Json::Bool(truth)) => Ok(truth.to_string()),
        Some(Json::Number(number)) => Ok(match number.as_f64() {
            Some(float) if number.is_f64() => gojson::float_g(float, 32),
            _ => number.to_string(),
        }),
        Some(other) => Err(wrong(other, &format!("Go struct field {field} of type string"))),
    }
}

fn wrong(found: &Json, into: &str) -> YamlError {
    YamlError::unmarshal(found, into)
}
