//! The scanner: from the text to tokens, with YAML 1.1's rules as goyaml has them.
//!
//! It is lazy, because of a stream only the first document is read. Indentation becomes tokens (`BlockMappingStart`,
//! `BlockEnd`), and a key is only known as one when its colon comes: until then the tokens since it are held back.

mod directive;
mod reader;
mod scalar;
mod tag;
mod token;

pub(super) use reader::Mark;
pub(super) use token::{Kind, Token};

use super::YamlError;
use reader::Reader;
use std::collections::VecDeque;

/// Go's bound on nested flow collections and on indentations.
const MAX_NESTING: usize = 10_000;

/// The most characters between the start of a key and its colon.
const KEY_MAX: usize = 1024;

#[derive(Debug)]
pub(super) struct Scanner<'a> {
    reader: Reader<'a>,
    tokens: VecDeque<Token<'a>>,
    /// How many tokens were taken.
    taken: usize,
    /// The column of the innermost block collection; -1 outside.
    indent: Indent,
    /// The columns around it.
    indents: Vec<Indent>,
    flow_level: usize,
    /// Whether a key may begin here.
    key_allowed: bool,
    /// What may turn out to be a key: one for each flow collection and one for the block around them.
    keys: Vec<PossibleKey>,
    ended: bool,
}

/// A column, or `None` outside of all block collections.
type Indent = Option<usize>;

