//! Pipelines, commands and operands: from expressions to values.

use super::Operand;
use super::walk::{At, Result, Run};
use crate::chart::template::ast::{Command, Expr, Pipe};
use crate::chart::template::fmt::quote;
use crate::chart::template::function::Type;
use crate::chart::template::number::Number;
use crate::chart::value::Value;

impl<'t> Run<'_, '_, 't> {
    /// The value of a pipeline. Variables that it declares stay until their block ends.
    pub(super) fn pipeline(&mut self, dot: &Operand, pipe: &'t Pipe) -> Result<Operand> {
        self.at = At::Pipe(pipe);
        let mut last = None;
        for command in &pipe.commands {
            let mut value = self.command(dot, command, last.take())?;
            // What was held in an interface is taken out of it: nil is now absent.
            value.boxed = false;
            last = Some(value);
        }
        let value = last.unwrap_or_default();
        for variable in &pipe.decl {
            if pipe.is_assign {
                self.set_variable(variable, value.clone())?;
            } else {
                self.push_variable(variable, value.clone());
            }
        }
        Ok(value)
    }

    /// A command; `last` is the value of the one before it in the pipeline.
    fn command(&mut self, dot: &Operand, command: &'t Command, last: Option<Operand>) -> Result<Operand> {
        let Some((first, args)) = command.args.split_first() else {
            return Ok(Operand::default());
        };
        match first {
            Expr::Field { path, .. } => {
                self.at = At::Expr(first);
                self.field_chain(dot, dot.clone(), first, path, Some(args), last)
            }
            Expr::Chain { .. } => self.chain(dot, first, Some(args), last),
            Expr::Function { function, .. } => {
                self.at = At::Expr(first);
                self.function(dot, function, At::Command(command), args, last)
            }
            Expr::Pipe(pipe) => {
                self.not_a_function(first, args, last.as_ref())?;
                self.pipeline(dot, pipe)
            }
            Expr::Variable(_) => self.variable_node(dot, first, Some(args), last),
            constant => {
                self.at = At::Expr(constant);
                self.not_a_function(constant, args, last.as_ref())?;
                match constant {
                    Expr::Bool { value, .. } => Ok(Operand::plain(Value::Bool(*value))),
                    Expr::Dot { .. } => Ok(dot.clone()),
                    Expr::Nil { .. } => Err(self.error("nil is not a command")),
                    Expr::Number { number, .. } => self.ideal_constant(number),
                    Expr::String { text, .. } => Ok(Operand::plain(Value::Str(text.clone()))),
                    other => {
                        let shown = quote(other.to_string().as_bytes(), '"');
                        Err(self.error(format!("can't evaluate command {shown}")))
                    }
                }
            }
        }
    }

    fn not_a_function(&self, first: &Expr, args: &[Expr], last: Option<&Operand>) -> Result<()> {
        if args.is_empty() && last.is_none() {
            return Ok(());
        }
        // Go prints a pipeline here without its parentheses.
        Err(self.error(format!("can't give argument to non-function {first}")))
    }

    /// A number where no type is asked for: the way it is written decides.
    fn ideal_constant(&self, number: &Number) -> Result<Operand> {
        if number.is_written_as_float() {
            return Ok(Operand::plain(Value::Float(number.float)));
        }
        match number.int {
            Some(int) => Ok(Operand::plain(Value::Int(int))),
            None => Err(self.error(format!("{} overflows int", number.text))),
        }
    }

    /// `$x.a.b`. Arguments are `None` where the variable is itself an argument.
    fn variable_node(
        &mut self,
        dot: &Operand,
        expr: &'t Expr,
        args: Option<&'t [Expr]>,
        last: Option<Operand>,
    ) -> Result<Operand> {
        self.at = At::Expr(expr);
        let Expr::Variable(variable) = expr else {
            return Ok(Operand::default());
        };
        let value = self.variable(variable)?;
        match variable.path.split_first() {
            Some((_, fields)) if !fields.is_empty() => self.field_chain(dot, value, expr, fields, args, last),
            _ => {
                self.not_a_function(expr, args.unwrap_or_default(), last.as_ref())?;
                Ok(value)
            }
        }
    }

