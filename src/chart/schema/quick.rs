//! A quick look at values: the everyday part of JSON Schema, read as it lies in the document.
//!
//! Reading a schema for `boon` takes longer than rendering the chart, and mostly the values are as they should be. So
//! a schema that consists of the keywords below is looked at directly first. Only its consent counts: what it does not
//! understand, and every objection, goes to the real validator, which has the last word and the words for it.

use serde_json::{Map, Number, Value as Json};
use std::cmp::Ordering;

/// The drafts in which the keywords below mean the same. Draft 4 has another `exclusiveMinimum`.
const DRAFTS: [&str; 4] = [
    "json-schema.org/draft-06/schema",
    "json-schema.org/draft-07/schema",
    "json-schema.org/draft/2019-09/schema",
    "json-schema.org/draft/2020-12/schema",
];
const TYPES: [&str; 7] = [
    "null", "boolean", "object", "array", "number", "integer", "string",
];
/// Where the schemas lie that `$ref` may name.
const DEFINITIONS: [&str; 2] = ["definitions", "$defs"];
/// How deep a look goes; a schema that refers to itself has no end.
const MAX_DEPTH: usize = 200;

/// Whether all of a schema is understood, and nothing in it is wrong: not only what some values happen to reach.
pub(super) fn is_understood(root: &Json) -> bool {
    let draft = root.get("$schema").is_none_or(|draft| {
        let draft = draft.as_str().unwrap_or_default().trim_end_matches('#');
        let draft = draft.strip_prefix("https://").or(draft.strip_prefix("http://"));
        draft.is_some_and(|draft| DRAFTS.contains(&draft))
    });
    draft && schema_is_understood(root, root, 0)
}

fn schema_is_understood(root: &Json, schema: &Json, depth: usize) -> bool {
    let Json::Object(keywords) = schema else {
        return schema.is_boolean();
    };
    if depth > MAX_DEPTH {
        return false;
    }
    // Drafts differ in what stands beside a reference.
    let alone = !keywords.contains_key("$ref")
        || keywords
            .keys()
            .all(|name| matches!(name.as_str(), "$ref" | "title" | "description"));
    let within = |schema: &Json| schema_is_understood(root, schema, depth + 1);
    let map = |value: &Json| value.as_object().is_some_and(|map| map.values().all(within));
    let keyword = |(name, value): (&String, &Json)| match name.as_str() {
        "$schema" => depth == 0,
        "definitions" | "$defs" => depth == 0 && map(value),
        "title" | "description" | "$comment" => value.is_string(),
        "default" => true,
        "$ref" => referred(root, value).is_some(),
        "type" => are_types(value),
        "properties" => map(value),
        "additionalProperties" | "items" => within(value),
        "anyOf" | "allOf" => value
            .as_array()
            .is_some_and(|all| !all.is_empty() && all.iter().all(within)),
        "enum" => value.as_array().is_some_and(|all| are_different(all)),
        "required" => value
            .as_array()
            .is_some_and(|all| all.iter().all(Json::is_string) && (all.is_empty() || are_different(all))),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => value.is_number(),
        "minLength" | "maxLength" | "minItems" | "maxItems" => value.is_u64(),
        _ => false,
    };
    alone && keywords.iter().all(keyword)
}

fn are_different(all: &[Json]) -> bool {
    let twice = |(at, item): (usize, &Json)| all[..at].contains(item);
    !all.is_empty() && !all.iter().enumerate().any(twice)
}

/// The schema that a reference names: `#/definitions/NAME`.
fn referred<'s>(root: &'s Json, reference: &Json) -> Option<&'s Json> {
    let (place, name) = reference.as_str()?.strip_prefix("#/")?.split_once('/')?;
    let plain = !name.contains(['/', '~', '%']) && DEFINITIONS.contains(&place);
    root.get(place)?.get(name).filter(|_| plain)
}

/// Whether these are types: one, or several that differ.
fn are_types(value: &Json) -> bool {
    let types = one_or_more(value);
    let known = |name: &Json| name.as_str().is_some_and(|name| TYPES.contains(&name));
    are_different(types) && types.iter().all(known)
}

