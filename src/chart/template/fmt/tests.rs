#![allow(clippy::unwrap_used)]
//! What the real `fmt` prints for the same operands.

use super::*;
use crate::chart::value::{List, Map, Str};

fn printf(format: &str, args: &[Value]) -> String {
    String::from_utf8(sprintf(format.as_bytes(), args)).unwrap()
}

#[test]
fn floats_print_as_go_prints_them() {
    for (value, text) in [
        (20_971_520.0, "2.097152e+07"),
        (3.0, "3"),
        (1.5, "1.5"),
        (1e6, "1e+06"),
        (100_000.0, "100000"),
        (123_456_789.0, "1.23456789e+08"),
        (1e21, "1e+21"),
        (1e20, "1e+20"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (-0.0, "-0"),
        (f64::INFINITY, "+Inf"),
        (f64::NAN, "NaN"),
    ] {
        assert_eq!(value_text(&Value::Float(value)), text);
    }
}

#[test]
fn sprint_puts_spaces_between_operands_that_are_no_strings() {
    let args = [
        Value::from("a"),
        Value::Int(1),
        Value::Int(2),
        Value::from("b"),
        Value::Nil,
    ];
    assert_eq!(sprint(&args), b"a1 2b<nil>");
    assert_eq!(sprintln(&args[..2]), b"a 1\n");
}

#[test]
fn collections_print_in_the_order_of_their_keys() {
    let map: Map = [("b", Value::Int(1)), ("a", Value::Nil)].into_iter().collect();
    let list = List::any(vec![Value::from("x"), Value::Map(map)]);
    assert_eq!(value_text(&Value::List(list)), "[x map[a:<nil> b:1]]");
}

#[test]
fn verbs_take_width_precision_and_flags() {
    for (format, value, text) in [
        ("%5d|", Value::Int(42), "   42|"),
        ("%-5d|", Value::Int(42), "42   |"),
        ("%05d|", Value::Int(-42), "-0042|"),
        ("%+d", Value::Int(42), "+42"),
        ("%x", Value::Int(255), "ff"),
        ("%#x", Value::Int(255), "0xff"),
        ("%o", Value::Int(8), "10"),
        ("%b", Value::Int(5), "101"),
        ("%c", Value::Int(233), "é"),
        ("%U", Value::Int(233), "U+00E9"),
        ("%q", Value::Int(97), "'a'"),
        ("%.2f", Value::Float(2.567), "2.57"),
        ("%08.3f", Value::Float(-2.5), "-002.500"),
        ("%e", Value::Float(1234.5), "1.234500e+03"),
        ("%.3g", Value::Float(1234.5), "1.23e+03"),
        ("%g", Value::Float(1234.5), "1234.5"),
        ("%f", Value::Float(1.0), "1.000000"),
        ("%10s|", Value::from("é"), "         é|"),
        ("%-4s|", Value::from("ab"), "ab  |"),
        ("%.1s|", Value::from("éa"), "é|"),
        ("%x", Value::from("ab"), "6162"),
        ("%q", Value::from("a\"\n\u{7f}é\u{200b}"), r#""a\"\n\x7fé\u200b""#),
        ("%t", Value::Bool(true), "true"),
        ("%v", Value::Bytes(Str::from("ab")), "[97 98]"),
        ("%s", Value::Bytes(Str::from("ab")), "ab"),
        ("%T", Value::Float(1.0), "float64"),
        ("%#v", Value::from("a"), "\"a\""),
    ] {
        assert_eq!(printf(format, &[value]), text, "{format}");
    }
}

#[test]
fn what_does_not_fit_is_shown_in_place() {
    for (format, args, text) in [
        ("%d", vec![Value::Float(3.0)], "%!d(float64=3)"),
        ("%s", vec![Value::Nil], "%!s(<nil>)"),
        ("%s", vec![Value::Int(3)], "%!s(int=3)"),
        ("%d %d", vec![Value::Int(1)], "1 %!d(MISSING)"),
        ("%d", vec![Value::Int(1), Value::from("a")], "1%!(EXTRA string=a)"),
        ("%", vec![], "%!(NOVERB)"),
        ("%z", vec![Value::Int(1)], "%!z(int=1)"),
        ("100%%", vec![], "100%"),
        ("%[2]s %[1]s", vec![Value::from("a"), Value::from("b")], "b a"),
        ("%[3]s", vec![Value::from("a")], "%!s(BADINDEX)"),
        ("%*d", vec![Value::Int(4), Value::Int(7)], "   7"),
        (
            "%d",
            vec![Value::List(List::any(vec![Value::Int(1), Value::from("a")]))],
            "[1 %!d(string=a)]",
        ),
    ] {
        assert_eq!(printf(format, &args), text, "{format}");
    }
}
