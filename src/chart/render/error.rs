//! Why a render failed, in Helm's words.

use crate::error::{Error, ErrorKind};

/// Why a chart could not be rendered. The texts are those that Helm prints after `Error: `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The values and the chart do not go together.
    #[error("{0}")]
    Values(String),
    /// A template cannot be parsed, or failed while it ran.
    #[error("{message}")]
    Template {
        /// The chart at the root.
        chart: String,
        /// The file: `developer-mesh/charts/rest-api/templates/deployment.yaml`.
        template: String,
        /// The line in it, from 1; 0 where it is not known.
        line: usize,
        /// The byte in that line, from 0; `None` for what was found before the template ran.
        column: Option<usize>,
        /// The whole text as Helm words it, with the place and the expression.
        message: String,
    },
    /// A rendered document is no Kubernetes object.
    #[error("{message}")]
    Manifest {
        /// The file that it was rendered from.
        template: String,
        /// The whole text as Helm words it.
        message: String,
    },
}

impl From<RenderError> for Error {
    fn from(error: RenderError) -> Self {
        let wrapped = Self::new(ErrorKind::Chart, format!("cannot render the chart: {error}"));
        let hinted = match &error {
            RenderError::Values(_) => {
                wrapped.hint("check the values files, the profile and the --set arguments")
            }
            RenderError::Template { template, line, .. } if *line > 0 => wrapped.hint(format!(
                "look at line {line} of {template} and the values that it reads"
            )),
            RenderError::Template { template, .. } => wrapped.hint(format!("look at {template}")),
            RenderError::Manifest { template, .. } => wrapped.hint(format!(
                "look at what {template} renders to: each document needs an apiVersion and a kind"
            )),
        };
        hinted.caused_by(error)
    }
}
