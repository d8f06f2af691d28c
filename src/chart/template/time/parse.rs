//! `time.ParseInLocation`.

use super::layout::{DAYS, Form, MONTHS, Part, parts, reference};
use crate::chart::template::fmt::quote;
use jiff::Zoned;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

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
