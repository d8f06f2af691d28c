//! Passes on what the cluster shows of a stage.

use crate::chart::manifest::ObjectKey;
use crate::cluster::Cluster;
use crate::cluster::watch::Watch;
use crate::rollout::Event;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Watches a stage until it is dropped.
pub(super) struct Observing {
    watch: Arc<Watch>,
    forwarder: JoinHandle<()>,
}

impl Observing {
    /// Starts, and tells the first picture before it returns.
    pub(super) async fn start(
        cluster: &Cluster,
        namespace: &str,
        stage: usize,
        objects: Vec<ObjectKey>,
        known: BTreeMap<ObjectKey, Arc<Json>>,
        events: mpsc::UnboundedSender<Event>,
    ) -> Self {
        let watch = Arc::new(Watch::start(cluster, namespace, objects, known).await);
        let tell = move |watch: &Watch| {
            let observation = Box::new(watch.observation());
            events.send(Event::Observed { stage, observation }).is_ok()
        };
        tell(&watch);
        let watched = watch.clone();
        let forwarder = tokio::spawn(async move {
            loop {
                watched.changed().await;
                if !tell(&watched) {
                    return;
                }
            }
        });
        Self { watch, forwarder }
    }

    /// Notes how an object is that has just been written.
    pub(super) fn note(&self, key: &ObjectKey, body: Json) {
        self.watch.note(key.clone(), Arc::new(body));
    }
}

impl Drop for Observing {
    fn drop(&mut self) {
        self.forwarder.abort();
    }
}
