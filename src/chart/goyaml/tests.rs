//! Cases in which Go's YAML is not what one expects, each as the real Helm printed it.

use super::*;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

fn read(text: &str) -> Json {
    parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn error(text: &str) -> String {
    parse(text.as_bytes()).unwrap_err().to_string()
}

#[rstest]
#[case("yes: no", json!({"true": false}))]
#[case("a: 0777\nb: 08\nc: 0o17\nd: 1_000\ne: 0b11", json!({"a": 511, "b": 8, "c": 15, "d": 1000, "e": 3}))]
#[case("a: 1:30\nb: 2001-01-01", json!({"a": "1:30", "b": "2001-01-01"}))]
#[case("a: 1.0\nb: 1e3\nc: 1e20\nd: -0", json!({"a": 1, "b": 1000, "c": 1e20, "d": 0}))]
#[case("1: a\n1.5: b\n2001-01-01: c", json!({"1": "a", "1.5": "b", "2001-01-01": "c"}))]
#[case("a: 18446744073709551615", json!({"a": u64::MAX}))]
#[case("a: !!str 3\nb: !!float 3\nc: !!binary aGk=\nd: !own 3\ne: ! 3", json!({"a": "3", "b": 3, "c": "hi", "d": "3", "e": "3"}))]
#[case("a: 1\na: 2", json!({"a": 2}))]
#[case("x: &a {a: 1, b: 2}\nz:\n  <<: *a\n  b: 3", json!({"x": {"a": 1, "b": 2}, "z": {"a": 1, "b": 3}}))]
#[case("x: &a {a: 1, b: 2}\nz:\n  b: 3\n  <<: *a", json!({"x": {"a": 1, "b": 2}, "z": {"a": 1, "b": 2}}))]
#[case("z:\n  <<: [{a: 1}, {a: 2, b: 3}]", json!({"z": {"a": 1, "b": 3}}))]
#[case("a: &x 1\nb: *x\nc: &x 2\nd: *x", json!({"a": 1, "b": 1, "c": 2, "d": 2}))]
#[case("a: !!set {x, z}", json!({"a": {"x": null, "z": null}}))]
#[case("a: 1\n---\nb: [", json!({"a": 1}))]
#[case("", Json::Null)]
#[case("# nothing", Json::Null)]
#[case("a:\tb", json!({"a": "b"}))]
#[case("a: [\nb,\n\tc]", json!({"a": ["b", "c"]}))]
#[case("a: \"b\nc\"", json!({"a": "b c"}))]
#[case("a: |\n  b", json!({"a": "b"}))]
#[case("a: |\n  b\n\n", json!({"a": "b\n"}))]
#[case("a: |+\n  b\n\n", json!({"a": "b\n\n"}))]
#[case("a: |2-\n   b\n", json!({"a": " b"}))]
#[case("a: >\n  b\n  c\n\n  d\n    e\n  f\n", json!({"a": "b c\nd\n  e\nf\n"}))]
#[case("a: b\n c\n\n d", json!({"a": "b c\nd"}))]
#[case("a: \"b \\\n   c\"", json!({"a": "b c"}))]
#[case("a: b\u{85}c: d", json!({"a": "b", "c": "d"}))]
#[case("a:\n- b\n-\n- c: d\n  e: f", json!({"a": ["b", null, {"c": "d", "e": "f"}]}))]
#[case("? a\n: - b\n? c", json!({"a": ["b"], "c": null}))]
#[case("[a: b, {c, d: }]", json!([{"a": "b"}, {"c": null, "d": null}]))]
#[case("{\"a\":1,b:2}", json!({"a": 1, "b:2": null}))]
#[case("%TAG !e! tag:yaml.org,2002:\n--- !e!str 1", json!("1"))]
#[case("\"a\" :b", json!("a"))]
fn yaml_means_what_it_means_in_go(#[case] text: &str, #[case] expected: Json) {
    assert_eq!(read(text), expected);
}

#[rstest]
#[case(
    "a: {{ .Values.x }}",
    r#"yaml: invalid map key: map[interface {}]interface {}{".Values.x":interface {}(nil)}"#
)]
#[case("? [a]\n: b", r#"yaml: invalid map key: []interface {}{"a"}"#)]
#[case("~: a", r#"unsupported map key of type: %!s(<nil>), key: <nil>, value: "a""#)]
#[case("a: .inf", "json: unsupported value: +Inf")]
#[case("a: .nan", "json: unsupported value: NaN")]
#[case("a: !!int x", "yaml: cannot decode !!str `x` as a !!int")]
#[case("a: !!binary '!!'", "yaml: !!binary value contains invalid base64 data")]
#[case("<<: 1", "yaml: map merge requires map or sequence of maps as the value")]
#[case("a: &x [*x]", "yaml: anchor 'x' value contains itself")]
#[case("a: \u{1}", "yaml: control characters are not allowed")]
#[case(
    "a: 1\nb: c: d",
    "yaml: line 2: mapping values are not allowed in this context"
)]
#[case(
    "a: 1\n\tb: 2",
    "yaml: line 2: found a tab character that violates indentation"
)]
#[case("a:\n\tb: 2", "yaml: line 2: found character that cannot start any token")]
#[case("a:\n  b: 1\n c: 2", "yaml: line 2: did not find expected key")]
#[case("- a\nb: c", "yaml: line 1: did not find expected '-' indicator")]
#[case("a: [1, 2\nb: c", "yaml: line 1: did not find expected ',' or ']'")]
#[case("a: {b: c\nd: e", "yaml: line 1: did not find expected ',' or '}'")]
#[case("a: 1\nb", "yaml: line 3: could not find expected ':'")]
#[case("a: 'x", "yaml: found unexpected end of stream")]
#[case("a: @x", "yaml: found character that cannot start any token")]
#[case("a: \"\\q\"", "yaml: found unknown escape character")]
#[case("a: *x", "yaml: unknown anchor 'x' referenced")]
#[case("a: - b", "yaml: block sequence entries are not allowed in this context")]
#[case("a: !e!x b", "yaml: found undefined tag handle")]
#[case("%YAML 1.2\n---\na: 1", "yaml: found incompatible YAML document")]
#[case("...", "yaml: did not find expected node content")]
fn errors_are_worded_as_in_go(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(error(text), format!("error converting YAML to JSON: {expected}"));
}

