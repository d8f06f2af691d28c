//! What an unquoted text means: YAML 1.1 as goyaml v2 resolves it, and Go's forms of numbers and timestamps.

/// What a scalar resolves to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// A date or time. It stays the text it was, but is quoted when it is written.
    Timestamp,
    Str,
}

impl Resolved {
    /// The short tag that goyaml's errors name.
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::Uint(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Timestamp => "!!timestamp",
            Self::Str => "!!str",
        }
    }
}

/// Resolves a text that was written without quotes and without a tag.
pub(super) fn plain(text: &str) -> Resolved {
    resolve(text, true)
}

/// Resolves a text that carries a tag: a timestamp is looked for only where the tag asks for one.
pub(super) fn tagged(text: &str, timestamps: bool) -> Resolved {
    resolve(text, timestamps)
}

fn resolve(text: &str, timestamps: bool) -> Resolved {
    // The first byte decides what is tried at all; everything else is a string.
    match text.as_bytes().first() {
        None => Resolved::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(text).unwrap_or(Resolved::Str)
        }
        Some(b'.') => word(text)
            .or_else(|| decimal_float(text).map(Resolved::Float))
            .unwrap_or(Resolved::Str),
        Some(b'+' | b'-' | b'0'..=b'9') => word(text).unwrap_or_else(|| number(text, timestamps)),
        Some(_) => Resolved::Str,
    }
}

fn word(text: &str) -> Option<Resolved> {
    Some(match text {
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn number(text: &str, timestamps: bool) -> Resolved {
    if timestamps && is_timestamp(text) {
        return Resolved::Timestamp;
    }
    let digits = text.replace('_', "");
    if let Some(int) = prefixed_int(&digits) {
        return int;
    }
    if let Some(float) = decimal_float(&digits) {
        return Resolved::Float(float);
    }
    binary_int(&digits).unwrap_or(Resolved::Str)
}

/// An integer as Go's `strconv.ParseInt(text, 0, 64)` reads it, or `ParseUint` where that is too small.
fn prefixed_int(text: &str) -> Option<Resolved> {
    let (negative, unsigned) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &unsigned[2..]),
        [b'0', b'b' | b'B', ..] => (2, &unsigned[2..]),
        [b'0', b'o' | b'O', ..] => (8, &unsigned[2..]),
        [b'0', _, ..] => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(magnitude).map(Resolved::Int);
    }
    match i64::try_from(magnitude) {
        Ok(int) => Some(Resolved::Int(int)),
        // ParseUint knows no sign.
        Err(_) if text.starts_with('+') => None,
        Err(_) => Some(Resolved::Uint(magnitude)),
    }
}

/// The forms with `0b` that only goyaml knows: a sign after the prefix.
fn binary_int(text: &str) -> Option<Resolved> {
    let digits = text.strip_prefix("0b")?;
    let signed = digits.strip_prefix(['+', '-'])?;
    if signed.is_empty() || !signed.bytes().all(|digit| matches!(digit, b'0' | b'1')) {
        return None;
    }
    i64::from_str_radix(digits, 2).ok().map(Resolved::Int)
}

/// A float with an optional point and exponent. One that overflows is none: Go calls it out of range.
fn decimal_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let has_digits = !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    if !has_digits || !all_digits(whole) || !fraction.is_none_or(all_digits) || !exponent_fits {
        return None;
    }
    text.parse::<f64>().ok().filter(|float| float.is_finite())
}

/// Whether YAML 1.1 reads it as a number in base 60. goyaml does not, but quotes it for those who do.
pub(super) fn is_base60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = unsigned.split(':');
    let first = parts.next().unwrap_or_default();
    let first_fits = first.starts_with(|digit: char| digit.is_ascii_digit())
        && first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    if !first_fits {
        return false;
    }
    let mut rest: Vec<&str> = parts.collect();
    let Some(last) = rest.pop() else { return false };
    let sixtieth = |part: &str| match part.as_bytes() {
        [units] => units.is_ascii_digit(),
        [tens, units] => (b'0'..=b'5').contains(tens) && units.is_ascii_digit(),
        _ => false,
    };
    let last_fits = match last.split_once('.') {
        Some((whole, fraction)) => {
            sixtieth(whole) && fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
        }
        None => sixtieth(last),
    };
    first_fits && rest.into_iter().all(sixtieth) && last_fits
}

