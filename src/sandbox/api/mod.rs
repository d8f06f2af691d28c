//! The simulated API server: what a request does to the store. Synchronous and without a connection; [`super::service`]
//! carries requests to it and answers away, the controllers call its verbs directly.

mod delete;
mod discovery;
mod dispatch;
mod patch;
mod prepare;
mod read;
mod review;
mod subresource;
mod write;

pub(super) use delete::Propagation;
pub(super) use dispatch::{LogRequest, Reply, WatchRequest, metadata_only};
pub(super) use write::Writer;

use super::clock::Clock;
use super::failure::Failure;
use super::logs::Runs;
use super::names::Names;
use super::policy::Policy;
use super::resources::{CRD_GROUP, Registry, Resource};
use super::store::{Key, Store};
use crate::apply::Schema;
use serde_json::Value as Json;
use std::sync::Arc;

/// The result of a request.
pub(super) type Outcome<T> = Result<T, Failure>;

/// The API server with everything behind it.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) store: Store,
    pub(super) registry: Registry,
    pub(super) clock: Clock,
    pub(super) names: Names,
    pub(super) policy: Policy,
    /// What ran in which container, for its log.
    pub(super) runs: Runs,
    schema: Schema,
}

impl Api {
    /// An empty cluster.
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            store: Store::new(),
            registry: Registry::built_in(),
            clock,
            names: Names::default(),
            policy: Policy::default(),
            runs: Runs::default(),
            schema: Schema::builtin(),
        }
    }

    /// The resource of a kind that is always served.
    pub(super) fn kind(&self, group: &str, kind: &str) -> Outcome<Arc<Resource>> {
        self.registry
            .of_kind(group, kind)
            .ok_or_else(Failure::no_such_path)
    }

    /// The objects of a kind in a namespace, or in all where it is empty; none where the kind is not served.
    pub(super) fn objects(&self, group: &str, kind: &str, namespace: &str) -> Vec<Arc<Json>> {
        self.registry
            .of_kind(group, kind)
            .map(|resource| {
                self.store
                    .list(&resource.qualified(), namespace)
                    .cloned()
                    .collect()
            })
            .unwrap_or_default()
    }

    /// The object of a kind by its name.
    pub(super) fn object(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Option<Arc<Json>> {
        let resource = self.registry.of_kind(group, kind)?;
        self.store.get(&Key::new(&resource, namespace, name)).cloned()
    }

    /// Serves the resources of the definitions that are stored now.
    fn refresh_custom_resources(&mut self) {
        let definitions = format!("customresourcedefinitions.{CRD_GROUP}");
        self.registry
            .set_custom(self.store.list(&definitions, "").map(AsRef::as_ref));
    }
}
