//! From a template's text to its syntax trees, with the errors of Go's `text/template/parse`.

mod control;
mod pipeline;
mod tokens;

use super::ast::{List, Node, Tree, VariableId};
use super::lexer::Lexer;
use super::token::{Token, TokenKind};
use super::unquote::unquote;
use crate::chart::value::Str;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use tokens::Lookahead;

/// How deep control structures and parentheses may nest. Go allows more; no chart comes near.
const MAX_DEPTH: usize = 1000;

/// A template that cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template: {name}:{line}: {message}")]
pub(crate) struct ParseError {
    /// The name of the file.
    pub(crate) name: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) message: String,
}

/// Parses `text`, the content of the file `name`, into the tree of the file and those of the templates it defines.
pub(crate) fn parse(name: &Arc<str>, text: &Str) -> Result<Vec<Arc<Tree>>, ParseError> {
    let mut parser = Parser {
        name,
        text,
        utf8: std::str::from_utf8(text).ok(),
        lexer: Lexer::new(text),
        trees: Vec::new(),
        depth: 0,
        scope: Scope::default(),
    };
    let root = parser.file()?;
    parser.add(name, root)?;
    Ok(parser.trees)
}

type Result<T, E = ParseError> = std::result::Result<T, E>;

/// What each tree has of its own while it is parsed.
struct Scope<'t> {
    lookahead: Lookahead<'t>,
    /// The names of all variables of the tree, each at its [`VariableId`].
    names: Vec<Arc<str>>,
    /// The variables that are defined here.
    vars: Vec<VariableId>,
    /// The left delimiter of the current action.
    action: Option<Token<'t>>,
    range_depth: usize,
}

impl Default for Scope<'_> {
    fn default() -> Self {
        Self {
            lookahead: Lookahead::default(),
            names: vec![Arc::from("$")],
            vars: vec![VariableId::DOLLAR],
            action: None,
            range_depth: 0,
        }
    }
}

impl Scope<'_> {
    /// The variable of this name, whether it is defined here or not.
    fn variable(&mut self, name: &str) -> VariableId {
        let known = self.names.iter().position(|known| **known == *name);
        VariableId(known.unwrap_or_else(|| {
            self.names.push(Arc::from(name));
            self.names.len() - 1
        }))
    }
}

struct Parser<'t> {
    name: &'t Arc<str>,
    text: &'t Str,
    /// The same, where all of it is UTF-8.
    utf8: Option<&'t str>,
    lexer: Lexer<'t>,
    trees: Vec<Arc<Tree>>,
    /// How many lists and parentheses are open.
    depth: usize,
    scope: Scope<'t>,
}

/// What comes out between two delimiters: a node, or the end of the list it stands in.
enum Item {
    Node(Node),
    Ends(Ending),
}

/// What ends a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    End,
    Else,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        })
    }
}

impl<'t> Parser<'t> {
    /// The text of a token, with U+FFFD for what is no UTF-8.
    fn lossy(&self, token: &Token<'t>) -> Cow<'t, str> {
        let end = token.pos + token.text.len();
        match self.utf8.and_then(|text| text.get(token.pos..end)) {
            Some(text) => Cow::Borrowed(text),
            None => String::from_utf8_lossy(token.text),
        }
    }

    /// The file from its start to its end.
    fn file(&mut self) -> Result<List> {
        let mut list = List::default();
        loop {
            match self.peek().kind {
                TokenKind::Eof => return Ok(list),
                TokenKind::LeftDelim => {
                    let delim = self.next();
                    if self.next_non_space().kind == TokenKind::Define {
                        self.definition()?;
                        continue;
                    }
                    self.backup2(delim);
                }
                _ => {}
            }
            match self.text_or_action()? {
                Item::Node(node) => list.nodes.push(node),
                Item::Ends(ending) => return Err(self.error(format!("unexpected {ending}"))),
            }
        }
    }

    /// `{{define "name"}} … {{end}}`; the keyword is past.
    fn definition(&mut self) -> Result<()> {
        const CONTEXT: &str = "define clause";
        let outer = std::mem::take(&mut self.scope);
        let token = self.next_non_space();
        if !matches!(token.kind, TokenKind::String | TokenKind::RawString) {
            return Err(self.unexpected(&token, CONTEXT));
        }
        let name = self.unquoted(&token)?;
        self.expect(TokenKind::RightDelim, CONTEXT)?;
        self.finish_definition(&name, CONTEXT)?;
        self.scope = outer;
        Ok(())
    }

    /// The body of a definition up to its end, which becomes a tree called `name`.
    fn finish_definition(&mut self, name: &Str, context: &str) -> Result<()> {
        let (list, end) = self.item_list()?;
        if end != Ending::End {
            return Err(self.error(format!("unexpected {end} in {context}")));
        }
        self.add(&Arc::from(name.to_text()), list)
    }

    /// Adds a tree, unless one of that name with content is there already.
    fn add(&mut self, name: &Arc<str>, root: List) -> Result<()> {
        let position = self.trees.iter().position(|tree| tree.name == *name);
        let existing = position.and_then(|position| self.trees.get(position));
        if existing.is_some_and(|existing| !existing.is_blank()) {
            if root.is_blank(self.text) {
                return Ok(());
            }
            let name = super::fmt::quote(name.as_bytes(), '"');
            return Err(self.error(format!("template: multiple definition of template {name}")));
        }
        let tree = Arc::new(Tree {
            name: Arc::clone(name),
            parse_name: Arc::clone(self.name),
            text: self.text.clone(),
            root,
        });
        match position.and_then(|position| self.trees.get_mut(position)) {
            Some(existing) => *existing = tree,
            None => self.trees.push(tree),
        }
        Ok(())
    }

    /// Nodes up to an `end` or `else`, which comes back beside them.
    fn item_list(&mut self) -> Result<(List, Ending)> {
        self.deeper(|parser| {
            let mut list = List::default();
            while parser.peek_non_space().kind != TokenKind::Eof {
                match parser.text_or_action()? {
                    Item::Node(node) => list.nodes.push(node),
                    Item::Ends(ending) => return Ok((list, ending)),
                }
            }
            Err(parser.error("unexpected EOF"))
        })
    }

    fn text_or_action(&mut self) -> Result<Item> {
        let token = self.next_non_space();
        match token.kind {
            TokenKind::Text => Ok(Item::Node(Node::Text {
                start: token.pos,
                end: token.pos + token.text.len(),
            })),
            TokenKind::LeftDelim => {
                self.scope.action = Some(token);
                let item = self.action()?;
                self.scope.action = None;
                Ok(item)
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    /// Runs `parse` one level deeper, on a fresh piece of stack where this one runs out.
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error("max expression depth exceeded"));
        }
        self.depth += 1;
        let result = super::grow_stack(|| parse(self));
        self.depth -= 1;
        result
    }

    fn unquoted(&self, token: &Token<'_>) -> Result<Str> {
        unquote(token.text)
            .map(|text| Str::from(text.as_ref()))
            .ok_or_else(|| self.error("invalid syntax"))
    }
}

#[cfg(test)]
mod tests;
