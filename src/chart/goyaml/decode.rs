//! From a tree of nodes to JSON: resolution, merge keys, aliases and keys, as goyaml v2 decodes into an interface.

use super::compose::{Document, Node, NodeId};
use super::resolve::{self, Resolved};
use super::{YamlError, gosyntax, number};
use base64::Engine as _;
use serde_json::{Map, Value as Json};
use std::collections::HashSet;

const LONG_TAG: &str = "tag:yaml.org,2002:";

/// Decodes a document. An empty one is null.
pub(super) fn to_json(document: &Document<'_>) -> Result<Json, YamlError> {
    let mut decoder = Decoder {
        document,
        aliases: HashSet::new(),
        decoded: 0,
        through_aliases: 0,
        beyond_json: None,
    };
    let value = match document.root() {
        Some(root) => decoder.value(root)?,
        None => Json::Null,
    };
    decoder.beyond_json.map_or(Ok(value), Err)
}

struct Decoder<'a> {
    document: &'a Document<'a>,
    /// The aliases that are being followed, against one that contains itself.
    aliases: HashSet<NodeId>,
    decoded: u64,
    through_aliases: u64,
    /// The first thing that YAML has and JSON has not. Go finds it after everything else.
    beyond_json: Option<YamlError>,
}

impl Decoder<'_> {
    fn value(&mut self, id: NodeId) -> Result<Json, YamlError> {
        self.count()?;
        match self.document.node(id) {
            Node::Alias { name, target } => self.through_alias(id, name, |decoder| decoder.value(*target)),
            Node::Scalar { text, implicit, tag } => match scalar(text, *implicit, tag)? {
                Scalar::Text(text) => Ok(Json::String(text)),
                Scalar::Resolved(resolved) => {
                    Ok(json(resolved, text).unwrap_or_else(|error| self.put_off(error)))
                }
            },
            Node::Sequence(items) => items.iter().map(|item| self.value(*item)).collect(),
            Node::Mapping(entries) => {
                let mut map = Map::new();
                self.entries(entries, &mut map)?;
                Ok(Json::Object(map))
            }
        }
    }

    /// Follows an alias with what is to be done behind it.
    fn through_alias<T>(
        &mut self,
        id: NodeId,
        name: &str,
        follow: impl FnOnce(&mut Self) -> Result<T, YamlError>,
    ) -> Result<T, YamlError> {
        if !self.aliases.insert(id) {
            return Err(YamlError::yaml(format_args!(
                "anchor '{name}' value contains itself"
            )));
        }
        let result = follow(self);
        self.aliases.remove(&id);
        result
    }

    /// Counts what is decoded, and stops a document that grows out of its aliases ("billion laughs").
    fn count(&mut self) -> Result<(), YamlError> {
        self.decoded += 1;
        if !self.aliases.is_empty() {
            self.through_aliases += 1;
        }
        if self.through_aliases > 100
            && self.decoded > 1000
            && self.share_of_aliases() > allowed_share(self.decoded)
        {
            return Err(YamlError::yaml("document contains excessive aliasing"));
        }
        Ok(())
    }

    fn share_of_aliases(&self) -> f64 {
        ratio(self.through_aliases) / ratio(self.decoded)
    }

    fn entries(
        &mut self,
        entries: &[(NodeId, NodeId)],
        map: &mut Map<String, Json>,
    ) -> Result<(), YamlError> {
        for &(key, value) in entries {
            if self.is_merge(key) {
                self.merge(value, map)?;
                continue;
            }
            let key = self.key(key, value)?;
            let value = self.value(value)?;
            map.insert(key, value);
        }
        Ok(())
    }

    fn is_merge(&self, key: NodeId) -> bool {
        matches!(self.document.node(key), Node::Scalar { text, implicit, tag }
            if text == "<<" && (*implicit || tag.strip_prefix(LONG_TAG) == Some("merge")))
    }

    /// Merges what `<<` names: a map, or maps of which the earlier ones win.
    fn merge(&mut self, value: NodeId, map: &mut Map<String, Json>) -> Result<(), YamlError> {
        match self.document.node(value) {
            Node::Sequence(items) => items.iter().rev().try_for_each(|item| self.merge_one(*item, map)),
            _ => self.merge_one(value, map),
        }
    }

    fn merge_one(&mut self, value: NodeId, map: &mut Map<String, Json>) -> Result<(), YamlError> {
        self.count()?;
        match self.document.node(value) {
            Node::Mapping(entries) => self.entries(entries, map),
            Node::Alias { name, target } => match self.document.node(*target) {
                Node::Mapping(entries) => self.through_alias(value, name, |decoder| {
                    decoder.count()?;
                    decoder.entries(entries, map)
                }),
                _ => Err(wants_map()),
            },
            _ => Err(wants_map()),
        }
    }

    /// A key as the string that it becomes in JSON.
    fn key(&mut self, key: NodeId, value: NodeId) -> Result<String, YamlError> {
        self.count()?;
        let mut id = key;
        while let Node::Alias { target, .. } = self.document.node(id) {
            self.count()?;
            id = *target;
        }
        let Node::Scalar { text, implicit, tag } = self.document.node(id) else {
            return Err(YamlError::yaml(format_args!(
                "invalid map key: {}",
                gosyntax::of_json(&self.value(id)?)
            )));
        };
        Ok(match scalar(text, *implicit, tag)? {
            Scalar::Text(text) => text,
            Scalar::Resolved(Resolved::Bool(truth)) => truth.to_string(),
            Scalar::Resolved(Resolved::Int(int)) => int.to_string(),
            Scalar::Resolved(Resolved::Float(float)) => float_key(float),
            Scalar::Resolved(Resolved::Timestamp | Resolved::Str) => text.clone().into_owned(),
            Scalar::Resolved(Resolved::Uint(int)) => {
                self.unsupported_key("uint64", &format!("{int:#x}"), value)?;
                text.clone().into_owned()
            }
            Scalar::Resolved(Resolved::Null) => {
                self.unsupported_key("%!s(<nil>)", "<nil>", value)?;
                text.clone().into_owned()
            }
        })
    }

    /// Notes what JSON cannot hold; the document is decoded to its end without it.
    fn put_off(&mut self, error: YamlError) -> Json {
        self.beyond_json.get_or_insert(error);
        Json::Null
    }

    fn unsupported_key(&mut self, kind: &str, key: &str, value: NodeId) -> Result<(), YamlError> {
        let value = gosyntax::of_json(&self.value(value)?);
        self.put_off(YamlError::Convert(format!(
            "unsupported map key of type: {kind}, key: {key}, value: {value}"
        )));
        Ok(())
    }
}

