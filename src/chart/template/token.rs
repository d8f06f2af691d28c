//! What the lexer hands to the parser.

use super::fmt::quote;
use crate::chart::value::runes;
use std::fmt;

/// The sorts of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// An error; the text says which.
    Error,
    /// `true` or `false`.
    Bool,
    /// A character that has no sort of its own, such as a comma.
    Char,
    /// A character constant.
    CharConstant,
    /// A number with an imaginary part.
    Complex,
    /// `=`.
    Assign,
    /// `:=`.
    Declare,
    /// The end of the text.
    Eof,
    /// `.name`.
    Field,
    /// A name.
    Identifier,
    /// `{{`.
    LeftDelim,
    /// `(`.
    LeftParen,
    /// A number.
    Number,
    /// `|`.
    Pipe,
    /// A string between back quotes.
    RawString,
    /// `}}`.
    RightDelim,
    /// `)`.
    RightParen,
    /// White space between operands.
    Space,
    /// A string between double quotes.
    String,
    /// Text outside of actions.
    Text,
    /// `$name`.
    Variable,
    /// `block`.
    Block,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `.`.
    Dot,
    /// `define`.
    Define,
    /// `else`.
    Else,
    /// `end`.
    End,
    /// `if`.
    If,
    /// `nil`.
    Nil,
    /// `range`.
    Range,
    /// `template`.
    Template,
    /// `with`.
    With,
}

impl TokenKind {
    /// The keyword that `word` is.
    pub(super) fn keyword(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"block" => Self::Block,
            b"break" => Self::Break,
            b"continue" => Self::Continue,
            b"define" => Self::Define,
            b"else" => Self::Else,
            b"end" => Self::End,
            b"if" => Self::If,
            b"nil" => Self::Nil,
            b"range" => Self::Range,
            b"template" => Self::Template,
            b"with" => Self::With,
            _ => return None,
        })
    }

    const fn is_keyword(self) -> bool {
        matches!(
            self,
            Self::Block
                | Self::Break
                | Self::Continue
                | Self::Dot
                | Self::Define
                | Self::Else
                | Self::End
                | Self::If
                | Self::Nil
                | Self::Range
                | Self::Template
                | Self::With
        )
    }
}

/// A token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'t> {
    /// Its sort.
    pub(super) kind: TokenKind,
    /// Where it starts, in bytes.
    pub(super) pos: usize,
    /// Its text; an error's words are the lexer's.
    pub(super) text: &'t [u8],
}

impl fmt::Display for Token<'_> {
    /// As Go's error messages show a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// How many characters of a long token are shown.
        const SHOWN: usize = 10;
        let text = String::from_utf8_lossy(self.text);
        match self.kind {
            TokenKind::Eof => f.write_str("EOF"),
            kind if kind.is_keyword() => write!(f, "<{text}>"),
            _ if self.text.len() > SHOWN => {
                let length = runes(self.text).take(SHOWN).map(|(_, taken)| taken.len()).sum();
                let start = self.text.get(..length).unwrap_or(self.text);
                write!(f, "{}...", quote(start, '"'))
            }
            _ => f.write_str(&quote(self.text, '"')),
        }
    }
}
