//! A line of a structured log as people read it: the time of day, how grave it is, what it says, and the rest.

use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use std::fmt::Write as _;

/// The names under which loggers write the message, the level and the time.
const MESSAGE: [&str; 2] = ["msg", "message"];
const LEVEL: [&str; 3] = ["level", "lvl", "severity"];
const TIME: [&str; 3] = ["ts", "time", "timestamp"];

/// A JSON line with a message is put in the order in which it is read; every other line stays as it is.
#[must_use]
pub fn readable(line: &str) -> Cow<'_, str> {
    if !line.starts_with('{') {
        return Cow::Borrowed(line);
    }
    match serde_json::from_str::<Map<String, Json>>(line) {
        Ok(fields) => ordered(&fields).map_or(Cow::Borrowed(line), Cow::Owned),
        Err(_) => Cow::Borrowed(line),
    }
}

fn ordered(fields: &Map<String, Json>) -> Option<String> {
    let text = |names: &[&str]| names.iter().find_map(|name| fields.get(*name)?.as_str());
    let message = text(&MESSAGE)?;
    let mut out = String::new();
    // Of an RFC 3339 time only the time of day matters while one looks on.
    if let Some(clock) = text(&TIME).and_then(|time| time.get(11..19)) {
        let _ = write!(out, "{clock} ");
    }
    if let Some(level) = text(&LEVEL) {
        let _ = write!(out, "{:<5} ", level.to_uppercase());
    }
    out.push_str(message);
    let said = |name: &str| MESSAGE.contains(&name) || LEVEL.contains(&name) || TIME.contains(&name);
    for (name, value) in fields.iter().filter(|(name, _)| !said(name)) {
        match value {
            Json::String(text) => {
                let _ = write!(out, "  {name}={text}");
            }
            other => {
                let _ = write!(out, "  {name}={other}");
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn a_json_line_begins_with_what_it_says() {
        let line = r#"{"level":"error","ts":"2026-11-25T18:34:01.316Z","service":"rest-api","msg":"no model","port":8080}"#;
        assert_eq!(
            readable(line),
            "18:34:01 ERROR no model  port=8080  service=rest-api"
        );
    }

    #[test]
    fn what_is_no_structured_message_stays_as_it_is() {
        for line in ["panic: boom", "{not json", r#"{"a":1}"#, r#"{"msg":5}"#, ""] {
            assert_eq!(readable(line), line);
        }
    }
}
