//! Server-side apply as Helm does it, and dry runs of it.

use super::api::Cluster;
use super::error::ClusterError;
use super::text::clean;
use super::warning;
use crate::apply::fold_patch;
use crate::chart::manifest::ObjectKey;
use crate::plan::model::FieldConflict;
use http::{Method, Request, header};
use serde_json::{Value as Json, json};

/// The field manager of everything that is applied: Helm's own, so that both Helms go on without conflicts.
pub const MANAGER: &str = "helm";

/// The label that Helm sets on everything it owns.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The annotations that name the release that owns an object.
pub const RELEASE_NAME: &str = "meta.helm.sh/release-name";
/// See [`RELEASE_NAME`].
pub const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// How an apply is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Write it; conflicts are an error.
    Apply,
    /// Write it and take over fields of others: only for conflicts that somebody has agreed to one by one.
    ApplyForced,
    /// Ask what would happen; conflicts are an error.
    DryRun,
    /// Ask what would happen if fields of others were taken over: the full result, whoever owns what.
    DryRunForced,
}

/// The release that objects are marked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The release's name.
    pub release: String,
    /// The release's namespace.
    pub namespace: String,
}

impl Owner {
    /// `body` with the label and the annotations by which Helm knows its own. They are no part of the manifest.
    #[must_use]
    pub fn mark(&self, body: &Json) -> Json {
        let mut marked = body.clone();
        set(&mut marked, "labels", MANAGED_BY, "Helm");
        set(&mut marked, "annotations", RELEASE_NAME, &self.release);
        set(&mut marked, "annotations", RELEASE_NAMESPACE, &self.namespace);
        marked
    }

