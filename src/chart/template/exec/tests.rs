#![allow(clippy::unwrap_used)]
//! What the language does with values; the words of the errors are Go's.

use super::*;
use crate::chart::render::{Frozen, NoCluster};
use crate::chart::template::parse::parse;
use crate::chart::value::{Map, MapType, from_json};
use serde_json::json;

fn run(text: &str) -> Result<String, String> {
    let values = json!({
        "s": "str", "i": 3, "l": ["a", "b", "c"], "m": {"a": "x", "n": 5}, "none": [], "t": "{{ .s | upper }}",
    });
    let trees = parse(&Arc::from("t"), &Str::from(text)).map_err(|error| error.to_string())?;
    let mut set = TemplateSet::default();
    set.add(&trees);
    let cache = TextCache::default();
    let environment = Frozen::default();
    let mut exec = Exec::new(set.into(), &NoCluster, &environment, &cache);
    exec.render("t", &from_json(&values))
        .map(|text| String::from_utf8(text).unwrap())
        .map_err(|error| error.text)
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(run(text).as_deref(), Ok(*expected), "{text}");
    }
}

#[test]
fn control_structures_choose_and_repeat() {
    check(&[
        ("{{ if .none }}a{{ else if .s }}b{{ else }}c{{ end }}", "b"),
        ("{{ with .m }}{{ .a }}{{ $.s }}{{ else }}no{{ end }}", "xstr"),
        ("{{ range .none }}x{{ else }}empty{{ end }}", "empty"),
        ("{{ range $k, $v := .m }}{{ $k }}={{ $v }};{{ end }}", "a=x;n=5;"),
        (
            "{{ range .l }}{{ if eq . \"b\" }}{{ continue }}{{ end }}{{ . }}{{ end }}",
            "ac",
        ),
        (
            "{{ range .l }}{{ if eq . \"b\" }}{{ break }}{{ end }}{{ . }}{{ end }}",
            "a",
        ),
        ("{{ range 3 }}{{ . }}{{ end }}", "012"),
        (
            "{{ range $i := until 2 }}{{ range $j := until 2 }}{{ $i }}{{ $j }} {{ end }}{{ end }}",
            "00 01 10 11 ",
        ),
    ]);
}

#[test]
fn what_is_read_of_the_same_text_again_is_another_map() {
    check(&[(
        "{{ $a := fromYaml \"x: 1\" }}{{ $_ := set $a \"x\" 2 }}{{ $a.x }}{{ (fromYaml \"x: 1\").x }}",
        "21",
    )]);
}

#[test]
fn variables_live_until_their_block_ends() {
    check(&[
        ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"),
        ("{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}", "1"),
        ("{{ $x := 1 }}{{ $x := 2 }}{{ $x }}", "2"),
        (
            "{{ $i := 0 }}{{ $v := 0 }}{{ range $i, $v = .l }}{{ end }}{{ $i }}{{ $v }}",
            "2c",
        ),
    ]);
}

#[test]
fn what_is_absent_is_nothing_and_nil_has_no_fields() {
    check(&[
        ("[{{ .no }}]", "[]"),
        ("[{{ ((.no).x).y }}]", "[]"),
        ("[{{ $n := .no }}{{ $n.x.y }}]", "[]"),
        ("{{ eq .no nil }}", "true"),
        ("{{ printf \"%v\" .no }}", "<nil>"),
        ("[{{ index .m \"zz\" }}]", "[]"),
    ]);
    assert_eq!(
        run("{{ .no.b.c }}").unwrap_err(),
        "template: t:1:6: executing \"t\" at <.no.b.c>: nil pointer evaluating interface {}.b"
    );
}

#[test]
fn and_and_or_stop_early() {
    check(&[
        ("{{ and .no .no.x.y }}", ""),
        ("{{ or .s .no.x.y }}", "str"),
        ("{{ .s | and .m.a }}", "str"),
        ("{{ .s | or .m.a }}", "x"),
    ]);
}

#[test]
fn maps_are_shared() {
    check(&[
        ("{{ $d := dict }}{{ $_ := set $d \"k\" \"v\" }}{{ $d.k }}", "v"),
        ("{{ $_ := set .m \"a\" \"y\" }}{{ .m.a }}", "y"),
        (
            "{{ $d := deepCopy .m }}{{ $_ := set $d \"a\" \"y\" }}{{ .m.a }}",
            "x",
        ),
        (
            "{{ range $k, $v := .m }}{{ $_ := unset $.m $k }}{{ end }}{{ len .m }}",
            "0",
        ),
    ]);
}

