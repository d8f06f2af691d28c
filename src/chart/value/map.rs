//! Go's maps from strings: shared, mutable, and walked in the order of their keys.

use super::{Str, Value};
use litemap::LiteMap;
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

/// The static type of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapType {
    /// `map[string]interface {}`.
    Any,
    /// `chartutil.Values`, the same under a name.
    Values,
    /// `map[string]string`.
    Strings,
    /// `engine.files`: a map from paths to bytes, with methods.
    Files,
}

impl MapType {
    /// Its name in Go.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "map[string]interface {}",
            Self::Values => "chartutil.Values",
            Self::Strings => "map[string]string",
            Self::Files => "engine.files",
        }
    }

    /// Whether the entries are held as `interface {}`.
    #[must_use]
    pub const fn holds_interfaces(self) -> bool {
        matches!(self, Self::Any | Self::Values)
    }
}

/// So many entries are looked through one by one; of more, half are left out at each step.
const FEW: usize = 16;

/// Tells whether a template wrote to a map that more than one template can reach.
#[derive(Debug, Clone, Default)]
pub struct WriteWatch(Rc<Cell<bool>>);

impl WriteWatch {
    /// Whether a watched map was written to.
    #[must_use]
    pub fn has_seen_a_write(&self) -> bool {
        self.0.get()
    }
}

/// A map; a clone of it is the same map.
#[derive(Debug, Clone)]
pub struct Map {
    map_type: MapType,
    shared: Rc<Shared>,
}

/// What all who hold a map have in common.
#[derive(Debug)]
struct Shared {
    entries: RefCell<LiteMap<Str, Value>>,
    watch: Option<WriteWatch>,
}

impl Map {
    /// An empty `map[string]interface {}`.
    #[must_use]
    pub fn new() -> Self {
        Self::of(MapType::Any, LiteMap::new())
    }

    /// A map of `map_type`.
    #[must_use]
    pub fn of(map_type: MapType, entries: LiteMap<Str, Value>) -> Self {
        Self {
            map_type,
            shared: Rc::new(Shared {
                entries: RefCell::new(entries),
                watch: None,
            }),
        }
    }

    /// A map of `map_type` whose writes `watch` sees.
    #[must_use]
    pub fn watched(map_type: MapType, entries: LiteMap<Str, Value>, watch: &WriteWatch) -> Self {
        Self {
            map_type,
            shared: Rc::new(Shared {
                entries: RefCell::new(entries),
                watch: Some(watch.clone()),
            }),
        }
    }

    /// The same map under another static type, as Go converts between a named and an unnamed type.
    #[must_use]
    pub fn retyped(&self, map_type: MapType) -> Self {
        Self {
            map_type,
            shared: Rc::clone(&self.shared),
        }
    }

    /// The static type.
    #[must_use]
    pub const fn map_type(&self) -> MapType {
        self.map_type
    }

    /// The value at `key`.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        let entries = self.shared.entries.borrow();
        if entries.len() > FEW {
            return entries.get(key).cloned();
        }
        // Most keys differ in their lengths already, which lie at hand.
        let mut entries = entries.iter();
        entries
            .find(|(known, _)| known.len() == key.len() && ***known == *key)
            .map(|(_, value)| value.clone())
    }

    /// What an absent key yields: Go's zero value of the element type.
    #[must_use]
    pub fn zero(&self) -> Value {
        match self.map_type {
            MapType::Any | MapType::Values => Value::Nil,
            MapType::Strings => Value::Str(Str::default()),
            MapType::Files => Value::Bytes(Str::default()),
        }
    }

    /// Puts `value` at `key`, for everyone who holds the map.
    pub fn insert(&self, key: impl Into<Str>, value: impl Into<Value>) {
        self.note_write();
        self.insert_unseen(key, value);
    }

    /// As [`Map::insert`], by the engine itself: no watch sees it.
    pub fn insert_unseen(&self, key: impl Into<Str>, value: impl Into<Value>) {
        self.shared.entries.borrow_mut().insert(key.into(), value.into());
    }

    /// Takes `key` out, for everyone who holds the map.
    pub fn remove(&self, key: &[u8]) {
        self.note_write();
        self.shared.entries.borrow_mut().remove(key);
    }

    fn note_write(&self) {
        if let Some(watch) = &self.shared.watch {
            watch.0.set(true);
        }
    }

    /// Whether `key` is there.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        self.shared.entries.borrow().contains_key(key)
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.entries.borrow().len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shared.entries.borrow().is_empty()
    }

    /// Its entries to read. Nothing may change the map meanwhile: use [`Map::snapshot`] where templates run.
    #[must_use]
    pub fn entries(&self) -> Ref<'_, LiteMap<Str, Value>> {
        self.shared.entries.borrow()
    }

    /// The entries of this moment, in the order of the keys.
    #[must_use]
    pub fn snapshot(&self) -> Vec<(Str, Value)> {
        let entries = self.shared.entries.borrow();
        entries
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Whether both are one map.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.shared, &other.shared)
    }

    pub(super) fn deep_equal(&self, other: &Self) -> bool {
        if self.map_type != other.map_type {
            return false;
        }
        if self.is_same(other) {
            return true;
        }
        let (a, b) = (self.shared.entries.borrow(), other.shared.entries.borrow());
        a.len() == b.len()
            && a.iter()
                .zip(b.iter())
                .all(|((key_a, a), (key_b, b))| key_a == key_b && a.deep_equal(b))
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Into<Str>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value.into()));
        Self::of(MapType::Any, entries.collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_watch_sees_what_templates_write_and_nothing_else() {
        let watch = WriteWatch::default();
        let map = Map::watched(MapType::Any, LiteMap::new(), &watch);
        map.insert_unseen("k", "v");
        Map::new().insert("k", "v");
        assert!(!watch.has_seen_a_write());
        map.retyped(MapType::Values).remove(b"none");
        assert!(watch.has_seen_a_write());
    }

    #[test]
    fn a_clone_sees_what_is_set() {
        let one = Map::new();
        let two = one.retyped(MapType::Values);
        one.insert("k", "v");
        assert!(two.get(b"k").unwrap().deep_equal(&Value::from("v")));
        assert!(!Value::Map(one).deep_equal(&Value::Map(two)), "the types differ");
    }
}
