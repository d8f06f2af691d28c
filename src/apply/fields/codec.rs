//! `FieldsV1`, the wire format of a field set: a tree of JSON objects whose keys are path elements.
//!
//! `{"f:spec":{"f:ports":{".":{},"k:{\"name\":\"http\"}":{}}}}` holds `.spec.ports` itself (the dot) and its item
//! `http`. An empty object is a member without anything below it.

use super::element::{PathElement, Scalar};
use super::set::FieldSet;
use serde_json::{Map, Value as Json};

/// A `FieldsV1` that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldsError {
    /// A level of the tree is no object.
    #[error("fieldsV1 holds something that is no object")]
    NotAnObject,
    /// A key that is no path element.
    #[error("fieldsV1 holds the key {0:?}, which is no path element")]
    BadElement(String),
}

impl FieldSet {
    /// Reads a `FieldsV1`. Keys of an unknown sort are left out, as the API server does.
    ///
    /// # Errors
    /// When it is not a tree of objects, or a key is malformed.
    pub fn from_fields_v1(fields: &Json) -> Result<Self, FieldsError> {
        let fields = fields.as_object().ok_or(FieldsError::NotAnObject)?;
        let mut set = Self::new();
        for (key, below) in fields {
            if key == "." {
                continue;
            }
            let Some(element) = parse_element(key)? else {
                continue;
            };
            let children = Self::from_fields_v1(below)?;
            let itself = children.is_empty() || below.get(".").is_some();
            set.add(&element, itself, children);
        }
        Ok(set)
    }

    /// Writes it as `FieldsV1`.
    #[must_use]
    pub fn to_fields_v1(&self) -> Json {
        Json::Object(self.to_object())
    }

    fn to_object(&self) -> Map<String, Json> {
        self.nodes()
            .iter()
            .map(|node| {
                let mut below = node.below.to_object();
                if node.member && !below.is_empty() {
                    below.insert(".".into(), Json::Object(Map::new()));
                }
                (element_words(&node.element), Json::Object(below))
            })
            .collect()
    }
}

/// The element that a key stands for; `None` for a sort that a later version of the format may have added.
fn parse_element(key: &str) -> Result<Option<PathElement>, FieldsError> {
    let bad = || FieldsError::BadElement(key.to_owned());
    let (sort, content) = key.split_once(':').ok_or_else(bad)?;
    let element = match sort {
        "f" => PathElement::field(content),
        "v" => {
            let value: Json = serde_json::from_str(content).map_err(|_| bad())?;
            PathElement::Value(Scalar::from_json(&value).ok_or_else(bad)?)
        }
        "i" => PathElement::Index(content.parse().map_err(|_| bad())?),
        "k" => {
            let keys: Map<String, Json> = serde_json::from_str(content).map_err(|_| bad())?;
            let keys = keys
                .iter()
                .map(|(name, value)| Some((name.as_str(), Scalar::from_json(value)?)));
            PathElement::key(keys.collect::<Option<Vec<_>>>().ok_or_else(bad)?)
        }
        _ => return Ok(None),
    };
    Ok(Some(element))
}

fn element_words(element: &PathElement) -> String {
    match element {
        PathElement::Field(name) => format!("f:{name}"),
        PathElement::Value(value) => format!("v:{}", value.to_json()),
        PathElement::Index(index) => format!("i:{index}"),
        PathElement::Key(keys) => {
            let keys: Map<String, Json> = keys
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_json()))
                .collect();
            format!("k:{}", Json::Object(keys))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_read_is_written_back() {
        let fields = json!({
            "f:metadata": {"f:finalizers": {".": {}, "v:\"a\"": {}}},
            "f:spec": {
                "f:containers": {
                    "k:{\"name\":\"app\"}": {".": {}, "f:image": {}, "f:ports": {
                        "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}}},
                "f:replicas": {},
                "i:3": {},
            },
        });
        let set = FieldSet::from_fields_v1(&fields).unwrap();
        assert_eq!(set.to_fields_v1(), fields);
        assert_eq!(set.len(), 8);
    }

    #[test]
    fn elements_of_an_unknown_sort_are_left_out() {
        let set = FieldSet::from_fields_v1(&json!({"x:new": {}, "f:a": {}})).unwrap();
        assert_eq!(set.to_fields_v1(), json!({"f:a": {}}));
    }

    #[test]
    fn a_malformed_key_is_named() {
        let error = FieldSet::from_fields_v1(&json!({"k:[]": {}})).unwrap_err();
        assert_eq!(error, FieldsError::BadElement("k:[]".into()));
    }
}
