//! When objects count as ready, when they count as failed, and what they wait for meanwhile.
//!
//! A [`Judge`] looks at one [`Observation`] after the other. Rules by kind lie in `object` and `workload`, what can
//! be wrong with a pod in `pods`. Time comes in as seconds; the cluster's clock is never compared with it.

mod advice;
mod errors;
mod events;
mod json;
mod judge;
mod object;
mod pods;
mod workload;

pub use judge::{Cause, ContainerRef, Judge, Limits, Report, Verdict};

use crate::chart::manifest::ObjectKey;
use serde_json::Value as Json;
use std::sync::Arc;

/// An object that readiness depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// What names it.
    pub key: ObjectKey,
    /// As the cluster has it; `None` where it has none.
    pub body: Option<Arc<Json>>,
}

/// All that the cluster shows about a stage at one moment. Texts are clean of control sequences.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observation {
    /// The stage's objects, in the stage's order.
    pub objects: Vec<Observed>,
    /// The replica sets of the namespace.
    pub replica_sets: Vec<Arc<Json>>,
    /// The namespace's Pods.
    pub pods: Vec<Arc<Json>>,
    /// The endpoint slices of the namespace.
    pub endpoint_slices: Vec<Arc<Json>>,
    /// The namespace's Events.
    pub events: Vec<Arc<Json>>,
}
