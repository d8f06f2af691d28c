//! A quick look at values: the everyday part of JSON Schema.
//!
//! Reading a schema for `boon` takes longer than rendering the chart, and mostly the values are as they should be. So
//! a schema that consists of the keywords below is looked at directly first. Only its consent counts: what it does not
//! understand, and every objection, goes to the real validator, which has the last word and the words for it.

use super::document::Document;
use crate::chart::values::{Node, Table};
use serde_json::{Number, Value as Json};
use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;

/// The drafts in which the keywords below mean the same. Draft 4 has another `exclusiveMinimum`.
const DRAFTS: [&str; 4] = [
    "json-schema.org/draft-06/schema",
    "json-schema.org/draft-07/schema",
    "json-schema.org/draft/2019-09/schema",
    "json-schema.org/draft/2020-12/schema",
];
/// Where the schemas lie that `$ref` may name.
const DEFINITIONS: [&str; 2] = ["definitions", "$defs"];
/// How deep a look goes; a schema that refers to itself has no end.
const MAX_DEPTH: usize = 200;
/// How many schemas a look takes in; one that refers to itself in two ways has very many.
const MAX_LOOKS: usize = 100_000;

/// A schema all of which is understood, and in which nothing is wrong: not only in what some values happen to reach.
#[derive(Debug)]
pub(super) struct Everyday {
    root: Rule,
    /// What `$ref` refers to.
    definitions: Vec<Rule>,
}

/// One schema. What it does not say, it allows.
#[derive(Debug, Default)]
struct Rule {
    /// `false` as a schema.
    refuses_all: bool,
    types: Option<Types>,
    /// `$ref`, as an index of the definitions.
    reference: Option<usize>,
    any_of: Vec<Self>,
    all_of: Vec<Self>,
    /// `enum`.
    allowed: Option<Vec<Json>>,
    /// By name.
    properties: Vec<(Box<str>, Self)>,
    additional: Option<Box<Self>>,
    required: Vec<Box<str>>,
    items: Option<Box<Self>>,
    /// What a number must be in comparison with another one.
    bounds: Vec<(Number, &'static [Ordering])>,
    /// The least and the greatest length of a string, in characters.
    length: (Option<u64>, Option<u64>),
    /// The least and the greatest number of a list's items.
    count: (Option<u64>, Option<u64>),
}

/// A set of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Types(u8);

impl Types {
    const NULL: Self = Self(1);
    const BOOLEAN: Self = Self(1 << 1);
    const OBJECT: Self = Self(1 << 2);
    const ARRAY: Self = Self(1 << 3);
    const NUMBER: Self = Self(1 << 4);
    const INTEGER: Self = Self(1 << 5);
    const STRING: Self = Self(1 << 6);

    /// The type of this name.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOLEAN,
            "object" => Self::OBJECT,
            "array" => Self::ARRAY,
            "number" => Self::NUMBER,
            "integer" => Self::INTEGER,
            "string" => Self::STRING,
            _ => return None,
        })
    }

    /// The types that a value is certainly of. Whether `1.0` is an integer, drafts judge differently.
    fn of(value: &Json) -> Self {
        match value {
            Json::Null => Self::NULL,
            Json::Bool(_) => Self::BOOLEAN,
            Json::Object(_) => Self::OBJECT,
            Json::Array(_) => Self::ARRAY,
            Json::Number(number) if number.is_f64() => Self::NUMBER,
            Json::Number(_) => Self(Self::NUMBER.0 | Self::INTEGER.0),
            Json::String(_) => Self::STRING,
        }
    }

    const fn has_some_of(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }
}

impl Everyday {
    /// Reads a schema; `None` where something in it is not understood, or wrong.
    pub(super) fn read(root: &Document<'_>) -> Option<Self> {
        let draft = root.get("$schema").is_none_or(|draft| {
            let draft = draft.as_str().unwrap_or_default().trim_end_matches('#');
            let draft = draft.strip_prefix("https://").or(draft.strip_prefix("http://"));
            draft.is_some_and(|draft| DRAFTS.contains(&draft))
        });
        let reader = Reader {
            definitions: definitions(root).collect(),
        };
        let within = |(_, _, schema): &Definition<'_>| reader.rule(schema, 1);
        Some(Self {
            root: reader.rule(root, 0).filter(|_| draft)?,
            definitions: reader.definitions.iter().map(within).collect::<Option<_>>()?,
        })
    }

    /// Whether values are certainly as the schema wants them.
    pub(super) fn accepts(&self, values: &Table<'_>) -> bool {
        self.look().passes(&self.root, Seen::Table(values), 0)
    }

    const fn look(&self) -> Look<'_> {
        Look {
            definitions: self.definitions.as_slice(),
            left: Cell::new(MAX_LOOKS),
        }
    }
}

/// A schema that `$ref` may name: where it lies, its name and itself.
type Definition<'s> = (&'static str, &'s str, &'s Document<'s>);

