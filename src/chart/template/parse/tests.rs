#![allow(clippy::unwrap_used)]
//! The trees and errors of Go's parser for the same texts.

use super::*;

fn trees(text: &str) -> Result<Vec<Arc<Tree>>> {
    parse(&Arc::from("t"), &Str::from(text))
}

fn printed(text: &str) -> String {
    let trees = trees(text).unwrap();
    let tree = trees.last().unwrap();
    tree.root
        .nodes
        .iter()
        .map(|node| tree.shown(node).to_string())
        .collect()
}

#[test]
fn trees_print_as_go_prints_them() {
    for (text, tree) in [
        (
            "{{ .a.b | printf \"%s\"  (len .c).d }}",
            "{{.a.b | printf \"%s\" (len .c).d}}",
        ),
        ("{{ $x := 1 }}{{ $x = 2 }}", "{{$x := 1}}{{$x = 2}}"),
        (
            "{{ range $k, $v := .m }}a{{ else }}b{{ end }}",
            "{{range $k, $v := .m}}a{{else}}b{{end}}",
        ),
        ("{{ if a1 }}x{{ end }}", ""),
        (
            "{{ if 1 }}a{{ else if 2 }}b{{ else }}c{{ end }}",
            "{{if 1}}a{{else}}{{if 2}}b{{else}}c{{end}}{{end}}",
        ),
        (
            "{{ template \"x\" . }}{{ $.y.z }}",
            "{{template \"x\" .}}{{$.y.z}}",
        ),
        ("{{ block \"b\" . }}q{{ end }}", "{{template \"b\" .}}"),
    ] {
        if tree.is_empty() {
            assert!(trees(text).is_err(), "{text}");
        } else {
            assert_eq!(printed(text), tree, "{text}");
        }
    }
}

#[test]
fn errors_read_as_go_words_them() {
    for (text, message) in [
        ("{{ $y }}", "template: t:1: undefined variable \"$y\""),
        ("{{ nosuch 1 }}", "template: t:1: function \"nosuch\" not defined"),
        ("{{ if true }}x\n", "template: t:2: unexpected EOF"),
        ("{{ end }}", "template: t:1: unexpected {{end}}"),
        ("{{ else }}", "template: t:1: unexpected {{else}}"),
        (
            "{{ range $a, $b, $c := .l }}{{ end }}",
            "template: t:1: too many declarations in range",
        ),
        ("{{ if }}x{{ end }}", "template: t:1: missing value for if"),
        (
            "{{ 1 | 2 }}",
            "template: t:1: non executable command in pipeline stage 2",
        ),
        (
            "{{ \"a\".b }}",
            "template: t:1: unexpected . after term \"\\\"a\\\"\"",
        ),
        ("{{ break }}", "template: t:1: {{break}} outside {{range}}"),
        ("\n{{ .a\n", "template: t:3: unclosed action started at t:2"),
        (
            "{{ .a\n\"b }}",
            "template: t:2: unterminated quoted string in action started at t:1",
        ),
        (
            "{{ define 3 }}{{ end }}",
            "template: t:1: unexpected \"3\" in define clause",
        ),
        ("{{ . .. }}", "template: t:1: unexpected <.> in operand"),
        (
            "{{ with 1 }}{{ else if 2 }}{{ end }}",
            "template: t:1: unexpected <if> in input",
        ),
        (
            "{{ define \"a\" }}x{{ end }}{{ define \"a\" }}y{{ end }}",
            "template: t:1: template: multiple definition of template \"a\"",
        ),
        (
            "{{ template \"a\" }} {{ (1 }}",
            "template: t:1: unclosed left paren",
        ),
        ("{{ 1 , }}", "template: t:1: unexpected \",\" in operand"),
    ] {
        assert_eq!(
            trees(text).map(|_| ()).unwrap_err().to_string(),
            message,
            "{text}"
        );
    }
}

#[test]
fn definitions_become_trees_of_their_own() {
    let trees = trees("{{ define \"a\" }}x{{ end }}rest{{ block \"b\" 1 }}{{ end }}").unwrap();
    let names: Vec<&str> = trees.iter().map(|tree| tree.name.as_ref()).collect();
    assert_eq!(names, ["a", "b", "t"]);
}

#[test]
fn deep_nesting_is_an_error() {
    let text = format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000));
    assert_eq!(
        trees(&text).map(|_| ()).unwrap_err().message,
        "max expression depth exceeded"
    );
    let text = "{{ if 1 }}".repeat(5000);
    assert_eq!(
        trees(&text).map(|_| ()).unwrap_err().message,
        "max expression depth exceeded"
    );
}
