//! Why a render failed, in Helm's words.

use crate::chart::manifest::ManifestError;
use crate::chart::template::exec::ExecError;
use crate::chart::template::parse::ParseError;
use crate::error::{Error, ErrorKind};

/// Why a chart could not be rendered. The texts are those that Helm prints after `Error: `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The values and the chart do not go together.
    #[error("{0}")]
    Values(String),
    /// The values do not meet the `values.schema.json` of the chart or of a subchart.
    #[error("{0}")]
    Schema(String),
    /// The chart is not made for the cluster.
    #[error("chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {found}")]
    KubeVersion {
        /// The constraint in Chart.yaml.
        wanted: String,
        /// The version of the cluster.
        found: String,
    },
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

impl RenderError {
    /// A template that cannot be parsed. Helm keeps the last part of the text alone.
    pub(super) fn parsing(chart: &str, error: &ParseError) -> Self {
        let text = error.to_string();
        let last = text.rsplit(": ").next().unwrap_or_default();
        Self::Template {
            chart: chart.to_owned(),
            template: error.name.clone(),
            line: error.line,
            column: None,
            message: format!("parse error at ({}:{}): {last}", error.name, error.line),
        }
    }

    /// A template that failed while it ran; `file` is the one that was rendered.
    pub(super) fn executing(chart: &str, file: &str, error: &ExecError) -> Self {
        let place = error.place.as_ref();
        Self::Template {
            chart: chart.to_owned(),
            template: place.map_or(file, |place| &place.file).to_owned(),
            line: place.map_or(0, |place| place.line),
            column: place.map(|place| place.column),
            message: error.helm_text(),
        }
    }
}

impl From<ManifestError> for RenderError {
    fn from(error: ManifestError) -> Self {
        Self::Manifest {
            message: error.to_string(),
            template: error.template,
        }
    }
}

impl From<RenderError> for Error {
    fn from(error: RenderError) -> Self {
        let wrapped = Self::new(ErrorKind::Chart, format!("cannot render the chart: {error}"));
        let hinted = match &error {
            RenderError::Values(_) => {
                wrapped.hint("check the values files, the profile and the --set arguments")
            }
            RenderError::Schema(_) => wrapped.hint("the schema is the chart's values.schema.json"),
            RenderError::KubeVersion { .. } => {
                wrapped.hint("choose a chart that supports the cluster's version")
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
