//! A chart's `values.yaml` as documentation: its keys in order, each with its default, what its comment says, and what
//! the comment adds to the schema.
//!
//! The comment above a key is its meaning. Lines that begin with two spaces or more are examples. A line
//! `@schema {…}` holds a fragment of JSON schema in YAML; a key with one that says `type: object`,
//! `additionalProperties` or `$ref` is not looked into. A commented key without a value (`# embedded:`) below such a line is a key
//! that may be set and has no default. A blank line ends a comment: what stands above it belongs to the file.

use serde_json::{Map, Value, json};
use std::path::Path;

/// A key of a values file.
#[derive(Debug, Clone)]
pub struct Key {
    /// The names from the top down.
    pub path: Vec<String>,
    /// What it is without being set; `None` for a key that has no default.
    pub default: Option<Value>,
    /// What the comment says, as one paragraph.
    pub meaning: String,
    /// What the comment adds to the schema.
    pub fragment: Map<String, Value>,
}

impl Key {
    /// The path with dots.
    pub fn dotted(&self) -> String {
        self.path.join(".")
    }

    /// Whether it is a map whose keys have entries of their own.
    pub fn is_section(&self) -> bool {
        let opaque = self.fragment.contains_key("$ref")
            || self.fragment.contains_key("additionalProperties")
            || self.fragment.get("type") == Some(&json!("object"));
        let map = self.default.as_ref().and_then(Value::as_object);
        map.is_some_and(|map| !map.is_empty()) && !opaque
    }
}

/// The keys of a values file, in its order; keys within a map that is not looked into are left out.
pub fn keys(file: &Path) -> Vec<Key> {
    let text = std::fs::read_to_string(file).expect("the values file can be read");
    let values: Value = serde_yaml::from_str(&text).expect("the values file is YAML");
    let mut keys: Vec<Key> = Vec::new();
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut comment: Vec<&str> = Vec::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let body = line.trim();
        if let Some(said) = body.strip_prefix('#') {
            let said = said.strip_prefix(' ').unwrap_or(said);
            let unset = said
                .strip_suffix(':')
                .filter(|name| is_name(name) && comment.iter().any(|line| line.starts_with("@schema ")));
            match unset {
                Some(name) => {
                    let path = below(&mut open, indent, name);
                    keys.push(key(path, None, &comment));
                    comment.clear();
                }
                None => comment.push(said),
            }
            continue;
        }
        let name = body.split_once(':').map_or("", |(name, _)| name);
        if is_name(name) {
            let path = below(&mut open, indent, name);
            let default = path.iter().try_fold(&values, |value, name| value.get(name));
            let hidden = keys
                .iter()
                .any(|key| key.path.len() < path.len() && path.starts_with(&key.path) && !key.is_section());
            if let (Some(default), false) = (default, hidden) {
                keys.push(key(path, Some(default.clone()), &comment));
            }
        }
        comment.clear();
    }
    keys
}

/// The path of a key at this indentation, which is open from now on.
fn below(open: &mut Vec<(usize, String)>, indent: usize, name: &str) -> Vec<String> {
    open.retain(|(other, _)| *other < indent);
    open.push((indent, name.to_owned()));
    open.iter().map(|(_, name)| name.clone()).collect()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn key(path: Vec<String>, default: Option<Value>, comment: &[&str]) -> Key {
    let (mut fragment, mut meaning) = (Map::new(), Vec::new());
    for line in comment {
        if let Some(added) = line.strip_prefix("@schema ") {
            let added: Value = serde_yaml::from_str(added).expect("@schema is followed by YAML");
            fragment.extend(added.as_object().expect("@schema is followed by a map").clone());
        } else if !line.starts_with("  ") {
            meaning.push(*line);
        }
    }
    Key {
        path,
        default,
        meaning: meaning.join(" ").trim().to_owned(),
        fragment,
    }
}
