//! What Go's YAML makes of JSON before it writes it: toYaml reads the JSON text back as YAML.

use super::{YamlError, compose};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;

/// The line break of YAML 1.1 that JSON leaves as it is, so that reading it back folds it.
const NEXT_LINE: char = '\u{85}';

/// The value as it is after that reading; `None` where nothing changes.
pub(super) fn reread(value: &Json) -> Result<Option<Json>, YamlError> {
    if check(value)? {
        return Ok(None);
    }
    folded(value).map(Some)
}

/// Looks for what cannot be read back; answers whether nothing needs folding.
fn check(value: &Json) -> Result<bool, YamlError> {
    match value {
        Json::String(text) => check_text(text),
        Json::Array(items) => items
            .iter()
            .try_fold(true, |clean, item| Ok(check(item)? && clean)),
        Json::Object(map) => map.iter().try_fold(true, |clean, (key, item)| {
            Ok(check_text(key)? & check(item)? & clean)
        }),
        _ => Ok(true),
    }
}

fn check_text(text: &str) -> Result<bool, YamlError> {
    // JSON escapes what is below a space, and the reader sees the escapes only.
    if compose::is_plain_ascii(text) {
        return Ok(true);
    }
    if text.chars().any(|c| c >= ' ' && !compose::is_allowed(c)) {
        return Err(YamlError::control_characters());
    }
    Ok(!text.contains(NEXT_LINE))
}

fn folded(value: &Json) -> Result<Json, YamlError> {
    Ok(match value {
        Json::String(text) => Json::String(fold(text).into_owned()),
        Json::Array(items) => items.iter().map(folded).collect::<Result<_, _>>()?,
        Json::Object(map) => {
            let mut object = Map::new();
            for (key, item) in map {
                if key.contains(NEXT_LINE) {
                    return Err(YamlError::yaml("did not find expected ',' or '}'"));
                }
                object.insert(key.clone(), folded(item)?);
            }
            Json::Object(object)
        }
        other => other.clone(),
    })
}

/// Folds line breaks as in a double-quoted scalar: one is a space, each further one stays a line break.
fn fold(text: &str) -> Cow<'_, str> {
    if !text.contains(NEXT_LINE) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split(NEXT_LINE).peekable();
    let mut first = true;
    let mut breaks = 0;
    while let Some(line) = lines.next() {
        let start = if first { line } else { line.trim_start_matches(' ') };
        let line = if lines.peek().is_some() {
            start.trim_end_matches(' ')
        } else {
            start
        };
        if !first {
            breaks += 1;
        }
        if !line.is_empty() || lines.peek().is_none() {
            match breaks {
                0 => {}
                1 => out.push(' '),
                _ => out.extend(std::iter::repeat_n('\n', breaks - 1)),
            }
            breaks = 0;
            out.push_str(line);
        }
        first = false;
    }
    Cow::Owned(out)
}
