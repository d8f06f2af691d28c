//! The parsed templates of a chart, kept from render to render.

use super::prepared::TemplateFile;
use crate::chart::template::Tree;
use crate::chart::template::parse::{ParseError, parse};
use crate::chart::value::Str;
use foldhash::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The trees of one file: its own and those of the templates that it defines.
pub(super) type Trees = Arc<[Arc<Tree>]>;

/// A file's content, and its trees.
type Parsed = (Arc<[u8]>, Trees);

/// Files by name with what was parsed from them. Which files a render takes depends on the values, so that each is
/// parsed when it is first needed.
#[derive(Debug, Default)]
pub(super) struct ParsedFiles {
    files: Mutex<HashMap<String, Parsed>>,
}

impl ParsedFiles {
    /// The trees of files, in their order.
    ///
    /// # Errors
    /// That of the first file that cannot be parsed.
    pub(super) fn trees(&self, files: &[TemplateFile]) -> Result<Vec<Trees>, ParseError> {
        let mut known = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::with_capacity(files.len());
        for file in files {
            // Two subcharts of one name would be files of one name.
            if let Some((data, trees)) = known.get(&file.name)
                && (Arc::ptr_eq(data, &file.data) || *data == file.data)
            {
                all.push(Arc::clone(trees));
                continue;
            }
            let trees: Trees = parse(&Arc::from(file.name.as_str()), &Str::from(&file.data))?.into();
            known.insert(file.name.clone(), (Arc::clone(&file.data), Arc::clone(&trees)));
            all.push(trees);
        }
        Ok(all)
    }
}
