//! Masking secrets. Always on a copy: what is masked is shown, never applied.
//!
//! Three nets, each for what slips through the one before: the values of Secrets by their place, literal values of
//! variables and settings whose names say what they are, and every text in which a known secret value turns up, as it
//! is, in base64, URL-encoded, or as the password of an address.

mod names;
mod values;

pub use names::looks_secret;
pub use values::SecretValues;

use names::is_plain;
use serde_json::{Map, Value as Json};

/// What stands in the place of a secret value.
pub const MASK: &str = "***";
/// What stands there where the value before the change is another one.
pub const MASK_BEFORE: &str = "*** (before)";
/// What stands there where the value after the change is another one.
pub const MASK_AFTER: &str = "*** (after)";

/// Masks objects by place, by name and by value.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    values: SecretValues,
}

/// A masked copy of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Masked {
    /// The copy; its structure is that of the object.
    pub object: Json,
    /// The values that were masked, in order. They are for a keyed digest and must not be kept.
    pub(super) hidden: Vec<String>,
}

impl Redactor {
    /// A redactor that knows these values.
    #[must_use]
    pub const fn new(values: SecretValues) -> Self {
        Self { values }
    }

    /// Whether the Secrets among these objects hold exactly the values that it knows.
    pub(super) fn knows<'j>(&self, objects: impl IntoIterator<Item = &'j Json>) -> bool {
        self.values.are_of(objects)
    }

    /// A masked copy of `object`. `twin` is the object on the other side of a change, and `differs` is what stands in
    /// the place of a value that is another one there.
    #[must_use]
    pub fn object(&self, object: &Json, twin: Option<&Json>, differs: &'static str) -> Masked {
        let mut walk = Walk {
            values: &self.values,
            differs,
            compared: twin.is_some(),
            hidden: Vec::new(),
        };
        let place = match object.get("kind").and_then(Json::as_str) {
            Some("Secret") => Place::Secret,
            Some("ConfigMap") => Place::ConfigMap,
            _ => Place::Plain,
        };
        let object = walk.root(place, object, twin);
        Masked {
            object,
            hidden: walk.hidden,
        }
    }

    /// A copy of a text, such as the server's words, without any secret value.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        self.values.mask(text).unwrap_or_else(|| text.to_owned())
    }
}

/// What sort of values lie at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Plain,
    Secret,
    ConfigMap,
}

struct Walk<'r> {
    values: &'r SecretValues,
    differs: &'static str,
    compared: bool,
    hidden: Vec<String>,
}

impl Walk<'_> {
    fn root(&mut self, place: Place, object: &Json, twin: Option<&Json>) -> Json {
        let Some(map) = object.as_object() else {
            return self.value(object, twin);
        };
        let mask = |walk: &mut Self, name: &str, value: &Json| {
            let twin = twin.and_then(|twin| twin.get(name));
            match (place, name) {
                (Place::Secret, "data" | "stringData") => walk.all(value, twin),
                (Place::ConfigMap, "data") => walk.settings(value, twin),
                _ => walk.value(value, twin),
            }
        };
        Json::Object(
            map.iter()
                .map(|(name, value)| (name.clone(), mask(self, name, value)))
                .collect(),
        )
    }

    /// Masks every value of a map.
    fn all(&mut self, map: &Json, twin: Option<&Json>) -> Json {
        let Some(map) = map.as_object() else {
            return self.hide(map, twin);
        };
        let twin = |name: &str| twin.and_then(|twin| twin.get(name));
        Json::Object(
            map.iter()
                .map(|(name, value)| (name.clone(), self.hide(value, twin(name))))
                .collect(),
        )
    }

    /// Masks the values of a map whose names say that they are secret.
    fn settings(&mut self, map: &Json, twin: Option<&Json>) -> Json {
        let Some(map) = map.as_object() else {
            return self.value(map, twin);
        };
        let twin = |name: &str| twin.and_then(|twin| twin.get(name));
        let mask = |(name, value): (&String, &Json)| {
            let masked = match value.as_str() {
                Some(text) if looks_secret(name) && !is_plain(text) => self.hide(value, twin(name)),
                _ => self.value(value, twin(name)),
            };
            (name.clone(), masked)
        };
        Json::Object(map.iter().map(mask).collect())
    }

    fn value(&mut self, value: &Json, twin: Option<&Json>) -> Json {
        match value {
            Json::String(text) => match self.values.mask(text) {
                Some(masked) => self.partly(value, masked, twin),
                None => value.clone(),
            },
            Json::Array(items) => {
                let twins = twin.and_then(Json::as_array);
                let mask = |(at, item): (usize, &Json)| self.value(item, twin_of(twins, at, item));
                Json::Array(items.iter().enumerate().map(mask).collect())
            }
            Json::Object(map) => self.map(map, twin),
            _ => value.clone(),
        }
    }

    fn map(&mut self, map: &Map<String, Json>, twin: Option<&Json>) -> Json {
        // An environment variable, or anything else that has a name and a value.
        let secret = map.get("name").and_then(Json::as_str).is_some_and(looks_secret);
        let mask = |(name, value): (&String, &Json)| {
            let twin = twin.and_then(|twin| twin.get(name));
            let masked = match value.as_str() {
                Some(text) if secret && name == "value" && !is_plain(text) => self.hide(value, twin),
                _ => self.value(value, twin),
            };
            (name.clone(), masked)
        };
        Json::Object(map.iter().map(mask).collect())
    }

    /// The mask for a whole value.
    fn hide(&mut self, value: &Json, twin: Option<&Json>) -> Json {
        self.hidden.push(value.to_string());
        Json::from(if !self.compared || twin == Some(value) {
            MASK
        } else {
            self.differs
        })
    }

    /// A text in which only some parts are masked.
    fn partly(&mut self, value: &Json, masked: String, twin: Option<&Json>) -> Json {
        self.hidden.push(value.to_string());
        let other = twin.filter(|twin| *twin != value).and_then(Json::as_str);
        let alike = other
            .and_then(|other| self.values.mask(other))
            .is_some_and(|other| other == masked);
        let mark = self.differs.strip_prefix(MASK).unwrap_or_default();
        Json::from(if alike { masked + mark } else { masked })
    }
}

/// The item of the other list that corresponds to this one: by name, else by position.
fn twin_of<'j>(twins: Option<&'j Vec<Json>>, at: usize, item: &Json) -> Option<&'j Json> {
    let twins = twins?;
    match item.get("name") {
        Some(name) => twins.iter().find(|twin| twin.get("name") == Some(name)),
        None => twins.get(at),
    }
}

#[cfg(test)]
mod tests;
