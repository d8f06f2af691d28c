//! Why a chart cannot be loaded.

use crate::chart::goyaml::YamlError;
use crate::error::{Error, ErrorKind};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a chart cannot be loaded.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The chart lies in a registry or a repository.
    #[error(
        "`{0}` cannot be used: charts from registries and repositories are not supported in this version"
    )]
    Remote(String),
    /// Nothing lies at the path.
    #[error("there is no chart at {}", path.display())]
    Missing {
        /// The path that was given.
        path: PathBuf,
        /// Why it cannot be looked at.
        #[source]
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is no archive.
    #[error("{} is no gzipped archive, so it is no chart", .0.display())]
    NoArchive(PathBuf),
    /// The archive is damaged, or hides something.
    #[error("the chart archive is not safe to unpack: {0}")]
    Archive(String),
    /// The chart or a file in it is too large.
    #[error("{0}")]
    TooLarge(String),
    /// A file that is neither a regular one nor a folder, or a link that leads in a circle.
    #[error("cannot load {}: {what}", path.display())]
    Irregular {
        /// The file.
        path: PathBuf,
        /// What is the matter with it.
        what: &'static str,
    },
    /// A rule of `.helmignore` cannot be understood.
    #[error(".helmignore: {0}")]
    Ignore(String),
    /// The folder or archive has no Chart.yaml.
    #[error("Chart.yaml file is missing")]
    NoChartYaml,
    /// A file of the chart is no YAML.
    #[error("cannot load {file}: {source}")]
    Yaml {
        /// `Chart.yaml`, `values.yaml` or `Chart.lock`.
        file: &'static str,
        /// What is wrong with it.
        #[source]
        source: YamlError,
    },
    /// Chart.yaml says something that no chart can be.
    #[error("validation: {0}")]
    Invalid(String),
    /// A subchart cannot be loaded.
    #[error("error unpacking subchart {name} in {chart}: {source}")]
    Subchart {
        /// The file or folder in `charts/`.
        name: String,
        /// The parent.
        chart: String,
        /// Why.
        #[source]
        source: Box<SourceError>,
    },
    /// Subcharts are declared that do not lie in `charts/`.
    #[error("chart {chart}: found in Chart.yaml, but missing in charts/ directory: {}", missing.join(", "))]
    Dependencies {
        /// The chart.
        chart: String,
        /// The names of the missing ones.
        missing: Vec<String>,
    },
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        let wrapped = Self::new(ErrorKind::Chart, format!("cannot load the chart: {error}"));
        let hinted = match &error {
            SourceError::Remote(_) => wrapped
                .hint("fetch it with `helm pull` and give the .tgz file or its unpacked folder to --chart"),
            SourceError::Missing { .. } | SourceError::NoArchive(_) => {
                wrapped.hint("--chart takes a chart's folder or its .tgz archive")
            }
            SourceError::NoChartYaml => wrapped.hint("a chart's folder holds Chart.yaml at its top"),
            SourceError::Dependencies { .. } => {
                wrapped.hint("`helm dependency build` fetches them into charts/")
            }
            _ => wrapped,
        };
        hinted.caused_by(error)
    }
}
