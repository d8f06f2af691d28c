//! The cluster's events about the objects that matter, told apart by UID so that the past is not blamed on the present.

use super::Observation;
use super::json::{count, name, text, uid};
use crate::rollout::board::EventRow;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// How many events a board shows.
const SHOWN: usize = 50;

/// How often each event had happened when the stage began: those are the past.
#[derive(Debug, Default)]
pub(super) struct Past(BTreeMap<String, u32>);

impl Past {
    /// Takes every event of `observation` as past.
    pub(super) fn of(observation: &Observation) -> Self {
        Self(
            observation
                .events
                .iter()
                .map(|event| (uid(event).to_owned(), times(event)))
                .collect(),
        )
    }

    /// Whether `event` has happened since.
    pub(super) fn is_over(&self, event: &Json) -> bool {
        self.0
            .get(uid(event))
            .is_some_and(|before| times(event) <= *before)
    }
}

/// How often an event happened, by either of the two ways in which the API counts.
fn times(event: &Json) -> u32 {
    count(event, "/count").max(count(event, "/series/count")).max(1)
}

/// When it last happened, as the API writes it.
fn last(event: &Json) -> &str {
    [
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/eventTime",
        "/firstTimestamp",
        "/metadata/creationTimestamp",
    ]
    .iter()
    .map(|pointer| text(event, pointer))
    .find(|at| !at.is_empty())
    .unwrap_or_default()
}

/// The present events about objects with these UIDs, the newest first.
pub(super) fn about<'a>(observation: &'a Observation, uids: &BTreeSet<&str>, past: &Past) -> Vec<&'a Json> {
    let mut found: Vec<&Json> = observation
        .events
        .iter()
        .map(AsRef::as_ref)
        .filter(|event| uids.contains(text(event, "/involvedObject/uid")) && !past.is_over(event))
        .collect();
    // The API writes times in one format, so that their text sorts as they do.
    found.sort_by(|a, b| last(b).cmp(last(a)).then_with(|| name(b).cmp(name(a))));
    found.truncate(SHOWN);
    found
}

/// An event as the board shows it.
pub(super) fn row(event: &Json) -> EventRow {
    EventRow {
        at: last(event).to_owned(),
        warning: text(event, "/type") == "Warning",
        reason: text(event, "/reason").to_owned(),
        object: format!(
            "{}/{}",
            text(event, "/involvedObject/kind"),
            text(event, "/involvedObject/name")
        ),
        message: text(event, "/message").trim().to_owned(),
    }
}
