//! Cuts a template into tokens, as Go's `text/template/parse` does.
//!
//! Trim markers and comments end here: the parser never sees them.

use super::fmt::is_printable;
use super::token::{Token, TokenKind};
use crate::chart::value::runes;
use memchr::memmem;

const LEFT_DELIM: &[u8] = b"{{";
const RIGHT_DELIM: &[u8] = b"}}";
const LEFT_COMMENT: &[u8] = b"/*";
const RIGHT_COMMENT: &[u8] = b"*/";
/// The dash and the space beside it.
const TRIM_MARKER_LEN: usize = 2;

/// The state of the scanner.
pub(super) struct Lexer<'t> {
    input: &'t [u8],
    /// Where the next character is read.
    pos: usize,
    /// Where the current token starts.
    start: usize,
    paren_depth: usize,
    inside_action: bool,
    /// What is wrong where the text ends in an error.
    complaint: String,
}

impl<'t> Lexer<'t> {
    /// A scanner at the start of `input`.
    pub(super) const fn new(input: &'t [u8]) -> Self {
        Self {
            input,
            pos: 0,
            start: 0,
            paren_depth: 0,
            inside_action: false,
            complaint: String::new(),
        }
    }

    /// What is wrong where the last token was an error.
    pub(super) fn complaint(&self) -> &str {
        &self.complaint
    }

