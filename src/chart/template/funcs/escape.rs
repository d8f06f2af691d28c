//! `html`, `js` and `urlquery`.

use crate::chart::template::fmt::{is_printable, sprint};
use crate::chart::template::function::{Function, Rest};
use crate::chart::value::{Value, runes};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("html", |Rest(args): Rest<Value>| html(&text_of(args))),
        Function::new("js", |Rest(args): Rest<Value>| js(&text_of(args))),
        Function::new("urlquery", |Rest(args): Rest<Value>| {
            super::urls::query_escape(&text_of(args))
        }),
    ]
}

/// The operands as `print` writes them, but for nil, which is no value here.
fn text_of(args: Vec<Value>) -> Vec<u8> {
    let shown = |arg: Value| {
        if arg.is_nil() {
            Value::from("<no value>")
        } else {
            arg
        }
    };
    sprint(&args.into_iter().map(shown).collect::<Vec<_>>())
}

fn html(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            0 => escaped.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => escaped.extend_from_slice(b"&#34;"),
            b'\'' => escaped.extend_from_slice(b"&#39;"),
            b'&' => escaped.extend_from_slice(b"&amp;"),
            b'<' => escaped.extend_from_slice(b"&lt;"),
            b'>' => escaped.extend_from_slice(b"&gt;"),
            byte => escaped.push(*byte),
        }
    }
    escaped
}

fn js(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len());
    for (rune, taken) in runes(text) {
        match rune {
            '\\' => escaped.extend_from_slice(br"\\"),
            '\'' => escaped.extend_from_slice(br"\'"),
            '"' => escaped.extend_from_slice(br#"\""#),
            '<' | '>' | '&' | '=' | '\0'..='\u{1f}' => {
                escaped.extend_from_slice(format!("\\u{:04X}", u32::from(rune)).as_bytes());
            }
            rune if rune.is_ascii() || is_printable(rune) => escaped.extend_from_slice(taken),
            rune => escaped.extend_from_slice(format!("\\u{:04X}", u32::from(rune)).as_bytes()),
        }
    }
    escaped
}
