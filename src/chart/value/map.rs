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

/// Tells whether templates have done to a map what it watches for. A clone is the same watch.
#[derive(Debug, Clone, Default)]
pub struct Watch(Rc<Cell<bool>>);

impl Watch {
    /// Whether it was done to any map that is watched.
    #[must_use]
    pub fn has_seen(&self) -> bool {
        self.0.get()
    }

    /// Whether it was, and begins anew.
    #[must_use]
    pub fn take(&self) -> bool {
        self.0.take()
    }

    /// Notes that it was done.
    pub fn note(&self) {
        self.0.set(true);
    }
}

/// What a watch of a map sees.
#[derive(Debug, Clone)]
enum Watched {
    Writes(Watch),
    /// That it is looked into or written to.
    Uses(Watch),
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
    watched: Option<Watched>,
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
        Self::new_shared(map_type, entries, None)
    }

    /// A map of `map_type` whose writes `watch` sees.
    #[must_use]
    pub fn watched(map_type: MapType, entries: LiteMap<Str, Value>, watch: &Watch) -> Self {
        Self::new_shared(map_type, entries, Some(Watched::Writes(watch.clone())))
    }

    /// A map of `map_type` of which `watch` sees that it is looked into or written to.
    #[must_use]
    pub fn use_watched(map_type: MapType, entries: LiteMap<Str, Value>, watch: &Watch) -> Self {
        Self::new_shared(map_type, entries, Some(Watched::Uses(watch.clone())))
    }

    fn new_shared(map_type: MapType, entries: LiteMap<Str, Value>, watched: Option<Watched>) -> Self {
        Self {
            map_type,
            shared: Rc::new(Shared {
                entries: RefCell::new(entries),
                watched,
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
        let entries = self.entries();
        if entries.len() > FEW {
            return entries.get(key).cloned();
        }
        // Most keys differ in their lengths already, which lie at hand, and most others in how they end.
        let mut entries = entries.iter();
        entries
            .find(|(known, _)| known.len() == key.len() && known.last() == key.last() && ***known == *key)
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
        if let Some(Watched::Writes(watch) | Watched::Uses(watch)) = &self.shared.watched {
            watch.note();
        }
    }

    /// Whether a watch sees what is written to it.
    #[must_use]
    pub fn is_write_watched(&self) -> bool {
        matches!(self.shared.watched, Some(Watched::Writes(_)))
    }

    /// Whether nobody else holds it.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        Rc::strong_count(&self.shared) == 1
    }

    /// What tells it from every other map that is there at the same time.
    #[must_use]
    pub fn address(&self) -> usize {
        Rc::as_ptr(&self.shared).addr()
    }

    /// Whether `key` is there.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        self.entries().contains_key(key)
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// Its entries to read. Nothing may change the map meanwhile: use [`Map::snapshot`] where templates run.
    #[must_use]
    pub fn entries(&self) -> Ref<'_, LiteMap<Str, Value>> {
        if let Some(Watched::Uses(watch)) = &self.shared.watched {
            watch.note();
        }
        self.shared.entries.borrow()
    }

    /// The entries of this moment, in the order of the keys.
    #[must_use]
    pub fn snapshot(&self) -> Vec<(Str, Value)> {
        let entries = self.entries();
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
        let (a, b) = (self.entries(), other.entries());
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
        let watch = Watch::default();
        let map = Map::watched(MapType::Any, LiteMap::new(), &watch);
        map.insert_unseen("k", "v");
        Map::new().insert("k", "v");
        assert!(map.contains(b"k") && !watch.has_seen());
        map.retyped(MapType::Values).remove(b"none");
        assert!(watch.has_seen());
    }

    #[test]
    fn a_watch_of_uses_sees_each_way_to_look_into_a_map_or_change_it_and_nothing_else() {
        let watch = Watch::default();
        let map = Map::use_watched(MapType::Any, LiteMap::new(), &watch);
        map.insert_unseen("k", "v");
        let _held = (
            map.clone(),
            map.retyped(MapType::Values),
            map.zero(),
            map.is_unique(),
        );
        assert!(!watch.take());
        let uses: [fn(&Map); 8] = [
            |map| drop(map.get(b"k")),
            |map| assert!(map.contains(b"k")),
            |map| assert!(!map.is_empty()),
            |map| assert_eq!(map.snapshot().len(), 1),
            |map| assert!(map.entries().get(&b"k"[..]).is_some()),
            |map| assert!(!map.deep_equal(&Map::new())),
            |map| map.insert("more", "v"),
            |map| map.remove(b"k"),
        ];
        for (at, used) in uses.iter().enumerate() {
            used(&map);
            assert!(watch.take(), "use {at}");
        }
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
