//! Maps that are shared as Go shares them.
//!
//! While Helm coalesces values, a map of the parent's globals becomes a part of the subchart's, and what is added to
//! one shows in the other. Charts have come to rely on it, so these tables have the same identity.
//!
//! Keys and values are borrowed from the documents that they come from: values are coalesced at every key press, and
//! copying text is most of what that would cost.

use serde_json::{Map, Value as Json};
use std::cell::RefCell;
use std::rc::Rc;

/// A value: a map that may be shared, or anything else.
#[derive(Debug, Clone)]
pub(super) enum Node<'a> {
    Table(Table<'a>),
    /// A scalar, a list or null.
    Other(&'a Json),
}

/// A shared map. Its order is Helm's only where Helm has one; ours is sorted.
#[derive(Debug, Clone, Default)]
pub(super) struct Table<'a>(Rc<RefCell<Entries<'a>>>);

/// Sorted by their keys.
type Entries<'a> = Vec<(&'a str, Node<'a>)>;

impl<'a> Node<'a> {
    fn new(value: &'a Json) -> Self {
        match value {
            Json::Object(map) => Self::Table(Table::new(map)),
            other => Self::Other(other),
        }
    }

    pub(super) const fn is_null(&self) -> bool {
        matches!(self, Self::Other(Json::Null))
    }

    pub(super) const fn as_table(&self) -> Option<&Table<'a>> {
        match self {
            Self::Table(table) => Some(table),
            Self::Other(_) => None,
        }
    }

    pub(super) fn to_json(&self) -> Json {
        match self {
            Self::Table(table) => table.to_json(),
            Self::Other(value) => (*value).clone(),
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
    pub(super) fn new(map: &'a Map<String, Json>) -> Self {
        map.iter()
            .map(|(key, value)| (key.as_str(), Node::new(value)))
            .collect()
    }

    /// A table of a map; what is no map is an empty one.
    pub(super) fn of(value: &'a Json) -> Self {
        value.as_object().map(Self::new).unwrap_or_default()
    }

    /// A copy that shares nothing.
    pub(super) fn deep_copy<'b>(&self) -> Table<'b>
    where
        'a: 'b,
    {
        let entries = self.0.borrow();
        entries
            .iter()
            .map(|(key, value)| (*key, value.deep_copy()))
            .collect()
    }

    /// A copy of the map itself; the maps within it are shared.
    pub(super) fn shallow_copy(&self) -> Self {
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }

    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        let entries = self.0.borrow();
        let at = place(&entries, key).ok()?;
        entries.get(at).map(|(_, value)| value.clone())
    }

    /// The value at a path of keys.
    pub(super) fn at<'p>(&self, mut path: impl Iterator<Item = &'p str>) -> Option<Node<'a>> {
        let first = self.get(path.next()?)?;
        path.try_fold(first, |node, key| node.as_table()?.get(key))
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

    pub(super) fn to_json(&self) -> Json {
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