fn wants_map() -> YamlError {
    YamlError::yaml("map merge requires map or sequence of maps as the value")
}

/// The float with which Go compares shares; counts stay far below what it can hold exactly.
#[allow(clippy::cast_precision_loss)]
const fn ratio(count: u64) -> f64 {
    count as f64
}

/// The share of what is decoded that may come from aliases: 99 % in a small document, 10 % in a huge one.
fn allowed_share(decoded: u64) -> f64 {
    const LOW: u64 = 400_000;
    const HIGH: u64 = 4_000_000;
    match decoded {
        ..=LOW => 0.99,
        HIGH.. => 0.10,
        _ => 0.99 - 0.89 * (ratio(decoded - LOW) / ratio(HIGH - LOW)),
    }
}

enum Scalar {
    Text(String),
    Resolved(Resolved),
}

fn scalar(text: &str, implicit: bool, tag: &str) -> Result<Scalar, YamlError> {
    let Some(short) = tag.strip_prefix(LONG_TAG) else {
        // Tags of one's own leave the text as it is.
        return Ok(if tag.is_empty() && implicit {
            match resolve::plain(text) {
                Resolved::Str => Scalar::Text(text.to_owned()),
                resolved => Scalar::Resolved(resolved),
            }
        } else {
            Scalar::Text(text.to_owned())
        });
    };
    match short {
        "bool" | "int" | "float" | "null" | "timestamp" => tagged(text, short).map(Scalar::Resolved),
        "binary" => base64::engine::general_purpose::STANDARD
            .decode(text.replace(['\r', '\n'], ""))
            .map(|bytes| Scalar::Text(go_string(&bytes)))
            .map_err(|_| YamlError::yaml("!!binary value contains invalid base64 data")),
        _ => Ok(Scalar::Text(text.to_owned())),
    }
}

fn tagged(text: &str, wanted: &str) -> Result<Resolved, YamlError> {
    let resolved = resolve::tagged(text, wanted == "timestamp");
    match resolved {
        _ if resolved.tag().strip_prefix("!!") == Some(wanted) => Ok(resolved),
        #[allow(clippy::cast_precision_loss)] // as Go converts it
        Resolved::Int(int) if wanted == "float" => Ok(Resolved::Float(int as f64)),
        _ => Err(YamlError::yaml(format_args!(
            "cannot decode {} `{text}` as a !!{wanted}",
            resolved.tag()
        ))),
    }
}

/// Bytes as Go's JSON writes them: what is no UTF-8 becomes a replacement character, byte by byte.
fn go_string(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n(
            char::REPLACEMENT_CHARACTER,
            chunk.invalid().len(),
        ));
    }
    text
}

/// A text that stands without quotes and without a tag, null where it is not to be kept; `None` where JSON has no such
/// value.
pub(super) fn plain(text: &str, keep: bool) -> Option<Json> {
    match resolve::plain(text) {
        Resolved::Str | Resolved::Timestamp if !keep => Some(Json::Null),
        resolved => json(resolved, text).ok(),
    }
}

fn json(resolved: Resolved, text: &str) -> Result<Json, YamlError> {
    Ok(match resolved {
        Resolved::Null => Json::Null,
        Resolved::Bool(truth) => Json::Bool(truth),
        Resolved::Int(int) => Json::from(int),
        Resolved::Uint(int) => Json::from(int),
        Resolved::Float(float) => {
            let number = number::from_float(float).ok_or_else(|| {
                YamlError::Convert(format!(
                    "json: unsupported value: {}",
                    super::super::gojson::float_g(float, 64)
                ))
            })?;
            Json::Number(number)
        }
        Resolved::Timestamp | Resolved::Str => Json::String(text.to_owned()),
    })
}

/// A float as a key: Go writes it with the precision of a short one.
fn float_key(float: f64) -> String {
    match super::super::gojson::float_g(float, 32).as_str() {
        "+Inf" => ".inf".to_owned(),
        "-Inf" => "-.inf".to_owned(),
        "NaN" => ".nan".to_owned(),
        text => text.to_owned(),
    }
}
