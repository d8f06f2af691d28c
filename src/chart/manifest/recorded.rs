//! Reading back the text that a release records.

use super::document::{DocumentCache, ManifestError};
use super::{Manifest, assemble, split};

const SOURCE: &str = "# Source: ";

/// The objects of a manifest's text as [`Manifest::text`] and Helm write it, in their order. Hooks are recorded elsewhere.
///
/// A document without the line that names its template (a file of `crds/` may hold several) has that of the one before.
pub fn parse_recorded(text: &str) -> Result<Manifest, ManifestError> {
    let mut cache = DocumentCache::default();
    let mut manifest = Manifest::default();
    let mut source = "";
    for document in split(text) {
        let body = match document.strip_prefix(SOURCE) {
            None => document,
            Some(rest) => {
                let (path, body) = rest.split_once('\n').unwrap_or((rest, ""));
                source = path.trim_end();
                body
            }
        };
        let document = cache.read(body).map_err(|error| ManifestError {
            template: source.to_owned(),
            source: error,
        })?;
        assemble::add(&mut manifest, source, document);
    }
    Ok(manifest)
}
