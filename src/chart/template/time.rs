//! Go's package `time`: layouts, durations, and how a time prints.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Zoned};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// A part of a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'l> {
    Literal(&'l str),
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekDay,
    WeekDay,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    ZoneName,
    /// An offset: whether `Z` stands for UTC, and how it is written.
    Zone {
        iso: bool,
        form: Form,
    },
    /// A fraction of a second: its digits, and whether zeros at its end are dropped.
    Fraction {
        separator: char,
        digits: usize,
        trims: bool,
    },
}

/// How an offset from UTC is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Hours,
    Compact,
    Colon,
    CompactSeconds,
    ColonSeconds,
}

/// The reference texts of a layout; of those that begin alike the longest comes first.
const PARTS: &[(&str, Part<'static>)] = &[
    ("January", Part::LongMonth),
    ("Jan", Part::Month),
    ("Monday", Part::LongWeekDay),
    ("Mon", Part::WeekDay),
    ("MST", Part::ZoneName),
    ("01", Part::ZeroMonth),
    ("002", Part::ZeroYearDay),
    ("02", Part::ZeroDay),
    ("03", Part::ZeroHour12),
    ("04", Part::ZeroMinute),
    ("05", Part::ZeroSecond),
    ("06", Part::Year),
    ("15", Part::Hour),
    ("1", Part::NumMonth),
    ("2006", Part::LongYear),
    ("2", Part::Day),
    ("__2", Part::UnderYearDay),
    ("_2", Part::UnderDay),
    ("3", Part::Hour12),
    ("4", Part::Minute),
    ("5", Part::Second),
    ("PM", Part::UpperPm),
    ("pm", Part::LowerPm),
    (
        "-07:00:00",
        Part::Zone {
            iso: false,
            form: Form::ColonSeconds,
        },
    ),
    (
        "-070000",
        Part::Zone {
            iso: false,
            form: Form::CompactSeconds,
        },
    ),
    (
        "-07:00",
        Part::Zone {
            iso: false,
            form: Form::Colon,
        },
    ),
    (
        "-0700",
        Part::Zone {
            iso: false,
            form: Form::Compact,
        },
    ),
    (
        "-07",
        Part::Zone {
            iso: false,
            form: Form::Hours,
        },
    ),
    (
        "Z07:00:00",
        Part::Zone {
            iso: true,
            form: Form::ColonSeconds,
        },
    ),
    (
        "Z070000",
        Part::Zone {
            iso: true,
            form: Form::CompactSeconds,
        },
    ),
    (
        "Z07:00",
        Part::Zone {
            iso: true,
            form: Form::Colon,
        },
    ),
    (
        "Z0700",
        Part::Zone {
            iso: true,
            form: Form::Compact,
        },
    ),
    (
        "Z07",
        Part::Zone {
            iso: true,
            form: Form::Hours,
        },
    ),
];

/// The parts of a layout, in order.
fn parts(layout: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut literal = 0;
    let mut at = 0;
    while at < layout.len() {
        let rest = layout.get(at..).unwrap_or_default();
        let Some((length, part)) = part_at(rest) else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if at > literal {
            parts.push(Part::Literal(layout.get(literal..at).unwrap_or_default()));
        }
        parts.push(part);
        at += length;
        literal = at;
    }
    if layout.len() > literal {
        parts.push(Part::Literal(layout.get(literal..).unwrap_or_default()));
    }
    parts
}

fn part_at(rest: &str) -> Option<(usize, Part<'_>)> {
    if let Some(found) = fraction_at(rest) {
        return Some(found);
    }
    // `_2006` is an underscore and a year.
    if rest.starts_with("_2006") {
        return None;
    }
    let (text, part) = PARTS.iter().find(|(text, _)| rest.starts_with(text))?;
    // `Jan` and `Mon` are no names within a longer word.
    let after = rest.get(text.len()..).unwrap_or_default();
    let in_word = matches!(part, Part::Month | Part::WeekDay)
        && after.starts_with(|next: char| next.is_ascii_lowercase());
    (!in_word).then_some((text.len(), *part))
}

/// `.000` or `,999`: a fraction, when no further digit follows.
fn fraction_at(rest: &str) -> Option<(usize, Part<'_>)> {
    let separator = rest.chars().next().filter(|first| matches!(first, '.' | ','))?;
    let digit = rest.chars().nth(1).filter(|digit| matches!(digit, '0' | '9'))?;
    let digits = rest.chars().skip(1).take_while(|next| *next == digit).count();
    let followed = rest
        .chars()
        .nth(1 + digits)
        .is_some_and(|next| next.is_ascii_digit());
    let part = Part::Fraction {
        separator,
        digits,
        trims: digit == '9',
    };
    (!followed).then_some((1 + digits, part))
}

/// `time.Time.Format`.
pub(crate) fn format(at: &Zoned, layout: &str) -> String {
    let mut text = String::new();
    for part in parts(layout) {
        format_part(&mut text, at, part);
    }
    text
}

fn format_part(text: &mut String, at: &Zoned, part: Part<'_>) {
    let month = MONTHS
        .get(usize::try_from(at.month() - 1).unwrap_or(0))
        .copied()
        .unwrap_or_default();
    let weekday = usize::try_from(at.weekday().to_sunday_zero_offset()).unwrap_or(0);
    let weekday = DAYS.get(weekday).copied().unwrap_or_default();
    let hour12 = match at.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    text.push_str(&match part {
        Part::Literal(literal) => literal.to_owned(),
        Part::LongMonth => month.to_owned(),
        Part::Month => month.chars().take(3).collect(),
        Part::NumMonth => at.month().to_string(),
        Part::ZeroMonth => format!("{:02}", at.month()),
        Part::LongWeekDay => weekday.to_owned(),
        Part::WeekDay => weekday.chars().take(3).collect(),
        Part::Day => at.day().to_string(),
        Part::UnderDay => format!("{:2}", at.day()),
        Part::ZeroDay => format!("{:02}", at.day()),
        Part::UnderYearDay => format!("{:3}", at.day_of_year()),
        Part::ZeroYearDay => format!("{:03}", at.day_of_year()),
        Part::Hour => format!("{:02}", at.hour()),
        Part::Hour12 => hour12.to_string(),
        Part::ZeroHour12 => format!("{hour12:02}"),
        Part::Minute => at.minute().to_string(),
        Part::ZeroMinute => format!("{:02}", at.minute()),
        Part::Second => at.second().to_string(),
        Part::ZeroSecond => format!("{:02}", at.second()),
        Part::LongYear => format!("{:04}", at.year()),
        Part::Year => format!("{:02}", at.year().rem_euclid(100)),
        Part::UpperPm => if at.hour() >= 12 { "PM" } else { "AM" }.to_owned(),
        Part::LowerPm => if at.hour() >= 12 { "pm" } else { "am" }.to_owned(),
        Part::ZoneName => zone_name(at),
        Part::Zone { iso: true, .. } if at.offset() == Offset::UTC => "Z".to_owned(),
        Part::Zone { form, .. } => offset(at.offset(), form),
        Part::Fraction {
            separator,
            digits,
            trims,
        } => fraction(at.subsec_nanosecond(), separator, digits, trims),
    });
}

fn zone_name(at: &Zoned) -> String {
    let info = at.time_zone().to_offset_info(at.timestamp());
    let abbreviation = info.abbreviation();
    if abbreviation.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return abbreviation.to_owned();
    }
    let seconds = at.offset().seconds();
    match seconds {
        0 => "UTC".to_owned(),
        seconds if seconds % 3600 == 0 => offset(at.offset(), Form::Hours),
        _ => offset(at.offset(), Form::Compact),
    }
}

