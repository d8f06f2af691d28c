//! Maps: `dict`, `get`, `set` and their kin. A map is shared, and `set` changes it for everyone.

use super::merge::{Winner, merge};
use super::strings::string_of;
use crate::chart::template::function::{Failure, Function, Rest};
use crate::chart::value::{List, Map, MapType, Str, Value};

pub(super) fn functions() -> Vec<Function> {
    let deep_copy = |value: Value| deep_copy(&value, 0);
    let merge_first = |target: Map, Rest(sources): Rest<Map>| merge_all(&target, &sources, Winner::First);
    let merge_last = |target: Map, Rest(sources): Rest<Map>| merge_all(&target, &sources, Winner::Last);
    vec![
        Function::new("dict", |Rest(args): Rest<Value>| dict(&args)),
        Function::new("get", |map: Map, key: Str| {
            map.get(&key).unwrap_or_else(|| Value::from(""))
        }),
        Function::new("set", set),
        Function::new("unset", |map: Map, key: Str| {
            map.remove(&key);
            map.retyped(MapType::Any)
        }),
        Function::new("hasKey", |map: Map, key: Str| map.contains(&key)),
        Function::new("pluck", |key: Str, Rest(maps): Rest<Map>| {
            maps.iter().filter_map(|map| map.get(&key)).collect::<Vec<_>>()
        }),
        Function::new("keys", |Rest(maps): Rest<Map>| {
            let keys = maps.iter().flat_map(Map::snapshot).map(|(key, _)| key);
            List::strings(keys.collect::<Vec<_>>())
        }),
        Function::new("values", |map: Map| {
            map.snapshot()
                .into_iter()
                .map(|(_, value)| value)
                .collect::<Vec<_>>()
        }),
        Function::new("pick", |map: Map, Rest(keys): Rest<Str>| {
            let entries = keys
                .into_iter()
                .filter_map(|key| map.get(&key).map(|value| (key, value)));
            entries.collect::<Map>()
        }),
        Function::new("omit", |map: Map, Rest(keys): Rest<Str>| {
            let entries = map.snapshot().into_iter();
            entries.filter(|(key, _)| !keys.contains(key)).collect::<Map>()
        }),
        Function::new("dig", |Rest(args): Rest<Value>| dig(&args)),
        Function::new("deepCopy", deep_copy),
        Function::new("mustDeepCopy", deep_copy),
        Function::new("merge", merge_first),
        Function::new("mustMerge", merge_first),
        Function::new("mergeOverwrite", merge_last),
        Function::new("mustMergeOverwrite", merge_last),
    ]
}

fn dict(args: &[Value]) -> Map {
    let entry = |pair: &[Value]| {
        let (key, value) = (pair.first()?, pair.get(1));
        Some((string_of(key), value.cloned().unwrap_or_else(|| Value::from(""))))
    };
    args.chunks(2).filter_map(entry).collect()
}

fn set(map: Option<Map>, key: Str, value: Value) -> Result<Map, Failure> {
    let map = map.ok_or("assignment to entry in nil map")?;
    map.insert(key, value);
    Ok(map.retyped(MapType::Any))
}

fn merge_all(target: &Map, sources: &[Map], winner: Winner) -> Map {
    for source in sources {
        merge(target, source, winner, 0);
    }
    target.retyped(MapType::Any)
}

fn dig(args: &[Value]) -> Result<Value, Failure> {
    let (keys, default, map) = match args {
        [keys @ .., default, map] if !keys.is_empty() => (keys, default, map),
        _ => return Err("dig needs at least three arguments".into()),
    };
    unnamed_map(map)?;
    let mut names = Vec::with_capacity(keys.len());
    for key in keys {
        match key {
            Value::Str(name) => names.push(name),
            other => return Err(conversion("string", other)),
        }
    }
    let mut step = map.clone();
    for name in names {
        match unnamed_map(&step)?.get(name) {
            Some(value) => step = value,
            None => return Ok(default.clone()),
        }
    }
    Ok(step)
}

/// What Go's type assertion to `map[string]interface {}` yields: a map under a name is none.
fn unnamed_map(value: &Value) -> Result<&Map, Failure> {
    match value {
        Value::Map(map) if map.map_type() == MapType::Any => Ok(map),
        other => Err(conversion("map[string]interface {}", other)),
    }
}

fn conversion(wanted: &str, found: &Value) -> Failure {
    let found = if found.is_nil() {
        "nil".into()
    } else {
        found.type_name()
    };
    Failure(format!(
        "interface conversion: interface {{}} is {found}, not {wanted}"
    ))
}

/// Deeper than any values; a map within itself has no end.
const MAX_DEPTH: usize = 500;

fn deep_copy(value: &Value, depth: usize) -> Result<Value, Failure> {
    if depth > MAX_DEPTH {
        return Err("the value contains itself".into());
    }
    Ok(match value {
        Value::List(list) if !list.is_nil() => {
            let items = list.iter().map(|item| deep_copy(item, depth + 1));
            Value::List(List::new(list.list_type(), items.collect::<Result<_, _>>()?))
        }
        Value::Map(map) => {
            let entries = map.snapshot().into_iter();
            let copied = entries.map(|(key, value)| Ok::<_, Failure>((key, deep_copy(&value, depth + 1)?)));
            Value::Map(Map::of(map.map_type(), copied.collect::<Result<_, _>>()?))
        }
        other => other.clone(),
    })
}
