//! `FieldsV1`, the wire format of a field set: a tree of JSON objects whose keys are path elements.
//!
//! `{"f:spec":{"f:ports":{".":{},"k:{\"name\":\"http\"}":{}}}}` holds `.spec.ports` itself (the dot) and its item
//! `http`. An empty object is a member without anything below it.

use super::element::{PathElement, Scalar};
use super::set::FieldSet;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value as Json};
use std::fmt;

/// A `FieldsV1` that cannot be read: the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fieldsV1: {0}")]
pub struct FieldsError(String);

impl FieldSet {
    /// Reads a `FieldsV1`, or the JSON text of one. Keys of an unknown sort are left out, as the API server does.
    ///
    /// # Errors
    /// When it is not a tree of objects, or a key is malformed.
    pub fn from_fields_v1(fields: &Json) -> Result<Self, FieldsError> {
        let read = match fields {
            Json::String(text) => serde_json::from_str(text),
            tree => Self::deserialize(tree),
        };
        read.map_err(|error| FieldsError(error.to_string()))
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

impl<'de> Deserialize<'de> for FieldSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Level::deserialize(deserializer).map(|level| level.set)
    }
}

/// A level of the tree.
struct Level {
    /// Whether it has a dot: what it lies below is a member itself.
    has_dot: bool,
    set: FieldSet,
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadLevel)
    }
}

struct ReadLevel;

impl<'de> Visitor<'de> for ReadLevel {
    type Value = Level;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of path elements")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Level, A::Error> {
        let mut level = Level {
            has_dot: false,
            set: FieldSet::new(),
        };
        while let Some(key) = fields.next_key_seed(ReadKey)? {
            let below: Level = fields.next_value()?;
            match key {
                Key::Dot => level.has_dot = true,
                Key::Unknown => {}
                Key::Element(element) => {
                    let itself = below.has_dot || below.set.is_empty();
                    level.set.add(&element, itself, below.set);
                }
            }
        }
        Ok(level)
    }
}

/// A key of a level.
enum Key {
    Dot,
    /// Of a sort that a later version of the format may have added.
    Unknown,
    Element(PathElement),
}

struct ReadKey;

impl<'de> DeserializeSeed<'de> for ReadKey {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for ReadKey {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path element")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Key, E> {
        parse_key(key).ok_or_else(|| E::custom(format!("the key {key:?} is no path element")))
    }
}

/// What a key stands for; `None` where it is malformed.
fn parse_key(key: &str) -> Option<Key> {
    if key == "." {
        return Some(Key::Dot);
    }
    let (sort, content) = key.split_once(':')?;
    Some(Key::Element(match sort {
        "f" => PathElement::field(content),
        "v" => {
            let value: Json = serde_json::from_str(content).ok()?;
            PathElement::Value(Scalar::from_json(&value)?)
        }
        "i" => PathElement::Index(content.parse().ok()?),
        "k" => {
            let keys: Map<String, Json> = serde_json::from_str(content).ok()?;
            let keys = keys
                .iter()
                .map(|(name, value)| Some((name.as_str(), Scalar::from_json(value)?)));
            PathElement::key(keys.collect::<Option<Vec<_>>>()?)
        }
        _ => return Some(Key::Unknown),
    }))
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
        let text = Json::String(fields.to_string());
        assert_eq!(FieldSet::from_fields_v1(&text), Ok(set));
    }

    #[test]
    fn elements_of_an_unknown_sort_are_left_out() {
        let set = FieldSet::from_fields_v1(&json!({"x:new": {}, "f:a": {}})).unwrap();
        assert_eq!(set.to_fields_v1(), json!({"f:a": {}}));
    }

    #[test]
    fn a_malformed_key_is_named() {
        let error = FieldSet::from_fields_v1(&json!({"k:[]": {}})).unwrap_err();
        assert_eq!(error.to_string(), "fieldsV1: the key \"k:[]\" is no path element");
        assert!(FieldSet::from_fields_v1(&json!({"f:a": 1})).is_err());
    }
}
