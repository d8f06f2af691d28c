//! Why YAML cannot be read, in the words of Go's libraries.

use serde_json::Value as Json;
use thiserror::Error;

/// A document that cannot be read. Its text is what Helm prints for the same document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum YamlError {
    /// The text is no YAML, or means something that JSON cannot hold.
    #[error("error converting YAML to JSON: {0}")]
    Convert(String),
    /// The document is not of the kind that is wanted.
    #[error("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into {wanted}")]
    Unmarshal {
        /// What was found: `array`, `object`, `string`, `number`, `bool`.
        found: &'static str,
        /// What Go wanted to read it into, with the type.
        wanted: String,
    },
}

impl YamlError {
    /// An error of the YAML library itself.
    pub(super) fn yaml(problem: impl std::fmt::Display) -> Self {
        Self::Convert(format!("yaml: {problem}"))
    }

    /// A document that is read as a map, and is none.
    pub(in crate::chart) fn no_object(found: &Json) -> Self {
        Self::unmarshal(found, "Go value of type map[string]interface {}")
    }

    /// An error of Go's JSON: `found` cannot be read `into` what Go has for it.
    pub(in crate::chart) fn unmarshal(found: &Json, into: &str) -> Self {
        Self::Unmarshal {
            found: match found {
                Json::Null => "null",
                Json::Bool(_) => "bool",
                Json::Number(_) => "number",
                Json::String(_) => "string",
                Json::Array(_) => "array",
                Json::Object(_) => "object",
            },
            wanted: into.to_owned(),
        }
    }

    /// A character that no document may hold.
    pub(super) fn control_characters() -> Self {
        Self::yaml("control characters are not allowed")
    }
}
