//! The walk over a tree: text, actions and control structures.

use super::{Exec, ExecError, MAX_DEPTH, NO_VALUE, Operand};
use crate::chart::template::ast::{
    Branch, BranchKind, Command, Expr, List, Node, Pipe, Tree, Variable, VariableId,
};
use crate::chart::template::exec::error::Place;
use crate::chart::template::fmt::{quote, value_text, write_value};
use crate::chart::value::{Str, Struct, Value};
use std::sync::Arc;

pub(super) type Result<T, E = ExecError> = std::result::Result<T, E>;

/// The node that an error names: the one that was reached last.
#[derive(Clone, Copy)]
pub(super) enum At<'t> {
    Start,
    Node(&'t Node),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Expr(&'t Expr),
}

/// How a list ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// One execution of one tree.
pub(super) struct Run<'a, 'r, 't> {
    pub(super) exec: &'a mut Exec<'r>,
    pub(super) tree: &'t Arc<Tree>,
    out: &'a mut Vec<u8>,
    /// The variables, the innermost last.
    vars: Vec<(VariableId, Operand)>,
    pub(super) at: At<'t>,
}

impl<'a, 'r, 't> Run<'a, 'r, 't> {
    pub(super) fn new(
        exec: &'a mut Exec<'r>,
        tree: &'t Arc<Tree>,
        dot: Operand,
        out: &'a mut Vec<u8>,
    ) -> Self {
        Self {
            exec,
            tree,
            out,
            vars: vec![(VariableId::DOLLAR, dot)],
            at: At::Start,
        }
    }

    pub(super) fn run(mut self, dot: &Operand) -> Result<()> {
        if self.exec.depth > MAX_DEPTH {
            return Err(self.error(format!("exceeded maximum template depth ({MAX_DEPTH})")));
        }
        self.list(dot, &self.tree.root).map(|_| ())
    }

    /// An error at the node that was reached last.
    pub(super) fn error(&self, message: impl AsRef<str>) -> ExecError {
        let message = message.as_ref();
        let (pos, node) = match self.at {
            At::Start => {
                let text = format!("template: {}: {message}", self.tree.name);
                return ExecError { place: None, text };
            }
            At::Node(node) => (node_pos(node), self.tree.shown(node).to_string()),
            At::Pipe(pipe) => (pipe.pos, pipe.to_string()),
            At::Command(command) => (command.pos, command.to_string()),
            At::Expr(expr) => (expr.pos(), expr.to_string()),
        };
        let (line, column) = self.tree.location(pos);
        let file = self.tree.parse_name.to_string();
        let name = quote(self.tree.name.as_bytes(), '"');
        let text = format!("template: {file}:{line}:{column}: executing {name} at <{node}>: {message}");
        let place = Some(Place { file, line, column });
        ExecError { place, text }
    }