    /// The next token; after the end or an error, `Eof` for ever.
    pub(super) fn next_token(&mut self) -> Token<'t> {
        if self.inside_action {
            self.action()
        } else {
            self.text()
        }
    }

    fn rest(&self) -> &'t [u8] {
        self.input.get(self.pos..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.ahead().map(|(rune, _)| rune)
    }

    fn next(&mut self) -> Option<char> {
        let (rune, width) = self.ahead()?;
        self.pos += width;
        Some(rune)
    }

    /// The character that comes next, and the bytes that it takes.
    fn ahead(&self) -> Option<(char, usize)> {
        let byte = *self.input.get(self.pos)?;
        if byte.is_ascii() {
            return Some((char::from(byte), 1));
        }
        let bytes = self.rest();
        let (rune, taken) = runes(bytes.get(..4).unwrap_or(bytes)).next()?;
        Some((rune, taken.len()))
    }

    /// Passes over letters, digits and underscores.
    fn word(&mut self) {
        loop {
            self.pos += self.rest().iter().take_while(|byte| is_word(**byte)).count();
            // What stops here may be a letter beyond ASCII.
            match self.ahead() {
                Some((rune, width)) if is_alphanumeric(rune) => self.pos += width,
                _ => return,
            }
        }
    }

    /// Everything up to here belongs to no token.
    const fn ignore(&mut self) {
        self.start = self.pos;
    }

    fn emit(&mut self, kind: TokenKind) -> Token<'t> {
        let token = Token {
            kind,
            pos: self.start,
            text: self.input.get(self.start..self.pos).unwrap_or_default(),
        };
        self.ignore();
        token
    }

    fn error(&mut self, message: impl Into<String>) -> Token<'t> {
        let token = Token {
            kind: TokenKind::Error,
            pos: self.start,
            text: b"",
        };
        self.complaint = message.into();
        self.input = self.input.get(..self.start).unwrap_or_default();
        self.pos = self.start;
        token
    }

    fn eof(&self) -> Token<'t> {
        Token {
            kind: TokenKind::Eof,
            pos: self.pos,
            text: b"EOF",
        }
    }

    /// Text up to the next action, or the left delimiter of that action; comments are passed over.
    fn text(&mut self) -> Token<'t> {
        loop {
            let rest = self.rest();
            let Some(length) = find_left_delim(rest) else {
                self.pos = self.input.len();
                return if self.pos > self.start {
                    self.emit(TokenKind::Text)
                } else {
                    self.eof()
                };
            };
            if length > 0 {
                let (text, action) = rest.split_at(length);
                let trimmed = match action.get(LEFT_DELIM.len()..) {
                    Some(after) if has_left_trim_marker(after) => trim_end(text),
                    _ => text,
                };
                self.pos += trimmed.len();
                let token = self.emit(TokenKind::Text);
                self.pos += text.len() - trimmed.len();
                self.ignore();
                if !token.text.is_empty() {
                    return token;
                }
            }
            if let Some(token) = self.left_delim() {
                return token;
            }
        }
    }

    /// The left delimiter; `None` after a comment.
    fn left_delim(&mut self) -> Option<Token<'t>> {
        self.pos += LEFT_DELIM.len();
        let marker = if has_left_trim_marker(self.rest()) {
            TRIM_MARKER_LEN
        } else {
            0
        };
        let after = self.rest().get(marker..).unwrap_or_default();
        if after.starts_with(LEFT_COMMENT) {
            self.pos += marker;
            self.ignore();
            return self.comment();
        }
        let token = self.emit(TokenKind::LeftDelim);
        self.inside_action = true;
        self.pos += marker;
        self.ignore();
        self.paren_depth = 0;
        Some(token)
    }

    /// Passes over a comment; an error is a token.
    fn comment(&mut self) -> Option<Token<'t>> {
        self.pos += LEFT_COMMENT.len();
        let Some(length) = memmem::find(self.rest(), RIGHT_COMMENT) else {
            return Some(self.error("unclosed comment"));
        };
        self.pos += length + RIGHT_COMMENT.len();
        let Some(trims) = self.at_right_delim() else {
            return Some(self.error("comment ends before closing delimiter"));
        };
        self.pass_right_delim(trims);
        self.ignore();
        None
    }

    /// Whether a right delimiter comes next, and whether it trims what follows.
    fn at_right_delim(&self) -> Option<bool> {
        match self.rest() {
            [b'}', b'}', ..] => Some(false),
            [space, b'-', b'}', b'}', ..] if is_space_byte(*space) => Some(true),
            _ => None,
        }
    }

    fn pass_right_delim(&mut self, trims: bool) {
        self.pos += RIGHT_DELIM.len();
        if trims {
            self.pos += TRIM_MARKER_LEN;
            let rest = self.rest();
            self.pos += rest.len() - trim_start(rest).len();
        }
    }

    fn end_of_action(&mut self, trims: bool) -> Token<'t> {
        if self.paren_depth > 0 {
            return self.error("unclosed left paren");
        }
        if trims {
            self.pos += TRIM_MARKER_LEN;
            self.ignore();
        }
        self.pos += RIGHT_DELIM.len();
        let token = self.emit(TokenKind::RightDelim);
        if trims {
            let rest = self.rest();
            self.pos += rest.len() - trim_start(rest).len();
            self.ignore();
        }
        self.inside_action = false;
        token
    }

    /// One token inside an action.
    fn action(&mut self) -> Token<'t> {
        let Some(rune) = self.peek() else {
            return self.error("unclosed action");
        };
        if is_space(rune) {
            return self.space();
        }
        if rune == '}'
            && let Some(trims) = self.at_right_delim()
        {
            return self.end_of_action(trims);
        }
        let before = self.pos;
        self.next();
        match rune {
            '=' => self.emit(TokenKind::Assign),
            ':' if self.next() == Some('=') => self.emit(TokenKind::Declare),
            ':' => self.error("expected :="),
            '|' => self.emit(TokenKind::Pipe),
            '"' => self.quoted('"', TokenKind::String, "unterminated quoted string"),
            '\'' => self.quoted('\'', TokenKind::CharConstant, "unterminated character constant"),
            '`' => self.raw_string(),
            '$' => self.field_or_variable(TokenKind::Variable),
            '.' if self.rest().first().is_some_and(|byte| !byte.is_ascii_digit()) => {
                self.field_or_variable(TokenKind::Field)
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.pos = before;
                self.number()
            }
            rune if is_alphanumeric(rune) => {
                self.pos = before;
                self.identifier()
            }
            '(' => {
                self.paren_depth += 1;
                self.emit(TokenKind::LeftParen)
            }
            ')' if self.paren_depth == 0 => self.error("unexpected right paren"),
            ')' => {
                self.paren_depth -= 1;
                self.emit(TokenKind::RightParen)
            }
            rune if rune.is_ascii() && is_printable(rune) => self.emit(TokenKind::Char),
            rune => self.error(format!("unrecognized character in action: {}", code_point(rune))),
        }
    }

    /// A run of white space, without the one space that belongs to a trim marker.
    fn space(&mut self) -> Token<'t> {
        let rest = self.rest();
        let length = rest.len() - trim_start(rest).len();
        // The last space may belong to the marker of a right delimiter, which the dash after it tells.
        self.pos += length;
        if self.input.get(self.pos) == Some(&b'-') {
            self.pos -= 1;
            if self.at_right_delim().is_none() {
                self.pos += 1;
            } else if length == 1 {
                return self.end_of_action(true);
            }
        }
        self.emit(TokenKind::Space)
    }

    fn identifier(&mut self) -> Token<'t> {
        self.word();
        if let Some(error) = self.bad_terminator() {
            return error;
        }
        let word = self.input.get(self.start..self.pos).unwrap_or_default();
        let kind = match word {
            b"true" | b"false" => TokenKind::Bool,
            word => TokenKind::keyword(word).unwrap_or(TokenKind::Identifier),
        };
        self.emit(kind)
    }

    /// The dot or the dollar sign is past.
    fn field_or_variable(&mut self, kind: TokenKind) -> Token<'t> {
        if self.at_terminator() {
            return self.emit(if kind == TokenKind::Field {
                TokenKind::Dot
            } else {
                kind
            });
        }
        self.word();
        if let Some(error) = self.bad_terminator() {
            return error;
        }
        self.emit(kind)
    }

    fn bad_terminator(&mut self) -> Option<Token<'t>> {
        if self.at_terminator() {
            return None;
        }
        let rune = self.peek()?;
        Some(self.error(format!("bad character {}", code_point(rune))))
    }

    /// Whether what comes next may follow a name.
    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(rune) if is_space(rune) => true,
            Some(_) => self.rest().starts_with(RIGHT_DELIM),
        }
    }

    /// A quoted string or a character constant; the opening quote is past.
    fn quoted(&mut self, quote: char, kind: TokenKind, unterminated: &str) -> Token<'t> {
        let ordinary = |byte: &u8| byte.is_ascii() && !matches!(byte, b'"' | b'\'' | b'\\' | b'\n');
        loop {
            self.pos += self.rest().iter().take_while(|byte| ordinary(byte)).count();
            match self.next() {
                Some('\\') if !matches!(self.next(), None | Some('\n')) => {}
                None | Some('\n' | '\\') => return self.error(unterminated),
                Some(rune) if rune == quote => return self.emit(kind),
                Some(_) => {}
            }
        }
    }

    fn raw_string(&mut self) -> Token<'t> {
        match self.rest().iter().position(|byte| *byte == b'`') {
            Some(length) => {
                self.pos += length + 1;
                self.emit(TokenKind::RawString)
            }
            None => self.error("unterminated raw quoted string"),
        }
    }

    fn number(&mut self) -> Token<'t> {
        let mut good = self.scan_number();
        let mut kind = TokenKind::Number;
        if good && matches!(self.peek(), Some('+' | '-')) {
            good = self.scan_number() && self.input.get(self.pos - 1) == Some(&b'i');
            kind = TokenKind::Complex;
        }
        if good {
            return self.emit(kind);
        }
        let text = self.input.get(self.start..self.pos).unwrap_or_default();
        self.error(format!("bad number syntax: {}", super::fmt::quote(text, '"')))
    }

    /// Passes over what looks like a number; the parser checks its syntax.
    fn scan_number(&mut self) -> bool {
        self.accept(b"+-");
        let mut digits: &[u8] = b"0123456789_";
        if self.accept(b"0") {
            if self.accept(b"xX") {
                digits = b"0123456789abcdefABCDEF_";
            } else if self.accept(b"oO") {
                digits = b"01234567_";
            } else if self.accept(b"bB") {
                digits = b"01_";
            }
        }
        self.accept_run(digits);
        if self.accept(b".") {
            self.accept_run(digits);
        }
        let exponent: &[u8] = match digits.len() {
            11 => b"eE",
            23 => b"pP",
            _ => b"",
        };
        if self.accept(exponent) {
            self.accept(b"+-");
            self.accept_run(b"0123456789_");
        }
        self.accept(b"i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }

    fn accept(&mut self, valid: &[u8]) -> bool {
        let found = self.rest().first().is_some_and(|byte| valid.contains(byte));
        self.pos += usize::from(found);
        found
    }

    fn accept_run(&mut self, valid: &[u8]) {
        while self.accept(valid) {}
    }
}

const fn is_space_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Whether `byte` is an ASCII letter or digit or an underscore.
const fn is_word(byte: u8) -> bool {
    WORD[byte as usize]
}

/// Most of what an action consists of is looked up here.
static WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte: u8 = 0;
    while byte < 0x80 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        byte += 1;
    }
    table
};

