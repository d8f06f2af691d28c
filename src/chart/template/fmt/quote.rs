//! Go's `strconv.Quote`.

use super::append;
use crate::chart::value::runes;

/// Whether Go prints the character as it is: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(crate) fn is_printable(rune: char) -> bool {
    if rune.is_ascii() {
        return (' '..='~').contains(&rune);
    }
    // The standard library escapes the same categories. It also escapes a combining mark, but only at the start.
    let mut text = String::from("a");
    text.push(rune);
    text.escape_debug().nth(1) == Some(rune)
}

/// `bytes` between two `delimiter`s, with Go's escapes.
pub(crate) fn quote(bytes: &[u8], delimiter: char) -> String {
    let mut quoted = String::with_capacity(bytes.len() + 2);
    quoted.push(delimiter);
    let (plain, rest) = plain_start(bytes, delimiter);
    quoted.push_str(plain);
    for (rune, taken) in runes(rest) {
        if let ([byte], char::REPLACEMENT_CHARACTER) = (taken, rune) {
            append(&mut quoted, format_args!("\\x{byte:02x}"));
        } else {
            push_escaped(&mut quoted, rune, delimiter);
        }
    }
    quoted.push(delimiter);
    quoted
}

/// The characters at the start that are ASCII and need no escape, which mostly are all, and what follows.
fn plain_start(bytes: &[u8], delimiter: char) -> (&str, &[u8]) {
    let is_plain = |byte: &u8| {
        let c = char::from(*byte);
        matches!(c, ' '..='~') && c != '\\' && c != delimiter
    };
    let end = bytes.iter().position(|byte| !is_plain(byte));
    let (plain, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    std::str::from_utf8(plain).map_or(("", bytes), |plain| (plain, rest))
}

fn push_escaped(quoted: &mut String, rune: char, delimiter: char) {
    match rune {
        '\\' => quoted.push_str("\\\\"),
        rune if rune == delimiter => {
            quoted.push('\\');
            quoted.push(rune);
        }
        rune if is_printable(rune) => quoted.push(rune),
        '\u{7}' => quoted.push_str("\\a"),
        '\u{8}' => quoted.push_str("\\b"),
        '\u{c}' => quoted.push_str("\\f"),
        '\n' => quoted.push_str("\\n"),
        '\r' => quoted.push_str("\\r"),
        '\t' => quoted.push_str("\\t"),
        '\u{b}' => quoted.push_str("\\v"),
        rune if rune < ' ' || rune == '\u{7f}' => append(quoted, format_args!("\\x{:02x}", u32::from(rune))),
        rune if u32::from(rune) < 0x1_0000 => append(quoted, format_args!("\\u{:04x}", u32::from(rune))),
        rune => append(quoted, format_args!("\\U{:08x}", u32::from(rune))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_go_does() {
        assert_eq!(quote(b"a\\\"'\xff\x00", '"'), r#""a\\\"'\xff\x00""#);
        assert_eq!(
            quote("e\u{301}\u{a0}\u{1f600}\u{e000}".as_bytes(), '"'),
            "\"e\u{301}\\u00a0\u{1f600}\\ue000\""
        );
        assert_eq!(quote(b"'", '\''), r"'\''");
        assert_eq!(quote(b"all plain", '"'), r#""all plain""#);
        assert_eq!(
            quote("plain, then \u{e9}\n".as_bytes(), '"'),
            "\"plain, then \u{e9}\\n\""
        );
    }
}