#[test]
fn templates_call_each_other() {
    check(&[
        (
            "{{ define \"t1\" }}[{{ . }}|{{ $ }}]{{ end }}{{ template \"t1\" \"x\" }}{{ include \"t1\" 5 }}",
            "[x|x][5|5]",
        ),
        ("{{ block \"bl\" .s }}<{{ . }}>{{ end }}", "<str>"),
        ("{{ tpl .t . }}", "STR"),
        (
            "{{ define \"d\" }}1{{ end }}{{ tpl \"{{ define \\\"d\\\" }}2{{ end }}{{ include \\\"d\\\" . }}\" . }}{{ include \"d\" . }}",
            "21",
        ),
    ]);
    assert_eq!(
        run("{{ define \"a\" }}\n{{ .s.x }}{{ end }}{{ include \"a\" . }}").unwrap_err(),
        "template: t:2:22: executing \"t\" at <include \"a\" .>: error calling include: template: t:2:5: executing \"a\" at \
         <.s.x>: can't evaluate field x in type interface {}"
    );
    assert_eq!(
        run("{{ tpl \"{{ .s\" . }}").unwrap_err(),
        "template: t:1:3: executing \"t\" at <tpl \"{{ .s\" .>: error calling tpl: cannot parse template \"{{ .s\": template: \
         gotpl:1: unclosed action"
    );
}

#[test]
fn arguments_must_have_the_types_of_parameters() {
    for (text, message) in [
        (
            "{{ upper .i }}",
            "at <.i>: wrong type for value; expected string; got float64",
        ),
        (
            "{{ upper .no }}",
            "at <.no>: wrong type for value; expected string; got interface {}",
        ),
        ("{{ .no | upper }}", "at <upper>: invalid value; expected string"),
        ("{{ upper 3 }}", "at <3>: expected string; found 3"),
        (
            "{{ trunc \"x\" \"y\" }}",
            "at <\"x\">: expected integer; found \"x\"",
        ),
        (
            "{{ trunc (add 1 1) \"y\" }}",
            "at <1>: wrong type for value; expected int; got int64",
        ),
        (
            "{{ upper }}",
            "at <upper>: wrong number of args for upper: want 1 got 0",
        ),
        (
            "{{ printf }}",
            "at <printf>: wrong number of args for printf: want at least 1 got 0",
        ),
        (
            "{{ .m.a \"x\" }}",
            "at <.m.a>: a is not a method but has arguments",
        ),
        (
            "{{ \"a\" \"b\" }}",
            "at <\"a\">: can't give argument to non-function \"a\"",
        ),
        ("{{ nil }}", "at <nil>: nil is not a command"),
        (
            "{{ eq .i 3 }}",
            "at <eq .i 3>: error calling eq: incompatible types for comparison: float64 and int",
        ),
        ("{{ range .i }}{{ end }}", "at <.i>: range can't iterate over 3"),
        (
            "{{ len .no }}",
            "at <len .no>: error calling len: len of nil pointer",
        ),
        (
            "{{ template \"zz\" }}",
            "at <{{template \"zz\"}}>: template \"zz\" not defined",
        ),
    ] {
        let error = run(text).unwrap_err();
        assert!(error.ends_with(message), "{text}: {error}");
    }
}

#[test]
fn a_map_under_a_name_is_no_plain_map_to_dig() {
    let map = Map::new().retyped(MapType::Values);
    let trees = parse(&Arc::from("t"), &Str::from("{{ dig \"a\" \"d\" . }}")).unwrap();
    let mut set = TemplateSet::default();
    set.add(&trees);
    let (cache, environment) = (TextCache::default(), Frozen::default());
    let error = Exec::new(set.into(), &NoCluster, &environment, &cache)
        .render("t", &Value::Map(map))
        .unwrap_err();
    assert!(
        error
            .text
            .ends_with("interface {} is chartutil.Values, not map[string]interface {}"),
        "{}",
        error.text
    );
}

#[test]
fn what_may_come_from_outside_is_not_kept_with_the_documents_that_were_read() {
    let known = |text: &str| {
        let mut set = TemplateSet::default();
        set.add(&parse(&Arc::from("t"), &Str::from(text)).unwrap());
        let (cache, environment) = (TextCache::default(), Frozen::default());
        let mut exec = Exec::new(set.into(), &NoCluster, &environment, &cache);
        exec.render("t", &Value::Nil).unwrap();
        cache.documents()
    };
    assert_eq!(
        known(r#"{{ fromYaml "a: 1" }}{{ fromYaml "a: 1" }}{{ fromYamlArray "[1]" }}"#),
        2
    );
    assert_eq!(known(r#"{{ printf "a: %s" (randAlpha 8) | fromYaml }}"#), 0);
    assert_eq!(known(r#"{{ fromYaml "a: &a 1\nb: *a" }}"#), 0);
}
