//! Reading a schema from OpenAPI v3 documents, by the rules of the API server's own conversion.

use super::{
    ANY_SCALAR, DEDUCED, FieldShape, KindType, ListOwnership, ListShape, MapShape, OPAQUE, PRELUDE,
    ScalarKind, Schema, Shape, TypeRef, Zero,
};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// OpenAPI documents that cannot be read as a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("OpenAPI definition {definition}: {message}")]
pub struct SchemaError {
    /// The definition's name.
    pub definition: String,
    /// What is wrong with it.
    pub message: String,
}

impl Schema {
    /// Builds a schema from OpenAPI v3 documents as the API server serves them under `/openapi/v3/…`, one for each
    /// group and version. Each must hold the definitions that it refers to; where several hold one of the same name,
    /// the first counts. Definitions that no kind reaches are not read.
    ///
    /// # Errors
    /// When a definition is malformed.
    pub fn from_openapi<'d>(documents: impl IntoIterator<Item = &'d Json>) -> Result<Self, SchemaError> {
        let mut definitions: HashMap<&str, &Json> = HashMap::new();
        for document in documents {
            let schemas = document.pointer("/components/schemas").and_then(Json::as_object);
            for (name, definition) in schemas.into_iter().flatten() {
                definitions.entry(name).or_insert(definition);
            }
        }
        let mut reader = Reader {
            definitions,
            shapes: PRELUDE.to_vec(),
            done: HashMap::new(),
            waiting: Vec::new(),
        };
        let mut kinds = HashMap::new();
        let named: Vec<(&str, &Json)> = reader
            .definitions
            .iter()
            .map(|(name, json)| (*name, *json))
            .collect();
        for (name, definition) in named {
            for kind in kinds_of(definition) {
                let at = reader.named(name);
                let native = NATIVE.iter().any(|prefix| name.starts_with(prefix));
                kinds.insert(kind, KindType { at, native });
            }
        }
        while let Some((name, index)) = reader.waiting.pop() {
            let shape = reader.definition(name).map_err(|message| SchemaError {
                definition: name.to_owned(),
                message,
            })?;
            reader.shapes[index] = shape;
        }
        Ok(Self {
            shapes: reader.shapes.into(),
            kinds: Arc::new(kinds),
            other: DEDUCED,
            fallback: Some(Arc::new(Self::builtin())),
        })
    }
}

/// How the names of definitions begin that the server itself is compiled with; those of custom resources begin with
/// their group.
const NATIVE: [&str; 3] = [
    "io.k8s.api.",
    "io.k8s.apiextensions-apiserver.",
    "io.k8s.kube-aggregator.",
];

