#![allow(clippy::unwrap_used)]
//! With a memo the same is written as without one.

use super::*;
use crate::chart::render::{Frozen, NoCluster};
use crate::chart::template::exec::{TemplateSet, TextCache};
use crate::chart::template::parse::parse;
use crate::chart::value::{MapType, from_watched_json};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

/// Definitions that do all that could make a kept text wrong.
const DEFINITIONS: &str = r#"
{{ define "plain" }}{{ .Values.a }}{{ end }}
{{ define "of" }}{{ .root.Values.a }}{{ .name }}{{ range .more }}{{ . }}{{ end }}{{ end }}
{{ define "nested" }}{{ include "plain" . }}{{ include "of" (dict "root" $ "name" "n") }}{{ end }}
{{ define "file" }}{{ .Template.Name }}{{ end }}
{{ define "file within" }}{{ include "plain" . }}{{ include "file" . }}{{ end }}
{{ define "whole" }}{{ toJson . }}{{ end }}
{{ define "random" }}{{ randNumeric 8 }}{{ end }}
{{ define "random within" }}{{ include "random" . }}{{ include "plain" . }}{{ end }}
{{ define "writes" }}{{ $_ := set .Values "a" "written" }}{{ end }}
{{ define "writes to its own" }}{{ $_ := set . "name" (cat .name "more") }}{{ .name }}{{ end }}
{{ define "writes to the file" }}{{ $_ := set .Template "Name" "in a definition" }}{{ end }}
{{ define "tpl" }}{{ tpl "{{ define \"plain\" }}inner{{ end }}{{ include \"plain\" . }}{{ include \"nested\" . }}" . }}{{ end }}
{{ define "type" }}{{ typeOf . }}{{ if kindIs "map" . }}{{ range $k, $v := . }}{{ $k }}{{ typeOf $v }}{{ end }}{{ end }}{{ end }}
{{ define "two" }}{{ slice . 0 2 | join "," }}{{ end }}
{{ define "deep" }}{{ if lt (first .) (last .) }}{{ include "deep" (list (add1 (first .)) (last .)) }}{{ end }}{{ end }}
"#;

/// What a file may do, each in a block of its own.
const STATEMENTS: &[&str] = &[
    r#"{{ include "plain" . }}"#,
    r#"{{ template "plain" . }}"#,
    r#"{{ include "plain" (dict "Values" (dict "a" "other")) }}"#,
    r#"{{ include "of" (dict "root" . "name" "one") }}"#,
    r#"{{ include "of" (dict "root" . "name" "two") }}"#,
    r#"{{ include "of" (dict "root" . "name" "one" "more" (list 1 "2" 3.5)) }}"#,
    r#"{{ include "of" (dict "root" . "name" "one" "more" .Values.list) }}"#,
    r#"{{ include "of" (dict "root" . "name" "one" "more" (slice .Values.list 1)) }}"#,
    r#"{{ include "nested" . }}"#,
    r#"{{ template "nested" $ }}"#,
    r#"{{ include "file" . }}"#,
    r#"{{ include "file within" . }}"#,
    r#"{{ include "whole" . }}"#,
    r#"{{ include "whole" .Values }}"#,
    r#"{{ include "whole" .Template }}"#,
    r#"{{ include "whole" (dict "template" .Template) }}"#,
    r#"{{ include "writes to the file" . }}"#,
    r#"{{ $_ := set .Template "Name" "written" }}{{ .Template.Name }}"#,
    r#"{{ include "random" . }}"#,
    r#"{{ include "random within" . }}"#,
    r#"{{ include "writes" . }}"#,
    r#"{{ $_ := set .Values.map "x" "written" }}"#,
    r#"{{ $d := dict "name" "d" }}{{ include "writes to its own" $d }}{{ $d.name }}"#,
    r#"{{ include "writes to its own" (dict "name" "d") }}"#,
    r#"{{ $d := dict "name" "d" }}{{ range list $d $d }}{{ include "writes to its own" . }}{{ end }}"#,
    r#"{{ range list (dict "name" "d") }}{{ include "writes to its own" . }}{{ .name }}{{ end }}"#,
    r#"{{ $l := list (dict "name" "d") }}{{ range $l }}{{ include "writes to its own" . }}{{ end }}{{ toJson $l }}"#,
    r#"{{ include "tpl" . }}"#,
    r#"{{ tpl "{{ define \"plain\" }}inner{{ end }}{{ include \"nested\" . }}" . }}"#,
    r#"{{ include "type" 1 }}{{ include "type" 1.0 }}{{ include "type" (int64 1) }}{{ include "type" "1" }}"#,
    r#"{{ include "type" nil }}{{ include "type" list }}{{ include "type" (list "") }}{{ include "type" (splitList "," "") }}"#,
    r#"{{ include "type" .Values }}{{ include "type" .Values.map }}{{ include "type" (dict "a" .Values) }}"#,
    r#"{{ include "two" (slice .Values.list 0 1) }}"#,
    r#"{{ include "two" (list 1.0) }}"#,
    r#"{{ include "file one" . }}"#,
];

