//! Scalars: plain, quoted and in blocks, with the folding of their lines.

use super::reader::Reader;
use super::{Kind, Scanner};
use crate::chart::goyaml::YamlError;
use std::borrow::Cow;

/// The text of a scalar: a piece of the document for as long as it reads as it is written.
struct Text<'a> {
    document: &'a str,
    start: usize,
    end: usize,
    /// What it reads as, where that is something else.
    read: Option<String>,
}

impl<'a> Text<'a> {
    /// An empty text.
    const fn new(reader: &Reader<'a>) -> Self {
        Self {
            document: reader.text(),
            start: reader.at(),
            end: reader.at(),
            read: None,
        }
    }

    /// Adds a piece of the document.
    fn add(&mut self, start: usize, end: usize) {
        if self.read.is_none() && start == self.end {
            self.end = end;
        } else {
            let piece = self.document.get(start..end).unwrap_or_default();
            self.own().push_str(piece);
        }
    }

    /// What it reads as, to add to.
    fn own(&mut self) -> &mut String {
        let written = self.document.get(self.start..self.end).unwrap_or_default();
        self.read.get_or_insert_with(|| written.to_owned())
    }

    fn finish(self) -> Cow<'a, str> {
        match self.read {
            Some(read) => Cow::Owned(read),
            None => Cow::Borrowed(self.document.get(self.start..self.end).unwrap_or_default()),
        }
    }
}

/// The white space between two words of a scalar, which becomes what folding makes of it.
#[derive(Default)]
struct Gap {
    /// Spaces and tabs before the first line break: from where to where in the document.
    blanks: (usize, usize),
    /// The first line break.
    first: Option<char>,
    /// The line breaks after it.
    more: String,
    /// A line break was there, or an escaped one, so that blanks are indentation.
    broken: bool,
}

impl Gap {
    /// Reads white space; `check` looks at each blank before it is taken.
    fn read(
        &mut self,
        scanner: &mut Scanner<'_>,
        check: impl Fn(&Scanner<'_>, bool) -> Result<(), YamlError>,
    ) -> Result<(), YamlError> {
        self.blanks = (scanner.reader.at(), scanner.reader.at());
        loop {
            if scanner.reader.is_blank() {
                check(scanner, self.broken)?;
                scanner.reader.skip();
                if !self.broken {
                    self.blanks.1 = scanner.reader.at();
                }
            } else if scanner.reader.is_break() {
                if self.broken {
                    scanner.reader.take_line(&mut self.more);
                } else {
                    self.first = scanner.reader.next_line();
                    self.broken = true;
                }
            } else {
                return Ok(());
            }
        }
    }

    /// Writes what the white space becomes: one line break a space, each further one itself.
    fn flush(&mut self, out: &mut Text<'_>) {
        if !self.broken {
            if self.blanks.0 < self.blanks.1 {
                out.add(self.blanks.0, self.blanks.1);
                self.blanks = (0, 0);
            }
            return;
        }
        if self.first == Some('\n') {
            out.own()
                .push_str(if self.more.is_empty() { " " } else { &self.more });
        } else {
            out.own().extend(self.first);
            out.own().push_str(&self.more);
        }
        *self = Self::default();
    }

    /// As [`Gap::flush`], for quoted text, in which an escaped line break is nothing.
    fn flush_quoted(&mut self, out: &mut Text<'_>) {
        if self.broken && self.first.is_none() {
            out.own().push_str(&self.more);
            *self = Self::default();
        } else {
            self.flush(out);
        }
    }
}

impl<'a> Scanner<'a> {
    pub(super) fn fetch_plain_scalar(&mut self) -> Result<(), YamlError> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.reader.mark;
        let least_column = self.indent.map_or(0, |indent| indent + 1);
        let mut text = Text::new(&self.reader);
        let mut gap = Gap::default();
        loop {
            if self.reader.is_document_indicator() || self.reader.byte(0) == b'#' {
                break;
            }
            self.plain_word(&mut gap, &mut text);
            if !self.reader.is_blank() && !self.reader.is_break() {
                break;
            }
            gap.read(self, |scanner, broken| {
                if broken && scanner.reader.mark.column < least_column && scanner.reader.byte(0) == b'\t' {
                    return Err(scanner.error("found a tab character that violates indentation"));
                }
                Ok(())
            })?;
            if self.flow_level == 0 && self.reader.mark.column < least_column {
                break;
            }
        }
        if gap.broken {
            self.key_allowed = true;
        }
        let text = text.finish();
        self.push(Kind::Scalar { text, plain: true }, start);
        Ok(())
    }

