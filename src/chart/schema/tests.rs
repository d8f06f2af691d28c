#![allow(clippy::unwrap_used)]
//! Values against schemas of each draft; the words are those of the real Helm.

use super::*;
use crate::chart::model::Metadata;
use rstest::rstest;
use serde_json::json;

fn chart(name: &str, schema: Option<&Json>, dependencies: Vec<Chart>) -> Chart {
    Chart {
        metadata: Metadata {
            name: name.to_owned(),
            ..Metadata::default()
        },
        schema: schema.map(|schema| schema.to_string().into_bytes().into()),
        dependencies,
        ..Chart::default()
    }
}

fn check(schema: &Json, values: &Json) -> Result<(), String> {
    SchemaCache::default().check(&chart("c", Some(schema), Vec::new()), &Table::of(values))
}

fn said(schema: &Json, values: &Json) -> String {
    let error = check(schema, values).unwrap_err();
    let head = "values don't meet the specifications of the schema(s) in the following chart(s):\nc:\n";
    error.strip_prefix(head).unwrap().to_owned()
}

#[rstest]
#[case("http://json-schema.org/draft-04/schema#")]
#[case("http://json-schema.org/draft-06/schema#")]
#[case("http://json-schema.org/draft-07/schema#")]
#[case("https://json-schema.org/draft/2019-09/schema")]
#[case("https://json-schema.org/draft/2020-12/schema")]
fn each_draft_is_known(#[case] draft: &str) {
    let schema = json!({"$schema": draft, "properties": {"replicas": {"type": "integer"}}});
    assert_eq!(check(&schema, &json!({"replicas": 1})), Ok(()));
    assert_eq!(
        said(&schema, &json!({"replicas": "1"})),
        "- at '/replicas': got string, want integer\n"
    );
}

#[test]
fn subcharts_are_checked_with_their_own_values() {
    let schema = json!({"required": ["a"]});
    let sub = |name| chart(name, Some(&schema), Vec::new());
    let parent = chart(
        "parent",
        None,
        vec![sub("one"), sub("two"), sub("three"), sub("four")],
    );
    let values = json!({"one": {"a": 1}, "two": {"b": 1}, "three": null, "four": 4});
    assert_eq!(
        SchemaCache::default()
            .check(&parent, &Table::of(&values))
            .unwrap_err(),
        "values don't meet the specifications of the schema(s) in the following chart(s):\n\
         two:\n- at '': missing property 'a'\n\
         four:\ninvalid type for values: expected object (map), got float64\n"
    );
}

#[rstest]
#[case("https://example.com/schema.json")]
#[case("http://localhost:1/schema.json")]
#[case("other.json")]
#[case("file:///etc/passwd")]
fn nothing_is_fetched(#[case] reference: &str) {
    let error = said(&json!({"$ref": reference}), &json!({}));
    assert!(error.starts_with("values.schema.json refers to "), "{error}");
    assert!(error.contains("no schema is fetched from elsewhere"), "{error}");
}

#[test]
fn a_urn_lets_everything_pass_as_in_helm() {
    assert_eq!(check(&json!({"$ref": "urn:example:x"}), &json!({"a": 1})), Ok(()));
}

#[test]
fn a_reference_with_one_mistake_is_silent_and_one_with_several_is_not() {
    let schema = json!({
        "properties": {"a": {"$ref": "#/$defs/a"}, "b": {"$ref": "#/$defs/b"}},
        "$defs": {"a": {"type": "string"}, "b": {"required": ["x"], "properties": {"y": {"type": "null"}}}},
    });
    assert_eq!(
        said(&schema, &json!({"a": 1, "b": {"y": 1}})),
        "- at '/a': got number, want string\n\
         - at '/b': validation failed\n  - at '/b': missing property 'x'\n  - at '/b/y': got number, want null\n"
    );
}

#[test]
fn a_schema_that_is_none_says_why() {
    let broken = Chart {
        schema: Some(b"{\"a\": }".as_slice().into()),
        ..chart("c", None, Vec::new())
    };
    let error = SchemaCache::default()
        .check(&broken, &Table::default())
        .unwrap_err();
    assert!(
        error.contains("invalid character '}' looking for beginning of value"),
        "{error}"
    );
    let error = said(&json!({"type": "text"}), &json!({}));
    assert!(
        error.starts_with(
            "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation failed with 'https://json-schema.org/draft/2020-12/schema#'\n- at '/type'"
        ),
        "{error}"
    );
}