/// What the files write, one after the other.
fn written(files: &[String], with_memo: bool) -> Vec<Result<String, String>> {
    let mut set = TemplateSet::default();
    let definitions = parse(&Arc::from("_definitions"), &Str::from(DEFINITIONS)).unwrap();
    set.add(&definitions);
    let names = ["file one", "file two", "file three"];
    for (name, text) in names.iter().zip(files) {
        set.add(&parse(&Arc::from(*name), &Str::from(text.as_str())).unwrap());
    }
    let (writes, uses) = (Watch::default(), Watch::default());
    let values = json!({"Values": {"a": "A", "list": [1, 2], "map": {"x": 1}}});
    let Value::Map(dot) = from_watched_json(&values, &writes) else {
        unreachable!("an object is a map")
    };
    let cache = TextCache::default();
    let environment = Frozen::new(Timestamp::UNIX_EPOCH, 7);
    let mut exec = Exec::new(Arc::new(set), &NoCluster, &environment, &cache);
    if with_memo {
        exec.remember(Memo::new(&writes, &uses));
    }
    let run = |name: &&str| {
        let template = [(Str::from("Name"), Value::from(*name))];
        let template = Map::use_watched(MapType::Any, template.into_iter().collect(), &uses);
        dot.insert_unseen("Template", template);
        let text = exec.render(name, &Value::Map(dot.clone()));
        text.map(|text| String::from_utf8(text).unwrap())
            .map_err(|error| error.text)
    };
    names.iter().take(files.len()).map(run).collect()
}

fn file() -> impl Strategy<Value = String> {
    let statement = proptest::sample::select(STATEMENTS);
    proptest::collection::vec(statement, 1..8).prop_map(|statements| {
        let blocks = statements
            .iter()
            .map(|it| format!("{{{{ if true }}}}{it}|{{{{ end }}}}\n"));
        blocks.collect()
    })
}

proptest! {
    #[test]
    fn a_memo_changes_nothing(files in proptest::collection::vec(file(), 1..=3)) {
        prop_assert_eq!(written(&files, true), written(&files, false));
    }
}

/// How many texts a memo holds after the file.
fn kept(text: &str) -> usize {
    let mut set = TemplateSet::default();
    set.add(&parse(&Arc::from("_definitions"), &Str::from(DEFINITIONS)).unwrap());
    set.add(&parse(&Arc::from("file"), &Str::from(text)).unwrap());
    let writes = Watch::default();
    let dot = from_watched_json(&json!({"Values": {"a": "A", "list": [{"b": 1}]}}), &writes);
    let (environment, cache) = (Frozen::default(), TextCache::default());
    let mut exec = Exec::new(Arc::new(set), &NoCluster, &environment, &cache);
    exec.remember(Memo::new(&writes, &Watch::default()));
    exec.render("file", &dot).unwrap();
    exec.memo.unwrap().texts.len()
}

#[test]
fn what_is_written_for_the_same_dot_is_kept_once() {
    let cases = [
        (
            r#"{{ include "plain" . }}{{ include "plain" $ }}{{ template "plain" . }}"#,
            1,
        ),
        (
            r#"{{ range until 3 }}{{ include "of" (dict "root" $ "name" "x" "more" (list 1 .)) }}{{ end }}"#,
            3,
        ),
        (
            r#"{{ range until 3 }}{{ include "of" (dict "root" $ "more" (list (dict "k" "v"))) }}{{ end }}"#,
            1,
        ),
        (r#"{{ include "nested" . }}"#, 3),
        (r#"{{ include "type" .Values.list }}"#, 1),
        (r#"{{ include "random within" . }}"#, 1),
        (
            r#"{{ $held := dict "name" "x" }}{{ include "writes to its own" $held }}"#,
            0,
        ),
        (
            r#"{{ include "plain" . }}{{ include "writes" . }}{{ include "nested" . }}"#,
            1,
        ),
        (r#"{{ include "type" (repeat 600 "x") }}"#, 0),
    ];
    for (text, expected) in cases {
        assert_eq!(kept(text), expected, "{text}");
    }
}

#[test]
fn a_text_never_stands_for_what_would_have_gone_too_deep() {
    // Each call would find the one before it not far below.
    let text = r#"{{ range until 12 }}{{ include "down" (mul . 100) }}{{ end }}"#;
    let down = r#"{{ define "down" }}{{ if . }}{{ include "down" (sub . 1) }}{{ end }}{{ end }}"#;
    let error = written(&[format!("{down}{text}")], true).remove(0).unwrap_err();
    assert!(
        error.contains("rendering template has a nested reference name: down"),
        "{error}"
    );
}
