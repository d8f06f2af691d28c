//! Why an apply is refused, in the API server's words.

use super::fields::FieldPath;
use super::managed::Operation;
use std::fmt::Write as _;

/// A field that another manager owns and that the applied configuration sets to something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The manager that owns it: `kubectl-edit`.
    pub manager: String,
    /// How that manager wrote it.
    pub operation: Operation,
    /// The subresource that it wrote through; empty for the object itself.
    pub subresource: String,
    /// The version in which it wrote.
    pub api_version: String,
    /// When that was, in RFC 3339, where it is known.
    pub time: Option<String>,
    /// The field.
    pub path: FieldPath,
}

impl Conflict {
    /// The manager as the API server prints it: `"kubectl-edit" using apps/v1`.
    #[must_use]
    pub fn manager_words(&self) -> String {
        let mut words = format!("{:?}", self.manager);
        if !self.subresource.is_empty() {
            let _ = write!(words, " with subresource {:?}", self.subresource);
        }
        if self.operation == Operation::Update {
            let _ = write!(words, " using {}", self.api_version);
        }
        words
    }
}

/// Why an apply is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ApplyError {
    /// Other managers own fields that it would change; HTTP 409. Sorted by manager, then by field.
    #[error("{}", conflict_words(.0))]
    Conflicts(Vec<Conflict>),
    /// The configuration does not fit the schema.
    #[error("{path}: {message}")]
    Schema {
        /// Where, as the API server writes it: `.spec.foo`.
        path: String,
        /// What is wrong there.
        message: String,
    },
    /// The request makes no sense as an apply; HTTP 400.
    #[error("{0}")]
    BadRequest(String),
}

/// The message of the `Status` that the API server answers conflicts with.
fn conflict_words(conflicts: &[Conflict]) -> String {
    if let [only] = conflicts {
        return format!(
            "Apply failed with 1 conflict: conflict with {}: {}",
            only.manager_words(),
            only.path
        );
    }
    let mut words = format!("Apply failed with {} conflicts: ", conflicts.len());
    let mut said: Option<String> = None;
    for conflict in conflicts {
        let manager = conflict.manager_words();
        if said.as_ref() != Some(&manager) {
            if said.is_some() {
                words.push('\n');
            }
            let _ = write!(words, "conflicts with {manager}:");
            said = Some(manager);
        }
        let _ = write!(words, "\n- {}", conflict.path);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::fields::PathElement;

    fn conflict(manager: &str, operation: Operation, subresource: &str, field: &str) -> Conflict {
        Conflict {
            manager: manager.into(),
            operation,
            subresource: subresource.into(),
            api_version: "apps/v1".into(),
            time: None,
            path: [PathElement::field("spec"), PathElement::field(field)]
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn one_conflict_is_said_in_one_line() {
        let error = ApplyError::Conflicts(vec![conflict("hpa", Operation::Update, "scale", "replicas")]);
        assert_eq!(
            error.to_string(),
            "Apply failed with 1 conflict: conflict with \"hpa\" with subresource \"scale\" using apps/v1: .spec.replicas"
        );
    }

    #[test]
    fn several_are_grouped_by_manager() {
        let error = ApplyError::Conflicts(vec![
            conflict("a", Operation::Apply, "", "paused"),
            conflict("a", Operation::Apply, "", "replicas"),
            conflict("b", Operation::Update, "", "replicas"),
        ]);
        assert_eq!(
            error.to_string(),
            "Apply failed with 3 conflicts: conflicts with \"a\":\n- .spec.paused\n- .spec.replicas\n\
             conflicts with \"b\" using apps/v1:\n- .spec.replicas"
        );
    }
}
