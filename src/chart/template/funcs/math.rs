//! Numbers: conversions as `spf13/cast` makes them, and integer arithmetic.

use super::decimal::{MINUS, OVER, PLUS, TIMES, decimals};
use crate::chart::template::fmt::value_text;
use crate::chart::template::function::{Failure, Function, Int64, Rest};
use crate::chart::template::number::parse_int;
use crate::chart::value::{List, ListType, Str, Value};

pub(super) fn functions() -> Vec<Function> {
    let mut functions = vec![
        Function::new("int", |value: Value| to_int64(&value)),
        Function::new("int64", |value: Value| Int64(to_int64(&value))),
        Function::new("float64", |value: Value| to_float64(&value)),
        Function::new("atoi", |text: Str| text.to_text().parse::<i64>().unwrap_or(0)),
        Function::new("toDecimal", |value: Value| {
            Int64(i64::from_str_radix(&value_text(&value), 8).unwrap_or(0))
        }),
        Function::new("until", |count: i64| {
            ints(until_step(0, count, if count < 0 { -1 } else { 1 }))
        }),
        Function::new("untilStep", |start: i64, stop: i64, step: i64| {
            ints(until_step(start, stop, step))
        }),
        Function::new("seq", |Rest(params): Rest<i64>| seq(&params)),
        Function::new("floor", |value: Value| to_float64(&value).floor()),
        Function::new("ceil", |value: Value| to_float64(&value).ceil()),
        Function::new("round", round),
    ];
    functions.extend(integer_functions());
    functions.extend(float_functions());
    functions
}

fn integer_functions() -> Vec<Function> {
    let most = |first: Value, Rest(rest): Rest<Value>| {
        Int64(rest.iter().map(to_int64).fold(to_int64(&first), i64::max))
    };
    vec![
        Function::new("add", |Rest(values): Rest<Value>| {
            Int64(values.iter().map(to_int64).fold(0, i64::wrapping_add))
        }),
        Function::new("add1", |value: Value| Int64(to_int64(&value).wrapping_add(1))),
        Function::new("sub", |a: Value, b: Value| {
            Int64(to_int64(&a).wrapping_sub(to_int64(&b)))
        }),
        Function::new("mul", |first: Value, Rest(rest): Rest<Value>| {
            Int64(
                rest.iter()
                    .map(to_int64)
                    .fold(to_int64(&first), i64::wrapping_mul),
            )
        }),
        Function::new("div", |a: Value, b: Value| divide(&a, &b, i64::wrapping_div)),
        Function::new("mod", |a: Value, b: Value| divide(&a, &b, i64::wrapping_rem)),
        Function::new("max", most),
        Function::new("biggest", most),
        Function::new("min", |first: Value, Rest(rest): Rest<Value>| {
            Int64(rest.iter().map(to_int64).fold(to_int64(&first), i64::min))
        }),
    ]
}

fn divide(a: &Value, b: &Value, operation: fn(i64, i64) -> i64) -> Result<Int64, Failure> {
    match to_int64(b) {
        0 => Err("runtime error: integer divide by zero".into()),
        divisor => Ok(Int64(operation(to_int64(a), divisor))),
    }
}

fn float_functions() -> Vec<Function> {
    vec![
        Function::new("addf", |Rest(values): Rest<Value>| decimals(0.0, &values, PLUS)),
        Function::new("add1f", |value: Value| {
            decimals(to_float64(&value), &[Value::Int(1)], PLUS)
        }),
        Function::new("subf", |first: Value, Rest(rest): Rest<Value>| {
            decimals(to_float64(&first), &rest, MINUS)
        }),
        Function::new("mulf", |first: Value, Rest(rest): Rest<Value>| {
            decimals(to_float64(&first), &rest, TIMES)
        }),
        Function::new("divf", |first: Value, Rest(rest): Rest<Value>| {
            if rest.iter().any(|value| to_float64(value) == 0.0) {
                return Err(Failure::from("decimal division by 0"));
            }
            Ok(decimals(to_float64(&first), &rest, OVER))
        }),
        Function::new("maxf", |first: Value, Rest(rest): Rest<Value>| {
            rest.iter().map(to_float64).fold(to_float64(&first), f64::max)
        }),
        Function::new("minf", |first: Value, Rest(rest): Rest<Value>| {
            rest.iter().map(to_float64).fold(to_float64(&first), f64::min)
        }),
    ]
}

/// `cast.ToInt64`; 0 for what is no number.
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Uint8(number) => i64::from(*number),
        Value::Uint64(number) => number.cast_signed(),
        Value::Float(number) => float_to_int(*number),
        Value::Bool(value) => i64::from(*value),
        Value::Str(text) => parse_int(without_zero_decimals(&text.to_text())).unwrap_or(0),
        _ => 0,
    }
}

/// Truncates as the processors that Helm runs on do: what does not fit is the smallest integer.
#[allow(clippy::cast_possible_truncation, reason = "the range was checked")]
fn float_to_int(number: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) {
        number as i64
    } else {
        i64::MIN
    }
}

/// `12.00` as `12`.
fn without_zero_decimals(text: &str) -> &str {
    match text.rsplit_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => text,
    }
}

/// `cast.ToFloat64`; 0 for what is no number.
pub(super) fn to_float64(value: &Value) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "Go converts in the same way")]
    match value {
        Value::Float(number) => *number,
        Value::Int(number) | Value::Int64(number) => *number as f64,
        Value::Uint8(number) => f64::from(*number),
        Value::Uint64(number) => *number as f64,
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Str(text) => text.to_text().parse().unwrap_or(0.0),
        _ => 0.0,
    }
}

/// More numbers than a template can want; a loop over them would not end.
const MAX_NUMBERS: usize = 10_000_000;

fn until_step(start: i64, stop: i64, stride: i64) -> Vec<i64> {
    let mut numbers = Vec::new();
    let runs = |at: i64| {
        if stop < start {
            stride < 0 && at > stop
        } else {
            stride > 0 && at < stop
        }
    };
    let mut at = start;
    while runs(at) && numbers.len() < MAX_NUMBERS {
        numbers.push(at);
        match at.checked_add(stride) {
            Some(next) => at = next,
            None => break,
        }
    }
    numbers
}

fn ints(numbers: Vec<i64>) -> Value {
    Value::List(List::new(
        ListType::Ints,
        numbers.into_iter().map(Value::Int).collect(),
    ))
}

/// `seq` of the shell: `LAST`, `FIRST LAST` or `FIRST STEP LAST`.
fn seq(params: &[i64]) -> String {
    let towards = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, step, end) = match *params {
        [end] => (1, towards(1, end), end),
        [start, end] => (start, towards(start, end), end),
        [start, step, end] if !(end < start && step > 0) => (start, step, end),
        _ => return String::new(),
    };
    let numbers = until_step(start, end.wrapping_add(towards(start, end)), step);
    numbers
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

fn round(value: Value, places: i64, Rest(round_on): Rest<f64>) -> f64 {
    let round_on = round_on.first().copied().unwrap_or(0.5);
    let scale = 10f64.powi(i32::try_from(places).unwrap_or(i32::MAX));
    let digit = scale * to_float64(&value);
    let rounded = if digit.fract() >= round_on {
        digit.ceil()
    } else {
        digit.floor()
    };
    rounded / scale
}
