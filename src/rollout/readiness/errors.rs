//! Counting errors against those that are allowed, and how long each trouble has held.

use super::Observation;
use super::json::{list, name, text, uid};
use super::pods::{Trouble, Weight};
use crate::rollout::Seconds;
use std::collections::{BTreeMap, BTreeSet};

/// A trouble that holds counts once more after each of these periods, in seconds: a single pod that cannot pull its
/// image shows one and the same state for as long as one looks.
const HELD: Seconds = 10;

/// A trouble of one container of one pod, whichever restart it is at: the pod, the container, the sort of trouble.
type Place = (String, Option<String>, String);

/// One failure goes through several reasons: a pull that failed backs off, a program that ended does, too.
fn sort_of(reason: &str) -> &str {
    match reason {
        "ErrImagePull" | "ImagePullBackOff" => "pull",
        "Error" | "OOMKilled" | "CrashLoopBackOff" | "Restarted" => "crash",
        reason => reason,
    }
}

/// What has been counted so far.
#[derive(Debug, Default)]
pub(super) struct Errors {
    /// Restarts that had happened before the stage began, by pod and container.
    past: BTreeMap<(String, String), u64>,
    /// When each trouble that holds now was first seen.
    since: BTreeMap<Place, Seconds>,
    /// Troubles seen in the current look.
    alive: BTreeSet<Place>,
    /// Occurrences counted against each workload, by its UID.
    counted: BTreeMap<String, BTreeSet<(Place, u32, Seconds)>>,
}

/// What a trouble means now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gravity {
    /// Not worth counting, or of the past.
    None,
    /// Within what is allowed.
    Tolerated,
    /// The workload has failed.
    Fatal,
}

impl Errors {
    /// Takes the restarts that `observation` shows as past.
    pub(super) fn with_past(observation: &Observation) -> Self {
        let mut past = BTreeMap::new();
        for pod in &observation.pods {
            let containers = list(pod, "/status/containerStatuses")
                .iter()
                .chain(list(pod, "/status/initContainerStatuses"));
            for status in containers {
                let restarts = status
                    .get("restartCount")
                    .and_then(serde_json::Value::as_u64)
                    .unwrap_or(0);
                past.insert((uid(pod).to_owned(), text(status, "/name").to_owned()), restarts);
            }
        }
        Self {
            past,
            ..Self::default()
        }
    }

    /// Begins a look: troubles that it does not meet again are over at its end.
    pub(super) fn begin(&mut self) {
        self.alive.clear();
    }

    /// Ends a look.
    pub(super) fn end(&mut self) {
        let alive = std::mem::take(&mut self.alive);
        self.since.retain(|place, _| alive.contains(place));
    }

    /// Counts `trouble` of `pod` against the workload with the UID `owner`, which may have `allowed` errors.
    pub(super) fn weigh(
        &mut self,
        now: Seconds,
        owner: &str,
        allowed: u32,
        pod: &serde_json::Value,
        trouble: &Trouble,
    ) -> Gravity {
        let place: Place = (
            if uid(pod).is_empty() {
                name(pod).to_owned()
            } else {
                uid(pod).to_owned()
            },
            trouble.container.clone(),
            sort_of(&trouble.reason).to_owned(),
        );
        let restarted = trouble.reason == "Restarted";
        if restarted && self.is_past(pod, trouble) {
            return Gravity::None;
        }
        self.alive.insert(place.clone());
        let since = *self.since.entry(place.clone()).or_insert(now);
        let held = now.saturating_sub(since);
        // One that goes and comes back is another one.
        let counted_at = if restarted {
            since
        } else {
            since + held / HELD * HELD
        };
        match trouble.weight {
            Weight::Outright => return Gravity::Fatal,
            Weight::OutrightAfter(grace) => {
                return if held > grace {
                    Gravity::Fatal
                } else {
                    Gravity::Tolerated
                };
            }
            Weight::After(grace) if held <= grace => return Gravity::None,
            Weight::After(_) | Weight::Counted => {}
        }
        let counted = self.counted.entry(owner.to_owned()).or_default();
        counted.insert((place, trouble.occurrence, counted_at));
        if counted.len() > usize::try_from(allowed).unwrap_or(usize::MAX) {
            Gravity::Fatal
        } else {
            Gravity::Tolerated
        }
    }

    fn is_past(&self, pod: &serde_json::Value, trouble: &Trouble) -> bool {
        let container = trouble.container.clone().unwrap_or_default();
        self.past
            .get(&(uid(pod).to_owned(), container))
            .is_some_and(|before| u64::from(trouble.occurrence) <= *before)
    }
}
