//! One document: its text, its JSON and its head.

use super::head::Head;
use super::{ManifestObject, ObjectKey};
use crate::chart::goyaml::{self, YamlError};
use foldhash::HashMap;
use serde_json::Value as Json;
use std::sync::Arc;
use thiserror::Error;

/// A document that cannot be read, as Helm words it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("YAML parse error on {template}: {source}")]
pub struct ManifestError {
    /// The file: `developer-mesh/charts/rest-api/templates/deployment.yaml`.
    pub template: String,
    /// What is wrong with it.
    #[source]
    pub source: YamlError,
}

/// A document that was read.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) text: Arc<str>,
    /// Null where only texts are wanted.
    body: Arc<Json>,
    pub(super) head: Arc<Head>,
    /// Whether it holds no object.
    pub(super) is_remark: bool,
}

impl Document {
    fn read(text: &str, wanted: Wanted) -> Result<Self, YamlError> {
        // Applied and recorded is the document with the line break that splitting has taken: a block of text at its end
        // keeps its own by it.
        let whole = format!("{text}\n");
        let fields: Option<&[&str]> = match wanted {
            Wanted::Bodies => None,
            Wanted::Texts => Some(&Head::FIELDS),
        };
        let body = goyaml::parse_text(&whole, fields)?;
        let head = Head::of(&body)?;
        Ok(Self {
            text: text.into(),
            is_remark: body.is_null(),
            body: match wanted {
                Wanted::Bodies => Arc::new(body),
                Wanted::Texts => Arc::default(),
            },
            head: Arc::new(head),
        })
    }

    pub(super) fn object(&self, source: &str) -> ManifestObject {
        ManifestObject {
            key: ObjectKey {
                api_version: self.head.api_version.clone(),
                kind: self.head.kind.clone(),
                namespace: self.head.namespace.clone(),
                name: self.head.name.clone(),
            },
            source: source.to_owned(),
            text: Arc::clone(&self.text),
            body: Arc::clone(&self.body),
        }
    }
}

/// What is wanted of documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wanted {
    /// Text and JSON.
    #[default]
    Bodies,
    /// The text alone; the JSON of large objects takes many times the memory.
    Texts,
}

/// Remembers documents by their text, so that a render that changes one object reads one document.
#[derive(Debug, Default)]
pub struct DocumentCache {
    wanted: Wanted,
    current: HashMap<Arc<str>, Document>,
    previous: HashMap<Arc<str>, Document>,
}

impl DocumentCache {
    /// An empty one for documents of which so much is wanted.
    #[must_use]
    pub fn of(wanted: Wanted) -> Self {
        Self {
            wanted,
            ..Self::default()
        }
    }

    /// Begins a new render: what the last one did not use is forgotten.
    pub fn turn(&mut self) {
        self.previous = std::mem::take(&mut self.current);
    }

    pub(super) fn read(&mut self, text: &str) -> Result<Document, YamlError> {
        if let Some(document) = self.current.get(text) {
            return Ok(document.clone());
        }
        let document = match self.previous.remove(text) {
            Some(document) => document,
            None => Document::read(text, self.wanted)?,
        };
        self.current.insert(Arc::clone(&document.text), document.clone());
        Ok(document)
    }
}