fn one_or_more(value: &Json) -> &[Json] {
    match value {
        Json::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// Whether a value is certainly as a schema wants it. The schema must be understood.
pub(super) fn accepts(root: &Json, value: &Json) -> bool {
    Look { root }.accepts(root, value, 0)
}

struct Look<'s> {
    root: &'s Json,
}

impl Look<'_> {
    fn accepts(&self, schema: &Json, value: &Json, depth: usize) -> bool {
        let Json::Object(keywords) = schema else {
            return *schema == Json::Bool(true);
        };
        depth <= MAX_DEPTH
            && keywords
                .iter()
                .all(|(name, wanted)| self.passes(keywords, name, wanted, value, depth + 1))
    }

    /// Whether a keyword lets a value pass.
    fn passes(
        &self,
        keywords: &Map<String, Json>,
        name: &str,
        wanted: &Json,
        value: &Json,
        depth: usize,
    ) -> bool {
        let accepts = |schema: &Json, value: &Json| self.accepts(schema, value, depth);
        let each = || wanted.as_array().into_iter().flatten();
        let fields = || value.as_object().into_iter().flatten();
        let field = |name: &str| value.as_object().and_then(|map| map.get(name));
        match name {
            "type" => one_or_more(wanted).iter().any(|name| is_of(name, value)),
            "$ref" => referred(self.root, wanted).is_some_and(|schema| accepts(schema, value)),
            "anyOf" => each().any(|schema| accepts(schema, value)),
            "allOf" => each().all(|schema| accepts(schema, value)),
            "enum" => each().any(|allowed| allowed == value),
            "properties" => {
                let mut properties = wanted.as_object().into_iter().flatten();
                properties.all(|(name, schema)| field(name).is_none_or(|value| accepts(schema, value)))
            }
            "additionalProperties" => {
                let named = keywords.get("properties").and_then(Json::as_object);
                let is_named = |name: &str| named.is_some_and(|named| named.contains_key(name));
                fields().all(|(name, value)| is_named(name) || accepts(wanted, value))
            }
            "required" => !value.is_object() || each().all(|name| name.as_str().and_then(field).is_some()),
            "items" => {
                let mut items = value.as_array().into_iter().flatten();
                items.all(|item| accepts(wanted, item))
            }
            "minimum" => compares(value, wanted, &[Ordering::Greater, Ordering::Equal]),
            "maximum" => compares(value, wanted, &[Ordering::Less, Ordering::Equal]),
            "exclusiveMinimum" => compares(value, wanted, &[Ordering::Greater]),
            "exclusiveMaximum" => compares(value, wanted, &[Ordering::Less]),
            "minLength" => length(value).is_none_or(|length| Some(length) >= wanted.as_u64()),
            "maxLength" => length(value).is_none_or(|length| Some(length) <= wanted.as_u64()),
            "minItems" => count(value).is_none_or(|count| Some(count) >= wanted.as_u64()),
            "maxItems" => count(value).is_none_or(|count| Some(count) <= wanted.as_u64()),
            // The others say nothing about values.
            _ => true,
        }
    }
}

/// Whether a value is certainly of a type. Whether `1.0` is an integer, drafts judge differently.
fn is_of(name: &Json, value: &Json) -> bool {
    match name.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("string") => value.is_string(),
        _ => false,
    }
}

/// Whether a value compares so with a bound, where it is a number.
fn compares(value: &Json, bound: &Json, wanted: &[Ordering]) -> bool {
    let (Json::Number(value), Json::Number(bound)) = (value, bound) else {
        return true;
    };
    compare(value, bound).is_some_and(|order| wanted.contains(&order))
}

