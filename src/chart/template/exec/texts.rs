//! What texts were read as: values are rendered again and again with the same templates in them, and templates hand
//! each other the same few documents as text.

use super::set::ROOT_NAME;
use crate::chart::goyaml::{self, YamlError};
use crate::chart::template::ast::Tree;
use crate::chart::template::parse::{ParseError, parse};
use crate::chart::value::Str;
use foldhash::HashMap;
use serde_json::Value as Json;
use std::sync::{Arc, Mutex, PoisonError};

/// More texts than a chart has; generated ones must not fill the memory.
const MAX_TEMPLATES: usize = 4096;
const MAX_DOCUMENTS: usize = 512;
/// Longer documents are those of files, which are read once.
const MAX_DOCUMENT: usize = 4096;

/// The texts that templates had read before.
#[derive(Debug, Default)]
pub(crate) struct TextCache {
    /// Of `tpl`.
    templates: Known<Arc<[Arc<Tree>]>>,
    /// Of `fromYaml` and `fromYamlArray`.
    documents: Known<Arc<Json>>,
}

impl TextCache {
    /// The trees of a text of `tpl`, that of the text itself last.
    pub(super) fn templates(&self, text: &Str) -> Result<Arc<[Arc<Tree>]>, ParseError> {
        self.templates.get_or_read(text, MAX_TEMPLATES, || {
            Ok(parse(&Arc::from(ROOT_NAME), text)?.into())
        })
    }

    /// How many documents are known.
    #[cfg(test)]
    pub(super) fn documents(&self) -> usize {
        self.documents
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// The first YAML document of a text.
    pub(super) fn document(&self, text: &Str) -> Result<Arc<Json>, YamlError> {
        // With aliases a short text is a large document.
        if text.len() > MAX_DOCUMENT || text.contains(&b'*') {
            return read_document(text);
        }
        self.documents
            .get_or_read(text, MAX_DOCUMENTS, || read_document(text))
    }
}

pub(super) fn read_document(text: &Str) -> Result<Arc<Json>, YamlError> {
    goyaml::parse(text).map(Arc::new)
}

/// What each text was read as.
#[derive(Debug)]
struct Known<T>(Mutex<HashMap<Str, T>>);

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Known<T> {
    /// Forgets all once there are `most`.
    fn get_or_read<E>(&self, text: &Str, most: usize, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(text) {
            return Ok(known.clone());
        }
        let new = read()?;
        if known.len() >= most {
            known.clear();
        }
        known.insert(text.clone(), new.clone());
        Ok(new)
    }
}
