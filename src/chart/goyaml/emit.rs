//! Writing YAML as goyaml v2 does behind `sigs.k8s.io/yaml`: block style, sorted keys, two spaces, folded past
//! column 80. What version 3 does otherwise is a [`Dialect`] of the same emitter.

use super::{number, order, resolve};
use serde_json::Value as Json;
use std::convert::Infallible;

/// The longest key, in bytes, that is written before a plain colon; a longer one gets a `?`.
const SIMPLE_KEY_MAX: usize = 128;

/// Text is folded at the first space past this column.
const FOLD_WIDTH: usize = 80;

/// Writes a document. It ends with a line break.
pub(super) fn document<N: Node>(value: &N) -> Result<String, N::Refusal> {
    let mut emitter = Emitter::new(Dialect::Two);
    value.write(&mut emitter, None, Place::Alone)?;
    Ok(emitter.finish())
}

/// What can be written: a value of JSON, or one of a template.
pub(super) trait Node: Sized {
    /// Why one cannot be written.
    type Refusal;

    /// Writes it. `indent` is that of its surroundings, `None` at the root.
    fn write(&self, emitter: &mut Emitter, indent: Option<usize>, place: Place) -> Result<(), Self::Refusal>;
}

impl Node for Json {
    type Refusal = Infallible;

    fn write(&self, emitter: &mut Emitter, indent: Option<usize>, place: Place) -> Result<(), Infallible> {
        match self {
            Self::Object(map) => {
                let entries = map.iter().map(|(key, value)| (key.as_str(), value));
                emitter.map(entries.collect(), indent)?;
            }
            Self::Array(items) => emitter.list(items, indent, place)?,
            Self::String(text) => emitter.string(text, indent),
            Self::Null => emitter.plain("null", None),
            Self::Bool(truth) => emitter.truth(*truth),
            Self::Number(number) => emitter.plain(&number::text(number), None),
        }
        Ok(())
    }
}

/// The version of goyaml that is followed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Dialect {
    /// What `toYaml` and Helm itself write with.
    Two,
    /// What `toYamlPretty` writes with: lines of any length, tabs in quotes.
    Three,
}

/// Where a node stands: it decides whether a sequence is set in from its surroundings.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    /// At the root, or in a sequence.
    Alone,
    /// As the value of a map's key.
    InMap,
}

/// The style in which a scalar is written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// The text so far and where the cursor is in it.
pub(super) struct Emitter {
    dialect: Dialect,
    out: String,
    /// Characters since the last line break.
    column: usize,
    /// The last thing written needs no space before what follows.
    after_space: bool,
    /// Nothing but indentation and indicators has been written to this line.
    at_indentation: bool,
}

