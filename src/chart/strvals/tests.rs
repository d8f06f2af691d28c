//! Lines, each as the real Helm read it.

use super::*;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

fn map(value: Json) -> Map<String, Json> {
    value.as_object().cloned().unwrap()
}

#[rstest]
#[case("a=1,b=two,c=true,d=null,e=0,f=007,g=-5,h=1.5,i=", json!({"a": 1, "b": "two", "c": true, "d": null, "e": 0, "f": "007", "g": -5, "h": "1.5", "i": ""}))]
#[case("a.b.c=x,a.b.d=y", json!({"a": {"b": {"c": "x", "d": "y"}}}))]
#[case("a={1,two,,},b=3", json!({"a": [1, "two", "", ""], "b": 3}))]
#[case("a={}", json!({"a": [""]}))]
#[case("a[0]=x,a[2].b=y,c[0][1]=z", json!({"a": ["x", null, {"b": "y"}], "c": [[null, "z"]]}))]
#[case(r"a\.b=c\,d,e=\\", json!({"a.b": "c,d", "e": "\\"}))]
#[case("a=TRUE,b=Null", json!({"a": true, "b": null}))]
#[case("a[0]", json!({"a": []}))]
#[case("=x", json!({}))]
#[case("a=b=c", json!({"a": "b=c"}))]
fn set_reads_what_helm_reads(#[case] line: &str, #[case] expected: Json) {
    let mut values = Map::new();
    set(line, &mut values).unwrap();
    assert_eq!(Json::Object(values), expected);
}

#[rstest]
#[case("a", r#"key "a" has no value"#)]
#[case("a,b=1", r#"key "a" has no value (cannot end with ,)"#)]
#[case("a.=x", r#"key map "a" has no value"#)]
#[case("a={x", "list must terminate with '}'")]
#[case("a[x]=1", r#"error parsing index: strconv.Atoi: parsing "x": invalid syntax"#)]
#[case("a[-1]=1", "negative -1 index not allowed")]
#[case(
    "a[70000]=1",
    "index of 70000 is greater than maximum supported index of 65536"
)]
#[case("a[0]bc=1", "unexpected data at end of array index: ['b' 'c']")]
#[case("a[0", "error parsing index: EOF")]
#[case(
    "s.x=1",
    "unable to parse key: interface conversion: interface {} is string, not map[string]interface {}"
)]
#[case(
    "s[0]=1",
    "unable to parse key: interface conversion: interface {} is string, not []interface {}"
)]
fn errors_are_worded_as_helms(#[case] line: &str, #[case] expected: &str) {
    let mut values = map(json!({"s": "text"}));
    assert_eq!(set(line, &mut values).unwrap_err().to_string(), expected);
}

#[test]
fn names_are_not_nested_without_end() {
    let line = format!("{}=1", vec!["a"; MAX_NESTED_NAME_LEVEL + 2].join("."));
    assert_eq!(set(&line, &mut Map::new()).unwrap_err(), StrvalsError::Nested);
}

#[test]
fn what_is_set_lies_over_what_was_there() {
    let mut values = map(json!({"a": {"b": 1, "l": [1, 2]}, "c": 3}));
    set("a.b=2,a.l[1]=9,d=4", &mut values).unwrap();
    assert_eq!(
        Json::Object(values),
        json!({"a": {"b": 2, "l": [1, 9]}, "c": 3, "d": 4})
    );
}

#[test]
fn the_other_flags_differ_in_what_a_value_is() {
    let mut values = Map::new();
    set_string("a=1,b=true", &mut values).unwrap();
    set_json(r#"c={"x":[1,2]},d=, e=null ,f="g""#, &mut values).unwrap();
    set_literal(r"h.i=a,b\{c", &mut values).unwrap();
    set_file("j=path", &mut values, |path| Ok(format!("content of {path}"))).unwrap();
    assert_eq!(
        Json::Object(values),
        json!({"a": "1", "b": "true", "c": {"x": [1, 2]}, "d": null, " e": null, "f": "g",
            "h": {"i": r"a,b\{c"}, "j": "content of path"})
    );
    let error = set_file("a=none", &mut Map::new(), |_| Err("no such file".to_owned())).unwrap_err();
    assert_eq!(error.to_string(), "no such file");
    assert!(set_json("a={", &mut Map::new()).is_err());
}

proptest! {
    #[test]
    fn any_text_comes_back_when_it_is_escaped(key in "[^\0]{1,8}", text in "[^\0]{1,8}") {
        let escape = |text: &str| text.chars().flat_map(|c| ['\\', c]).collect::<String>();
        let mut values = Map::new();
        set_string(&format!("{}={}", escape(&key), escape(&text)), &mut values).unwrap();
        prop_assert_eq!(values.get(&key), Some(&Json::from(text)));
    }

    #[test]
    fn no_line_panics(line in "[ab.,=\\[\\]{}\\\\0-9\"]{0,20}") {
        let mut values = map(json!({"a": {"b": [1]}, "b": "x"}));
        let _ = set(&line, &mut values);
        let _ = set_json(&line, &mut values);
        let _ = set_literal(&line, &mut values);
    }
}
