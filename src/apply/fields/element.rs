//! One step of a field path, and the path.

use serde_json::Value as Json;
use std::cmp::Ordering;
use std::fmt;

/// A scalar that names an item of a list: a key of it, or the item itself.
///
/// The order is the API server's: numbers by value, then strings, booleans, null.
#[derive(Debug, Clone)]
pub enum Scalar {
    /// An integer.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    String(Box<str>),
    /// A boolean.
    Bool(bool),
    /// Null.
    Null,
}

impl Scalar {
    /// The scalar of a JSON value; `None` for a list or a map.
    #[must_use]
    pub fn from_json(value: &Json) -> Option<Self> {
        match value {
            Json::Null => Some(Self::Null),
            Json::Bool(value) => Some(Self::Bool(*value)),
            Json::String(value) => Some(Self::String(value.as_str().into())),
            Json::Number(value) => value
                .as_i64()
                .map(Self::Int)
                .or_else(|| value.as_f64().map(Self::Float)),
            Json::Array(_) | Json::Object(_) => None,
        }
    }

    /// The same as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Int(value) => Json::from(*value),
            Self::Float(value) => Json::from(*value),
            Self::String(value) => Json::from(&**value),
            Self::Bool(value) => Json::from(*value),
            Self::Null => Json::Null,
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Int(_) | Self::Float(_) => 0,
            Self::String(_) => 1,
            Self::Bool(_) => 2,
            Self::Null => 3,
        }
    }
}

impl Ord for Scalar {
    // Integers and floats compare as numbers; a list key beyond 2^53 does not exist in any Kubernetes kind.
    #[allow(clippy::cast_precision_loss)]
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::Int(a), Self::Float(b)) => (*a as f64).total_cmp(b),
            (Self::Float(a), Self::Int(b)) => a.total_cmp(&(*b as f64)),
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Scalar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Scalar {}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::String(value) => write!(f, "{value:?}"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Null => f.write_str("null"),
        }
    }
}

/// A step from a value into what it holds. The order is that of `FieldsV1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathElement {
    /// A field of a map: `f:spec`.
    Field(Box<str>),
    /// An item of a keyed list, by its keys in the order of their names: `k:{"name":"app"}`.
    Key(Box<[(Box<str>, Scalar)]>),
    /// An item of a set, by its value: `v:"finalizer"`.
    Value(Scalar),
    /// An item of a list, by its position: `i:0`. No kind of Kubernetes has one.
    Index(i64),
}

impl PathElement {
    /// The field `name`.
    #[must_use]
    pub fn field(name: &str) -> Self {
        Self::Field(name.into())
    }

    /// The item with these keys.
    pub fn key<K: Into<Box<str>>>(keys: impl IntoIterator<Item = (K, Scalar)>) -> Self {
        let mut keys: Vec<_> = keys
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect();
        keys.sort();
        Self::Key(keys.into())
    }
}

impl fmt::Display for PathElement {
    /// As the API server writes it in conflicts: `.spec`, `[name="app"]`, `[="finalizer"]`, `[0]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Key(keys) => {
                f.write_str("[")?;
                for (index, (name, value)) in keys.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma}{name}={value}")?;
                }
                f.write_str("]")
            }
            Self::Value(value) => write!(f, "[={value}]"),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// The way to a field from the object's root.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldPath(Vec<PathElement>);

impl FieldPath {
    /// The path through these fields: `["spec", "replicas"]`.
    #[must_use]
    pub fn of_fields(names: &[&str]) -> Self {
        names.iter().map(|name| PathElement::field(name)).collect()
    }

    /// The steps.
    #[must_use]
    pub fn elements(&self) -> &[PathElement] {
        &self.0
    }
}

impl FromIterator<PathElement> for FieldPath {
    fn from_iter<T: IntoIterator<Item = PathElement>>(elements: T) -> Self {
        Self(elements.into_iter().collect())
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|element| write!(f, "{element}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_the_api_server_writes_it() {
        let path: FieldPath = [
            PathElement::field("spec"),
            PathElement::field("ports"),
            PathElement::key([
                ("protocol", Scalar::String("TCP".into())),
                ("containerPort", Scalar::Int(80)),
            ]),
            PathElement::Value(Scalar::Bool(true)),
            PathElement::Index(3),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            path.to_string(),
            r#".spec.ports[containerPort=80,protocol="TCP"][=true][3]"#
        );
    }

    #[test]
    fn elements_sort_by_sort_then_by_content() {
        let mut elements = [
            PathElement::Index(0),
            PathElement::Value(Scalar::String("a".into())),
            PathElement::Value(Scalar::Float(1.5)),
            PathElement::Value(Scalar::Int(2)),
            PathElement::key([("name", Scalar::String("a".into()))]),
            PathElement::field("z"),
        ];
        elements.sort();
        let words: Vec<_> = elements.iter().map(ToString::to_string).collect();
        assert_eq!(words, [".z", "[name=\"a\"]", "[=1.5]", "[=2]", "[=\"a\"]", "[0]"]);
    }
}
