//! From tokens to a tree of nodes with its anchors: the grammar of YAML 1.1, by recursive descent.

use super::YamlError;
use super::scan::{Kind, Mark, Scanner, Token};
use std::borrow::Cow;
use std::collections::HashMap;

/// How deep nodes may lie in one another. Go allows 10,000, which would need a stack that no thread of ours has.
const MAX_DEPTH: usize = 500;

/// The prefix of the tags that begin with two exclamation marks.
const STANDARD_TAG: &str = "tag:yaml.org,2002:";

/// The first document of a stream.
#[derive(Debug, Default)]
pub(super) struct Document<'a> {
    nodes: Vec<Node<'a>>,
    root: Option<NodeId>,
}

/// A node's place in its document.
pub(super) type NodeId = usize;

/// A key and its value.
pub(super) type Pair = (NodeId, NodeId);

/// A node as it was written.
#[derive(Debug)]
pub(super) enum Node<'a> {
    Scalar {
        text: Cow<'a, str>,
        /// Written without quotes, or with the tag `!`.
        implicit: bool,
        /// The tag in its long form; empty without one.
        tag: String,
    },
    Sequence(Vec<NodeId>),
    Mapping(Vec<Pair>),
    Alias {
        name: String,
        target: NodeId,
    },
}

impl<'a> Document<'a> {
    /// The node at the top; none in an empty stream.
    pub(super) const fn root(&self) -> Option<NodeId> {
        self.root
    }

    pub(super) fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id]
    }

    fn add(&mut self, node: Node<'a>) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }
}

/// Reads the first document; what follows it is not looked at. `text` is what [`decode_text`] answered.
pub(super) fn first_document(text: &str) -> Result<Document<'_>, YamlError> {
    let mut composer = Composer {
        scanner: Scanner::new(text),
        document: Document::default(),
        anchors: HashMap::new(),
        handles: HashMap::new(),
        depth: 0,
    };
    composer.document.root = composer.document()?;
    Ok(composer.document)
}

/// The text as UTF-8, after the checks that Go's reader makes of it.
pub(super) fn decode_text(bytes: &[u8]) -> Result<Cow<'_, str>, YamlError> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(decode_utf16(rest, u16::from_le_bytes)?),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(decode_utf16(rest, u16::from_be_bytes)?),
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(decode_utf8(rest)?),
        _ => Cow::Borrowed(decode_utf8(bytes)?),
    };
    check_text(&text)?;
    Ok(text)
}

/// As [`decode_text`], for a text that is UTF-8.
pub(super) fn checked_text(text: &str) -> Result<&str, YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_text(text)?;
    Ok(text)
}

fn check_text(text: &str) -> Result<(), YamlError> {
    if is_plain_ascii(text) || has_allowed_alone(text) {
        Ok(())
    } else {
        Err(YamlError::control_characters())
    }
}

/// Whether each character is an allowed one, by the bytes that those that are not begin with.
fn has_allowed_alone(text: &str) -> bool {
    let bytes = text.as_bytes();
    let allowed = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t' | b'\r' | 0x80..);
    let follows = |first: u8, wrong: fn(&[u8]) -> bool| {
        memchr::memchr_iter(first, bytes).any(|at| bytes.get(at + 1..).is_some_and(wrong))
    };
    bytes.iter().fold(true, |all, byte| all & allowed(*byte))
        // Control characters from U+0080 on, but for the next-line character, and U+FFFE and U+FFFF.
        && !follows(0xc2, |after| matches!(after, [0x80..=0x84 | 0x86..=0x9f, ..]))
        && !follows(0xef, |after| matches!(after, [0xbf, 0xbe | 0xbf, ..]))
}

/// Whether a text consists of printable ASCII and line feeds: most texts do, and need no closer look.
pub(super) fn is_plain_ascii(text: &str) -> bool {
    // Without an early end, so that many bytes are looked at in one step.
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n');
    text.bytes().fold(true, |all, byte| all & plain(byte))
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

struct Composer<'a> {
    scanner: Scanner<'a>,
    document: Document<'a>,
    anchors: HashMap<String, NodeId>,
    /// The prefixes that the handles of tags stand for.
    handles: HashMap<String, String>,
    depth: usize,
}

