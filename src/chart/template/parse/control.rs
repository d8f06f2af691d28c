//! Actions: what stands between two delimiters, and the control structures.

use super::{Ending, Item, Parser, Result};
use crate::chart::template::ast::{Branch, BranchKind, List, Node};
use crate::chart::template::token::{Token, TokenKind};
use crate::chart::value::Str;

impl Parser<'_> {
    /// An action; its left delimiter is past.
    pub(super) fn action(&mut self) -> Result<Item> {
        let token = self.next_non_space();
        match token.kind {
            TokenKind::Block => self.block().map(Item::Node),
            TokenKind::Break => self.leave_range("{{break}}", Node::Break { pos: token.pos }),
            TokenKind::Continue => self.leave_range("{{continue}}", Node::Continue { pos: token.pos }),
            TokenKind::Else => self.else_control(),
            TokenKind::End => self
                .expect(TokenKind::RightDelim, "end")
                .map(|_| Item::Ends(Ending::End)),
            TokenKind::If => self.branch(BranchKind::If).map(Item::Node),
            TokenKind::Range => self.branch(BranchKind::Range).map(Item::Node),
            TokenKind::Template => self.template().map(Item::Node),
            TokenKind::With => self.branch(BranchKind::With).map(Item::Node),
            _ => {
                self.backup();
                let pos = self.peek().pos;
                let pipe = self.pipeline("command", TokenKind::RightDelim)?;
                Ok(Item::Node(Node::Action { pos, pipe }))
            }
        }
    }

    fn leave_range(&mut self, name: &str, node: Node) -> Result<Item> {
        let token = self.next_non_space();
        if token.kind != TokenKind::RightDelim {
            return Err(self.unexpected(&token, name));
        }
        if self.scope.range_depth == 0 {
            return Err(self.error(format!("{name} outside {{{{range}}}}")));
        }
        Ok(Item::Node(node))
    }

    /// `else`; an `if` or `with` after it stays for the branch that it continues.
    fn else_control(&mut self) -> Result<Item> {
        if !matches!(self.peek_non_space().kind, TokenKind::If | TokenKind::With) {
            self.expect(TokenKind::RightDelim, "else")?;
        }
        Ok(Item::Ends(Ending::Else))
    }

    /// `if`, `with` and `range`; the keyword is past.
    fn branch(&mut self, kind: BranchKind) -> Result<Node> {
        let vars = self.scope.vars.len();
        let pipe = self.pipeline(kind.keyword(), TokenKind::RightDelim)?;
        let is_range = usize::from(kind == BranchKind::Range);
        self.scope.range_depth += is_range;
        let (list, end) = self.item_list()?;
        self.scope.range_depth -= is_range;
        let else_list = match end {
            Ending::Else => Some(self.else_list(kind)?),
            Ending::End => None,
        };
        self.scope.vars.truncate(vars);
        Ok(Node::Branch(Box::new(Branch {
            kind,
            pos: pipe.pos,
            pipe,
            list,
            else_list,
        })))
    }

    /// What follows `else`: `{{else if}}` is an `{{else}}` with an `{{if}}` that shares its `{{end}}`.
    fn else_list(&mut self, kind: BranchKind) -> Result<List> {
        let continues = matches!(
            (kind, self.peek().kind),
            (BranchKind::If, TokenKind::If) | (BranchKind::With, TokenKind::With)
        );
        if continues {
            self.next();
            let branch = self.deeper(|parser| parser.branch(kind))?;
            return Ok(List { nodes: vec![branch] });
        }
        let (list, end) = self.item_list()?;
        if end == Ending::End {
            Ok(list)
        } else {
            Err(self.error(format!("expected end; found {end}")))
        }
    }

    /// `block`: a definition and its use in one; the keyword is past.
    fn block(&mut self) -> Result<Node> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, TokenKind::RightDelim)?;
        let outer = std::mem::take(&mut self.scope);
        self.finish_definition(&name, CONTEXT)?;
        self.scope = outer;
        Ok(Node::Template {
            pos: token.pos,
            name,
            pipe: Some(pipe),
        })
    }

    /// `template`; the keyword is past.
    fn template(&mut self) -> Result<Node> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let mut pipe = None;
        if self.next_non_space().kind != TokenKind::RightDelim {
            self.backup();
            pipe = Some(self.pipeline(CONTEXT, TokenKind::RightDelim)?);
        }
        Ok(Node::Template {
            pos: token.pos,
            name,
            pipe,
        })
    }

    fn template_name(&self, token: &Token<'_>, context: &str) -> Result<Str> {
        match token.kind {
            TokenKind::String | TokenKind::RawString => self.unquoted(token),
            _ => Err(self.unexpected(token, context)),
        }
    }
}