    /// Reads up to white space or an indicator; the gap before the word comes before it.
    fn plain_word(&mut self, gap: &mut Gap, text: &mut Text<'a>) {
        loop {
            let from = self.reader.at();
            self.reader.skip_run(is_plain);
            if self.reader.at() == from {
                if self.reader.ends_word_at(0) || self.ends_plain() {
                    return;
                }
                self.reader.skip();
            }
            gap.flush(text);
            text.add(from, self.reader.at());
        }
    }

    /// Whether an indicator here ends a plain scalar.
    fn ends_plain(&self) -> bool {
        match self.reader.byte(0) {
            b':' => self.reader.ends_word_at(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.flow_level > 0,
            _ => false,
        }
    }

    pub(super) fn fetch_quoted_scalar(&mut self) -> Result<(), YamlError> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.reader.mark;
        let quote = self.reader.byte(0);
        self.reader.skip();
        let mut text = Text::new(&self.reader);
        loop {
            if self.reader.is_document_indicator() {
                return Err(self.error("found unexpected document indicator"));
            }
            if self.reader.at_end() {
                return Err(self.error("found unexpected end of stream"));
            }
            let mut gap = Gap {
                broken: self.quoted_word(quote, &mut text)?,
                ..Gap::default()
            };
            if self.reader.byte(0) == quote {
                break;
            }
            gap.read(self, |_, _| Ok(()))?;
            gap.flush_quoted(&mut text);
        }
        self.reader.skip();
        let text = text.finish();
        self.push(Kind::Scalar { text, plain: false }, start);
        Ok(())
    }