fn compare(a: &Number, b: &Number) -> Option<Ordering> {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

/// The length of a string in characters.
fn length(value: &Json) -> Option<u64> {
    let text = value.as_str()?;
    u64::try_from(text.chars().count()).ok()
}

/// The number of a list's items.
fn count(value: &Json) -> Option<u64> {
    u64::try_from(value.as_array()?.len()).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use boon::{Compiler, Schemas};
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    /// The real validator's verdict; an error where the schema itself is wrong.
    fn real(schema: &Json, value: &Json) -> Result<bool, String> {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler
            .add_resource("file:///s.json", schema.clone())
            .map_err(|error| error.to_string())?;
        let index = compiler
            .compile("file:///s.json", &mut schemas)
            .map_err(|error| error.to_string())?;
        Ok(schemas.validate(value, index).is_ok())
    }

    #[rstest]
    #[case(json!({"$schema": "http://json-schema.org/draft-04/schema#"}))]
    #[case(json!({"pattern": "^a$"}))]
    #[case(json!({"type": "text"}))]
    #[case(json!({"type": ["string", "string"]}))]
    #[case(json!({"required": "a"}))]
    #[case(json!({"properties": {"a": {"minimum": "1"}}}))]
    #[case(json!({"properties": {"a": {"$ref": "#/definitions/b"}}, "definitions": {}}))]
    #[case(json!({"$ref": "#/definitions/a", "type": "string", "definitions": {"a": {}}}))]
    #[case(json!({"definitions": {"unused": {"type": 1}}}))]
    fn what_is_wrong_or_unknown_anywhere_is_left_to_the_real_validator(#[case] schema: Json) {
        assert!(!is_understood(&schema), "{schema}");
    }

    #[test]
    fn a_schema_that_refers_to_itself_has_an_end() {
        let schema = json!({"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"$ref": "#/$defs/a"}}});
        assert!(is_understood(&schema));
        assert!(!accepts(&schema, &json!({})));
    }

    fn leaf() -> impl Strategy<Value = Json> {
        prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(Json::from),
            (-3..4_i64).prop_map(Json::from),
            (-3..4_i8).prop_map(|number| json!(f64::from(number) / 2.0)),
            "[a-cé]{0,3}".prop_map(Json::from),
        ]
    }

    fn value() -> impl Strategy<Value = Json> {
        leaf().prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
                proptest::collection::btree_map("[a-c]", inner, 0..3).prop_map(|map| json!(map)),
            ]
        })
    }

    fn names() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::btree_set("[a-c]", 0..3).prop_map(|names| names.into_iter().collect())
    }

    /// A keyword with something that fits it.
    fn keyword(
        schema: impl Strategy<Value = Json> + Clone + 'static,
    ) -> impl Strategy<Value = (String, Json)> {
        let several = proptest::collection::vec(schema.clone(), 1..3).prop_map(Json::from);
        let map = proptest::collection::btree_map("[a-c]", schema.clone(), 0..3).prop_map(|map| json!(map));
        let types = proptest::sample::subsequence(TYPES.to_vec(), 1..3).prop_map(|types| json!(types));
        let bound = prop_oneof![(-2..3_i64).prop_map(Json::from), Just(json!(0.5))];
        let named = |names: &'static [&'static str], value: BoxedStrategy<Json>| {
            (proptest::sample::select(names), value).prop_map(|(name, value)| (name.to_owned(), value))
        };
        prop_oneof![
            named(&["type"], types.boxed()),
            named(&["properties"], map.boxed()),
            named(&["additionalProperties", "items"], schema.boxed()),
            named(&["anyOf", "allOf"], several.boxed()),
            named(&["required"], names().prop_map(Json::from).boxed()),
            named(&["enum"], value().prop_map(|value| json!([value])).boxed()),
            named(
                &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
                bound.boxed()
            ),
            named(
                &["minLength", "maxLength", "minItems", "maxItems"],
                (0..3_u64).prop_map(Json::from).boxed()
            ),
        ]
    }

    fn schema() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(json!(true)),
            Just(json!(false)),
            Just(json!({"$ref": "#/definitions/shared"})),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            proptest::collection::vec(keyword(inner.boxed()), 0..4)
                .prop_map(|keywords| Json::Object(keywords.into_iter().collect()))
        })
    }

    fn draft() -> impl Strategy<Value = Option<&'static str>> {
        proptest::option::of(proptest::sample::select(&[
            "http://json-schema.org/draft-06/schema#",
            "http://json-schema.org/draft-07/schema#",
            "https://json-schema.org/draft/2019-09/schema",
            "https://json-schema.org/draft/2020-12/schema",
        ]))
    }

    proptest! {
        #[test]
        fn what_is_accepted_the_real_validator_accepts(
            (root, shared) in (schema(), schema()), draft in draft(), value in value(),
        ) {
            prop_assume!(root.is_object() && root.get("$ref").is_none());
            let mut root = root;
            root["definitions"] = json!({"shared": shared});
            if let Some(draft) = draft {
                root["$schema"] = draft.into();
            }
            prop_assert!(is_understood(&root), "{root}");
            let real = real(&root, &value);
            if accepts(&root, &value) {
                prop_assert_eq!(real, Ok(true), "{} {}", root, value);
            } else if real == Ok(true) {
                // It may doubt: whole floats as integers, numbers written in two ways, references in a circle.
                let text = format!("{root}{value}");
                prop_assert!(text.contains(".0") || text.contains("$ref"), "{} {}", root, value);
            }
        }
    }
}
