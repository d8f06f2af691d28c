//! Layouts: the reference time `Mon Jan 2 15:04:05 MST 2006`, cut into its parts.

pub(super) const MONTHS: [&str; 12] = [
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
pub(super) const DAYS: [&str; 7] = [
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
pub(super) enum Part<'l> {
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
pub(super) enum Form {
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
pub(super) fn parts(layout: &str) -> Vec<Part<'_>> {
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

/// The text of the layout that `part` was read from.
pub(super) fn reference(part: Part<'_>) -> String {
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
