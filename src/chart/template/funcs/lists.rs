//! Lists.

use super::math::to_int64;
use super::strings::{string_of, strings_of};
use crate::chart::template::function::{Failure, Function, IntoBody, Rest};
use crate::chart::value::{List, ListType, Str, Value};

/// What Go's runtime says when it looks for the type of nil.
const NIL_POINTER: &str = "runtime error: invalid memory address or nil pointer dereference";

pub(super) fn functions() -> Vec<Function> {
    let mut functions = vec![
        Function::new("list", |Rest(items): Rest<Value>| items),
        Function::new("tuple", |Rest(items): Rest<Value>| items),
        Function::new("concat", |Rest(lists): Rest<Value>| concat(&lists)),
        Function::new("sortAlpha", |list: Value| sort_alpha(&list)),
        Function::new("toStrings", |value: Value| List::strings(strings_of(&value))),
        Function::new("join", |separator: Str, value: Value| {
            strings_of(&value).join(&separator[..])
        }),
    ];
    functions.extend(both("first", "mustFirst", |list: Value| {
        items(&list, "find first on").map(|items| items.first().cloned().unwrap_or_default())
    }));
    functions.extend(both("last", "mustLast", |list: Value| {
        items(&list, "find last on").map(|items| items.last().cloned().unwrap_or_default())
    }));
    functions.extend(both("rest", "mustRest", |list: Value| {
        items(&list, "find rest on").map(|items| part(items.get(1..)))
    }));
    functions.extend(both("initial", "mustInitial", |list: Value| {
        items(&list, "find initial on").map(|items| part(items.split_last().map(|(_, items)| items)))
    }));
    functions.extend(both("reverse", "mustReverse", |list: Value| {
        items(&list, "find reverse on").map(|items| items.into_iter().rev().collect::<Vec<_>>())
    }));
    functions.extend(both("compact", "mustCompact", |list: Value| {
        items(&list, "compact on").map(|items| items.into_iter().filter(Value::is_true).collect::<Vec<_>>())
    }));
    functions.extend(both("uniq", "mustUniq", |list: Value| {
        items(&list, "find uniq on").map(uniq)
    }));
    functions.extend(both("append", "mustAppend", push));
    functions.extend(both("push", "mustPush", push));
    functions.extend(both("prepend", "mustPrepend", prepend));
    functions.extend(both("without", "mustWithout", without));
    functions.extend(both("has", "mustHas", |needle: Value, haystack: Value| {
        if haystack.is_nil() {
            return Ok(false);
        }
        items(&haystack, "find has on").map(|items| contains(&items, &needle))
    }));
    functions.extend(both("slice", "mustSlice", slice));
    functions.extend(both("chunk", "mustChunk", chunk));
    functions
}

/// A function and its `must` variant: they differ in Go in how they raise an error, which templates cannot see.
fn both<M, F: IntoBody<M> + Clone>(name: &'static str, must: &'static str, body: F) -> [Function; 2] {
    [Function::new(name, body.clone()), Function::new(must, body)]
}

/// The items of a list; `action` is part of the complaint about what is none.
fn items(value: &Value, action: &str) -> Result<Vec<Value>, Failure> {
    match value {
        Value::List(list) => Ok(list.to_vec()),
        Value::Bytes(bytes) => Ok(bytes.iter().copied().map(Value::Uint8).collect()),
        Value::Nil => Err(NIL_POINTER.into()),
        other => Err(Failure(format!("Cannot {action} type {}", other.kind().name()))),
    }
}

/// Part of a list; of an empty one Go returns a slice that was never made.
fn part(items: Option<&[Value]>) -> Value {
    Value::List(items.map_or_else(|| List::nil(ListType::Any), |items| List::any(items.to_vec())))
}

fn contains(items: &[Value], needle: &Value) -> bool {
    items.iter().any(|item| needle.deep_equal(item))
}

fn uniq(items: Vec<Value>) -> Vec<Value> {
    let mut unique: Vec<Value> = Vec::new();
    for item in items {
        if !contains(&unique, &item) {
            unique.push(item);
        }
    }
    unique
}

fn push(list: Value, item: Value) -> Result<Vec<Value>, Failure> {
    let mut items = items(&list, "push on")?;
    items.push(item);
    Ok(items)
}

fn prepend(list: Value, item: Value) -> Result<Vec<Value>, Failure> {
    let mut items = items(&list, "prepend on")?;
    items.insert(0, item);
    Ok(items)
}

fn without(list: Value, Rest(omitted): Rest<Value>) -> Result<Vec<Value>, Failure> {
    let items = items(&list, "find without on")?.into_iter();
    Ok(items.filter(|item| !contains(&omitted, item)).collect())
}

fn concat(lists: &[Value]) -> Result<Value, Failure> {
    let mut all = Vec::new();
    for list in lists {
        match list {
            Value::List(_) | Value::Bytes(_) => all.extend(items(list, "concat")?),
            Value::Nil => return Err(NIL_POINTER.into()),
            other => {
                return Err(Failure(format!(
                    "Cannot concat type {} as list",
                    other.kind().name()
                )));
            }
        }
    }
    Ok(part((!all.is_empty()).then_some(&all[..])))
}

fn sort_alpha(value: &Value) -> List {
    let mut texts = match value {
        Value::List(_) | Value::Bytes(_) => strings_of(value),
        other => vec![string_of(other)],
    };
    texts.sort();
    List::strings(texts)
}

fn slice(list: Value, Rest(indices): Rest<Value>) -> Result<Value, Failure> {
    let Value::List(items) = &list else {
        return Err(if list.is_nil() {
            NIL_POINTER.into()
        } else {
            Failure(format!(
                "list should be type of slice or array but {}",
                list.kind().name()
            ))
        });
    };
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let index = |at: usize, default: usize| {
        indices
            .get(at)
            .map_or(Some(default), |index| usize::try_from(to_int64(index)).ok())
    };
    let range = index(0, 0).zip(index(1, items.len()));
    let part = range.and_then(|(start, end)| items.part(start, end));
    let part = part.ok_or("reflect.Value.Slice: slice index out of bounds")?;
    Ok(Value::List(part))
}

fn chunk(size: i64, list: Value) -> Result<Value, Failure> {
    let items = items(&list, "chunk")?;
    let size = usize::try_from(size).ok().filter(|size| *size > 0);
    let size = size.ok_or("runtime error: makeslice: len out of range")?;
    let chunks = items
        .chunks(size)
        .map(|chunk| Value::List(List::any(chunk.to_vec())));
    Ok(Value::List(List::new(ListType::Lists, chunks.collect())))
}
