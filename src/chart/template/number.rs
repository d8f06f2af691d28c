//! Number constants: one text, with every type that can hold its value.

use super::fmt::quote;
use super::unquote::unquote_char;

/// A number constant of a template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Number {
    /// As it is written.
    pub(crate) text: String,
    /// Its value as an integer, where it has one.
    pub(crate) int: Option<i64>,
    /// Its value as an unsigned integer, where it has one.
    pub(crate) uint: Option<u64>,
    /// Its value as a float.
    pub(crate) float: f64,
}

impl Number {
    /// Whether it is written as a float, and so is one where no type is asked for.
    pub(crate) fn is_written_as_float(&self) -> bool {
        let is_hex = self.text.starts_with("0x") || self.text.starts_with("0X");
        let is_hex_int = self.text.len() > 2 && is_hex && !self.text.contains(['p', 'P']);
        !is_hex_int && !self.text.starts_with('\'') && self.text.contains(['.', 'e', 'E', 'p', 'P'])
    }

    /// Reads a character constant.
    pub(super) fn from_char(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('\'').unwrap_or(text);
        let (code, rest) = unquote_char(inner.as_bytes(), b'\'').ok_or("invalid syntax")?;
        if rest != b"'" {
            return Err(format!("malformed character constant: {text}"));
        }
        Ok(Self {
            text: text.to_owned(),
            int: Some(i64::from(code)),
            uint: Some(u64::from(code)),
            float: f64::from(code),
        })
    }

    /// Reads a number: decimal, hexadecimal, octal, binary or floating.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let int = parse_int(text);
        let uint = parse_uint(text).or(if int == Some(0) { Some(0) } else { None });
        #[allow(clippy::cast_precision_loss, reason = "Go converts in the same way")]
        let float = int.map(|int| int as f64).or(uint.map(|uint| uint as f64));
        if let Some(float) = float {
            return Ok(Self {
                text: text.to_owned(),
                int,
                uint,
                float,
            });
        }
        let float = parse_float(text)
            .ok_or_else(|| format!("illegal number syntax: {}", quote(text.as_bytes(), '"')))?;
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {}", quote(text.as_bytes(), '"')));
        }
        Ok(Self {
            text: text.to_owned(),
            int: exact_int(float),
            uint: exact_int(float).and_then(|int| u64::try_from(int).ok()),
            float,
        })
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "only a value that converts back exactly is taken"
)]
fn exact_int(float: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (float.fract() == 0.0 && (-LIMIT..LIMIT).contains(&float)).then_some(float as i64)
}

/// Go's `strconv.ParseInt` with base 0: the prefix says the base, underscores separate digits.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = i128::from(parse_uint(digits)?);
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// Whether `text` has nothing but decimal digits, so that no prefix says another base.
fn is_plain_decimal(text: &str) -> bool {
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits && (text.len() == 1 || !text.starts_with('0'))
}

/// Go's `strconv.ParseUint` with base 0.
fn parse_uint(text: &str) -> Option<u64> {
    if is_plain_decimal(text) {
        return text.parse().ok();
    }
    if !underscores_separate_digits(text) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let (base, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    let digits = digits.replace('_', "");
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(&digits, base).ok()
}

/// Go's `strconv.ParseFloat` for the texts that the lexer lets through.
fn parse_float(text: &str) -> Option<f64> {
    if !underscores_separate_digits(text) {
        return None;
    }
    let text = text.replace('_', "");
    let (sign, magnitude) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text.as_str()),
    };
    if let Some(hex) = magnitude.strip_prefix("0x").or(magnitude.strip_prefix("0X")) {
        return parse_hex_float(hex).map(|value| sign * value);
    }
    if !magnitude.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    magnitude
        .parse::<f64>()
        .ok()
        .filter(|value| value.is_finite())
        .map(|value| sign * value)
}

/// `1.8p3`: hexadecimal digits and a power of two.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let shift = i32::try_from(fraction.len()).ok()?.checked_mul(4)?;
    let exponent: i32 = exponent.parse().ok()?;
    let value = value * 2f64.powi(exponent.checked_sub(shift)?);
    value.is_finite().then_some(value)
}

/// Whether each underscore stands between two digits, or between a base prefix and a digit.
fn underscores_separate_digits(text: &str) -> bool {
    if !text.contains('_') {
        return true;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text).to_ascii_lowercase();
    let has_prefix = ["0x", "0o", "0b"]
        .iter()
        .any(|prefix| unsigned.starts_with(prefix));
    let is_hex = unsigned.starts_with("0x");
    let body = if has_prefix {
        unsigned.get(2..).unwrap_or_default()
    } else {
        &unsigned
    };
    // What was last: a digit (or a prefix), an underscore, or anything else.
    let mut last = if has_prefix { '0' } else { '!' };
    for byte in body.chars() {
        last = match byte {
            '0'..='9' => '0',
            'a'..='f' if is_hex => '0',
            '_' if last == '0' => '_',
            '_' => return false,
            _ if last == '_' => return false,
            _ => '!',
        };
    }
    last != '_'
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn integers_are_read_in_every_base() {
        for (text, value) in [
            ("1_000", 1000),
            ("0x1F", 31),
            ("017", 15),
            ("0o17", 15),
            ("0b11", 3),
            ("-7", -7),
            ("+7", 7),
            ("1e3", 1000),
            ("2.0", 2),
            ("0x1p4", 16),
        ] {
            assert_eq!(Number::parse(text).unwrap().int, Some(value), "{text}");
        }
        assert_eq!(Number::from_char("'a'").unwrap().int, Some(97));
        assert_eq!(Number::from_char(r"'\n'").unwrap().int, Some(10));
    }

    #[test]
    fn the_way_it_is_written_decides_the_type() {
        assert!(Number::parse("1e3").unwrap().is_written_as_float());
        assert!(!Number::parse("0x1E").unwrap().is_written_as_float());
        assert!(!Number::from_char("'e'").unwrap().is_written_as_float());
    }

    #[test]
    fn what_is_no_number_is_refused() {
        assert_eq!(Number::parse("089").unwrap_err(), "integer overflow: \"089\"");
        assert_eq!(
            Number::parse("1__0").unwrap_err(),
            "illegal number syntax: \"1__0\""
        );
        assert_eq!(
            Number::parse("99999999999999999999").unwrap_err(),
            "integer overflow: \"99999999999999999999\""
        );
    }
}
