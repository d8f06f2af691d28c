//! What Go's `encoding/json` says of a text that is no JSON: templates see it at `.Error`.

use crate::chart::template::fmt::quote;
use crate::chart::value::runes;
use std::ops::Range;

/// The complaint about `text`, which is known to be no JSON.
pub(crate) fn syntax_error(text: &[u8]) -> String {
    match Scanner::new(text).document() {
        Err(Complaint::At(position, context)) => {
            let rest = text.get(position..).unwrap_or_default();
            match runes(rest.get(..1).unwrap_or_default()).next() {
                Some(_) => format!("invalid character {} {context}", shown(rest)),
                // At the end Go's scanner is shown a space, which some places do not bear.
                None if context.starts_with("in ") && context != "in string literal"
                    || context.ends_with("numeric literal") =>
                {
                    format!("invalid character ' ' {context}")
                }
                None => END.to_owned(),
            }
        }
        Err(Complaint::Depth) => "exceeded max depth".to_owned(),
        // It reads well by Go's grammar: only a number can be at fault, or a broken character.
        Ok(()) => "json: cannot unmarshal the value".to_owned(),
    }
}

/// A text that is JSON by its grammar, but has numbers that no `float64` holds: what Go says of the first of them, and the
/// text with nulls in their place, which is what Go reads all the same.
pub(super) fn without_overflow(text: &[u8]) -> Option<(String, Vec<u8>)> {
    let mut scanner = Scanner::new(text);
    scanner.document().ok()?;
    let first = text.get(scanner.overflowing.first()?.clone())?;
    let message = format!(
        "json: cannot unmarshal number {} into Go value of type float64",
        String::from_utf8_lossy(first)
    );
    let mut rest = Vec::with_capacity(text.len());
    let mut end = 0;
    for number in &scanner.overflowing {
        rest.extend_from_slice(text.get(end..number.start)?);
        rest.extend_from_slice(b"null");
        end = number.end;
    }
    rest.extend_from_slice(text.get(end..)?);
    Some((message, rest))
}

const END: &str = "unexpected end of JSON input";
/// How deep Go reads.
const MAX_DEPTH: usize = 10_000;

/// A byte between single quotes, as Go shows it.
fn shown(rest: &[u8]) -> String {
    match rest.first() {
        Some(b'\'') => r"'\''".to_owned(),
        Some(b'"') => r#"'"'"#.to_owned(),
        Some(byte) => {
            let quoted = quote(char::from(*byte).to_string().as_bytes(), '"');
            let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
            format!("'{inner}'")
        }
        None => String::new(),
    }
}

