//! The manifest of a revision as text: documents that each name the template they came from.

use crate::chart::goyaml;
use crate::chart::manifest::{ManifestObject, ObjectKey};
use serde_json::Value as Json;
use std::fmt::Write as _;
use std::sync::Arc;
use thiserror::Error;

/// A recorded manifest that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the document of {origin} in a recorded manifest cannot be read: {reason}")]
pub struct ManifestUnreadable {
    /// The template it came from.
    pub origin: String,
    /// Why not.
    pub reason: String,
}

/// The text of a manifest, as Helm writes it.
#[must_use]
pub fn join<'a>(objects: impl IntoIterator<Item = &'a ManifestObject>) -> String {
    let mut text = String::new();
    for object in objects {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "---\n# Source: {}\n{}",
            object.source,
            object.text.trim_end_matches('\n')
        );
    }
    text
}

/// The objects of a manifest's text. Documents without content are left out, as Helm does.
pub fn split(manifest: &str) -> Result<Vec<ManifestObject>, ManifestUnreadable> {
    documents(manifest)
        .into_iter()
        .filter_map(|document| object(&document).transpose())
        .collect()
}

/// The texts between the lines `---`.
fn documents(manifest: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in manifest.lines() {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            documents.push(String::new());
        } else if let Some(document) = documents.last_mut() {
            document.push_str(line);
            document.push('\n');
        }
    }
    documents
}

fn object(document: &str) -> Result<Option<ManifestObject>, ManifestUnreadable> {
    let (source, text) = match document.split_once('\n') {
        Some((first, rest)) if first.starts_with("# Source: ") => (first["# Source: ".len()..].trim(), rest),
        _ => ("", document),
    };
    let fail = |reason: String| ManifestUnreadable {
        origin: source.to_owned(),
        reason,
    };
    let body = goyaml::parse(text.as_bytes()).map_err(|error| fail(error.to_string()))?;
    if body.is_null() {
        return Ok(None);
    }
    let field = |pointer: &str| {
        body.pointer(pointer)
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let key = ObjectKey {
        api_version: field("/apiVersion"),
        kind: field("/kind"),
        namespace: Some(field("/metadata/namespace")).filter(|namespace| !namespace.is_empty()),
        name: field("/metadata/name"),
    };
    if key.kind.is_empty() || key.name.is_empty() {
        return Err(fail("it names no kind or no name".to_owned()));
    }
    Ok(Some(ManifestObject {
        key,
        source: source.to_owned(),
        text: text.trim_end_matches('\n').into(),
        body: Arc::new(body),
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEXT: &str = "---\n# Source: c/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  text: |\n    one\n    --- not a break\n---\n# Source: c/templates/b.yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: b\n  namespace: elsewhere\n";

    #[test]
    fn a_manifest_splits_into_objects_and_joins_to_the_same_text() {
        let objects = split(TEXT).unwrap();
        let names: Vec<String> = objects.iter().map(|o| o.key.to_string()).collect();
        assert_eq!(names, ["ConfigMap/a", "Service/b"]);
        assert_eq!(objects[0].source, "c/templates/a.yaml");
        assert_eq!(objects[1].key.namespace.as_deref(), Some("elsewhere"));
        assert_eq!(join(&objects), TEXT);
    }

    #[test]
    fn empty_documents_are_left_out_and_broken_ones_are_errors() {
        assert_eq!(split("---\n# Source: x\n# only a comment\n---\n").unwrap(), []);
        assert!(split("a: [").is_err());
    }
}