fn definitions<'s>(root: &'s Document<'s>) -> impl Iterator<Item = Definition<'s>> {
    DEFINITIONS.into_iter().flat_map(|place| {
        let schemas = root
            .get(place)
            .and_then(Document::as_object)
            .into_iter()
            .flatten();
        schemas.map(move |(name, schema)| (place, name.as_ref(), schema))
    })
}

struct Reader<'s> {
    definitions: Vec<Definition<'s>>,
}

impl Reader<'_> {
    fn rule(&self, schema: &Document<'_>, depth: usize) -> Option<Rule> {
        let keywords = match schema {
            Document::Bool(allows) => {
                return Some(Rule {
                    refuses_all: !allows,
                    ..Rule::default()
                });
            }
            Document::Object(keywords) if depth <= MAX_DEPTH => keywords,
            _ => return None,
        };
        // Drafts differ in what stands beside a reference.
        let alone = schema.get("$ref").is_none()
            || keywords
                .iter()
                .all(|(name, _)| matches!(name.as_ref(), "$ref" | "title" | "description"));
        let mut rule = Rule::default();
        for (name, value) in keywords {
            self.keyword(&mut rule, name, value, depth)?;
        }
        alone.then_some(rule)
    }

    fn keyword(&self, rule: &mut Rule, name: &str, value: &Document<'_>, depth: usize) -> Option<()> {
        const LESS: &[Ordering] = &[Ordering::Less];
        const UP_TO: &[Ordering] = &[Ordering::Less, Ordering::Equal];
        const GREATER: &[Ordering] = &[Ordering::Greater];
        const FROM: &[Ordering] = &[Ordering::Greater, Ordering::Equal];
        let within = |schema: &Document<'_>| self.rule(schema, depth + 1);
        let each = || value.as_list().filter(|all| !all.is_empty());
        let mut bound = |wanted| {
            rule.bounds.push((value.as_number()?.clone(), wanted));
            Some(())
        };
        match name {
            "$schema" => return (depth == 0).then_some(()),
            // They are read for themselves.
            "definitions" | "$defs" => return (depth == 0 && value.as_object().is_some()).then_some(()),
            "title" | "description" | "$comment" => return value.as_str().map(|_| ()),
            "default" => {}
            "$ref" => rule.reference = Some(self.referred(value)?),
            "type" => rule.types = Some(types(value)?),
            "properties" => rule.properties = properties(value.as_object()?, within)?,
            "additionalProperties" => rule.additional = Some(Box::new(within(value)?)),
            "items" => rule.items = Some(Box::new(within(value)?)),
            "anyOf" => rule.any_of = each()?.iter().map(within).collect::<Option<_>>()?,
            "allOf" => rule.all_of = each()?.iter().map(within).collect::<Option<_>>()?,
            "enum" => {
                let all: Vec<_> = each()?.iter().map(Document::to_json).collect();
                rule.allowed = Some(all).filter(|all| are_different(all));
                rule.allowed.as_ref()?;
            }
            "required" => {
                let names = value.as_list()?.iter();
                rule.required = names
                    .map(|name| name.as_str().map(Box::from))
                    .collect::<Option<_>>()?;
                are_different(&rule.required).then_some(())?;
            }
            "minimum" => bound(FROM)?,
            "maximum" => bound(UP_TO)?,
            "exclusiveMinimum" => bound(GREATER)?,
            "exclusiveMaximum" => bound(LESS)?,
            "minLength" => rule.length.0 = Some(value.as_number()?.as_u64()?),
            "maxLength" => rule.length.1 = Some(value.as_number()?.as_u64()?),
            "minItems" => rule.count.0 = Some(value.as_number()?.as_u64()?),
            "maxItems" => rule.count.1 = Some(value.as_number()?.as_u64()?),
            _ => return None,
        }
        Some(())
    }

    /// The definition that a reference names: `#/definitions/NAME`.
    fn referred(&self, reference: &Document<'_>) -> Option<usize> {
        let (place, name) = reference.as_str()?.strip_prefix("#/")?.split_once('/')?;
        let plain = !name.contains(['/', '~', '%']);
        let mut known = self.definitions.iter();
        known.position(|(known_place, known, _)| plain && *known_place == place && *known == name)
    }
}