/// `apps/v1/Deployment` for each kind that a definition describes, if it describes an object with metadata.
fn kinds_of(definition: &Json) -> Vec<String> {
    if definition.pointer("/properties/metadata").is_none() {
        return Vec::new();
    }
    let kinds = definition
        .get("x-kubernetes-group-version-kind")
        .and_then(Json::as_array);
    let text = |kind: &Json, name: &str| {
        kind.get(name)
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let write = |kind: &Json| {
        let (group, version, kind) = (text(kind, "group"), text(kind, "version"), text(kind, "kind"));
        let slash = if group.is_empty() { "" } else { "/" };
        format!("{group}{slash}{version}/{kind}")
    };
    kinds.into_iter().flatten().map(write).collect()
}

struct Reader<'d> {
    definitions: HashMap<&'d str, &'d Json>,
    shapes: Vec<Shape>,
    done: HashMap<&'d str, TypeRef>,
    /// Definitions that have a place already but have not been read.
    waiting: Vec<(&'d str, usize)>,
}

impl<'d> Reader<'d> {
    /// The place of a definition; it is read later, so that definitions may refer to themselves.
    fn named(&mut self, name: &'d str) -> TypeRef {
        if let Some(done) = self.done.get(name) {
            return *done;
        }
        if !self.definitions.contains_key(name) {
            return DEDUCED;
        }
        let at = self.push(Shape::Deduced);
        self.done.insert(name, at);
        self.waiting.push((name, at.index as usize));
        at
    }

    fn push(&mut self, shape: Shape) -> TypeRef {
        // There are never 2^32 types in a cluster; one more would be read as data without a schema.
        let index = u32::try_from(self.shapes.len()).unwrap_or_default();
        self.shapes.push(shape);
        TypeRef::at(index)
    }

    fn definition(&mut self, name: &'d str) -> Result<Shape, String> {
        match name {
            // These two marshal themselves: what OpenAPI says of them is not what the server merges by.
            "io.k8s.apimachinery.pkg.api.resource.Quantity" => Ok(Shape::Scalar(ScalarKind::Any)),
            "io.k8s.apimachinery.pkg.runtime.RawExtension" => Ok(Shape::Opaque),
            _ => match self.definitions.get(name).copied() {
                Some(definition) => self.shape(definition, false),
                None => Ok(Shape::Deduced),
            },
        }
    }

    fn shape(&mut self, json: &'d Json, open: bool) -> Result<Shape, String> {
        let open = open || json.get("x-kubernetes-preserve-unknown-fields") == Some(&Json::Bool(true));
        let text = |name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default();
        Ok(match text("type") {
            "object" => Shape::Map(self.map(json, open)?),
            "array" => Shape::List(self.list(json, open)?),
            "integer" | "number" => Shape::Scalar(ScalarKind::Number),
            "boolean" => Shape::Scalar(ScalarKind::Boolean),
            "string" if matches!(text("format"), "" | "byte") => Shape::Scalar(ScalarKind::String),
            "string" => Shape::Scalar(ScalarKind::Any),
            "" if json.get("properties").is_some() => Shape::Map(self.map(json, open)?),
            "" => Shape::Deduced,
            other => return Err(format!("unrecognized type: '{other}'")),
        })
    }

    fn reference(&mut self, json: &'d Json, open: bool) -> Result<TypeRef, String> {
        let only = json
            .get("allOf")
            .and_then(Json::as_array)
            .filter(|all| all.len() == 1);
        let target = json
            .get("$ref")
            .or_else(|| only.and_then(|all| all.first()?.get("$ref")));
        let Some(target) = target.and_then(Json::as_str) else {
            return match self.shape(json, open)? {
                Shape::Deduced => Ok(DEDUCED),
                Shape::Scalar(ScalarKind::Any) => Ok(ANY_SCALAR),
                shape => Ok(self.push(shape)),
            };
        };
        let name = target.rsplit('/').next().unwrap_or_default();
        let at = self.named(name);
        Ok(TypeRef {
            atomic: map_type(json)?,
            ..at
        })
    }

    fn map(&mut self, json: &'d Json, open: bool) -> Result<MapShape, String> {
        let properties = json.get("properties").and_then(Json::as_object);
        let mut fields = BTreeMap::new();
        for (name, property) in properties.into_iter().flatten() {
            let field = FieldShape {
                ty: self.reference(property, open)?,
                default: property.get("default").cloned(),
                zero: zero_of(name, property, json),
            };
            fields.insert(name.as_str().into(), field);
        }
        let rest = match json.get("additionalProperties") {
            None if open || properties.is_none_or(Map::is_empty) => Some(DEDUCED),
            None | Some(Json::Bool(false)) => None,
            Some(Json::Bool(true)) => Some(DEDUCED),
            Some(schema) => Some(self.reference(schema, open)?),
        };
        Ok(MapShape {
            atomic: map_type(json)?.unwrap_or(false),
            fields,
            rest,
        })
    }

    fn list(&mut self, json: &'d Json, open: bool) -> Result<ListShape, String> {
        let items = json.get("items");
        let element = items.map_or(Ok(OPAQUE), |items| self.reference(items, open))?;
        let ownership = match json.get("x-kubernetes-list-type").and_then(Json::as_str) {
            None | Some("atomic") => ListOwnership::Atomic,
            Some("set") => ListOwnership::Set,
            Some("map") => ListOwnership::Map(self.keys(json, items)?),
            Some(other) => return Err(format!("unknown list type {other}")),
        };
        Ok(ListShape { ownership, element })
    }

    /// The keys of a keyed list with the values that stand for absent ones.
    fn keys(&self, json: &Json, items: Option<&Json>) -> Result<Vec<(String, Option<Json>)>, String> {
        let names = json.get("x-kubernetes-list-map-keys").and_then(Json::as_array);
        let names = names
            .filter(|names| !names.is_empty())
            .ok_or("missing map keys")?;
        let item = items.map(|items| self.resolve(items));
        let default = |name: &str| item?.get("properties")?.get(name)?.get("default").cloned();
        let names = names.iter().filter_map(Json::as_str);
        Ok(names.map(|name| (name.to_owned(), default(name))).collect())
    }

    fn resolve<'j>(&self, json: &'j Json) -> &'j Json
    where
        'd: 'j,
    {
        let target = json
            .get("$ref")
            .or_else(|| json.get("allOf")?.get(0)?.get("$ref"));
        let name = target
            .and_then(Json::as_str)
            .and_then(|target| target.rsplit('/').next());
        name.and_then(|name| self.definitions.get(name).copied())
            .unwrap_or(json)
    }
}

/// Whether `x-kubernetes-map-type` says that the map is owned as a whole.
fn map_type(json: &Json) -> Result<Option<bool>, String> {
    match json.get("x-kubernetes-map-type").and_then(Json::as_str) {
        None => Ok(None),
        Some("atomic") => Ok(Some(true)),
        Some("granular") => Ok(Some(false)),
        Some(other) => Err(format!("unknown map type {other}")),
    }
}

/// A default of `{}` marks a struct that is no pointer, which Go always writes; a required field is written as null.
fn zero_of(name: &str, property: &Json, parent: &Json) -> Zero {
    let required = parent.get("required").and_then(Json::as_array);
    if property
        .get("default")
        .and_then(Json::as_object)
        .is_some_and(Map::is_empty)
    {
        Zero::Struct
    } else if required.is_some_and(|names| names.iter().any(|required| required == name)) {
        Zero::Null
    } else {
        Zero::Absent
    }
}
