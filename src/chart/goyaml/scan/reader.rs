//! The text under the scanner, a character at a time, with what YAML 1.1 calls breaks and blanks.

/// A place in the text, in characters from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::chart::goyaml) struct Mark {
    pub(in crate::chart::goyaml) line: usize,
    pub(super) column: usize,
    pub(super) index: usize,
}

/// The text, and how far it was read. Behind its end it reads as zero bytes, which no document holds.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    pub(super) mark: Mark,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            mark: Mark::default(),
        }
    }

    /// The byte so many bytes ahead.
    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    /// How many bytes were read.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// The whole text.
    pub(super) const fn text(&self) -> &'a str {
        self.text
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Whether a line break stands so many bytes ahead: also those of Unicode, which YAML 1.2 gave up.
    pub(super) fn is_break_at(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            b'\r' | b'\n' => true,
            0xc2 => self.byte(ahead + 1) == 0x85,
            0xe2 => self.byte(ahead + 1) == 0x80 && matches!(self.byte(ahead + 2), 0xa8 | 0xa9),
            _ => false,
        }
    }

    pub(super) fn is_break(&self) -> bool {
        self.is_break_at(0)
    }

    pub(super) fn is_break_or_end(&self) -> bool {
        self.byte(0) == 0 || self.is_break()
    }

    pub(super) fn is_blank(&self) -> bool {
        matches!(self.byte(0), b' ' | b'\t')
    }

    /// Whether a space, a tab, a line break or the end stands so many bytes ahead.
    pub(super) fn ends_word_at(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t' | 0) || self.is_break_at(ahead)
    }

    /// Whether `---` or `...` stands here, at the start of a line.
    pub(super) fn is_document_indicator(&self) -> bool {
        self.mark.column == 0
            && matches!(
                [self.byte(0), self.byte(1), self.byte(2)],
                [b'-', b'-', b'-'] | [b'.', b'.', b'.']
            )
            && self.ends_word_at(3)
    }

    fn current(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }

    /// Goes past one character that is no line break.
    pub(super) fn skip(&mut self) {
        self.at += match self.text.as_bytes().get(self.at) {
            Some(0..=0x7f) => 1,
            _ => self.current().map_or(0, char::len_utf8),
        };
        self.mark.index += 1;
        self.mark.column += 1;
    }

    /// Goes past the ASCII characters that `wanted` names, none of them a line break: most of a document is read so.
    pub(super) fn skip_run(&mut self, wanted: impl Fn(u8) -> bool) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let run = rest
            .iter()
            .take_while(|byte| byte.is_ascii() && wanted(**byte))
            .count();
        self.at += run;
        self.mark.index += run;
        self.mark.column += run;
    }

    /// Goes up to the end of the line.
    pub(super) fn skip_rest_of_line(&mut self) {
        loop {
            self.skip_run(|byte| !matches!(byte, 0 | b'\r' | b'\n'));
            if self.is_break_or_end() {
                return;
            }
            self.skip();
        }
    }

    pub(super) fn skip_many(&mut self, count: usize) {
        for _ in 0..count {
            self.skip();
        }
    }

    /// Takes one character that is no line break.
    pub(super) fn take(&mut self, out: &mut String) {
        out.extend(self.current());
        self.skip();
    }

    /// Goes past one line break, if there is one.
    pub(super) fn skip_line(&mut self) {
        self.next_line();
    }

    /// Takes one line break: those of ASCII and the next-line character as a line feed, the others as they are.
    pub(super) fn take_line(&mut self, out: &mut String) {
        out.extend(self.next_line());
    }

    /// As [`Reader::take_line`], answering with what the line break reads as.
    pub(super) fn next_line(&mut self) -> Option<char> {
        if !self.is_break() {
            return None;
        }
        let crlf = self.byte(0) == b'\r' && self.byte(1) == b'\n';
        let separator = self.current().filter(|c| matches!(c, '\u{2028}' | '\u{2029}'));
        let read = separator.unwrap_or('\n');
        self.at += if crlf {
            2
        } else {
            self.current().map_or(0, char::len_utf8)
        };
        self.mark.index += if crlf { 2 } else { 1 };
        self.mark.column = 0;
        self.mark.line += 1;
        Some(read)
    }

    /// Goes past blanks.
    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank() {
            self.skip();
        }
    }

    /// Goes past a comment, up to the end of its line.
    pub(super) fn skip_comment(&mut self) {
        if self.byte(0) == b'#' {
            self.skip_rest_of_line();
        }
    }

    /// Takes letters, digits, hyphens and underscores.
    pub(super) fn take_word(&mut self, out: &mut String) {
        while is_word(self.byte(0)) {
            self.take(out);
        }
    }
}

pub(super) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}
