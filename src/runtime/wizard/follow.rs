//! Watches the live objects of a plan, and tells when one of them changes by itself.

use crate::chart::manifest::ObjectKey;
use crate::cluster::Cluster;
use futures::StreamExt;
use kube::api::{ApiResource, DynamicObject, PartialObjectMeta};
use kube::runtime::watcher::{self, Event as WatchEvent};
use kube::{Api, ResourceExt};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Watches until it is dropped.
pub(super) struct Follow {
    _tasks: JoinSet<()>,
}

/// Watches the kinds and namespaces that `keys` lie in; each change of one of them is told.
pub(super) fn follow(
    cluster: &Cluster,
    keys: Vec<ObjectKey>,
    changed: &mpsc::UnboundedSender<ObjectKey>,
) -> Follow {
    let mut places: BTreeMap<(String, String, Option<String>), BTreeSet<ObjectKey>> = BTreeMap::new();
    for key in keys {
        let place = (key.api_version.clone(), key.kind.clone(), key.namespace.clone());
        places.entry(place).or_default().insert(key);
    }
    let mut tasks = JoinSet::new();
    for ((api_version, kind, namespace), keys) in places {
        let Ok(known) = cluster.index().kind(&api_version, &kind) else {
            continue;
        };
        let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
        let resource = ApiResource {
            group: group.to_owned(),
            version: version.to_owned(),
            api_version: api_version.clone(),
            kind,
            plural: known.plural.clone(),
        };
        // Only names matter here: the object itself is read as the plan reads it.
        let api: Api<PartialObjectMeta<DynamicObject>> = match &namespace {
            Some(namespace) => Api::namespaced_with(cluster.client(), namespace, &resource),
            None => Api::all_with(cluster.client(), &resource),
        };
        tasks.spawn(watch(api, keys, changed.clone()));
    }
    Follow { _tasks: tasks }
}

async fn watch(
    api: Api<PartialObjectMeta<DynamicObject>>,
    keys: BTreeSet<ObjectKey>,
    changed: mpsc::UnboundedSender<ObjectKey>,
) {
    let events = watcher::watcher(api, watcher::Config::default());
    let mut events = std::pin::pin!(kube::runtime::WatchStreamExt::default_backoff(events));
    while let Some(event) = events.next().await {
        let object = match event {
            Ok(WatchEvent::Apply(object) | WatchEvent::Delete(object) | WatchEvent::InitApply(object)) => {
                object
            }
            Ok(_) => continue,
            Err(error) => {
                tracing::debug!(%error, "a watch has to begin again");
                continue;
            }
        };
        let name = object.name_any();
        if let Some(key) = keys.iter().find(|key| key.name == name)
            && changed.send(key.clone()).is_err()
        {
            return;
        }
    }
}
