//! What a value is, and what stands in for an empty one.

use crate::chart::template::function::{Function, Rest};
use crate::chart::value::{Str, Value};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("typeOf", |value: Value| value.type_name().into_owned()),
        Function::new("typeIs", |wanted: Str, value: Value| wanted == *value.type_name()),
        Function::new("typeIsLike", |wanted: Str, value: Value| {
            let name = value.type_name();
            wanted == *name || name.strip_prefix('*').is_some_and(|name| wanted == *name)
        }),
        Function::new("kindOf", |value: Value| value.kind().name()),
        Function::new("kindIs", |wanted: Str, value: Value| {
            wanted == *value.kind().name()
        }),
        Function::new("deepEqual", |a: Value, b: Value| a.deep_equal(&b)),
        Function::new("empty", |value: Value| !value.is_true()),
        Function::new("default", |default: Value, Rest(given): Rest<Value>| {
            given.into_iter().next().filter(Value::is_true).unwrap_or(default)
        }),
        Function::new("coalesce", |Rest(values): Rest<Value>| {
            values.into_iter().find(Value::is_true).unwrap_or_default()
        }),
        Function::new("all", |Rest(values): Rest<Value>| {
            values.iter().all(Value::is_true)
        }),
        Function::new("any", |Rest(values): Rest<Value>| {
            values.iter().any(Value::is_true)
        }),
        Function::new(
            "ternary",
            |yes: Value, no: Value, which: bool| if which { yes } else { no },
        ),
        Function::new("hello", || "Hello!"),
    ]
}
