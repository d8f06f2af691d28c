//! Watches what decides about a stage's readiness, and hands out a picture of all of it at each change.
//!
//! Every collection is listed and then watched; a watch lasts no longer than `LONGEST`, so that a connection that
//! died silently is noticed, and starts over where the server has forgotten the place (410).

use super::Cluster;
use super::text::clean_json;
use crate::apply::managed::ManagedFields;
use crate::chart::manifest::ObjectKey;
use crate::rollout::readiness::{Observation, Observed};
use futures::StreamExt;
use kube::api::{Api, ApiResource, DynamicObject};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// How long one watch lasts, in seconds.
const LONGEST: u32 = 190;
/// How long changes are gathered before they are handed out together.
const GATHER: Duration = Duration::from_millis(150);
/// How long the first picture may take.
const FIRST: Duration = Duration::from_secs(20);

/// The kinds beside the stage's own that tell about pods.
const AROUND: [(&str, &str); 4] = [
    ("v1", "Pod"),
    ("apps/v1", "ReplicaSet"),
    ("v1", "Event"),
    ("discovery.k8s.io/v1", "EndpointSlice"),
];

/// Kinds that are ready by being there: nothing is gained by watching them, and watching Secrets would fetch them all.
const STILL: [&str; 14] = [
    "ConfigMap",
    "Secret",
    "ServiceAccount",
    "Service",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "PriorityClass",
    "LimitRange",
    "ResourceQuota",
    "CronJob",
];

type Collection = BTreeMap<(String, String), Arc<Json>>;

/// What the watches have seen so far.
#[derive(Default)]
struct Seen {
    collections: Mutex<BTreeMap<(String, String), Collection>>,
    changed: Notify,
}

/// Watches until it is dropped.
pub struct Watch {
    objects: Vec<ObjectKey>,
    /// Objects as they were applied or read: all there is of kinds that are not watched, and what a watch must not fall
    /// behind, or a change would count as ready before its controller has seen it.
    still: Mutex<BTreeMap<ObjectKey, Arc<Json>>>,
    seen: Arc<Seen>,
    /// Aborted when it is dropped.
    _tasks: JoinSet<()>,
}

impl Watch {
    /// Starts to watch `objects` and the pods and events of `namespace`, and returns when the first picture is complete.
    /// `still` holds the objects whose existence is known already.
    pub async fn start(
        cluster: &Cluster,
        namespace: &str,
        objects: Vec<ObjectKey>,
        still: BTreeMap<ObjectKey, Arc<Json>>,
    ) -> Self {
        let seen = Arc::new(Seen::default());
        let mut tasks = JoinSet::new();
        let mut firsts = Vec::new();
        for (api_version, kind, namespace) in collections(cluster, namespace, &objects) {
            let Ok(known) = cluster.index().kind(&api_version, &kind) else {
                continue;
            };
            let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
            let resource = ApiResource {
                group: group.to_owned(),
                version: version.to_owned(),
                api_version: api_version.clone(),
                kind: kind.clone(),
                plural: known.plural.clone(),
            };
            let api: Api<DynamicObject> = match &namespace {
                Some(namespace) => Api::namespaced_with(cluster.client(), namespace, &resource),
                None => Api::all_with(cluster.client(), &resource),
            };
            let (first, listed) = tokio::sync::oneshot::channel();
            firsts.push(listed);
            tasks.spawn(follow(api, (api_version, kind), seen.clone(), first));
        }
        let all = futures::future::join_all(firsts);
        // One that is forbidden, or late, must not keep the others from being seen.
        let _ = tokio::time::timeout(FIRST, all).await;
        let still = still
            .into_iter()
            .map(|(key, body)| (key.clone(), as_noted(&key, body)));
        Self {
            objects,
            still: Mutex::new(still.collect()),
            seen,
            _tasks: tasks,
        }
    }

    /// Notes how an object is that has just been written.
    pub fn note(&self, key: ObjectKey, body: Arc<Json>) {
        let body = as_noted(&key, body);
        self.still
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, body);
        self.seen.changed.notify_one();
    }

    /// Waits for a change.
    pub async fn changed(&self) {
        self.seen.changed.notified().await;
        tokio::time::sleep(GATHER).await;
    }

    /// All that is seen now.
    #[must_use]
    pub fn observation(&self) -> Observation {
        let collections = self
            .seen
            .collections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let still = self.still.lock().unwrap_or_else(PoisonError::into_inner);
        let all = |api_version: &str, kind: &str| -> Vec<Arc<Json>> {
            let found = collections.get(&(api_version.to_owned(), kind.to_owned()));
            found
                .map(|objects| objects.values().cloned().collect())
                .unwrap_or_default()
        };
        let objects = self.objects.iter().map(|key| {
            let watched = collections.get(&(key.api_version.clone(), key.kind.clone()));
            let place = (key.namespace.clone().unwrap_or_default(), key.name.clone());
            let watched = watched.and_then(|objects| objects.get(&place));
            let body = newer(watched, still.get(key)).cloned();
            Observed {
                key: key.clone(),
                body,
            }
        });
        Observation {
            objects: objects.collect(),
            replica_sets: all("apps/v1", "ReplicaSet"),
            pods: all("v1", "Pod"),
            endpoint_slices: all("discovery.k8s.io/v1", "EndpointSlice"),
            events: all("v1", "Event"),
        }
    }
}

