//! Maps that are shared as Go shares them.
//!
//! While Helm coalesces values, a map of the parent's globals becomes a part of the subchart's, and what is added to
//! one shows in the other. Charts have come to rely on it, so these tables have the same identity.
//!
//! Keys and values are borrowed from the documents that they come from: values are coalesced at every key press, and
//! copying text is most of what that would cost.

use crate::chart::value::{Map as ValueMap, MapType, Str, Value, Watch, from_watched_json};
use litemap::LiteMap;
use serde_json::{Map, Value as Json};
use std::cell::{Ref, RefCell};
use std::cmp::Ordering;
use std::rc::Rc;

/// A value: a map that may be shared, or anything else.
#[derive(Debug, Clone)]
pub(in crate::chart) enum Node<'a> {
    Table(Table<'a>),
    /// A scalar, a list or null.
    Other(&'a Json),
}

/// A shared map. Its order is Helm's only where Helm has one; ours is sorted.
#[derive(Debug, Clone, Default)]
pub(in crate::chart) struct Table<'a>(Rc<RefCell<Entries<'a>>>);

/// Sorted by their keys.
pub(in crate::chart) type Entries<'a> = Vec<(&'a str, Node<'a>)>;

impl<'a> Node<'a> {
    fn new(value: &'a Json) -> Self {
        match value {
            Json::Object(map) => Self::Table(Table::new(map)),
            other => Self::Other(other),
        }
    }

    pub(in crate::chart) const fn is_null(&self) -> bool {
        matches!(self, Self::Other(Json::Null))
    }

    pub(in crate::chart) const fn as_table(&self) -> Option<&Table<'a>> {
        match self {
            Self::Table(table) => Some(table),
            Self::Other(_) => None,
        }
    }

    pub(in crate::chart) fn to_json(&self) -> Json {
        match self {
            Self::Table(table) => table.to_json(),
            Self::Other(value) => (*value).clone(),
        }
    }

    /// What templates see of it; `watch` sees what they write to its maps.
    fn to_value(&self, watch: &Watch) -> Value {
        match self {
            Self::Table(table) => Value::Map(table.to_map(watch)),
            Self::Other(value) => from_watched_json(value, watch),
        }
    }

    fn deep_copy<'b>(&self) -> Node<'b>
    where
        'a: 'b,
    {
        match self {
            Self::Table(table) => Node::Table(table.deep_copy()),
            Self::Other(value) => Node::Other(value),
        }
    }
}

impl<'a> Table<'a> {
    /// A table of a map, which shares nothing.
    pub(in crate::chart) fn new(map: &'a Map<String, Json>) -> Self {
        // They are sorted already.
        let entries = map.iter().map(|(key, value)| (key.as_str(), Node::new(value)));
        let entries: Entries<'a> = entries.collect();
        debug_assert!(entries.is_sorted_by_key(|(key, _)| *key));
        Self(Rc::new(RefCell::new(entries)))
    }

    /// A table of a map; what is no map is an empty one.
    pub(in crate::chart) fn of(value: &'a Json) -> Self {
        value.as_object().map(Self::new).unwrap_or_default()
    }

    /// A copy that shares nothing.
    pub(super) fn deep_copy<'b>(&self) -> Table<'b>
    where
        'a: 'b,
    {
        let entries = self.0.borrow();
        let copies = entries.iter().map(|(key, value)| (*key, value.deep_copy()));
        Table(Rc::new(RefCell::new(copies.collect())))
    }

    /// A copy of the map itself; the maps within it are shared.
    pub(super) fn shallow_copy(&self) -> Self {
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }

    pub(in crate::chart) fn get(&self, key: &str) -> Option<Node<'a>> {
        let entries = self.0.borrow();
        let at = place(&entries, key).ok()?;
        entries.get(at).map(|(_, value)| value.clone())
    }

    pub(in crate::chart) fn has(&self, key: &str) -> bool {
        place(&self.0.borrow(), key).is_ok()
    }

    /// The value at a path of keys.
    pub(super) fn at<'p>(&self, mut path: impl Iterator<Item = &'p str>) -> Option<Node<'a>> {
        let first = self.get(path.next()?)?;
        path.try_fold(first, |node, key| node.as_table()?.get(key))
    }

    /// The value at `key`, looked for from the place `at` on, which becomes that of the key or where it belongs. For
    /// one who comes with keys in their order.
    pub(super) fn seek(&self, at: &mut usize, key: &str) -> Option<Node<'a>> {
        let entries = self.0.borrow();
        while let Some((known, value)) = entries.get(*at) {
            match (*known).cmp(key) {
                Ordering::Less => *at += 1,
                Ordering::Equal => return Some(value.clone()),
                Ordering::Greater => break,
            }
        }
        None
    }

    /// Puts an entry to the place where [`Table::seek`] has found that it belongs.
    pub(super) fn insert_at(&self, at: usize, key: &'a str, value: Node<'a>) {
        self.0.borrow_mut().insert(at, (key, value));
    }

    pub(super) fn insert(&self, key: &'a str, value: Node<'a>) {
        let mut entries = self.0.borrow_mut();
        match place(&entries, key) {
            Ok(at) => entries[at].1 = value,
            Err(at) => entries.insert(at, (key, value)),
        }
    }

    pub(super) fn remove(&self, key: &str) {
        let mut entries = self.0.borrow_mut();
        if let Ok(at) = place(&entries, key) {
            entries.remove(at);
        }
    }

    /// The entries to read; the map must not be changed meanwhile.
    pub(in crate::chart) fn borrow(&self) -> Ref<'_, Entries<'a>> {
        self.0.borrow()
    }

    /// The entries as they are now, so that the map can be changed while they are gone through.
    pub(super) fn entries(&self) -> Vec<(&'a str, Node<'a>)> {
        self.0.borrow().clone()
    }

    /// The keys whose values are null.
    pub(super) fn null_keys(&self) -> Vec<&'a str> {
        let entries = self.0.borrow();
        let nulls = entries.iter().filter(|(_, value)| value.is_null());
        nulls.map(|(key, _)| *key).collect()
    }

    /// What templates see of it; `watch` sees what they write to it.
    pub(in crate::chart) fn to_map(&self, watch: &Watch) -> ValueMap {
        let entries = self.0.borrow();
        let entries = entries
            .iter()
            .map(|(key, value)| (Str::from(*key), value.to_value(watch)));
        let entries = LiteMap::from_sorted_store_unchecked(entries.collect());
        ValueMap::watched(MapType::Any, entries, watch)
    }

    pub(in crate::chart) fn to_json(&self) -> Json {
        let entries = self.0.borrow();
        Json::Object(
            entries
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.to_json()))
                .collect(),
        )
    }
}

impl<'a> FromIterator<(&'a str, Node<'a>)> for Table<'a> {
    /// The keys must differ.
    fn from_iter<I: IntoIterator<Item = (&'a str, Node<'a>)>>(entries: I) -> Self {
        let mut entries: Entries<'a> = entries.into_iter().collect();
        if !entries.is_sorted_by_key(|(key, _)| *key) {
            entries.sort_unstable_by_key(|(key, _)| *key);
        }
        Self(Rc::new(RefCell::new(entries)))
    }
}

/// Where a key is, or where it belongs.
fn place(entries: &Entries<'_>, key: &str) -> Result<usize, usize> {
    entries.binary_search_by_key(&key, |(key, _)| key)
}
