//! The machine's own clock, time zones and randomness, for templates that ask for them.

use crate::chart::render::Environment;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rand::RngCore;

/// The world as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Environment for System {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn time_zone(&self, name: &str) -> Option<TimeZone> {
        match name {
            "Local" => Some(TimeZone::system()),
            "" => Some(TimeZone::UTC),
            name => TimeZone::get(name).ok(),
        }
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}
