//! Maps that are shared as Go shares them.
//!
//! While Helm coalesces values, a map of the parent's globals becomes a part of the subchart's, and what is added to
//! one shows in the other. Charts have come to rely on it, so these tables have the same identity.

use serde_json::{Map, Value as Json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A value: a map that may be shared, or anything else.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Table(Table),
    /// A scalar, a list or null.
    Other(Json),
}

/// A shared map. Its order is Helm's only where Helm has one; ours is sorted.
#[derive(Debug, Clone, Default)]
pub(super) struct Table(Rc<RefCell<BTreeMap<String, Node>>>);

impl Node {
    pub(super) fn new(value: &Json) -> Self {
        match value {
            Json::Object(map) => Self::Table(Table::new(map)),
            other => Self::Other(other.clone()),
        }
    }

    pub(super) const fn is_null(&self) -> bool {
        matches!(self, Self::Other(Json::Null))
    }

    pub(super) const fn as_table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Other(_) => None,
        }
    }

    pub(super) fn to_json(&self) -> Json {
        match self {
            Self::Table(table) => table.to_json(),
            Self::Other(value) => value.clone(),
        }
    }
}

impl Table {
    /// A deep copy of a map, which shares nothing.
    pub(super) fn new(map: &Map<String, Json>) -> Self {
        let entries = map.iter().map(|(key, value)| (key.clone(), Node::new(value)));
        Self(Rc::new(RefCell::new(entries.collect())))
    }

    /// A copy of the map itself; the maps within it are shared.
    pub(super) fn shallow_copy(&self) -> Self {
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }

    pub(super) fn get(&self, key: &str) -> Option<Node> {
        self.0.borrow().get(key).cloned()
    }

    pub(super) fn insert(&self, key: &str, value: Node) {
        self.0.borrow_mut().insert(key.to_owned(), value);
    }

    pub(super) fn remove(&self, key: &str) {
        self.0.borrow_mut().remove(key);
    }

    /// The entries as they are now, so that the map can be changed while they are gone through.
    pub(super) fn entries(&self) -> Vec<(String, Node)> {
        let entries = self.0.borrow();
        entries
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    pub(super) fn to_json(&self) -> Json {
        let entries = self.0.borrow();
        Json::Object(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), value.to_json()))
                .collect(),
        )
    }
}
