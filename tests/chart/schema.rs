//! `values.schema.json` from a chart's values file: a key that is not there, or one of another type, is an error that
//! names it. Draft 7, which every Helm since 3.0 reads.

use crate::values::Key;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What several charts refer to as `#/definitions/NAME`.
const DEFINITIONS: &str = include_str!("definitions.yaml");

/// The schema of a chart. `given` are keys that the values file does not name: what a parent or Helm itself adds.
pub fn schema(title: &str, keys: &[Key], given: &[(&str, Value)]) -> Value {
    let mut root = object();
    for (name, schema) in given {
        root["properties"][name] = schema.clone();
    }
    for key in keys {
        insert(&mut root, key);
    }
    root["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    root["title"] = json!(title);
    let definitions = definitions(&root);
    if !definitions.is_empty() {
        root["definitions"] = Value::Object(definitions);
    }
    root
}

fn object() -> Value {
    json!({"type": "object", "additionalProperties": false, "properties": {}})
}

fn insert(root: &mut Value, key: &Key) {
    let (name, parents) = key.path.split_last().expect("a path is not empty");
    let parent = parents.iter().fold(root, |at, name| &mut at["properties"][name]);
    let mut schema = if key.is_section() {
        object()
    } else {
        key.default.as_ref().map_or_else(|| json!({}), inferred)
    };
    let fields = schema.as_object_mut().expect("a schema is an object");
    if key.fragment.contains_key("$ref") {
        // Draft 7 ignores whatever stands beside a reference.
        fields.clone_from(&key.fragment);
    } else {
        fields.extend(key.fragment.clone());
        if !key.meaning.is_empty() {
            fields.insert("description".to_owned(), json!(key.meaning));
        }
    }
    parent["properties"][name] = schema;
}

/// What a default says of the values that may stand in its place.
fn inferred(default: &Value) -> Value {
    let name = match default {
        Value::Null => return json!({}),
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    json!({"type": name})
}

/// The definitions that a schema refers to, and those that they refer to.
fn definitions(schema: &Value) -> Map<String, Value> {
    let all: Value = serde_yaml::from_str(DEFINITIONS).expect("the definitions are YAML");
    let (mut found, mut open) = (Map::new(), references(schema));
    while let Some(name) = open.pop_first() {
        let definition = all
            .get(&name)
            .unwrap_or_else(|| panic!("there is a definition {name}"));
        if found.insert(name, definition.clone()).is_none() {
            open.extend(references(definition));
        }
    }
    found
}

fn references(schema: &Value) -> BTreeSet<String> {
    match schema {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match value {
                Value::String(target) if name == "$ref" => {
                    let name = target.strip_prefix("#/definitions/");
                    [name.expect("a reference is to a definition").to_owned()].into()
                }
                other => references(other),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}
