//! Objects as they are read from the server, with what each manager owns left as the text it came as.
//!
//! As trees these fields are most of an object: very many maps of one key, which a plan looks at once. What they mean,
//! [`crate::apply::managed`] knows, which reads the text as well as the tree.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value as Json};
use std::fmt;

/// The key under which an entry of the managed fields has its tree.
const FIELDS: &str = "fieldsV1";

/// A document in which the value of each `fieldsV1` is its JSON text. It is read from JSON text alone.
pub(super) struct Packed(pub(super) Json);

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Read).map(Self)
    }
}

struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::from(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Json, E> {
        Ok(Json::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(Packed(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
        let mut map = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let value = if name == FIELDS {
                let text: Box<RawValue> = fields.next_value()?;
                Json::String(text.get().to_owned())
            } else {
                fields.next_value::<Packed>()?.0
            };
            map.insert(name, value);
        }
        Ok(Json::Object(map))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::apply::managed::ManagedFields;
    use serde_json::json;

    #[test]
    fn what_a_manager_owns_stays_a_text_that_says_the_same() {
        let object = json!({
            "metadata": {"name": "a", "managedFields": [{
                "manager": "helm", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1",
                "fieldsV1": {"f:data": {"f:a": {}}},
            }]},
            "data": {"a": "é\n", "b": null}, "list": [1, -1, 1.5, true, [], {}],
        });
        let Packed(packed) = serde_json::from_str(&object.to_string()).unwrap();
        assert!(packed["metadata"]["managedFields"][0]["fieldsV1"].is_string());
        assert_eq!(ManagedFields::of(&packed), ManagedFields::of(&object));
        let mut unpacked = packed;
        ManagedFields::of(&object).unwrap().write_to(&mut unpacked);
        assert_eq!(unpacked, object);
    }
}
