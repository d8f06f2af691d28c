//! `time.Time.Format`.

use super::layout::{DAYS, Form, MONTHS, Part, parts};
use jiff::Zoned;
use jiff::tz::Offset;

/// `time.Time.Format`.
pub(crate) fn format(at: &Zoned, layout: &str) -> String {
    let mut text = String::new();
    for part in parts(layout) {
        text.push_str(&part_text(at, part));
    }
    text
}

fn part_text(at: &Zoned, part: Part<'_>) -> String {
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
    match part {
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
    }
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