enum Complaint {
    /// About the byte at a position, or the end where there is none.
    At(usize, &'static str),
    Depth,
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    /// Where numbers stand that no `float64` holds.
    overflowing: Vec<Range<usize>>,
}

impl<'t> Scanner<'t> {
    const fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            at: 0,
            overflowing: Vec::new(),
        }
    }

    fn document(&mut self) -> Result<(), Complaint> {
        self.value(0)?;
        self.space();
        self.expect(|byte| byte.is_none(), "after top-level value")
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Passes over a byte for which `holds`; at the end there may be none.
    fn expect(&mut self, holds: impl Fn(Option<u8>) -> bool, context: &'static str) -> Result<(), Complaint> {
        if holds(self.peek()) {
            self.at += 1;
            return Ok(());
        }
        Err(Complaint::At(self.at, context))
    }

    fn value(&mut self, depth: usize) -> Result<(), Complaint> {
        if depth > MAX_DEPTH {
            return Err(Complaint::Depth);
        }
        self.space();
        match self.peek() {
            Some(b'{') => super::super::grow_stack(|| self.object(depth)),
            Some(b'[') => super::super::grow_stack(|| self.array(depth)),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal(&[
                (b'r', "in literal true (expecting 'r')"),
                (b'u', "in literal true (expecting 'u')"),
                (b'e', "in literal true (expecting 'e')"),
            ]),
            Some(b'f') => self.literal(&[
                (b'a', "in literal false (expecting 'a')"),
                (b'l', "in literal false (expecting 'l')"),
                (b's', "in literal false (expecting 's')"),
                (b'e', "in literal false (expecting 'e')"),
            ]),
            Some(b'n') => self.literal(&[
                (b'u', "in literal null (expecting 'u')"),
                (b'l', "in literal null (expecting 'l')"),
                (b'l', "in literal null (expecting 'l')"),
            ]),
            _ => Err(Complaint::At(self.at, "looking for beginning of value")),
        }
    }

    fn literal(&mut self, rest: &[(u8, &'static str)]) -> Result<(), Complaint> {
        self.at += 1;
        rest.iter()
            .try_for_each(|(wanted, context)| self.expect(|byte| byte == Some(*wanted), context))
    }

    fn object(&mut self, depth: usize) -> Result<(), Complaint> {
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(Complaint::At(
                    self.at,
                    "looking for beginning of object key string",
                ));
            }
            self.string()?;
            self.space();
            self.expect(|byte| byte == Some(b':'), "after object key")?;
            self.value(depth + 1)?;
            self.space();
            let ends = self.peek() == Some(b'}');
            self.expect(
                |byte| matches!(byte, Some(b',' | b'}')),
                "after object key:value pair",
            )?;
            if ends {
                return Ok(());
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), Complaint> {
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            self.space();
            let ends = self.peek() == Some(b']');
            self.expect(|byte| matches!(byte, Some(b',' | b']')), "after array element")?;
            if ends {
                return Ok(());
            }
        }
    }

    fn string(&mut self) -> Result<(), Complaint> {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    let is_code = self.peek() == Some(b'u');
                    self.expect(
                        |byte| byte.is_some_and(|byte| b"bfnrt\\/\"u".contains(&byte)),
                        "in string escape code",
                    )?;
                    for _ in 0..if is_code { 4 } else { 0 } {
                        self.expect(
                            |byte| byte.is_some_and(|byte| byte.is_ascii_hexdigit()),
                            "in \\u hexadecimal character escape",
                        )?;
                    }
                }
                Some(0..=0x1f) | None => return Err(Complaint::At(self.at, "in string literal")),
                Some(_) => self.at += 1,
            }
        }
    }

    fn number(&mut self) -> Result<(), Complaint> {
        let start = self.at;
        let is_digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let starts_with_zero = self.peek() == Some(b'0');
        self.expect(is_digit, "in numeric literal")?;
        while !starts_with_zero && is_digit(self.peek()) {
            self.at += 1;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.expect(is_digit, "after decimal point in numeric literal")?;
            while is_digit(self.peek()) {
                self.at += 1;
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.expect(is_digit, "in exponent of numeric literal")?;
            while is_digit(self.peek()) {
                self.at += 1;
            }
        }
        let number = self.text.get(start..self.at).unwrap_or_default();
        let number = std::str::from_utf8(number)
            .ok()
            .and_then(|number| number.parse().ok());
        if number.is_some_and(f64::is_infinite) {
            self.overflowing.push(start..self.at);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_read_as_in_go() {
        for (text, message) in [
            ("", "unexpected end of JSON input"),
            (
                "{bad",
                "invalid character 'b' looking for beginning of object key string",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\": 1", "unexpected end of JSON input"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{} x", "invalid character 'x' after top-level value"),
            ("tru", "invalid character ' ' in literal true (expecting 'e')"),
            ("-", "invalid character ' ' in numeric literal"),
            ("\"a", "unexpected end of JSON input"),
            ("trux", "invalid character 'x' in literal true (expecting 'e')"),
            ("01", "invalid character '1' after top-level value"),
            (
                "1.x",
                "invalid character 'x' after decimal point in numeric literal",
            ),
            ("\"\\q\"", "invalid character 'q' in string escape code"),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
            ("'a'", "invalid character '\\'' looking for beginning of value"),
        ] {
            assert_eq!(syntax_error(text.as_bytes()), message, "{text}");
        }
    }
}