/// Where a node stands, which decides what it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In a block.
    Block,
    /// In a map in a block, where a sequence need not be set in.
    BlockMapping,
    /// In brackets or braces.
    Flow,
}

/// An error of the grammar. Go counts its lines from 0, and leaves the first one out.
fn error(problem: &str, at: Mark) -> YamlError {
    match at.line {
        0 => YamlError::yaml(problem),
        line => YamlError::yaml(format_args!("line {line}: {problem}")),
    }
}

impl<'a> Composer<'a> {
    fn peek(&mut self) -> Result<&Kind<'a>, YamlError> {
        self.scanner.peek().map(|token| &token.kind)
    }

    fn here(&mut self) -> Result<Mark, YamlError> {
        self.scanner.peek().map(|token| token.start)
    }

    /// Takes the next token if it is this one.
    fn take_if(&mut self, kind: &Kind<'_>) -> Result<bool, YamlError> {
        let is_it = self.peek()? == kind;
        if is_it {
            self.scanner.take();
        }
        Ok(is_it)
    }

    fn document(&mut self) -> Result<Option<NodeId>, YamlError> {
        let root = match self.peek()? {
            Kind::StreamEnd => return Ok(None),
            Kind::Version(..) | Kind::TagDirective(..) | Kind::DocumentStart => {
                self.directives()?;
                let at = self.here()?;
                if !self.take_if(&Kind::DocumentStart)? {
                    return Err(error("did not find expected <document start>", at));
                }
                match self.peek()? {
                    Kind::Version(..)
                    | Kind::TagDirective(..)
                    | Kind::DocumentStart
                    | Kind::DocumentEnd
                    | Kind::StreamEnd => self.empty(),
                    _ => self.node(Place::Block)?,
                }
            }
            _ => self.node(Place::Block)?,
        };
        // Whatever stands behind the document must at least be a token.
        self.peek()?;
        Ok(Some(root))
    }

    fn directives(&mut self) -> Result<(), YamlError> {
        let mut version_seen = false;
        loop {
            let token = self.scanner.peek()?.clone();
            match token.kind {
                Kind::Version(..) if version_seen => {
                    return Err(error("found duplicate %YAML directive", token.start));
                }
                Kind::Version(1, 1) => version_seen = true,
                Kind::Version(..) => return Err(error("found incompatible YAML document", token.start)),
                Kind::TagDirective(handle, prefix) => {
                    if self.handles.insert(handle, prefix).is_some() {
                        return Err(error("found duplicate %TAG directive", token.start));
                    }
                }
                _ => return Ok(()),
            }
            self.scanner.take();
        }
    }

    fn empty(&mut self) -> NodeId {
        self.document.add(Node::Scalar {
            text: Cow::Borrowed(""),
            implicit: true,
            tag: String::new(),
        })
    }

    fn node(&mut self, place: Place) -> Result<NodeId, YamlError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(YamlError::yaml(format_args!("exceeded max depth of {MAX_DEPTH}")));
        }
        let node = self.node_within(place);
        self.depth -= 1;
        node
    }

    fn node_within(&mut self, place: Place) -> Result<NodeId, YamlError> {
        if let Kind::Alias(name) = self.peek()? {
            let name = name.clone();
            self.scanner.take();
            let Some(&target) = self.anchors.get(&name) else {
                return Err(YamlError::yaml(format_args!(
                    "unknown anchor '{name}' referenced"
                )));
            };
            return Ok(self.document.add(Node::Alias { name, target }));
        }
        let start = self.here()?;
        let (anchor, tag) = self.properties(start)?;
        let in_block = place != Place::Flow;
        match self.peek()? {
            Kind::BlockEntry if place == Place::BlockMapping => {
                self.sequence(anchor, Self::entries_without_indentation)
            }
            Kind::Scalar { .. } => Ok(self.scalar(anchor, tag)),
            Kind::FlowSequenceStart => self.sequence(anchor, Self::flow_entries),
            Kind::FlowMappingStart => self.mapping(anchor, Self::flow_pairs),
            Kind::BlockSequenceStart if in_block => self.sequence(anchor, Self::block_entries),
            Kind::BlockMappingStart if in_block => self.mapping(anchor, Self::block_pairs),
            _ if anchor.is_some() || !tag.is_empty() => {
                let implicit = tag.is_empty();
                let id = self.document.add(Node::Scalar {
                    text: Cow::Borrowed(""),
                    implicit,
                    tag,
                });
                self.remember(anchor, id);
                Ok(id)
            }
            _ => Err(error("did not find expected node content", self.here()?)),
        }
    }

    /// An anchor and a tag, in either order.
    fn properties(&mut self, start: Mark) -> Result<(Option<String>, String), YamlError> {
        let mut anchor = None;
        let mut tag = None;
        loop {
            match self.peek()? {
                Kind::Anchor(_) if anchor.is_none() => {}
                Kind::Tag(..) if tag.is_none() => {}
                _ => break,
            }
            match self.scanner.take() {
                Some(Token {
                    kind: Kind::Anchor(name),
                    ..
                }) => anchor = Some(name),
                Some(Token {
                    kind: Kind::Tag(handle, suffix),
                    start: at,
                }) => tag = Some((handle, suffix, at)),
                _ => break,
            }
        }
        let Some((handle, suffix, at)) = tag else {
            return Ok((anchor, String::new()));
        };
        let prefix = match (self.handles.get(&handle), handle.as_str()) {
            (Some(prefix), _) => prefix.as_str(),
            (None, "" | "!") => handle.as_str(),
            (None, "!!") => STANDARD_TAG,
            (None, _) => {
                let at = if at.line == 0 { start } else { at };
                return Err(error("found undefined tag handle", at));
            }
        };
        Ok((anchor, format!("{prefix}{suffix}")))
    }

    fn remember(&mut self, anchor: Option<String>, id: NodeId) {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
    }

    fn scalar(&mut self, anchor: Option<String>, tag: String) -> NodeId {
        let (text, plain) = match self.scanner.take().map(|token| token.kind) {
            Some(Kind::Scalar { text, plain }) => (text, plain),
            _ => (Cow::Borrowed(""), true),
        };
        let implicit = tag == "!" || tag.is_empty() && plain;
        let id = self.document.add(Node::Scalar { text, implicit, tag });
        self.remember(anchor, id);
        id
    }

    fn sequence(
        &mut self,
        anchor: Option<String>,
        read: fn(&mut Self, &mut Vec<NodeId>) -> Result<(), YamlError>,
    ) -> Result<NodeId, YamlError> {
        let id = self.document.add(Node::Sequence(Vec::new()));
        // Before its items, so that one that refers to it finds it.
        self.remember(anchor, id);
        let mut items = Vec::new();
        read(self, &mut items)?;
        self.document.nodes[id] = Node::Sequence(items);
        Ok(id)
    }

    fn mapping(
        &mut self,
        anchor: Option<String>,
        read: fn(&mut Self, &mut Vec<Pair>) -> Result<(), YamlError>,
    ) -> Result<NodeId, YamlError> {
        let id = self.document.add(Node::Mapping(Vec::new()));
        self.remember(anchor, id);
        let mut pairs = Vec::new();
        read(self, &mut pairs)?;
        self.document.nodes[id] = Node::Mapping(pairs);
        Ok(id)
    }

    fn block_entries(&mut self, items: &mut Vec<NodeId>) -> Result<(), YamlError> {
        self.scanner.take();
        loop {
            if self.take_if(&Kind::BlockEntry)? {
                let item = match self.peek()? {
                    Kind::BlockEntry | Kind::BlockEnd => self.empty(),
                    _ => self.node(Place::Block)?,
                };
                items.push(item);
            } else if self.take_if(&Kind::BlockEnd)? {
                return Ok(());
            } else {
                return Err(error("did not find expected '-' indicator", self.here()?));
            }
        }
    }

    /// The entries of a sequence that stands as deep as the key before it.
    fn entries_without_indentation(&mut self, items: &mut Vec<NodeId>) -> Result<(), YamlError> {
        while self.take_if(&Kind::BlockEntry)? {
            let item = match self.peek()? {
                Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd => self.empty(),
                _ => self.node(Place::Block)?,
            };
            items.push(item);
        }
        Ok(())
    }

    fn block_pairs(&mut self, pairs: &mut Vec<Pair>) -> Result<(), YamlError> {
        self.scanner.take();
        loop {
            if self.take_if(&Kind::Key)? {
                let key = self.block_half()?;
                let value = if self.take_if(&Kind::Value)? {
                    self.block_half()?
                } else {
                    self.empty()
                };
                pairs.push((key, value));
            } else if self.take_if(&Kind::BlockEnd)? {
                return Ok(());
            } else {
                return Err(error("did not find expected key", self.here()?));
            }
        }
    }

    /// A key or a value, which may be empty.
    fn block_half(&mut self) -> Result<NodeId, YamlError> {
        match self.peek()? {
            Kind::Key | Kind::Value | Kind::BlockEnd => Ok(self.empty()),
            _ => self.node(Place::BlockMapping),
        }
    }

    fn flow_entries(&mut self, items: &mut Vec<NodeId>) -> Result<(), YamlError> {
        self.scanner.take();
        let mut first = true;
        while *self.peek()? != Kind::FlowSequenceEnd {
            if !first && !self.take_if(&Kind::FlowEntry)? {
                return Err(error("did not find expected ',' or ']'", self.here()?));
            }
            first = false;
            match self.peek()? {
                Kind::FlowSequenceEnd => break,
                Kind::Key => {
                    let pair = self.mapping(None, Self::single_pair)?;
                    items.push(pair);
                }
                _ => {
                    let item = self.node(Place::Flow)?;
                    items.push(item);
                }
            }
        }
        self.scanner.take();
        Ok(())
    }

    /// A map of one pair that stands in a sequence without braces.
    fn single_pair(&mut self, pairs: &mut Vec<Pair>) -> Result<(), YamlError> {
        self.scanner.take();
        let key = match self.peek()? {
            Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd => {
                // goyaml takes the token along with the empty key.
                self.scanner.take();
                self.empty()
            }
            _ => self.node(Place::Flow)?,
        };
        let mut value = None;
        if self.take_if(&Kind::Value)? && !matches!(self.peek()?, Kind::FlowEntry | Kind::FlowSequenceEnd) {
            value = Some(self.node(Place::Flow)?);
        }
        let value = value.unwrap_or_else(|| self.empty());
        pairs.push((key, value));
        Ok(())
    }

    fn flow_pairs(&mut self, pairs: &mut Vec<Pair>) -> Result<(), YamlError> {
        self.scanner.take();
        let mut first = true;
        while *self.peek()? != Kind::FlowMappingEnd {
            if !first && !self.take_if(&Kind::FlowEntry)? {
                return Err(error("did not find expected ',' or '}'", self.here()?));
            }
            first = false;
            if *self.peek()? == Kind::FlowMappingEnd {
                break;
            }
            let pair = self.flow_pair()?;
            pairs.push(pair);
        }
        self.scanner.take();
        Ok(())
    }

    fn flow_pair(&mut self) -> Result<Pair, YamlError> {
        if !self.take_if(&Kind::Key)? {
            let key = self.node(Place::Flow)?;
            return Ok((key, self.empty()));
        }
        let key = match self.peek()? {
            Kind::Value | Kind::FlowEntry | Kind::FlowMappingEnd => self.empty(),
            _ => self.node(Place::Flow)?,
        };
        let mut value = None;
        if self.take_if(&Kind::Value)? && !matches!(self.peek()?, Kind::FlowEntry | Kind::FlowMappingEnd) {
            value = Some(self.node(Place::Flow)?);
        }
        let value = value.unwrap_or_else(|| self.empty());
        Ok((key, value))
    }
}
