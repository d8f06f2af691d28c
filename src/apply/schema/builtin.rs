//! The built-in table of kinds, read from `kinds.txt`.

use super::{
    DEDUCED, FieldShape, KindType, ListOwnership, ListShape, MapShape, OPAQUE, PRELUDE, STRUCT, Schema,
    Shape, TypeRef, Zero,
};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

const TABLE: &str = include_str!("kinds.txt");
/// The type of kinds that are not in the table.
const CUSTOM: &str = "Custom";

/// The table as a schema; read once.
pub(super) fn schema() -> Schema {
    static READ: OnceLock<Schema> = OnceLock::new();
    READ.get_or_init(read).clone()
}

fn read() -> Schema {
    let (kinds, types) = TABLE.split_once("\n= Types\n").unwrap_or_default();
    let (_, kinds) = kinds.split_once("\n= Kinds\n").unwrap_or_default();
    let rows: Vec<(&str, &str)> = types.lines().filter_map(|line| line.split_once(' ')).collect();
    let mut reader = Reader {
        shapes: PRELUDE.to_vec(),
        names: HashMap::new(),
    };
    let places: Vec<TypeRef> = rows.iter().map(|(name, _)| reader.place(name)).collect();
    for (place, (_, fields)) in places.iter().zip(&rows) {
        let shape = reader.row(fields);
        reader.shapes[place.index as usize] = shape;
    }
    let kinds = kinds.lines().flat_map(|line| {
        let (version, kinds) = line.split_once(' ').unwrap_or_default();
        kinds
            .split(' ')
            .map(move |kind| (format!("{version}/{kind}"), kind))
    });
    let kinds = kinds.map(|(name, kind)| {
        let at = reader.names.get(kind).copied().unwrap_or(STRUCT);
        (name, KindType { at, native: true })
    });
    Schema {
        other: reader.names.get(CUSTOM).copied().unwrap_or(DEDUCED),
        shapes: reader.shapes.into(),
        kinds: Arc::new(kinds.collect()),
        fallback: None,
    }
}

struct Reader {
    shapes: Vec<Shape>,
    names: HashMap<&'static str, TypeRef>,
}

impl Reader {
    fn push(&mut self, shape: Shape) -> TypeRef {
        let index = u32::try_from(self.shapes.len()).unwrap_or_default();
        self.shapes.push(shape);
        TypeRef::at(index)
    }

    fn place(&mut self, name: &'static str) -> TypeRef {
        let place = self.push(Shape::Struct);
        self.names.insert(name, place);
        place
    }

    fn row(&mut self, fields: &str) -> Shape {
        let mut shapes = BTreeMap::new();
        for word in fields.split(' ') {
            let (name, ty) = word.split_once(':').unwrap_or((word, ""));
            let zero = match name.as_bytes().last() {
                Some(b'!') => Zero::Struct,
                Some(b'?') => Zero::Null,
                _ => Zero::Absent,
            };
            let field = FieldShape {
                ty: self.ty(ty),
                default: None,
                zero,
            };
            shapes.insert(name.trim_end_matches(['!', '?']).into(), field);
        }
        Shape::Map(MapShape {
            atomic: false,
            fields: shapes,
            rest: Some(STRUCT),
        })
    }

    fn ty(&mut self, word: &str) -> TypeRef {
        if let Some((keys, element)) = word.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let ownership = ListOwnership::Map(keys.split(',').map(key).collect());
            let element = self.ty(element);
            return self.push(Shape::List(ListShape { ownership, element }));
        }
        match word {
            "" => STRUCT,
            "atomic" => OPAQUE,
            "map" => DEDUCED,
            "atomic-map" => self.push(Shape::Map(MapShape {
                atomic: true,
                fields: BTreeMap::new(),
                rest: Some(OPAQUE),
            })),
            "set" => self.push(Shape::List(ListShape {
                ownership: ListOwnership::Set,
                element: STRUCT,
            })),
            name => self.names.get(name).copied().unwrap_or(STRUCT),
        }
    }
}

/// `protocol="TCP"` as the key and the value that stands for an absent one.
fn key(word: &str) -> (String, Option<serde_json::Value>) {
    match word.split_once('=') {
        Some((name, default)) => (name.to_owned(), serde_json::from_str(default).ok()),
        None => (word.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_type_that_the_table_names_is_in_it() {
        let (_, types) = TABLE.split_once("\n= Types\n").unwrap();
        let names: Vec<_> = types
            .lines()
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        for word in types.split_whitespace().filter_map(|word| word.split_once(':')) {
            let name = word.1.rsplit(']').next().unwrap();
            let known = ["", "map", "set", "atomic", "atomic-map"].contains(&name) || names.contains(&name);
            assert!(known, "{word:?}");
        }
    }

    #[test]
    fn ports_of_a_container_are_told_apart_by_number_and_protocol() {
        let schema = schema();
        let spec = schema.kind("apps/v1", "Deployment").field("spec").unwrap();
        let pod = spec.field("template").unwrap().field("spec").unwrap();
        let ports = pod.field("containers").unwrap().item().field("ports").unwrap();
        let keys = vec![
            ("containerPort".into(), Some(json!(0))),
            ("protocol".into(), Some(json!("TCP"))),
        ];
        assert_eq!(*ports.list_ownership(), ListOwnership::Map(keys));
        assert!(spec.field("selector").unwrap().is_atomic_map());
    }

    #[test]
    fn a_kind_that_is_not_listed_is_a_struct_with_metadata() {
        let schema = schema();
        let custom = schema.kind("monitoring.coreos.com/v1", "ServiceMonitor");
        assert!(
            !custom
                .field("metadata")
                .unwrap()
                .field("labels")
                .unwrap()
                .declares("app")
        );
        assert!(custom.field("spec").unwrap().declares("endpoints"));
    }
}
