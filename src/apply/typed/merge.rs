//! Merging an applied configuration into the live object.

use super::{Manner, entries, item_element, items, manner};
use crate::apply::fields::PathElement;
use crate::apply::schema::Type;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// `live` with everything that `config` says. Nothing is taken away.
pub(in crate::apply) fn merge(ty: Type<'_>, live: &Json, config: &Json) -> Json {
    match manner(ty, config) {
        Manner::Whole => config.clone(),
        Manner::List if items(Some(live)).is_empty() => config.clone(),
        Manner::List if items(Some(config)).is_empty() => live.clone(),
        Manner::List => merge_list(ty, items(Some(live)), items(Some(config))),
        Manner::Map => match (entries(Some(live)), entries(Some(config))) {
            (None, _) => config.clone(),
            (Some(_), None) => live.clone(),
            (Some(live), Some(config)) => merge_map(ty, live, config),
        },
    }
}

fn merge_map(ty: Type<'_>, live: &Map<String, Json>, config: &Map<String, Json>) -> Json {
    let mut merged = live.clone();
    for (name, value) in config {
        let both = live.get(name).zip(ty.field(name));
        let value = both.map_or_else(|| value.clone(), |(live, field)| merge(field, live, value));
        merged.insert(name.clone(), value);
    }
    Json::Object(merged)
}

/// A list with the names of its items.
struct Named<'a> {
    items: Vec<(PathElement, &'a Json)>,
    /// Where an item of this name lies; `None` where several have it.
    index: BTreeMap<PathElement, Option<usize>>,
}

impl<'a> Named<'a> {
    fn new(ty: Type<'_>, list: &'a [Json]) -> Self {
        let named = list
            .iter()
            .filter_map(|item| Some((item_element(ty.list_ownership(), item).ok()?, item)));
        let items: Vec<_> = named.collect();
        let mut index = BTreeMap::new();
        for (at, (element, _)) in items.iter().enumerate() {
            index
                .entry(element.clone())
                .and_modify(|at| *at = None)
                .or_insert(Some(at));
        }
        Self { items, index }
    }

    fn has(&self, element: &PathElement) -> bool {
        self.index.contains_key(element)
    }

    fn get(&self, element: &PathElement) -> Option<&'a Json> {
        let at = (*self.index.get(element)?)?;
        self.items.get(at).map(|(_, item)| *item)
    }

    fn element(&self, at: usize) -> Option<&PathElement> {
        self.items.get(at).map(|(element, _)| element)
    }
}

/// Items that only the live list has keep their place; those of the configuration come in its order.
fn merge_list(ty: Type<'_>, live: &[Json], config: &[Json]) -> Json {
    let (live, config) = (Named::new(ty, live), Named::new(ty, config));
    let mut shared = config
        .items
        .iter()
        .map(|(element, _)| element)
        .filter(|element| live.has(element));
    let mut next_shared = shared.next();
    let mut done: Vec<&PathElement> = Vec::with_capacity(config.items.len());
    let mut merged = Vec::with_capacity(live.items.len().max(config.items.len()));
    let (mut l, mut c) = (0, 0);
    let both = |element: &PathElement, item: &Json| {
        live.get(element)
            .map_or_else(|| item.clone(), |live| merge(ty.item(), live, item))
    };
    loop {
        let (left, right) = (live.element(l), config.items.get(c));
        match (left, right) {
            (None, None) => break,
            (Some(left), Some((right, item))) if left == right => {
                merged.push(both(right, item));
                done.push(right);
                (l, c) = (l + 1, c + 1);
                next_shared = shared.next();
                continue;
            }
            (Some(left), Some(_)) if config.has(left) && next_shared.is_some_and(|next| next != left) => {
                l += 1;
                continue;
            }
            _ => {}
        }
        if let Some(left) = left {
            if !config.has(left) {
                merged.extend(live.items.get(l).map(|(_, item)| (*item).clone()));
                l += 1;
                continue;
            }
            if done.contains(&left) {
                l += 1;
            }
        }
        if let Some((right, item)) = right {
            merged.push(both(right, item));
            done.push(right);
            c += 1;
            if next_shared == Some(right) {
                next_shared = shared.next();
            }
        }
    }
    Json::Array(merged)
}
