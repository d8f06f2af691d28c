//! Go's package `time`: layouts, durations, and how a time prints.

mod duration;
mod format;
mod layout;
mod parse;

pub(crate) use duration::{duration_text, parse_duration};
pub(crate) use format::format;
pub(crate) use parse::parse;

use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::tz::Offset;

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
