//! What the preflight rules want to know of the cluster.

use super::Intent;
use crate::chart::manifest::{Manifest, ObjectKey};
use crate::cluster::{Cluster, ClusterError};
use crate::plan::preflight::{AccessRule, ClusterFacts, IngressClass, Namespace, Pending};
use crate::runtime::session::{Session, Survey};
use crate::secrets::{Backend, LiveSecret, MANAGED_BY_US, Provision, RequiredSecret, required};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// The Secrets that the pods of `target` need and it does not bring, and what happens for each.
pub(super) async fn provisions(
    session: &Session,
    target: &Manifest,
    backend: &(dyn Backend + Send + Sync),
) -> Result<Vec<(RequiredSecret, Provision)>, ClusterError> {
    let mut provisions = Vec::new();
    for secret in required(target) {
        let key = ObjectKey {
            api_version: "v1".to_owned(),
            kind: "Secret".to_owned(),
            namespace: Some(session.owner.namespace.clone()),
            name: secret.name.clone(),
        };
        let live = session.cluster.get(&key).await?.map(|live| live_secret(&live));
        let provision = backend.provision(&session.owner.release, &secret, live.as_ref());
        provisions.push((secret, provision));
    }
    Ok(provisions)
}

/// The names of a Secret's keys; its values are dropped here.
fn live_secret(live: &Json) -> LiveSecret {
    LiveSecret {
        keys: live["data"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.clone())
            .collect(),
        ours: live["metadata"]["labels"]["app.kubernetes.io/managed-by"] == MANAGED_BY_US,
    }
}

pub(super) async fn gather(
    session: &Session,
    intent: &Intent,
    survey: &Survey,
    target: &Manifest,
    secrets: &[(RequiredSecret, Provision)],
) -> Result<ClusterFacts, ClusterError> {
    let ingress = target.objects.iter().any(|object| object.key.kind == "Ingress");
    let (access, ingress_classes) = tokio::try_join!(
        access(&session.cluster, &session.owner.namespace),
        classes(&session.cluster, ingress)
    )?;
    Ok(ClusterFacts {
        namespace: Some(match &survey.namespace {
            Namespace::Missing if intent.create_namespace => Namespace::WillBeCreated,
            found => found.clone(),
        }),
        secrets: Some(present(secrets)),
        promised_secrets: promised(secrets),
        kinds: Some(session.cluster.index().plurals()),
        access,
        ingress_classes,
        pending: survey
            .pending()
            .filter(|_| survey.state.is_none())
            .map(|record| Pending {
                revision: record.revision(),
                status: record.status().to_string(),
                since: record.last_deployed().to_owned(),
            }),
    })
}

/// The Secrets that pods refer to and that are there, with the keys that they refer to.
fn present(secrets: &[(RequiredSecret, Provision)]) -> BTreeMap<String, BTreeSet<String>> {
    let there = |(secret, provision): &(RequiredSecret, Provision)| {
        let mut keys: BTreeSet<String> = secret.keys.clone();
        match provision {
            Provision::Present => {}
            Provision::Generate { keys: lacking } | Provision::Missing { keys: lacking, .. } => {
                keys = keys.difference(lacking).cloned().collect();
                if keys.is_empty() {
                    return None;
                }
            }
        }
        Some((secret.name.clone(), keys))
    };
    secrets.iter().filter_map(there).collect()
}

fn promised(secrets: &[(RequiredSecret, Provision)]) -> BTreeMap<String, BTreeSet<String>> {
    let made = secrets.iter().filter_map(|(secret, provision)| match provision {
        Provision::Generate { keys } => Some((secret.name.clone(), keys.clone())),
        _ => None,
    });
    made.collect()
}

/// What the person may do in the namespace; `None` where the cluster cannot tell all of it.
pub(in crate::runtime) async fn access(
    cluster: &Cluster,
    namespace: &str,
) -> Result<Option<Vec<AccessRule>>, ClusterError> {
    let key = ObjectKey {
        api_version: "authorization.k8s.io/v1".to_owned(),
        kind: "SelfSubjectRulesReview".to_owned(),
        namespace: None,
        name: String::new(),
    };
    let review = json!({
        "apiVersion": key.api_version, "kind": key.kind, "metadata": {}, "spec": {"namespace": namespace},
    });
    let answer = match cluster.create(&key, &review).await {
        Err(ClusterError::NoKind { .. } | ClusterError::NotFound { .. } | ClusterError::Forbidden { .. }) => {
            return Ok(None);
        }
        answer => answer?,
    };
    if answer["status"]["incomplete"] == true {
        return Ok(None);
    }
    Ok(answer["status"]["resourceRules"]
        .as_array()
        .map(|rules| rules.iter().map(rule).collect()))
}

fn rule(rule: &Json) -> AccessRule {
    let list = |name: &str| -> Vec<String> {
        let items = rule[name].as_array().into_iter().flatten();
        items.filter_map(Json::as_str).map(str::to_owned).collect()
    };
    AccessRule {
        verbs: list("verbs"),
        groups: list("apiGroups"),
        resources: list("resources"),
        names: list("resourceNames"),
    }
}

/// The annotation of the class that ingresses without one get.
const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";

/// The ingress classes, where the target has an ingress and the person may see them.
async fn classes(cluster: &Cluster, wanted: bool) -> Result<Option<Vec<IngressClass>>, ClusterError> {
    if !wanted {
        return Ok(None);
    }
    let classes = match cluster
        .list("networking.k8s.io/v1", "IngressClass", None, "")
        .await
    {
        Err(ClusterError::Forbidden { .. } | ClusterError::NoKind { .. }) => return Ok(None),
        classes => classes?,
    };
    let class = |class: &Json| IngressClass {
        name: class["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
        controller: class["spec"]["controller"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        default: class["metadata"]["annotations"][DEFAULT_CLASS] == "true",
    };
    Ok(Some(classes.iter().map(class).collect()))
}