fn offset(offset: Offset, form: Form) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match form {
        Form::Hours => format!("{sign}{hours:02}"),
        Form::Compact => format!("{sign}{hours:02}{minutes:02}"),
        Form::Colon => format!("{sign}{hours:02}:{minutes:02}"),
        Form::CompactSeconds => format!("{sign}{hours:02}{minutes:02}{seconds:02}"),
        Form::ColonSeconds => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

fn fraction(nanoseconds: i32, separator: char, digits: usize, trims: bool) -> String {
    let nine = format!("{nanoseconds:09}");
    let text: String = nine
        .chars()
        .chain(std::iter::repeat('0'))
        .take(digits.min(9))
        .collect();
    let text = if trims { text.trim_end_matches('0') } else { &text };
    if trims && text.is_empty() {
        String::new()
    } else {
        format!("{separator}{text}")
    }
}

/// `time.Time.String`.
pub(crate) fn go_string(at: &Zoned) -> String {
    format(at, "2006-01-02 15:04:05.999999999 -0700 MST")
}

/// As `encoding/json` writes a time.
pub(crate) fn rfc3339_nano(at: &Zoned) -> String {
    format(at, "2006-01-02T15:04:05.999999999Z07:00")
}

/// `time.Time{}`, which functions answer with where they cannot read a time.
pub(crate) fn zero() -> Option<Zoned> {
    Date::new(1, 1, 1).ok()?.to_zoned(TimeZone::UTC).ok()
}

/// What has been read of a time.
struct Parsed {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    offset: Option<i32>,
}

/// `time.ParseInLocation`.
pub(crate) fn parse(layout: &str, value: &str, zone: &TimeZone) -> Result<Zoned, String> {
    use super::fmt::quote;
    let shown = |text: &str| quote(text.as_bytes(), '"');
    let mut parsed = Parsed {
        year: 0,
        month: 1,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
        nanosecond: 0,
        afternoon: None,
        offset: None,
    };
    let mut rest = value;
    for part in parts(layout) {
        rest = parse_part(&mut parsed, part, rest).ok_or_else(|| {
            format!(
                "parsing time {} as {}: cannot parse {} as {}",
                shown(value),
                shown(layout),
                shown(rest),
                shown(&reference(part))
            )
        })?;
    }
    if !rest.is_empty() {
        return Err(format!(
            "parsing time {}: extra text: {}",
            shown(value),
            shown(rest)
        ));
    }
    if parsed.afternoon == Some(true) && parsed.hour < 12 {
        parsed.hour += 12;
    } else if parsed.afternoon == Some(false) && parsed.hour == 12 {
        parsed.hour = 0;
    }
    let range = || format!("parsing time {}: day out of range", shown(value));
    let date = Date::new(parsed.year, parsed.month, parsed.day).map_err(|_| range())?;
    let time =
        Time::new(parsed.hour, parsed.minute, parsed.second, parsed.nanosecond).map_err(|_| range())?;
    let zone = match parsed.offset.map(Offset::from_seconds) {
        Some(Ok(Offset::UTC)) => TimeZone::UTC,
        Some(Ok(offset)) => TimeZone::fixed(offset),
        Some(Err(_)) => return Err(range()),
        None => zone.clone(),
    };
    DateTime::from_parts(date, time)
        .to_zoned(zone)
        .map_err(|_| range())
}

/// The text of the layout that `part` was read from.
fn reference(part: Part<'_>) -> String {
    match part {
        Part::Literal(literal) => literal.to_owned(),
        Part::Fraction {
            separator,
            digits,
            trims,
        } => {
            format!("{separator}{}", if trims { "9" } else { "0" }.repeat(digits))
        }
        part => PARTS
            .iter()
            .find(|(_, known)| *known == part)
            .map_or("", |(text, _)| text)
            .to_owned(),
    }
}

fn parse_part<'v>(parsed: &mut Parsed, part: Part<'_>, value: &'v str) -> Option<&'v str> {
    let name = |names: &[&str], length: usize| {
        names.iter().enumerate().find_map(|(index, name)| {
            let name = name.get(..length.min(name.len()))?;
            let head = value.get(..name.len())?;
            head.eq_ignore_ascii_case(name)
                .then(|| (index, value.get(name.len()..).unwrap_or_default()))
        })
    };
    let rest = match part {
        Part::Literal(literal) => value.strip_prefix(literal)?,
        Part::LongMonth | Part::Month => {
            let (index, rest) = name(&MONTHS, if part == Part::Month { 3 } else { usize::MAX })?;
            parsed.month = i8::try_from(index).ok()? + 1;
            rest
        }
        Part::LongWeekDay | Part::WeekDay => {
            name(&DAYS, if part == Part::WeekDay { 3 } else { usize::MAX })?.1
        }
        Part::LongYear => number(value, 4, 4, &mut parsed.year)?,
        Part::Year => {
            let rest = number(value, 2, 2, &mut parsed.year)?;
            parsed.year += if parsed.year >= 69 { 1900 } else { 2000 };
            rest
        }
        Part::NumMonth => number(value, 1, 2, &mut parsed.month)?,
        Part::ZeroMonth => number(value, 2, 2, &mut parsed.month)?,
        Part::Day | Part::UnderDay => number(value.trim_start_matches(' '), 1, 2, &mut parsed.day)?,
        Part::ZeroDay => number(value, 2, 2, &mut parsed.day)?,
        Part::Hour | Part::ZeroHour12 => number(value, 2, 2, &mut parsed.hour)?,
        Part::Hour12 => number(value, 1, 2, &mut parsed.hour)?,
        Part::Minute => number(value, 1, 2, &mut parsed.minute)?,
        Part::ZeroMinute => number(value, 2, 2, &mut parsed.minute)?,
        Part::Second => seconds(parsed, number(value, 1, 2, &mut 0i8).map(|_| (value, 1))?)?,
        Part::ZeroSecond => seconds(parsed, (value, 2))?,
        Part::UpperPm | Part::LowerPm => {
            let (head, rest) = value.split_at_checked(2)?;
            parsed.afternoon = Some(match head {
                "PM" | "pm" => true,
                "AM" | "am" => false,
                _ => return None,
            });
            rest
        }
        Part::Fraction { .. } => fraction_of(parsed, value)?,
        Part::Zone { iso, form } => match value.strip_prefix('Z') {
            Some(rest) if iso => {
                parsed.offset = Some(0);
                rest
            }
            _ => parse_offset(parsed, form, value)?,
        },
        Part::ZoneName => {
            let length = value.bytes().take_while(u8::is_ascii_uppercase).count();
            if !(3..=5).contains(&length) {
                return None;
            }
            let (zone, rest) = value.split_at(length);
            if zone == "UTC" {
                parsed.offset = Some(0);
            }
            rest
        }
        Part::UnderYearDay | Part::ZeroYearDay => return None,
    };
    Some(rest)
}

/// Seconds, and a fraction after them even where the layout has none, as Go reads them.
fn seconds<'v>(parsed: &mut Parsed, (value, least): (&'v str, usize)) -> Option<&'v str> {
    let rest = number(value, least, 2, &mut parsed.second)?;
    let has_fraction = matches!(rest.as_bytes(), [b'.' | b',', digit, ..] if digit.is_ascii_digit());
    if has_fraction {
        fraction_of(parsed, rest)
    } else {
        Some(rest)
    }
}

