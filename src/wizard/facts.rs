//! What the wizard is told about the world, as plain data: the chart, profiles, clusters, a release.
//!
//! Where it comes from is the runtime's business. Text in it is already cleaned of control sequences.

use crate::plan::policy::PolicyErrors;
use serde_json::Value as Json;

/// What is known before the first screen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Setup {
    /// The chart that will be deployed.
    pub chart: ChartFacts,
    /// The profiles, in the order they are offered.
    pub profiles: Vec<Profile>,
    /// The sandbox's scenarios, in the order they are offered.
    pub scenarios: Vec<Scenario>,
    /// What the command line chose already.
    pub wishes: Wishes,
}

/// What the command line chose.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wishes {
    /// The cluster to connect to at once.
    pub cluster: Option<ClusterRef>,
    /// The namespace, instead of the context's or the profile's.
    pub namespace: Option<String>,
    /// The name of the release.
    pub release: Option<String>,
    /// The profile.
    pub profile: Option<String>,
    /// Values from files and `--set`, as choices.
    pub values: Option<Json>,
}

/// The chart, as far as a form needs it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChartFacts {
    /// The chart's name.
    pub name: String,
    /// The chart's version.
    pub version: String,
    /// The version of the platform in it, which is the default image tag.
    pub app_version: String,
    /// The defaults of all values, those of the subcharts under their names.
    pub defaults: Json,
    /// The services that can be switched on and off, in the order they are shown.
    pub services: Vec<Service>,
}

/// A service of the chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Service {
    /// The subchart's name, which is also its key in the values.
    pub name: String,
    /// What it is, as one line.
    pub summary: String,
    /// The default image tag.
    pub app_version: String,
    /// The subcharts that it cannot do without.
    pub needs: Vec<String>,
}

/// A profile: good defaults for a purpose, and guard rails.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// Its name: `local`, `staging`, `production`.
    pub name: String,
    /// What it is for, as one line.
    pub summary: String,
    /// Its values, to lie on the chart's defaults.
    pub values: Json,
    /// The namespace that it proposes.
    pub namespace: Option<String>,
    /// Whether a missing namespace is created without a question.
    pub create_namespace: bool,
    /// Whether applying asks for the release's name, typed.
    pub typed_confirmation: bool,
    /// Whether the rollout pauses before each stage.
    pub pause_between_stages: bool,
    /// The policy rules whose findings keep a rollout from starting.
    pub policy_errors: PolicyErrors,
}

/// A cluster that can be connected to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClusterRef {
    /// A context of the kubeconfig.
    Context(String),
    /// The simulated cluster, with a scenario.
    Sandbox(String),
}

impl ClusterRef {
    /// How the header names it.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Context(name) => name,
            Self::Sandbox(_) => "sandbox",
        }
    }
}

/// A context of the kubeconfig.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// The API server's address.
    pub server: String,
    /// The namespace that it sets.
    pub namespace: Option<String>,
    /// Whether it is the kubeconfig's current one.
    pub current: bool,
}

/// A scenario of the sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What happens in it, as one line.
    pub summary: String,
}

/// What a cluster that answered offers to the forms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterFacts {
    /// The version of the API server: `v1.36.3`.
    pub version: String,
    /// The ingress classes.
    pub ingress_classes: Vec<IngressClass>,
    /// cert-manager's issuers: those of the namespace and those of the cluster.
    pub issuers: Vec<Issuer>,
    /// The names of the Secrets in the namespace.
    pub secrets: Vec<String>,
    /// The stores of External Secrets that the namespace can use, kind first; `None` without that operator.
    pub secret_stores: Option<Vec<(String, String)>>,
    /// Whether the Prometheus operator's kinds are served.
    pub prometheus_operator: bool,
}

/// An ingress class that the cluster has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IngressClass {
    /// Its name.
    pub name: String,
    /// Who serves it: `k8s.io/ingress-nginx`.
    pub controller: String,
    /// Whether it is the cluster's default.
    pub default: bool,
}

/// An issuer of cert-manager.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Issuer {
    /// Its name.
    pub name: String,
    /// Whether it serves all namespaces (a `ClusterIssuer`).
    pub cluster: bool,
}

/// A release that exists already.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReleaseFacts {
    /// The newest revision.
    pub revision: i64,
    /// Helm's word for its state: `deployed`, `failed`, `pending-upgrade`.
    pub status: String,
    /// When, as a person says it: `2 d ago`.
    pub age: String,
    /// The values that were given for it.
    pub values: Json,
    /// The platform's version in it.
    pub app_version: String,
    /// Whether a rollout of it stopped half-way and can be resumed.
    pub unfinished: Option<String>,
}

/// What was found where the release is to be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Whether the namespace exists.
    pub namespace_exists: bool,
    /// The release, where it exists.
    pub release: Option<ReleaseFacts>,
}

/// What a person reads when something failed: what, where, what to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problem {
    /// One clear sentence.
    pub message: String,
    /// What lies behind it, outermost first.
    pub causes: Vec<String>,
    /// What to do about it.
    pub hints: Vec<String>,
}

impl From<&crate::Error> for Problem {
    fn from(error: &crate::Error) -> Self {
        Self {
            message: error.to_string(),
            causes: error.causes(),
            hints: error.hints().to_vec(),
        }
    }
}
