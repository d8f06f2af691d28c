//! Dates and durations.

use crate::chart::template::exec::Exec;
use crate::chart::template::function::{Failure, Function};
use crate::chart::template::time;
use crate::chart::value::{Str, Value};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use std::rc::Rc;

pub(super) fn functions() -> Vec<Function> {
    let in_zone = |exec: &mut Exec<'_>, layout: Str, date: Value, zone: Str| {
        format(exec, &layout.to_text(), &date, &zone.to_text())
    };
    let must_modify = |text: Str, date: Rc<Zoned>| modified(&text, &date).map_err(Failure);
    let modify = |text: Str, date: Rc<Zoned>| modified(&text, &date).unwrap_or_else(|_| Zoned::clone(&date));
    vec![
        Function::new("now", |exec: &mut Exec<'_>| now(exec)),
        Function::new("date", |exec: &mut Exec<'_>, layout: Str, date: Value| {
            format(exec, &layout.to_text(), &date, "Local")
        }),
        Function::new("dateInZone", in_zone),
        Function::new("date_in_zone", in_zone),
        Function::new("htmlDate", |exec: &mut Exec<'_>, date: Value| {
            format(exec, "2006-01-02", &date, "Local")
        }),
        Function::new("htmlDateInZone", |exec: &mut Exec<'_>, date: Value, zone: Str| {
            format(exec, "2006-01-02", &date, &zone.to_text())
        }),
        Function::new("dateModify", modify),
        Function::new("date_modify", modify),
        Function::new("mustDateModify", must_modify),
        Function::new("must_date_modify", must_modify),
        Function::new("toDate", |exec: &mut Exec<'_>, layout: Str, text: Str| {
            read(exec, &layout, &text).or_else(|_| time::zero().ok_or(Failure::from("no zero time")))
        }),
        Function::new("mustToDate", |exec: &mut Exec<'_>, layout: Str, text: Str| {
            read(exec, &layout, &text)
        }),
        Function::new("unixEpoch", |date: Rc<Zoned>| {
            date.timestamp().as_second().to_string()
        }),
        Function::new("ago", ago),
        Function::new("duration", |seconds: Value| {
            time::duration_text(SignedDuration::from_secs(match seconds {
                Value::Str(text) => text.to_text().parse().unwrap_or(0),
                Value::Int64(seconds) => seconds,
                _ => 0,
            }))
        }),
        Function::new("durationRound", duration_round),
    ]
}

fn zone(exec: &Exec<'_>, name: &str) -> TimeZone {
    exec.environment().time_zone(name).unwrap_or(TimeZone::UTC)
}

fn now(exec: &Exec<'_>) -> Zoned {
    exec.environment().now().to_zoned(zone(exec, "Local"))
}

/// What a date function takes for a date: a time, seconds since 1970, and otherwise the present.
fn moment(exec: &Exec<'_>, date: &Value) -> Timestamp {
    match date {
        Value::Time(date) => date.timestamp(),
        Value::Int(seconds) | Value::Int64(seconds) => {
            Timestamp::from_second(*seconds).unwrap_or_else(|_| exec.environment().now())
        }
        _ => exec.environment().now(),
    }
}

fn format(exec: &Exec<'_>, layout: &str, date: &Value, name: &str) -> String {
    // In Go the empty name is UTC.
    let zone = if name.is_empty() {
        TimeZone::UTC
    } else {
        zone(exec, name)
    };
    time::format(&moment(exec, date).to_zoned(zone), layout)
}

fn modified(text: &Str, date: &Zoned) -> Result<Zoned, String> {
    let duration = time::parse_duration(&text.to_text())?;
    date.checked_add(duration)
        .map_err(|_| "time: out of range".to_owned())
}

fn read(exec: &Exec<'_>, layout: &Str, text: &Str) -> Result<Zoned, Failure> {
    time::parse(&layout.to_text(), &text.to_text(), &zone(exec, "Local")).map_err(Failure)
}

fn ago(exec: &mut Exec<'_>, date: Value) -> String {
    let passed = exec.environment().now().duration_since(moment(exec, &date));
    // Half a second counts as one, away from zero.
    let nanoseconds = passed.as_nanos();
    let seconds = (nanoseconds + nanoseconds.signum() * 500_000_000) / 1_000_000_000;
    time::duration_text(SignedDuration::from_secs(
        i64::try_from(seconds).unwrap_or(i64::MAX),
    ))
}

fn duration_round(exec: &mut Exec<'_>, duration: Value) -> String {
    const HOUR: u64 = 3600;
    const UNITS: [(u64, &str); 6] = [
        (HOUR * 24 * 365, "y"),
        (HOUR * 24 * 30, "mo"),
        (HOUR * 24, "d"),
        (HOUR, "h"),
        (60, "m"),
        (1, "s"),
    ];
    let duration = match duration {
        Value::Str(text) => time::parse_duration(&text.to_text()).unwrap_or(SignedDuration::ZERO),
        Value::Int64(nanoseconds) => SignedDuration::from_nanos(nanoseconds),
        Value::Time(date) => exec.environment().now().duration_since(date.timestamp()),
        _ => SignedDuration::ZERO,
    };
    let nanoseconds = duration.as_nanos().unsigned_abs();
    for (unit, name) in UNITS {
        let unit = u128::from(unit) * 1_000_000_000;
        if nanoseconds > unit {
            return format!("{}{name}", nanoseconds / unit);
        }
    }
    "0s".to_owned()
}
