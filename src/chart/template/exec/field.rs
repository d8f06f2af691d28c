//! Fields and methods.

use super::Operand;
use super::call::Callee;
use super::walk::{At, Result, Run};
use crate::chart::template::ast::Expr;
use crate::chart::template::methods;
use crate::chart::value::Value;
use std::sync::Arc;

impl<'t> Run<'_, '_, 't> {
    /// `receiver.a.b`: the last name may be a method and gets the arguments.
    pub(super) fn field_chain(
        &mut self,
        dot: &Operand,
        receiver: Operand,
        expr: &'t Expr,
        path: &'t [Arc<str>],
        args: Option<&'t [Expr]>,
        last: Option<Operand>,
    ) -> Result<Operand> {
        let Some((name, through)) = path.split_last() else {
            return Ok(receiver);
        };
        let mut receiver = receiver;
        for name in through {
            receiver = self.field(dot, name, expr, &[], None, receiver)?;
        }
        self.field(dot, name, expr, args.unwrap_or_default(), last, receiver)
    }

    fn field(
        &mut self,
        dot: &Operand,
        name: &str,
        expr: &'t Expr,
        args: &'t [Expr],
        last: Option<Operand>,
        receiver: Operand,
    ) -> Result<Operand> {
        if receiver.value.is_nil() {
            return if receiver.boxed {
                Err(self.error(format!("nil pointer evaluating interface {{}}.{name}")))
            } else {
                Ok(Operand::default())
            };
        }
        if let Some(method) = methods::find(&receiver.value, name) {
            return self.call(dot, Callee::method(method, receiver), At::Expr(expr), args, last);
        }
        let has_args = !args.is_empty() || last.is_some();
        match &receiver.value {
            Value::Map(map) => {
                if has_args {
                    return Err(self.error(format!("{name} is not a method but has arguments")));
                }
                let boxed = map.map_type().holds_interfaces();
                let value = map.get(name.as_bytes()).unwrap_or_else(|| map.zero());
                Ok(Operand { value, boxed })
            }
            Value::Struct(object) if object.field(name).is_some() => {
                if has_args {
                    return Err(self.error(format!("{name} has arguments but cannot be invoked as function")));
                }
                Ok(Operand::plain(object.field(name).cloned().unwrap_or_default()))
            }
            _ => Err(self.error(format!(
                "can't evaluate field {name} in type {}",
                receiver.type_name()
            ))),
        }
    }
}
