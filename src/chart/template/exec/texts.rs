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
const MAX_TEXTS: usize = 512;
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
        self.templates
            .get_or_read(text, || Ok(parse(&Arc::from(ROOT_NAME), text)?.into()))
    }

    /// The first YAML document of a text.
    pub(crate) fn document(&self, text: &Str) -> Result<Arc<Json>, YamlError> {
        let read = || goyaml::parse(text).map(Arc::new);
        if text.len() > MAX_DOCUMENT {
            return read();
        }
        self.documents.get_or_read(text, read)
    }
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
    fn get_or_read<E>(&self, text: &Str, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(text) {
            return Ok(known.clone());
        }
        let new = read()?;
        if known.len() >= MAX_TEXTS {
            known.clear();
        }
        known.insert(text.clone(), new.clone());
        Ok(new)
    }
}
