//! The release as the cluster records it.

use crate::cluster::release::{Record, Releases, Status, split};
use crate::cluster::state::StateStore;
use crate::cluster::{Cluster, ClusterError};
use crate::chart::manifest::ManifestObject;
use crate::plan::preflight::Pending;
use crate::wizard::facts::ReleaseFacts;
use jiff::Timestamp;

/// What is recorded of a release.
#[derive(Debug, Clone, Default)]
pub(super) struct Recorded {
    /// The newest revision's number, 0 where there is none.
    pub(super) last_revision: i64,
    /// The revision that is deployed.
    pub(super) deployed: Option<Record>,
    /// Its objects, with resolved keys.
    pub(super) objects: Vec<ManifestObject>,
    /// An operation that has not ended.
    pub(super) pending: Option<Pending>,
    /// What a form shows of it; `None` for a release that does not exist.
    pub(super) facts: Option<ReleaseFacts>,
}

/// Reads what is recorded of a release.
pub(super) async fn load(cluster: &Cluster, namespace: &str, release: &str) -> Result<Recorded, ClusterError> {
    let releases = Releases::new(cluster.clone(), namespace, release);
    let state = StateStore::new(cluster.clone(), namespace, release);
    let (history, state) = tokio::join!(releases.history(), state.load());
    let history = history?;
    let Some(newest) = history.last() else {
        return Ok(Recorded::default());
    };
    let deployed = history.iter().rev().find(|record| record.status() == Status::Deployed);
    let mut objects = match deployed {
        Some(record) => split(record.manifest()).map_err(|error| ClusterError::Unreadable {
            what: format!("revision {} of {release}", record.revision()),
            reason: error.to_string(),
        })?,
        None => Vec::new(),
    };
    for object in &mut objects {
        object.key = cluster.index().resolve(object.key.clone(), namespace);
    }
    let shown = deployed.unwrap_or(newest);
    let unfinished = state?.map(|state| {
        format!(
            "A rollout by {} stopped before stage {} of {}: {}. `mesh-tui resume` goes on with it.",
            state.operator,
            state.next + 1,
            state.stages.len(),
            state.stages.get(state.next).map_or("the end", String::as_str)
        )
    });
    Ok(Recorded {
        last_revision: newest.revision(),
        pending: newest.status().is_pending().then(|| Pending {
            revision: newest.revision(),
            status: newest.status().to_string(),
            since: newest.last_deployed().to_owned(),
        }),
        facts: Some(ReleaseFacts {
            revision: shown.revision(),
            status: shown.status().to_string(),
            age: age(shown.last_deployed(), Timestamp::now()),
            values: shown.values(),
            app_version: shown.app_version().to_owned(),
            unfinished,
        }),
        deployed: deployed.cloned(),
        objects,
    })
}

/// How long ago a moment was, as a person says it; empty for one that cannot be read.
fn age(moment: &str, now: Timestamp) -> String {
    let Ok(then) = moment.parse::<Timestamp>() else {
        return String::new();
    };
    let seconds = now.as_second().saturating_sub(then.as_second()).max(0);
    for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "min")] {
        if seconds >= unit {
            return format!("{} {name} ago", seconds / unit);
        }
    }
    "just now".to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("2026-11-21T08:00:00.123456789Z", "2 d ago")]
    #[case("2026-11-23T05:59:00+00:00", "2 h ago")]
    #[case("2026-11-23T08:59:30Z", "just now")]
    #[case("2027-01-01T00:00:00Z", "just now")]
    #[case("yesterday", "")]
    fn says_how_long_ago_it_was(#[case] moment: &str, #[case] said: &str) {
        assert_eq!(age(moment, "2026-11-23T09:00:00Z".parse().unwrap()), said);
    }
}
