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
pub struct List(Rc<Slice>);

#[derive(Debug, Clone)]
struct Slice {
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
        Self(Rc::new(Slice {
            of: list_type,
            range: (0, items.len()),
            items: items.into(),
            is_nil: false,
        }))
    }

    /// Go's `list[start:end]`; `None` where that is out of bounds.
    #[must_use]
    pub fn part(&self, start: usize, end: usize) -> Option<Self> {
        let (from, to) = (
            self.0.range.0.checked_add(start)?,
            self.0.range.0.checked_add(end)?,
        );
        self.0.items.get(from..to)?;
        Some(Self(Rc::new(Slice {
            range: (from, to),
            is_nil: false,
            ..Slice::clone(&self.0)
        })))
    }

    /// A slice that was never made: empty, and null in JSON.
    #[must_use]
    pub fn nil(list_type: ListType) -> Self {
        Self(Rc::new(Slice {
            of: list_type,
            range: (0, 0),
            items: Rc::default(),
            is_nil: true,
        }))
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

    /// Whether nobody else holds it or what it is a part of.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        Rc::strong_count(&self.0) == 1 && Rc::strong_count(&self.0.items) == 1
    }

    /// Whether it is no part of another one.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.0.range == (0, self.0.items.len())
    }

    /// Whether it was never made.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        self.0.is_nil
    }

    /// The static type.
    #[must_use]
    pub fn list_type(&self) -> ListType {
        self.0.of
    }

    /// Whether the items are held as `interface {}`.
    #[must_use]
    pub fn holds_interfaces(&self) -> bool {
        self.0.of == ListType::Any
    }

    pub(super) fn deep_equal(&self, other: &Self) -> bool {
        self.0.of == other.0.of
            && self.0.is_nil == other.0.is_nil
            && self.len() == other.len()
            && self.iter().zip(other.iter()).all(|(a, b)| a.deep_equal(b))
    }
}

impl std::ops::Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        self.0
            .items
            .get(self.0.range.0..self.0.range.1)
            .unwrap_or_default()
    }
}
