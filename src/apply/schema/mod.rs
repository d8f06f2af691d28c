//! What the API server knows of the shape of a kind: which lists are keyed, which maps are atomic.
//!
//! A [`Schema`] comes from the server's own OpenAPI v3 documents ([`Schema::from_openapi`]), or from a table of the
//! kinds that charts use most ([`Schema::builtin`]), which also answers for what a server's documents do not hold. A
//! kind that neither knows is taken as most custom resources are: maps are granular, lists are atomic.

mod builtin;
mod openapi;
mod zero;

use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use openapi::SchemaError;

/// What is known of a set of kinds. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Schema {
    shapes: Arc<[Shape]>,
    /// From `apps/v1/Deployment` to the type of the object.
    kinds: Arc<HashMap<String, KindType>>,
    /// The type of every other kind.
    other: TypeRef,
    /// Where kinds are looked up that this one does not know.
    fallback: Option<Arc<Schema>>,
}

/// OpenAPI does not say which scalars the server's structs hold by value, so that they are not written where they are
/// zero, and which by pointer. The fields of charts' kinds are told apart by their names: `false` is dropped in these.
const DROPPED_FALSE: [&str; 10] = [
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "paused",
    "publishNotReadyAddresses",
    "readOnly",
    "stdin",
    "stdinOnce",
    "tty",
    "unschedulable",
];
/// The fields in which `0` is dropped.
const DROPPED_ZERO: [&str; 10] = [
    "failureThreshold",
    "healthCheckNodePort",
    "hostPort",
    "initialDelaySeconds",
    "minReadySeconds",
    "nodePort",
    "number",
    "periodSeconds",
    "successThreshold",
    "timeoutSeconds",
];
/// The fields in which an empty text is kept; in all others it is dropped.
const KEPT_EMPTY: [&str; 6] = [
    "apiGroup",
    "ingressClassName",
    "loadBalancerClass",
    "runtimeClassName",
    "storageClassName",
    "volumeAttributesClassName",
];

/// The type of the objects of a kind.
#[derive(Debug, Clone, Copy)]
struct KindType {
    at: TypeRef,
    /// Whether the kind is one of Kubernetes' own.
    native: bool,
}

/// The shape of a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// A single value.
    Scalar(ScalarKind),
    /// A list.
    List(ListShape),
    /// A map or a struct.
    Map(MapShape),
    /// Data without a schema: maps are granular and their keys are data, lists are atomic.
    Deduced,
    /// Anything at all, owned as a whole.
    Opaque,
    /// A type of the built-in table that says nothing of it: like [`Shape::Deduced`], but keys are struct fields.
    Struct,
}

/// What a scalar may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScalarKind {
    String,
    Number,
    Boolean,
    Any,
}

/// The shape of a list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ListShape {
    pub(crate) ownership: ListOwnership,
    pub(crate) element: TypeRef,
}

/// How the items of a list are owned.
#[derive(Debug, Clone, PartialEq)]
pub enum ListOwnership {
    /// The list is owned as a whole.
    Atomic,
    /// Each item by itself; items are scalars.
    Set,
    /// Each item by itself; items are maps that these keys tell apart, each with the value that stands for an
    /// absent one.
    Map(Vec<(String, Option<Json>)>),
}

/// The shape of a map or a struct.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MapShape {
    pub(crate) atomic: bool,
    pub(crate) fields: BTreeMap<Box<str>, FieldShape>,
    /// The type of every other key; `None` where there may be none.
    pub(crate) rest: Option<TypeRef>,
}

/// A named field of a struct.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FieldShape {
    pub(crate) ty: TypeRef,
    pub(crate) default: Option<Json>,
    /// Whether the server writes the field even where it is empty, so that it is there from the start.
    pub(crate) zero: Zero,
}

/// How the server writes a field that is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zero {
    /// Not at all.
    Absent,
    /// As null.
    Null,
    /// As an empty struct.
    Struct,
}

/// A type within a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TypeRef {
    index: u32,
    /// The place where the type is used overrides how its map is owned.
    atomic: Option<bool>,
}

/// A type with the schema it belongs to: a cursor that walks along with a value.
#[derive(Debug, Clone, Copy)]
pub struct Type<'s> {
    schema: &'s Schema,
    at: TypeRef,
    /// Whether the server keeps the value in a struct.
    native: bool,
    /// Whether it is the type of a whole object.
    root: bool,
}

/// The types that every schema begins with.
const DEDUCED: TypeRef = TypeRef::at(0);
const OPAQUE: TypeRef = TypeRef::at(1);
const STRUCT: TypeRef = TypeRef::at(2);
const ANY_SCALAR: TypeRef = TypeRef::at(3);
const PRELUDE: [Shape; 4] = [
    Shape::Deduced,
    Shape::Opaque,
    Shape::Struct,
    Shape::Scalar(ScalarKind::Any),
];

impl TypeRef {
    const fn at(index: u32) -> Self {
        Self { index, atomic: None }
    }
}

impl Schema {
    /// The built-in table of the kinds that charts use most, for where there is no server to ask.
    #[must_use]
    pub fn builtin() -> Self {
        builtin::schema()
    }

