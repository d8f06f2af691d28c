//! TOML, written as the library that Helm uses writes it.

use crate::chart::gojson;
use crate::chart::template::fmt::append;
use crate::chart::template::function::{Failure, Function};
use crate::chart::value::{List, Map, Str, Value};
use jiff::tz::TimeZone;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("toToml", |value: Value| match &value {
            // The library stumbles where it looks for a type.
            Value::Nil => Err(Failure::from("reflect: call of reflect.Value.Type on zero Value")),
            value => Ok(write(value).unwrap_or_else(|message| message)),
        }),
        Function::new("fromToml", |text: Str| {
            let text = text.to_text();
            match text.parse::<toml::Table>() {
                Ok(table) => read_table(table),
                Err(error) => Map::from_iter([("Error", format!("toml: {}", error.message()))]),
            }
        }),
    ]
}

fn read_table(table: toml::Table) -> Map {
    table.into_iter().map(|(key, value)| (key, read(value))).collect()
}

fn read(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => Value::Int64(number),
        toml::Value::Float(number) => Value::Float(number),
        toml::Value::Boolean(value) => Value::Bool(value),
        toml::Value::Datetime(date) => read_date(&date.to_string()),
        toml::Value::Array(items) => List::any(items.into_iter().map(read).collect()).into(),
        toml::Value::Table(table) => read_table(table).into(),
    }
}

/// A date as a time; one that has no offset is taken for UTC.
fn read_date(text: &str) -> Value {
    let zoned = text
        .parse::<jiff::Timestamp>()
        .map(|moment| moment.to_zoned(TimeZone::UTC));
    let zoned = zoned.or_else(|_| text.parse::<jiff::civil::DateTime>()?.to_zoned(TimeZone::UTC));
    zoned.map_or_else(|_| Value::from(text), Value::from)
}

fn write(value: &Value) -> Result<String, String> {
    let mut writer = Writer::default();
    match value {
        Value::Map(map) => writer.table(map, &mut Vec::new())?,
        value if is_table(value) => {
            return Err("toml: top-level values must be Go maps or structs".to_owned());
        }
        value => writer.value(value)?,
    }
    Ok(writer.out)
}

#[derive(Default)]
struct Writer {
    out: String,
}

fn is_table(value: &Value) -> bool {
    match value {
        Value::Map(_) => true,
        Value::List(list) => !list.is_empty() && list.iter().all(|item| matches!(item, Value::Map(_))),
        _ => false,
    }
}

fn is_nil_list(value: &Value) -> bool {
    matches!(value, Value::List(list) if list.is_nil())
}

impl Writer {
    /// The plain entries of a table come first, then the tables within it.
    fn table(&mut self, map: &Map, path: &mut Vec<String>) -> Result<(), String> {
        let (tables, plain): (Vec<_>, Vec<_>) = map
            .snapshot()
            .into_iter()
            .filter(|(_, value)| !matches!(value, Value::Nil) && !is_nil_list(value))
            .partition(|(_, value)| is_table(value));
        for (name, value) in plain {
            self.indent(path.len());
            self.out.push_str(&key(&name));
            self.out.push_str(" = ");
            self.value(&value)?;
            self.out.push('\n');
        }
        for (name, value) in tables {
            path.push(key(&name));
            match &value {
                Value::Map(map) => {
                    self.header(path, "[", "]");
                    self.table(map, path)?;
                }
                Value::List(items) => {
                    for item in items.iter() {
                        if let Value::Map(map) = item {
                            self.header(path, "[[", "]]");
                            self.table(map, path)?;
                        }
                    }
                }
                _ => {}
            }
            path.pop();
        }
        Ok(())
    }

    fn header(&mut self, path: &[String], open: &str, close: &str) {
        // Within a table, another one follows without a blank line.
        if !self.out.is_empty() && (path.len() == 1 || open == "[[") {
            self.out.push('\n');
        }
        self.indent(path.len().saturating_sub(1));
        append(&mut self.out, format_args!("{open}{}{close}\n", path.join(".")));
    }

    fn indent(&mut self, depth: usize) {
        self.out.push_str(&"  ".repeat(depth));
    }

    fn value(&mut self, value: &Value) -> Result<(), String> {
        match value {
            Value::Str(text) => self.out.push_str(&quoted(text)),
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Int(number) | Value::Int64(number) => self.out.push_str(&number.to_string()),
            Value::Uint8(number) => self.out.push_str(&number.to_string()),
            Value::Uint64(number) => self.out.push_str(&number.to_string()),
            Value::Float(number) => self.out.push_str(&float(*number)),
            Value::Time(time) => self
                .out
                .push_str(&crate::chart::template::time::rfc3339_nano(time)),
            Value::List(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    self.value(item)?;
                }
                self.out.push(']');
            }
            Value::Map(map) => {
                self.out.push('{');
                for (index, (name, value)) in map.snapshot().into_iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    append(&mut self.out, format_args!("{} = ", key(&name)));
                    self.value(&value)?;
                }
                self.out.push('}');
            }
            Value::Nil => return Err("toml: cannot encode array with nil element".to_owned()),
            other => return Err(format!("toml: unsupported type: {}", other.type_name())),
        }
        Ok(())
    }
}

/// A key, in quotes where it is not bare.
fn key(name: &Str) -> String {
    let is_bare = name
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if is_bare && !name.is_empty() {
        name.to_string()
    } else {
        quoted(name)
    }
}

fn quoted(text: &Str) -> String {
    let mut quoted = String::from("\"");
    for rune in text.to_text().chars() {
        match rune {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{8}' => quoted.push_str("\\b"),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\u{c}' => quoted.push_str("\\f"),
            '\r' => quoted.push_str("\\r"),
            rune if rune < ' ' || rune == '\u{7f}' => {
                append(&mut quoted, format_args!("\\u{:04x}", u32::from(rune)));
            }
            rune => quoted.push(rune),
        }
    }
    quoted.push('"');
    quoted
}

fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let text = gojson::float_g(number, 64);
    if text.contains(['.', 'e']) {
        text
    } else {
        format!("{text}.0")
    }
}