#[test]
fn a_text_that_is_no_utf8_is_an_error() {
    let error = parse(b"a: \xff").unwrap_err().to_string();
    assert_eq!(
        error,
        "error converting YAML to JSON: yaml: invalid leading UTF-8 octet"
    );
}

#[test]
fn aliases_cannot_blow_a_document_up() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert!(error(&text).ends_with("yaml: document contains excessive aliasing"));
}

#[test]
fn depth_has_a_bound() {
    assert!(error(&"- ".repeat(5_000)).contains("exceeded max depth"));
}

#[test]
fn a_map_is_asked_for_by_its_go_type() {
    assert_eq!(
        parse_object(b"- a").unwrap_err().to_string(),
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}"
    );
    assert_eq!(parse_object(b"").unwrap(), Map::new());
}

#[rstest]
#[case(json!({"b": 1, "a": [1, {"c": [], "d": {}}], "10": null, "9": true}), "\"9\": true\n\"10\": null\na:\n- 1\n- c: []\n  d: {}\nb: 1")]
#[case(json!([["a", ["b"]], {"a": {"b": 1}}]), "- - a\n  - - b\n- a:\n    b: 1")]
#[case(json!(["on", "1e3", "1_000", "1:30", "0o7", "~", "2001-01-01", "", "true", "null"]),
    "- \"on\"\n- \"1e3\"\n- \"1_000\"\n- \"1:30\"\n- \"0o7\"\n- \"~\"\n- \"2001-01-01\"\n- \"\"\n- \"true\"\n- \"null\"")]
#[case(json!(["a: b", "#a", "a #b", "a#b", "- a", "-a", "it's", "'a", "{a", "a,b", "@a", "?", "?a", "a:"]),
    "- 'a: b'\n- '#a'\n- 'a #b'\n- a#b\n- '- a'\n- -a\n- it's\n- '''a'\n- '{a'\n- a,b\n- '@a'\n- '?'\n- ?a\n- 'a:'")]
