//! The Kubernetes cluster: client, discovery, live objects, dry run, apply, watch, logs, Helm's release storage, and the
//! rollout's own state and lease.
//!
//! Objects cross this border as JSON. What may be shown of them (events, logs, status words, errors) is cleaned of
//! control sequences here. Decisions are not taken here: what to apply comes from a plan, what happens next from
//! [`crate::rollout`].

mod api;
pub mod apply;
mod bounded;
pub mod client;
pub mod discovery;
pub mod dry_run;
mod error;
pub mod lease;
pub mod live;
pub mod logs;
pub mod openapi;
pub mod release;
pub mod state;
pub mod text;
mod warning;
pub mod watch;

pub use api::{Cluster, Propagation};
pub use apply::{MANAGER, Owner};
pub use client::{Connection, ContextEntry, Place, connect, contexts};
pub use discovery::ApiIndex;
pub use error::ClusterError;
