//! Go's `strconv.Unquote`.

use memchr::{memchr, memchr3};
use std::borrow::Cow;

/// The bytes that a quoted string means, borrowed where they are what stands between the quotes; `None` where its syntax
/// is wrong.
pub(super) fn unquote(quoted: &[u8]) -> Option<Cow<'_, [u8]>> {
    match quoted {
        [b'`', inner @ .., b'`'] if memchr(b'\r', inner).is_none() => Some(Cow::Borrowed(inner)),
        [b'`', inner @ .., b'`'] => Some(inner.iter().copied().filter(|byte| *byte != b'\r').collect()),
        [b'"', inner @ .., b'"'] if memchr3(b'\\', b'"', b'\n', inner).is_none() => {
            Some(Cow::Borrowed(inner))
        }
        [b'"', inner @ .., b'"'] => {
            let mut text = Vec::with_capacity(inner.len());
            let mut rest = inner;
            while !rest.is_empty() {
                rest = unquote_next(&mut text, rest)?;
            }
            Some(Cow::Owned(text))
        }
        _ => None,
    }
}

/// Takes one character or escape of a double-quoted string.
fn unquote_next<'a>(text: &mut Vec<u8>, rest: &'a [u8]) -> Option<&'a [u8]> {
    match rest {
        [] | [b'"' | b'\n', ..] => None,
        [b'\\', escape @ ..] => {
            let is_byte = matches!(escape.first(), Some(b'x' | b'0'..=b'7'));
            let (code, after) = unescape(escape, b'"')?;
            match u8::try_from(code) {
                Ok(byte) if is_byte => text.push(byte),
                _ => {
                    let rune = char::from_u32(code)?;
                    text.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            Some(after)
        }
        [byte, after @ ..] => {
            text.push(*byte);
            Some(after)
        }
    }
}

/// The character at the start of `text`, which stands between quotes of the sort `quote`, and what follows it.
pub(super) fn unquote_char(text: &[u8], quote: u8) -> Option<(u32, &[u8])> {
    match text {
        [b'\\', escape @ ..] => unescape(escape, quote),
        [byte, ..] if *byte == quote => None,
        _ => {
            let (rune, taken) = crate::chart::value::runes(text).next()?;
            Some((u32::from(rune), text.get(taken.len()..)?))
        }
    }
}

/// What an escape means; the backslash is past.
fn unescape(escape: &[u8], quote: u8) -> Option<(u32, &[u8])> {
    let (first, rest) = escape.split_first()?;
    let simple = match first {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => 10,
        b'r' => 13,
        b't' => 9,
        b'v' => 11,
        b'\\' => u32::from(b'\\'),
        b'\'' | b'"' if *first == quote => u32::from(quote),
        b'x' => return digits(rest, 2, 16),
        b'u' => return digits(rest, 4, 16).filter(|(code, _)| char::from_u32(*code).is_some()),
        b'U' => return digits(rest, 8, 16).filter(|(code, _)| char::from_u32(*code).is_some()),
        b'0'..=b'7' => return digits(escape, 3, 8).filter(|(code, _)| *code <= 255),
        _ => return None,
    };
    Some((simple, rest))
}

fn digits(text: &[u8], count: usize, base: u32) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(count)?;
    let mut code = 0u32;
    for digit in digits {
        code = code.checked_mul(base)? + char::from(*digit).to_digit(base)?;
    }
    Some((code, rest))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn escapes_mean_what_go_says() {
        for (quoted, text) in [
            (&br#""caf\u00e9 \x41\101\t\"""#[..], "café AA\t\"".as_bytes()),
            (br#""\xff""#, b"\xff"),
            (b"`a\\n\r`", b"a\\n"),
            (br#""a\\""#, b"a\\"),
            (br#""plain""#, b"plain"),
            (b"`a\\n`", b"a\\n"),
        ] {
            assert_eq!(unquote(quoted).unwrap().as_ref(), text);
        }
    }

    #[test]
    fn wrong_escapes_are_refused() {
        for quoted in [r#""\'""#, r#""\q""#, r#""\ud800""#, r#""\400""#, r#""\x4""#] {
            assert!(unquote(quoted.as_bytes()).is_none(), "{quoted}");
        }
    }
}
