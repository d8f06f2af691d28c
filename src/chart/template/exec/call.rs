//! Calls of functions and methods.

use super::Operand;
use super::walk::{At, Result, Run};
use crate::chart::template::ast::Expr;
use crate::chart::template::fmt::string_text;
use crate::chart::template::function::{ArgList, Body, Call, Function, Type};

/// What is called.
pub(super) struct Callee {
    name: &'static str,
    params: &'static [Type],
    variadic: bool,
    body: Option<&'static Body>,
    /// What a method is called on: its first argument, which templates do not write.
    receiver: Option<Operand>,
}

impl Callee {
    fn function(function: &'static Function) -> Self {
        Self {
            name: function.name,
            params: &function.signature.params,
            variadic: function.signature.variadic,
            body: match &function.call {
                Call::Plain(body) => Some(body),
                Call::And | Call::Or | Call::Value => None,
            },
            receiver: None,
        }
    }

    /// A method, whose first parameter is the receiver.
    pub(super) fn method(method: &'static Function, receiver: Operand) -> Self {
        let function = Self::function(method);
        Self {
            params: function.params.get(1..).unwrap_or_default(),
            receiver: Some(receiver),
            ..function
        }
    }
}

impl<'t> Run<'_, '_, 't> {
    /// Calls a function; `node` is what an error of the function itself names.
    pub(super) fn function(
        &mut self,
        dot: &Operand,
        function: &'static Function,
        node: At<'t>,
        args: &'t [Expr],
        last: Option<Operand>,
    ) -> Result<Operand> {
        let callee = Callee::function(function);
        match &function.call {
            Call::Plain(_) => self.call(dot, callee, node, args, last),
            Call::And => self.short_circuit(dot, &callee, false, args, last),
            Call::Or => self.short_circuit(dot, &callee, true, args, last),
            Call::Value => self.call_value(dot, &callee, node, args, last),
        }
    }

    /// `and` and `or`: the first argument whose truth is `stop`, or the last one.
    fn short_circuit(
        &mut self,
        dot: &Operand,
        callee: &Callee,
        stop: bool,
        args: &'t [Expr],
        last: Option<Operand>,
    ) -> Result<Operand> {
        self.check_count(callee, args.len(), last.is_some())?;
        let mut value = Operand::default();
        for arg in args {
            value = self.argument(dot, Type::Reflect, arg)?;
            if value.value.is_true() == stop {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    /// `call`, which finds nothing to call.
    fn call_value(
        &mut self,
        dot: &Operand,
        callee: &Callee,
        node: At<'t>,
        args: &'t [Expr],
        last: Option<Operand>,
    ) -> Result<Operand> {
        self.check_count(callee, args.len(), last.is_some())?;
        let mut values = Vec::with_capacity(args.len() + 1);
        for arg in args {
            values.push(self.argument(dot, Type::Reflect, arg)?);
        }
        values.extend(last);
        self.at = node;
        let function = values.first().map(|operand| &operand.value);
        let Some(function) = function.filter(|function| !function.is_nil()) else {
            return Err(self.error("error calling call: call of nil"));
        };
        let name = args
            .first()
            .map_or_else(|| string_text(function), ToString::to_string);
        let found = function.type_name();
        Err(self.error(format!("error calling call: non-function {name} of type {found}")))
    }

    pub(super) fn call(
        &mut self,
        dot: &Operand,
        callee: Callee,
        node: At<'t>,
        args: &'t [Expr],
        last: Option<Operand>,
    ) -> Result<Operand> {
        self.check_count(&callee, args.len(), last.is_some())?;
        let Callee {
            name,
            params,
            body,
            receiver,
            ..
        } = callee;
        let param = |index: usize| params.get(index).or(params.last()).copied();
        let mut values = ArgList::new();
        values.extend(receiver);
        for (index, arg) in args.iter().enumerate() {
            if let Some(wanted) = param(index) {
                values.push(self.argument(dot, wanted, arg)?);
            }
        }
        if let (Some(last), Some(wanted)) = (last, param(args.len())) {
            values.push(self.checked(last, wanted)?);
        }
        match body.map(|body| body(self.exec, values.into_iter())) {
            None => Ok(Operand::default()),
            Some(Ok(value)) => Ok(Operand::plain(value)),
            Some(Err(failure)) => {
                self.at = node;
                Err(self.error(format!("error calling {name}: {}", failure.0)))
            }
        }
    }

    fn check_count(&self, callee: &Callee, args: usize, has_last: bool) -> Result<()> {
        let count = args + usize::from(has_last);
        let (name, params) = (callee.name, callee.params.len());
        if callee.variadic {
            let fixed = params.saturating_sub(1);
            if count < fixed {
                return Err(self.error(format!(
                    "wrong number of args for {name}: want at least {fixed} got {args}"
                )));
            }
        } else if count != params {
            return Err(self.error(format!(
                "wrong number of args for {name}: want {params} got {count}"
            )));
        }
        Ok(())
    }
}
