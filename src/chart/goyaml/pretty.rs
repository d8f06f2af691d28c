//! Writing template values as goyaml v3 does, without the way through JSON: `toYamlPretty`.

use super::emit::{Dialect, Emitter};
use super::order;
use crate::chart::gojson;
use crate::chart::value::{Map, Struct, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Deeper than any document; a map within itself has no end.
const MAX_DEPTH: usize = 500;

/// Writes a value, without a line break at the end. What cannot be written is the empty text, as it is in Helm.
pub(crate) fn to_pretty_string(value: &Value) -> String {
    let mut emitter = Emitter::new(Dialect::Three);
    if node(&mut emitter, value, None, 0).is_none() {
        return String::new();
    }
    let mut text = emitter.finish();
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

/// Writes a node; `None` where it is nested too deeply.
fn node(emitter: &mut Emitter, value: &Value, indent: Option<usize>, depth: usize) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    match value {
        Value::Nil => emitter.plain("null", None),
        Value::Bool(truth) => emitter.truth(*truth),
        Value::Int(number) | Value::Int64(number) => emitter.plain(&number.to_string(), None),
        Value::Uint8(number) => emitter.plain(&number.to_string(), None),
        Value::Uint64(number) => emitter.plain(&number.to_string(), None),
        Value::Float(number) => emitter.plain(&float(*number), None),
        Value::Str(text) => string(emitter, text, indent),
        Value::Version(version) => string(emitter, version.to_string().as_bytes(), indent),
        Value::Time(time) => emitter.plain(&crate::chart::template::time::rfc3339_nano(time), None),
        Value::Bytes(bytes) => {
            let items: Vec<Value> = bytes.iter().copied().map(Value::Uint8).collect();
            list(emitter, &items, indent, depth)?;
        }
        Value::List(items) => list(emitter, items, indent, depth)?,
        Value::Map(entries) => map(emitter, entries, indent, depth)?,
        Value::Struct(object) => object_node(emitter, object, indent, depth)?,
    }
    Some(())
}

fn float(number: f64) -> String {
    if number.is_nan() {
        ".nan".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { ".inf" } else { "-.inf" }.to_owned()
    } else {
        gojson::float_g(number, 64)
    }
}

/// A string; one that is no text becomes base64 with a tag that says so.
fn string(emitter: &mut Emitter, bytes: &[u8], indent: Option<usize>) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        emitter.string(text, indent);
    } else {
        emitter.indicator("!!binary", false);
        emitter.string(&STANDARD.encode(bytes), indent);
    }
}

fn list(emitter: &mut Emitter, items: &[Value], indent: Option<usize>, depth: usize) -> Option<()> {
    if items.is_empty() {
        emitter.indicator("[]", false);
        return Some(());
    }
    let indent = indent.map_or(0, |indent| indent + 2);
    for item in items {
        emitter.indent(indent);
        emitter.indicator("-", true);
        node(emitter, item, Some(indent), depth + 1)?;
    }
    Some(())
}

fn map(emitter: &mut Emitter, entries: &Map, indent: Option<usize>, depth: usize) -> Option<()> {
    let entries: Vec<(String, Value)> = entries
        .entries()
        .iter()
        .map(|(key, value)| (key.to_text().into_owned(), value.clone()))
        .collect();
    let mut entries: Vec<_> = entries.iter().map(|(key, value)| (key.as_str(), value)).collect();
    order::sort_three(&mut entries);
    mapping(emitter, entries, indent, depth)
}

/// A struct under the names of its fields in lower case: nothing says how YAML should call them.
fn object_node(emitter: &mut Emitter, object: &Struct, indent: Option<usize>, depth: usize) -> Option<()> {
    let (embedded, own) = object.fields.split_at(object.embedded.min(object.fields.len()));
    let mut names: Vec<(String, Value)> = Vec::new();
    if !embedded.is_empty() {
        // `struct { chart.Metadata; IsRoot bool }`: what is embedded goes by the name of its type.
        let first = object.type_name.split(';').next().unwrap_or_default();
        let name = first.rsplit('.').next().unwrap_or_default();
        let inner = Struct {
            type_name: "",
            is_pointer: false,
            embedded: 0,
            fields: embedded.to_vec(),
            display: None,
        };
        names.push((name.to_lowercase(), Value::Struct(inner.into())));
    }
    names.extend(
        own.iter()
            .map(|field| (field.name.to_lowercase(), field.value.clone())),
    );
    let entries = names.iter().map(|(name, value)| (name.as_str(), value));
    mapping(emitter, entries.collect(), indent, depth)
}

fn mapping(
    emitter: &mut Emitter,
    entries: Vec<(&str, &Value)>,
    indent: Option<usize>,
    depth: usize,
) -> Option<()> {
    if entries.is_empty() {
        emitter.indicator("{}", false);
        return Some(());
    }
    let indent = indent.map_or(0, |indent| indent + 2);
    for (key, value) in entries {
        emitter.key(key, indent);
        node(emitter, value, Some(indent), depth + 1)?;
    }
    Some(())
}
