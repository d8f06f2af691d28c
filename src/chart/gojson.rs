//! JSON as Go's `encoding/json` writes it: sorted keys, HTML escapes, Go's shortest floats.

use crate::chart::value::{UnsupportedValue, Value, to_json};
use serde_json::{Map, Number, Value as Json};
use std::fmt::Write as _;

/// Deeper than any document; a map within itself has no end.
const MAX_DEPTH: usize = 500;

/// `json.Marshal`, as `toJson` prints it: `<`, `>` and `&` are escaped.
#[must_use]
pub fn to_string(value: &Json) -> String {
    Writer::new(true, false).write(value)
}

/// As [`to_string`] without the HTML escapes: `toRawJson`.
#[must_use]
pub fn to_raw_string(value: &Json) -> String {
    Writer::new(false, false).write(value)
}

/// `json.MarshalIndent` with two spaces: `toPrettyJson`.
#[must_use]
pub fn to_pretty_string(value: &Json) -> String {
    Writer::new(true, true).write(value)
}

/// How a template value is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Style {
    /// `toJson`.
    Escaped,
    /// `toRawJson`.
    Raw,
    /// `toPrettyJson`.
    Pretty,
}

/// Writes a template value: as its JSON, but the fields of a struct stay in the order of their declaration.
pub(crate) fn marshal(value: &Value, style: Style) -> Result<String, UnsupportedValue> {
    let html = !matches!(style, Style::Raw);
    let mut writer = Writer::new(html, matches!(style, Style::Pretty));
    writer.template_value(value)?;
    Ok(writer.out)
}

/// A text in quotes with Go's escapes; `html` escapes `<`, `>` and `&` too.
#[must_use]
pub fn quoted(text: &str, html: bool) -> String {
    let mut writer = Writer::new(html, false);
    writer.string(text);
    writer.out
}

/// A finite float as `encoding/json` writes it: plain up to 21 digits, then with an exponent.
#[must_use]
pub fn float(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        // Go takes the leading zero off a negative exponent here, and only here.
        let text = exponential(&format!("{value:e}"));
        return match text.as_bytes() {
            [.., b'-', b'0', _] => format!("{}{}", &text[..text.len() - 2], &text[text.len() - 1..]),
            _ => text,
        };
    }
    format!("{value}")
}

/// A float as `strconv.FormatFloat(value, 'g', -1, bits)` writes it: with an exponent below 1e-4 and from 1e6 on.
/// `bits` is 32 or 64.
#[must_use]
pub fn float_g(value: f64, bits: u32) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let (plain, scientific) = if bits == 32 {
        // Rounding to the shorter float is what is asked for.
        #[allow(clippy::cast_possible_truncation)]
        let value = value as f32;
        (format!("{value}"), format!("{value:e}"))
    } else {
        (format!("{value}"), format!("{value:e}"))
    };
    let exponent: i32 = scientific
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok())
        .unwrap_or(0);
    if (-4..6).contains(&exponent) {
        plain
    } else {
        exponential(&scientific)
    }
}

/// Rust's `1e30` and `1e-7` as Go writes them: `1e+30` and `1e-07`.
fn exponential(scientific: &str) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific.to_owned();
    };
    match exponent.strip_prefix('-') {
        Some(exponent) => format!("{mantissa}e-{exponent:0>2}"),
        None => format!("{mantissa}e+{exponent:0>2}"),
    }
}

/// Writes a document.
struct Writer {
    out: String,
    html: bool,
    pretty: bool,
    depth: usize,
}

impl Writer {
    const fn new(html: bool, pretty: bool) -> Self {
        Self {
            out: String::new(),
            html,
            pretty,
            depth: 0,
        }
    }

    fn write(mut self, value: &Json) -> String {
        self.value(value);
        self.out
    }

