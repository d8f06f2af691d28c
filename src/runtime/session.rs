//! A release on a cluster, and what there is of it before anything is done. Reads only.

use crate::Result;
use crate::chart::manifest::{ManifestObject, ObjectKey};
use crate::cluster::lease::{Holder, Lease};
use crate::cluster::release::{Record, Releases, Status};
use crate::cluster::state::{RolloutState, StateStore};
use crate::cluster::text::clean;
use crate::cluster::{Cluster, ClusterError, Owner};
use crate::plan::preflight::Namespace;
use jiff::Timestamp;
use serde_json::Value as Json;

/// A release on a cluster.
#[derive(Debug, Clone)]
pub struct Session {
    /// The cluster.
    pub cluster: Cluster,
    /// How the cluster is called: the context's name, or `sandbox`.
    pub context: String,
    /// The release and its namespace.
    pub owner: Owner,
}

/// What there is of a release.
#[derive(Debug, Clone)]
pub struct Survey {
    /// The state of its namespace. One that is missing is [`Namespace::Missing`], whoever would create it.
    pub namespace: Namespace,
    /// Its revisions, the oldest first.
    pub history: Vec<Record>,
    /// A rollout that has not ended.
    pub state: Option<RolloutState>,
    /// Who holds its lease.
    pub holder: Option<Holder>,
}

impl Session {
    /// Reads what there is.
    pub async fn survey(&self) -> Result<Survey, ClusterError> {
        let (namespace, release) = (self.owner.namespace.as_str(), self.owner.release.as_str());
        let state = self.namespace().await?;
        if state == Namespace::Missing {
            return Ok(Survey {
                namespace: state,
                history: Vec::new(),
                state: None,
                holder: None,
            });
        }
        let releases = Releases::new(self.cluster.clone(), namespace, release);
        let states = StateStore::new(self.cluster.clone(), namespace, release);
        let lease = Lease::new(self.cluster.clone(), namespace, release, "");
        let (history, rollout, holder) =
            tokio::try_join!(releases.history(), states.load(), lease.holder(Timestamp::now()))?;
        Ok(Survey {
            namespace: state,
            history,
            state: rollout,
            holder,
        })
    }

    /// The state of the release's namespace.
    pub(super) async fn namespace(&self) -> Result<Namespace, ClusterError> {
        let key = ObjectKey {
            api_version: "v1".to_owned(),
            kind: "Namespace".to_owned(),
            namespace: None,
            name: self.owner.namespace.clone(),
        };
        match self.cluster.get(&key).await {
            Ok(None) => Ok(Namespace::Missing),
            Ok(Some(live)) if live["status"]["phase"] == "Terminating" => Ok(Namespace::Terminating {
                held_by: held_by(&live),
            }),
            // Whoever may not look at the namespace itself may well work in it.
            Ok(Some(_)) | Err(ClusterError::Forbidden { .. }) => Ok(Namespace::Active),
            Err(error) => Err(error),
        }
    }
}

/// What keeps a namespace from going, in the cluster's words.
fn held_by(namespace: &Json) -> String {
    let conditions = namespace["status"]["conditions"].as_array().into_iter().flatten();
    let holding = conditions.filter(|condition| condition["status"] == "True");
    let words: Vec<String> = holding
        .filter_map(|condition| condition["message"].as_str())
        .map(clean)
        .collect();
    words.join("; ")
}

impl Survey {
    /// The revision that is deployed.
    #[must_use]
    pub fn deployed(&self) -> Option<&Record> {
        self.history
            .iter()
            .rev()
            .find(|record| record.status() == Status::Deployed)
    }

    /// The newest revision that was deployed at some time: what is deployed now, or where an operation ended in its
    /// middle, what was before it.
    #[must_use]
    pub fn last_good(&self) -> Option<&Record> {
        let was_deployed =
            |record: &&Record| matches!(record.status(), Status::Superseded | Status::Uninstalling);
        self.deployed().or_else(|| {
            self.history
                .iter()
                .rev()
                .find(was_deployed)
                .filter(|_| !self.is_install())
        })
    }

    /// The newest revision.
    #[must_use]
    pub fn last(&self) -> Option<&Record> {
        self.history.last()
    }

    /// The newest revision's number, 0 where there is none.
    #[must_use]
    pub fn last_revision(&self) -> i64 {
        self.last().map_or(0, Record::revision)
    }

    /// Whether there is no release: none ever was, or the last one was removed and its history kept.
    #[must_use]
    pub fn is_install(&self) -> bool {
        self.last()
            .is_none_or(|last| last.status() == Status::Uninstalled)
    }

    /// The revision that an earlier operation left pending, or began to remove.
    #[must_use]
    pub fn pending(&self) -> Option<&Record> {
        let unfinished = |status: Status| status.is_pending() || status == Status::Uninstalling;
        self.history
            .iter()
            .rev()
            .find(|record| unfinished(record.status()))
    }

    /// The objects that the release has now, as it recorded them: those of the deployed revision, or of the newest one
    /// where none is, as after a first install that failed.
    pub fn objects(&self) -> Result<Vec<ManifestObject>, ClusterError> {
        let Some(record) = self
            .deployed()
            .or_else(|| self.last())
            .filter(|_| !self.is_install())
        else {
            return Ok(Vec::new());
        };
        record.objects().map_err(|error| ClusterError::Unreadable {
            what: format!("the manifest of revision {}", record.revision()),
            reason: error.to_string(),
        })
    }
}

/// Who runs this, for the lease: `ada@laptop/4711`.
#[must_use]
pub fn operator() -> String {
    let variable = |names: [&str; 2]| names.into_iter().find_map(|name| std::env::var(name).ok());
    let user = variable(["USER", "USERNAME"]).unwrap_or_else(|| "someone".to_owned());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| variable(["HOSTNAME", "COMPUTERNAME"]));
    let host = host.unwrap_or_else(|| "a machine".to_owned());
    clean(&format!("{user}@{}/{}", host.trim(), std::process::id()))
}
