//! What differs between two objects, as sets of fields.

use super::{Manner, item_element, items, manner};
use crate::apply::fields::{FieldSet, PathElement};
use crate::apply::schema::Type;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// What differs from an old object to a new one. A field is in one of the sets at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::apply) struct Comparison {
    pub(in crate::apply) removed: FieldSet,
    pub(in crate::apply) modified: FieldSet,
    pub(in crate::apply) added: FieldSet,
}

impl Comparison {
    /// What the new object has otherwise or besides.
    pub(in crate::apply) fn written(&self) -> FieldSet {
        self.modified.union(&self.added)
    }

    /// The comparison without `fields` and what lies below them.
    pub(in crate::apply) fn without(self, fields: &FieldSet) -> Self {
        if fields.is_empty() {
            return self;
        }
        Self {
            removed: self.removed.recursive_difference(fields),
            modified: self.modified.recursive_difference(fields),
            added: self.added.recursive_difference(fields),
        }
    }
}

/// Compares two objects of a type.
pub(in crate::apply) fn compare(ty: Type<'_>, old: &Json, new: &Json) -> Comparison {
    let mut walk = Walk {
        path: Vec::new(),
        found: Comparison::default(),
    };
    walk.compare(ty, Some(old), Some(new));
    walk.found
}

struct Walk {
    path: Vec<PathElement>,
    found: Comparison,
}

impl Walk {
    fn compare(&mut self, ty: Type<'_>, old: Option<&Json>, new: Option<&Json>) {
        if old.is_some() && old == new {
            return;
        }
        let leaf = match (old.map(|old| manner(ty, old)), new.map(|new| manner(ty, new))) {
            (None, None) => return,
            (Some(was), Some(is)) if was != is => {
                // Data without a schema that has changed its sort: both sides are looked at, each in its manner.
                self.descend(was, ty, old, new);
                self.descend(is, ty, old, new)
            }
            (_, Some(is)) => self.descend(is, ty, old, new),
            (Some(was), None) => self.descend(was, ty, old, new),
        };
        if !leaf {
            self.note_presence(old, new);
        }
    }

    fn note_presence(&mut self, old: Option<&Json>, new: Option<&Json>) {
        if old.is_none() {
            self.found.added.insert(&self.path);
        } else if new.is_none() {
            self.found.removed.insert(&self.path);
        }
    }

    /// Returns whether the value was compared as one thing.
    fn descend(&mut self, manner: Manner, ty: Type<'_>, old: Option<&Json>, new: Option<&Json>) -> bool {
        match manner {
            Manner::Map => {
                let (old_map, new_map) = (old.and_then(Json::as_object), new.and_then(Json::as_object));
                if old_map.is_some_and(|map| !map.is_empty()) || new_map.is_some_and(|map| !map.is_empty()) {
                    self.compare_maps(ty, old_map, new_map);
                    return false;
                }
            }
            Manner::List => {
                let (old_items, new_items) = (items(old), items(new));
                if !old_items.is_empty() || !new_items.is_empty() {
                    self.compare_lists(ty, old_items, new_items);
                    return false;
                }
            }
            Manner::Whole => {}
        }
        match (old, new) {
            (Some(old), Some(new)) if !equal(old, new) => self.found.modified.insert(&self.path),
            _ => self.note_presence(old, new),
        }
        true
    }

    fn compare_maps(
        &mut self,
        ty: Type<'_>,
        old: Option<&Map<String, Json>>,
        new: Option<&Map<String, Json>>,
    ) {
        let empty = Map::new();
        let (old, new) = (old.unwrap_or(&empty), new.unwrap_or(&empty));
        let only_new = new.keys().filter(|name| !old.contains_key(*name));
        for name in old.keys().chain(only_new) {
            let (before, after) = (old.get(name), new.get(name));
            if before == after {
                continue;
            }
            if let Some(field) = ty.field(name) {
                self.step(PathElement::field(name), field, before, after);
            }
        }
    }

    fn step(&mut self, element: PathElement, ty: Type<'_>, old: Option<&Json>, new: Option<&Json>) {
        self.path.push(element);
        self.compare(ty, old, new);
        self.path.pop();
    }

    fn compare_lists(&mut self, ty: Type<'_>, old: &[Json], new: &[Json]) {
        let mut both: BTreeMap<PathElement, (Vec<&Json>, Vec<&Json>)> = BTreeMap::new();
        for item in old {
            if let Ok(element) = item_element(ty.list_ownership(), item) {
                both.entry(element).or_default().0.push(item);
            }
        }
        for item in new {
            if let Ok(element) = item_element(ty.list_ownership(), item) {
                both.entry(element).or_default().1.push(item);
            }
        }
        for (element, (old, new)) in both {
            match (old.as_slice(), new.as_slice()) {
                ([] | [_], [] | [_]) => {
                    self.step(element, ty.item(), old.first().copied(), new.first().copied());
                }
                // Several items of one name are compared as one thing, and owned as one.
                ([_, _, ..], [_, _, ..]) => {
                    if old != new {
                        self.at(element, |found| &mut found.modified);
                    }
                }
                ([_, _, ..], rest) => {
                    if let Some(new) = rest.first() {
                        self.step(element.clone(), ty.item(), None, Some(new));
                    }
                    self.at(element, |found| &mut found.removed);
                }
                (rest, _) => {
                    if let Some(old) = rest.first() {
                        self.step(element.clone(), ty.item(), Some(old), None);
                    }
                    self.at(element, |found| &mut found.added);
                }
            }
        }
    }

    fn at(&mut self, element: PathElement, set: impl Fn(&mut Comparison) -> &mut FieldSet) {
        self.path.push(element);
        set(&mut self.found).insert(&self.path);
        self.path.pop();
    }
}

/// Whether two values are the same; numbers are compared by value, so that `1` is `1.0`.
pub(crate) fn equal(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}
