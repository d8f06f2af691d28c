//! What the wizard wants done, as data.

use super::facts::ClusterRef;
use crate::plan::model::TakeOver;
use crate::plan::policy::PolicyErrors;
use crate::rollout::{Approved, Command};
use serde_json::Value as Json;
use std::time::Duration;

/// Names a request. An answer whose id is not the newest of its kind is stale, and is ignored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// What a plan is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Inputs {
    /// The values that are given for the release: the profile's with the person's choices on top.
    pub values: Json,
    /// The person's choices alone, as they are kept.
    pub overlay: Json,
    /// The profile's name.
    pub profile: Option<String>,
    /// The policy rules whose findings keep a rollout from starting.
    pub policy_errors: PolicyErrors,
    /// The namespace.
    pub namespace: String,
    /// The release's name.
    pub release: String,
}

/// Something to do. Each answers with the event named here.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Read the kubeconfig's contexts → [`super::Event::Contexts`].
    ListContexts,
    /// Connect and survey what the cluster offers; replaces an older attempt → [`super::Event::Connected`].
    Connect {
        /// The request.
        id: RequestId,
        /// The cluster.
        cluster: ClusterRef,
        /// The namespace whose issuers and Secrets are of interest.
        namespace: String,
    },
    /// Look for the release → [`super::Event::ReleaseLoaded`].
    LoadRelease {
        /// The request.
        id: RequestId,
        /// The namespace.
        namespace: String,
        /// The release's name.
        release: String,
    },
    /// Render and plan against the live objects at hand; answered within the frame → [`super::Event::Predicted`].
    Predict {
        /// The request.
        id: RequestId,
        /// What from.
        inputs: Box<Inputs>,
    },
    /// Read the live objects of the last prediction and watch them → [`super::Event::LiveRead`], and
    /// [`super::Event::LiveChanged`] whenever one of them changes.
    FetchLive {
        /// The request.
        id: RequestId,
    },
    /// Ask the server about what the last prediction changes → [`super::Event::Confirmed`].
    DryRun {
        /// The request.
        id: RequestId,
        /// The prediction it is about.
        prediction: RequestId,
    },
    /// Answer with [`super::Event::Timer`] after so long.
    StartTimer {
        /// The timer.
        id: RequestId,
        /// How long.
        after: Duration,
    },
    /// Roll out exactly what the prediction holds → [`super::Event::Board`], again and again.
    StartRollout {
        /// The proof that it was approved.
        approved: Approved,
        /// The prediction that was approved.
        prediction: RequestId,
        /// Whether to pause before each stage.
        pauses: bool,
        /// The fields of other managers that the person agreed to take over.
        take_over: Vec<TakeOver>,
    },
    /// Pass on what the person decided about the running rollout.
    RolloutCommand(Command),
}
