//! Why YAML cannot be read, in the words of Go's libraries.

use thiserror::Error;

/// A document that cannot be read. Its text is what Helm prints for the same document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum YamlError {
    /// The text is no YAML, or means something that JSON cannot hold.
    #[error("error converting YAML to JSON: {0}")]
    Convert(String),
    /// The document is not of the kind that is wanted.
    #[error(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go value of type {wanted}"
    )]
    Unmarshal {
        /// What the document is: `array`, `string`, `number`, `bool`.
        found: &'static str,
        /// The Go type that was asked for.
        wanted: &'static str,
    },
}

impl YamlError {
    /// An error of the YAML library itself.
    pub(super) fn yaml(problem: impl std::fmt::Display) -> Self {
        Self::Convert(format!("yaml: {problem}"))
    }

    /// A character that no document may hold.
    pub(super) fn control_characters() -> Self {
        Self::yaml("control characters are not allowed")
    }
}
