//! The templates that can be called by name.

use crate::chart::template::ast::Tree;
use crate::chart::value::Str;
use foldhash::{HashMap, HashMapExt};
use std::sync::Arc;

/// The name that Helm gives the root of its templates; errors in a text of `tpl` carry it.
pub(super) const ROOT_NAME: &str = "gotpl";

/// Templates by name; those of a text of `tpl` lie above those of its caller.
#[derive(Debug, Default)]
pub(crate) struct TemplateSet {
    outer: Option<Arc<TemplateSet>>,
    trees: HashMap<Str, Arc<Tree>>,
}

impl TemplateSet {
    /// Adds what a file or text defines. A name that is there already is redefined, unless by nothing but blanks.
    pub(crate) fn add(&mut self, trees: &[Arc<Tree>]) {
        for tree in trees {
            let name = Str::from(tree.name.as_ref());
            if tree.is_blank() && self.get(&name).is_some() {
                continue;
            }
            self.trees.insert(name, Arc::clone(tree));
        }
    }

    /// A set with `trees` above those of `outer`.
    pub(super) fn within(outer: &Arc<Self>, trees: &[Arc<Tree>]) -> Self {
        let mut set = Self {
            outer: Some(Arc::clone(outer)),
            trees: HashMap::new(),
        };
        set.add(trees);
        set
    }

    /// Whether it is that of a chart, and of no text of `tpl`.
    pub(super) const fn is_outermost(&self) -> bool {
        self.outer.is_none()
    }

    /// The template of this name.
    pub(super) fn get(&self, name: &[u8]) -> Option<Arc<Tree>> {
        let mut set = Some(self);
        while let Some(templates) = set {
            if let Some(tree) = templates.trees.get(name) {
                return Some(Arc::clone(tree));
            }
            set = templates.outer.as_deref();
        }
        None
    }
}
