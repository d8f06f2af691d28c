//! `time.ParseDuration` and `time.Duration.String`.

use crate::chart::template::fmt::quote;
use jiff::SignedDuration;

/// `time.ParseDuration`.
pub(crate) fn parse_duration(text: &str) -> Result<SignedDuration, String> {
    let quoted = || quote(text.as_bytes(), '"');
    let invalid = || format!("time: invalid duration {}", quoted());
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut nanoseconds = 0i128;
    while !rest.is_empty() {
        let length = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
            .count();
        let (digits, after) = rest.split_at(length);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(invalid());
        }
        let length = after
            .find(|next: char| next.is_ascii_digit() || next == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(length);
        let scale: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "" => return Err(format!("time: missing unit in duration {}", quoted())),
            unit => {
                let unit = quote(unit.as_bytes(), '"');
                return Err(format!("time: unknown unit {unit} in duration {}", quoted()));
            }
        };
        let whole: i128 = if whole.is_empty() {
            0
        } else {
            whole.parse().map_err(|_| invalid())?
        };
        let fraction: String = fraction.chars().take(18).collect();
        let decimals = u32::try_from(fraction.len()).unwrap_or(0);
        let fraction: i128 = if fraction.is_empty() {
            0
        } else {
            fraction.parse().map_err(|_| invalid())?
        };
        let part = whole.checked_mul(scale).ok_or_else(invalid)?;
        nanoseconds += part + fraction * scale / 10i128.pow(decimals);
        rest = after;
    }
    let nanoseconds = if negative { -nanoseconds } else { nanoseconds };
    i64::try_from(nanoseconds)
        .map(SignedDuration::from_nanos)
        .map_err(|_| invalid())
}

/// `time.Duration.String`.
pub(crate) fn duration_text(duration: SignedDuration) -> String {
    let nanoseconds = duration.as_nanos();
    if nanoseconds == 0 {
        return "0s".to_owned();
    }
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let magnitude = nanoseconds.unsigned_abs();
    let decimal = |unit: u128| {
        let width = unit.to_string().len() - 1;
        let fraction = format!("{:0width$}", magnitude % unit);
        let fraction = fraction.trim_end_matches('0');
        if unit == 1 || fraction.is_empty() {
            String::new()
        } else {
            format!(".{fraction}")
        }
    };
    match magnitude {
        0..1_000 => return format!("{sign}{magnitude}ns"),
        1_000..1_000_000 => return format!("{sign}{}{}µs", magnitude / 1_000, decimal(1_000)),
        1_000_000..1_000_000_000 => {
            return format!("{sign}{}{}ms", magnitude / 1_000_000, decimal(1_000_000));
        }
        _ => {}
    }
    let seconds = magnitude / 1_000_000_000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let seconds = format!("{}{}s", seconds % 60, decimal(1_000_000_000));
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}"),
    }
}
