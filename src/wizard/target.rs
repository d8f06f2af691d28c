//! Where the release goes: cluster, namespace, name, and how far the connection has come.

use super::effect::RequestId;
use super::facts::{ClusterFacts, ClusterRef, Context, Problem, ReleaseFacts};

/// How far the connection has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Connection {
    /// Nothing was asked yet.
    #[default]
    None,
    /// A cluster was asked and has not answered.
    Connecting {
        /// The request.
        id: RequestId,
        /// Seconds on the wizard's clock when it began.
        since: u64,
    },
    /// It answered.
    Connected(Box<ClusterFacts>),
    /// It did not, or refused.
    Failed(Problem),
}

/// What is known of the release.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Release {
    /// Not asked for.
    #[default]
    Unknown,
    /// Asked for.
    Loading {
        /// The request.
        id: RequestId,
    },
    /// There is none of this name yet.
    New,
    /// It exists.
    Existing(Box<ReleaseFacts>),
    /// It could not be read.
    Failed(Problem),
}

/// The target.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Target {
    /// The kubeconfig's contexts; `None` until they are read.
    pub contexts: Option<Vec<Context>>,
    /// Why the kubeconfig cannot be used.
    pub kubeconfig_problem: Option<Problem>,
    /// The chosen cluster.
    pub cluster: Option<ClusterRef>,
    /// The scenario that the sandbox plays.
    pub scenario: String,
    /// The namespace.
    pub namespace: String,
    /// Whether a person or the command line chose the namespace, so that a profile leaves it alone.
    pub namespace_chosen: bool,
    /// The release's name.
    pub release: String,
    /// How far the connection has come.
    pub connection: Connection,
    /// Whether the namespace exists, as far as it is known.
    pub namespace_exists: bool,
    /// What is known of the release.
    pub known: Release,
    /// Whether to go on to the next step as soon as the cluster has answered.
    pub go_on: bool,
    /// The timer that waits for namespace and name to settle.
    pub settling: RequestId,
}

impl Target {
    /// What the cluster offers, once it answered.
    #[must_use]
    pub fn facts(&self) -> Option<&ClusterFacts> {
        match &self.connection {
            Connection::Connected(facts) => Some(facts),
            _ => None,
        }
    }

    /// The release that exists already.
    #[must_use]
    pub fn existing(&self) -> Option<&ReleaseFacts> {
        match &self.known {
            Release::Existing(facts) => Some(facts),
            _ => None,
        }
    }

    /// Whether cluster and release are known.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.facts().is_some() && matches!(self.known, Release::New | Release::Existing(_))
    }
}
