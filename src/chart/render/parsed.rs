//! The parsed templates of a chart, kept from render to render.

use crate::chart::template::Tree;
use crate::chart::template::parse::{ParseError, parse};
use crate::chart::value::Str;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The trees of one file: its own and those of the templates that it defines.
type Trees = Arc<[Arc<Tree>]>;

/// A file's content, and its trees.
type Parsed = (Arc<[u8]>, Trees);

/// Files by name with what was parsed from them. Which files a render takes depends on the values, so that each is
/// parsed when it is first needed.
#[derive(Debug, Default)]
pub(super) struct ParsedFiles {
    files: Mutex<HashMap<String, Parsed>>,
}

impl ParsedFiles {
    /// The trees of the file `name` with the content `data`.
    pub(super) fn trees(&self, name: &str, data: &Arc<[u8]>) -> Result<Trees, ParseError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        // Two subcharts of one name would be files of one name.
        if let Some((text, trees)) = files.get(name)
            && (Arc::ptr_eq(text, data) || text == data)
        {
            return Ok(Arc::clone(trees));
        }
        let trees: Trees = parse(&Arc::from(name), &Str::from(data))?.into();
        files.insert(name.to_owned(), (Arc::clone(data), Arc::clone(&trees)));
        Ok(trees)
    }
}
