//! Strings. Positions and lengths count bytes, as in Go.

use crate::chart::template::fmt::{quote, write_value};
use crate::chart::template::function::{Failure, Function, Rest};
use crate::chart::value::{List, Map, MapType, Str, Value, runes};
use memchr::memmem;

pub(super) fn functions() -> Vec<Function> {
    let trim_all = |cutset: Str, text: Str| Str::from(trim(&text, &cutset));
    let mut functions = vec![
        Function::new("toString", |value: Value| string_of(&value)),
        Function::new("trim", |text: Str| trim_where(&text, char::is_whitespace)),
        Function::new("trimAll", trim_all),
        Function::new("trimall", trim_all),
        Function::new("trimSuffix", |suffix: Str, text: Str| {
            Str::from(text.strip_suffix(&suffix[..]).unwrap_or(&text))
        }),
        Function::new("trimPrefix", |prefix: Str, text: Str| {
            Str::from(text.strip_prefix(&prefix[..]).unwrap_or(&text))
        }),
        Function::new("nospace", |text: Str| nospace(&text)),
        Function::new("contains", |part: Str, text: Str| {
            memmem::find(&text, &part).is_some()
        }),
        Function::new("hasPrefix", |prefix: Str, text: Str| text.starts_with(&prefix)),
        Function::new("hasSuffix", |suffix: Str, text: Str| text.ends_with(&suffix)),
        Function::new("replace", |old: Str, new: Str, text: Str| {
            replace(&text, &old, &new)
        }),
        Function::new("repeat", repeat),
        Function::new("indent", |spaces: i64, text: Str| indent(spaces, &text)),
        Function::new("nindent", |spaces: i64, text: Str| {
            indent(spaces, &text).map(|text| [b"\n", &text[..]].concat())
        }),
        Function::new("quote", |Rest(values): Rest<Value>| {
            spaced(&values, |value| quote(&string_of(value), '"').into_bytes())
        }),
        Function::new("squote", |Rest(values): Rest<Value>| {
            spaced(&values, |value| [b"'", &printed(value)[..], b"'"].concat())
        }),
        Function::new("cat", |Rest(values): Rest<Value>| spaced(&values, printed)),
        Function::new(
            "plural",
            |one: Str, many: Str, count: i64| if count == 1 { one } else { many },
        ),
    ];
    functions.extend(cutting_functions());
    functions
}

fn cutting_functions() -> Vec<Function> {
    vec![
        Function::new("trunc", |count: i64, text: Str| {
            Str::from(truncated(count, &text))
        }),
        Function::new("substr", |start: i64, end: i64, text: Str| {
            substring(start, end, &text).map(Str::from)
        }),
        Function::new("abbrev", |width: i64, text: Str| {
            if width < 4 {
                text.to_vec()
            } else {
                abbreviate(&text, 0, width)
            }
        }),
        Function::new("abbrevboth", |left: i64, right: i64, text: Str| {
            if right < 4 || left > 0 && right < 7 {
                text.to_vec()
            } else {
                abbreviate(&text, left, right)
            }
        }),
        Function::new("wrap", |width: i64, text: Str| wrap(&text, width, b"\n", false)),
        Function::new("wrapWith", |width: i64, separator: Str, text: Str| {
            wrap(
                &text,
                width,
                if separator.is_empty() { b"\n" } else { &separator },
                true,
            )
        }),
        Function::new("split", |separator: Str, text: Str| {
            numbered(split(&text, &separator, None))
        }),
        Function::new("splitn", |separator: Str, count: i64, text: Str| {
            numbered(match usize::try_from(count) {
                Ok(0) => Vec::new(),
                count => split(&text, &separator, count.ok()),
            })
        }),
        Function::new("splitList", |separator: Str, text: Str| {
            List::strings(split(&text, &separator, None))
        }),
    ]
}

/// A value as sprig makes a string of it: strings and bytes as they are, everything else as `%v`.
pub(super) fn string_of(value: &Value) -> Str {
    match value {
        Value::Str(text) | Value::Bytes(text) => text.clone(),
        other => printed(other).into(),
    }
}

/// The items of a list as strings, without those that are nil; another value is a list of one.
pub(super) fn strings_of(value: &Value) -> Vec<Str> {
    match value {
        Value::Nil => Vec::new(),
        Value::List(list) => list.iter().filter(|item| !item.is_nil()).map(string_of).collect(),
        Value::Bytes(bytes) => bytes.iter().map(|byte| Str::from(byte.to_string())).collect(),
        other => vec![string_of(other)],
    }
}

