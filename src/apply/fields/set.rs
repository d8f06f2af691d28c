//! The set of field paths.

use super::element::{FieldPath, PathElement};
use std::cmp::Ordering;

/// A set of fields of one object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// Sorted by element; every node is a member or has members below it.
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) element: PathElement,
    pub(super) member: bool,
    pub(super) below: FieldSet,
}

impl FieldSet {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self { nodes: Vec::new() }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// How many fields are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes
            .iter()
            .map(|node| usize::from(node.member) + node.below.len())
            .sum()
    }

    /// Puts the field at `path` in. The fields above it are not put in; the root is no field.
    pub fn insert(&mut self, path: &[PathElement]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let node = self.descend(first);
        if rest.is_empty() {
            node.member = true;
        } else {
            node.below.insert(rest);
        }
    }

    /// Whether the field at `path` is in it.
    #[must_use]
    pub fn contains(&self, path: &[PathElement]) -> bool {
        let Some((last, parents)) = path.split_last() else {
            return false;
        };
        self.below_path(parents).is_some_and(|set| set.has(last))
    }

    /// Whether the direct child `element` is a member.
    #[must_use]
    pub fn has(&self, element: &PathElement) -> bool {
        self.node(element).is_some_and(|node| node.member)
    }

    /// What lies below the direct child `element`; `None` where nothing does.
    #[must_use]
    pub fn below(&self, element: &PathElement) -> Option<&Self> {
        self.node(element)
            .map(|node| &node.below)
            .filter(|set| !set.is_empty())
    }

    /// What lies below `path`; `None` where nothing does.
    #[must_use]
    pub fn below_path(&self, path: &[PathElement]) -> Option<&Self> {
        path.iter().try_fold(self, |set, element| set.below(element))
    }

    /// The members, each with its whole path, parents first within a branch as the API server lists them.
    #[must_use]
    pub fn paths(&self) -> Vec<FieldPath> {
        let mut paths = Vec::new();
        self.collect_paths(&mut Vec::new(), &mut paths);
        paths
    }

    fn collect_paths(&self, prefix: &mut Vec<PathElement>, paths: &mut Vec<FieldPath>) {
        for node in self.nodes.iter().filter(|node| node.member) {
            paths.push(prefix.iter().chain([&node.element]).cloned().collect());
        }
        for node in &self.nodes {
            prefix.push(node.element.clone());
            node.below.collect_paths(prefix, paths);
            prefix.pop();
        }
    }

    /// What is in one of them or in both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.zip(other, |pair| match pair {
            Pair::Left(node) | Pair::Right(node) => Some(node.clone()),
            Pair::Both(a, b) => Some(Node {
                element: a.element.clone(),
                member: a.member || b.member,
                below: a.below.union(&b.below),
            }),
        })
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.zip(other, |pair| match pair {
            Pair::Left(_) | Pair::Right(_) => None,
            Pair::Both(a, b) => Node::kept(&a.element, a.member && b.member, a.below.intersection(&b.below)),
        })
    }

    /// What is in this one but not in `other`. A field stays although its parent is in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.zip(other, |pair| match pair {
            Pair::Left(node) => Some(node.clone()),
            Pair::Right(_) => None,
            Pair::Both(a, b) => Node::kept(&a.element, a.member && !b.member, a.below.difference(&b.below)),
        })
    }

    /// What is in this one and neither in `other` nor below a member of `other`.
    #[must_use]
    pub fn recursive_difference(&self, other: &Self) -> Self {
        self.zip(other, |pair| match pair {
            Pair::Left(node) => Some(node.clone()),
            Pair::Right(_) => None,
            Pair::Both(_, b) if b.member => None,
            Pair::Both(a, b) => Node::kept(&a.element, a.member, a.below.recursive_difference(&b.below)),
        })
    }

    /// Whether everything in it is in `other` too.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        let mut rest = other.nodes.iter();
        self.nodes.iter().all(|node| {
            rest.find(|candidate| candidate.element >= node.element)
                .is_some_and(|candidate| {
                    candidate.element == node.element
                        && (candidate.member || !node.member)
                        && node.below.is_subset(&candidate.below)
                })
        })
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Each direct child: the element, whether it is a member, and what lies below it.
    pub(crate) fn children(&self) -> impl Iterator<Item = (&PathElement, bool, &Self)> {
        self.nodes
            .iter()
            .map(|node| (&node.element, node.member, &node.below))
    }

    /// Adds the direct child `element`, as a member or not, with what lies below it. Nothing happens where that
    /// would leave an empty node.
    pub(crate) fn add(&mut self, element: &PathElement, member: bool, below: Self) {
        if !member && below.is_empty() {
            return;
        }
        let node = self.descend(element);
        node.member |= member;
        node.below = if node.below.is_empty() {
            below
        } else {
            node.below.union(&below)
        };
    }

    fn node(&self, element: &PathElement) -> Option<&Node> {
        let index = self
            .nodes
            .binary_search_by(|node| node.element.cmp(element))
            .ok()?;
        self.nodes.get(index)
    }

    fn descend(&mut self, element: &PathElement) -> &mut Node {
        // Most sets are built in order: the last place is tried first.
        let found = match self.nodes.last() {
            Some(last) if last.element < *element => Err(self.nodes.len()),
            None => Err(0),
            _ => self.nodes.binary_search_by(|node| node.element.cmp(element)),
        };
        let index = found.unwrap_or_else(|index| {
            self.nodes.insert(
                index,
                Node {
                    element: element.clone(),
                    member: false,
                    below: Self::new(),
                },
            );
            index
        });
        &mut self.nodes[index]
    }

    /// Walks both sets in order and collects what `keep` answers.
    fn zip(&self, other: &Self, keep: impl Fn(Pair<'_>) -> Option<Node>) -> Self {
        let mut nodes = Vec::with_capacity(self.nodes.len().max(other.nodes.len()));
        let (mut left, mut right) = (self.nodes.iter().peekable(), other.nodes.iter().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => a.element.cmp(&b.element),
            };
            let a = if order.is_le() { left.next() } else { None };
            let b = if order.is_ge() { right.next() } else { None };
            let node = match (a, b) {
                (Some(a), Some(b)) => keep(Pair::Both(a, b)),
                (Some(a), None) => keep(Pair::Left(a)),
                (None, Some(b)) => keep(Pair::Right(b)),
                (None, None) => None,
            };
            nodes.extend(node);
        }
        Self { nodes }
    }
}

impl Node {
    fn kept(element: &PathElement, member: bool, below: FieldSet) -> Option<Self> {
        (member || !below.is_empty()).then(|| Self {
            element: element.clone(),
            member,
            below,
        })
    }
}

enum Pair<'a> {
    Left(&'a Node),
    Right(&'a Node),
    Both(&'a Node, &'a Node),
}

impl<'a> FromIterator<&'a FieldPath> for FieldSet {
    fn from_iter<T: IntoIterator<Item = &'a FieldPath>>(paths: T) -> Self {
        let mut set = Self::new();
        paths.into_iter().for_each(|path| set.insert(path.elements()));
        set
    }
}