    fn template_value(&mut self, value: &Value) -> Result<(), UnsupportedValue> {
        if self.depth > MAX_DEPTH {
            return Err(UnsupportedValue("encountered a cycle"));
        }
        match value {
            Value::List(items) if !items.is_nil() && !items.is_empty() => {
                self.open('[');
                for (index, item) in items.iter().enumerate() {
                    self.next(index);
                    self.template_value(item)?;
                }
                self.close(']');
            }
            Value::Map(map) if !map.is_empty() => {
                let entries = map.entries();
                let mut entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| (key.to_text(), value))
                    .collect();
                entries.sort_by(|(a, _), (b, _)| a.cmp(b));
                self.entries(entries.iter().map(|(key, value)| (key.as_ref(), *value)))?;
            }
            Value::Struct(object) => {
                let fields = object.fields.iter();
                let fields = fields.filter(|field| !field.omit_empty || field.value.is_true());
                self.entries(fields.map(|field| (field.json_name, &field.value)))?;
            }
            plain => self.value(&to_json(plain)?),
        }
        Ok(())
    }

    fn entries<'v>(
        &mut self,
        entries: impl Iterator<Item = (&'v str, &'v Value)>,
    ) -> Result<(), UnsupportedValue> {
        self.open('{');
        for (index, (key, value)) in entries.enumerate() {
            self.next(index);
            self.string(key);
            self.out.push_str(if self.pretty { ": " } else { ":" });
            self.template_value(value)?;
        }
        self.close('}');
        Ok(())
    }

    fn value(&mut self, value: &Json) {
        match value {
            Json::Null => self.out.push_str("null"),
            Json::Bool(true) => self.out.push_str("true"),
            Json::Bool(false) => self.out.push_str("false"),
            Json::Number(number) => self.number(number),
            Json::String(text) => self.string(text),
            Json::Array(items) => self.array(items),
            Json::Object(map) => self.object(map),
        }
    }

    fn number(&mut self, number: &Number) {
        match number.as_f64() {
            Some(value) if number.is_f64() => self.out.push_str(&float(value)),
            _ => self.out.push_str(&number.to_string()),
        }
    }

    fn array(&mut self, items: &[Json]) {
        if items.is_empty() {
            self.out.push_str("[]");
            return;
        }
        self.open('[');
        for (index, item) in items.iter().enumerate() {
            self.next(index);
            self.value(item);
        }
        self.close(']');
    }

    fn object(&mut self, map: &Map<String, Json>) {
        if map.is_empty() {
            self.out.push_str("{}");
            return;
        }
        // Go sorts by bytes, whatever order the map was built in.
        let mut entries: Vec<(&String, &Json)> = map.iter().collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        self.open('{');
        for (index, (key, value)) in entries.into_iter().enumerate() {
            self.next(index);
            self.string(key);
            self.out.push_str(if self.pretty { ": " } else { ":" });
            self.value(value);
        }
        self.close('}');
    }

    fn open(&mut self, bracket: char) {
        self.out.push(bracket);
        self.depth += 1;
    }

    fn next(&mut self, index: usize) {
        if index > 0 {
            self.out.push(',');
        }
        self.line();
    }

    fn close(&mut self, bracket: char) {
        self.depth -= 1;
        self.line();
        self.out.push(bracket);
    }

    fn line(&mut self) {
        if self.pretty {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", self.depth));
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '<' | '>' | '&' if !self.html => self.out.push(c),
                '\0'..'\u{20}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    // Writing to a String cannot fail.
                    let _ = write!(self.out, "\\u{:04x}", u32::from(c));
                }
                _ => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(0.0, "0", "0")]
    #[case(-0.0, "-0", "-0")]
    #[case(1.0, "1", "1")]
    #[case(100_000.0, "100000", "100000")]
    #[case(20_971_520.0, "20971520", "2.097152e+07")]
    #[case(1_234_567.5, "1234567.5", "1.2345675e+06")]
    #[case(0.0001, "0.0001", "0.0001")]
    #[case(0.00001, "0.00001", "1e-05")]
    #[case(1e-7, "1e-7", "1e-07")]
    #[case(1.5e-10, "1.5e-10", "1.5e-10")]
    #[case(1e20, "100000000000000000000", "1e+20")]
    #[case(1e21, "1e+21", "1e+21")]
    #[case(-1.25e300, "-1.25e+300", "-1.25e+300")]
    fn floats_are_written_as_go_writes_them(#[case] value: f64, #[case] json: &str, #[case] g: &str) {
        assert_eq!(float(value), json);
        assert_eq!(float_g(value, 64), g);
    }

    #[test]
    fn a_short_float_has_the_digits_of_a_short_float() {
        assert_eq!(float_g(0.1_f64 + 0.2, 32), "0.3");
    }

    #[test]
    fn keys_are_sorted_and_html_is_escaped() {
        let value = json!({"b": "<a href='x'>&", "a": [1, 2.5, null, true], "B": {}, "c": [] });
        assert_eq!(
            to_string(&value),
            r#"{"B":{},"a":[1,2.5,null,true],"b":"\u003ca href='x'\u003e\u0026","c":[]}"#
        );
        assert_eq!(
            to_raw_string(&value),
            r#"{"B":{},"a":[1,2.5,null,true],"b":"<a href='x'>&","c":[]}"#
        );
    }

    #[test]
    fn pretty_json_is_set_in_by_two() {
        assert_eq!(
            to_pretty_string(&json!({"a": {"b": [1, {}]}})),
            "{\n  \"a\": {\n    \"b\": [\n      1,\n      {}\n    ]\n  }\n}"
        );
    }

    #[test]
    fn control_characters_and_separators_are_escaped() {
        assert_eq!(
            quoted("\u{1}\u{7f}\u{2028}\t\"\\é", true),
            "\"\\u0001\u{7f}\\u2028\\t\\\"\\\\é\""
        );
    }
}
