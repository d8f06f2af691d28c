//! One operand under one verb.

use super::float::{FloatStyle, format_float};
use super::quote::{is_printable, quote};
use crate::chart::template::time;
use crate::chart::value::{Str, Struct, Value, runes};

/// What stands between the percent sign and the verb.
#[derive(Debug, Clone, Default)]
#[allow(clippy::struct_excessive_bools, reason = "these are the five flags of fmt")]
pub(super) struct Flags {
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

impl Flags {
    /// Writes `text` (of `length` characters) padded to the width.
    fn pad(&self, out: &mut Vec<u8>, text: &[u8]) {
        let Some(width) = self.width else {
            return out.extend_from_slice(text);
        };
        let missing = width.saturating_sub(runes(text).count());
        if self.minus {
            out.extend_from_slice(text);
            out.resize(out.len() + missing, b' ');
        } else {
            out.resize(out.len() + missing, if self.zero { b'0' } else { b' ' });
            out.extend_from_slice(text);
        }
    }

    /// Writes a number: zeros go between the sign and the digits.
    fn pad_number(&self, out: &mut Vec<u8>, text: &str) {
        let text = if text.starts_with(['-', '+']) {
            text.to_owned()
        } else if self.plus {
            format!("+{text}")
        } else if self.space {
            format!(" {text}")
        } else {
            text.to_owned()
        };
        if self.zero && !self.minus && self.width.is_some() {
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+', ' '])));
            let zeros = self.width.unwrap_or(0).saturating_sub(text.len());
            out.extend_from_slice(sign.as_bytes());
            out.resize(out.len() + zeros, b'0');
            out.extend_from_slice(digits.as_bytes());
        } else {
            self.pad(out, text.as_bytes());
        }
    }

    fn go_syntax(&self, verb: char) -> bool {
        self.sharp && verb == 'v'
    }
}

/// Writes `value` under `verb`.
pub(in crate::chart::template) fn write_verb(out: &mut Vec<u8>, value: &Value, verb: char, flags: &Flags) {
    // With `%v` a plus sign asks for the names of fields, not for the signs of numbers.
    let without_plus;
    let flags = if verb == 'v' && flags.plus {
        without_plus = Flags {
            plus: false,
            ..flags.clone()
        };
        &without_plus
    } else {
        flags
    };
    match (verb, value) {
        ('T', value) => flags.pad(out, value.type_name().as_bytes()),
        ('v', Value::Nil) => flags.pad(out, b"<nil>"),
        (_, Value::Nil) => out.extend_from_slice(format!("%!{verb}(<nil>)").as_bytes()),
        _ => write_operand(out, value, verb, flags, 0),
    }
}

fn write_operand(out: &mut Vec<u8>, value: &Value, verb: char, flags: &Flags, depth: usize) {
    match value {
        Value::Nil => out.extend_from_slice(if flags.go_syntax(verb) {
            b"interface {}(nil)"
        } else {
            b"<nil>"
        }),
        Value::Bool(flag) => write_bool(out, *flag, value, verb, flags),
        Value::Int(number) | Value::Int64(number) => {
            write_integer(out, i128::from(*number), value, verb, flags);
        }
        Value::Uint8(number) => write_integer(out, i128::from(*number), value, verb, flags),
        Value::Uint64(number) => write_integer(out, i128::from(*number), value, verb, flags),
        Value::Float(number) => write_float(out, *number, value, verb, flags),
        Value::Str(text) => write_string(out, text, value, verb, flags),
        Value::Bytes(bytes) => write_bytes(out, bytes, value, verb, flags),
        Value::List(list) => {
            let open = if flags.go_syntax(verb) {
                format!("{}{{", value.type_name())
            } else {
                "[".to_owned()
            };
            out.extend_from_slice(open.as_bytes());
            write_items(out, list.iter(), verb, flags, depth);
            out.push(if flags.go_syntax(verb) { b'}' } else { b']' });
        }
        Value::Map(map) => {
            let open = if flags.go_syntax(verb) {
                format!("{}{{", value.type_name())
            } else {
                "map[".to_owned()
            };
            out.extend_from_slice(open.as_bytes());
            for (index, (key, value)) in map.entries().iter().enumerate() {
                if index > 0 {
                    out.extend_from_slice(if flags.go_syntax(verb) { b", " } else { b" " });
                }
                write_operand(out, &Value::Str(key.clone()), verb, flags, depth + 1);
                out.push(b':');
                write_operand(out, value, verb, flags, depth + 1);
            }
            out.push(if flags.go_syntax(verb) { b'}' } else { b']' });
        }
        Value::Struct(object) => write_struct(out, object, verb, flags, depth),
        Value::Version(version) => write_string(out, &Str::from(version.to_string()), value, verb, flags),
        Value::Time(moment) => write_string(out, &Str::from(time::go_string(moment)), value, verb, flags),
    }
}

fn write_items<'a>(
    out: &mut Vec<u8>,
    items: impl Iterator<Item = &'a Value>,
    verb: char,
    flags: &Flags,
    depth: usize,
) {
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.extend_from_slice(if flags.go_syntax(verb) { b", " } else { b" " });
        }
        write_operand(out, item, verb, flags, depth + 1);
    }
}

