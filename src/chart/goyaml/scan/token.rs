//! What the scanner makes of the text.

use super::reader::Mark;
use std::borrow::Cow;

/// A token and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chart::goyaml) struct Token<'a> {
    pub(in crate::chart::goyaml) kind: Kind<'a>,
    pub(in crate::chart::goyaml) start: Mark,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chart::goyaml) enum Kind<'a> {
    StreamEnd,
    /// `%YAML`, with its two numbers.
    Version(u8, u8),
    /// `%TAG`, with the handle and the prefix.
    TagDirective(String, String),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    /// The handle and the suffix; a tag without a handle is whole in its suffix.
    Tag(String, String),
    Scalar {
        text: Cow<'a, str>,
        plain: bool,
    },
}
