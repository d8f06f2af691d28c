//! A quick reading of everyday YAML: block maps and lists, flow collections on one line, scalars, literal blocks,
//! comments.
//!
//! Most values files and nearly all manifests consist of these, and for them the way through tokens and nodes is a
//! detour. What is not certainly everyday YAML, every mistake among it, is left to the real reader, which has the last
//! word and the words for it.

mod line;

use super::compose::is_plain_ascii;
use super::decode;
use line::{Content, Quote, content_of, is_blank, is_item};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;

/// How deep collections lie in one another; the real reader goes deeper.
const MAX_DEPTH: usize = 100;

/// Reads a text that is everyday YAML and has one document; `None` where it is or may be anything else. Of a map at the
/// top, `fields` are kept alone, where it names any.
pub(super) fn read(text: &str, fields: Option<&[&str]>) -> Option<Json> {
    if !has_plain_lines(text) {
        return None;
    }
    let mut reader = Reader {
        rest: text,
        content: None,
        column: 0,
        is_apart: false,
        depth: 0,
        skips: false,
    };
    reader.next_line();
    if reader.content == Some("---") && reader.column == 0 {
        reader.next_line();
    }
    if reader.content.is_none() {
        return Some(Json::Null);
    }
    let value = reader.root(fields)?;
    reader.content.is_none().then_some(value)
}

/// Whether line feeds alone end lines, and spaces alone are white space.
fn has_plain_lines(text: &str) -> bool {
    const BREAKS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];
    is_plain_ascii(text) || memchr::memchr2(b'\t', b'\r', text.as_bytes()).is_none() && !text.contains(BREAKS)
}

struct Reader<'t> {
    /// The lines after the current one.
    rest: &'t str,
    /// What is left of the current line, without white space around it; `None` behind the last one.
    content: Option<&'t str>,
    /// Where that starts.
    column: usize,
    /// Whether empty lines or comments lie between it and the line before.
    is_apart: bool,
    depth: usize,
    /// Whether what is read is not kept: then null stands for it.
    skips: bool,
}

impl<'t> Reader<'t> {
    /// Goes to the next line with content.
    fn next_line(&mut self) {
        self.is_apart = false;
        while !self.rest.is_empty() {
            let (line, rest) = split_line(self.rest);
            self.rest = rest;
            let content = line.trim_start_matches(' ');
            if !content.is_empty() && !content.starts_with('#') {
                self.column = line.len() - content.len();
                self.content = Some(content.trim_end_matches(' '));
                return;
            }
            self.is_apart = true;
        }
        self.content = None;
    }

    /// Whether the current line is set in further than `column`.
    const fn is_deeper_than(&self, column: usize) -> bool {
        self.content.is_some() && self.column > column
    }

    /// Whether an item of a list stands at `column`.
    fn is_item_at(&self, column: usize) -> bool {
        self.column == column && self.content.is_some_and(is_item)
    }

    /// What stands outside of all collections.
    fn root(&mut self, fields: Option<&[&str]>) -> Option<Json> {
        let content = self.content?;
        if is_item(content) {
            return self.list(self.column);
        }
        match content_of(content)? {
            Content::Pair(key, rest) => self.map(key, rest, fields),
            Content::Plain(_) | Content::Open(..) => None,
            value => {
                self.next_line();
                Some(self.kept(value))
            }
        }
    }

    /// What starts here, within the collection at `column`.
    fn node(&mut self, column: usize) -> Option<Json> {
        self.depth += 1;
        let value = match self.content? {
            _ if self.depth > MAX_DEPTH => None,
            content if is_item(content) => self.list(self.column),
            content => match content_of(content)? {
                Content::Pair(key, rest) => self.map(key, rest, None),
                content => self.ended(content, column),
            },
        };
        self.depth -= 1;
        value
    }

