//! The syntax tree of a template, and how Go prints its nodes in error messages.

use super::function::Function;
use super::number::Number;
use crate::chart::value::{Str, runes};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A parsed template: a file, or what `define` and `block` name in one.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The name to call it by.
    pub(crate) name: Arc<str>,
    /// The name of the file it was parsed from.
    pub(crate) parse_name: Arc<str>,
    /// The text of that file.
    pub(crate) text: Str,
    /// What it consists of.
    pub(crate) root: List,
}

impl Tree {
    /// `file:line:column` of a position, as error messages give it: the line from 1, the column in bytes.
    pub(crate) fn location(&self, pos: usize) -> (usize, usize) {
        let before = self.text.get(..pos).unwrap_or(&self.text);
        let line_start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |newline| newline + 1);
        (line_at(&self.text, pos), before.len() - line_start)
    }

    /// Whether it consists of nothing but white space.
    pub(crate) fn is_blank(&self) -> bool {
        self.root.is_blank(&self.text)
    }

    /// A node as Go prints it.
    pub(super) fn shown<'t>(&'t self, node: &'t Node) -> impl fmt::Display + 't {
        Shown(node, &self.text)
    }
}

/// The line of the position `pos` of `text`, from 1.
pub(super) fn line_at(text: &[u8], pos: usize) -> usize {
    let before = text.get(..pos).unwrap_or(text);
    memchr::memchr_iter(b'\n', before).count() + 1
}

/// Nodes in a row.
#[derive(Debug, Default)]
pub(crate) struct List {
    /// The nodes.
    pub(crate) nodes: Vec<Node>,
}

impl List {
    /// Whether it consists of nothing but white space; `text` is that of its file.
    pub(super) fn is_blank(&self, text: &[u8]) -> bool {
        self.nodes.iter().all(|node| match node {
            Node::Text { start, end } => lossy(text, *start, *end).trim().is_empty(),
            _ => false,
        })
    }
}

/// A part of a template.
#[derive(Debug)]
pub(crate) enum Node {
    /// Text outside of actions: a piece of the file's.
    Text {
        /// Where it starts.
        start: usize,
        /// Where it ends.
        end: usize,
    },
    /// A pipeline whose value is printed.
    Action {
        /// Where it starts.
        pos: usize,
        /// The pipeline.
        pipe: Pipe,
    },
    /// `if`, `with` or `range`.
    Branch(Box<Branch>),
    /// `template`, and what a `block` leaves in its place.
    Template {
        /// Where the name starts.
        pos: usize,
        /// The name of the template to run.
        name: Str,
        /// What becomes its dot.
        pipe: Option<Pipe>,
    },
    /// `break`.
    Break {
        /// Where it starts.
        pos: usize,
    },
    /// `continue`.
    Continue {
        /// Where it starts.
        pos: usize,
    },
}

/// Which control structure a [`Branch`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BranchKind {
    /// `if`.
    If,
    /// `with`.
    With,
    /// `range`.
    Range,
}

impl BranchKind {
    /// Its keyword.
    pub(crate) const fn keyword(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
        }
    }
}

/// A control structure.
#[derive(Debug)]
pub(crate) struct Branch {
    /// Which one.
    pub(crate) kind: BranchKind,
    /// Where its pipeline starts.
    pub(crate) pos: usize,
    /// What decides.
    pub(crate) pipe: Pipe,
    /// What runs when the value is not empty.
    pub(crate) list: List,
    /// What runs when it is.
    pub(crate) else_list: Option<List>,
}

/// Commands, each of which gets the value of the one before as its last argument.
#[derive(Debug)]
pub(crate) struct Pipe {
    /// Where it starts.
    pub(crate) pos: usize,
    /// Whether the variables are assigned and not declared.
    pub(crate) is_assign: bool,
    /// The variables that take the value.
    pub(crate) decl: Vec<Variable>,
    /// The commands.
    pub(crate) commands: Vec<Command>,
}

/// What stands for the name of a variable while its tree runs: the same name has the same one in all of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VariableId(pub(crate) usize);

impl VariableId {
    /// `$`: the dot that the tree was run with.
    pub(crate) const DOLLAR: Self = Self(0);
}

/// A variable and the fields that are reached through it.
#[derive(Debug)]
pub(crate) struct Variable {
    /// Where it starts.
    pub(crate) pos: usize,
    /// Which variable it is.
    pub(crate) id: VariableId,
    /// Its name with the dollar sign, and the fields.
    pub(crate) path: Vec<Arc<str>>,
}

impl Variable {
    /// Its name with the dollar sign.
    pub(crate) fn name(&self) -> &str {
        self.path.first().map_or("$", AsRef::as_ref)
    }
}

/// An operand with its arguments.
#[derive(Debug)]
pub(crate) struct Command {
    /// Where it starts.
    pub(crate) pos: usize,
    /// The operand and its arguments: at least one.
    pub(crate) args: Vec<Expr>,
}