fn printed(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write_value(&mut out, value);
    out
}

/// The values that are not nil, with a space between two.
fn spaced(values: &[Value], shown: impl Fn(&Value) -> Vec<u8>) -> Vec<u8> {
    let values = values.iter().filter(|value| !value.is_nil());
    values.map(shown).collect::<Vec<_>>().join(&b' ')
}

/// The pieces of `text` between separators, at most `count` of them; without a separator, its characters.
fn split(text: &[u8], separator: &[u8], count: Option<usize>) -> Vec<Str> {
    let mut pieces: Vec<Str> = Vec::new();
    let mut rest = text;
    let is_full = |pieces: &[Str]| count.is_some_and(|count| pieces.len() + 1 >= count);
    loop {
        let cut = if is_full(&pieces) {
            None
        } else if separator.is_empty() {
            runes(rest)
                .next()
                .map(|(_, taken)| taken.len())
                .filter(|length| *length < rest.len())
        } else {
            memmem::find(rest, separator)
        };
        let Some(cut) = cut else {
            if !(separator.is_empty() && text.is_empty()) {
                pieces.push(rest.into());
            }
            return pieces;
        };
        let (piece, after) = rest.split_at(cut);
        pieces.push(piece.into());
        rest = after.get(separator.len()..).unwrap_or_default();
    }
}

fn numbered(pieces: Vec<Str>) -> Map {
    let entries = pieces.into_iter().enumerate();
    let entries = entries.map(|(index, piece)| (Str::from(format!("_{index}")), Value::Str(piece)));
    Map::of(MapType::Strings, entries.collect())
}

fn replace(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    if old.is_empty() {
        // Between all characters, and at both ends.
        let mut replaced = new.to_vec();
        for (_, taken) in runes(text) {
            replaced.extend_from_slice(taken);
            replaced.extend_from_slice(new);
        }
        return replaced;
    }
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memmem::find(rest, old) {
        let (before, after) = rest.split_at(at);
        replaced.extend_from_slice(before);
        replaced.extend_from_slice(new);
        rest = after.get(old.len()..).unwrap_or_default();
    }
    replaced.extend_from_slice(rest);
    replaced
}

/// `text` without the characters at both ends for which `cut` holds.
fn trim_where(text: &[u8], cut: impl Fn(char) -> bool) -> Str {
    let start: usize = runes(text)
        .take_while(|(rune, _)| cut(*rune))
        .map(|(_, taken)| taken.len())
        .sum();
    let mut rest = text.get(start..).unwrap_or_default();
    while let Some((last, before)) = rest.split_last() {
        if !last.is_ascii() {
            return Str::from(without_last_runes(rest, cut));
        }
        if !cut(char::from(*last)) {
            break;
        }
        rest = before;
    }
    Str::from(rest)
}

/// `text` without the characters at its end for which `cut` holds, whatever its bytes are.
fn without_last_runes(text: &[u8], cut: impl Fn(char) -> bool) -> &[u8] {
    let (mut at, mut end) = (0, 0);
    for (rune, taken) in runes(text) {
        at += taken.len();
        if !cut(rune) {
            end = at;
        }
    }
    text.get(..end).unwrap_or_default()
}

fn trim(text: &[u8], cutset: &[u8]) -> Vec<u8> {
    let cutset: Vec<char> = runes(cutset).map(|(rune, _)| rune).collect();
    trim_where(text, |rune| cutset.contains(&rune)).to_vec()
}

/// Goes by bytes, each as a character of its own, as the library does: text beyond ASCII comes out broken.
fn nospace(text: &[u8]) -> Str {
    if !text.iter().any(|byte| char::from(*byte).is_whitespace()) {
        return text.into();
    }
    text.iter()
        .map(|byte| char::from(*byte))
        .filter(|rune| !rune.is_whitespace())
        .collect()
}

/// More than any manifest can hold; Go would run out of memory.
const MAX_LENGTH: usize = 256 * 1024 * 1024;

fn repeat(count: i64, text: Str) -> Result<Vec<u8>, Failure> {
    let count = usize::try_from(count).map_err(|_| "strings: negative Repeat count")?;
    match text.len().checked_mul(count) {
        Some(length) if length <= MAX_LENGTH => Ok(text.repeat(count)),
        _ => Err("strings: Repeat output length overflow".into()),
    }
}