/// The properties by name.
fn properties(
    properties: &[(Cow<'_, str>, Document<'_>)],
    rule: impl Fn(&Document<'_>) -> Option<Rule>,
) -> Option<Vec<(Box<str>, Rule)>> {
    let rules = properties.iter();
    rules
        .map(|(name, schema)| Some((Box::from(name.as_ref()), rule(schema)?)))
        .collect()
}

fn are_different<T: PartialEq>(all: &[T]) -> bool {
    let twice = |(at, item): (usize, &T)| all[..at].contains(item);
    !all.iter().enumerate().any(twice)
}

/// One type, or several that differ.
fn types(value: &Document<'_>) -> Option<Types> {
    let names = match value {
        Document::List(names) => names.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut types = Types(0);
    for name in names {
        let found = Types::named(name.as_str()?)?;
        if types.has_some_of(found) {
            return None;
        }
        types.0 |= found.0;
    }
    (!names.is_empty()).then_some(types)
}

/// A value as it is looked at: a map that is being coalesced, or a part of a document.
#[derive(Clone, Copy)]
enum Seen<'v, 'a> {
    Table(&'v Table<'a>),
    Json(&'v Json),
}

impl<'v, 'a: 'v> Seen<'v, 'a> {
    const fn of(node: &'v Node<'a>) -> Self {
        match node {
            Node::Table(table) => Self::Table(table),
            Node::Other(json) => Self::Json(json),
        }
    }

    fn types(self) -> Types {
        match self {
            Self::Table(_) => Types::OBJECT,
            Self::Json(json) => Types::of(json),
        }
    }

    fn equals(self, other: &Json) -> bool {
        match self {
            Self::Table(table) => table.to_json() == *other,
            Self::Json(json) => json == other,
        }
    }
}

/// One look at values.
struct Look<'s> {
    definitions: &'s [Rule],
    /// How many more schemas may be looked at.
    left: Cell<usize>,
}

impl Look<'_> {
    fn passes(&self, rule: &Rule, value: Seen<'_, '_>, depth: usize) -> bool {
        let passes = |rule: &Rule| self.passes(rule, value, depth + 1);
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
            && !rule.refuses_all
            && depth <= MAX_DEPTH
            && rule.types.is_none_or(|types| types.has_some_of(value.types()))
            && rule
                .reference
                .is_none_or(|at| self.definitions.get(at).is_some_and(passes))
            && (rule.any_of.is_empty() || rule.any_of.iter().any(passes))
            && rule.all_of.iter().all(passes)
            && (rule.allowed.as_ref()).is_none_or(|all| all.iter().any(|allowed| value.equals(allowed)))
            && self.content_passes(rule, value, depth + 1)
    }

    /// Whether a rule lets pass what a value consists of.
    fn content_passes(&self, rule: &Rule, value: Seen<'_, '_>, depth: usize) -> bool {
        match value {
            Seen::Table(table) => {
                let entries = table.borrow();
                let mut fields = entries.iter();
                rule.required.iter().all(|name| table.has(name))
                    && fields.all(|(name, value)| self.field_passes(rule, name, Seen::of(value), depth))
            }
            Seen::Json(Json::Object(map)) => {
                rule.required.iter().all(|name| map.contains_key(&**name))
                    && map
                        .iter()
                        .all(|(name, value)| self.field_passes(rule, name, Seen::Json(value), depth))
            }
            Seen::Json(Json::Array(items)) => {
                let passes = |rule: &Rule| {
                    items
                        .iter()
                        .all(|item| self.passes(rule, Seen::Json(item), depth))
                };
                is_within(items.len(), rule.count) && rule.items.as_deref().is_none_or(passes)
            }
            Seen::Json(Json::String(text)) => {
                rule.length == (None, None) || is_within(text.chars().count(), rule.length)
            }
            Seen::Json(Json::Number(number)) => rule
                .bounds
                .iter()
                .all(|(bound, wanted)| compare(number, bound).is_some_and(|order| wanted.contains(&order))),
            Seen::Json(Json::Null | Json::Bool(_)) => true,
        }
    }

    fn field_passes(&self, rule: &Rule, name: &str, value: Seen<'_, '_>, depth: usize) -> bool {
        let named = rule.properties.binary_search_by(|(known, _)| (**known).cmp(name));
        match named.ok().and_then(|at| rule.properties.get(at)) {
            Some((_, rule)) => self.passes(rule, value, depth),
            None => rule
                .additional
                .as_deref()
                .is_none_or(|rule| self.passes(rule, value, depth)),
        }
    }
}

fn is_within(count: usize, (least, greatest): (Option<u64>, Option<u64>)) -> bool {
    let count = count as u64;
    least.is_none_or(|least| count >= least) && greatest.is_none_or(|greatest| count <= greatest)
}

fn compare(a: &Number, b: &Number) -> Option<Ordering> {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use boon::{Compiler, Schemas};
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    const TYPES: [&str; 7] = [
        "null", "boolean", "object", "array", "number", "integer", "string",
    ];

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

    fn read(schema: &Json) -> Option<Everyday> {
        Everyday::read(&serde_json::from_str(&schema.to_string()).unwrap())
    }

    fn accepts(schema: &Json, value: &Json) -> bool {
        let schema = read(schema).unwrap();
        match value {
            Json::Object(map) => schema.accepts(&Table::new(map)),
            value => schema.look().passes(&schema.root, Seen::Json(value), 0),
        }
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
        assert!(read(&schema).is_none(), "{schema}");
    }

    #[test]
    fn a_schema_that_refers_to_itself_has_an_end() {
        let schema = json!({"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"$ref": "#/$defs/a"}}});
        assert!(!accepts(&schema, &json!({})));
        let twice = json!({"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}}, "allOf": [{"$ref": "#/$defs/a"}]});
        assert!(!accepts(&twice, &json!({})));
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
