//! The tables of values in the chart's README, made of the comments in the values files.

use crate::values::Key;
use serde_json::Value;
use std::fmt::Write as _;

/// The longest default that is shown.
const SHOWN: usize = 60;

/// A table of keys; `prefix` stands before each, as one sets them in the umbrella's values.
pub fn table(keys: &[Key], prefix: &str) -> String {
    let mut table = String::from("| key | type | default | meaning |\n|---|---|---|---|\n");
    for key in keys {
        if key.is_section() {
            if !key.meaning.is_empty() {
                let _ = writeln!(
                    table,
                    "| `{prefix}{}` | | | {} |",
                    key.dotted(),
                    cell(&key.meaning)
                );
            }
            continue;
        }
        let _ = writeln!(
            table,
            "| `{prefix}{}` | {} | {} | {} |",
            key.dotted(),
            cell(&kind(key)),
            default(key.default.as_ref()),
            cell(&key.meaning)
        );
    }
    table
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// What may stand there, in a few words.
fn kind(key: &Key) -> String {
    if let Some(allowed) = key.fragment.get("enum").and_then(Value::as_array) {
        let words: Vec<String> = allowed
            .iter()
            .map(|value| match value.as_str() {
                Some("") => "empty".to_owned(),
                Some(text) => text.to_owned(),
                None => value.to_string(),
            })
            .collect();
        return words.join(", ");
    }
    if let Some(target) = key.fragment.get("$ref").and_then(Value::as_str) {
        return match target.rsplit('/').next().unwrap_or_default() {
            "environment" | "named" | "objects" | "strings" | "hosts" | "tls" => "list".to_owned(),
            _ => "map".to_owned(),
        };
    }
    let said = key.fragment.get("type").cloned().unwrap_or(Value::Null);
    match said {
        Value::String(name) => word(&name).to_owned(),
        Value::Array(names) => {
            let names = names
                .iter()
                .filter_map(Value::as_str)
                .filter(|name| *name != "null");
            names.map(word).collect::<Vec<_>>().join(" or ")
        }
        _ => word(match &key.default {
            Some(Value::Bool(_)) => "boolean",
            Some(Value::Number(number)) if number.is_f64() => "number",
            Some(Value::Number(_)) => "integer",
            Some(Value::Array(_)) => "array",
            Some(Value::Object(_)) => "object",
            _ => "string",
        })
        .to_owned(),
    }
}

/// YAML's words for JSON schema's.
fn word(name: &str) -> &str {
    match name {
        "boolean" => "bool",
        "integer" => "int",
        "array" => "list",
        "object" => "map",
        other => other,
    }
}

fn default(default: Option<&Value>) -> String {
    match default {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if text.is_empty() => String::new(),
        Some(Value::String(text)) => format!("`{}`", cell(text)),
        Some(value) => {
            let text = value.to_string();
            if text.len() <= SHOWN {
                format!("`{}`", cell(&text))
            } else {
                "in the file".to_owned()
            }
        }
    }
}
