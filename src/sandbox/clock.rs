//! The sandbox's time: how fast things happen in it, and the timestamps that it writes.
//!
//! Only durations are sped up. Timestamps and the `Date` header stay with the machine's clock, so that nobody who
//! compares the two finds a skew.

use jiff::{Timestamp, ToSpan};
use std::time::Duration;
use tokio::time::Instant;

/// How fast things happen: what takes a second in a cluster takes a second divided by this.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed(f64);

impl Speed {
    /// For a person who watches: a rollout of the whole platform takes about twenty seconds.
    pub const NATURAL: Self = Self(1.0);
    /// For tests: every step is still seen by a watch, and a pod is ready within milliseconds.
    pub const INSTANT: Self = Self(1000.0);

    /// `factor` times as fast as [`Speed::NATURAL`]; a factor that is no positive number counts as 1.
    #[must_use]
    pub fn times(factor: f64) -> Self {
        Self(if factor.is_finite() && factor > 0.0 {
            factor
        } else {
            1.0
        })
    }

    /// How long `natural` takes at this speed; never less than the millisecond that the timer can tell apart.
    #[must_use]
    pub fn scale(self, natural: Duration) -> Duration {
        natural.div_f64(self.0).max(Duration::from_millis(1))
    }
}

/// Tells the time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    epoch: Timestamp,
    start: Instant,
    pub(super) speed: Speed,
}

impl Clock {
    /// A clock that starts now.
    pub(super) fn start(speed: Speed) -> Self {
        Self {
            epoch: Timestamp::now(),
            start: Instant::now(),
            speed,
        }
    }

    /// The same clock so many hours ago, for what happened before anybody looked.
    pub(super) fn hours_ago(self, hours: i64) -> Self {
        let epoch = self.epoch.checked_sub(hours.hours()).unwrap_or(self.epoch);
        Self { epoch, ..self }
    }

    /// The same clock at another speed.
    pub(super) fn at_speed(self, speed: Speed) -> Self {
        Self { speed, ..self }
    }

    /// The moment, for timers.
    pub(super) fn instant() -> Instant {
        Instant::now()
    }

    /// The time of day.
    pub(super) fn now(&self) -> Timestamp {
        self.at(Instant::now())
    }

    /// The time of day at a moment.
    pub(super) fn at(&self, moment: Instant) -> Timestamp {
        let passed = moment.saturating_duration_since(self.start);
        self.epoch.checked_add(passed).unwrap_or(self.epoch)
    }

    /// The time of day as objects carry it: RFC 3339 in UTC with whole seconds.
    pub(super) fn stamp(&self) -> String {
        seconds(self.now())
    }
}

/// RFC 3339 in UTC with whole seconds.
pub(super) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_divides_and_keeps_to_a_millisecond() {
        assert_eq!(
            Speed::times(2.0).scale(Duration::from_secs(3)),
            Duration::from_millis(1500)
        );
        assert_eq!(
            Speed::INSTANT.scale(Duration::from_millis(20)),
            Duration::from_millis(1)
        );
        assert_eq!(Speed::times(-1.0), Speed::NATURAL);
    }

    #[test]
    fn stamps_have_whole_seconds() {
        let time: Timestamp = "2026-11-23T08:00:00.75Z".parse().unwrap_or_default();
        assert_eq!(seconds(time), "2026-11-23T08:00:00Z");
    }
}
