//! Writing template values without the way through JSON, where that makes no difference.

use super::compose::is_plain_ascii;
use super::emit::{Emitter, Node, Place};
use super::number;
use crate::chart::value::{Value, float_number};

/// Few documents are set in further. A map within itself has no end, and what nests deeply is bounded by JSON.
const MAX_INDENT: usize = 200;

/// There is something in a value that JSON makes something else of, or refuses.
#[derive(Debug)]
pub(super) struct OnlyAsJson;

impl Node for Value {
    type Refusal = OnlyAsJson;

    fn write(&self, emitter: &mut Emitter, indent: Option<usize>, place: Place) -> Result<(), OnlyAsJson> {
        if indent.is_some_and(|indent| indent > MAX_INDENT) {
            return Err(OnlyAsJson);
        }
        match self {
            Self::Nil => emitter.plain("null", None),
            Self::Bool(truth) => emitter.truth(*truth),
            Self::Int(number) | Self::Int64(number) => emitter.plain(&number.to_string(), None),
            Self::Uint8(number) => emitter.plain(&number.to_string(), None),
            Self::Uint64(number) => emitter.plain(&number.to_string(), None),
            Self::Float(float) => {
                let number = float_number(*float).map_err(|_| OnlyAsJson)?;
                emitter.plain(&number::text(&number), None);
            }
            Self::Str(text) => emitter.string(plain(text)?, indent),
            Self::List(list) if list.is_nil() => emitter.plain("null", None),
            Self::List(list) => emitter.list(list, indent, place)?,
            Self::Map(map) => {
                let entries = map.entries();
                let entries = entries.iter().map(|(key, value)| Ok((plain(key)?, value)));
                emitter.map(entries.collect::<Result<_, _>>()?, indent)?;
            }
            Self::Bytes(_) | Self::Struct(_) | Self::Version(_) | Self::Time(_) => return Err(OnlyAsJson),
        }
        Ok(())
    }
}

/// A text that is written as it is, whichever way it goes.
fn plain(text: &[u8]) -> Result<&str, OnlyAsJson> {
    let text = std::str::from_utf8(text).ok().filter(|text| is_plain_ascii(text));
    text.ok_or(OnlyAsJson)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::chart::goyaml::{emit, to_string, value_to_string};
    use crate::chart::value::{List, ListType, Map, Str, Value, to_json};
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Nil),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::Int),
            any::<u64>().prop_map(Value::Uint64),
            any::<f64>().prop_map(Value::Float),
            (-1000..1000_i32).prop_map(|number| Value::Float(f64::from(number))),
            prop::sample::select(vec![
                "", "a", "1", "1e3", "yes", "a: b", "- x", "é", "a\nb", "\u{85}", " a"
            ])
            .prop_map(Value::from),
            "[a-z0-9:# '\"\n-]{0,100}".prop_map(Value::from),
            Just(Value::Str(Str::from(&b"\xff"[..]))),
            Just(Value::List(List::nil(ListType::Any))),
            Just(Value::Bytes(Str::from("bytes"))),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a-c0-9.]{0,4}|é|\\? ", inner), 0..4)
                    .prop_map(|entries| Value::from(entries.into_iter().collect::<Map>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_same_is_written_as_by_way_of_json(value in value()) {
            let json = to_json(&value).ok();
            prop_assert_eq!(value_to_string(&value), json.map(|json| to_string(&json)));
        }
    }

    #[test]
    fn everyday_values_go_this_way_and_one_within_itself_ends() {
        let list = List::any(vec![Value::Float(1.0), Value::Nil, "b: c".into()]);
        let map = Map::from_iter([("a", Value::from(list)), ("e", Value::from(Map::new()))]);
        let text = emit::document(&Value::from(map.clone())).unwrap();
        assert_eq!(text, "a:\n- 1\n- null\n- 'b: c'\ne: {}\n");
        map.insert("self", map.clone());
        assert!(emit::document(&Value::from(map.clone())).is_err());
        assert!(value_to_string(&Value::from(map)).is_none());
    }
}
