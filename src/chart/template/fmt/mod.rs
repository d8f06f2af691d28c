//! Go's package `fmt` over template values: `print`, `println`, `printf`, and what a bare action prints.

mod float;
mod printf;
mod quote;
mod verb;

pub(super) use printf::sprintf;
pub(super) use quote::is_printable;
pub(crate) use quote::quote;

use crate::chart::value::Value;
use verb::{Flags, write_verb};

/// Puts formatted text at the end of `text`.
pub(super) fn append(text: &mut String, added: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = std::fmt::Write::write_fmt(text, added);
}

/// Writes `value` as `%v` does.
pub(crate) fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Str(text) => out.extend_from_slice(text),
        Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        value => write_verb(out, value, 'v', &Flags::default()),
    }
}

/// `value` as `%v` prints it.
pub(crate) fn value_text(value: &Value) -> String {
    let mut out = Vec::new();
    write_value(&mut out, value);
    String::from_utf8_lossy(&out).into_owned()
}

/// `value` as `%s` prints it, which shows in place what is no string.
pub(super) fn string_text(value: &Value) -> String {
    let mut out = Vec::new();
    write_verb(&mut out, value, 's', &Flags::default());
    String::from_utf8_lossy(&out).into_owned()
}

/// `fmt.Sprint`: a space between two operands when neither is a string.
pub(super) fn sprint(args: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut after_string = true;
    for arg in args {
        let is_string = matches!(arg, Value::Str(_));
        if !after_string && !is_string {
            out.push(b' ');
        }
        write_value(&mut out, arg);
        after_string = is_string;
    }
    out
}

/// `fmt.Sprintln`: a space between all operands and a line end.
pub(super) fn sprintln(args: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        write_value(&mut out, arg);
    }
    out.push(b'\n');
    out
}

#[cfg(test)]
mod tests;