    /// Reads up to white space or the closing quote; answers whether it ended with an escaped line break.
    fn quoted_word(&mut self, quote: u8, text: &mut Text<'a>) -> Result<bool, YamlError> {
        loop {
            let from = self.reader.at();
            self.reader
                .skip_run(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\'' | b'"' | b'\\'));
            text.add(from, self.reader.at());
            if self.reader.ends_word_at(0) {
                return Ok(false);
            }
            match self.reader.byte(0) {
                b'\'' if quote == b'\'' && self.reader.byte(1) == b'\'' => {
                    text.own().push('\'');
                    self.reader.skip_many(2);
                }
                byte if byte == quote => return Ok(false),
                b'\\' if quote == b'"' && self.reader.is_break_at(1) => {
                    self.reader.skip();
                    self.reader.skip_line();
                    return Ok(true);
                }
                b'\\' if quote == b'"' => self.escape(text.own())?,
                _ => {
                    let from = self.reader.at();
                    self.reader.skip();
                    text.add(from, self.reader.at());
                }
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), YamlError> {
        let mut digits = 0;
        match self.reader.byte(1) {
            b'0' => text.push('\0'),
            b'a' => text.push('\u{7}'),
            b'b' => text.push('\u{8}'),
            b't' | b'\t' => text.push('\t'),
            b'n' => text.push('\n'),
            b'v' => text.push('\u{b}'),
            b'f' => text.push('\u{c}'),
            b'r' => text.push('\r'),
            b'e' => text.push('\u{1b}'),
            byte @ (b' ' | b'"' | b'\'' | b'\\') => text.push(char::from(byte)),
            b'N' => text.push('\u{85}'),
            b'_' => text.push('\u{a0}'),
            b'L' => text.push('\u{2028}'),
            b'P' => text.push('\u{2029}'),
            b'x' => digits = 2,
            b'u' => digits = 4,
            b'U' => digits = 8,
            _ => return Err(self.error("found unknown escape character")),
        }
        self.reader.skip_many(2);
        if digits == 0 {
            return Ok(());
        }
        let mut code: u32 = 0;
        for ahead in 0..digits {
            let digit = char::from(self.reader.byte(ahead)).to_digit(16);
            // Go's word has this spelling.
            let digit = digit.ok_or_else(|| self.error("did not find expected hexdecimal number"))?;
            code = code << 4 | digit;
        }
        let character = char::from_u32(code);
        text.push(character.ok_or_else(|| self.error("found invalid Unicode character escape code"))?);
        self.reader.skip_many(digits);
        Ok(())
    }

    pub(super) fn fetch_block_scalar(&mut self) -> Result<(), YamlError> {
        self.drop_key()?;
        self.key_allowed = true;
        let start = self.reader.mark;
        let literal = self.reader.byte(0) == b'|';
        self.reader.skip();
        let (chomping, increment) = self.block_header()?;
        let mut indent = increment.map_or(0, |increment| self.indent.unwrap_or(0) + increment);

        let mut text = String::new();
        let mut first_break = String::new();
        let mut more_breaks = String::new();
        self.block_breaks(&mut indent, &mut more_breaks)?;
        let mut after_blank = false;
        while self.reader.mark.column == indent && !self.reader.at_end() {
            let before_blank = self.reader.is_blank();
            let folds = !literal && !after_blank && !before_blank && first_break.starts_with('\n');
            if !folds {
                text.push_str(&first_break);
            } else if more_breaks.is_empty() {
                text.push(' ');
            }
            first_break.clear();
            text.push_str(&more_breaks);
            more_breaks.clear();
            after_blank = before_blank;
            let from = self.reader.at();
            self.reader.skip_rest_of_line();
            text.push_str(self.reader.text().get(from..self.reader.at()).unwrap_or_default());
            self.reader.take_line(&mut first_break);
            self.block_breaks(&mut indent, &mut more_breaks)?;
        }
        if chomping != Chomping::Strip {
            text.push_str(&first_break);
        }
        if chomping == Chomping::Keep {
            text.push_str(&more_breaks);
        }
        let text = Cow::Owned(text);
        self.push(Kind::Scalar { text, plain: false }, start);
        Ok(())
    }

    /// Reads what stands behind `|` or `>`: how the end is chomped, and how far the text is set in.
    fn block_header(&mut self) -> Result<(Chomping, Option<usize>), YamlError> {
        let mut chomping = Chomping::Clip;
        let mut increment = None;
        // Either may come first, and each once.
        for _ in 0..2 {
            match self.reader.byte(0) {
                b'+' if chomping == Chomping::Clip => chomping = Chomping::Keep,
                b'-' if chomping == Chomping::Clip => chomping = Chomping::Strip,
                b'0' if increment.is_none() => {
                    return Err(self.error("found an indentation indicator equal to 0"));
                }
                digit @ b'1'..=b'9' if increment.is_none() => increment = Some(usize::from(digit - b'0')),
                _ => break,
            }
            self.reader.skip();
        }
        self.reader.skip_blanks();
        self.reader.skip_comment();
        if !self.reader.is_break_or_end() {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.reader.skip_line();
        Ok((chomping, increment))
    }

    /// Reads indentation and empty lines; finds out how far the text is set in where that is not known (0).
    fn block_breaks(&mut self, indent: &mut usize, breaks: &mut String) -> Result<(), YamlError> {
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.reader.mark.column < *indent) && self.reader.byte(0) == b' ' {
                self.reader.skip();
            }
            deepest = deepest.max(self.reader.mark.column);
            if (*indent == 0 || self.reader.mark.column < *indent) && self.reader.byte(0) == b'\t' {
                return Err(self.error("found a tab character where an indentation space is expected"));
            }
            if !self.reader.is_break() {
                break;
            }
            self.reader.take_line(breaks);
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent.map_or(0, |indent| indent + 1)).max(1);
        }
        Ok(())
    }
}

/// Whether a character within a plain scalar needs no second look: no white space, and no indicator anywhere.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b':' | b',' | b'?' | b'[' | b']' | b'{' | b'}')
}

/// What becomes of the line breaks at the end of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    /// One stays.
    Clip,
    /// None stays: `-`.
    Strip,
    /// All stay: `+`.
    Keep,
}