fn write_struct(out: &mut Vec<u8>, object: &Struct, verb: char, flags: &Flags, depth: usize) {
    if object.is_pointer && depth > 0 {
        // Go prints the address here, which is another one in each run.
        out.extend_from_slice(b"0xc000000000");
        return;
    }
    if object.is_pointer {
        out.push(b'&');
    }
    out.push(b'{');
    let (embedded, own) = object.fields.split_at(object.embedded.min(object.fields.len()));
    if !embedded.is_empty() {
        out.push(b'{');
        write_items(out, embedded.iter().map(|field| &field.value), verb, flags, depth);
        out.push(b'}');
        if !own.is_empty() {
            out.push(b' ');
        }
    }
    write_items(out, own.iter().map(|field| &field.value), verb, flags, depth);
    out.push(b'}');
}

/// `%!verb(type=value)`: the verb does not fit the operand.
fn write_bad_verb(out: &mut Vec<u8>, value: &Value, verb: char, flags: &Flags) {
    out.extend_from_slice(format!("%!{verb}({}=", value.type_name()).as_bytes());
    let flags = Flags {
        sharp: false,
        ..flags.clone()
    };
    write_operand(out, value, 'v', &flags, 0);
    out.push(b')');
}

fn write_bool(out: &mut Vec<u8>, flag: bool, value: &Value, verb: char, flags: &Flags) {
    match verb {
        't' | 'v' => flags.pad(out, if flag { b"true" } else { b"false" }),
        _ => write_bad_verb(out, value, verb, flags),
    }
}

fn write_integer(out: &mut Vec<u8>, number: i128, value: &Value, verb: char, flags: &Flags) {
    let magnitude = number.unsigned_abs();
    let (digits, prefix) = match verb {
        'd' | 'v' => (magnitude.to_string(), ""),
        'b' => (format!("{magnitude:b}"), "0b"),
        'o' => (format!("{magnitude:o}"), "0"),
        'O' => (format!("{magnitude:o}"), "0o"),
        'x' => (format!("{magnitude:x}"), "0x"),
        'X' => (format!("{magnitude:X}"), "0X"),
        'c' | 'q' | 'U' => return write_rune(out, number, verb, flags),
        _ => return write_bad_verb(out, value, verb, flags),
    };
    let prefix = if (flags.sharp && verb != 'v') || verb == 'O' {
        prefix
    } else {
        ""
    };
    let sign = if number < 0 { "-" } else { "" };
    if let Some(precision) = flags.precision {
        let digits = if precision == 0 && magnitude == 0 {
            String::new()
        } else {
            digits
        };
        let text = format!("{sign}{prefix}{digits:0>precision$}");
        let flags = Flags {
            zero: false,
            ..flags.clone()
        };
        return flags.pad_number(out, &text);
    }
    flags.pad_number(out, &format!("{sign}{prefix}{digits}"));
}

