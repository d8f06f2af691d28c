//! From rendered files to a manifest: Helm's `SortManifests`.

use super::document::{Document, DocumentCache, ManifestError};
use super::hook::{self, Role};
use super::order::{INSTALL_ORDER, compare_kinds};
use super::{Manifest, Remark, split};

/// A manifest, and what Helm would say beside it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Assembled {
    /// Objects and hooks in the order of installation.
    pub manifest: Manifest,
    /// One sentence each, in Helm's words.
    pub warnings: Vec<String>,
}

/// Sorts the documents of rendered files, given as (path, text), into a manifest.
///
/// Files whose names begin with an underscore hold templates only and are left out, empty ones too. NOTES.txt must
/// not be among them.
pub fn assemble<'a, T: AsRef<str>>(
    files: impl IntoIterator<Item = (&'a str, T)>,
    cache: &mut DocumentCache,
) -> Result<Assembled, ManifestError> {
    cache.turn();
    let mut files: Vec<(&str, T)> = files.into_iter().filter(|(path, _)| !is_partial(path)).collect();
    files.sort_by_key(|(path, _)| *path);

    let mut assembled = Assembled::default();
    let mut parts: Vec<(&str, Document)> = Vec::new();
    for (path, text) in files {
        for text in split(text.as_ref()) {
            let document = cache.read(text).map_err(|source| ManifestError {
                template: path.to_owned(),
                source,
            })?;
            match hook::role(&document.head, &document.object(path)) {
                Role::Object => parts.push((path, document)),
                Role::Hook(hook) => assembled.manifest.hooks.push(hook),
                Role::Unknown(warning) => assembled.warnings.push(warning),
            }
        }
    }
    parts.sort_by(|(_, a), (_, b)| compare_kinds(&a.head.kind, &b.head.kind, &INSTALL_ORDER));
    for (path, document) in parts {
        add(&mut assembled.manifest, path, document);
    }
    assembled
        .manifest
        .hooks
        .sort_by(|a, b| compare_kinds(&a.object.key.kind, &b.object.key.kind, &INSTALL_ORDER));
    Ok(assembled)
}

fn is_partial(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with('_'))
}

/// Adds a document as the object that it holds, or as a remark where it holds none.
pub(super) fn add(manifest: &mut Manifest, source: &str, document: Document) {
    if document.is_remark {
        manifest.remarks.push(Remark {
            source: source.to_owned(),
            text: document.text,
            after: manifest.objects.len(),
        });
    } else {
        manifest.objects.push(document.object(source));
    }
}