    /// Refuses a live object that another release, or none, owns: Helm would refuse it, too.
    pub fn check(&self, key: &ObjectKey, live: &Json) -> Result<(), ClusterError> {
        let at = |group: &str, name: &str| {
            live["metadata"][group][name]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let manager = at("labels", MANAGED_BY);
        let (release, namespace) = (
            at("annotations", RELEASE_NAME),
            at("annotations", RELEASE_NAMESPACE),
        );
        if manager == "Helm" && release == self.release && namespace == self.namespace {
            return Ok(());
        }
        let owner = match (manager.as_str(), release.as_str()) {
            (_, release) if !release.is_empty() => {
                format!("release {release} in the namespace {namespace} owns it")
            }
            ("" | "Helm", _) => "no release owns it".to_owned(),
            (manager, _) => format!("{manager} manages it"),
        };
        Err(ClusterError::Foreign {
            object: key.clone(),
            owner: clean(&owner),
        })
    }
}

fn set(body: &mut Json, group: &str, name: &str, value: &str) {
    let metadata = &mut body["metadata"];
    if !metadata[group].is_object() {
        metadata[group] = json!({});
    }
    metadata[group][name] = json!(value);
}

/// Applies `body`, or asks what would happen, and returns the object as the server has it then.
pub async fn apply(
    cluster: &Cluster,
    key: &ObjectKey,
    body: &Json,
    mode: Mode,
) -> Result<Json, ClusterError> {
    apply_as(cluster, key, body, mode, MANAGER).await
}

/// [`apply`], with the warnings beside the server's answer, cleaned of control sequences.
pub async fn apply_with_warnings(
    cluster: &Cluster,
    key: &ObjectKey,
    body: &Json,
    mode: Mode,
) -> Result<(Json, Vec<String>), ClusterError> {
    send(cluster, key, body, mode, MANAGER).await
}

/// [`apply`] as another field manager.
pub async fn apply_as(
    cluster: &Cluster,
    key: &ObjectKey,
    body: &Json,
    mode: Mode,
    manager: &str,
) -> Result<Json, ClusterError> {
    send(cluster, key, body, mode, manager)
        .await
        .map(|(object, _)| object)
}

async fn send(
    cluster: &Cluster,
    key: &ObjectKey,
    body: &Json,
    mode: Mode,
    manager: &str,
) -> Result<(Json, Vec<String>), ClusterError> {
    let path = cluster.index().object_path(key)?;
    let (force, dry_run) = match mode {
        Mode::Apply => (false, ""),
        Mode::ApplyForced => (true, ""),
        Mode::DryRun => (false, "&dryRun=All"),
        Mode::DryRunForced => (true, "&dryRun=All"),
    };
    let uri = format!("{path}?fieldManager={manager}&force={force}&fieldValidation=Strict{dry_run}");
    let mut body = body.clone();
    if let (Some(namespace), Some(metadata)) = (&key.namespace, body["metadata"].as_object_mut()) {
        metadata.insert("namespace".to_owned(), json!(namespace));
    }
    let request = Request::builder()
        .method(Method::PATCH)
        .uri(uri)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/apply-patch+yaml")
        .body(body.to_string().into_bytes())
        .map_err(|error| ClusterError::from_kube(kube::Error::HttpError(error), "apply", cluster.server()))?;
    let what = match mode {
        Mode::Apply | Mode::ApplyForced => format!("apply {key}"),
        Mode::DryRun | Mode::DryRunForced => format!("try {key}"),
    };
    match warning::send(&cluster.client(), request).await {
        Err(kube::Error::Api(status)) if status.code == 409 && has_conflicts(&status) => {
            Err(ClusterError::Conflicts {
                object: key.clone(),
                conflicts: conflicts(&status),
            })
        }
        result => result.map_err(|error| ClusterError::from_kube(error, &what, cluster.server())),
    }
}

const CONFLICT: &str = "FieldManagerConflict";

fn has_conflicts(status: &kube::core::Status) -> bool {
    status
        .details
        .as_ref()
        .is_some_and(|details| details.causes.iter().any(|cause| cause.reason == CONFLICT))
}

/// The causes of the server's answer: each names a field, and its manager in words
/// (`conflict with "kubectl-edit" using apps/v1`).
fn conflicts(status: &kube::core::Status) -> Vec<FieldConflict> {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    causes
        .filter(|cause| cause.reason == CONFLICT)
        .map(|cause| {
            let words = clean(&cause.message);
            let manager = words.strip_prefix("conflict with ").unwrap_or(&words);
            FieldConflict {
                manager: manager.replace('"', ""),
                field: clean(&cause.field),
            }
        })
        .collect()
}

/// Folds what Helm 3 owns of `live` through client-side updates into Helm's apply entry, where there is anything to
/// fold. Otherwise fields that a new version drops would survive in the old entry. Returns the object as it is then.
pub async fn fold(cluster: &Cluster, key: &ObjectKey, live: &Json) -> Result<Option<Json>, ClusterError> {
    let Some(patch) = fold_patch(live, MANAGER) else {
        return Ok(None);
    };
    cluster.json_patch(key, &patch).await.map(Some)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn owner() -> Owner {
        Owner {
            release: "dm".to_owned(),
            namespace: "mesh".to_owned(),
        }
    }

    fn key() -> ObjectKey {
        ObjectKey {
            api_version: "v1".to_owned(),
            kind: "ConfigMap".to_owned(),
            namespace: Some("mesh".to_owned()),
            name: "x".to_owned(),
        }
    }

    #[test]
    fn what_is_marked_is_our_own() {
        let marked = owner().mark(&json!({"metadata": {"name": "x", "labels": {"a": "b"}}}));
        assert_eq!(marked["metadata"]["labels"]["a"], "b");
        owner().check(&key(), &marked).unwrap();
    }

    #[test]
    fn foreign_objects_are_refused_with_their_owner() {
        let words = |live: Json| owner().check(&key(), &live).unwrap_err().to_string();
        assert!(words(json!({"metadata": {}})).contains("no release owns it"));
        let other = Owner {
            release: "other".to_owned(),
            namespace: "elsewhere".to_owned(),
        };
        assert!(
            words(other.mark(&json!({"metadata": {}}))).contains("release other in the namespace elsewhere")
        );
    }
}
