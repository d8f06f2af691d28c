//! A simulated Kubernetes API beneath `kube::Client`: in this process, without a socket.
//!
//! It answers discovery, reads, watches and every kind of write as an API server does, and its controllers make pods
//! start, fail and log as a [`Scenario`] says. It is for trying the program out and for tests, never a stand-in for a
//! cluster. It owns nothing that a real cluster needs: whoever holds its client cannot tell the difference.
//!
//! ```text
//! service      HTTP in and out; faults on demand
//! api          verbs, patches, discovery, reviews: what a request does to the store
//! store        objects and the log of revisions
//! watch, logs  streams
//! controllers  workloads, pods, services, volumes: what happens by itself
//! scenario     what a cluster holds at the start, and what goes wrong in it
//! ```

mod api;
mod clock;
mod controllers;
mod defaults;
mod failure;
mod fault;
mod immutable;
mod json;
mod logs;
mod names;
mod policy;
mod quantity;
mod release;
mod request;
mod resources;
mod scenario;
mod script;
mod seed;
mod selector;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod validation;
mod watch;

pub use clock::Speed;
pub use fault::{Fault, Matcher};
pub use policy::Rule;
pub use scenario::{Scenario, UnknownScenario};
pub use service::{ResponseBody, SandboxService};

use api::Api;
use clock::Clock;
use controllers::Controllers;
use service::Shared;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// How long the cluster has been there when somebody comes to look, in hours.
const HISTORY: i64 = 26;

/// A running sandbox. It ends when it is dropped; clients that are left then find a cluster in which nothing moves.
#[derive(Debug)]
pub struct Sandbox {
    shared: Arc<Shared>,
    controllers: JoinHandle<()>,
}

impl Sandbox {
    /// Starts a cluster for a scenario. Must be called within a tokio runtime.
    #[must_use]
    pub fn start(scenario: Scenario, speed: Speed) -> Self {
        let clock = Clock::start(speed);
        let before = clock.hours_ago(HISTORY).at_speed(Speed::INSTANT);
        let mut api = Api::new(before);
        if let Err(refused) = seed::plant(&mut api) {
            tracing::error!(%scenario, %refused, "the sandbox could not be filled");
        }
        if scenario.has_release()
            && let Err(error) = release::install(&mut api)
        {
            let error: &dyn std::error::Error = &error;
            tracing::error!(%scenario, error, "the sandbox has no release");
        }
        let shared = Arc::new(Shared::new(api));
        let controllers = Controllers::new(scenario);
        let controllers = tokio::spawn(controllers::drive(Arc::clone(&shared), controllers, clock));
        Self { shared, controllers }
    }

    /// A client whose default namespace is this one.
    #[must_use]
    pub fn client(&self, namespace: &str) -> kube::Client {
        kube::Client::new(self.service(), namespace)
    }

    /// The service beneath the clients, for whoever puts middleware of a real connection on top of it.
    #[must_use]
    pub fn service(&self) -> SandboxService {
        SandboxService::new(Arc::clone(&self.shared))
    }

    /// Lets the next request that matches fail, once.
    pub fn fail_next(&self, matcher: Matcher, fault: Fault) {
        self.shared.faults().add(matcher, fault);
    }

    /// Whether every fault that was asked for has happened.
    #[must_use]
    pub fn faults_are_spent(&self) -> bool {
        self.shared.faults().is_empty()
    }

    /// Forbids the user something from now on.
    pub fn forbid(&self, rule: Rule) {
        self.shared.api().policy.forbid(rule);
    }

    /// Forgets the log of changes, as etcd does from time to time: watches that lag behind are told 410 Gone.
    pub fn compact(&self) {
        self.shared.api().store.compact();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.controllers.abort();
        self.shared.open();
    }
}