    /// The map whose first pair is the current line.
    fn map(&mut self, key: &'t str, rest: &'t str, fields: Option<&[&str]>) -> Option<Json> {
        let column = self.column;
        let skips = self.skips;
        let mut map = Map::new();
        let (mut key, mut rest) = (key, rest);
        loop {
            self.skips = skips || fields.is_some_and(|fields| !fields.contains(&key));
            let value = self.value(rest, column)?;
            if !self.skips {
                map.insert(key.to_owned(), value);
            }
            match self.content {
                Some(content) if self.column == column => match content_of(content)? {
                    Content::Pair(next, after) => (key, rest) = (next, after),
                    _ => return None,
                },
                _ if self.is_deeper_than(column) => return None,
                _ => break,
            }
        }
        self.skips = skips;
        Some(Json::Object(map))
    }

    /// A value that ends in its line.
    fn kept(&self, content: Content<'_>) -> Json {
        match content {
            Content::Flow(value) => value,
            Content::Text(text) if !self.skips => Json::from(text),
            _ => Json::Null,
        }
    }

    /// The value of a key of the map at `column`; `rest` is what follows the colon.
    fn value(&mut self, rest: &'t str, column: usize) -> Option<Json> {
        if !is_blank(rest) {
            return self.scalar(rest.trim_start_matches(' '), column);
        }
        self.next_line();
        if self.is_deeper_than(column) {
            self.node(column)
        } else if self.is_item_at(column) {
            self.list(column)
        } else {
            Some(Json::Null)
        }
    }

    /// The list whose items stand at `column`. It ends where something else stands there; whether it may, its caller
    /// knows.
    fn list(&mut self, column: usize) -> Option<Json> {
        let mut items = Vec::new();
        while self.is_item_at(column) {
            let rest = self.content?.get(1..)?;
            let item = self.item(rest, column)?;
            if !self.skips {
                items.push(item);
            }
            if self.is_deeper_than(column) {
                return None;
            }
        }
        Some(Json::Array(items))
    }

    /// An item of the list at `column`; `rest` is what follows its hyphen.
    fn item(&mut self, rest: &'t str, column: usize) -> Option<Json> {
        if is_blank(rest) {
            self.next_line();
            return if self.is_deeper_than(column) {
                self.node(column)
            } else {
                Some(Json::Null)
            };
        }
        let content = rest.trim_start_matches(' ');
        if content.starts_with('|') {
            return self.scalar(content, column);
        }
        // A collection begins where its first item or key stands.
        self.column += 1 + rest.len() - content.len();
        self.content = Some(content);
        self.node(column)
    }

    /// A scalar or a flow collection within the collection at `column`.
    fn scalar(&mut self, content: &'t str, column: usize) -> Option<Json> {
        if let Some(header) = content.strip_prefix('|') {
            let text = self.literal(header, column)?;
            self.next_line();
            return Some(self.kept(Content::Text(text.into())));
        }
        self.ended(content_of(content)?, column)
    }

    /// The value that begins with `content`, within the collection at `column`, up to its end.
    fn ended(&mut self, content: Content<'t>, column: usize) -> Option<Json> {
        match content {
            Content::Plain(first) => {
                let text = self.folded(first, column)?;
                decode::plain(&text, !self.skips)
            }
            Content::Pair(..) => None,
            Content::Open(quote, first) => {
                let text = self.quoted_lines(quote, first)?;
                self.ended(Content::Text(text), column)
            }
            value => {
                self.next_line();
                (!self.is_deeper_than(column)).then(|| self.kept(value))
            }
        }
    }