    fn list(&mut self, dot: &Operand, list: &'t List) -> Result<Flow> {
        for node in &list.nodes {
            let flow = self.node(dot, node)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn node(&mut self, dot: &Operand, node: &'t Node) -> Result<Flow> {
        self.at = At::Node(node);
        match node {
            Node::Text { start, end } => {
                let text = self.tree.text.get(*start..*end);
                self.out.extend_from_slice(text.unwrap_or_default());
            }
            Node::Action { pipe, .. } => {
                let value = self.pipeline(dot, pipe)?;
                if pipe.decl.is_empty() {
                    self.at = At::Node(node);
                    self.print(&value);
                }
            }
            Node::Branch(branch) => return super::super::grow_stack(|| self.branch(dot, node, branch)),
            Node::Template { name, pipe, .. } => self.template(dot, name, pipe.as_ref())?,
            Node::Break { .. } => return Ok(Flow::Break),
            Node::Continue { .. } => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn print(&mut self, value: &Operand) {
        match &value.value {
            Value::Nil => self.out.extend_from_slice(NO_VALUE),
            Value::Struct(object) => match object.as_ref() {
                // Here the struct can still be reached by its address, so its method `String` counts.
                Struct {
                    display: Some(text), ..
                } => self.out.extend_from_slice(text.as_bytes()),
                _ => write_value(self.out, &value.value),
            },
            value => write_value(self.out, value),
        }
    }

    fn branch(&mut self, dot: &Operand, node: &'t Node, branch: &'t Branch) -> Result<Flow> {
        let mark = self.vars.len();
        let flow = if branch.kind == BranchKind::Range {
            self.at = At::Node(node);
            self.range(dot, branch)
        } else {
            self.if_or_with(dot, branch)
        };
        self.vars.truncate(mark);
        flow
    }

    fn if_or_with(&mut self, dot: &Operand, branch: &'t Branch) -> Result<Flow> {
        let value = self.pipeline(dot, &branch.pipe)?;
        match &branch.else_list {
            _ if value.value.is_true() => {
                let dot = if branch.kind == BranchKind::With {
                    &value
                } else {
                    dot
                };
                self.list(dot, &branch.list)
            }
            Some(list) => self.list(dot, list),
            None => Ok(Flow::Next),
        }
    }

    fn range(&mut self, dot: &Operand, branch: &'t Branch) -> Result<Flow> {
        let value = self.pipeline(dot, &branch.pipe)?.value;
        let mark = self.vars.len();
        let mut ran = false;
        let mut iterate = |run: &mut Self, index: Operand, item: Operand| -> Result<bool> {
            ran = true;
            run.set_range_variables(branch, index, &item)?;
            let flow = run.list(&item, &branch.list);
            run.vars.truncate(mark);
            Ok(flow? != Flow::Break)
        };
        match &value {
            Value::Nil => {}
            Value::List(list) => {
                for (index, item) in (0i64..).zip(list.iter()) {
                    let item = Operand {
                        value: item.clone(),
                        boxed: list.holds_interfaces(),
                    };
                    if !iterate(self, Operand::plain(Value::Int(index)), item)? {
                        break;
                    }
                }
            }
            Value::Map(map) => {
                for (key, item) in map.snapshot() {
                    let item = Operand {
                        value: item,
                        boxed: map.map_type().holds_interfaces(),
                    };
                    if !iterate(self, Operand::plain(Value::Str(key)), item)? {
                        break;
                    }
                }
            }
            Value::Bytes(bytes) => {
                for (index, byte) in (0i64..).zip(bytes.iter()) {
                    let index = Operand::plain(Value::Int(index));
                    if !iterate(self, index, Operand::plain(Value::Uint8(*byte)))? {
                        break;
                    }
                }
            }
            Value::Int(_) | Value::Int64(_) | Value::Uint8(_) | Value::Uint64(_) => {
                if branch.pipe.decl.len() > 1 {
                    let value = value_text(&value);
                    return Err(self.error(format!(
                        "can't use {value} to iterate over more than one variable"
                    )));
                }
                let mut counter = Counter::new(&value);
                while let Some(item) = counter.next() {
                    if !iterate(self, Operand::default(), Operand::plain(item))? {
                        break;
                    }
                }
            }
            value => return Err(self.error(format!("range can't iterate over {}", value_text(value)))),
        }
        match &branch.else_list {
            Some(list) if !ran => self.list(dot, list),
            _ => Ok(Flow::Next),
        }
    }

    /// Sets the variables of one iteration. With one variable it takes the item, with two the index comes first.
    fn set_range_variables(&mut self, branch: &'t Branch, index: Operand, item: &Operand) -> Result<()> {
        let pipe = &branch.pipe;
        let values = match pipe.decl.as_slice() {
            [] => return Ok(()),
            [_] => vec![item.clone()],
            _ => vec![index, item.clone()],
        };
        let first = self.vars.len() - values.len().min(self.vars.len());
        for (offset, (variable, value)) in pipe.decl.iter().zip(values).enumerate() {
            if pipe.is_assign {
                self.set_variable(variable, value)?;
            } else if let Some((_, slot)) = self.vars.get_mut(first + offset) {
                *slot = value;
            }
        }
        Ok(())
    }

    fn template(&mut self, dot: &Operand, name: &Str, pipe: Option<&'t Pipe>) -> Result<()> {
        let Some(tree) = self.exec.templates.get(name) else {
            return Err(self.error(format!("template {} not defined", quote(name, '"'))));
        };
        if self.exec.depth >= MAX_DEPTH {
            return Err(self.error(format!("exceeded maximum template depth ({MAX_DEPTH})")));
        }
        let dot = match pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Operand::default(),
        };
        let text = self.exec.text(&tree, &dot)?;
        self.out.extend_from_slice(&text);
        Ok(())
    }

    pub(super) fn push_variable(&mut self, variable: &Variable, value: Operand) {
        self.vars.push((variable.id, value));
    }

    pub(super) fn set_variable(&mut self, variable: &Variable, value: Operand) -> Result<()> {
        match self.vars.iter_mut().rev().find(|(id, _)| *id == variable.id) {
            Some((_, slot)) => {
                *slot = value;
                Ok(())
            }
            None => Err(self.undefined(variable)),
        }
    }

    pub(super) fn variable(&self, variable: &Variable) -> Result<Operand> {
        match self.vars.iter().rev().find(|(id, _)| *id == variable.id) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(self.undefined(variable)),
        }
    }

    fn undefined(&self, variable: &Variable) -> ExecError {
        self.error(format!("undefined variable: {}", variable.name()))
    }
}

/// Counts from zero up to a number, in the number's own type.
struct Counter<'v> {
    limit: &'v Value,
    next: u64,
}

impl<'v> Counter<'v> {
    const fn new(limit: &'v Value) -> Self {
        Self { limit, next: 0 }
    }

    fn next(&mut self) -> Option<Value> {
        let next = self.next;
        self.next += 1;
        let signed = i64::try_from(next).ok()?;
        match self.limit {
            Value::Int(limit) => (signed < *limit).then_some(Value::Int(signed)),
            Value::Int64(limit) => (signed < *limit).then_some(Value::Int64(signed)),
            Value::Uint64(limit) => (next < *limit).then_some(Value::Uint64(next)),
            Value::Uint8(limit) => u8::try_from(next)
                .ok()
                .filter(|next| next < limit)
                .map(Value::Uint8),
            _ => None,
        }
    }
}

fn node_pos(node: &Node) -> usize {
    match node {
        Node::Text { start: pos, .. }
        | Node::Action { pos, .. }
        | Node::Template { pos, .. }
        | Node::Break { pos }
        | Node::Continue { pos } => *pos,
        Node::Branch(branch) => branch.pos,
    }
}
