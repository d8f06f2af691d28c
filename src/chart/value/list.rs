//! Go's slices, as far as templates meet them.

use super::Value;
use std::rc::Rc;

/// The static type of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListType {
    /// `[]interface {}`.
    Any,
    /// `[]string`.
    Strings,
    /// `[]int`.
    Ints,
    /// `[][]interface {}`.
    Lists,
    /// `chartutil.VersionSet`, a named `[]string`.
    VersionSet,
    /// `[]*chart.Maintainer`.
    Maintainers,
    /// `[]*chart.Dependency`.
    Dependencies,
}

impl ListType {
    /// Its name in Go.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "[]interface {}",
            Self::Strings => "[]string",
            Self::Ints => "[]int",
            Self::Lists => "[][]interface {}",
            Self::VersionSet => "chartutil.VersionSet",
            Self::Maintainers => "[]*chart.Maintainer",
            Self::Dependencies => "[]*chart.Dependency",
        }
    }
}

/// A slice. Its items never change: every function of Helm's that changes a list makes a new one.
#[derive(Debug, Clone)]
pub struct List {
    of: ListType,
    /// What it is a part of: as in Go, a part of a part may reach beyond its end.
    items: Rc<[Value]>,
    /// Where it begins and ends in `items`.
    range: (usize, usize),
    is_nil: bool,
}

impl List {
    /// A slice of `list_type`.
    #[must_use]
    pub fn new(list_type: ListType, items: Vec<Value>) -> Self {
        Self {
            of: list_type,
            range: (0, items.len()),
            items: items.into(),
            is_nil: false,
        }
    }

    /// Go's `list[start:end]`; `None` where that is out of bounds.
    #[must_use]
    pub fn part(&self, start: usize, end: usize) -> Option<Self> {
        let (from, to) = (self.range.0.checked_add(start)?, self.range.0.checked_add(end)?);
        self.items.get(from..to)?;
        Some(Self {
            range: (from, to),
            is_nil: false,
            ..self.clone()
        })
    }

    /// A slice that was never made: empty, and null in JSON.
    #[must_use]
    pub fn nil(list_type: ListType) -> Self {
        Self {
            is_nil: true,
            ..Self::new(list_type, Vec::new())
        }
    }

    /// A `[]interface {}`.
    #[must_use]
    pub fn any(items: Vec<Value>) -> Self {
        Self::new(ListType::Any, items)
    }

    /// A `[]string`.
    pub fn strings<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::new(ListType::Strings, items.into_iter().map(Into::into).collect())
    }

    /// Whether it was never made.
    #[must_use]
    pub const fn is_nil(&self) -> bool {
        self.is_nil
    }

    /// The static type.
    #[must_use]
    pub const fn list_type(&self) -> ListType {
        self.of
    }

    /// Whether the items are held as `interface {}`.
    #[must_use]
    pub fn holds_interfaces(&self) -> bool {
        self.of == ListType::Any
    }

    pub(super) fn deep_equal(&self, other: &Self) -> bool {
        self.of == other.of
            && self.is_nil == other.is_nil
            && self.len() == other.len()
            && self.iter().zip(other.iter()).all(|(a, b)| a.deep_equal(b))
    }
}

impl std::ops::Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        self.items.get(self.range.0..self.range.1).unwrap_or_default()
    }
}
