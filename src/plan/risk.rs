//! What a change causes beyond the object itself.

use super::diff::Difference;
use super::model::{Consequence, PathStep};
use super::ownership::words;
use crate::chart::manifest::{ManifestObject, ObjectKey};
use serde_json::Value as Json;
use std::collections::HashMap;

/// The annotation with which a chart says that an object outlives the release.
const RESOURCE_POLICY: &str = "helm.sh/resource-policy";

/// Whether the object stays in the cluster when it leaves the release.
#[must_use]
pub fn is_kept(object: &Json) -> bool {
    let policy = object
        .get("metadata")
        .and_then(|metadata| metadata.get("annotations")?.get(RESOURCE_POLICY));
    policy
        .and_then(Json::as_str)
        .is_some_and(|policy| policy.trim().eq_ignore_ascii_case("keep"))
}

/// What happens when the object goes away, for good or to be created anew.
#[must_use]
pub fn of_removal(key: &ObjectKey, live: &Json, recreated: bool) -> Vec<Consequence> {
    let lost = match key.kind.as_str() {
        "PersistentVolumeClaim" => Some(format!("the volume of {key} with the data on it")),
        "StatefulSet" if deletes_claims(live) && !recreated => {
            Some(format!("the volumes of {key} with the data on them"))
        }
        "Secret" if !recreated => Some(format!("the values in {key}")),
        "Namespace" => Some(format!("everything in the namespace {}", key.name)),
        "CustomResourceDefinition" => Some(format!("every object of the kind that {key} defines")),
        _ => None,
    };
    lost.map(|what| Consequence::DataLost { what })
        .into_iter()
        .collect()
}

fn deletes_claims(stateful_set: &Json) -> bool {
    let policy = stateful_set.pointer("/spec/persistentVolumeClaimRetentionPolicy/whenDeleted");
    policy.and_then(Json::as_str) == Some("Delete")
}

/// The pods that are replaced, where a difference lies in the pod template of a workload that rolls out by itself.
pub(super) fn restart(live: &Json, differences: &[Difference<'_>]) -> Option<Consequence> {
    let kind = live.get("kind").and_then(Json::as_str)?;
    let strategy = live.pointer("/spec/updateStrategy/type").and_then(Json::as_str);
    let paused = live
        .pointer("/spec/paused")
        .and_then(Json::as_bool)
        .unwrap_or_default();
    if !matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet") || strategy == Some("OnDelete") || paused {
        return None;
    }
    // A checksum annotation says less than the field that it follows from, so it is named only where it is alone.
    let because = differences
        .iter()
        .filter_map(|difference| template_field(&difference.steps));
    let because = because.min_by_key(|field| field.first() == Some(&PathStep::Key("metadata".into())))?;
    let because = match because {
        [PathStep::Key(spec), rest @ ..] if spec == "spec" && !rest.is_empty() => words(rest),
        other => words(other),
    };
    Some(Consequence::PodsRestart {
        pods: running(kind, live),
        because,
    })
}

/// The way from the pod template on.
fn template_field(steps: &[PathStep]) -> Option<&[PathStep]> {
    match steps {
        [PathStep::Key(spec), PathStep::Key(template), rest @ ..]
            if spec == "spec" && template == "template" =>
        {
            Some(rest)
        }
        _ => None,
    }
}

fn running(kind: &str, live: &Json) -> Option<u32> {
    let field = if kind == "DaemonSet" {
        "/status/currentNumberScheduled"
    } else {
        "/status/replicas"
    };
    let count = live.pointer(field).or_else(|| live.pointer("/spec/replicas"))?;
    u32::try_from(count.as_u64()?).ok()
}

/// Why the cluster will refuse this difference in place, for the fields that Kubernetes never lets change. What only
/// the server knows comes with the dry run.
pub(super) fn immutable(kind: &str, difference: &Difference<'_>) -> Option<String> {
    let keys: Vec<&str> = difference
        .steps
        .iter()
        .map_while(|step| match step {
            PathStep::Key(key) => Some(key.as_str()),
            _ => None,
        })
        .collect();
    let fixed = match (kind, keys.as_slice()) {
        ("StatefulSet", ["spec", field, ..]) => !STATEFUL_SET_MUTABLE.contains(field),
        ("PersistentVolumeClaim", ["spec", field, ..]) => !CLAIM_MUTABLE.contains(field),
        ("Deployment" | "DaemonSet" | "ReplicaSet" | "Job", ["spec", "selector", ..])
        | ("Job", ["spec", "template" | "completionMode", ..])
        | ("RoleBinding" | "ClusterRoleBinding", ["roleRef", ..])
        | ("Secret", ["type"])
        | (
            "StorageClass",
            [
                "provisioner" | "parameters" | "reclaimPolicy" | "volumeBindingMode",
                ..,
            ],
        ) => true,
        _ => false,
    };
    // A field that the server filled in, and one that is given for the first time, is not changed.
    let changed = difference.before.is_some();
    (fixed && changed).then(|| format!("{} cannot be changed", words(&difference.steps)))
}

/// The fields of a StatefulSet's spec that may change in place.
const STATEFUL_SET_MUTABLE: [&str; 7] = [
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

/// The fields of a claim's spec that may change in place.
const CLAIM_MUTABLE: [&str; 2] = ["resources", "volumeAttributesClassName"];

/// Whether the server's words mean that a field cannot change in place.
pub(super) fn says_immutable(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    [
        "field is immutable",
        "is immutable after",
        "spec is immutable",
        "forbidden: updates to",
        "cannot change roleref",
    ]
    .iter()
    .any(|words| message.contains(words))
        || (message.contains("immutable") && message.contains("invalid"))
}

/// What the handover of replicas needs to know: which autoscaler of a manifest scales what.
pub(super) struct Autoscalers<'m> {
    /// By the kind and the name of what is scaled.
    by_target: HashMap<(&'m str, &'m str), &'m ManifestObject>,
}

