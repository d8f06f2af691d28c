//! What `helm template` prints, taken apart, and two of those compared.

use serde_json::Value;
use similar::TextDiff;

/// One document of a manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The template it came from.
    pub source: String,
    /// Its text, without the line that names the source, and without blank lines at its ends: Helm 4 prints one more
    /// between documents than Helm 3.
    pub text: String,
}

impl Document {
    /// Its text as JSON.
    pub fn body(&self) -> Result<Value, String> {
        serde_yaml::from_str(&self.text)
            .map_err(|error| format!("{error} in {}:\n{}", self.source, self.text))
    }
}

/// The documents of a manifest, in its order.
pub fn documents(manifest: &str) -> Vec<Document> {
    let lead = format!("\n{manifest}");
    let pieces = lead.split("\n---\n# Source: ").skip(1);
    pieces
        .map(|piece| {
            let (source, text) = piece.split_once('\n').unwrap_or((piece, ""));
            Document {
                source: source.to_owned(),
                text: text.trim_matches('\n').to_owned(),
            }
        })
        .collect()
}

/// How two manifests differ: which documents only one has, then the first difference of a text. `None`: they do not.
pub fn difference(left: &[Document], right: &[Document]) -> Option<String> {
    let sources = |documents: &[Document]| -> String {
        let names: Vec<&str> = documents
            .iter()
            .map(|document| document.source.as_str())
            .collect();
        names.join("\n") + "\n"
    };
    let (left_sources, right_sources) = (sources(left), sources(right));
    if left_sources != right_sources {
        return Some(unified("the documents", &left_sources, &right_sources));
    }
    let mut pairs = left.iter().zip(right);
    let (left, right) = pairs.find(|(left, right)| left.text != right.text)?;
    Some(unified(&left.source, &left.text, &right.text))
}

fn unified(what: &str, left: &str, right: &str) -> String {
    let diff = TextDiff::from_lines(left, right);
    format!("{what}:\n{}", diff.unified_diff().context_radius(3))
}
