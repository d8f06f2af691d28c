//! The functions that Go's `text/template` has of itself, but for comparisons and escapes.

use crate::chart::template::exec::Operand;
use crate::chart::template::fmt::{sprint, sprintf, sprintln};
use crate::chart::template::function::{Call, Failure, Function, Rest, Signature, Type};
use crate::chart::value::{Str, Value};

pub(super) fn functions() -> Vec<Function> {
    vec![
        special("and", Call::And),
        special("or", Call::Or),
        Function::new("not", |arg: Operand| !arg.value.is_true()),
        Function::new("print", |Rest(args): Rest<Value>| sprint(&args)),
        Function::new("println", |Rest(args): Rest<Value>| sprintln(&args)),
        Function::new("printf", |format: Str, Rest(args): Rest<Value>| {
            sprintf(&format, &args)
        }),
        Function::new("len", length),
        Function::new("index", index),
        special("call", Call::Value),
    ]
}

fn special(name: &'static str, call: Call) -> Function {
    let signature = Signature {
        params: vec![Type::Reflect, Type::Reflect],
        variadic: true,
    };
    Function {
        name,
        signature,
        call,
    }
}

fn length(item: Operand) -> Result<i64, Failure> {
    let count = match &item.value {
        Value::Nil if item.boxed => return Err("len of nil pointer".into()),
        Value::Nil => return Err("reflect: call of reflect.Value.Type on zero Value".into()),
        Value::Str(text) | Value::Bytes(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        other => return Err(Failure(format!("len of type {}", other.type_name()))),
    };
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

fn index(item: Operand, Rest(indexes): Rest<Operand>) -> Result<Value, Failure> {
    if item.value.is_nil() {
        return Err("index of untyped nil".into());
    }
    let mut item = item.value;
    for index in indexes {
        item = index_once(&item, &index.value)?;
    }
    Ok(item)
}

fn index_once(item: &Value, index: &Value) -> Result<Value, Failure> {
    match item {
        Value::Nil => Err("index of nil pointer".into()),
        Value::Str(text) | Value::Bytes(text) => {
            let at = position(index, text.len())?;
            // Go's own check lets the length itself through, and then panics.
            let byte = text.get(at).ok_or("reflect: string index out of range")?;
            Ok(Value::Uint8(*byte))
        }
        Value::List(list) => {
            let at = position(index, list.len())?;
            Ok(list.get(at).cloned().ok_or("reflect: slice index out of range")?)
        }
        Value::Map(map) => match index {
            Value::Str(key) => Ok(map.get(key).unwrap_or_else(|| map.zero())),
            Value::Nil => Err("value is nil; should be of type string".into()),
            other => Err(Failure(format!(
                "value has type {}; should be string",
                other.type_name()
            ))),
        },
        other => Err(Failure(format!("can't index item of type {}", other.type_name()))),
    }
}

fn position(index: &Value, length: usize) -> Result<usize, Failure> {
    let number = match index {
        Value::Int(number) | Value::Int64(number) => i128::from(*number),
        Value::Uint8(number) => i128::from(*number),
        Value::Uint64(number) => i128::from(*number),
        Value::Nil => return Err("cannot index slice/array with nil".into()),
        other => {
            return Err(Failure(format!(
                "cannot index slice/array with type {}",
                other.type_name()
            )));
        }
    };
    match usize::try_from(number) {
        Ok(position) if position <= length => Ok(position),
        _ => Err(Failure(format!("index out of range: {number}"))),
    }
}
