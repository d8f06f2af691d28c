//! `eq`, `ne`, `lt`, `le`, `gt` and `ge`: only values of like kinds are compared.

use crate::chart::template::exec::Operand;
use crate::chart::template::fmt::{string_text, value_text};
use crate::chart::template::function::{Failure, Function, Rest};
use crate::chart::value::{Kind, Value};
use std::cmp::Ordering;
use std::rc::Rc;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("eq", |first: Operand, Rest(others): Rest<Operand>| {
            equal(&first, &others)
        }),
        Function::new("ne", |a: Operand, b: Operand| equal(&a, &[b]).map(|equal| !equal)),
        Function::new("lt", |a: Operand, b: Operand| {
            compare(&a.value, &b.value).map(|order| order == Some(Ordering::Less))
        }),
        Function::new("le", |a: Operand, b: Operand| less_or_equal(&a.value, &b.value)),
        Function::new("gt", |a: Operand, b: Operand| {
            less_or_equal(&a.value, &b.value).map(|less| !less)
        }),
        Function::new("ge", |a: Operand, b: Operand| {
            compare(&a.value, &b.value).map(|order| order != Some(Ordering::Less))
        }),
    ]
}

/// The kinds within which Go's templates compare; integers of both signs count as one, for they compare.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Basic {
    None,
    Bool,
    Integer,
    Float,
    String,
}

fn basic(value: &Value) -> Basic {
    match value.kind() {
        Kind::Bool => Basic::Bool,
        Kind::Int | Kind::Int64 | Kind::Uint8 | Kind::Uint64 => Basic::Integer,
        Kind::Float64 => Basic::Float,
        Kind::String => Basic::String,
        _ => Basic::None,
    }
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Int(number) | Value::Int64(number) => Some(i128::from(*number)),
        Value::Uint8(number) => Some(i128::from(*number)),
        Value::Uint64(number) => Some(i128::from(*number)),
        _ => None,
    }
}

fn incompatible(a: &Value, b: &Value) -> Failure {
    Failure(format!(
        "incompatible types for comparison: {} and {}",
        a.type_name(),
        b.type_name()
    ))
}

fn equal(first: &Operand, others: &[Operand]) -> Result<bool, Failure> {
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in others {
        if equal_pair(&first.value, &other.value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal_pair(a: &Value, b: &Value) -> Result<bool, Failure> {
    if let (Some(a), Some(b)) = (integer(a), integer(b)) {
        return Ok(a == b);
    }
    match (a, b) {
        (Value::Nil, other) | (other, Value::Nil) => Ok(is_nil(other)),
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        #[allow(clippy::float_cmp, reason = "Go compares floats exactly")]
        (Value::Float(a), Value::Float(b)) => Ok(a == b),
        (Value::Str(a), Value::Str(b)) => Ok(a == b),
        _ if basic(a) != basic(b) => Err(incompatible(a, b)),
        _ if a.kind() != b.kind() => Err(Failure(format!(
            "non-comparable types {}: {}, {}: {}",
            string_text(a),
            a.type_name(),
            b.type_name(),
            value_text(b)
        ))),
        (Value::Version(a), Value::Version(b)) => Ok(Rc::ptr_eq(a, b)),
        (Value::Struct(a), Value::Struct(b)) => Ok(Rc::ptr_eq(a, b)),
        (Value::Time(a), Value::Time(b)) => Ok(a == b),
        (a, b) if is_nil(a) || is_nil(b) => Ok(is_nil(a) == is_nil(b)),
        (_, b) => Err(Failure(format!(
            "non-comparable type {}: {}",
            string_text(b),
            b.type_name()
        ))),
    }
}

/// Whether Go holds nil in it: nothing, or a slice that was never made.
fn is_nil(value: &Value) -> bool {
    match value {
        Value::Nil => true,
        Value::List(list) => list.is_nil(),
        _ => false,
    }
}

fn less_or_equal(a: &Value, b: &Value) -> Result<bool, Failure> {
    compare(a, b).map(|order| matches!(order, Some(Ordering::Less | Ordering::Equal)))
}

/// The order of two values; none where one is not a number.
fn compare(a: &Value, b: &Value) -> Result<Option<Ordering>, Failure> {
    if basic(a) == Basic::None || basic(b) == Basic::None {
        return Err("invalid type for comparison".into());
    }
    if let (Some(a), Some(b)) = (integer(a), integer(b)) {
        return Ok(Some(a.cmp(&b)));
    }
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => Ok(a.partial_cmp(b)),
        (Value::Str(a), Value::Str(b)) => Ok(Some(a.cmp(b))),
        (Value::Bool(_), Value::Bool(_)) => Err("invalid type for comparison".into()),
        _ => Err(incompatible(a, b)),
    }
}
