//! The object that a kind begins with.

use super::{Shape, Type, Zero};
use serde_json::{Map, Value as Json};

impl Type<'_> {
    /// An empty object of this type as the API server holds it: with the structs that it always writes. A create is
    /// compared with it, so that nobody comes to own what is always there.
    pub(crate) fn zero(self) -> Json {
        let Shape::Map(map) = self.shape() else {
            return Json::Object(Map::new());
        };
        let fields = map.fields.iter().filter_map(|(name, field)| {
            let value = match field.zero {
                Zero::Absent => return None,
                Zero::Null => Json::Null,
                Zero::Struct => Self { at: field.ty, ..self }.zero(),
            };
            Some((name.to_string(), value))
        });
        Json::Object(fields.collect())
    }
}