    /// A text without quotes with the lines that are more of it, which are set in further.
    fn folded(&mut self, first: &'t str, column: usize) -> Option<Cow<'t, str>> {
        let mut text = Cow::Borrowed(first);
        loop {
            self.next_line();
            match self.content {
                Some(more) if self.column > column => {
                    if self.is_apart || !line::is_more_of_plain(more) {
                        return None;
                    }
                    text.to_mut().push(' ');
                    text.to_mut().push_str(more);
                }
                _ => return Some(text),
            }
        }
    }

    /// A text in quotes that are not closed in its first line, up to the quote that closes them.
    fn quoted_lines(&mut self, quote: Quote, first: Cow<'t, str>) -> Option<Cow<'t, str>> {
        let mut text = first.into_owned();
        let mut empty = 0;
        while !self.rest.is_empty() {
            let (line, rest) = split_line(self.rest);
            self.rest = rest;
            let content = line.trim_matches(' ');
            if content.is_empty() {
                empty += 1;
                continue;
            }
            if content.starts_with("---") || content.starts_with("...") {
                return None;
            }
            let (more, after) = line::up_to(quote, content)?;
            // One line break is a space, each further one stays.
            text.push_str(if empty == 0 { " " } else { "" });
            text.extend(std::iter::repeat_n('\n', empty));
            text.push_str(&more);
            empty = 0;
            if let Some(after) = after {
                return is_blank(after).then_some(Cow::Owned(text));
            }
        }
        None
    }

    /// The lines of a literal block within the collection at `column`; `header` is what follows its bar.
    fn literal(&mut self, header: &str, column: usize) -> Option<String> {
        let chomping = header.bytes().next().filter(|byte| matches!(byte, b'+' | b'-'));
        if !is_blank(header.get(usize::from(chomping.is_some())..)?) {
            return None;
        }
        let mut text = String::new();
        let mut indent = None;
        let mut breaks = 0;
        while !self.rest.is_empty() {
            let (line, rest) = split_line(self.rest);
            let spaces = line.len() - line.trim_start_matches(' ').len();
            let is_empty = spaces == line.len();
            if is_empty && spaces > 0 && indent.is_none() {
                // It may decide how far the text is set in.
                return None;
            }
            if !is_empty || indent.is_some_and(|indent| spaces > indent) {
                let indent = *indent.get_or_insert(spaces);
                if spaces < indent || indent <= column {
                    break;
                }
                if !self.skips {
                    text.extend(std::iter::repeat_n('\n', breaks));
                    text.push_str(line.get(indent..)?);
                }
                breaks = 0;
            }
            breaks += usize::from(line.len() < self.rest.len());
            self.rest = rest;
        }
        let kept = match chomping {
            None => breaks.min(1),
            Some(b'+') => breaks,
            Some(_) => 0,
        };
        text.extend(std::iter::repeat_n('\n', kept));
        indent.filter(|indent| *indent > column).map(|_| text)
    }
}

/// The first line, and what follows its line feed.
fn split_line(text: &str) -> (&str, &str) {
    match memchr::memchr(b'\n', text.as_bytes()) {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::super::compose;
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn real(text: &str) -> Result<Json, super::super::YamlError> {
        decode::to_json(&compose::first_document(text)?)
    }

    #[rstest]
    #[case::manifest(
        "# Source: a\napiVersion: v1\nkind: Service\nmetadata:\n  name: \"a\" # name\n  labels:\n    app.kubernetes.io/name: 'a'\nspec:\n  ports:\n    - name: http\n      port: 80\n  empty: {}\n  list: []\n"
    )]
    #[case::list_beside_its_key("a:\n- b: 1\n  c:\n  - d\n  - -1\n-\n- e\nf: ~\n")]
    #[case::lists_in_lists("- - a\n  - b\n-\n  - c\n- d: e\n")]
    #[case::literal("a: |\n  x\n\n   y # no comment\nb: |-\n  z\n\nc: |+ # all\n  z\n\n# end\n")]
    #[case::flow("a: [\"ALL\", b-c/d.e, 1, {f: g, \"h\":[]}] # all\nb:\n  - {c: 'd', e: true }\n")]
    #[case::folded("a: b\n  - c\n  d\ne:\n- f\n  g\n- h # i\n- 1\n  2\n")]
    #[case::values_on_their_own_lines("a:\n  b\n  c\nd:\n  {}\ne:\n-\n  'f'\n")]
    #[case::empty_map("{}")]
    #[case::quotes(
        "a: 'it''s'\nb: 'c: d\n  # e ''f''\n g '\n'h': \"i\\n\\t\\\"\\\\\"\nj: ''\nk:\n- ' l\n  '\n"
    )]
    #[case::quoted_lines("a: \"b\\n \n  # c\n\n\n  d  \"\ne: '\n\n  f\n\n  '\n")]
    #[case::start("---\na: b:c#d\n")]
    #[case::nothing("# nothing\n\n")]
    #[case::no_line_feed_at_the_end("a:\n  b: |\n    c")]
    fn everyday_yaml_is_read_at_once(#[case] text: &str) {
        assert_eq!(read(text, None), real(text).ok(), "{text}");
        assert!(read(text, None).is_some(), "{text}");
    }

    #[rstest]
    #[case("a: b: c\n")]
    #[case("a: b\n  c: d\n")]
    #[case("a: b\n\n  c\n")]
    #[case("a: b # c\n  d\n")]
    #[case("a: b\n  c # d\n")]
    #[case("a: &x b\nc: *x\n")]
    #[case("a: \"b\\x41\"\n")]
    #[case("a: \"b\\\n  c\"\n")]
    #[case("a: 'b\n\n")]
    #[case("a: 'b\n  c': d\n")]
    #[case("<<: {}\n")]
    #[case("1: a\n")]
    #[case("a: 1\n---\nb: 2\n")]
    #[case("a\n")]
    #[case("'a'\nb: c\n")]
    #[case("a: [b: c]\n")]
    #[case("a: [b,\n  c]\n")]
    #[case("a: {b}\n")]
    #[case("a: [b #c]\n")]
    fn what_is_not_is_left_to_the_real_reader(#[case] text: &str) {
        assert_eq!(read(text, None), None, "{text}");
    }

    fn line() -> impl Strategy<Value = String> {
        let words = [
            "a",
            "b",
            "-",
            "- ",
            "- - ",
            "? ",
            ": ",
            ":",
            "a: ",
            "'a': ",
            "\"b\": ",
            "a :",
            "\"",
            "'",
            "''",
            " #",
            "#",
            "# c",
            "|",
            "|-",
            "|+",
            "| ",
            ">",
            "~",
            "1",
            "0x1f",
            "1.5",
            "yes",
            "2001-01-01",
            "{}",
            "[]",
            "[a]",
            "{a: b}",
            "[",
            "]",
            "{",
            "}",
            ", ",
            ",",
            "\"a\":",
            "'b'",
            "&a ",
            "*a",
            "!t ",
            "<<: ",
            "---",
            "...",
            "%",
            " ",
            "  ",
            "\t",
            "\r",
            "é",
            "\u{85}",
            "\u{2028}",
            ".inf",
            "\\",
        ];
        let word = proptest::sample::select(words.to_vec());
        (0..4usize, proptest::collection::vec(word, 0..4))
            .prop_map(|(depth, words)| " ".repeat(depth) + &words.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn what_is_read_at_once_the_real_reader_reads_alike(
            lines in proptest::collection::vec(line(), 0..8), ends in any::<bool>(),
        ) {
            let text = lines.join("\n") + if ends { "\n" } else { "" };
            let whole = read(&text, None);
            let mut fields = read(&text, Some(&["a"]));
            prop_assert_eq!(whole.is_some(), fields.is_some(), "{:?}", text);
            if let Some(value) = whole {
                if let (Json::Object(map), Some(Json::Object(fields))) = (&value, &mut fields) {
                    let kept = fields.remove("a");
                    prop_assert_eq!(kept.as_ref(), map.get("a"), "{:?}", text);
                    prop_assert!(fields.is_empty(), "{:?}", text);
                } else {
                    prop_assert_eq!(fields.as_ref(), Some(&value), "{:?}", text);
                }
                prop_assert_eq!(real(&text), Ok(value), "{:?}", text);
            }
        }
    }
}
