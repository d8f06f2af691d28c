//! Runs templates: walks their trees over values and writes what comes out.

mod call;
mod error;
mod eval;
mod field;
mod memo;
mod set;
mod texts;
mod walk;

pub(crate) use error::{ExecError, fail_text};
pub(crate) use memo::Memo;
pub(crate) use set::TemplateSet;
pub(crate) use texts::TextCache;

use super::ast::Tree;
use super::function::Failure;
use crate::chart::goyaml::YamlError;
use crate::chart::render::{Environment, Lookup};
use crate::chart::value::{Str, Value};
use serde_json::Value as Json;
use std::cell::Cell;
use std::sync::Arc;
use walk::Run;

/// How many executions may be open at once. Helm's own bound is 1000 for each name; this one holds for all together.
const MAX_DEPTH: usize = 10_000;
/// How often a name may be open in `include`.
const MAX_INCLUDES: usize = 1000;
/// What Go prints for a value that is absent, and Helm removes.
const NO_VALUE: &[u8] = b"<no value>";

/// A value, and whether Go holds it in an `interface {}`: what is taken from a map or a list of those is, and then
/// error messages name that type, and nil behaves otherwise than what is absent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Operand {
    /// The value.
    pub(crate) value: Value,
    /// Whether it is held in an `interface {}`.
    pub(crate) boxed: bool,
}

impl Operand {
    /// A value of its own type; nil means that there is none.
    pub(crate) const fn plain(value: Value) -> Self {
        Self { value, boxed: false }
    }

    /// What Go's reflection says of its type.
    pub(crate) fn type_name(&self) -> std::borrow::Cow<'static, str> {
        if self.boxed {
            "interface {}".into()
        } else {
            self.value.type_name()
        }
    }
}

/// One render: the templates, what they reach of the world, and how deep the execution is.
pub(crate) struct Exec<'r> {
    /// The templates that can be called.
    templates: Arc<TemplateSet>,
    /// The names that are open in `include`, each with how often.
    includes: Vec<(Str, usize)>,
    /// How many executions are open.
    depth: usize,
    /// How many were open at once at most; a trial of the memo begins anew.
    deepest: usize,
    /// The texts that templates wrote before, where they are kept.
    memo: Option<Memo>,
    lookup: &'r dyn Lookup,
    environment: &'r dyn Environment,
    /// Whether a template has asked for either of these, since this was last taken.
    has_asked_outside: Cell<bool>,
    /// Whether one ever has.
    knows_outside: Cell<bool>,
    texts: &'r TextCache,
    /// What earlier executions wrote into, emptied.
    spare: Vec<Vec<u8>>,
}

impl<'r> Exec<'r> {
    /// A render with `templates`.
    pub(crate) fn new(
        templates: Arc<TemplateSet>,
        lookup: &'r dyn Lookup,
        environment: &'r dyn Environment,
        texts: &'r TextCache,
    ) -> Self {
        Self {
            templates,
            includes: Vec::new(),
            depth: 0,
            deepest: 0,
            memo: None,
            lookup,
            environment,
            has_asked_outside: Cell::new(false),
            knows_outside: Cell::new(false),
            texts,
            spare: Vec::new(),
        }
    }

    /// Keeps what templates write in `memo` from now on, and takes it from there.
    pub(crate) fn remember(&mut self, memo: Memo) {
        self.memo = Some(memo);
    }

