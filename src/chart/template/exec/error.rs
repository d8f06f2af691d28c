//! How an execution fails.

use crate::chart::template::fmt::quote;

/// An execution that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExecError {
    /// The file, line and column of the outermost template, where they are known.
    pub(crate) place: Option<Place>,
    /// The whole text, as Go words it.
    pub(crate) text: String,
}

/// A place in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The byte in the line, from 0.
    pub(crate) column: usize,
}

impl ExecError {
    /// There is no template of this name.
    pub(super) fn missing(name: &[u8]) -> Self {
        Self {
            place: None,
            text: format!(
                "template: no template {} associated with template {}",
                quote(name, '"'),
                quote(super::set::ROOT_NAME.as_bytes(), '"')
            ),
        }
    }
}

/// What Helm puts around the message of `required` and `fail`, so that it finds it again in a chain of errors.
const FAIL_START: &str = "HELM_ERR_START";
const FAIL_END: &str = "HELM_ERR_END";

/// The message of `required` or `fail`, marked.
pub(crate) fn fail_text(message: &crate::chart::value::Str) -> String {
    format!("{FAIL_START}{message}{FAIL_END}")
}

impl ExecError {
    /// The text as Helm prints it: of a message of `required` or `fail` only that, with the place of the template.
    pub(crate) fn helm_text(&self) -> String {
        let marked = self.text.find(FAIL_START).zip(self.text.rfind(FAIL_END));
        let message = marked.and_then(|(start, end)| self.text.get(start + FAIL_START.len()..end));
        match (message, &self.place) {
            (Some(message), Some(Place { file, line, column })) => {
                format!("execution error at ({file}:{line}:{column}): {message}")
            }
            _ => self.text.clone(),
        }
    }
}