/// Whether Go's `time.Parse` takes it in one of the four layouts that goyaml tries.
pub(super) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 5 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return false;
    }
    let Some(year) = digits(&bytes[..4]) else {
        return false;
    };
    let mut rest = &bytes[5..];
    let date = (|| {
        let month = short_number(&mut rest)?;
        separator(&mut rest, b"-")?;
        let day = short_number(&mut rest)?;
        ((1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day)).then_some(())
    })();
    if date.is_none() {
        return false;
    }
    match rest.split_first() {
        None => true,
        Some((b' ', after)) => clock(after).is_some_and(<[u8]>::is_empty),
        Some((b'T' | b't', after)) => clock(after).is_some_and(is_zone),
        Some(_) => false,
    }
}

fn days_in(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn digits(bytes: &[u8]) -> Option<u32> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// One or two digits.
fn short_number(rest: &mut &[u8]) -> Option<u32> {
    let length = rest
        .iter()
        .take(2)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (number, after) = rest.split_at(length);
    *rest = after;
    digits(number)
}

fn separator(rest: &mut &[u8], wanted: &[u8]) -> Option<()> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    wanted.contains(first).then_some(())
}

/// Hours, minutes and seconds with an optional fraction; answers what follows.
fn clock(mut rest: &[u8]) -> Option<&[u8]> {
    let hour = short_number(&mut rest)?;
    separator(&mut rest, b":")?;
    let minute = short_number(&mut rest)?;
    separator(&mut rest, b":")?;
    let second = short_number(&mut rest)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if let [b'.' | b',', fraction @ ..] = rest {
        let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length > 0 {
            rest = &fraction[length..];
        }
    }
    Some(rest)
}

fn is_zone(bytes: &[u8]) -> bool {
    match bytes {
        [b'Z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            let hours = digits(&[*h1, *h2]);
            let minutes = digits(&[*m1, *m2]);
            hours.is_some_and(|hours| hours <= 24) && minutes.is_some_and(|minutes| minutes < 60)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", Resolved::Null)]
    #[case("~", Resolved::Null)]
    #[case("NULL", Resolved::Null)]
    #[case("nULL", Resolved::Str)]
    #[case("y", Resolved::Bool(true))]
    #[case("On", Resolved::Bool(true))]
    #[case("oN", Resolved::Str)]
    #[case("NO", Resolved::Bool(false))]
    #[case("0777", Resolved::Int(511))]
    #[case("0o7", Resolved::Int(7))]
    #[case("08", Resolved::Float(8.0))]
    #[case("0x1F", Resolved::Int(31))]
    #[case("0b11", Resolved::Int(3))]
    #[case("-0b11", Resolved::Int(-3))]
    #[case("0b-1", Resolved::Int(-1))]
    #[case("1_000", Resolved::Int(1000))]
    #[case("_1", Resolved::Str)]
    #[case("+1", Resolved::Int(1))]
    #[case("1:30", Resolved::Str)]
    #[case("1e3", Resolved::Float(1000.0))]
    #[case("1.", Resolved::Float(1.0))]
    #[case(".5", Resolved::Float(0.5))]
    #[case(".5_0", Resolved::Str)]
    #[case(".", Resolved::Str)]
    #[case("1e400", Resolved::Str)]
    #[case("-9223372036854775808", Resolved::Int(i64::MIN))]
    #[case("9223372036854775808", Resolved::Uint(9_223_372_036_854_775_808))]
    #[case("+9223372036854775808", Resolved::Float(9_223_372_036_854_775_808.0))]
    #[case("-.INF", Resolved::Float(f64::NEG_INFINITY))]
    #[case("2001-01-01", Resolved::Timestamp)]
    #[case("2001-1-1T1:2:3,5Z", Resolved::Timestamp)]
    #[case("2001-01-01 10:11:12", Resolved::Timestamp)]
    #[case("2001-01-01T10:11:12", Resolved::Str)]
    #[case("2001-02-29", Resolved::Str)]
    #[case("2000-02-29", Resolved::Timestamp)]
    #[case("<<", Resolved::Str)]
    #[case("-", Resolved::Str)]
    fn plain_text_resolves_as_in_go(#[case] text: &str, #[case] expected: Resolved) {
        assert_eq!(plain(text), expected, "{text}");
    }

    #[rstest]
    #[case("1:30", true)]
    #[case("1:60", false)]
    #[case("-1_0:5:59.9_", true)]
    #[case("1:", false)]
    #[case(":1", false)]
    #[case("10", false)]
    #[case("1.5:30", false)]
    fn base_60(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(is_base60(text), expected, "{text}");
    }
}