    /// The cluster.
    pub(crate) fn lookup(&self) -> &'r dyn Lookup {
        self.note_asked_outside();
        self.lookup
    }

    /// The clock and randomness.
    pub(crate) fn environment(&self) -> &'r dyn Environment {
        self.note_asked_outside();
        self.environment
    }

    fn note_asked_outside(&self) {
        self.has_asked_outside.set(true);
        self.knows_outside.set(true);
    }

    /// The first YAML document of a text. What may come from outside, a Secret or a new password, is not kept.
    pub(crate) fn document(&self, text: &Str) -> Result<Arc<Json>, YamlError> {
        if self.knows_outside.get() {
            texts::read_document(text)
        } else {
            self.texts.document(text)
        }
    }

    /// Whether a template has asked for something that is neither in the chart nor in its values, since this was last
    /// asked: the cluster, the clock or randomness.
    pub(crate) fn take_has_asked_outside(&self) -> bool {
        self.has_asked_outside.take()
    }

    /// Runs the file `name` with `dot`, and removes what Go prints for absent values, as Helm does.
    pub(crate) fn render(&mut self, name: &str, dot: &Value) -> Result<Vec<u8>, ExecError> {
        let tree = self
            .templates
            .get(name.as_bytes())
            .ok_or_else(|| ExecError::missing(name.as_bytes()))?;
        let dot = Operand::plain(dot.clone());
        let mut out = Vec::new();
        match self.recalled(&tree, &dot) {
            // Another file has included this one, for a checksum.
            Some(text) => out.extend_from_slice(&text),
            None => self.execute(&tree, &dot, &mut out)?,
        }
        Ok(without_no_value(out))
    }

    /// Runs `tree` with `dot`.
    fn execute(&mut self, tree: &Arc<Tree>, dot: &Operand, out: &mut Vec<u8>) -> Result<(), ExecError> {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        let result = super::grow_stack(|| Run::new(self, tree, dot.clone(), out).run(dot));
        self.depth -= 1;
        result
    }

    /// The function `include`.
    pub(crate) fn include(&mut self, name: &Str, data: Value) -> Result<Str, Failure> {
        let at = self.open_include(name)?;
        let result = match self.templates.get(name) {
            Some(tree) => self.text(&tree, &Operand::plain(data)),
            None => Err(ExecError::missing(name)),
        };
        self.close_include(at);
        result.map_err(|error| Failure(error.text))
    }

    /// Runs `tree` with `dot`; answers with what it wrote.
    fn written(&mut self, tree: &Arc<Tree>, dot: &Operand) -> Result<Str, ExecError> {
        let mut out = self.spare.pop().unwrap_or_default();
        let result = self.execute(tree, dot, &mut out);
        let text = Str::from(out.as_slice());
        out.clear();
        self.spare.push(out);
        result.map(|()| text)
    }

    /// Counts that `name` is open once more; answers the place of the count.
    fn open_include(&mut self, name: &Str) -> Result<usize, Failure> {
        // Few names are open at once: looking through them is faster than a table.
        let known = self.includes.iter().rposition(|(open, _)| open == name);
        let at = known.unwrap_or_else(|| {
            self.includes.push((name.clone(), 0));
            self.includes.len() - 1
        });
        if let Some((_, count)) = self.includes.get_mut(at) {
            if *count > MAX_INCLUDES {
                return Err(Failure(format!(
                    "rendering template has a nested reference name: {name}: unable to execute template"
                )));
            }
            *count += 1;
        }
        Ok(at)
    }

    fn close_include(&mut self, at: usize) {
        if let Some((_, count)) = self.includes.get_mut(at) {
            *count -= 1;
            if *count == 0 {
                self.includes.truncate(at);
            }
        }
    }

    /// The function `tpl`: `text` sees the templates of its caller, and what it defines ends with it.
    pub(crate) fn tpl(&mut self, text: &Str, data: Value) -> Result<Vec<u8>, Failure> {
        let quoted = || super::fmt::quote(text, '"');
        let trees = self
            .texts
            .templates(text)
            .map_err(|error| Failure(format!("cannot parse template {}: {error}", quoted())))?;
        let Some(main) = trees.last().cloned() else {
            return Ok(Vec::new());
        };
        let inner = Arc::new(TemplateSet::within(&self.templates, &trees));
        let outer = std::mem::replace(&mut self.templates, inner);
        let mut out = Vec::new();
        let result = self.execute(&main, &Operand::plain(data), &mut out);
        self.templates = outer;
        match result {
            Ok(()) => Ok(without_no_value(out)),
            Err(error) => Err(Failure(format!(
                "error during tpl function execution for {}: {}",
                quoted(),
                error.text
            ))),
        }
    }
}

/// The text without what Go prints for absent values.
fn without_no_value(text: Vec<u8>) -> Vec<u8> {
    let find = |text: &[u8]| memchr::memmem::find(text, NO_VALUE);
    let Some(mut next) = find(&text) else {
        return text;
    };
    let mut rest = text.as_slice();
    let mut kept = Vec::with_capacity(text.len());
    loop {
        let (before, after) = rest.split_at(next);
        kept.extend_from_slice(before);
        rest = after.get(NO_VALUE.len()..).unwrap_or_default();
        let Some(found) = find(rest) else {
            kept.extend_from_slice(rest);
            return kept;
        };
        next = found;
    }
}

#[cfg(test)]
mod tests;
