//! Which chart is meant, as a person writes it, and how it is fetched where it lies elsewhere.

use std::path::PathBuf;

/// Which chart is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChartRequest {
    /// A folder, a .tgz archive, `oci://HOST/PATH`, the URL of an archive, or `REPOSITORY/NAME` with a repository that
    /// Helm knows.
    pub reference: String,
    /// The URL of a repository, where `reference` is the name of a chart in it.
    pub repository: Option<String>,
    /// The version, or a constraint that it must meet; the newest stable one where there is none.
    pub version: Option<String>,
    /// Whether the newest one may be a version before a release.
    pub devel: bool,
    /// Whether a registry is spoken to without TLS.
    pub plain_http: bool,
    /// A file with certificates to trust, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// The certificate that this side shows, as PEM.
    pub cert_file: Option<PathBuf>,
    /// The key of `cert_file`, as PEM.
    pub key_file: Option<PathBuf>,
    /// Whether a repository's credentials also go to other hosts that its index names.
    pub pass_credentials: bool,
}

impl ChartRequest {
    /// The chart at this reference, in its newest stable version.
    #[must_use]
    pub fn new(reference: impl Into<String>) -> Self {
        Self {
            reference: reference.into(),
            ..Self::default()
        }
    }

    /// The constraint that a version must meet.
    pub(super) fn constraint(&self) -> &str {
        match self.version.as_deref().map(str::trim) {
            None | Some("") if self.devel => ">0.0.0-0",
            None | Some("") => "*",
            Some(version) => version,
        }
    }
}
