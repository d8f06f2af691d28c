//! Arguments that several commands share, defined once.

use crate::source::ChartRequest;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Which chart, and which values for it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Chart and values")]
pub struct ValuesArgs {
    /// Start from this profile (local, staging, production, or one of your own)
    #[arg(short, long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Use another chart than the embedded one: a folder, a .tgz archive, an OCI reference, the URL of an archive,
    /// REPOSITORY/NAME as `helm repo add` made it known, or a name with --repo
    #[arg(long, value_name = "CHART")]
    pub chart: Option<String>,
    /// How a chart is fetched that lies elsewhere.
    #[command(flatten)]
    pub fetch: FetchArgs,
    /// Read values from a YAML file, or from a URL (can be given several times; the last one wins)
    #[arg(short = 'f', long = "values", value_name = "FILE")]
    pub values: Vec<PathBuf>,
    /// Set a value: key1=val1,key2=val2 (can be given several times)
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Set a value that stays a string: key1=val1
    #[arg(long, value_name = "KEY=VALUE")]
    pub set_string: Vec<String>,
    /// Set a value from JSON: key1=jsonval1
    #[arg(long, value_name = "KEY=JSON")]
    pub set_json: Vec<String>,
    /// Set a value to the content of a file: key1=path1
    #[arg(long, value_name = "KEY=FILE")]
    pub set_file: Vec<String>,
    /// Set a value to exactly what follows the equals sign
    #[arg(long, value_name = "KEY=TEXT")]
    pub set_literal: Vec<String>,
}

/// What a release is brought to, beyond its values.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Chart and values")]
pub struct ReleaseArgs {
    /// Start from the values that the release has, instead of the chart's defaults: for a change of one thing alone
    #[arg(long)]
    pub reuse_values: bool,
    /// Roll services out in this order: rest-api,worker (the chart's own order for those left out)
    #[arg(long, value_name = "SERVICES", value_delimiter = ',')]
    pub order: Vec<String>,
    /// Create the namespace if it does not exist
    #[arg(long)]
    pub create_namespace: bool,
}

/// How a chart is fetched that lies in a registry or a repository.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Charts from elsewhere")]
pub struct FetchArgs {
    /// The address of the chart repository that --chart is a name in
    #[arg(long, value_name = "URL")]
    pub repo: Option<String>,
    /// The version of the chart, or a constraint such as ^1.2, instead of the newest stable one
    #[arg(long, value_name = "VERSION")]
    pub chart_version: Option<String>,
    /// Take versions before a release for the newest one, too
    #[arg(long)]
    pub devel: bool,
    /// How it is spoken to where it lies.
    #[command(flatten)]
    pub server: ChartServerArgs,
}

/// How a registry or a repository is spoken to.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Charts from elsewhere")]
pub struct ChartServerArgs {
    /// Speak to the registry without TLS
    #[arg(long)]
    pub plain_http: bool,
    /// Trust the certificates in this file, instead of the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Show this certificate to the server
    #[arg(long, value_name = "FILE", requires = "key_file")]
    pub cert_file: Option<PathBuf>,
    /// The key of --cert-file
    #[arg(long, value_name = "FILE", requires = "cert_file")]
    pub key_file: Option<PathBuf>,
    /// Pass the repository's credentials to every host that its index names
    #[arg(long)]
    pub pass_credentials: bool,
}

impl ChartServerArgs {
    /// The request for a chart at `reference`, spoken to in this way.
    #[must_use]
    pub fn request(&self, reference: &str) -> ChartRequest {
        let server = self.clone();
        ChartRequest {
            plain_http: server.plain_http,
            ca_file: server.ca_file,
            cert_file: server.cert_file,
            key_file: server.key_file,
            pass_credentials: server.pass_credentials,
            ..ChartRequest::new(reference)
        }
    }
}

impl ValuesArgs {
    /// The chart that was named; `None` means the embedded one.
    #[must_use]
    pub fn chart_request(&self) -> Option<ChartRequest> {
        let fetch = self.fetch.clone();
        Some(ChartRequest {
            repository: fetch.repo,
            version: fetch.chart_version,
            devel: fetch.devel,
            ..fetch.server.request(self.chart.as_deref()?)
        })
    }
}

/// Which cluster, namespace and release.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Cluster and release")]
pub struct ClusterArgs {
    /// The kubeconfig's context to use, instead of its current one
    #[arg(long, value_name = "NAME", env = "MESH_TUI_CONTEXT", hide_env_values = true)]
    pub context: Option<String>,
    /// The kubeconfig file to use, instead of $KUBECONFIG or ~/.kube/config
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The namespace of the release, instead of the context's or the profile's
    #[arg(short, long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// The name of the release
    #[arg(long, value_name = "NAME", default_value = "developer-mesh")]
    pub release: String,
    /// Use a simulated cluster instead of a real one, with this scenario: healthy, existing-edge-mcp, image-pull, crash-loop,
    /// slow-start or drift
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, default_missing_value = "healthy", require_equals = false)]
    pub sandbox: Option<String>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::cli::{Cli, Command};
    use clap::Parser;

    #[test]
    fn a_rollout_is_resumed_from_a_registry_as_it_was_begun() {
        let flags = ["--plain-http", "--ca-file", "ca.pem", "--pass-credentials"];
        let parse = |command: &[&str]| {
            let words = ["mesh-tui"].iter().chain(command).chain(&flags);
            Cli::try_parse_from(words).unwrap().command.unwrap()
        };
        let Command::Resume(resumed) = parse(&["resume"]) else {
            unreachable!("it is the command that was given")
        };
        let Command::Template(begun) = parse(&["template", "--chart", "oci://example.com/mesh"]) else {
            unreachable!("it is the command that was given")
        };
        assert_eq!(
            Some(resumed.server.request("oci://example.com/mesh")),
            begun.values.chart_request()
        );
    }
}
