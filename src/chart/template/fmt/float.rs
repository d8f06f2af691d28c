//! Go's `strconv.FormatFloat`.

/// The forms in which a float can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart::template) enum FloatStyle {
    /// `%e`: with an exponent.
    Exponent,
    /// `%f`: without one.
    Fixed,
    /// `%g`: whichever is shorter.
    General,
    /// `%x`: in base 16, with an exponent of 2.
    Hexadecimal,
    /// `%b`: a whole number, with an exponent of 2.
    Binary,
}

/// The smallest exponent that `%g` writes as one when the digits are the shortest that read back alike.
const SHORTEST_LIMIT: i32 = 6;

/// The significant digits of a number, and where its decimal point lies: `0.d1d2d3… × 10^point`.
struct Digits {
    digits: String,
    point: i32,
}

impl Digits {
    /// Reads them from the form `d.ddde±x`.
    fn from_scientific(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.trim_end_matches('0');
        Self {
            digits: if digits.is_empty() {
                "0".to_owned()
            } else {
                digits.to_owned()
            },
            point: exponent.parse::<i32>().unwrap_or(0) + 1,
        }
    }
}

/// `value` in `style`; without a precision, with the fewest digits that read back to the same number.
pub(in crate::chart::template) fn format_float(
    value: f64,
    style: FloatStyle,
    precision: Option<usize>,
) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_infinite() {
        return format!("{}Inf", if sign.is_empty() { "+" } else { sign });
    }
    let magnitude = value.abs();
    let text = match (style, precision) {
        (FloatStyle::Fixed, Some(precision)) => format!("{magnitude:.precision$}"),
        (FloatStyle::Fixed, None) => format!("{magnitude}"),
        (FloatStyle::Exponent, Some(precision)) => go_exponent(&format!("{magnitude:.precision$e}")),
        (FloatStyle::Exponent, None) => go_exponent(&format!("{magnitude:e}")),
        (FloatStyle::General, precision) => general(magnitude, precision),
        (FloatStyle::Hexadecimal, precision) => hexadecimal(magnitude, precision),
        (FloatStyle::Binary, _) => {
            let (mantissa, exponent) = parts(magnitude);
            format!("{mantissa}p{exponent:+}")
        }
    };
    format!("{sign}{text}")
}

fn general(magnitude: f64, precision: Option<usize>) -> String {
    let scientific = match precision {
        Some(precision) => format!("{magnitude:.*e}", precision.max(1) - 1),
        None => format!("{magnitude:e}"),
    };
    let Digits { digits, point } = Digits::from_scientific(&scientific);
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let limit = precision.map_or(SHORTEST_LIMIT, |precision| {
        let precision = i32::try_from(precision.max(1)).unwrap_or(i32::MAX);
        if precision > count && count >= point {
            count
        } else {
            precision
        }
    });
    let exponent = if magnitude == 0.0 { 0 } else { point - 1 };
    if exponent < -4 || exponent >= limit {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        return go_exponent(&format!("{first}{dot}{rest}e{exponent}"));
    }
    let decimals = usize::try_from(count - point).unwrap_or(0);
    format!("{magnitude:.decimals$}")
}

/// A finite number that is not negative as `mantissa × 2^exponent`.
fn parts(magnitude: f64) -> (u64, i64) {
    const MANTISSA: u64 = 1 << 52;
    let bits = magnitude.to_bits();
    let exponent = i64::try_from(bits >> 52).unwrap_or(0);
    let mantissa = bits & (MANTISSA - 1);
    if exponent == 0 {
        (mantissa, -1074)
    } else {
        (mantissa | MANTISSA, exponent - 1075)
    }
}

/// `0x1.8p+01`: one digit before the point, rounded to even.
fn hexadecimal(magnitude: f64, precision: Option<usize>) -> String {
    /// Where the digit before the point stands.
    const ONE: u64 = 1 << 60;
    let (mut mantissa, mut exponent) = parts(magnitude);
    if mantissa == 0 {
        exponent = 0;
    } else {
        let shift = mantissa.leading_zeros().saturating_sub(3);
        mantissa <<= shift;
        exponent += 60 - i64::from(shift);
    }
    if let Some(kept) = precision
        .filter(|precision| *precision < 15)
        .map(|digits| 4 * digits)
    {
        let extra = (mantissa << kept) & (ONE - 1);
        mantissa >>= 60 - kept;
        if extra | (mantissa & 1) > ONE / 2 {
            mantissa += 1;
        }
        mantissa <<= 60 - kept;
        if mantissa & (ONE << 1) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let digits = format!("{:015x}", mantissa & (ONE - 1));
    let digits = match precision {
        None => digits.trim_end_matches('0').to_owned(),
        Some(precision) => digits
            .chars()
            .chain(std::iter::repeat('0'))
            .take(precision)
            .collect(),
    };
    let point = if digits.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!(
        "0x{}{point}{digits}p{sign}{:02}",
        mantissa >> 60,
        exponent.unsigned_abs()
    )
}

/// Go writes a sign and at least two digits: `1e+06`.
fn go_exponent(text: &str) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text.to_owned();
    };
    let (sign, digits) = exponent
        .strip_prefix('-')
        .map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}