/// An operand.
#[derive(Debug)]
pub(crate) enum Expr {
    /// `.`.
    Dot {
        /// Where it stands.
        pos: usize,
    },
    /// `nil`.
    Nil {
        /// Where it stands.
        pos: usize,
    },
    /// `true` or `false`.
    Bool {
        /// Where it stands.
        pos: usize,
        /// Which.
        value: bool,
    },
    /// A number.
    Number {
        /// Where it stands.
        pos: usize,
        /// What it means; rare and large, so that it is kept apart.
        number: Box<Number>,
    },
    /// A string.
    String {
        /// Where it stands.
        pos: usize,
        /// What it means.
        text: Str,
        /// As it is written, where that is not this text between double quotes.
        quoted: Option<Str>,
    },
    /// `.a.b`.
    Field {
        /// Where it stands.
        pos: usize,
        /// The names.
        path: Vec<Arc<str>>,
    },
    /// `$x.a.b`.
    Variable(Variable),
    /// The name of a function.
    Function {
        /// Where it stands.
        pos: usize,
        /// The function.
        function: &'static Function,
    },
    /// `(…).a.b`.
    Chain {
        /// Where the fields start.
        pos: usize,
        /// What the fields are taken from.
        node: Box<Expr>,
        /// The fields.
        path: Vec<Arc<str>>,
    },
    /// A pipeline in parentheses.
    Pipe(Box<Pipe>),
}

impl Expr {
    /// Where it stands.
    pub(crate) fn pos(&self) -> usize {
        match self {
            Self::Dot { pos }
            | Self::Nil { pos }
            | Self::Bool { pos, .. }
            | Self::Number { pos, .. }
            | Self::String { pos, .. }
            | Self::Field { pos, .. }
            | Self::Function { pos, .. }
            | Self::Chain { pos, .. } => *pos,
            Self::Variable(variable) => variable.pos,
            Self::Pipe(pipe) => pipe.pos,
        }
    }
}

fn write_path(f: &mut fmt::Formatter<'_>, path: &[Arc<str>]) -> fmt::Result {
    path.iter().try_for_each(|name| write!(f, ".{name}"))
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        write_path(f, self.path.get(1..).unwrap_or_default())
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dot { .. } => f.write_str("."),
            Self::Nil { .. } => f.write_str("nil"),
            Self::Bool { value, .. } => write!(f, "{value}"),
            Self::Number { number, .. } => f.write_str(&number.text),
            Self::String {
                quoted: Some(quoted), ..
            } => write!(f, "{quoted}"),
            Self::String {
                text, quoted: None, ..
            } => write!(f, "\"{text}\""),
            Self::Field { path, .. } => write_path(f, path),
            Self::Variable(variable) => variable.fmt(f),
            Self::Function { function, .. } => f.write_str(function.name),
            Self::Chain { node, path, .. } => {
                match node.as_ref() {
                    Self::Pipe(pipe) => write!(f, "({pipe})")?,
                    node => node.fmt(f)?,
                }
                write_path(f, path)
            }
            Self::Pipe(pipe) => pipe.fmt(f),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, arg) in self.args.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            match arg {
                Expr::Pipe(pipe) => write!(f, "({pipe})")?,
                arg => arg.fmt(f)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, variable) in self.decl.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            variable.fmt(f)?;
        }
        if !self.decl.is_empty() {
            f.write_str(if self.is_assign { " = " } else { " := " })?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            if index > 0 {
                f.write_str(" | ")?;
            }
            command.fmt(f)?;
        }
        Ok(())
    }
}

/// A part of a template, with the text of its file.
struct Shown<'t, T>(&'t T, &'t [u8]);

impl fmt::Display for Shown<'_, List> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(list, text) = self;
        list.nodes.iter().try_for_each(|node| Shown(node, text).fmt(f))
    }
}

impl fmt::Display for Shown<'_, Node> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(node, text) = self;
        match node {
            Node::Text { start, end } => f.write_str(&lossy(text, *start, *end)),
            Node::Action { pipe, .. } => write!(f, "{{{{{pipe}}}}}"),
            Node::Branch(branch) => Shown(branch.as_ref(), text).fmt(f),
            Node::Template { name, pipe, .. } => {
                write!(f, "{{{{template {}", super::fmt::quote(name, '"'))?;
                if let Some(pipe) = pipe {
                    write!(f, " {pipe}")?;
                }
                f.write_str("}}")
            }
            Node::Break { .. } => f.write_str("{{break}}"),
            Node::Continue { .. } => f.write_str("{{continue}}"),
        }
    }
}

impl fmt::Display for Shown<'_, Branch> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(branch, text) = self;
        let list = Shown(&branch.list, text);
        write!(f, "{{{{{} {}}}}}{list}", branch.kind.keyword(), branch.pipe)?;
        if let Some(list) = &branch.else_list {
            write!(f, "{{{{else}}}}{}", Shown(list, text))?;
        }
        f.write_str("{{end}}")
    }
}

/// A piece of a file as text, as [`Str::to_text`] has it.
fn lossy(text: &[u8], start: usize, end: usize) -> Cow<'_, str> {
    let piece = text.get(start..end).unwrap_or_default();
    std::str::from_utf8(piece).map_or_else(|_| runes(piece).map(|(rune, _)| rune).collect(), Cow::Borrowed)
}