fn indent(spaces: i64, text: &[u8]) -> Result<Vec<u8>, Failure> {
    let spaces = usize::try_from(spaces).map_err(|_| "strings: negative Repeat count")?;
    let lines = memchr::memchr_iter(b'\n', text).count() + 1;
    let added = spaces.checked_mul(lines).filter(|added| *added <= MAX_LENGTH);
    let added = added.ok_or("strings: Repeat output length overflow")?;
    let margin = vec![b' '; spaces];
    let mut out = Vec::with_capacity(text.len() + added);
    let mut rest = text;
    loop {
        out.extend_from_slice(&margin);
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        out.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            return Ok(out);
        }
        rest = after;
    }
}

/// The first bytes, or with a negative count the last ones.
fn truncated(count: i64, text: &[u8]) -> &[u8] {
    let length = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if count < 0 && text.len() > length {
        return text.get(text.len() - length..).unwrap_or(text);
    }
    if count >= 0 {
        text.get(..length).unwrap_or(text)
    } else {
        text
    }
}

fn substring(start: i64, end: i64, text: &[u8]) -> Result<&[u8], Failure> {
    let length = text.len();
    let Ok(from) = usize::try_from(start) else {
        let to = usize::try_from(end).ok().and_then(|end| text.get(..end));
        return to.ok_or_else(|| {
            Failure(format!(
                "runtime error: slice bounds out of range [:{end}] with length {length}"
            ))
        });
    };
    match usize::try_from(end) {
        Ok(to) if to <= length => text
            .get(from..to)
            .ok_or_else(|| Failure(format!("runtime error: slice bounds out of range [{from}:{to}]"))),
        _ => text.get(from..).ok_or_else(|| {
            Failure(format!(
                "runtime error: slice bounds out of range [{from}:{length}]"
            ))
        }),
    }
}

/// `text` in `width` bytes with `...` where something was left out, from about `offset` on.
fn abbreviate(text: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let (Ok(mut offset), Ok(width)) = (usize::try_from(offset.max(0)), usize::try_from(width)) else {
        return Vec::new();
    };
    if width < 4 || text.len() <= width {
        return if width < 4 { Vec::new() } else { text.to_vec() };
    }
    offset = offset.min(text.len());
    if text.len() - offset < width - 3 {
        offset = text.len() - (width - 3);
    }
    let from = |start: usize| text.get(start..).unwrap_or_default();
    if offset <= 4 {
        return [text.get(..width - 3).unwrap_or(text), b"..."].concat();
    }
    if width < 7 {
        return Vec::new();
    }
    if offset + width - 3 < text.len() {
        let inner = i64::try_from(width - 3).unwrap_or(i64::MAX);
        return [b"...", &abbreviate(from(offset), 0, inner)[..]].concat();
    }
    [b"...", from(text.len() - (width - 3))].concat()
}

/// Breaks at spaces so that lines have at most `width` bytes; `long_words` are broken too where that is asked for.
fn wrap(text: &[u8], width: i64, line_end: &[u8], long_words: bool) -> Vec<u8> {
    let width = usize::try_from(width).unwrap_or(1).max(1);
    let mut wrapped = Vec::with_capacity(text.len() + text.len() / width);
    let mut rest = text;
    while rest.len() > width {
        if let Some(after) = rest.strip_prefix(b" ") {
            rest = after;
            continue;
        }
        let line = rest.get(..=width).unwrap_or(rest);
        let space = line.iter().rposition(|byte| *byte == b' ');
        let space = space.or_else(|| {
            let after = rest.get(width..).unwrap_or_default();
            let next = after.iter().position(|byte| *byte == b' ').map(|at| at + width);
            if long_words {
                None
            } else {
                Some(next.unwrap_or(rest.len()))
            }
        });
        let (line, after) = match space {
            Some(end) if end >= rest.len() => {
                wrapped.extend_from_slice(rest);
                return wrapped;
            }
            Some(end) => (rest.get(..end), rest.get(end + 1..)),
            None => (rest.get(..width), rest.get(width..)),
        };
        wrapped.extend_from_slice(line.unwrap_or_default());
        wrapped.extend_from_slice(line_end);
        rest = after.unwrap_or_default();
    }
    wrapped.extend_from_slice(rest);
    wrapped
}
