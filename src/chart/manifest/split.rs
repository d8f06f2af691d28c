//! Splitting a rendered file into its documents.

use regex::Regex;
use std::sync::LazyLock;

/// Three dashes at the start of the text or of a line, with the white space around them.
static SEPARATOR: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|[\t\n\f\r ]*\n)---[\t\n\f\r ]*").ok());

/// The documents of a file in their order, trimmed, without the empty ones: Helm's `SplitManifests`.
///
/// It looks at lines alone: three dashes at the start of a line within a block of text separate too.
pub fn split(text: &str) -> impl Iterator<Item = &str> {
    let documents: Box<dyn Iterator<Item = &str>> = match SEPARATOR.as_ref() {
        Some(separator) => Box::new(separator.split(text.trim())),
        None => Box::new(std::iter::once(text.trim())),
    };
    documents.filter(|document| !document.is_empty()).map(str::trim)
}
