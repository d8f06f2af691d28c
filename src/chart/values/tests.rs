//! The rules of values, each as the real Helm showed it.

use super::*;
use crate::chart::model::{Chart, Dependency, Metadata};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

fn chart(name: &str, values: Json, dependencies: Vec<Chart>) -> Chart {
    Chart {
        metadata: Metadata {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            ..Metadata::default()
        },
        values: values.into(),
        dependencies,
        ..Chart::default()
    }
}

fn dependency(name: &str) -> Dependency {
    Dependency {
        name: name.to_owned(),
        version: ">=1.0.0".to_owned(),
        ..Dependency::default()
    }
}

fn values(chart: &Chart, values: Json) -> Json {
    coalesce(chart, &values).unwrap().values
}

#[rstest]
#[case(json!({}), json!({"a": {"b": 1, "c": [1]}, "n": null}))]
#[case(json!({"a": {"b": 2, "d": 3}}), json!({"a": {"b": 2, "c": [1], "d": 3}, "n": null}))]
#[case(json!({"a": {"c": [2]}}), json!({"a": {"b": 1, "c": [2]}, "n": null}))]
#[case(json!({"a": null}), json!({"n": null}))]
#[case(json!({"a": {"b": null}}), json!({"a": {"c": [1]}, "n": null}))]
#[case(json!({"a": 1}), json!({"a": 1, "n": null}))]
#[case(json!({"n": {"x": 1}}), json!({"a": {"b": 1, "c": [1]}, "n": {"x": 1}}))]
#[case(json!({"z": null}), json!({"a": {"b": 1, "c": [1]}, "n": null, "z": null}))]
#[case(json!({"a": {"z": null}}), json!({"a": {"b": 1, "c": [1], "z": null}, "n": null}))]
fn maps_merge_null_deletes_and_everything_else_replaces(#[case] given: Json, #[case] expected: Json) {
    let chart = chart("top", json!({"a": {"b": 1, "c": [1]}, "n": null}), vec![]);
    assert_eq!(values(&chart, given), expected);
}

#[test]
fn globals_reach_every_subchart_and_the_parents_win() {
    let leaf = chart(
        "leaf",
        json!({"own": 1, "global": {"x": "leaf", "y": "leaf"}}),
        vec![],
    );
    let sub = chart(
        "sub",
        json!({"global": {"x": "sub"}, "leaf": {"own": 2}}),
        vec![leaf],
    );
    let top = chart("top", json!({"global": {"x": "top"}, "sub": {"k": 1}}), vec![sub]);
    assert_eq!(
        values(&top, json!({"sub": {"leaf": {"own": 3}}})),
        json!({
            "global": {"x": "top"},
            "sub": {
                "k": 1,
                "global": {"x": "top"},
                "leaf": {"own": 3, "global": {"x": "top", "y": "leaf"}},
            },
        })
    );
}

#[test]
fn values_for_a_subchart_must_be_a_map() {
    let top = chart("top", json!({}), vec![chart("sub", json!({}), vec![])]);
    let error = coalesce(&top, &json!({"sub": true})).unwrap_err();
    assert_eq!(error.to_string(), "type mismatch on sub: true");
}

#[test]
fn a_map_over_something_else_is_warned_of() {
    let top = chart("top", json!({"a": 1, "b": {"c": {"d": 1}}}), vec![]);
    let coalesced = coalesce(&top, &json!({"a": {"x": 1}, "b": {"c": 2}})).unwrap();
    assert_eq!(coalesced.values, json!({"a": {"x": 1}, "b": {"c": 2}}));
    assert_eq!(
        coalesced.warnings,
        [
            "warning: skipped value for top.a: Not a table.",
            "warning: cannot overwrite table with non table for top.b.c (map[d:1])",
        ]
    );
}