impl Emitter {
    pub(super) const fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            out: String::new(),
            column: 0,
            after_space: true,
            at_indentation: true,
        }
    }

    /// Ends the document and answers its text.
    pub(super) fn finish(mut self) -> String {
        self.indent(0);
        self.out
    }

    /// Whether a line is long enough to be folded at the next space.
    fn is_full(&self) -> bool {
        self.dialect == Dialect::Two && self.column > FOLD_WIDTH
    }

    /// Writes a map. `indent` is that of its surroundings, `None` at the root.
    pub(super) fn map<N: Node>(
        &mut self,
        mut entries: Vec<(&str, &N)>,
        indent: Option<usize>,
    ) -> Result<(), N::Refusal> {
        if entries.is_empty() {
            self.indicator("{}", false);
            return Ok(());
        }
        let indent = indent.map_or(0, |indent| indent + 2);
        order::sort(&mut entries);
        for (key, value) in entries {
            self.key(key, indent);
            value.write(self, Some(indent), Place::InMap)?;
        }
        Ok(())
    }

    /// Writes a list. `indent` is that of its surroundings, `None` at the root.
    pub(super) fn list<N: Node>(
        &mut self,
        items: &[N],
        indent: Option<usize>,
        place: Place,
    ) -> Result<(), N::Refusal> {
        if items.is_empty() {
            self.indicator("[]", false);
            return Ok(());
        }
        let within = place == Place::InMap && !self.at_indentation;
        let indent = indent.map_or(0, |indent| if within { indent } else { indent + 2 });
        for item in items {
            self.indent(indent);
            self.indicator("-", true);
            item.write(self, Some(indent), Place::Alone)?;
        }
        Ok(())
    }

    pub(super) fn truth(&mut self, truth: bool) {
        self.plain(if truth { "true" } else { "false" }, None);
    }

    /// Writes a string as a value. `indent` is that of its surroundings, `None` at the root.
    pub(super) fn string(&mut self, text: &str, indent: Option<usize>) {
        let style = style_of(text, false, self.dialect);
        self.scalar(text, style, Some(scalar_indent(indent)));
    }

    /// Writes a key and its colon on a line of their own.
    pub(super) fn key(&mut self, key: &str, indent: usize) {
        self.indent(indent);
        if is_simple_key(key) {
            self.scalar(key, style_of(key, true, self.dialect), None);
            self.out.push(':');
            self.column += 1;
            self.after_space = false;
            self.at_indentation = false;
        } else {
            self.indicator("?", true);
            self.scalar(
                key,
                style_of(key, false, self.dialect),
                Some(scalar_indent(Some(indent))),
            );
            self.indent(indent);
            self.indicator(":", true);
        }
    }

    /// Writes a scalar. `indent` is that of its further lines; a key before a plain colon has none.
    fn scalar(&mut self, text: &str, style: Style, indent: Option<usize>) {
        match style {
            Style::Plain => self.plain(text, indent),
            Style::Single => self.single_quoted(text, indent),
            Style::Double => self.double_quoted(text, indent),
            Style::Literal => self.literal(text, indent.unwrap_or_default()),
        }
    }

    pub(super) fn plain(&mut self, text: &str, indent: Option<usize>) {
        if !self.after_space {
            self.put(' ');
        }
        self.lines(text, indent, false);
        self.after_space = false;
        self.at_indentation = false;
    }

    fn single_quoted(&mut self, text: &str, indent: Option<usize>) {
        self.indicator("'", false);
        self.lines(text, indent, true);
        self.close("'");
    }

    /// Writes text that may hold the line separators of Unicode, which stay what they are. Long lines are folded.
    fn lines(&mut self, text: &str, indent: Option<usize>, quoted: bool) {
        // What fits into the line needs no look at its spaces.
        if !quoted && self.column + text.len() <= FOLD_WIDTH && !text.is_empty() && is_one_line(text) {
            self.run(text);
            return;
        }
        let mut breaks = false;
        let mut spaces = false;
        let mut characters = text.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if c == ' ' {
                let inside = !quoted || at > 0 && next.is_some();
                match indent {
                    Some(indent) if !spaces && inside && self.is_full() && next != Some(' ') => {
                        self.indent(indent);
                    }
                    _ => self.put(c),
                }
                spaces = true;
            } else if is_break(c) {
                if !breaks && c == '\n' {
                    self.line_break('\n');
                }
                self.line_break(c);
                self.at_indentation = true;
                breaks = true;
            } else {
                if breaks {
                    self.indent(indent.unwrap_or_default());
                }
                if quoted && c == '\'' {
                    self.put(c);
                }
                self.put(c);
                self.at_indentation = false;
                spaces = false;
                breaks = false;
            }
        }
    }

    fn double_quoted(&mut self, text: &str, indent: Option<usize>) {
        self.indicator("\"", false);
        // goyaml looks for a byte order mark at the start of the text while it stands at each character.
        let escape_all = text.starts_with('\u{feff}');
        let mut spaces = false;
        let mut characters = text.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if escape_all || !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                self.escape(c);
                spaces = false;
            } else if c == ' ' {
                match indent {
                    Some(indent) if !spaces && at > 0 && next.is_some() && self.is_full() => {
                        self.indent(indent);
                        if next == Some(' ') {
                            self.put('\\');
                        }
                    }
                    _ => self.put(c),
                }
                spaces = true;
            } else {
                self.put(c);
                spaces = false;
            }
        }
        self.close("\"");
    }

    /// Writes a quote that ends a scalar.
    fn close(&mut self, quote: &str) {
        self.out.push_str(quote);
        self.column += quote.len();
        self.after_space = false;
        self.at_indentation = false;
    }

    fn escape(&mut self, c: char) {
        let before = self.out.len();
        escape(&mut self.out, c);
        // Escapes are ASCII.
        self.column += self.out.len() - before;
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.indicator("|", false);
        if text.starts_with([' ', '\n', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.out.push('2');
        }
        self.out.push_str(chomping(text));
        self.line_break('\n');
        self.at_indentation = true;
        self.after_space = true;
        let mut breaks = true;
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let run = rest
                .bytes()
                .take_while(|byte| matches!(byte, b' '..=b'~'))
                .count();
            let (start, after) = rest.split_at(run.max(c.len_utf8()));
            rest = after;
            if is_break(c) {
                self.line_break(c);
                self.at_indentation = true;
                breaks = true;
            } else {
                if breaks {
                    self.indent(indent);
                }
                self.run(start);
                breaks = false;
            }
        }
    }

    /// Writes characters without a line break in them.
    fn run(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
        self.at_indentation = false;
    }

    /// Goes to the column `indent`, on a new line unless this one holds nothing yet.
    pub(super) fn indent(&mut self, indent: usize) {
        if !self.at_indentation || self.column > indent || self.column == indent && !self.after_space {
            self.line_break('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.after_space = true;
        self.at_indentation = true;
    }

    /// Writes an indicator with a space before it where one is needed.
    pub(super) fn indicator(&mut self, text: &str, keeps_indentation: bool) {
        if !self.after_space {
            self.put(' ');
        }
        self.out.push_str(text);
        self.column += text.len();
        self.after_space = false;
        self.at_indentation = self.at_indentation && keeps_indentation;
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn line_break(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
    }
}

/// The indentation of a scalar's further lines.
fn scalar_indent(indent: Option<usize>) -> usize {
    indent.map_or(2, |indent| indent + 2)
}

fn is_simple_key(key: &str) -> bool {
    key.len() <= SIMPLE_KEY_MAX && (is_one_line(key) || !key.chars().any(is_break))
}

/// Chooses the style of a string: plain where it stays a string that way.
fn style_of(text: &str, simple_key: bool, dialect: Dialect) -> Style {
    if is_ordinary(text) {
        return if resolve::plain(text) == resolve::Resolved::Str && !resolve::is_base60(text) {
            Style::Plain
        } else {
            Style::Double
        };
    }
    let form = Form::of(text, dialect);
    let resolves_to_itself = resolve::plain(text) == resolve::Resolved::Str && !resolve::is_base60(text);
    if text.contains('\n') {
        return if form.literal_allowed && !simple_key {
            Style::Literal
        } else {
            Style::Double
        };
    }
    if !resolves_to_itself {
        Style::Double
    } else if form.plain_allowed {
        Style::Plain
    } else if form.single_allowed {
        Style::Single
    } else {
        Style::Double
    }
}

/// Whether a text is one line of printable ASCII.
fn is_one_line(text: &str) -> bool {
    text.bytes()
        .fold(true, |all, byte| all & matches!(byte, b' '..=b'~'))
}

/// Whether nothing in a text speaks against writing it without quotes. Most texts are so, and [`Form`] would say it, too.
fn is_ordinary(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    let indicator = |pair: &[u8]| matches!(pair, b": " | b" #");
    (first.is_ascii_alphanumeric() || matches!(first, b'/' | b'_'))
        && !matches!(last, b':' | b' ')
        && is_one_line(text)
        && !bytes.windows(2).any(indicator)
}

/// Which styles can carry a text.
struct Form {
    plain_allowed: bool,
    single_allowed: bool,
    literal_allowed: bool,
}

impl Form {
    fn of(text: &str, dialect: Dialect) -> Self {
        let mut special = false;
        let mut tabs = false;
        let mut breaks = false;
        let mut space_after_break = false;
        let mut break_after_space = false;
        let mut previous = None;
        for c in text.chars() {
            if c == '\t' && dialect == Dialect::Three {
                tabs = true;
            } else {
                special |= !is_printable(c);
            }
            if is_break(c) {
                breaks = true;
                break_after_space |= previous == Some(' ');
            } else if c == ' ' {
                space_after_break |= previous.is_some_and(is_break);
            }
            previous = Some(c);
        }
        let edge = |c: char| c == ' ' || is_break(c);
        let edges = text.starts_with(edge) || text.ends_with(edge);
        let unfit = special || break_after_space;
        Self {
            plain_allowed: !(unfit || tabs || breaks || edges || space_after_break || has_indicator(text)),
            single_allowed: !(unfit || tabs || space_after_break),
            literal_allowed: !(unfit || text.is_empty() || text.ends_with(' ')),
        }
    }
}

/// Whether a character in the text would be read as an indicator of a block if the text stood there without quotes.
fn has_indicator(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let mut characters = text.chars().peekable();
    let mut previous: Option<char> = None;
    while let Some(c) = characters.next() {
        let before_space = characters.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
        let found = match (previous, c) {
            (
                None,
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
                | '`',
            ) => true,
            (None, '?' | ':' | '-') | (Some(_), ':') => before_space,
            (Some(previous), '#') => {
                previous == ' ' || previous == '\t' || is_break(previous) || previous == '\0'
            }
            _ => false,
        };
        if found {
            return true;
        }
        previous = Some(c);
    }
    false
}

/// How a literal block says what becomes of the line breaks at its end.
fn chomping(text: &str) -> &'static str {
    let mut backwards = text.chars().rev();
    match (backwards.next(), backwards.next()) {
        (Some(last), _) if !is_break(last) => "-",
        (Some(_), Some(before)) if !is_break(before) => "",
        _ => "+",
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What goyaml writes without an escape: it knows no character beyond the first plane.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn escape(out: &mut String, c: char) {
    use std::fmt::Write;
    out.push('\\');
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = u32::from(c);
            // Writing to a String cannot fail.
            let _ = match code {
                0..=0xff => write!(out, "x{code:02X}"),
                0x100..=0xffff => write!(out, "u{code:04X}"),
                _ => write!(out, "U{code:08X}"),
            };
            return;
        }
    };
    out.push(short);
}