#[case(json!(["x\ny", "x\n", "x\n\n", "\nx", " x\ny", "x \ny", "x\ny "]),
    "- |-\n  x\n  y\n- |\n  x\n- |+\n  x\n\n- |2-\n\n  x\n- |2-\n   x\n  y\n- \"x \\ny\"\n- \"x\\ny \"")]
#[case(json!({"a": "x\ny\n", "b": {"c": "x\n\n"}}), "a: |\n  x\n  y\nb:\n  c: |+\n    x\n")]
#[case(json!({"x\ny": 1}), "? |-\n  x\n  y\n: 1")]
#[case(json!(["a\tb", "\u{1}", "😀", "é", "\u{feff}", "\u{a0}"]), "- \"a\\tb\"\n- \"\\x01\"\n- \"\\U0001F600\"\n- é\n- \"\\uFEFF\"\n- \u{a0}")]
#[case(json!([1.0, 1.5, 1e6, 1_234_567.5, 1e20, 1e21, 1e-7, -0.0]), "- 1\n- 1.5\n- 1000000\n- 1.2345675e+06\n- 1e+20\n- 1e+21\n- 1e-07\n- 0")]
#[case(json!("x"), "x")]
#[case(json!({}), "{}")]
#[case(json!("x\ny"), "|-\n  x\n  y")]
#[case(json!({"a": "a\u{85}b\u{85}\u{85}c"}), "a: |-\n  a b\n  c")]
#[case(json!({"a": "\u{7f}"}), "")]
fn values_are_written_as_to_yaml_writes_them(#[case] value: Json, #[case] expected: &str) {
    // A literal block at the end keeps its line breaks but one, as in Helm.
    assert_eq!(to_string(&value), expected);
}

#[test]
fn long_text_is_folded_past_column_80() {
    let words = "word ".repeat(20);
    let text = to_string(&json!({"a": words.trim_end(), "b": words}));
    assert_eq!(
        text,
        "a: word word word word word word word word word word word word word word word word\n  word word word word\nb: 'word word word word word word word word word word word word word word word word\n  word word word word '"
    );
}

#[test]
fn a_key_too_long_for_a_line_gets_a_question_mark() {
    let (fits, too_long) = ("k".repeat(128), "k".repeat(129));
    assert_eq!(to_string(&json!({ fits.clone(): 1 })), format!("{fits}: 1"));
    assert_eq!(
        to_string(&json!({ too_long.clone(): [1] })),
        format!("? {too_long}\n: - 1")
    );
}

/// Text of what YAML finds hard.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9 :#\\-'\"{}\\[\\],&*!|>%@`?~.=\\\\_+\n\té中😀]{0,12}",
        "(yes|no|on|off|null|true|~|0x1f|0o7|1e3|1_0|1:30|\\.inf|2001-01-01|---|\\.\\.\\.)",
        "([a-z]{1,9} {1,2}){10,30}[a-z]",
    ]
}

fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-1e9..1e9f64).prop_map(|float| Json::from(float + 0.5)),
        text().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            // goyaml writes the key `<<` without quotes and then reads a merge.
            prop::collection::btree_map(text().prop_filter("merge", |key| key != "<<"), inner, 0..5)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn a_text_is_refused_for_each_character_that_is_not_allowed(
        text in proptest::collection::vec(prop_oneof![any::<char>(), proptest::sample::select(&['\0', '\t', '\u{7f}', '\u{80}', '\u{85}', '\u{9f}', '\u{a0}', '\u{feff}', '\u{fffd}', '\u{fffe}', '\u{ffff}'])], 0..4),
    ) {
        let text: String = text.into_iter().collect();
        let allowed = text.strip_prefix('\u{feff}').unwrap_or(&text).chars().all(compose::is_allowed);
        prop_assert_eq!(compose::checked_text(&text).is_ok(), allowed);
    }

    #[test]
    fn what_is_written_is_read_back(value in value()) {
        let text = to_string(&value);
        prop_assert_eq!(parse(format!("{text}\n").as_bytes()).unwrap(), value, "{}", text);
    }

    #[test]
    fn no_text_panics(text in "[a:\\- \n\t\\[\\]{},?|>&*!'\"\\\\#%0<.+]{0,40}") {
        let _ = parse(text.as_bytes());
    }
}
