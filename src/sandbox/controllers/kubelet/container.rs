//! A container's way as the kubelet remembers it.

use super::super::super::script::Fate;
use jiff::Timestamp;
use tokio::time::Instant;

/// A container.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) state: State,
    pub(super) restarts: u32,
    /// How its life before ended.
    pub(super) last: Option<End>,
    pub(super) pull_failures: u32,
    /// Whether the last thing that was told of the image is that the kubelet waits.
    pub(super) backing_off: bool,
    /// When its probe was last said to fail.
    pub(super) warned_at: Option<Instant>,
}

/// Where a container stands.
#[derive(Debug)]
pub(super) enum State {
    /// It waits for this reason, at least until this moment.
    Waiting {
        reason: &'static str,
        message: String,
        until: Instant,
    },
    /// Its image is on the way.
    Pulling { until: Instant },
    /// It is being created.
    Starting { until: Instant },
    /// It runs.
    Running {
        since: Timestamp,
        started: Instant,
        fate: Fate,
        ready: bool,
    },
    /// It has ended.
    Ended(End),
}

/// How a container's process ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) since: Timestamp,
    pub(super) at: Timestamp,
    pub(super) code: i64,
}

impl State {
    pub(super) fn waiting(reason: &'static str, message: &str, until: Instant) -> Self {
        Self::Waiting {
            reason,
            message: message.into(),
            until,
        }
    }
}

impl Default for Container {
    fn default() -> Self {
        Self {
            state: State::waiting("ContainerCreating", "", Instant::now()),
            restarts: 0,
            last: None,
            pull_failures: 0,
            backing_off: false,
            warned_at: None,
        }
    }
}

impl Container {
    /// Whether it ran to a good end.
    pub(super) fn has_succeeded(&self) -> bool {
        matches!(self.state, State::Ended(End { code: 0, .. }))
    }
}

/// How long the kubelet waits after so many failures, in milliseconds: doubling from two seconds to half a minute.
pub(super) fn backoff(failures: u32) -> u64 {
    (2_000 << failures.saturating_sub(1).min(4)).min(30_000)
}

/// An invented size of an image, the same for every pull of it: between 20 and 120 MB.
pub(super) fn image_size(image: &str) -> u64 {
    let sum: u64 = image.bytes().map(u64::from).sum();
    20_000_000 + sum * 7_919 % 100_000_000
}

/// How long its pull takes, in milliseconds.
pub(super) fn pull_time(image: &str) -> u64 {
    500 + image_size(image) / 100_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_its_bound() {
        let pauses: Vec<u64> = (1..8).map(backoff).collect();
        assert_eq!(pauses, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    }
}
