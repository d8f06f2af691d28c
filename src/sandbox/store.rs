//! The objects of the simulated cluster with a log of revisions, as etcd keeps them. Knows nothing of kinds.

use super::json;
use super::resources::Resource;
use serde_json::Value as Json;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::sync::watch;

/// How many changes the log keeps; a watch from before them is answered with 410.
const LOG_LENGTH: usize = 4096;

/// Where an object is stored. All versions of a resource share one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// `deployments.apps`.
    pub(super) resource: String,
    /// Empty for a cluster-scoped object.
    pub(super) namespace: String,
    /// The name.
    pub(super) name: String,
}

impl Key {
    /// The place of an object of `resource`.
    pub(super) fn new(resource: &Resource, namespace: &str, name: &str) -> Self {
        Self {
            resource: resource.qualified(),
            namespace: if resource.namespaced {
                namespace.into()
            } else {
                String::new()
            },
            name: name.into(),
        }
    }
}

/// One write: before and after of an object.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// The revision that it made.
    pub(super) revision: u64,
    /// Whose it is.
    pub(super) key: Key,
    /// The object before; `None` for one that was created.
    pub(super) before: Option<Arc<Json>>,
    /// The object after; for one that was deleted its last state, with the revision of the deletion.
    pub(super) after: Arc<Json>,
    /// Whether it was deleted.
    pub(super) deleted: bool,
}

/// The revision asked for has left the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Compacted {
    /// The oldest revision from which changes are known.
    pub(super) oldest: u64,
}

/// Objects and their log.
#[derive(Debug)]
pub(super) struct Store {
    objects: BTreeMap<Key, Arc<Json>>,
    log: VecDeque<Change>,
    compacted: u64,
    revision: watch::Sender<u64>,
}

impl Store {
    /// An empty store.
    pub(super) fn new() -> Self {
        Self {
            objects: BTreeMap::new(),
            log: VecDeque::new(),
            compacted: 0,
            revision: watch::Sender::new(1),
        }
    }

    /// The newest revision.
    pub(super) fn revision(&self) -> u64 {
        *self.revision.borrow()
    }

    /// Tells of every new revision.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// The object.
    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Json>> {
        self.objects.get(key)
    }

    /// The objects of `resource` (`deployments.apps`), of one namespace or, where it is empty, of all.
    pub(super) fn list<'a>(
        &'a self,
        resource: &'a str,
        namespace: &'a str,
    ) -> impl Iterator<Item = &'a Arc<Json>> + use<'a> {
        let from = Key {
            resource: resource.into(),
            namespace: namespace.into(),
            name: String::new(),
        };
        self.objects
            .range(from..)
            .take_while(move |(key, _)| {
                key.resource == resource && (namespace.is_empty() || key.namespace == namespace)
            })
            .map(|(_, object)| object)
    }

    /// Everything that is stored.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Key, &Arc<Json>)> {
        self.objects.iter()
    }

    /// Writes the object under a new revision, which it carries from now on.
    pub(super) fn put(&mut self, key: Key, mut object: Json) -> Arc<Json> {
        let revision = self.revision() + 1;
        json::set(&mut object, "/metadata/resourceVersion", revision.to_string());
        let after = Arc::new(object);
        let before = self.objects.insert(key.clone(), Arc::clone(&after));
        self.record(Change {
            revision,
            key,
            before,
            after: Arc::clone(&after),
            deleted: false,
        });
        after
    }

    /// Takes the object away; answers with its last state.
    pub(super) fn remove(&mut self, key: &Key) -> Option<Arc<Json>> {
        let before = self.objects.remove(key)?;
        let revision = self.revision() + 1;
        let mut last = Json::clone(&before);
        json::set(&mut last, "/metadata/resourceVersion", revision.to_string());
        let after = Arc::new(last);
        self.record(Change {
            revision,
            key: key.clone(),
            before: Some(before),
            after: Arc::clone(&after),
            deleted: true,
        });
        Some(after)
    }

    /// The changes after `revision`, oldest first.
    pub(super) fn since(&self, revision: u64) -> Result<impl Iterator<Item = &Change>, Compacted> {
        if revision < self.compacted {
            return Err(Compacted {
                oldest: self.compacted,
            });
        }
        let from = self.log.partition_point(|change| change.revision <= revision);
        Ok(self.log.range(from..))
    }

    /// Forgets the log up to now, as etcd's compaction does.
    pub(super) fn compact(&mut self) {
        self.compacted = self.revision();
        self.log.clear();
    }

    fn record(&mut self, change: Change) {
        let revision = change.revision;
        self.log.push_back(change);
        while self.log.len() > LOG_LENGTH {
            if let Some(oldest) = self.log.pop_front() {
                self.compacted = oldest.revision;
            }
        }
        self.revision.send_replace(revision);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn key(namespace: &str, name: &str) -> Key {
        Key {
            resource: "secrets".into(),
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    #[test]
    fn every_write_has_a_revision_of_its_own() {
        let mut store = Store::new();
        let first = store.put(key("a", "x"), json!({"metadata": {}}));
        let second = store.put(key("a", "y"), json!({"metadata": {}}));
        assert_ne!(
            json::text(&first, "/metadata/resourceVersion"),
            json::text(&second, "/metadata/resourceVersion")
        );
        assert_eq!(
            json::text(&second, "/metadata/resourceVersion"),
            store.revision().to_string()
        );
    }

    #[test]
    fn a_list_keeps_to_its_namespace() {
        let mut store = Store::new();
        for (namespace, name) in [("a", "x"), ("a", "y"), ("ab", "z"), ("b", "x")] {
            store.put(key(namespace, name), json!({"n": name}));
        }
        assert_eq!(store.list("secrets", "a").count(), 2);
        assert_eq!(store.list("secrets", "").count(), 4);
        assert_eq!(store.list("secret", "").count(), 0);
    }

    #[test]
    fn changes_are_told_in_order_until_they_are_compacted() {
        let mut store = Store::new();
        let start = store.revision();
        store.put(key("a", "x"), json!({"v": 1}));
        store.put(key("a", "x"), json!({"v": 2}));
        store.remove(&key("a", "x")).unwrap();
        let seen: Vec<(i64, bool, bool)> = store
            .since(start)
            .unwrap()
            .map(|c| (c.after["v"].as_i64().unwrap(), c.before.is_some(), c.deleted))
            .collect();
        assert_eq!(seen, [(1, false, false), (2, true, false), (2, true, true)]);
        store.compact();
        assert!(store.since(start).is_err());
        assert_eq!(store.since(store.revision()).unwrap().count(), 0);
    }

    #[test]
    fn a_full_log_compacts_itself() {
        let mut store = Store::new();
        for _ in 0..=LOG_LENGTH {
            store.put(key("a", "x"), json!({}));
        }
        assert!(store.since(1).is_err());
        assert!(store.since(2).is_ok());
    }
}