/// Where the first left delimiter starts.
fn find_left_delim(text: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'{', text).find(|start| text.get(start + 1) == Some(&b'{'))
}

const fn is_space(rune: char) -> bool {
    matches!(rune, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(rune: char) -> bool {
    rune == '_' || rune.is_alphabetic() || rune.is_numeric()
}

/// `U+0040 '@'`.
fn code_point(rune: char) -> String {
    let code = u32::from(rune);
    if is_printable(rune) {
        format!("U+{code:04X} '{rune}'")
    } else {
        format!("U+{code:04X}")
    }
}

fn has_left_trim_marker(text: &[u8]) -> bool {
    matches!(text, [b'-', space, ..] if is_space_byte(*space))
}

fn trim_end(text: &[u8]) -> &[u8] {
    let length = text
        .iter()
        .rposition(|byte| !is_space_byte(*byte))
        .map_or(0, |last| last + 1);
    text.get(..length).unwrap_or(text)
}

fn trim_start(text: &[u8]) -> &[u8] {
    let start = text
        .iter()
        .position(|byte| !is_space_byte(*byte))
        .unwrap_or(text.len());
    text.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(input: &str) -> Vec<(TokenKind, String)> {
        let mut lexer = Lexer::new(input.as_bytes());
        let mut tokens = Vec::new();
        loop {
            let token = lexer.next_token();
            let text = match token.kind {
                TokenKind::Error => lexer.complaint().to_owned(),
                _ => String::from_utf8_lossy(token.text).into_owned(),
            };
            let ends = matches!(token.kind, TokenKind::Eof | TokenKind::Error);
            tokens.push((token.kind, text));
            if ends {
                return tokens;
            }
        }
    }

    fn texts(input: &str) -> Vec<String> {
        kinds(input).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn trim_markers_eat_the_white_space_beside_them() {
        assert_eq!(texts("a \n{{- 3 -}} \n b"), ["a", "{{", "3", "}}", "b", "EOF"]);
        assert_eq!(texts("a {{- /* c */}} b"), ["a", " b", "EOF"]);
        assert_eq!(texts("a {{-3}}"), ["a ", "{{", "-3", "}}", "EOF"]);
        assert_eq!(texts("{{ x  -}} y"), ["{{", " ", "x", " ", "}}", "y", "EOF"]);
    }

    #[test]
    fn tokens_know_where_they_start() {
        let input = "a\n{{- \n x }}\n{{ y";
        let mut lexer = Lexer::new(input.as_bytes());
        let mut starts = Vec::new();
        loop {
            let token = lexer.next_token();
            starts.push((token.to_string(), token.pos));
            if token.kind == TokenKind::Error {
                break;
            }
        }
        let start = |of: &str| starts.iter().find(|(text, _)| text == of).map(|(_, pos)| *pos);
        assert_eq!(start("\"x\""), input.find('x'));
        assert_eq!(starts.last().map(|(_, pos)| *pos), Some(input.len()));
        assert_eq!(lexer.complaint(), "unclosed action");
    }

    #[test]
    fn errors_say_what_go_says() {
        for (input, message) in [
            ("{{ \"a }}", "unterminated quoted string"),
            ("{{ `a }}", "unterminated raw quoted string"),
            ("{{ 'a }}", "unterminated character constant"),
            ("{{ 3x }}", "bad number syntax: \"3x\""),
            ("{{ (3 }}", "unclosed left paren"),
            ("{{ 3) }}", "unexpected right paren"),
            ("{{ : }}", "expected :="),
            ("{{ x@ }}", "bad character U+0040 '@'"),
            ("{{ \u{1} }}", "unrecognized character in action: U+0001"),
            ("{{/* a }}", "unclosed comment"),
            ("{{/* a */ }}", "comment ends before closing delimiter"),
        ] {
            assert_eq!(texts(input).last().map(String::as_str), Some(message), "{input}");
        }
    }
}
