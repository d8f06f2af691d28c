//! Dotted paths into a document: `global.database.host`, with `\.` for a dot within a key.

use serde_json::{Map, Value as Json};
use thiserror::Error;

/// Why a value cannot be put where a path leads.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathError {
    /// The path has no keys, or an empty one.
    #[error("`{0}` is no path: keys are separated by single dots, as in `global.database.host`")]
    Empty(String),
    /// On the way lies something that has no keys.
    #[error("`{0}` is no map, so it has no key `{1}`")]
    NotAMap(String, String),
}

/// The keys of a path. A backslash takes the next character as it is.
pub fn parse_path(path: &str) -> Result<Vec<String>, PathError> {
    let mut keys = vec![String::new()];
    let mut characters = path.chars();
    while let Some(c) = characters.next() {
        match c {
            '.' => keys.push(String::new()),
            '\\' => push(&mut keys, characters.next().unwrap_or('\\')),
            c => push(&mut keys, c),
        }
    }
    if keys.iter().any(String::is_empty) {
        return Err(PathError::Empty(path.to_owned()));
    }
    Ok(keys)
}

fn push(keys: &mut [String], c: char) {
    if let Some(key) = keys.last_mut() {
        key.push(c);
    }
}

/// What lies at a path; `None` where there is nothing, or the path is none. A number is an index into a list.
#[must_use]
pub fn get_path<'a>(document: &'a Json, path: &str) -> Option<&'a Json> {
    parse_path(path)
        .ok()?
        .iter()
        .try_fold(document, |value, key| match value {
            Json::Object(map) => map.get(key),
            Json::Array(items) => items.get(key.parse::<usize>().ok()?),
            _ => None,
        })
}

/// Puts a value at a path. Maps on the way are created, also in the place of null; nothing else is overwritten on
/// the way.
pub fn set_path(document: &mut Json, path: &str, value: Json) -> Result<(), PathError> {
    let keys = parse_path(path)?;
    let mut place = document;
    for (depth, key) in keys.iter().enumerate() {
        if place.is_null() {
            *place = Json::Object(Map::new());
        }
        place = match place {
            Json::Object(map) => map.entry(key).or_insert(Json::Null),
            _ => return Err(PathError::NotAMap(keys[..depth].join("."), key.clone())),
        };
    }
    *place = value;
    Ok(())
}

/// Removes what lies at a path, with the maps on the way that are left empty, and answers it.
pub fn remove_path(document: &mut Json, path: &str) -> Option<Json> {
    remove(document, &parse_path(path).ok()?)
}

fn remove(document: &mut Json, keys: &[String]) -> Option<Json> {
    let map = document.as_object_mut()?;
    let (key, rest) = keys.split_first()?;
    if rest.is_empty() {
        return map.remove(key);
    }
    let inner = map.get_mut(key)?;
    let removed = remove(inner, rest)?;
    if inner.as_object().is_some_and(Map::is_empty) {
        map.remove(key);
    }
    Some(removed)
}
