//! A JSON document that is read once and put away: its texts stay where they are, its objects are lists.
//!
//! A schema is mostly descriptions, and `serde_json`'s own values copy each of them and take a tree for each object.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value as Json};
use std::borrow::Cow;
use std::fmt;

/// A value of a document.
#[derive(Debug)]
pub(super) enum Document<'t> {
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'t, str>),
    List(Vec<Self>),
    /// By name; no name comes twice.
    Object(Vec<(Cow<'t, str>, Self)>),
}

impl<'t> Document<'t> {
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let fields = self.as_object()?;
        let at = fields
            .binary_search_by(|(known, _)| known.as_ref().cmp(name))
            .ok()?;
        fields.get(at).map(|(_, value)| value)
    }

    pub(super) fn as_object(&self) -> Option<&[(Cow<'t, str>, Self)]> {
        match self {
            Self::Object(fields) => Some(fields),
            _ => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(super) const fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    pub(super) fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Number(number) => Json::Number(number.clone()),
            Self::String(text) => Json::from(text.as_ref()),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Object(fields) => {
                let fields = fields.iter();
                let fields = fields.map(|(name, value)| (name.to_string(), value.to_json()));
                Json::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}

impl<'de: 't, 't> Deserialize<'de> for Document<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Read)
    }
}

struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = Document<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Document::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Document::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Document::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Document::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Number::from_f64(value)
            .map(Document::Number)
            .ok_or_else(|| E::custom("a number without end"))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Document::String(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Document::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Document::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, value)) = entries.next_entry()? {
            match name {
                Document::String(name) => fields.push((name, value)),
                _ => return Err(A::Error::custom("a name that is no string")),
            }
        }
        fields.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        if fields
            .windows(2)
            .any(|pair| matches!(pair, [(a, _), (b, _)] if a == b))
        {
            return Err(A::Error::custom("a name that comes twice"));
        }
        Ok(Document::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<u64>().prop_map(Json::from),
            (-1e9..1e9_f64).prop_map(Json::from),
            "[a-c\"\\\\\n]{0,4}".prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                proptest::collection::btree_map("[a-c\"]{0,2}", inner, 0..4)
                    .prop_map(|map| Json::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_reads_what_serde_json_reads(value in value()) {
            let text = value.to_string();
            let document: Document<'_> = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(document.to_json(), serde_json::from_str::<Json>(&text).unwrap());
        }
    }

    #[test]
    fn a_name_that_comes_twice_is_refused() {
        assert!(serde_json::from_str::<Document<'_>>(r#"{"a": 1, "b": 2, "a": 1}"#).is_err());
    }
}