fn write_rune(out: &mut Vec<u8>, number: i128, verb: char, flags: &Flags) {
    let code = u32::try_from(number).unwrap_or(0xfffd);
    let rune = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    let text = match verb {
        'c' => rune.to_string(),
        'q' => quote(rune.to_string().as_bytes(), '\''),
        _ if flags.sharp && is_printable(rune) => format!("U+{code:04X} '{rune}'"),
        _ => format!("U+{code:04X}"),
    };
    flags.pad(out, text.as_bytes());
}

fn write_float(out: &mut Vec<u8>, number: f64, value: &Value, verb: char, flags: &Flags) {
    let (style, default) = match verb {
        'v' | 'g' | 'G' => (FloatStyle::General, None),
        'e' | 'E' => (FloatStyle::Exponent, Some(6)),
        'f' | 'F' => (FloatStyle::Fixed, Some(6)),
        'x' | 'X' => (FloatStyle::Hexadecimal, None),
        'b' => (FloatStyle::Binary, None),
        _ => return write_bad_verb(out, value, verb, flags),
    };
    let mut text = format_float(number, style, flags.precision.or(default));
    if matches!(verb, 'E' | 'G' | 'X') {
        text = text.to_ascii_uppercase();
    }
    if number.is_finite() {
        return flags.pad_number(out, &text);
    }
    // Infinities take no zeros, and their sign only where it is asked for or `%v` always gives one.
    let flags = Flags {
        zero: false,
        ..flags.clone()
    };
    flags.pad_number(out, &text);
}

fn write_string(out: &mut Vec<u8>, text: &[u8], value: &Value, verb: char, flags: &Flags) {
    match verb {
        'v' if flags.sharp => flags.pad(out, quote(text, '"').as_bytes()),
        's' | 'v' => flags.pad(out, truncated(text, flags)),
        'q' => {
            let text = truncated(text, flags);
            let raw = flags.sharp && !text.contains(&b'`');
            let quoted = if raw {
                format!("`{}`", String::from_utf8_lossy(text))
            } else {
                quote(text, '"')
            };
            flags.pad(out, quoted.as_bytes());
        }
        'x' | 'X' => write_hex(out, text, verb, flags),
        _ => write_bad_verb(out, value, verb, flags),
    }
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8], value: &Value, verb: char, flags: &Flags) {
    match verb {
        'v' | 'd' => {
            out.push(b'[');
            for (index, byte) in bytes.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(byte.to_string().as_bytes());
            }
            out.push(b']');
        }
        _ => write_string(out, bytes, value, verb, flags),
    }
}

fn write_hex(out: &mut Vec<u8>, bytes: &[u8], verb: char, flags: &Flags) {
    let bytes = bytes
        .get(..flags.precision.unwrap_or(bytes.len()))
        .unwrap_or(bytes);
    let separator = if flags.space { " " } else { "" };
    let prefix = match (flags.sharp, verb) {
        (false, _) => "",
        (true, 'x') => "0x",
        (true, _) => "0X",
    };
    let pairs = bytes.iter().map(|byte| {
        if verb == 'x' {
            format!("{byte:02x}")
        } else {
            format!("{byte:02X}")
        }
    });
    let text = if flags.space {
        pairs
            .map(|pair| format!("{prefix}{pair}"))
            .collect::<Vec<_>>()
            .join(separator)
    } else if bytes.is_empty() {
        String::new()
    } else {
        format!("{prefix}{}", pairs.collect::<String>())
    };
    flags.pad(out, text.as_bytes());
}

/// The first characters, as many as the precision allows.
fn truncated<'a>(text: &'a [u8], flags: &Flags) -> &'a [u8] {
    let Some(precision) = flags.precision else {
        return text;
    };
    let length = runes(text)
        .take(precision)
        .map(|(_, taken)| taken.len())
        .sum::<usize>();
    text.get(..length).unwrap_or(text)
}