fn fraction_of<'v>(parsed: &mut Parsed, value: &'v str) -> Option<&'v str> {
    let Some(digits) = value.strip_prefix(['.', ',']) else {
        return Some(value);
    };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = digits.split_at(length);
    let nine: String = digits.chars().chain(std::iter::repeat('0')).take(9).collect();
    parsed.nanosecond = nine.parse().ok()?;
    Some(rest)
}

fn parse_offset<'v>(parsed: &mut Parsed, form: Form, value: &'v str) -> Option<&'v str> {
    let (sign, digits) = match value.as_bytes().first()? {
        b'+' => (1, value.get(1..)?),
        b'-' => (-1, value.get(1..)?),
        _ => return None,
    };
    let (mut hours, mut minutes) = (0i32, 0i32);
    let mut rest = number(digits, 2, 2, &mut hours)?;
    if matches!(form, Form::Colon | Form::ColonSeconds) {
        rest = rest.strip_prefix(':')?;
    }
    if form != Form::Hours {
        rest = number(rest, 2, 2, &mut minutes)?;
    }
    parsed.offset = Some(sign * (hours * 3600 + minutes * 60));
    Some(rest)
}

/// Reads between `least` and `most` digits.
fn number<'v, T: std::str::FromStr>(
    value: &'v str,
    least: usize,
    most: usize,
    into: &mut T,
) -> Option<&'v str> {
    let length = value.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if length < least {
        return None;
    }
    let (digits, rest) = value.split_at(length);
    *into = digits.parse().ok()?;
    Some(rest)
}

