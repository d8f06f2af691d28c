//! What the API server refuses in an object before it stores it: names, and the mistakes that charts make most.
//! It is no full validation: a field that no rule looks at is stored as it is.

use super::failure::FieldError;
use super::json::{self, items, text};
use super::resources::Resource;
use super::selector::LabelSelector;
use serde_json::Value as Json;
use std::collections::HashSet;

/// Everything that is wrong with an object, with its defaults.
pub(super) fn check(resource: &Resource, object: &Json) -> Vec<FieldError> {
    let mut errors = Vec::new();
    check_name(resource, object, &mut errors);
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Pod") => pod_spec(object, "/spec", &mut errors),
        ("apps", _) if object.pointer("/spec/template").is_some() => {
            selector_matches_template(object, &mut errors);
            pod_spec(object, "/spec/template/spec", &mut errors);
        }
        ("batch", "Job") => pod_spec(object, "/spec/template/spec", &mut errors),
        ("", "Service")
            if object["spec"]["clusterIP"] != "None"
                && object["spec"]["type"] != "ExternalName"
                && items(object, "/spec/ports").is_empty() =>
        {
            errors.push(FieldError::required("spec.ports", ""));
        }
        ("autoscaling", _) => {
            let bound = |field: &str| object["spec"][field].as_i64();
            if let (Some(min), Some(max)) = (bound("minReplicas"), bound("maxReplicas"))
                && max < min
            {
                let why = "must be greater than or equal to `minReplicas`";
                errors.push(FieldError::invalid("spec.maxReplicas", &Json::from(max), why));
            }
        }
        _ => {}
    }
    errors
}

fn check_name(resource: &Resource, object: &Json, errors: &mut Vec<FieldError>) {
    let name = super::json::name(object);
    let fits = if resource.group == "rbac.authorization.k8s.io" {
        !name.contains(['/', '%']) && name != "." && name != ".."
    } else if matches!(resource.kind.as_str(), "Service" | "Namespace") {
        name.len() <= 63 && is_label(name)
    } else {
        name.len() <= 253 && name.split('.').all(is_label)
    };
    if !fits {
        let why = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
                   and must start and end with an alphanumeric character";
        errors.push(FieldError::invalid("metadata.name", &Json::from(name), why));
    }
}

fn is_label(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && edge(text.chars().next())
        && edge(text.chars().last())
}

fn selector_matches_template(object: &Json, errors: &mut Vec<FieldError>) {
    let Some(selector) = object.pointer("/spec/selector") else {
        errors.push(FieldError::required("spec.selector", ""));
        return;
    };
    let labels = object.pointer("/spec/template/metadata/labels");
    if !LabelSelector::of_object(selector).matches_labels(labels) {
        let labels = labels.unwrap_or(&Json::Null);
        let why = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid("spec.template.metadata.labels", labels, why));
    }
}

fn pod_spec(object: &Json, pointer: &str, errors: &mut Vec<FieldError>) {
    let prefix = pointer.trim_start_matches('/').replace('/', ".");
    let volumes = items(object, &format!("{pointer}/volumes"))
        .iter()
        .map(json::name_field);
    // A StatefulSet gives its pods a volume for each of its claims.
    let claims = items(object, "/spec/volumeClaimTemplates").iter().map(json::name);
    let volumes: HashSet<&str> = volumes.chain(claims).collect();
    if items(object, &format!("{pointer}/containers")).is_empty() {
        errors.push(FieldError::required(format!("{prefix}.containers"), ""));
    }
    let mut names = HashSet::new();
    for list in ["initContainers", "containers"] {
        for (index, container) in items(object, &format!("{pointer}/{list}")).iter().enumerate() {
            let at = format!("{prefix}.{list}[{index}]");
            for field in ["name", "image"] {
                if text(container, &format!("/{field}")).is_empty() {
                    errors.push(FieldError::required(format!("{at}.{field}"), ""));
                }
            }
            if !names.insert(text(container, "/name")) {
                errors.push(FieldError {
                    field: format!("{at}.name"),
                    reason: "FieldValueDuplicate",
                    message: format!("Duplicate value: {}", container["name"]),
                });
            }
            for (mount_index, mount) in items(container, "/volumeMounts").iter().enumerate() {
                if !volumes.contains(text(mount, "/name")) {
                    errors.push(FieldError {
                        field: format!("{at}.volumeMounts[{mount_index}].name"),
                        reason: "FieldValueNotFound",
                        message: format!("Not found: {}", mount["name"]),
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::resources::Registry;
    use super::*;
    use serde_json::json;

    fn fields(group: &str, kind: &str, object: &Json) -> Vec<String> {
        let resource = Registry::built_in().of_kind(group, kind).unwrap();
        check(&resource, object).into_iter().map(|e| e.field).collect()
    }

    #[test]
    fn a_deployment_must_select_its_own_pods() {
        let object = json!({"metadata": {"name": "a"}, "spec": {
            "selector": {"matchLabels": {"app": "a"}},
            "template": {"metadata": {"labels": {"app": "b"}}, "spec": {"containers": [{"name": "a", "image": "x"}]}},
        }});
        assert_eq!(
            fields("apps", "Deployment", &object),
            ["spec.template.metadata.labels"]
        );
    }

    #[test]
    fn mounts_need_a_volume_and_containers_an_image() {
        let object = json!({"metadata": {"name": "a"}, "spec": {
            "containers": [{"name": "a", "volumeMounts": [{"name": "tmp"}]}],
        }});
        assert_eq!(
            fields("", "Pod", &object),
            [
                "spec.containers[0].image",
                "spec.containers[0].volumeMounts[0].name"
            ]
        );
    }

    #[test]
    fn names_are_dns_names_but_roles_are_free() {
        let named = |name: &str| json!({"metadata": {"name": name}});
        assert_eq!(fields("", "ConfigMap", &named("A_b")), ["metadata.name"]);
        assert_eq!(fields("", "ConfigMap", &named("a.b-c")), Vec::<String>::new());
        assert_eq!(
            fields("rbac.authorization.k8s.io", "Role", &named("system:x")),
            Vec::<String>::new()
        );
    }
}
