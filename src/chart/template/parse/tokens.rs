//! The tokens ahead of the parser, and its complaints about them.

use super::{ParseError, Parser, Result};
use crate::chart::template::ast::line_at;
use crate::chart::template::token::{Token, TokenKind};

/// Three tokens of lookahead, kept as Go keeps them: errors name the line of slot 0.
pub(super) struct Lookahead<'t> {
    slots: [Token<'t>; 3],
    /// How many of the slots are still to be read, the highest first.
    count: usize,
}

impl Default for Lookahead<'_> {
    fn default() -> Self {
        let none = || Token {
            kind: TokenKind::Error,
            pos: 0,
            text: b"",
        };
        Self {
            slots: [none(), none(), none()],
            count: 0,
        }
    }
}

impl<'t> Parser<'t> {
    pub(super) fn next(&mut self) -> Token<'t> {
        let token = *self.peek();
        self.scope.lookahead.count -= 1;
        token
    }

    pub(super) fn peek(&mut self) -> &Token<'t> {
        let lookahead = &mut self.scope.lookahead;
        let [first, second, third] = &mut lookahead.slots;
        match lookahead.count {
            2 => second,
            3 => third,
            count => {
                if count == 0 {
                    lookahead.count = 1;
                    *first = self.lexer.next_token();
                }
                first
            }
        }
    }

    /// Takes back the token that was read last.
    pub(super) fn backup(&mut self) {
        self.scope.lookahead.count += 1;
    }

    /// Takes back `first` and the token after it, which is still in its slot.
    pub(super) fn backup2(&mut self, first: Token<'t>) {
        let lookahead = &mut self.scope.lookahead;
        let [_, slot, _] = &mut lookahead.slots;
        *slot = first;
        lookahead.count = 2;
    }

    /// Takes back `first`, `second` and the token after them, which is still in its slot.
    pub(super) fn backup3(&mut self, first: Token<'t>, second: Token<'t>) {
        let lookahead = &mut self.scope.lookahead;
        let [_, second_slot, first_slot] = &mut lookahead.slots;
        *second_slot = second;
        *first_slot = first;
        lookahead.count = 3;
    }

    pub(super) fn next_non_space(&mut self) -> Token<'t> {
        loop {
            let token = self.next();
            if token.kind != TokenKind::Space {
                return token;
            }
        }
    }

    pub(super) fn peek_non_space(&mut self) -> &Token<'t> {
        while self.peek().kind == TokenKind::Space {
            self.scope.lookahead.count -= 1;
        }
        self.peek()
    }

    pub(super) fn expect(&mut self, kind: TokenKind, context: &str) -> Result<Token<'t>> {
        let token = self.next_non_space();
        if token.kind == kind {
            Ok(token)
        } else {
            Err(self.unexpected(&token, context))
        }
    }

    /// An error at the line of the token that was read last.
    pub(super) fn error(&self, message: impl Into<String>) -> ParseError {
        let [last, ..] = &self.scope.lookahead.slots;
        ParseError {
            name: self.name.to_string(),
            line: self.line_of(last),
            message: message.into(),
        }
    }

    fn line_of(&self, token: &Token<'_>) -> usize {
        line_at(self.text, token.pos)
    }

    /// An error about `token`.
    pub(super) fn unexpected(&self, token: &Token<'_>, context: &str) -> ParseError {
        if token.kind != TokenKind::Error {
            return self.error(format!("unexpected {token} in {context}"));
        }
        let message = self.lexer.complaint();
        let action = self.scope.action.as_ref().map(|delim| self.line_of(delim));
        match action {
            Some(line) if line != self.line_of(token) => {
                // "unclosed action" reads on without saying "action" twice.
                let started = if message.ends_with(" action") {
                    " started"
                } else {
                    " in action started"
                };
                self.error(format!("{message}{started} at {}:{line}", self.name))
            }
            _ => self.error(message),
        }
    }
}