/// An object as it is noted. Of one that nobody watches, the status would stay as it was at that moment: it is dropped, or
/// a controller would be waited for that has long seen the newest version.
fn as_noted(key: &ObjectKey, body: Arc<Json>) -> Arc<Json> {
    if !is_still(key) || body.get("status").is_none() {
        return body;
    }
    let mut body = Arc::unwrap_or_clone(body);
    if let Some(fields) = body.as_object_mut() {
        fields.remove("status");
    }
    Arc::new(body)
}

/// The newer version of an object, by its generation.
fn newer<'a>(watched: Option<&'a Arc<Json>>, noted: Option<&'a Arc<Json>>) -> Option<&'a Arc<Json>> {
    let generation = |body: &Arc<Json>| body["metadata"]["generation"].as_i64().unwrap_or(0);
    match (watched, noted) {
        (Some(watched), Some(noted)) if generation(noted) > generation(watched) => Some(noted),
        (Some(watched), _) => Some(watched),
        (None, noted) => noted,
    }
}

/// What is watched: group and version, kind, namespace.
fn collections(
    cluster: &Cluster,
    namespace: &str,
    objects: &[ObjectKey],
) -> BTreeSet<(String, String, Option<String>)> {
    let around = AROUND
        .iter()
        .map(|(v, k)| ((*v).to_owned(), (*k).to_owned(), Some(namespace.to_owned())));
    let own = objects.iter().filter(|key| !is_still(key)).map(|key| {
        (
            key.api_version.clone(),
            key.kind.clone(),
            cluster.index().resolve(key.clone(), namespace).namespace,
        )
    });
    around.chain(own).collect()
}

/// Whether an object is ready by being there.
#[must_use]
pub fn is_still(key: &ObjectKey) -> bool {
    STILL.contains(&key.kind.as_str())
}

async fn follow(
    api: Api<DynamicObject>,
    of: (String, String),
    seen: Arc<Seen>,
    first: tokio::sync::oneshot::Sender<()>,
) {
    let mut first = Some(first);
    let mut listing = Collection::new();
    let config = watcher::Config::default().timeout(LONGEST);
    let mut events = watcher::watcher(api, config).default_backoff().boxed();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => listing.clear(),
            Ok(Event::InitApply(object)) => {
                listing.extend(entry(&object));
            }
            Ok(Event::InitDone) => {
                let listed = std::mem::take(&mut listing);
                seen.change(&of, |collection| *collection = listed);
                first.take().map(|first| first.send(()));
            }
            Ok(Event::Apply(object)) => seen.change(&of, |collection| collection.extend(entry(&object))),
            Ok(Event::Delete(object)) => seen.change(&of, |collection| {
                collection.remove(&place(&object));
            }),
            Err(error) => {
                tracing::warn!(kind = of.1, %error, "a watch is interrupted");
                // Forbidden, or not there: what is not seen is not waited for.
                first.take().map(|first| first.send(()));
            }
        }
    }
}

impl Seen {
    fn change(&self, of: &(String, String), change: impl FnOnce(&mut Collection)) {
        let mut collections = self.collections.lock().unwrap_or_else(PoisonError::into_inner);
        change(collections.entry(of.clone()).or_default());
        drop(collections);
        self.changed.notify_one();
    }
}

fn place(object: &DynamicObject) -> (String, String) {
    (
        object.metadata.namespace.clone().unwrap_or_default(),
        object.metadata.name.clone().unwrap_or_default(),
    )
}

fn entry(object: &DynamicObject) -> Option<((String, String), Arc<Json>)> {
    let mut body = serde_json::to_value(object).ok()?;
    ManagedFields::default().write_to(&mut body);
    clean_json(&mut body);
    Some((place(object), Arc::new(body)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_what_nobody_watches_no_status_is_believed() {
        let key = |kind: &str| ObjectKey {
            api_version: "v1".into(),
            kind: kind.into(),
            namespace: None,
            name: "a".into(),
        };
        let body = Arc::new(json!({"metadata": {"generation": 2}, "status": {"observedGeneration": 1}}));
        let noted = |kind| as_noted(&key(kind), body.clone());
        assert_eq!(
            *noted("PodDisruptionBudget"),
            json!({"metadata": {"generation": 2}})
        );
        assert_eq!(noted("Deployment"), body);
    }

    #[test]
    fn a_watch_that_lags_behind_a_write_is_not_believed() {
        let version = |n: i64| Arc::new(json!({"metadata": {"generation": n}}));
        let (old, new) = (version(1), version(2));
        assert_eq!(newer(Some(&old), Some(&new)), Some(&new));
        assert_eq!(newer(Some(&new), Some(&old)), Some(&new));
        assert_eq!(newer(None, Some(&new)), Some(&new));
        assert_eq!(newer(Some(&old), None), Some(&old));
    }
}
