//! Values in Go's own syntax, as its errors show them (`%#v`).

use super::super::gojson;
use serde_json::Value as Json;
use std::fmt::Write as _;

/// A decoded document as `%#v` prints it.
pub(super) fn of_json(value: &Json) -> String {
    match value {
        Json::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}:{}", quote(key), item(value)))
                .collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", entries.join(", "))
        }
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(item).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Json::String(text) => quote(text),
        Json::Null => "<nil>".to_owned(),
        Json::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => gojson::float_g(float, 64),
            _ => number.to_string(),
        },
        Json::Bool(truth) => truth.to_string(),
    }
}

fn item(value: &Json) -> String {
    match value {
        Json::Null => "interface {}(nil)".to_owned(),
        _ => of_json(value),
    }
}

/// A text as `%q` prints it.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if c.is_ascii_control() => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
