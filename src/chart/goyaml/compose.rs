//! From the parser's events to a tree of nodes with its anchors.

use super::YamlError;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use std::borrow::Cow;
use std::collections::HashMap;

/// How deep nodes may lie in one another.
const MAX_DEPTH: usize = 1000;

/// The first document of a stream.
#[derive(Debug, Default)]
pub(super) struct Document {
    nodes: Vec<Node>,
    root: Option<NodeId>,
}

/// A node's place in its document.
pub(super) type NodeId = usize;

/// A node as it was written.
#[derive(Debug)]
pub(super) enum Node {
    Scalar {
        text: String,
        /// Written without quotes, or with the tag `!`.
        implicit: bool,
        /// The tag in its long form; empty without one.
        tag: String,
    },
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
    Alias {
        name: String,
        target: NodeId,
    },
}

impl Document {
    /// The node at the top; none in an empty stream.
    pub(super) const fn root(&self) -> Option<NodeId> {
        self.root
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }
}

/// Reads the first document; what follows it is not looked at.
pub(super) fn first_document(text: &[u8]) -> Result<Document, YamlError> {
    let text = decode_text(text)?;
    let mut composer = Composer {
        source: &text,
        document: Document::default(),
        anchors: HashMap::new(),
        open: Vec::new(),
    };
    let mut parser = Parser::new_from_str(&text);
    while let Some(event) = next(&mut parser)? {
        if composer.take(event)? {
            break;
        }
    }
    Ok(composer.document)
}

fn next<'a>(parser: &mut Parser<'a, StrInput<'a>>) -> Result<Option<(Event<'a>, Span)>, YamlError> {
    parser
        .next_event()
        .transpose()
        .map_err(|error| scan_error(&error))
}

fn scan_error(error: &ScanError) -> YamlError {
    YamlError::yaml(format_args!("line {}: {}", error.marker().line(), error.info()))
}

/// The text as UTF-8, after the checks that Go's reader makes of it.
fn decode_text(bytes: &[u8]) -> Result<Cow<'_, str>, YamlError> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(decode_utf16(rest, u16::from_le_bytes)?),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(decode_utf16(rest, u16::from_be_bytes)?),
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(decode_utf8(rest)?),
        _ => Cow::Borrowed(decode_utf8(bytes)?),
    };
    if text.chars().any(|c| !is_allowed(c)) {
        return Err(YamlError::control_characters());
    }
    Ok(text)
}

fn decode_utf8(bytes: &[u8]) -> Result<&str, YamlError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let first = bytes[error.valid_up_to()];
        YamlError::yaml(match error.error_len() {
            None => "incomplete UTF-8 octet sequence",
            Some(1) if !(0xc2..=0xf4).contains(&first) => "invalid leading UTF-8 octet",
            Some(_) => "invalid trailing UTF-8 octet",
        })
    })
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, YamlError> {
    let pairs = bytes.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Err(YamlError::yaml("incomplete UTF-16 character"));
    }
    char::decode_utf16(pairs.map(|pair| unit([pair[0], pair[1]])))
        .collect::<Result<String, _>>()
        .map_err(|_| YamlError::yaml("unexpected low surrogate area"))
}

/// Whether Go's reader lets a character into a document.
pub(super) fn is_allowed(c: char) -> bool {
    matches!(c,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A collection that is still being read.
enum Open {
    Sequence(NodeId),
    /// With the key that waits for its value.
    Mapping(NodeId, Option<NodeId>),
}

struct Composer<'a> {
    source: &'a str,
    document: Document,
    /// By the number that the parser gave the anchor.
    anchors: HashMap<usize, NodeId>,
    open: Vec<Open>,
}

impl Composer<'_> {
    /// Takes an event; answers whether the document is complete.
    fn take(&mut self, (event, span): (Event<'_>, Span)) -> Result<bool, YamlError> {
        match event {
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
            Event::StreamEnd | Event::DocumentEnd => return Ok(true),
            Event::Alias(anchor) => {
                let name = self.alias_name(span);
                let Some(&target) = self.anchors.get(&anchor) else {
                    return Err(YamlError::yaml(format_args!(
                        "unknown anchor '{name}' referenced"
                    )));
                };
                let id = self.document.add(Node::Alias { name, target });
                self.place(id);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = long_tag(tag.as_deref());
                let implicit = tag == "!" || tag.is_empty() && style == ScalarStyle::Plain;
                let text = text.into_owned();
                let id = self.document.add(Node::Scalar { text, implicit, tag });
                self.anchor(anchor, id);
                self.place(id);
            }
            Event::SequenceStart(anchor, _) => {
                let id = self.document.add(Node::Sequence(Vec::new()));
                self.open(anchor, id, Open::Sequence(id))?;
            }
            Event::MappingStart(anchor, _) => {
                let id = self.document.add(Node::Mapping(Vec::new()));
                self.open(anchor, id, Open::Mapping(id, None))?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
            }
        }
        Ok(false)
    }

    fn open(&mut self, anchor: usize, id: NodeId, open: Open) -> Result<(), YamlError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(YamlError::yaml(format_args!("exceeded max depth of {MAX_DEPTH}")));
        }
        self.anchor(anchor, id);
        self.place(id);
        self.open.push(open);
        Ok(())
    }

    fn anchor(&mut self, anchor: usize, id: NodeId) {
        // The parser counts anchors from 1.
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
    }

    /// Puts a node where it belongs: into the innermost open collection, or at the root.
    fn place(&mut self, id: NodeId) {
        match self.open.last_mut() {
            None => self.document.root = Some(id),
            Some(Open::Sequence(parent)) => {
                if let Node::Sequence(items) = &mut self.document.nodes[*parent] {
                    items.push(id);
                }
            }
            Some(Open::Mapping(parent, waiting)) => match waiting.take() {
                None => *waiting = Some(id),
                Some(key) => {
                    if let Node::Mapping(entries) = &mut self.document.nodes[*parent] {
                        entries.push((key, id));
                    }
                }
            },
        }
    }

    fn alias_name(&self, span: Span) -> String {
        let length = span.end.index().saturating_sub(span.start.index() + 1);
        self.source
            .chars()
            .skip(span.start.index() + 1)
            .take(length)
            .collect()
    }
}

fn long_tag(tag: Option<&Tag>) -> String {
    tag.map(|tag| format!("{}{}", tag.handle, tag.suffix))
        .unwrap_or_default()
}