#[derive(Debug, Clone, Copy, Default)]
struct PossibleKey {
    possible: bool,
    /// Without a colon it is an error, because nothing but a key can stand there.
    required: bool,
    token: usize,
    mark: Mark,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            reader: Reader::new(text),
            tokens: VecDeque::new(),
            taken: 0,
            indent: None,
            indents: Vec::new(),
            flow_level: 0,
            key_allowed: true,
            keys: vec![PossibleKey::default()],
            ended: false,
        }
    }

    /// The next token, which stays where it is.
    pub(super) fn peek(&mut self) -> Result<&Token<'a>, YamlError> {
        // Asked for again and again, and mostly there.
        if self.tokens.is_empty()
            || self
                .keys
                .iter()
                .any(|key| key.possible && key.token == self.taken)
        {
            self.fill()?;
        }
        self.tokens
            .front()
            .ok_or_else(|| YamlError::yaml("unexpected end of the token stream"))
    }

    #[inline(never)]
    fn fill(&mut self) -> Result<(), YamlError> {
        while self.needs_more()? {
            self.fetch()?;
        }
        Ok(())
    }

    /// Takes the token that was peeked at.
    pub(super) fn take(&mut self) -> Option<Token<'a>> {
        self.taken += 1;
        self.tokens.pop_front()
    }

    /// Whether the first token may still turn out to stand behind one that is not there yet.
    fn needs_more(&mut self) -> Result<bool, YamlError> {
        if self.tokens.is_empty() {
            return Ok(!self.ended);
        }
        let taken = self.taken;
        match self
            .keys
            .iter()
            .rposition(|key| key.possible && key.token == taken)
        {
            Some(level) => self.is_still_possible(level),
            None => Ok(false),
        }
    }

    /// An error at the place that was reached.
    fn error(&self, problem: impl std::fmt::Display) -> YamlError {
        // Go counts lines from 1 here, but leaves the first one out.
        match self.reader.mark.line {
            0 => YamlError::yaml(problem),
            line => YamlError::yaml(format_args!("line {}: {problem}", line + 1)),
        }
    }

    fn push(&mut self, kind: Kind<'a>, start: Mark) {
        self.tokens.push_back(Token { kind, start });
    }

    fn next_number(&self) -> usize {
        self.taken + self.tokens.len()
    }

    /// Scans one token, or several where indentation ends.
    fn fetch(&mut self) -> Result<(), YamlError> {
        self.skip_to_token();
        self.unroll(Some(self.reader.mark.column));
        if self.reader.at_end() {
            return self.fetch_stream_end();
        }
        if self.reader.mark.column == 0 && self.reader.byte(0) == b'%' {
            return self.fetch_directive();
        }
        if self.reader.is_document_indicator() {
            return self.fetch_document_indicator();
        }
        let in_flow = self.flow_level > 0;
        let before_space = self.reader.ends_word_at(1);
        match self.reader.byte(0) {
            b'[' => self.fetch_flow_start(Kind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Kind::FlowMappingStart),
            b']' => self.fetch_flow_end(Kind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Kind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if before_space => self.fetch_block_entry(),
            b'?' if in_flow || before_space => self.fetch_key(),
            b':' if in_flow || before_space => self.fetch_value(),
            b'*' | b'&' => self.fetch_anchor(),
            b'!' => self.fetch_tag(),
            b'|' | b'>' if !in_flow => self.fetch_block_scalar(),
            b'\'' | b'"' => self.fetch_quoted_scalar(),
            b'\t' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => {
                Err(self.error("found character that cannot start any token"))
            }
            _ => self.fetch_plain_scalar(),
        }
    }

    /// Goes past white space, comments and line breaks. A tab is none where it would be indentation.
    fn skip_to_token(&mut self) {
        loop {
            while self.reader.byte(0) == b' '
                || self.reader.byte(0) == b'\t' && (self.flow_level > 0 || !self.key_allowed)
            {
                self.reader.skip();
            }
            self.reader.skip_comment();
            if !self.reader.is_break() {
                return;
            }
            self.reader.skip_line();
            if self.flow_level == 0 {
                self.key_allowed = true;
            }
        }
    }

    /// Begins a block collection where the column is deeper than what is around it. `before` is the number of the token
    /// that it begins before, where that is not the next one.
    fn roll(
        &mut self,
        column: usize,
        before: Option<usize>,
        kind: Kind<'a>,
        mark: Mark,
    ) -> Result<(), YamlError> {
        if self.flow_level > 0 || self.indent >= Some(column) {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = Some(column);
        if self.indents.len() > MAX_NESTING {
            return Err(self.error(format_args!("exceeded max depth of {MAX_NESTING}")));
        }
        let place = before.map_or(self.tokens.len(), |number| number - self.taken);
        self.tokens.insert(place, Token { kind, start: mark });
        Ok(())
    }

    /// Ends the block collections that are deeper than the column.
    fn unroll(&mut self, column: Indent) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.push(Kind::BlockEnd, self.reader.mark);
            self.indent = self.indents.pop().flatten();
        }
    }

    /// Whether what may be a key still may: it must lie on one line and not be too long.
    fn is_still_possible(&mut self, level: usize) -> Result<bool, YamlError> {
        let key = self.keys[level];
        let here = self.reader.mark;
        if !key.possible {
            return Ok(false);
        }
        if key.mark.line >= here.line && key.mark.index + KEY_MAX >= here.index {
            return Ok(true);
        }
        if key.required {
            return Err(self.error("could not find expected ':'"));
        }
        self.keys[level].possible = false;
        Ok(false)
    }

    /// Remembers that what comes now may be a key.
    fn save_key(&mut self) -> Result<(), YamlError> {
        if !self.key_allowed {
            return Ok(());
        }
        let mark = self.reader.mark;
        let key = PossibleKey {
            possible: true,
            required: self.flow_level == 0 && self.indent == Some(mark.column),
            token: self.next_number(),
            mark,
        };
        self.drop_key()?;
        if let Some(last) = self.keys.last_mut() {
            *last = key;
        }
        Ok(())
    }

    /// What may have been a key is none.
    fn drop_key(&mut self) -> Result<(), YamlError> {
        let Some(key) = self.keys.last_mut() else {
            return Ok(());
        };
        if key.possible && key.required {
            return Err(self.error("could not find expected ':'"));
        }
        key.possible = false;
        Ok(())
    }

    fn fetch_stream_end(&mut self) -> Result<(), YamlError> {
        // The end counts as a line of its own.
        if self.reader.mark.column != 0 {
            self.reader.mark.column = 0;
            self.reader.mark.line += 1;
        }
        self.unroll(None);
        self.drop_key()?;
        self.key_allowed = false;
        self.ended = true;
        self.push(Kind::StreamEnd, self.reader.mark);
        Ok(())
    }

    fn fetch_document_indicator(&mut self) -> Result<(), YamlError> {
        self.unroll(None);
        self.drop_key()?;
        self.key_allowed = false;
        let start = self.reader.mark;
        let kind = if self.reader.byte(0) == b'-' {
            Kind::DocumentStart
        } else {
            Kind::DocumentEnd
        };
        self.reader.skip_many(3);
        self.push(kind, start);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: Kind<'a>) -> Result<(), YamlError> {
        self.save_key()?;
        self.keys.push(PossibleKey::default());
        self.flow_level += 1;
        if self.flow_level > MAX_NESTING {
            return Err(self.error(format_args!("exceeded max depth of {MAX_NESTING}")));
        }
        self.key_allowed = true;
        self.one_character(kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: Kind<'a>) -> Result<(), YamlError> {
        self.drop_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            self.keys.pop();
        }
        self.key_allowed = false;
        self.one_character(kind);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), YamlError> {
        self.drop_key()?;
        self.key_allowed = true;
        self.one_character(Kind::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), YamlError> {
        self.begin_block(
            Kind::BlockSequenceStart,
            "block sequence entries are not allowed in this context",
        )?;
        self.drop_key()?;
        self.key_allowed = true;
        self.one_character(Kind::BlockEntry);
        Ok(())
    }

    /// A key with a question mark.
    fn fetch_key(&mut self) -> Result<(), YamlError> {
        self.begin_block(
            Kind::BlockMappingStart,
            "mapping keys are not allowed in this context",
        )?;
        self.drop_key()?;
        self.key_allowed = self.flow_level == 0;
        self.one_character(Kind::Key);
        Ok(())
    }

    /// A colon: what may have been a key was one, or it belongs to a key with a question mark.
    fn fetch_value(&mut self) -> Result<(), YamlError> {
        let level = self.keys.len() - 1;
        if self.is_still_possible(level)? {
            let key = self.keys[level];
            let start = key.mark;
            self.tokens.insert(
                key.token - self.taken,
                Token {
                    kind: Kind::Key,
                    start,
                },
            );
            self.roll(start.column, Some(key.token), Kind::BlockMappingStart, start)?;
            self.keys[level].possible = false;
            self.key_allowed = false;
        } else {
            self.begin_block(
                Kind::BlockMappingStart,
                "mapping values are not allowed in this context",
            )?;
            self.key_allowed = self.flow_level == 0;
        }
        self.one_character(Kind::Value);
        Ok(())
    }

    /// Begins a block collection at an indicator, which must stand where a key might.
    fn begin_block(&mut self, kind: Kind<'a>, problem: &str) -> Result<(), YamlError> {
        if self.flow_level > 0 {
            return Ok(());
        }
        if !self.key_allowed {
            return Err(self.error(problem));
        }
        let mark = self.reader.mark;
        self.roll(mark.column, None, kind, mark)
    }

    fn one_character(&mut self, kind: Kind<'a>) {
        let start = self.reader.mark;
        self.reader.skip();
        self.push(kind, start);
    }
}
