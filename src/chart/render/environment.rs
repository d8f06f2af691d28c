//! Clock and randomness as templates reach them. The engine itself has neither.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::cell::Cell;

/// What the functions `now`, `date`, `randAlpha`, `uuidv4` and their kin take from outside.
pub trait Environment {
    /// The time of the function `now`.
    fn now(&self) -> Timestamp;

    /// The zone of this name in the IANA database, or the machine's own for `Local`; `None` where there is none.
    fn time_zone(&self, name: &str) -> Option<TimeZone>;

    /// Fills `bytes` with random ones, fit for passwords and keys.
    fn fill_random(&self, bytes: &mut [u8]);
}

/// An [`Environment`] that stands still: one moment, UTC, and bytes that follow from a seed.
///
/// The same render gives the same text twice, which a comparison needs. Its bytes are predictable: nothing that is
/// rendered with it may be kept as a secret.
#[derive(Debug, Clone)]
pub struct Frozen {
    now: Timestamp,
    state: Cell<u64>,
}

impl Frozen {
    /// An environment at `now` whose bytes follow from `seed`.
    #[must_use]
    pub fn new(now: Timestamp, seed: u64) -> Self {
        Self {
            now,
            state: Cell::new(seed),
        }
    }
}

impl Default for Frozen {
    fn default() -> Self {
        Self::new(Timestamp::UNIX_EPOCH, 0)
    }
}

impl Environment for Frozen {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn time_zone(&self, name: &str) -> Option<TimeZone> {
        matches!(name, "" | "UTC" | "Local").then_some(TimeZone::UTC)
    }

    /// `SplitMix64`, which needs eight bytes of state and no crate.
    fn fill_random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let state = self.state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
            self.state.set(state);
            let mut word = state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            for (byte, random) in chunk.iter_mut().zip(word.to_le_bytes()) {
                *byte = random;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_they_differ_from_call_to_call() {
        let bytes = |environment: &Frozen| {
            let mut bytes = [0; 12];
            environment.fill_random(&mut bytes);
            bytes
        };
        let (one, two) = (Frozen::default(), Frozen::default());
        let first = bytes(&one);
        assert_eq!(first, bytes(&two));
        assert_ne!(first, bytes(&one));
    }
}