#[rstest]
#[case(json!({}), &["a", "b"])]
#[case(json!({"a": {"enabled": false}}), &["b"])]
#[case(json!({"tags": {"back": false}}), &["a"])]
#[case(json!({"tags": {"back": false, "all": true}}), &["a", "b"])]
#[case(json!({"tags": {"front": false}, "a": {"enabled": true}}), &["a", "b"])]
#[case(json!({"a": {"enabled": "yes"}}), &["a", "b"])]
fn conditions_and_tags_switch_subcharts(#[case] given: Json, #[case] expected: &[&str]) {
    let mut top = chart(
        "top",
        json!({}),
        vec![chart("a", json!({}), vec![]), chart("b", json!({}), vec![])],
    );
    top.metadata.dependencies = vec![
        Dependency {
            condition: "x.y,a.enabled".to_owned(),
            tags: vec!["front".to_owned()],
            ..dependency("a")
        },
        Dependency {
            tags: vec!["back".to_owned(), "all".to_owned()],
            ..dependency("b")
        },
    ];
    process_dependencies(&mut top, &given).unwrap();
    let names: Vec<&str> = top
        .dependencies
        .iter()
        .map(|sub| sub.metadata.name.as_str())
        .collect();
    assert_eq!(names, expected);
    assert_eq!(top.metadata.dependencies.len(), expected.len());
}

#[test]
fn an_alias_makes_a_second_subchart_of_the_same() {
    let mut top = chart(
        "top",
        json!({"two": {"k": 2}}),
        vec![chart("sub", json!({"k": 1}), vec![])],
    );
    top.metadata.dependencies = vec![
        dependency("sub"),
        Dependency {
            alias: "two".to_owned(),
            ..dependency("sub")
        },
    ];
    process_dependencies(&mut top, &json!({})).unwrap();
    assert_eq!(
        values(&top, json!({})),
        json!({"sub": {"k": 1, "global": {}}, "two": {"k": 2, "global": {}}})
    );
}

#[test]
fn a_parent_imports_what_it_does_not_say_itself() {
    let sub = chart(
        "sub",
        json!({"exports": {"data": {"x": 1}}, "own": {"y": 2, "z": 3}}),
        vec![],
    );
    let mut top = chart("top", json!({"lifted": {"y": 9}}), vec![sub]);
    top.metadata.dependencies = vec![Dependency {
        import_values: vec![json!("data"), json!({"child": "own", "parent": "lifted"})],
        ..dependency("sub")
    }];
    process_dependencies(&mut top, &json!({})).unwrap();
    let seen = values(&top, json!({}));
    assert_eq!(seen["x"], 1);
    assert_eq!(seen["lifted"], json!({"y": 9, "z": 3}));
}

#[test]
fn files_are_laid_over_each_other_and_null_stays() {
    let mut base = json!({"a": {"b": 1, "c": 2}, "l": [1, 2]})
        .as_object()
        .cloned()
        .unwrap();
    merge(
        &mut base,
        json!({"a": {"b": null, "d": 3}, "l": [3]})
            .as_object()
            .cloned()
            .unwrap(),
    );
    assert_eq!(
        Json::Object(base),
        json!({"a": {"b": null, "c": 2, "d": 3}, "l": [3]})
    );
}

#[test]
fn paths_lead_through_maps_with_dots_escaped() {
    let mut document = json!({"a-b": {"c.d": 1, "list": [{"x": 2}]}});
    assert_eq!(get_path(&document, r"a-b.c\.d"), Some(&json!(1)));
    assert_eq!(get_path(&document, "a-b.list.0.x"), Some(&json!(2)));
    assert_eq!(get_path(&document, "a-b.none.x"), None);
    set_path(&mut document, "new.deep", json!(true)).unwrap();
    assert_eq!(document["new"]["deep"], true);
    assert_eq!(
        set_path(&mut document, "new.deep.er", json!(1))
            .unwrap_err()
            .to_string(),
        "`new.deep` is no map, so it has no key `er`"
    );
    assert!(matches!(
        set_path(&mut document, "a..b", Json::Null),
        Err(PathError::Empty(_))
    ));
    assert_eq!(remove_path(&mut document, "new.deep"), Some(json!(true)));
    assert_eq!(document.get("new"), None, "an empty map goes with its last key");
}

proptest! {
    #[test]
    fn what_is_set_is_got_and_what_is_removed_is_gone(
        keys in prop::collection::vec("[a-z.\\\\-]{1,4}", 1..5),
        value in any::<i64>(),
    ) {
        let path = keys.iter().map(|key| key.replace('\\', r"\\").replace('.', r"\.")).collect::<Vec<_>>().join(".");
        let mut document = json!({});
        set_path(&mut document, &path, json!(value)).unwrap();
        prop_assert_eq!(get_path(&document, &path), Some(&json!(value)));
        prop_assert_eq!(remove_path(&mut document, &path), Some(json!(value)));
        prop_assert_eq!(document, json!({}));
    }
}
