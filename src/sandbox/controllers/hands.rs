//! The hands of somebody else: in the scenario `drift` they edit the release while you look at it.

use super::super::json::{self, set, strings, text};
use super::super::scenario::Scenario;
use super::Pass;
use crate::sandbox::api::Writer;
use serde_json::Value as Json;
use std::collections::VecDeque;
use tokio::time::Instant;

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    /// `kubectl edit configmap`: turns edge-mcp's log level to `trace`.
    EditLogLevel,
    /// `kubectl scale deployment`: one pod of edge-mcp more.
    Scale,
}

/// What is still to be done, and when.
#[derive(Debug, Default)]
pub(super) struct Hands {
    deeds: VecDeque<(u64, Deed)>,
    since: Option<Instant>,
}

impl Hands {
    /// The deeds of a scenario: milliseconds after the release is there.
    pub(super) fn of(scenario: Scenario) -> Self {
        let deeds: &[(u64, Deed)] = match scenario {
            Scenario::Drift => &[(6_000, Deed::EditLogLevel), (14_000, Deed::Scale)],
            _ => &[],
        };
        Self {
            deeds: deeds.iter().copied().collect(),
            since: None,
        }
    }
}

pub(super) fn run(pass: &mut Pass<'_>, hands: &mut Hands) {
    let Some(&(after, deed)) = hands.deeds.front() else {
        return;
    };
    let since = *hands.since.get_or_insert(pass.now);
    let due = since + pass.takes(after);
    if pass.now < due {
        pass.wake_at(due);
        return;
    }
    // Where there is no edge-mcp any more there is nothing left to meddle with.
    hands.deeds.pop_front();
    match deed {
        Deed::EditLogLevel => edit_log_level(pass),
        Deed::Scale => scale(pass),
    }
    if let Some((after, _)) = hands.deeds.front() {
        let next = since + pass.takes(*after);
        pass.wake_at(next);
    }
}

fn is_edge_mcp(object: &Json) -> bool {
    json::label(object, "app.kubernetes.io/name") == "edge-mcp"
}

fn edit_log_level(pass: &mut Pass<'_>) {
    let found = pass
        .api
        .objects("", "ConfigMap", "")
        .into_iter()
        .filter(|object| is_edge_mcp(object))
        .find(|object| strings(object, "/data").any(|(key, _)| key == "LOG_LEVEL"));
    if let Some(live) = found {
        let mut object = Json::clone(&live);
        let level = if text(&live, "/data/LOG_LEVEL") == "trace" {
            "debug"
        } else {
            "trace"
        };
        set(&mut object, "/data/LOG_LEVEL", level);
        pass.write("", "ConfigMap", object, Writer::new("kubectl-edit"));
    }
}

fn scale(pass: &mut Pass<'_>) {
    let found = pass
        .api
        .objects("apps", "Deployment", "")
        .into_iter()
        .find(|object| is_edge_mcp(object));
    let (Some(live), Ok(resource)) = (found, pass.api.kind("apps", "Deployment")) else {
        return;
    };
    let replicas = json::number(&live, "/spec/replicas").unwrap_or(1) + 1;
    if let Err(refused) = pass
        .api
        .set_replicas(&resource, &live, replicas, Writer::new("kubectl"))
    {
        tracing::debug!(%refused, "somebody could not scale edge-mcp");
    }
}