impl<'m> Autoscalers<'m> {
    /// The autoscalers among these objects.
    pub(super) fn among(objects: impl IntoIterator<Item = &'m ManifestObject>) -> Self {
        let mut by_target = HashMap::new();
        for object in objects {
            if object.key.kind == "HorizontalPodAutoscaler"
                && let Some(target) = object.body.pointer("/spec/scaleTargetRef")
            {
                let text = |name: &str| target.get(name).and_then(Json::as_str).unwrap_or_default();
                by_target.entry((text("kind"), text("name"))).or_insert(object);
            }
        }
        Self { by_target }
    }

    /// The autoscaler that scales this object.
    pub(super) fn of(&self, key: &ObjectKey) -> Option<&'m ManifestObject> {
        let scalable = matches!(key.kind.as_str(), "Deployment" | "StatefulSet" | "ReplicaSet");
        let scaler = self.by_target.get(&(key.kind.as_str(), key.name.as_str()));
        scaler.filter(|_| scalable).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Schema;
    use crate::plan::diff::{Side, diff};
    use serde_json::json;

    fn key(kind: &str) -> ObjectKey {
        ObjectKey {
            api_version: "v1".into(),
            kind: kind.into(),
            namespace: None,
            name: "a".into(),
        }
    }

    fn workload(kind: &str, template: &Json) -> Json {
        json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "a"},
            "spec": {"replicas": 2, "template": template}, "status": {"replicas": 3}})
    }

    fn with_diff<T>(before: &Json, after: &Json, judge: impl Fn(&[Difference<'_>]) -> T) -> T {
        let schema = Schema::builtin();
        let side = |raw| Side { raw, shown: raw };
        judge(&diff(schema.of(before), side(before), side(after)))
    }

    #[test]
    fn a_changed_template_restarts_pods_and_names_the_best_reason() {
        let template = |image: &str, sum: &str| {
            json!({"metadata": {"annotations": {"checksum/config": sum}},
                "spec": {"containers": [{"name": "app", "image": image}]}})
        };
        let restart = |before: &Json, after: &Json| with_diff(before, after, |found| restart(before, found));
        let before = workload("Deployment", &template("a:1", "1"));
        let because = |because: &str| {
            Some(Consequence::PodsRestart {
                pods: Some(3),
                because: because.into(),
            })
        };
        let image = workload("Deployment", &template("a:2", "2"));
        assert_eq!(restart(&before, &image), because("containers[app].image"));
        let sum = workload("Deployment", &template("a:1", "2"));
        assert_eq!(
            restart(&before, &sum),
            because("metadata.annotations[checksum/config]")
        );
        let mut scaled = before.clone();
        scaled["spec"]["replicas"] = json!(9);
        assert_eq!(restart(&before, &scaled), None);
    }

    #[test]
    fn nothing_restarts_by_itself_on_delete() {
        let mut before = workload(
            "StatefulSet",
            &json!({"spec": {"containers": [{"name": "a", "image": "1"}]}}),
        );
        before["spec"]["updateStrategy"] = json!({"type": "OnDelete"});
        let mut after = before.clone();
        after["spec"]["template"]["spec"]["containers"][0]["image"] = json!("2");
        assert_eq!(with_diff(&before, &after, |found| restart(&before, found)), None);
    }

    #[test]
    fn claims_and_secrets_lose_data() {
        let lost = |kind: &str, live: &Json| !of_removal(&key(kind), live, false).is_empty();
        assert!(lost("PersistentVolumeClaim", &json!({})));
        assert!(lost("Secret", &json!({})));
        assert!(!lost("StatefulSet", &json!({})));
        let policy = json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}});
        assert!(lost("StatefulSet", &policy));
        assert!(!lost("Deployment", &json!({})));
    }

    #[test]
    fn fields_that_never_change_are_known() {
        let spec = |spec: Json| json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": spec});
        let judge = |before: Json, after: Json| {
            with_diff(&spec(before), &spec(after), |found| {
                found.iter().find_map(|d| immutable("StatefulSet", d))
            })
        };
        assert_eq!(judge(json!({"replicas": 1}), json!({"replicas": 2})), None);
        assert_eq!(
            judge(json!({"serviceName": "a"}), json!({"serviceName": "b"})).as_deref(),
            Some("spec.serviceName cannot be changed")
        );
    }

    #[test]
    fn the_servers_words_for_immutable_are_known() {
        for words in [
            "Deployment.apps \"a\" is invalid: spec.selector: Invalid value: {}: field is immutable",
            "StatefulSet.apps \"a\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas'",
            "RoleBinding \"a\" is invalid: roleRef: Invalid value: {}: cannot change roleRef",
            "PersistentVolumeClaim \"a\" is invalid: spec: Forbidden: spec is immutable after creation",
        ] {
            assert!(says_immutable(words), "{words}");
        }
        assert!(!says_immutable("admission webhook denied the request: no"));
    }

    #[test]
    fn the_policy_keeps_an_object() {
        assert!(is_kept(
            &json!({"metadata": {"annotations": {RESOURCE_POLICY: "keep"}}})
        ));
        assert!(!is_kept(&json!({"metadata": {}})));
    }
}