/// `time.ParseDuration`.
pub(crate) fn parse_duration(text: &str) -> Result<SignedDuration, String> {
    let quoted = || super::fmt::quote(text.as_bytes(), '"');
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
                let unit = super::fmt::quote(unit.as_bytes(), '"');
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

/// `time.Duration.String` of whole seconds.
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn moment() -> Zoned {
        let zone = TimeZone::fixed(Offset::from_seconds(-3600 * 7).unwrap());
        jiff::civil::date(2006, 1, 2)
            .at(15, 4, 5, 123_450_000)
            .to_zoned(zone)
            .unwrap()
    }

    #[test]
    fn layouts_format_as_in_go() {
        for (layout, text) in [
            ("2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05-07:00"),
            ("Mon Jan _2 3:04PM 06", "Mon Jan  2 3:04PM 06"),
            ("Monday, January 2 002", "Monday, January 2 002"),
            (".000 .999999999", ".123 .12345"),
            ("20060102150405", "20060102150405"),
            ("_2006 stdMonth Janet", "_2006 stdMonth Janet"),
            ("-0700 Z0700", "-0700 -0700"),
        ] {
            assert_eq!(format(&moment(), layout), text, "{layout}");
        }
    }

    #[test]
    fn what_is_formatted_is_read_back() {
        for layout in ["2006-01-02T15:04:05.999999999Z07:00", "2006-01-02 15:04:05 -0700"] {
            let text = format(&moment(), layout);
            let read = parse(layout, &text, &TimeZone::UTC).unwrap();
            assert_eq!(format(&read, layout), text);
        }
        assert_eq!(
            parse("2006-01-02", "x", &TimeZone::UTC).unwrap_err(),
            "parsing time \"x\" as \"2006-01-02\": cannot parse \"x\" as \"2006\""
        );
    }

    #[test]
    fn durations_read_and_print_as_in_go() {
        for (text, printed) in [
            ("90s", "1m30s"),
            ("1.5h", "1h30m0s"),
            ("-2h10m5s", "-2h10m5s"),
            ("0", "0s"),
            ("1500ms", "1.5s"),
            ("1500us", "1.5ms"),
            ("1us", "1µs"),
        ] {
            assert_eq!(duration_text(parse_duration(text).unwrap()), printed, "{text}");
        }
        for text in ["", "1", "1x", "s", "."] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
