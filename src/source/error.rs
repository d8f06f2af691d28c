//! Why a chart cannot be loaded.

use crate::chart::goyaml::YamlError;
use crate::error::{Error, ErrorKind};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a chart cannot be loaded.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The text is no reference to a chart.
    #[error("`{0}` is no reference to a chart")]
    Reference(String),
    /// Something cannot be fetched.
    #[error("cannot fetch {url}: {}", deepest(&**source))]
    Fetch {
        /// What was to be fetched, without credentials.
        url: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server answered something else.
    #[error("cannot fetch {url}: {answer}")]
    Refused {
        /// What was to be fetched, without credentials.
        url: String,
        /// What it answered.
        answer: String,
    },
    /// A server wants to know who asks, and does not accept what it was told.
    #[error("{0}")]
    Credentials(String),
    /// The certificates of the connection cannot be used.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
    /// What lies in a registry is no chart.
    #[error("{reference} is no chart: {why}")]
    NoChart {
        /// Where it lies.
        reference: String,
        /// What it is instead.
        why: String,
    },
    /// What was fetched is not what was promised.
    #[error("what was fetched from {place} is damaged: its digest is {found} and should be {expected}")]
    Digest {
        /// Where it lies.
        place: String,
        /// The digest that it should have.
        expected: String,
        /// The digest that it has.
        found: String,
    },
    /// No version meets what is wanted.
    #[error("no version of {chart} fits {wanted} in {place}")]
    NoVersion {
        /// The chart.
        chart: String,
        /// The version or the constraint.
        wanted: String,
        /// The registry or the index.
        place: String,
    },
    /// A repository does not have the chart.
    #[error("there is no chart {chart} in {url}")]
    NotInIndex {
        /// The chart.
        chart: String,
        /// The index.
        url: String,
    },
    /// A file of a repository, or Helm's list of them, cannot be used.
    #[error("cannot use {url}: {why}")]
    Index {
        /// Where it lies.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// Helm's list of repositories does not have the name.
    #[error("repo {0} not found")]
    UnknownRepository(String),
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

/// The innermost cause: the outer ones say no more than that something failed.
fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        let wrapped = Self::new(ErrorKind::Chart, format!("cannot load the chart: {error}"));
        let hinted = match &error {
            SourceError::Reference(_) => wrapped.hint(
                "a chart is named by its folder, its .tgz archive, oci://HOST/PATH, the URL of an archive, or REPOSITORY/NAME",
            ),
            SourceError::Credentials(_) => wrapped.hint(
                "`helm registry login HOST` stores credentials that can be read; or fetch the chart with `helm pull` and give the .tgz file",
            ),
            SourceError::UnknownRepository(_) => {
                wrapped.hint("`helm repo add NAME URL` makes it known, or give its address with --repo")
            }
            SourceError::NoVersion { .. } => {
                wrapped.hint("--chart-version takes a version or a constraint such as ^1.2; --devel also takes versions before a release")
            }
            SourceError::Fetch { .. } | SourceError::Refused { .. } => {
                wrapped.hint("check the address and the network; $HTTPS_PROXY and $NO_PROXY are heeded")
            }
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
