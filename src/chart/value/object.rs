//! Go's structs, as templates reach them: by the names of their fields.

use super::Value;

/// A field of a struct.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name in Go, which templates use.
    pub name: &'static str,
    /// Its name in JSON.
    pub json_name: &'static str,
    /// Whether JSON leaves it out when it is empty.
    pub omit_empty: bool,
    /// What it holds.
    pub value: Value,
}

/// A struct.
#[derive(Debug, Clone)]
pub struct Struct {
    /// The name of the type in Go, without the star of a pointer.
    pub type_name: &'static str,
    /// Whether templates hold a pointer to it.
    pub is_pointer: bool,
    /// How many of the first fields belong to an embedded struct, which printing puts in braces of its own.
    pub embedded: usize,
    /// The fields in the order of their declaration.
    pub fields: Vec<Field>,
    /// What its method `String` answers where its address can be taken; such a struct prints as this text.
    pub display: Option<String>,
}

impl Struct {
    /// The field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields
            .iter()
            .find(|field| field.name == name)
            .map(|field| &field.value)
    }

    pub(super) fn deep_equal(&self, other: &Self) -> bool {
        self.type_name == other.type_name
            && self.is_pointer == other.is_pointer
            && self.fields.len() == other.fields.len()
            && (self.fields.iter().zip(&other.fields)).all(|(a, b)| a.value.deep_equal(&b.value))
    }
}