    /// Whether both are the same schema: clones of one another.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shapes, &other.shapes)
    }

    /// Whether the kind is known.
    #[must_use]
    pub fn knows(&self, api_version: &str, kind: &str) -> bool {
        self.kinds.contains_key(&format!("{api_version}/{kind}"))
            || self
                .fallback
                .as_ref()
                .is_some_and(|fallback| fallback.knows(api_version, kind))
    }

    /// The type of the objects of a kind.
    #[must_use]
    pub fn kind(&self, api_version: &str, kind: &str) -> Type<'_> {
        match (self.kinds.get(&format!("{api_version}/{kind}")), &self.fallback) {
            (Some(kind), _) => Type {
                schema: self,
                at: kind.at,
                native: kind.native,
                root: true,
            },
            (None, Some(fallback)) => fallback.kind(api_version, kind),
            (None, None) => Type {
                schema: self,
                at: self.other,
                native: false,
                root: true,
            },
        }
    }

    /// The type of this object, by its `apiVersion` and `kind`.
    #[must_use]
    pub fn of(&self, object: &Json) -> Type<'_> {
        let text = |name: &str| object.get(name).and_then(Json::as_str).unwrap_or_default();
        self.kind(text("apiVersion"), text("kind"))
    }

    fn shape(&self, at: TypeRef) -> &Shape {
        self.shapes.get(at.index as usize).unwrap_or(&Shape::Deduced)
    }
}

impl<'s> Type<'s> {
    pub(crate) fn shape(self) -> &'s Shape {
        self.schema.shape(self.at)
    }

    /// How a list of this type is owned.
    #[must_use]
    pub fn list_ownership(self) -> &'s ListOwnership {
        match self.shape() {
            Shape::List(list) => &list.ownership,
            _ => &ListOwnership::Atomic,
        }
    }

    /// Whether a map of this type is owned as a whole.
    #[must_use]
    pub fn is_atomic_map(self) -> bool {
        match self.shape() {
            Shape::Map(map) => self.at.atomic.unwrap_or(map.atomic),
            Shape::Opaque => true,
            _ => false,
        }
    }

    /// The type of the items of a list of this type.
    #[must_use]
    pub fn item(self) -> Self {
        let at = match self.shape() {
            Shape::List(list) => list.element,
            Shape::Opaque | Shape::Deduced => OPAQUE,
            _ => STRUCT,
        };
        Self {
            at,
            root: false,
            ..self
        }
    }

    /// The type of the field or key `name` of a map of this type; `None` where the type has no such field.
    #[must_use]
    pub fn field(self, name: &str) -> Option<Self> {
        let at = match self.shape() {
            Shape::Map(map) => map.fields.get(name).map(|field| field.ty).or(map.rest)?,
            Shape::Opaque => OPAQUE,
            Shape::Struct => STRUCT,
            Shape::Deduced | Shape::Scalar(_) | Shape::List(_) => DEDUCED,
        };
        Some(Self {
            at,
            // Every object has the metadata of Kubernetes itself.
            native: self.native || (self.root && name == "metadata"),
            root: false,
            ..self
        })
    }

    /// Whether `name` is a declared field, and not a key that is data.
    pub(crate) fn declares(self, name: &str) -> bool {
        match self.shape() {
            Shape::Map(map) => map.fields.contains_key(name) || map.rest == Some(STRUCT),
            Shape::Struct => true,
            _ => false,
        }
    }

    /// Whether the server keeps objects of this type in a struct, as it does all kinds of its own; what custom
    /// resources hold is kept as it was sent.
    #[must_use]
    pub const fn is_native(self) -> bool {
        self.native
    }

    /// Whether the server drops a field `name` that holds `value`: nulls, and what is empty in its own kinds.
    #[must_use]
    pub fn drops(self, name: &str, value: &Json) -> bool {
        match value {
            Json::Null => true,
            Json::Bool(false) => self.native && DROPPED_FALSE.contains(&name),
            Json::Number(number) => self.native && number.as_i64() == Some(0) && DROPPED_ZERO.contains(&name),
            Json::String(text) if text.is_empty() => {
                self.native && self.declares(name) && !KEPT_EMPTY.contains(&name)
            }
            Json::Array(items) => self.native && items.is_empty(),
            Json::Object(map) if map.is_empty() => {
                let is_map = self.field(name).is_some_and(|field| match field.shape() {
                    Shape::Deduced => true,
                    Shape::Map(map) => map.fields.is_empty(),
                    _ => false,
                });
                self.native && is_map
            }
            _ => false,
        }
    }

    /// Whether a field `name` that holds `value` reads back the same as one that is not there: what the server drops,
    /// and the structs that it writes even where they are empty.
    #[must_use]
    pub fn is_as_absent(self, name: &str, value: &Json) -> bool {
        let always = || match self.shape() {
            Shape::Map(map) => map
                .fields
                .get(name)
                .is_some_and(|field| field.zero == Zero::Struct),
            _ => false,
        };
        let empty = value.as_object().is_some_and(serde_json::Map::is_empty);
        self.drops(name, value) || (self.native && empty && always())
    }
}
