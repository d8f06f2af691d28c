//! What the content of one line is: a key, a scalar, a flow collection that ends where it began.

use crate::chart::goyaml::decode;
use crate::chart::goyaml::resolve::{self, Resolved};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;

/// The longest key, in bytes; the real reader looks closer at longer ones.
const KEY_MAX: usize = 1000;
/// How deep flow collections lie in one another.
const MAX_DEPTH: usize = 20;

/// What stands in a line.
pub(super) enum Content<'t> {
    /// A flow collection, or a scalar that has an end and a meaning of its own.
    Flow(Json),
    /// A text that stood in quotes.
    Text(Cow<'t, str>),
    /// A text after a quote that is not closed in this line.
    Open(Quote, Cow<'t, str>),
    /// A text without quotes, of which there may be more in the next line.
    Plain(&'t str),
    /// A key, and what follows its colon.
    Pair(&'t str, &'t str),
}

/// Whether the content of a line is an item of a list.
pub(super) fn is_item(content: &str) -> bool {
    matches!(content.as_bytes(), [b'-'] | [b'-', b' ', ..])
}

/// Whether there is nothing here, or nothing but a comment.
pub(super) fn is_blank(rest: &str) -> bool {
    let content = skip_spaces(rest);
    content.is_empty() || content.len() < rest.len() && content.starts_with('#')
}

fn skip_spaces(text: &str) -> &str {
    text.trim_start_matches(' ')
}

/// What the content of a line is; `None` where it is nothing that everyday YAML has.
pub(super) fn content_of(content: &str) -> Option<Content<'_>> {
    match content.as_bytes() {
        [b'"' | b'\'', ..] => {
            let (quote, text, rest) = quoted(content)?;
            match (rest.map(str::as_bytes), text) {
                (None, text) => Some(Content::Open(quote, text)),
                (Some([b':'] | [b':', b' ', ..]), Cow::Borrowed(text)) => pair(text, rest?.get(1..)?),
                (_, text) => is_blank(rest?).then_some(Content::Text(text)),
            }
        }
        [b'[' | b'{', ..] => {
            let (value, rest) = flow_value(content, 0)?;
            is_blank(rest).then_some(Content::Flow(value))
        }
        [
            b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`' | b'?' | b',' | b']' | b'}' | b'#',
            ..,
        ]
        | [b':' | b'-']
        | [b':' | b'-', b' ', ..]
        | [b'-', b'-', b'-', ..]
        | [b'.', b'.', b'.', ..]
        | [] => None,
        _ => plain(content),
    }
}

/// Which quotes a text stands in.
#[derive(Clone, Copy)]
pub(super) enum Quote {
    Single,
    Double,
}

/// A text that begins with a quote, and what follows the quote that ends it, where one does.
fn quoted(content: &str) -> Option<(Quote, Cow<'_, str>, Option<&str>)> {
    let (quote, inner) = match content.strip_prefix('"') {
        Some(inner) => (Quote::Double, inner),
        None => (Quote::Single, content.strip_prefix('\'')?),
    };
    let (text, rest) = up_to(quote, inner)?;
    Some((quote, text, rest))
}

/// A text up to the quote that ends it, and what follows that, where it is there; only the commonest escapes are read.
pub(super) fn up_to(quote: Quote, inner: &str) -> Option<(Cow<'_, str>, Option<&str>)> {
    let mut text = Cow::Borrowed("");
    let mut rest = inner;
    loop {
        let end = match quote {
            Quote::Single => memchr::memchr(b'\'', rest.as_bytes()),
            Quote::Double => memchr::memchr2(b'"', b'\\', rest.as_bytes()),
        };
        let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
        add(&mut text, piece);
        let escaped = match after.as_bytes() {
            [] => return Some((text, None)),
            // Two of them are one within the text.
            [b'\'', b'\'', ..] => "'",
            [b'"' | b'\'', ..] => return Some((text, after.get(1..))),
            [_, b'n', ..] => "\n",
            [_, b't', ..] => "\t",
            [_, b'"', ..] => "\"",
            [_, b'\\', ..] => "\\",
            _ => return None,
        };
        add(&mut text, escaped);
        rest = after.get(2..)?;
    }
}

fn add<'t>(text: &mut Cow<'t, str>, piece: &'t str) {
    if text.is_empty() {
        *text = Cow::Borrowed(piece);
    } else if !piece.is_empty() {
        text.to_mut().push_str(piece);
    }
}

/// A text without quotes, and what its colon makes of it.
fn plain(content: &str) -> Option<Content<'_>> {
    let bytes = content.as_bytes();
    for mark in memchr::memchr2_iter(b':', b'#', bytes) {
        let (before, after) = (bytes.get(mark.wrapping_sub(1)), bytes.get(mark + 1));
        if bytes.get(mark) == Some(&b':') {
            if matches!(after, None | Some(b' ')) {
                let key = content.get(..mark).filter(|_| before != Some(&b' '))?;
                return pair(plain_key(key)?, content.get(mark + 1..)?);
            }
        } else if before == Some(&b' ') {
            let text = content.get(..mark)?.trim_end_matches(' ');
            return decode::plain(text, true).map(Content::Flow);
        }
    }
    Some(Content::Plain(content))
}

/// Whether a line is more of a text without quotes, all of it.
pub(super) fn is_more_of_plain(content: &str) -> bool {
    !content.ends_with(':') && !content.contains(": ") && !content.contains(" #")
}

/// A key without quotes that stays the text it is.
fn plain_key(key: &str) -> Option<&str> {
    (resolve::plain(key) == Resolved::Str && key != "<<").then_some(key)
}

fn pair<'t>(key: &'t str, rest: &'t str) -> Option<Content<'t>> {
    Some(Content::Pair(checked_key(key)?, rest))
}

fn checked_key(key: &str) -> Option<&str> {
    (key.len() <= KEY_MAX).then_some(key)
}

/// A value within a flow collection, or one itself, and what follows it.
fn flow_value(content: &str, depth: usize) -> Option<(Json, &str)> {
    match content.as_bytes().first()? {
        b'[' if depth < MAX_DEPTH => flow_list(content.get(1..)?, depth + 1),
        b'{' if depth < MAX_DEPTH => flow_map(content.get(1..)?, depth + 1),
        b'"' | b'\'' => {
            let (_, text, rest) = quoted(content)?;
            Some((Json::from(text), rest?))
        }
        _ => {
            let (text, rest) = flow_plain(content)?;
            Some((decode::plain(text, true)?, rest))
        }
    }
}

/// The items of a list, whose bracket is past.
fn flow_list(content: &str, depth: usize) -> Option<(Json, &str)> {
    let mut items = Vec::new();
    let mut rest = skip_spaces(content);
    while !rest.starts_with(']') || !items.is_empty() {
        let (item, after) = flow_value(rest, depth)?;
        items.push(item);
        match flow_next(after, ']')? {
            (true, after) => return Some((Json::Array(items), after)),
            (false, after) => rest = after,
        }
    }
    Some((Json::Array(items), rest.get(1..)?))
}

/// The pairs of a map, whose brace is past.
fn flow_map(content: &str, depth: usize) -> Option<(Json, &str)> {
    let mut map = Map::new();
    let mut rest = skip_spaces(content);
    while !rest.starts_with('}') || !map.is_empty() {
        let (key, after) = match rest.as_bytes().first()? {
            b'"' | b'\'' => {
                let (_, key, after) = quoted(rest)?;
                (key, after?.strip_prefix(':')?)
            }
            _ => {
                let (key, after) = flow_plain(rest)?;
                (Cow::Borrowed(plain_key(key)?), after.strip_prefix(": ")?)
            }
        };
        let (value, after) = flow_value(skip_spaces(after), depth)?;
        checked_key(&key)?;
        map.insert(key.into_owned(), value);
        match flow_next(after, '}')? {
            (true, after) => return Some((Json::Object(map), after)),
            (false, after) => rest = after,
        }
    }
    Some((Json::Object(map), rest.get(1..)?))
}

/// Goes past a comma, or past what closes the collection: whether it is that, and what follows.
fn flow_next(rest: &str, close: char) -> Option<(bool, &str)> {
    let rest = skip_spaces(rest);
    match rest.strip_prefix(close) {
        Some(after) => Some((true, after)),
        None => rest.strip_prefix(',').map(|after| (false, skip_spaces(after))),
    }
}

/// A text without quotes in a flow collection, and what follows it. Few characters may be in it: most others mean
/// something here.
fn flow_plain(content: &str) -> Option<(&str, &str)> {
    let is_word =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'$' | b'(' | b')');
    let is_within = |byte: u8| is_word(byte) || matches!(byte, b'-' | b'=' | b'+' | b'@' | b' ');
    let length = content.bytes().take_while(|byte| is_within(*byte)).count();
    let text = content.get(..length)?.trim_end_matches(' ');
    let first = text.bytes().find(|byte| *byte != b'-')?;
    is_word(first).then(|| content.split_at(text.len()))
}
