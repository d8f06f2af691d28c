//! A value as Go's templates see it. Owned by the template engine; not for data at rest, which is JSON.
//!
//! It keeps apart what Go's reflection keeps apart and templates can observe: `int`, `int64` and `float64`, byte
//! strings, the static types of maps and lists, and maps that are shared: whoever holds one sees what `set` does.

mod json;
mod list;
mod map;
mod object;
mod text;

pub use json::{UnsupportedValue, float_number, from_cluster_json, from_json, from_watched_json, to_json};
pub use list::{List, ListType};
pub use map::{Map, MapType, Watch};
pub use object::{Field, Struct};
pub use text::{Str, runes};

use crate::chart::semver::Version;
use jiff::Zoned;
use std::borrow::Cow;
use std::rc::Rc;

/// A value of a template.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// `nil`, and what is absent.
    #[default]
    Nil,
    /// `bool`.
    Bool(bool),
    /// `int`.
    Int(i64),
    /// `int64`.
    Int64(i64),
    /// `uint8`: a byte that `index` took from a string.
    Uint8(u8),
    /// `uint64`.
    Uint64(u64),
    /// `float64`, which every number of a YAML or JSON document is.
    Float(f64),
    /// `string`.
    Str(Str),
    /// `[]uint8`.
    Bytes(Str),
    /// A slice.
    List(List),
    /// A map from strings.
    Map(Map),
    /// A struct, or a pointer to one.
    Struct(Rc<Struct>),
    /// `*semver.Version`.
    Version(Rc<Version>),
    /// `time.Time`.
    Time(Rc<Zoned>),
}

/// The sorts of types that Go's reflection tells apart, as far as templates meet them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No value at all.
    Invalid,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `int64`.
    Int64,
    /// `uint8`.
    Uint8,
    /// `uint64`.
    Uint64,
    /// `float64`.
    Float64,
    /// Strings.
    String,
    /// Slices.
    Slice,
    /// Maps.
    Map,
    /// Structs.
    Struct,
    /// Pointers.
    Ptr,
}

impl Kind {
    /// Its name in Go.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Uint8 => "uint8",
            Self::Uint64 => "uint64",
            Self::Float64 => "float64",
            Self::String => "string",
            Self::Slice => "slice",
            Self::Map => "map",
            Self::Struct => "struct",
            Self::Ptr => "ptr",
        }
    }
}

impl Value {
    /// A string.
    pub fn string(text: impl Into<Str>) -> Self {
        Self::Str(text.into())
    }

    /// What Go's `reflect.Value.Kind` says.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Nil => Kind::Invalid,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Int64(_) => Kind::Int64,
            Self::Uint8(_) => Kind::Uint8,
            Self::Uint64(_) => Kind::Uint64,
            Self::Float(_) => Kind::Float64,
            Self::Str(_) => Kind::String,
            Self::Bytes(_) | Self::List(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Struct(object) if object.is_pointer => Kind::Ptr,
            Self::Struct(_) | Self::Time(_) => Kind::Struct,
            Self::Version(_) => Kind::Ptr,
        }
    }

    /// What Go's `%T` prints.
    #[must_use]
    pub fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Nil => "<nil>",
            Self::Bytes(_) => "[]uint8",
            Self::List(list) => list.list_type().name(),
            Self::Map(map) => map.map_type().name(),
            Self::Struct(object) if object.is_pointer => return Cow::Owned(format!("*{}", object.type_name)),
            Self::Struct(object) => object.type_name,
            Self::Version(_) => "*semver.Version",
            Self::Time(_) => "time.Time",
            basic => basic.kind().name(),
        })
    }

    /// Whether `if` takes it for true: it is not the zero or the empty value of its type.
    #[must_use]
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(value) | Self::Int64(value) => *value != 0,
            Self::Uint8(value) => *value != 0,
            Self::Uint64(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Str(text) | Self::Bytes(text) => !text.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Struct(_) | Self::Version(_) | Self::Time(_) => true,
        }
    }

    /// Whether it is `nil`.
    #[must_use]
    pub const fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    /// Go's `reflect.DeepEqual`: the same types all the way down, and the same content.
    #[must_use]
    pub fn deep_equal(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nil, Self::Nil) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) | (Self::Int64(a), Self::Int64(b)) => a == b,
            (Self::Uint8(a), Self::Uint8(b)) => a == b,
            (Self::Uint64(a), Self::Uint64(b)) => a == b,
            #[allow(clippy::float_cmp, reason = "Go compares floats exactly")]
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Str(a), Self::Str(b)) | (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::List(a), Self::List(b)) => a.deep_equal(b),
            (Self::Map(a), Self::Map(b)) => a.deep_equal(b),
            (Self::Struct(a), Self::Struct(b)) => Rc::ptr_eq(a, b) || a.deep_equal(b),
            (Self::Version(a), Self::Version(b)) => a == b,
            (Self::Time(a), Self::Time(b)) => a == b,
            _ => false,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text.into())
    }
}

impl From<Str> for Value {
    fn from(text: Str) -> Self {
        Self::Str(text)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<List> for Value {
    fn from(list: List) -> Self {
        Self::List(list)
    }
}
