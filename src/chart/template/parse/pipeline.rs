//! Pipelines, commands and operands.

use super::{Parser, Result};
use crate::chart::template::ast::{Command, Expr, Pipe, Variable};
use crate::chart::template::fmt::quote;
use crate::chart::template::function::Function;
use crate::chart::template::number::Number;
use crate::chart::template::token::{Token, TokenKind};
use std::sync::Arc;

impl<'t> Parser<'t> {
    /// A pipeline up to the token `end`, which is consumed.
    pub(super) fn pipeline(&mut self, context: &str, end: TokenKind) -> Result<Pipe> {
        let pos = self.peek_non_space().pos;
        let mut pipe = Pipe {
            pos,
            is_assign: false,
            decl: Vec::new(),
            commands: Vec::new(),
        };
        while self.declaration(&mut pipe, context)? {}
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => {
                    self.check_pipeline(&pipe, context)?;
                    return Ok(pipe);
                }
                TokenKind::Bool
                | TokenKind::CharConstant
                | TokenKind::Complex
                | TokenKind::Dot
                | TokenKind::Field
                | TokenKind::Identifier
                | TokenKind::Number
                | TokenKind::Nil
                | TokenKind::RawString
                | TokenKind::String
                | TokenKind::Variable
                | TokenKind::LeftParen => {
                    self.backup();
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return Err(self.unexpected(&token, context)),
            }
        }
    }

    /// A variable with `:=`, `=` or, in a range, a comma. `true` where another one may follow.
    fn declaration(&mut self, pipe: &mut Pipe, context: &str) -> Result<bool> {
        if self.peek_non_space().kind != TokenKind::Variable {
            return Ok(false);
        }
        let variable = self.next();
        let after = *self.peek();
        let next = *self.peek_non_space();
        match next.kind {
            TokenKind::Assign | TokenKind::Declare => {
                pipe.is_assign = next.kind == TokenKind::Assign;
                self.next_non_space();
                self.declare(pipe, &variable);
                Ok(false)
            }
            TokenKind::Char if next.text == b"," => {
                self.next_non_space();
                self.declare(pipe, &variable);
                if context != "range" || pipe.decl.len() >= 2 {
                    return Err(self.error(format!("too many declarations in {context}")));
                }
                match self.peek_non_space().kind {
                    TokenKind::Variable | TokenKind::RightDelim | TokenKind::RightParen => Ok(true),
                    _ => Err(self.error("range can only initialize variables")),
                }
            }
            _ if after.kind == TokenKind::Space => {
                self.backup3(variable, after);
                Ok(false)
            }
            _ => {
                self.backup2(variable);
                Ok(false)
            }
        }
    }

    fn declare(&mut self, pipe: &mut Pipe, token: &Token<'t>) {
        let name = self.lossy(token);
        let id = self.scope.variable(&name);
        self.scope.vars.push(id);
        pipe.decl.push(Variable {
            pos: token.pos,
            id,
            path: vec![Arc::from(name)],
        });
    }

    /// A pipeline has a command, and only its first may be a constant.
    fn check_pipeline(&self, pipe: &Pipe, context: &str) -> Result<()> {
        if pipe.commands.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            if let Some(
                Expr::Bool { .. }
                | Expr::Dot { .. }
                | Expr::Nil { .. }
                | Expr::Number { .. }
                | Expr::String { .. },
            ) = command.args.first()
            {
                return Err(self.error(format!("non executable command in pipeline stage {}", index + 1)));
            }
        }
        Ok(())
    }

    /// Operands up to a pipe, which is consumed, or a right delimiter or parenthesis, which is not.
    fn command(&mut self) -> Result<Command> {
        let pos = self.peek_non_space().pos;
        let mut args = Vec::new();
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                args.push(operand);
            }
            let token = self.next();
            match token.kind {
                TokenKind::Space => continue,
                TokenKind::RightDelim | TokenKind::RightParen => self.backup(),
                TokenKind::Pipe => {}
                _ => return Err(self.unexpected(&token, "operand")),
            }
            break;
        }
        if args.is_empty() {
            return Err(self.error("empty command"));
        }
        Ok(Command { pos, args })
    }

    /// A term and the fields that are taken from it.
    fn operand(&mut self) -> Result<Option<Expr>> {
        let Some(term) = self.term()? else {
            return Ok(None);
        };
        if self.peek().kind != TokenKind::Field {
            return Ok(Some(term));
        }
        let pos = self.peek().pos;
        let mut fields = Vec::new();
        while self.peek().kind == TokenKind::Field {
            let field = self.next();
            fields.push(self.field_name(&field));
        }
        Ok(Some(match term {
            Expr::Field { mut path, .. } => {
                path.extend(fields);
                Expr::Field { pos, path }
            }
            Expr::Variable(Variable { mut path, id, .. }) => {
                path.extend(fields);
                Expr::Variable(Variable { pos, id, path })
            }
            Expr::Bool { .. }
            | Expr::String { .. }
            | Expr::Number { .. }
            | Expr::Nil { .. }
            | Expr::Dot { .. } => {
                let term = quote(term.to_string().as_bytes(), '"');
                return Err(self.error(format!("unexpected . after term {term}")));
            }
            node => Expr::Chain {
                pos,
                node: Box::new(node),
                path: fields,
            },
        }))
    }

    /// A constant, a name, a field or a pipeline in parentheses; `None` where the next token is none of these.
    fn term(&mut self) -> Result<Option<Expr>> {
        let token = self.next_non_space();
        let pos = token.pos;
        let text = || self.lossy(&token);
        Ok(Some(match token.kind {
            TokenKind::Identifier => {
                let name = text();
                let function = Function::find(&name).ok_or_else(|| {
                    self.error(format!("function {} not defined", quote(name.as_bytes(), '"')))
                })?;
                Expr::Function { pos, function }
            }
            TokenKind::Dot => Expr::Dot { pos },
            TokenKind::Nil => Expr::Nil { pos },
            TokenKind::Variable => Expr::Variable(self.variable(&token)?),
            TokenKind::Field => Expr::Field {
                pos,
                path: vec![self.field_name(&token)],
            },
            TokenKind::Bool => Expr::Bool {
                pos,
                value: token.text == b"true",
            },
            TokenKind::CharConstant => Expr::Number {
                pos,
                number: Box::new(Number::from_char(&text()).map_err(|message| self.error(message))?),
            },
            TokenKind::Number | TokenKind::Complex => Expr::Number {
                pos,
                number: Box::new(Number::parse(&text()).map_err(|message| self.error(message))?),
            },
            TokenKind::LeftParen => {
                let pipe =
                    self.deeper(|parser| parser.pipeline("parenthesized pipeline", TokenKind::RightParen))?;
                Expr::Pipe(Box::new(pipe))
            }
            TokenKind::String | TokenKind::RawString => {
                let text = self.unquoted(&token)?;
                let is_plain = token.kind == TokenKind::String && token.text.len() == text.len() + 2;
                Expr::String {
                    pos,
                    text,
                    quoted: (!is_plain).then(|| token.text.into()),
                }
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        }))
    }

    fn field_name(&self, token: &Token<'t>) -> Arc<str> {
        let text = self.lossy(token);
        Arc::from(text.strip_prefix('.').unwrap_or(&text))
    }

    fn variable(&mut self, token: &Token<'t>) -> Result<Variable> {
        let name = self.lossy(token);
        let id = self.scope.variable(&name);
        if !self.scope.vars.contains(&id) {
            return Err(self.error(format!("undefined variable {}", quote(name.as_bytes(), '"'))));
        }
        Ok(Variable {
            pos: token.pos,
            id,
            path: vec![Arc::from(name)],
        })
    }
}
