//! JSON written as YAML for reading, each line with the way to it. Not for machines: the chart engine writes those.

use crate::plan::model::PathStep;
use serde_json::Value as Json;

/// A line, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlLine {
    /// The way to the value on this line, from the document's root; list items by position.
    pub path: Vec<PathStep>,
    /// The line with its indentation.
    pub text: String,
}

/// Writes a document.
#[must_use]
pub fn lines(document: &Json) -> Vec<YamlLine> {
    let mut writer = Writer::default();
    match document {
        Json::Object(map) if map.is_empty() => {}
        Json::Object(_) | Json::Array(_) => writer.nested(document, 0, ""),
        scalar => writer.push(0, "", &inline(scalar)),
    }
    writer.lines
}

/// Writes a document as one text.
#[must_use]
pub fn text(document: &Json) -> String {
    lines(document).into_iter().fold(String::new(), |mut text, line| {
        text.push_str(&line.text);
        text.push('\n');
        text
    })
}

#[derive(Default)]
struct Writer {
    path: Vec<PathStep>,
    lines: Vec<YamlLine>,
}

impl Writer {
    fn push(&mut self, indent: usize, lead: &str, rest: &str) {
        let text = format!("{:indent$}{lead}{rest}", "");
        self.lines.push(YamlLine {
            path: self.path.clone(),
            text,
        });
    }

    /// Writes a map or a list; `lead` (the dashes of lists around it) stands on its first line.
    fn nested(&mut self, value: &Json, indent: usize, lead: &str) {
        let mut lead = lead.to_owned();
        let outer = indent - width(&lead);
        match value {
            Json::Object(map) => {
                for (key, value) in map {
                    self.path.push(PathStep::Key(key.clone()));
                    self.entry(value, outer, indent, &lead, &format!("{}:", key_text(key)));
                    self.path.pop();
                    lead = " ".repeat(width(&lead));
                }
            }
            Json::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.path.push(PathStep::Index(at));
                    let dash = format!("{lead}- ");
                    if is_nested(item) {
                        self.nested(item, indent + 2, &dash);
                    } else {
                        self.scalar(item, outer, indent + 2, &dash);
                    }
                    self.path.pop();
                    lead = " ".repeat(width(&lead));
                }
            }
            scalar => self.push(outer, &lead, &inline(scalar)),
        }
    }

    fn entry(&mut self, value: &Json, outer: usize, indent: usize, lead: &str, key: &str) {
        if is_nested(value) {
            self.push(outer, lead, key);
            let deeper = if value.is_array() { indent } else { indent + 2 };
            self.nested(value, deeper, "");
        } else {
            self.scalar(value, outer, indent + 2, &format!("{lead}{key} "));
        }
    }

    fn scalar(&mut self, value: &Json, outer: usize, indent: usize, lead: &str) {
        match value {
            Json::String(text) if text.contains('\n') && is_printable(text) => {
                let mark = if text.ends_with('\n') { "|" } else { "|-" };
                self.push(outer, lead, mark);
                for line in text.lines() {
                    self.push(if line.is_empty() { 0 } else { indent }, "", line);
                }
            }
            scalar => self.push(outer, lead, &inline(scalar)),
        }
    }
}

fn width(lead: &str) -> usize {
    lead.chars().count()
}

fn is_nested(value: &Json) -> bool {
    match value {
        Json::Object(map) => !map.is_empty(),
        Json::Array(items) => !items.is_empty(),
        _ => false,
    }
}

fn is_printable(text: &str) -> bool {
    text.chars().all(|c| c == '\n' || !c.is_control())
        && !text.starts_with([' ', '\n'])
        && !text.ends_with("\n\n")
}

fn inline(value: &Json) -> String {
    match value {
        Json::Object(_) => "{}".into(),
        Json::Array(_) => "[]".into(),
        Json::String(text) => key_text(text),
        other => other.to_string(),
    }
}

/// A string without quotes where YAML reads it as that string, with them where not.
fn key_text(text: &str) -> String {
    const RESERVED: [&str; 11] = [
        "true", "false", "null", "yes", "no", "on", "off", "y", "n", "~", "",
    ];
    let plain = !RESERVED.contains(&text.to_ascii_lowercase().as_str())
        && text.parse::<f64>().is_err()
        && !text.starts_with(|c: char| "-?:,[]{}#&*!|>'\"%@`=<. 0123456789+".contains(c))
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && text.chars().all(|c| !c.is_control());
    let starts_like_a_number = text.starts_with(|c: char| c.is_ascii_digit())
        && text.parse::<f64>().is_err()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
        && !text.starts_with("0x")
        && !text.starts_with("0o");
    if plain || starts_like_a_number {
        text.to_owned()
    } else {
        Json::String(text.to_owned()).to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn writes_lists_of_maps_as_people_write_them() {
        let document = json!({"a": [{"b": 1, "c": ["x", "y"]}], "d": {}, "e": "1.10", "f": "a\nb\n"});
        insta::assert_snapshot!(text(&document), @r#"
        a:
        - b: 1
          c:
          - x
          - "y"
        d: {}
        e: "1.10"
        f: |
          a
          b
        "#);
    }

    #[test]
    fn each_line_knows_its_way() {
        let lines = lines(&json!({"a": [{"b": 1}]}));
        assert_eq!(
            lines[1].path,
            [
                PathStep::Key("a".into()),
                PathStep::Index(0),
                PathStep::Key("b".into())
            ]
        );
    }

    fn document() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Json::from),
            any::<i32>().prop_map(Json::from),
            "[ -~\n]{0,12}".prop_map(Json::from),
            Just(Json::Null),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::btree_map("[a-z.-]{1,5}", inner, 0..4)
                    .prop_map(|map| Json::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_the_same(value in document()) {
            let document = json!({"root": value});
            let read: Json = serde_yaml::from_str(&text(&document)).unwrap();
            prop_assert_eq!(read, document);
        }
    }
}
