//! Which fields cannot change once an object exists, and the API server's words when somebody tries.

use super::failure::FieldError;
use super::resources::Resource;
use serde_json::Value as Json;

const IMMUTABLE: &str = "field is immutable";
const STATEFUL_SET: &str = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
     'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const PVC: &str = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
const POD: &str = "pod updates may not change fields other than `spec.containers[*].image`,\
     `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),\
     `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// What of the step from `old` to `new` is not allowed; both with their defaults.
pub(super) fn check(resource: &Resource, old: &Json, new: &Json) -> Vec<FieldError> {
    let mut errors = Vec::new();
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("apps", "Deployment" | "ReplicaSet" | "DaemonSet") => {
            frozen(&mut errors, old, new, &["spec.selector"]);
        }
        ("apps", "StatefulSet") => {
            let free = [
                "replicas",
                "ordinals",
                "template",
                "updateStrategy",
                "revisionHistoryLimit",
                "persistentVolumeClaimRetentionPolicy",
                "minReadySeconds",
            ];
            if differ_outside(old, new, &free) {
                errors.push(FieldError::forbidden("spec", STATEFUL_SET));
            }
        }
        ("batch", "Job") => {
            frozen(
                &mut errors,
                old,
                new,
                &[
                    "spec.completions",
                    "spec.selector",
                    "spec.template",
                    "spec.completionMode",
                ],
            );
        }
        ("", "Service") => cluster_ip(&mut errors, old, new),
        ("", "PersistentVolumeClaim") => {
            let mut free = vec!["resources", "volumeAttributesClassName"];
            // Binding writes the volume's name, once.
            if old["spec"].get("volumeName").is_none() {
                free.push("volumeName");
            }
            if differ_outside(old, new, &free) {
                errors.push(FieldError::forbidden("spec", PVC));
            }
        }
        ("", "Pod")
            if differ_outside(
                old,
                new,
                &[
                    "containers",
                    "initContainers",
                    "activeDeadlineSeconds",
                    "tolerations",
                ],
            ) =>
        {
            errors.push(FieldError::forbidden("spec", POD));
        }
        ("", "Secret" | "ConfigMap") => {
            frozen(&mut errors, old, new, &["type"]);
            if old["immutable"] == true && (old["data"] != new["data"] || new["immutable"] != true) {
                errors.push(FieldError::forbidden(
                    "data",
                    "field is immutable when `immutable` is set",
                ));
            }
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding")
            if old["roleRef"] != new["roleRef"] =>
        {
            errors.push(FieldError::invalid(
                "roleRef",
                &new["roleRef"],
                "cannot change roleRef",
            ));
        }
        ("storage.k8s.io", "StorageClass") if old["provisioner"] != new["provisioner"] => {
            errors.push(FieldError::forbidden(
                "provisioner",
                "updates to provisioner are forbidden.",
            ));
        }
        ("networking.k8s.io", "IngressClass") => frozen(&mut errors, old, new, &["spec.controller"]),
        _ => {}
    }
    errors
}

fn frozen(errors: &mut Vec<FieldError>, old: &Json, new: &Json, fields: &[&str]) {
    for field in fields {
        let pointer = format!("/{}", field.replace('.', "/"));
        let (before, after) = (old.pointer(&pointer), new.pointer(&pointer));
        if before != after {
            errors.push(FieldError::invalid(
                *field,
                after.unwrap_or(&Json::Null),
                IMMUTABLE,
            ));
        }
    }
}

/// Whether the specs differ in a field that is not `free`.
fn differ_outside(old: &Json, new: &Json, free: &[&str]) -> bool {
    let rest = |object: &Json| {
        let mut spec = object["spec"].clone();
        if let Some(map) = spec.as_object_mut() {
            map.retain(|key, _| !free.contains(&key.as_str()));
        }
        spec
    };
    rest(old) != rest(new)
}

fn cluster_ip(errors: &mut Vec<FieldError>, old: &Json, new: &Json) {
    let external = |object: &Json| object["spec"]["type"] == "ExternalName";
    if external(old) || external(new) || old["spec"]["clusterIP"] == new["spec"]["clusterIP"] {
        return;
    }
    let ips = Json::Array(vec![new["spec"]["clusterIP"].clone()]);
    errors.push(FieldError::invalid(
        "spec.clusterIPs[0]",
        &ips,
        "may not change once set",
    ));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::resources::Registry;
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("apps", "Deployment", json!({"spec": {"selector": 1}}), json!({"spec": {"selector": 2}}), "spec.selector")]
    #[case("apps", "StatefulSet", json!({"spec": {"serviceName": "a"}}), json!({"spec": {"serviceName": "b"}}), "spec")]
    #[case("batch", "Job", json!({"spec": {"template": 1}}), json!({"spec": {"template": 2}}), "spec.template")]
    #[case("", "Service", json!({"spec": {"clusterIP": "a"}}), json!({"spec": {"clusterIP": "None"}}), "spec.clusterIPs[0]")]
    #[case("", "PersistentVolumeClaim", json!({"spec": {"storageClassName": "a"}}), json!({"spec": {}}), "spec")]
    #[case("", "Secret", json!({"type": "a"}), json!({"type": "b"}), "type")]
    fn a_frozen_field_is_named(
        #[case] group: &str,
        #[case] kind: &str,
        #[case] old: Json,
        #[case] new: Json,
        #[case] field: &str,
    ) {
        let resource = Registry::built_in().of_kind(group, kind).unwrap();
        let errors = check(&resource, &old, &new);
        assert_eq!(
            errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(),
            [field]
        );
        assert_eq!(check(&resource, &old, &old), []);
    }

    #[test]
    fn a_stateful_set_may_scale_and_take_a_new_template() {
        let resource = Registry::built_in().of_kind("apps", "StatefulSet").unwrap();
        let old = json!({"spec": {"replicas": 1, "template": 1, "serviceName": "a"}});
        let new = json!({"spec": {"replicas": 2, "template": 2, "serviceName": "a"}});
        assert_eq!(check(&resource, &old, &new), []);
    }
}