    /// `(…).a.b`.
    fn chain(
        &mut self,
        dot: &Operand,
        expr: &'t Expr,
        args: Option<&'t [Expr]>,
        last: Option<Operand>,
    ) -> Result<Operand> {
        self.at = At::Expr(expr);
        let Expr::Chain { node, path, .. } = expr else {
            return Ok(Operand::default());
        };
        let receiver = match node.as_ref() {
            Expr::Nil { .. } => return Err(self.error(format!("indirection through explicit nil in {expr}"))),
            node => {
                self.at = At::Expr(node);
                match node {
                    Expr::Pipe(pipe) => self.pipeline(dot, pipe)?,
                    Expr::Function { function, .. } => {
                        self.function(dot, function, At::Expr(node), &[], None)?
                    }
                    node => self.any_argument(dot, node)?,
                }
            }
        };
        self.field_chain(dot, receiver, expr, path, args, last)
    }

    /// An argument for a parameter of type `wanted`.
    pub(super) fn argument(&mut self, dot: &Operand, wanted: Type, expr: &'t Expr) -> Result<Operand> {
        self.at = match expr {
            Expr::Pipe(pipe) => At::Pipe(pipe),
            expr => At::Expr(expr),
        };
        match (expr, wanted) {
            (Expr::Dot { .. }, _) => self.checked(dot.clone(), wanted),
            (Expr::Nil { .. }, wanted) if wanted.can_be_nil() => Ok(Operand::default()),
            (Expr::Nil { .. }, _) => Err(self.error(format!("cannot assign nil to {wanted}"))),
            (
                Expr::Field { .. }
                | Expr::Variable(_)
                | Expr::Pipe(_)
                | Expr::Function { .. }
                | Expr::Chain { .. },
                _,
            ) => {
                let value = self.any_argument(dot, expr)?;
                self.checked(value, wanted)
            }
            (Expr::Bool { value, .. }, Type::Bool | Type::Any | Type::Reflect) => {
                Ok(Operand::plain(Value::Bool(*value)))
            }
            (Expr::String { text, .. }, Type::String | Type::Any | Type::Reflect) => {
                Ok(Operand::plain(Value::Str(text.clone())))
            }
            (Expr::Number { number, .. }, Type::Any | Type::Reflect) => self.ideal_constant(number),
            (Expr::Number { number, .. }, Type::Int) => {
                let value = number.int.map(|int| Operand::plain(Value::Int(int)));
                value.ok_or_else(|| self.error(format!("expected integer; found {expr}")))
            }
            (Expr::Number { number, .. }, Type::Uint32) => {
                let value = number.uint.map(|uint| Operand::plain(Value::Uint64(uint)));
                value.ok_or_else(|| self.error(format!("expected unsigned integer; found {expr}")))
            }
            (Expr::Number { number, .. }, Type::Float) => Ok(Operand::plain(Value::Float(number.float))),
            (_, Type::Bool) => Err(self.error(format!("expected bool; found {expr}"))),
            (_, Type::String) => Err(self.error(format!("expected string; found {expr}"))),
            (_, Type::Int) => Err(self.error(format!("expected integer; found {expr}"))),
            (_, Type::Uint32) => Err(self.error(format!("expected unsigned integer; found {expr}"))),
            (_, Type::Float) => Err(self.error(format!("expected float; found {expr}"))),
            _ => Err(self.error(format!("can't handle {expr} for arg of type {wanted}"))),
        }
    }

    /// The value of an argument that is no constant.
    fn any_argument(&mut self, dot: &Operand, expr: &'t Expr) -> Result<Operand> {
        match expr {
            Expr::Field { path, .. } => {
                self.at = At::Expr(expr);
                self.field_chain(dot, dot.clone(), expr, path, None, None)
            }
            Expr::Variable(_) => self.variable_node(dot, expr, None, None),
            Expr::Pipe(pipe) => self.pipeline(dot, pipe),
            Expr::Function { function, .. } => {
                self.at = At::Expr(expr);
                self.function(dot, function, At::Expr(expr), &[], None)
            }
            Expr::Chain { .. } => self.chain(dot, expr, None, None),
            _ => Ok(Operand::default()),
        }
    }

    /// Checks that Go would assign `value` to a parameter of type `wanted`.
    pub(super) fn checked(&self, value: Operand, wanted: Type) -> Result<Operand> {
        if value.value.is_nil() && !value.boxed {
            return if wanted.can_be_nil() {
                Ok(value)
            } else {
                Err(self.error(format!("invalid value; expected {wanted}")))
            };
        }
        if matches!(wanted, Type::Any | Type::Reflect) {
            return Ok(value);
        }
        if value.value.is_nil() || !wanted.accepts(&value.value) {
            let got = if value.value.is_nil() {
                value.type_name()
            } else {
                value.value.type_name()
            };
            return Err(self.error(format!("wrong type for value; expected {wanted}; got {got}")));
        }
        Ok(value)
    }
}
