//! Connecting, and the survey of what the cluster offers to the forms and to the preflight.

use crate::apply::Schema;
use crate::chart::render::Capabilities;
use crate::cluster::apply::MANAGED_BY;
use crate::cluster::{Cluster, ClusterError, Place, connect as open, openapi};
use crate::plan::preflight;
use crate::runtime::prepare::access;
use crate::sandbox::Sandbox;
use crate::secrets::MANAGED_BY_US;
use crate::wizard::facts::{ClusterFacts, ClusterRef, IngressClass, Issuer};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// The groups and versions whose schemas are worth reading: those that charts of services use.
const SCHEMAS: [&str; 11] = [
    "v1",
    "apps/v1",
    "batch/v1",
    "autoscaling/v2",
    "networking.k8s.io/v1",
    "policy/v1",
    "rbac.authorization.k8s.io/v1",
    "gateway.networking.k8s.io/v1",
    "monitoring.coreos.com/v1",
    "external-secrets.io/v1",
    "cert-manager.io/v1",
];

/// A cluster that answered, with what the plan needs to know of it.
pub(super) struct Link {
    pub(super) cluster: Cluster,
    /// The context's name, or `sandbox`.
    pub(super) context: String,
    pub(super) schema: Schema,
    pub(super) capabilities: Capabilities,
    pub(super) facts: preflight::ClusterFacts,
    /// The Secrets that this program made.
    pub(super) own_secrets: BTreeSet<String>,
}

/// How a cluster is reached.
pub(super) enum Way {
    /// Through the kubeconfig.
    Kubeconfig(Place),
    /// In this process.
    Sandbox(Arc<Sandbox>),
}

impl Way {
    pub(super) const fn context(kubeconfig: Option<PathBuf>, context: String) -> Self {
        Self::Kubeconfig(Place {
            kubeconfig,
            context: Some(context),
        })
    }
}

/// Connects and surveys.
pub(super) async fn connect(
    way: Way,
    target: &ClusterRef,
    namespace: &str,
) -> Result<(Link, ClusterFacts), ClusterError> {
    let cluster = match way {
        Way::Kubeconfig(place) => Cluster::discover(&open(&place).await?).await?,
        Way::Sandbox(sandbox) => Cluster::with_client(sandbox.client(namespace), target.label()).await?,
    };
    let index = cluster.index();
    let served: BTreeSet<String> = index.api_versions().into_iter().collect();
    let schemas = SCHEMAS
        .into_iter()
        .map(ToOwned::to_owned)
        .filter(|version| served.contains(version));
    let capabilities = Capabilities {
        kube_version: index.version().to_owned(),
        api_versions: index.api_versions(),
    };
    let schemas: Vec<String> = schemas.collect();
    let survey = Survey {
        cluster: &cluster,
        namespace,
    };
    let (schema, mut facts, secrets, access) = tokio::join!(
        openapi::schema(&cluster, schemas),
        survey.facts(),
        survey.secrets(),
        access(&cluster, namespace),
    );
    let (secrets, own_secrets) =
        secrets.map_or_else(|| (None, BTreeSet::new()), |(secrets, own)| (Some(secrets), own));
    facts.secrets = secrets
        .iter()
        .flat_map(|secrets| secrets.keys().cloned())
        .collect();
    let known = preflight::ClusterFacts {
        secrets,
        kinds: Some(cluster.index().plurals()),
        access: access?,
        ingress_classes: Some(
            facts
                .ingress_classes
                .iter()
                .map(|class| preflight::IngressClass {
                    name: class.name.clone(),
                    controller: class.controller.clone(),
                    default: class.default,
                })
                .collect(),
        ),
        ..preflight::ClusterFacts::default()
    };
    let link = Link {
        schema: schema.unwrap_or_else(|error| {
            tracing::warn!(%error, "the server's schemas cannot be read, the built-in ones are used");
            Schema::builtin()
        }),
        capabilities,
        facts: known,
        own_secrets,
        context: target.label().to_owned(),
        cluster,
    };
    Ok((link, facts))
}

struct Survey<'a> {
    cluster: &'a Cluster,
    namespace: &'a str,
}

impl Survey<'_> {
    /// The objects of a kind; none where the kind is not there or may not be listed: a form that offers nothing still
    /// takes a name.
    async fn list(&self, api_version: &str, kind: &str, namespaced: bool) -> Vec<Json> {
        let namespace = namespaced.then_some(self.namespace);
        match self.cluster.list(api_version, kind, namespace, "").await {
            Ok(objects) => objects,
            Err(error) => {
                tracing::debug!(%error, kind, "not surveyed");
                Vec::new()
            }
        }
    }

    fn serves(&self, api_version: &str, kind: &str) -> bool {
        self.cluster.index().kind(api_version, kind).is_ok()
    }

    async fn facts(&self) -> ClusterFacts {
        let certificates = "cert-manager.io/v1";
        let external = "external-secrets.io/v1";
        let (classes, cluster_issuers, issuers, cluster_stores, stores) = tokio::join!(
            self.list("networking.k8s.io/v1", "IngressClass", false),
            self.list(certificates, "ClusterIssuer", false),
            self.list(certificates, "Issuer", true),
            self.list(external, "ClusterSecretStore", false),
            self.list(external, "SecretStore", true),
        );
        let issuer = |cluster: bool| {
            move |object: &Json| Issuer {
                name: name(object),
                cluster,
            }
        };
        let store = |kind: &'static str| move |object: &Json| (kind.to_owned(), name(object));
        ClusterFacts {
            version: self.cluster.index().version().to_owned(),
            ingress_classes: classes.iter().map(ingress_class).collect(),
            issuers: cluster_issuers
                .iter()
                .map(issuer(true))
                .chain(issuers.iter().map(issuer(false)))
                .collect(),
            secret_stores: self.serves(external, "ExternalSecret").then(|| {
                cluster_stores
                    .iter()
                    .map(store("ClusterSecretStore"))
                    .chain(stores.iter().map(store("SecretStore")))
                    .collect()
            }),
            prometheus_operator: self.serves("monitoring.coreos.com/v1", "ServiceMonitor"),
            ..ClusterFacts::default()
        }
    }

    /// The Secrets' names and keys, never their values, and which of them this program made; `None` where they may not
    /// be listed.
    async fn secrets(&self) -> Option<(BTreeMap<String, BTreeSet<String>>, BTreeSet<String>)> {
        let secrets = self
            .cluster
            .list("v1", "Secret", Some(self.namespace), "")
            .await
            .ok()?;
        let own = |secret: &&Json| secret["metadata"]["labels"][MANAGED_BY] == MANAGED_BY_US;
        let keys = |secret: &Json| {
            let data = secret["data"].as_object();
            data.map(|data| data.keys().cloned().collect())
                .unwrap_or_default()
        };
        let all = secrets
            .iter()
            .filter(|secret| secret["type"] != "helm.sh/release.v1");
        Some((
            all.map(|secret| (name(secret), keys(secret))).collect(),
            secrets.iter().filter(own).map(name).collect(),
        ))
    }
}

fn name(object: &Json) -> String {
    crate::cluster::text::clean(object["metadata"]["name"].as_str().unwrap_or_default())
}

fn ingress_class(object: &Json) -> IngressClass {
    let default = &object["metadata"]["annotations"]["ingressclass.kubernetes.io/is-default-class"];
    IngressClass {
        name: name(object),
        controller: crate::cluster::text::clean(object["spec"]["controller"].as_str().unwrap_or_default()),
        default: default == "true",
    }
}
